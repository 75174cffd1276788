/** Two who want to play once more: who asked, who declined, and how many rated games they had today. */

import { exact } from '../../matcher/index.ts';
import type { Answered } from '../bus.ts';
import type { Rematched, RematchRequest } from '../instant.ts';
import { PROTOCOL_VERSION, type Side } from '../messages.ts';
import type { MatchRecord } from '../records.ts';
import { admit } from './admit.ts';
import { own } from './matches.ts';
import { openSession } from './sessions.ts';
import { isSuperseded, playersOf, type RematchAsks, type SessionSide, type Store } from './store.ts';

const DAY_MS = 86_400_000;
const MOST_SWEPT = 20;

const NONE: RematchAsks = { asks: [null, null], declined: false, opened: null };

/** Bus time until which a match may be asked for once more; undefined where it may not. */
function until(store: Store, match: MatchRecord, withinMs: number): number | undefined {
  if (match.stage !== 'rated' && match.stage !== 'closed') return undefined;
  const ends = match.lastEntryAt + withinMs;
  return store.now() <= ends ? ends : undefined;
}

function say(store: Store, { matchId, challengeRoom }: MatchRecord, side: Side, wants: boolean, ends: number): void {
  const said = { v: PROTOCOL_VERSION, kind: 'REMATCH', matchId, side, wants, until: ends } as const;
  store.publish(store.rooms.challenge(challengeRoom), said);
}

function keep(store: Store, matchId: string, asks: RematchAsks, ends: number): void {
  store.rematches.set(matchId, asks);
  store.rematchesDue.set(matchId, ends);
}

/** Does one game more of these two count? At most so many a day; then it is counted, and the first of the row with it. */
function countsToday(store: Store, match: MatchRecord, most: number): boolean {
  const names = match.sides.map(({ actor }) => actor.id).sort((a, b) => (a < b ? -1 : 1));
  const pair = JSON.stringify([match.queue, ...names]);
  const day = Math.floor(store.now() / DAY_MS);
  const known = store.ratedGames.get(pair);
  const before = (known?.day === day ? known.count : 0) + (match.rematches ? 0 : 1);
  const counts = before < most;
  store.ratedGames.set(pair, { day, count: counts ? before + 1 : before });
  return counts;
}

function sweep(store: Store): void {
  const now = store.now();
  let swept = 0;
  for (const [matchId, ends] of store.rematchesDue) {
    if (ends > now || swept++ === MOST_SWEPT) continue;
    store.rematchesDue.delete(matchId);
    store.rematches.delete(matchId);
  }
  for (const [pair, { day }] of store.ratedGames) if (day < Math.floor(now / DAY_MS)) store.ratedGames.delete(pair);
}

export function rematch(store: Store, request: RematchRequest): Rematched {
  const { matchId, side, node, boot, ruleset, actor, ticket, secret, withinMs, joinMs, nextMatchId, challengeRoom } = request;
  const match = own(store, matchId, side, node);
  if (!match) return { refused: 'foreign' };
  const before = store.rematches.get(matchId) ?? NONE;
  const opened = store.matches.get(before.opened ?? '');
  if (opened) return { session: opened };
  const ends = until(store, match, withinMs);
  if (ends === undefined) return { refused: 'late' };
  if (before.declined) return { refused: 'declined' };
  const rematches = match.rematches ?? 0;
  if (rematches >= request.most) return { refused: 'most' };
  const sign = store.signs.get(node);
  if (isSuperseded(sign, boot)) return { refused: 'superseded', by: sign.boot };
  const players = (of: Side): string[] => [...playersOf(match.sides[of].actor)];
  const admitted = admit(store, node, players(side), false);
  if ('refused' in admitted) return admitted;
  const other = side === 0 ? 1 : 0;
  const theirs = before.asks[other];
  if (!theirs && before.asks[side]) {
    // It may not have been heard.
    say(store, match, side, true, ends);
    return { asked: ends };
  }
  if (theirs && 'refused' in admit(store, match.sides[other].node, players(other), false)) return { refused: 'left' };

  sweep(store);
  const mine: SessionSide = {
    ...{ ticket, node, boot, ruleset, actor: { ...actor, elo: exact(actor.elo) }, firstConsidered: store.now() },
    games: match.sides[side].games + (match.rated ? 1 : 0),
    ...{ room: '', secret, preferences: '', data: '', lifeMs: 0, missedJoins: 0 },
  };
  if (!theirs) {
    keep(store, matchId, { ...before, asks: side === 0 ? [mine, null] : [null, mine] }, ends);
    say(store, match, side, true, ends);
    return { asked: ends };
  }
  const firstRated = match.firstRated ?? match.rated;
  keep(store, matchId, { ...before, asks: side === 0 ? [mine, theirs] : [theirs, mine], opened: nextMatchId }, ends);
  const rated = firstRated && countsToday(store, match, request.ratedPerDay);
  const { queue } = match;
  const parts = {
    matchId: nextMatchId,
    queue,
    challengeRoom,
    rated,
    how: 'rematch',
    rematches: rematches + 1,
    firstRated,
  } as const;
  // Sides swapped.
  return { session: openSession(store, parts, side === 0 ? [theirs, mine] : [mine, theirs], joinMs) };
}

export function declineRematch(store: Store, matchId: string, side: Side, node: string, withinMs: number): Answered {
  const match = own(store, matchId, side, node);
  if (!match) return 'foreign';
  const before = store.rematches.get(matchId) ?? NONE;
  if (before.declined) return 'done';
  const ends = until(store, match, withinMs);
  if (ends === undefined || before.opened !== null) return 'late';
  keep(store, matchId, { ...before, declined: true }, ends);
  say(store, match, side, false, ends);
  return 'done';
}
