/**
 * A server that gives no sign of life: whoever waits there is out of the queue by the end of the heartbeat after the one that it did not answer, and
 * its matches, unless one side has reported the end, are over 60 s after its last sign. And a match whose Elo both servers have taken is closed.
 */
import type { SideRecord } from '../../../../bus/records.ts';
import { Lateness, ledWellSince, QUIET_LOOK_MS } from '../calm.ts';
import type { MakeChecker } from '../checker.ts';

const PAST_MS = 1000;
/** What is asked of the store and said between two heartbeats may be asked and said again, and so much later each is said. */
const SLOW_MS = 10_000;
const SILENCED: ReadonlySet<string> = new Set(['teams', 'validating', 'battle']);

export const silence: MakeChecker = (view, fail) => {
  const late = new Lateness(view);
  /** Since when whoever leads hears its own heartbeats: those before prove nothing. */
  const beatsSince = (queue: string): number => {
    const leader = view.leader(queue);
    const server = leader && view.server(leader.node);
    if (!leader || !server) return view.now();
    const { beatLostAt, deafAt } = server.network;
    const setAt = Math.max(view.lostAt() ?? 0, view.jumpedAt());
    return Math.max(leader.since, beatLostAt, Math.min(deafAt, view.now()), server.clock.stoodStillAt, setAt);
  };
  /** When a side's server is given up. */
  const givenUpAt = ({ node, boot }: SideRecord, silenceMs: number): number | undefined => {
    const sign = view.store().signs.get(node);
    if (!sign) return undefined;
    if (sign.boot !== boot) return sign.since + silenceMs;
    return sign.gone === 'gone' ? sign.at : sign.at + silenceMs;
  };
  return {
    look: () => {
      const store = view.store();
      for (const [queue, { times }] of view.config.queues) {
        const { silenceMs, heartbeatMs } = times;
        const led = ledWellSince(view, queue);
        // Who begins to lead, or has lost a heartbeat of its own, asks anew, and gives everybody the time to answer.
        const judged = Math.max(led, beatsSince(queue) + 2 * heartbeatMs + SLOW_MS);
        for (const { ticket, node, boot, state, actor } of store.tickets.values()) {
          const sign = store.signs.get(node);
          const cameAt = late.firstSeen(ticket);
          if (state !== 'waiting' || sign?.boot !== boot) continue;
          const answersMs = 2 * heartbeatMs + SLOW_MS;
          const at = sign.at + answersMs;
          // Who comes in on a server that was away has not waited meanwhile.
          if (late.pastMs(`${ticket} ${at}`, at, Math.max(judged, cameAt + answersMs)) > PAST_MS)
            fail(
              `${actor.id} waits as ${ticket} of ${node}, which was silent for ${Math.round(view.busNow() - sign.at)} ms`,
              actor.id,
            );
        }
        for (const { matchId, stage, sides } of store.matches.values()) {
          const names = sides.map(({ actor }) => actor.id);
          if (stage === 'rated' && sides.every(({ eloTaken }) => eloTaken)) {
            const at = late.firstSeen(`${matchId} taken`);
            // Where the news that the second one has taken it is lost, it may be the last for a while.
            if (view.now() - Math.max(at, led) > heartbeatMs + QUIET_LOOK_MS + PAST_MS)
              fail(`both have taken the Elo of match ${matchId}, and it is not closed`, ...names);
          }
          // Where one side has reported the end its word counts, when the time of the other one is over.
          if (!SILENCED.has(stage) || (stage === 'battle' && sides.some(({ result }) => result))) continue;
          for (const side of sides) {
            const at = (givenUpAt(side, silenceMs) ?? Number.NaN) + SLOW_MS;
            if (at > 0 && late.pastMs(`${matchId} ${side.ticket} ${at}`, at, judged) > PAST_MS)
              fail(
                `match ${matchId} goes on, and ${side.node} was to be given up ${Math.round(view.busNow() - at)} ms ago`,
                ...names,
              );
          }
        }
      }
      late.forget();
    },
  };
};
