/** Nobody is stuck in a stage for longer than a second past its deadline, while a leader is there and nothing is wrong with it. */
import type { MatchRecord } from '../../../../bus/records.ts';
import type { QueueConfig } from '../../../../plugin/config.ts';
import { Lateness, ledWellSince } from '../calm.ts';
import type { MakeChecker } from '../checker.ts';

const PAST_MS = 1000;

/**
 * When a match has to leave its stage, by what, and for how long its leader may go by what was before: it does not hear each turn, but learns
 * of them when the time after the last one that it knows of is over.
 */
function deadlinesOf(
  { stage, deadline, lastEntryAt, firstOverAt }: MatchRecord,
  { idleMs, secondResultMs }: QueueConfig['times'],
): readonly (readonly [what: string, at: number, unheardMs?: number])[] {
  if (stage === 'joining' || stage === 'teams' || stage === 'validating') return [[stage, deadline]];
  if (stage !== 'battle') return [];
  if (firstOverAt !== null) return [['second result', firstOverAt + secondResultMs]];
  return [
    ['battle', deadline],
    ['last turn', lastEntryAt + idleMs, idleMs],
  ];
}

export const deadlines: MakeChecker = (view, fail) => {
  const late = new Lateness(view);
  return {
    look: () => {
      const store = view.store();
      const due = (
        of: string,
        what: string,
        at: number,
        calmSince: number,
        players: readonly string[],
        unheardMs = 0,
      ): void => {
        if (late.pastMs(`${of} ${what} ${at}`, at, calmSince, unheardMs) > PAST_MS)
          fail(`${what} of ${of} is ${Math.round(view.busNow() - at)} ms past its time, and a leader is there`, ...players);
      };
      for (const [queue, { times }] of view.config.queues) {
        const calmSince = ledWellSince(view, queue);
        for (const { offerId, deadline, head, candidate } of store.offers.values())
          due(
            offerId,
            'offer',
            deadline,
            calmSince,
            [head, candidate].map((ticket) => store.tickets.get(ticket)?.actor.id ?? ''),
          );
        for (const match of store.matches.values())
          for (const [what, at, unheardMs] of deadlinesOf(match, times))
            due(
              `match ${match.matchId}`,
              what,
              at,
              calmSince,
              match.sides.map(({ actor }) => actor.id),
              unheardMs,
            );
      }
      late.forget();
    },
  };
};
