/** A match is void by somebody: more than so many, and it is barred. */
import { type VoidRules, voidsText } from '../conduct.ts';
import type { Side } from '../messages.ts';
import type { MatchRecord } from '../records.ts';
import { ofNode, ofPlayer } from './conduct.ts';
import type { Store } from './store.ts';

/** Counted is the side that it is counted against, or both; where nobody is to blame, those with the same other one count once. */
export function countVoids(
  store: Store,
  { matchId, queue, stage, rated, sides }: MatchRecord,
  against: Side | null,
  isSilent: boolean,
  rules: VoidRules | undefined,
): void {
  if (!rules || !rated) return;
  const { max, nodeMax, windowMs, barMs } = rules;
  const of = { queue, matchId, stage };
  for (const number of [0, 1] as const) {
    if (against !== null && against !== number) continue;
    const [side, other] = [sides[number], sides[number === 0 ? 1 : 0]];
    const barred = (who: string, name: string, why: string, actors: string[]): void =>
      store.incidents.add({
        ...{ ...of, id: `barred:${matchId}:${who}`, kind: 'Barred', detail: `${name}: ${why}` },
        ...{ actors, nodes: [side.node] },
      });
    const why = voidsText(max, rules);
    const from = against === null ? other.actor.id : '';
    for (const player of side.actor.members)
      if (store.conduct.countVoid(ofPlayer(player), { from, most: max, windowMs, barMs, why }) !== undefined)
        barred(ofPlayer(player), player, why, [player]);
    // A server that falls silent ends many matches at once.
    const fromNode = isSilent ? `boot ${side.boot}` : against === null ? `node ${other.node}` : '';
    const reason = voidsText(nodeMax, rules);
    const counted = { from: fromNode, most: nodeMax, windowMs, barMs, why: reason };
    const until = store.conduct.countVoid(ofNode(side.node), counted);
    if (until === undefined) continue;
    store.closed.set(`barred ${side.node}`, { node: side.node, how: 'barred', reason, until });
    barred(ofNode(side.node), side.node, reason, []);
  }
}
