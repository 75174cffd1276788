/** Instant match: both fit each other, each is matched once, and nobody but the two is told where. */
import type { MatchRecord } from '../../../../bus/records.ts';
import { dataOf, fit, wishesOf } from '../../../../matcher/index.ts';
import { fieldsOf } from '../../../../plugin/instant-config.ts';
import type { MakeChecker } from '../checker.ts';

const OPEN: ReadonlySet<string> = new Set(['joining', 'teams', 'validating', 'battle', 'rated']);

export const instants: MakeChecker = (view, fail) => {
  const seen = new Set<string>();
  /** By ticket, the match that it is in. */
  const matchOf = new Map<string, string>();
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
    if (!users[0] || !users[1] || !fit(users[0], users[1]))
      fail(`${names.join(' and ')} meet by instant match, and do not fit`, ...names);
    const isBlocked = sides.some(({ actor }, side) => actor.blocks.includes(sides[side === 0 ? 1 : 0].actor.id));
    if (isBlocked) fail(`${names.join(' and ')} meet by instant match, and one blocks the other`, ...names);
  };
  return {
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
