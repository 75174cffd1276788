/** Why a player waits, and how long it may take. */
import type { Explanation, TextKey, TextValues } from '../../index.ts';
import { escaped } from './server.ts';

/** Says a text in the language of a player. */
export type Say = <K extends TextKey>(key: K, values: TextValues<K>) => string;

/** Why there is no match yet. */
export function explainedHtml(explanation: Explanation, say: Say): string {
  const { place, waiting, waitedSeconds, elo, lowest, highest, growth, nearest, estimate } = explanation;
  const whyOf = (other: Explanation['nearest'][number]): string => {
    switch (other.why) {
      case 'outOfReach': {
        const difference = Math.ceil(other.by);
        if (other.inSeconds === null) return say('whyFar', { difference });
        return say('whyReach', { difference, seconds: Math.ceil(other.inSeconds) });
      }
      case 'forbidden':
        return say('whyForbidden', { rule: other.rule });
      case 'soon':
        return say('whySoon', {});
      case 'locked':
        return say('whyLocked', {});
      case 'resting':
        return say('whyResting', {});
    }
  };
  const timeOf = (): string => {
    if (estimate.median === null) return say('statusUnknown', {});
    const seconds = Math.ceil(estimate.median);
    if (estimate.p90 === null) return say('statusLong', { seconds });
    return say('statusTime', { seconds, most: Math.ceil(estimate.p90) });
  };
  const range = { elo: Math.round(elo), lowest: Math.round(lowest), highest: Math.round(highest), growth: growth.toFixed(1) };
  return [
    say('statusPlace', { place: place ?? '–', waiting, seconds: Math.round(waitedSeconds) }),
    say('statusRange', range),
    timeOf(),
    ...nearest.map((other) => say('nearest', { name: other.name, elo: Math.round(other.elo), why: whyOf(other) })),
  ]
    .map(escaped)
    .join('<br />');
}
