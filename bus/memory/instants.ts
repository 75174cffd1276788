/**
 * Transitions of those who wait for an instant match. Each validates first and writes last.
 *
 *   (none) ── request ──► on the list ⇄ past its time (renewed: on the list again) ── swept ──► (none)
 *   on the list ── two of them claimed ──► a match ── cancelled ──► on the list;   any ── leave, moved ──► (none), with a tombstone
 */

import { exact } from '../../matcher/index.ts';
import type { Claimed, ClaimRequest, InstantRequest, InstantStanding, Requested } from '../instant.ts';
import type { InstantRecord, MatchRecord } from '../records.ts';
import { admit, moveOut } from './admit.ts';
import { keptOut } from './entrance.ts';
import { fewestGames } from './ladder.ts';
import { openSession } from './sessions.ts';
import { isSuperseded, ratingKey, type Store } from './store.ts';
import { bodyOf, frozen } from './tickets.ts';
import { broadcastInstant, dropInstant, listInstant } from './wait-list.ts';

const MOST_SWEPT = 20;

/** Lets go of a few that were not renewed for long, those that are past their time longest first. */
function sweep(store: Store): void {
  const now = store.now();
  const due = [...store.instantsDue].filter(([, at]) => at <= now).sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  for (const [ticket] of due.slice(0, MOST_SWEPT)) dropInstant(store, store.instants.get(ticket) as InstantRecord);
}

/** The match that a ticket is part of, unless it was cancelled. */
function matchOf(store: Store, ticket: string): MatchRecord | undefined {
  const match = store.matches.get(store.matchOfTicket.get(ticket) ?? '');
  return match?.stage === 'cancelled' ? undefined : match;
}

export function request(store: Store, asked: InstantRequest): Requested {
  const { ticket, queue, node, boot, ruleset, actor, room, secret, preferences, data, lifeMs } = asked;
  const known = store.liveInstant(ticket);
  if (known) return { listed: bodyOf(known) };
  if (store.tombstones.has(ticket)) return { refused: 'removed' };
  const matched = matchOf(store, ticket)?.sides.find((side) => side.ticket === ticket);
  if (matched) return { listed: bodyOf(matched) };
  const sign = store.signs.get(node);
  if (isSuperseded(sign, boot)) return { refused: 'superseded', by: sign.boot };
  const admitted = admit(store, node, [actor.id], asked.move);
  if ('refused' in admitted) return admitted;
  sweep(store);
  const waiting = store.instantsWaiting.get(queue) ?? 0;
  if (waiting >= asked.maxWaiting) return { refused: 'full', waiting };
  const elo = exact(asked.elo ?? store.ratings.get(ratingKey(queue, actor.id)) ?? asked.initialElo);
  moveOut(store, admitted.leaving);
  const record: InstantRecord = {
    ...{ ticket, queue, node, boot, ruleset, actor: frozen(actor, elo), firstConsidered: store.now() },
    games: fewestGames(store, queue, [actor.id]),
    ...{ room, secret, preferences, data, lifeMs },
    ...{ missedJoins: 0, expiresAt: 0, avoided: null, avoidedUntil: 0 },
  };
  listInstant(store, record);
  broadcastInstant(store, record);
  return { listed: bodyOf(record) };
}

/** Where a user stands; the record where it is there and may stay. */
function standing(
  store: Store,
  ticket: string,
  node: string,
  boot: string,
): InstantStanding | { readonly record: InstantRecord } {
  const record = store.instants.get(ticket);
  if (!record) {
    const match = matchOf(store, ticket);
    if (match) return { at: 'match', match };
    const stone = store.tombstones.get(ticket);
    return stone ? { at: 'gone', reason: stone.reason } : { at: 'unknown' };
  }
  const { id } = record.actor;
  const isGone = record.node !== node || record.boot !== boot || isSuperseded(store.signs.get(node), boot);
  const where = isGone ? 'its server was gone' : store.isPlaced(id, ticket) ? undefined : 'elsewhere by now';
  const reason = keptOut(store, node, [id]) ?? where;
  if (reason === undefined) return { record };
  dropInstant(store, record);
  store.entomb(ticket, reason);
  return { at: 'gone', reason };
}

export function renew(store: Store, ticket: string, node: string, boot: string, again: boolean): InstantStanding {
  const found = standing(store, ticket, node, boot);
  if ('at' in found) return found;
  if (!again) sweep(store);
  const { record } = found;
  const wasUnseen = record.expiresAt <= store.now();
  listInstant(store, record);
  if (wasUnseen || again) broadcastInstant(store, record);
  return { at: 'list' };
}

export function claim(store: Store, asked: ClaimRequest): Claimed {
  const { ticket, matchedTicket, node, matchId, challengeRoom, joinMs, rated, sameNode, pairRestMs } = asked;
  const other = store.liveInstant(ticket);
  const own = store.liveInstant(matchedTicket);
  if (!own || !other) {
    // Claimed before, from this end or the other one.
    const match = matchOf(store, matchedTicket);
    const mine = match?.sides.some((side) => side.ticket === matchedTicket && side.node === node);
    if (match && mine && match.sides.some((side) => side.ticket === ticket)) return { session: match };
  }
  if (!own) return { refused: 'own' };
  if (own.node !== node || ticket === matchedTicket || store.isBlocked(node)) return { refused: 'foreign' };
  if (!other) return { refused: 'taken' };
  if (other.queue !== own.queue) return { refused: 'foreign' };
  const now = store.now();
  const blocks = (by: InstantRecord, whom: InstantRecord): boolean => by.actor.blocks.includes(whom.actor.id);
  const rests = (record: InstantRecord, from: InstantRecord): boolean =>
    record.avoided === from.ticket && record.avoidedUntil > now;
  const isForbidden = own.ruleset !== other.ruleset || blocks(own, other) || blocks(other, own);
  if (isForbidden || rests(own, other) || rests(other, own) || (!sameNode && other.node === own.node))
    return { refused: 'unfit' };
  dropInstant(store, other);
  dropInstant(store, own);
  const { queue } = own;
  const parts = { matchId, queue, challengeRoom, rated, how: 'instant', pairRestMs } as const;
  return { session: openSession(store, parts, [other, own], joinMs) };
}
