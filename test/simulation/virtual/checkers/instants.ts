/** Instant match: both fit each other, each is matched once, and nobody but the two is told where. */
import type { MatchRecord } from '../../../../bus/records.ts';
import { dataOf, fit, wishesOf } from '../../../../matcher/index.ts';
import { fieldsOf } from '../../../../plugin/instant-config.ts';
import type { MakeChecker } from '../checker.ts';
import type { Server } from '../server.ts';

const OPEN: ReadonlySet<string> = new Set(['joining', 'teams', 'validating', 'battle', 'rated']);

export const instants: MakeChecker = (view, fail) => {
  const seen = new Set<string>();
  /** By ticket, the match that it is in. */
  const matchOf = new Map<string, string>();
  /** Matches of two who do not fit, which a server has claimed that nobody should trust; the players whose servers have reported it. */
  const unfitEver = new Set<string>();
  const unfit = new Map<string, Map<string, Server>>();
  const fieldsOfQueue = (queue: string) => fieldsOf(view.config.queues.get(queue)?.instant?.fields ?? {});
  const opened = (match: MatchRecord): void => {
    const { matchId, sides, queue } = match;
    const names = sides.map(({ actor }) => actor.id);
    for (const { ticket } of sides) {
      const before = view.store().matches.get(matchOf.get(ticket) ?? '');
      if (before && before.matchId !== matchId && OPEN.has(before.stage))
        fail(`${ticket} is in match ${before.matchId} and in ${matchId}`, ...names);
      matchOf.set(ticket, matchId);
    }
    if (sides[0].actor.id === sides[1].actor.id) fail(`${names[0]} meets itself`, ...names);
    if (match.how !== 'instant') return;
    const users = sides.map(({ wanted }) => {
      const wishes = wishesOf(wanted?.preferences, fieldsOfQueue(queue));
      const data = dataOf(wanted?.data, fieldsOfQueue(queue));
      return 'wishes' in wishes && 'data' in data ? { wishes: wishes.wishes, data: data.data } : undefined;
    });
    if (!users[0] || !users[1] || !fit(users[0], users[1])) {
      if (view.forced.has(matchId)) {
        unfit.set(matchId, new Map());
        unfitEver.add(matchId);
      } else fail(`${names.join(' and ')} meet by instant match, and do not fit`, ...names);
    }
    const isBlocked = sides.some(({ actor }, side) => actor.blocks.includes(sides[side === 0 ? 1 : 0].actor.id));
    if (isBlocked) fail(`${names.join(' and ')} meet by instant match, and one blocks the other`, ...names);
  };
  /** Neither server goes there, and each reports it: by the time it is cancelled at the latest. */
  const isRefused = (matchId: string, reported: ReadonlyMap<string, Server>): boolean => {
    const match = view.store().matches.get(matchId);
    if (!match) return true;
    for (const { actor, node, boot, joined } of match.sides) {
      if (joined) fail(`${actor.id} enters match ${matchId} with somebody who does not fit`, actor.id);
      if (match.stage === 'joining') continue;
      const server = view.server(node);
      const wasWell = server?.isUp && !server.isStopping && view.store().signs.get(node)?.boot === boot;
      const madeAt = match.lastEntryAt - view.busNow() + view.now();
      // What it is told in that moment may come when the match is cancelled.
      const isStill = view.faults.calmSince(node) <= madeAt + 1 && (server?.network.slowAt ?? 0) < madeAt - 1;
      if (wasWell && isStill && !reported.has(actor.id) && waits(actor.id))
        fail(`${actor.id} should have met somebody who does not fit in match ${matchId}, and nobody reported it`, actor.id);
    }
    return match.stage !== 'joining';
  };
  const waits = (player: string): boolean => [...view.open].some((stay) => stay.player === player && !stay.leaves);
  return {
    event: (event, server) => {
      if (event.kind !== 'incident' || event.code !== 'UnfitMatch') return;
      const reported = unfit.get(event.matchId);
      if (reported) reported.set(event.id, server);
      else if (!unfitEver.has(event.matchId))
        fail(`${server.name} reports that ${event.id} does not fit into match ${event.matchId}, where it does`, event.id);
    },
    look: () => {
      for (const [matchId, reported] of unfit) if (isRefused(matchId, reported)) unfit.delete(matchId);
    },
    lost: () => unfit.clear(),
    asked: ({ verb }) => {
      if (verb !== 'instantMatch' && verb !== 'rematch') return;
      for (const match of view.store().matches.values())
        if (match.how && !seen.has(match.matchId)) {
          seen.add(match.matchId);
          opened(match);
        }
    },
    said: (room, message) => {
      if (message.kind === 'INSTANT_MATCH') {
        const { matchId, ticket, side } = message;
        const wanted = view.store().matches.get(matchId)?.sides[side].wanted;
        if (!wanted || room !== view.store().rooms.instant(wanted.secret))
          fail(`the session of match ${matchId} is told in a room that is not ${ticket}'s`);
      }
      if (message.kind !== 'INSTANT_MATCH_WAITLIST') return;
      const text = JSON.stringify(message);
      const record = view.store().instants.get(message.ticket);
      const tells =
        record && [record.actor.id, record.node, record.secret, record.boot].find((each) => text.includes(`"${each}"`));
      if (tells) fail(`what is broadcast of ${message.ticket} tells ${tells}`);
    },
  };
};
