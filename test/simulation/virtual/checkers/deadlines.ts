/** Nobody is stuck in a stage for longer than a second past its deadline, while a leader is there and nothing is wrong with it. */
import type { MatchRecord } from '../../../../bus/records.ts';
import type { QueueConfig } from '../../../../plugin/config.ts';
import { Lateness, ledWellSince } from '../calm.ts';
import type { MakeChecker } from '../checker.ts';

const PAST_MS = 1000;

const LAST_TURN = 'last turn';

/** When a match has to leave its stage, by what. */
function deadlinesOf(
  { stage, deadline, lastEntryAt, firstOverAt }: MatchRecord,
  { idleMs, secondResultMs }: QueueConfig['times'],
): readonly (readonly [string, number])[] {
  if (stage === 'joining' || stage === 'teams' || stage === 'validating') return [[stage, deadline]];
  if (stage !== 'battle') return [];
  if (firstOverAt !== null) return [['second result', firstOverAt + secondResultMs]];
  return [
    ['battle', deadline],
    [LAST_TURN, lastEntryAt + idleMs],
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
          for (const [what, at] of deadlinesOf(match, times))
            due(
              `match ${match.matchId}`,
              what,
              at,
              calmSince,
              match.sides.map(({ actor }) => actor.id),
              // A leader does not hear each turn: it learns of them when the time after the last one that it knows of is over.
              what === LAST_TURN ? times.idleMs : 0,
            );
      }
      late.forget();
    },
  };
};
