/** Matches that no leader has arranged: two of an instant match, or two who play once more. The queue's leader runs their arena. */
import type { Fence } from '../bus.ts';
import { PROTOCOL_VERSION } from '../messages.ts';
import type { MatchRecord, SideRecord, Wanted } from '../records.ts';
import { keptOut } from './entrance.ts';
import { noParts, playersOf, type SessionSide, type Store } from './store.ts';
import { leaderPart } from './tickets.ts';
import { broadcastInstant, listInstant } from './wait-list.ts';

type Parts = Pick<
  MatchRecord,
  'matchId' | 'queue' | 'challengeRoom' | 'rated' | 'how' | 'rematches' | 'firstRated' | 'pairRestMs'
>;

export function openSession(
  store: Store,
  parts: Parts,
  records: readonly [SessionSide, SessionSide],
  joinMs: number,
): MatchRecord {
  const now = store.now();
  const deadline = now + joinMs;
  const { matchId, queue, challengeRoom } = parts;
  const sideOf = ({
    ticket,
    actor,
    node,
    boot,
    ruleset,
    firstConsidered,
    games,
    missedJoins,
    ...of
  }: SessionSide): SideRecord => {
    const { room, secret, preferences, data, lifeMs } = of;
    return {
      ...{ ticket, actor, node, boot, ruleset, firstConsidered, games, missedJoins, elo: actor.elo },
      ...{ joined: false, left: false, teamIn: false, valid: false, refusal: null, result: null, eloTaken: false },
      wanted: { room, secret, preferences, data, lifeMs },
    };
  };
  const match: MatchRecord = {
    ...parts,
    ...{ stage: 'joining', revision: 1, deadline, lastEntryAt: now, firstOverAt: null, turns: 0 },
    sides: [sideOf(records[0]), sideOf(records[1])],
  };
  store.matches.set(matchId, match);
  store.parts.set(matchId, noParts());
  for (const side of [0, 1] as const) {
    const { ticket, node, boot, actor, secret } = records[side];
    const { preferences, data } = records[side === 0 ? 1 : 0];
    store.place(playersOf(actor), { place: 'playing', of: matchId, queue, node, boot });
    store.matchOfTicket.set(ticket, matchId);
    const session = { queue, matchId, challengeRoom, side, deadline, preferences, data };
    store.publish(store.rooms.instant(secret), { v: PROTOCOL_VERSION, kind: 'INSTANT_MATCH', ticket, ...session });
  }
  store.announce(queue, { kind: 'OPENED', matchId });
  return match;
}

/** Two of an instant match wait again, who did not come once its node has renewed it; two who wanted to play once more are free. */
export function cancelSession(
  store: Store,
  fence: Fence,
  match: MatchRecord,
  failed: readonly number[],
  mostMissed: number,
): void {
  const { queue, matchId } = match;
  for (const number of [0, 1] as const) {
    const side = match.sides[number];
    const { ticket, node, boot, actor, ruleset, firstConsidered, games } = side;
    const wanted = side.wanted as Wanted;
    const fails = failed.includes(number);
    const missedJoins = fails ? side.missedJoins + 1 : 0;
    const sign = store.signs.get(node);
    const isHere = !sign || (sign.boot === boot && sign.gone === null);
    const out = match.how === 'instant' ? keptOut(store, node, playersOf(actor)) : undefined;
    const back = match.how === 'instant' && !side.left && out === undefined && missedJoins < mostMissed && isHere;
    const why = out ?? (fails ? 'did not enter the challenge room in time' : 'the opponent did not come');
    const reason = side.left ? 'removed' : why;
    if (back) {
      const avoided = match.sides[number === 0 ? 1 : 0].ticket;
      const avoidedUntil = store.now() + (match.pairRestMs ?? 0);
      const body = { ticket, node, boot, actor, ruleset, firstConsidered, games };
      const record = { ...body, ...wanted, queue, missedJoins, avoided, avoidedUntil, expiresAt: 0 };
      listInstant(store, record, fails);
      if (!fails) broadcastInstant(store, record);
    } else store.entomb(ticket, reason);
    const says = { kind: 'CANCELLED', ticket, matchId, back, reason } as const;
    store.publish(store.rooms.instant(wanted.secret), { ...leaderPart(fence), ...says });
  }
}
