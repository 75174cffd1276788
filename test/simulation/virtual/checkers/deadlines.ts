/** Nobody is stuck in a stage for longer than a second past its deadline, while a leader is there and nothing is wrong with it. */
import type { MatchRecord } from '../../../../bus/records.ts';
import type { MakeChecker } from '../checker.ts';

const PAST_MS = 1000;
/** So long after trouble it shows that what was asked is not answered, and what is asked again is; the lease is so a `renewMs` later. */
const RECOVERED_MS = 1500;

export const deadlines: MakeChecker = (view, fail) => {
  /** Of an offer or match: since when in virtual ms it is past its deadline. */
  const past = new Map<string, number>();
  return {
    look: () => {
      const store = view.store();
      const now = view.now();
      const busNow = view.busNow();
      const seen = new Set<string>();
      for (const [queue, { times }] of view.config.queues) {
        const leader = view.leader(queue);
        // One that is dead, or was started anew, leads until its lease runs out.
        const server = leader && view.server(leader.node);
        const calmSince =
          leader && server?.isUp && server.since <= leader.since
            ? Math.max(leader.since, view.faults.calmSince(leader.node)) + RECOVERED_MS + view.config.lease.renewMs
            : now;
        const due = (id: string, at: number, what: string, players: readonly string[]): void => {
          if (busNow <= at) return;
          const key = `${id} ${at}`;
          seen.add(key);
          const since = past.get(key) ?? Math.max(0, now - (busNow - at));
          past.set(key, since);
          const stuckMs = now - Math.max(since, calmSince);
          // What was due before the clock was set is due by the leader's own.
          if (stuckMs > PAST_MS + view.jumped())
            fail(`${what} ${id} is ${Math.round(busNow - at)} ms past its deadline, and ${leader?.node} leads`, ...players);
        };
        for (const { offerId, deadline, head, candidate } of store.offers.values())
          due(
            offerId,
            deadline,
            'offer',
            [head, candidate].map((ticket) => store.tickets.get(ticket)?.actor.id ?? ''),
          );
        const deadlineOf = ({ stage, deadline, lastEntryAt, firstOverAt }: MatchRecord): number | undefined => {
          if (stage === 'joining' || stage === 'teams' || stage === 'validating') return deadline;
          if (stage !== 'battle') return undefined;
          if (firstOverAt !== null) return firstOverAt + times.secondResultMs;
          return Math.min(deadline, lastEntryAt + times.idleMs);
        };
        for (const match of store.matches.values()) {
          const at = deadlineOf(match);
          if (at !== undefined)
            due(
              match.matchId,
              at,
              `${match.stage} of match`,
              match.sides.map(({ actor }) => actor.id),
            );
        }
      }
      for (const key of past.keys()) if (!seen.has(key)) past.delete(key);
    },
  };
};
