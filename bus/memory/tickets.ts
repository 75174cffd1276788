/**
 * Transitions of tickets and offers. Each validates first and writes last.
 *
 *   (none) ── enter ──► waiting ── offer ──► locked ── settle ──► waiting | locked without an offer | match | (none)
 *   locked without an offer ── offer ──► locked, ── release ──► waiting;   any ── leave, drop ──► (none), with a tombstone
 */
import { outcomeOf } from '../../matcher/index.ts';
import type { Answered, EnterRequest, Fence, Offered, OfferRequest, Settled, SettleRequest, Standing } from '../bus.ts';
import { type ActorBody, type Name, PROTOCOL_VERSION, type TicketBody } from '../messages.ts';
import type { MatchRecord, OfferRecord, ReplyRecord, SideRecord, TicketRecord } from '../records.ts';
import { keptOut } from './entrance.ts';
import { noParts, playersOf, type Store } from './store.ts';

const REMOVED = 'removed from the queue';

export const leaderPart = ({ queue, generation, epoch }: Fence) => ({ v: PROTOCOL_VERSION, queue, generation, epoch }) as const;

/** A record of the leader's own queue: of another one it has no say. */
export const ofQueue = <T extends { readonly queue: string }>(fence: Fence, record: T | undefined): T | undefined =>
  record?.queue === fence.queue ? record : undefined;

export const bodyOf = ({ ticket, actor, node, boot, ruleset, firstConsidered, games }: TicketBody): TicketBody => ({
  ticket,
  actor,
  node,
  boot,
  ruleset,
  firstConsidered,
  games,
});

/** A copy that nobody can change: records are handed out as they are. */
export const frozen = ({ id, name, members, blocks }: EnterRequest['actor'], elo: number): ActorBody =>
  Object.freeze({
    id,
    name,
    members: Object.freeze([...members]) as Name[],
    elo,
    blocks: Object.freeze([...blocks]) as Name[],
  });

/** The ticket is waiting, its players are queued. */
export function putBack(store: Store, record: TicketRecord): TicketRecord {
  const { ticket, queue, node, boot, actor } = record;
  if (!store.tickets.has(ticket)) store.waiting.set(queue, (store.waiting.get(queue) ?? 0) + 1);
  const waiting: TicketRecord = { ...record, state: 'waiting', offerId: null, confirmed: false };
  store.tickets.set(ticket, waiting);
  store.place(playersOf(actor), { place: 'queued', of: ticket, queue, node, boot });
  return waiting;
}

/** The ticket is in the queue no more. */
export function takeOut(store: Store, record: TicketRecord): void {
  if (!store.tickets.delete(record.ticket)) return;
  store.waiting.set(record.queue, (store.waiting.get(record.queue) ?? 1) - 1);
  store.unplace(playersOf(record.actor), record.ticket);
}

/** A ticket leaves by its node's will, or because the node is gone. */
export function depart(store: Store, record: TicketRecord, reason?: string): 'queued' | 'offered' {
  const { ticket, node } = record;
  const players = reason === undefined && record.offerId !== null ? record.actor.members : undefined;
  const removed = record.state === 'waiting' ? 'queued' : 'offered';
  takeOut(store, record);
  store.entomb(ticket, reason ?? REMOVED, { removed, node, ...(players ? { players } : {}) });
  const offer = record.offerId === null ? undefined : store.offers.get(record.offerId);
  if (offer) store.offers.set(offer.offerId, withReply(offer, ticket, 'removed'));
  store.announce(record.queue, { kind: 'LEFT', ticket });
  return removed;
}

export const withReply = (offer: OfferRecord, ticket: string, reply: ReplyRecord): OfferRecord =>
  offer.head === ticket ? { ...offer, headReply: reply } : { ...offer, candidateReply: reply };

/** A match whose one side changed; its revision grows. */
export function withSide(match: MatchRecord, side: 0 | 1, change: Partial<SideRecord>): MatchRecord {
  const sides: [SideRecord, SideRecord] = [...match.sides];
  sides[side] = { ...sides[side], ...change };
  return { ...match, revision: match.revision + 1, sides };
}

export function reply(store: Store, offerId: string, ticket: string, said: 'confirmed' | 'declined'): Answered {
  const offer = store.offers.get(offerId);
  if (!offer || (offer.head !== ticket && offer.candidate !== ticket)) return store.count('reply', 'foreign');
  if (store.isBlocked(store.tickets.get(ticket)?.node ?? '')) return store.count('reply', 'foreign');
  const before = offer.head === ticket ? offer.headReply : offer.candidateReply;
  if (before === said) {
    store.count('reply', 'doubled');
    return 'done';
  }
  if (before !== 'pending' || store.now() > offer.deadline) return store.count('reply', 'late');
  store.offers.set(offerId, withReply(offer, ticket, said));
  store.announce(offer.queue, { kind: said === 'confirmed' ? 'CONFIRM' : 'DECLINE', offerId, ticket });
  return 'done';
}

export function offer(store: Store, fence: Fence, request: OfferRequest): Offered {
  const { offerId, windowMs, until = Number.POSITIVE_INFINITY } = request;
  const known = ofQueue(fence, store.offers.get(offerId));
  if (known) {
    store.count('offer', 'doubled');
    return { offer: known };
  }
  if (store.now() > until) return { refused: store.count('offer', 'late') };
  const head = store.tickets.get(request.head);
  const candidate = store.tickets.get(request.candidate);
  if (head?.queue !== fence.queue || head.offerId !== null) return { refused: store.count('offer', 'headTaken') };
  if (candidate?.queue !== fence.queue || candidate.state !== 'waiting' || candidate === head)
    return { refused: store.count('offer', 'candidateTaken') };
  const deadline = store.now() + windowMs;
  const record: OfferRecord = {
    offerId,
    queue: fence.queue,
    head: head.ticket,
    candidate: candidate.ticket,
    deadline,
    headReply: head.confirmed ? 'confirmed' : 'pending',
    candidateReply: 'pending',
  };
  store.offers.set(offerId, record);
  for (const side of [head, candidate]) {
    const { ticket, queue, node, boot, actor } = side;
    store.tickets.set(ticket, { ...side, state: 'locked', offerId });
    store.place(playersOf(actor), { place: 'offered', of: ticket, queue, node, boot });
    if (side === head && head.confirmed) continue;
    store.publish(store.rooms.waiting(ticket), { ...leaderPart(fence), kind: 'OFFER', ticket, offerId, deadline, windowMs });
  }
  return { offer: record };
}

const WITHDRAWN_BECAUSE: { readonly [reply in ReplyRecord]: string } = {
  pending: 'the offer was not answered in time',
  declined: 'the offer was declined',
  removed: REMOVED,
  confirmed: '',
};

export function settle(store: Store, fence: Fence, request: SettleRequest): Settled {
  const { offerId, outcome } = request;
  const opened = ofQueue(fence, store.matches.get(request.matchId));
  if (opened) {
    store.count('settle', 'doubled');
    return { settled: opened };
  }
  const offer = ofQueue(fence, store.offers.get(offerId));
  // Asked again: it was settled before, and no match came of it.
  if (!offer && outcome !== 'match') {
    store.count('settle', 'doubled');
    return { settled: null };
  }
  if (!offer || outcomeOf(offer, store.now() > offer.deadline) !== outcome)
    return { refused: store.count('settle', 'changed'), offer: offer ?? null };
  store.offers.delete(offerId);
  const head = store.tickets.get(offer.head);
  const candidate = store.tickets.get(offer.candidate);
  if (outcome === 'match') {
    if (!head || !candidate) throw new Error(`store: offer ${offerId} is confirmed by a ticket that is not there`);
    return { settled: openMatch(store, fence, request, [head, candidate]) };
  }
  const declined = (ticket: string, record: TicketRecord | undefined): void => {
    const { declines } = request;
    // Who left by itself has left its players with its tombstone.
    const players = record?.actor.members ?? store.tombstones.get(ticket)?.players ?? [];
    if (declines && declines.restMs > 0) for (const player of players) store.conduct.countDecline(player, declines);
  };
  const fail = (ticket: string, record: TicketRecord | undefined, reply: ReplyRecord): void => {
    // Whose server is blocked has no say: who could not answer is not to blame.
    const isMuted = record !== undefined && reply === 'pending' && store.isBlocked(record.node);
    if (!isMuted) declined(ticket, record);
    const out = isMuted ? keptOut(store, record.node, playersOf(record.actor)) : undefined;
    if (record) withdraw(store, fence, record, out ?? WITHDRAWN_BECAUSE[reply]);
  };
  if (outcome !== 'candidateFailed') fail(offer.head, head, offer.headReply);
  else if (head) store.tickets.set(head.ticket, { ...head, offerId: null, confirmed: offer.headReply === 'confirmed' });
  if (outcome !== 'headFailed') fail(offer.candidate, candidate, offer.candidateReply);
  else if (candidate) goBack(store, fence, candidate, 'the opponent did not confirm');
  return { settled: null };
}

/** Out of the queue, and its room is told. */
export function withdraw(store: Store, fence: Fence, record: TicketRecord, reason: string): void {
  takeOut(store, record);
  store.entomb(record.ticket, reason);
  const { ticket } = record;
  store.publish(store.rooms.waiting(ticket), { ...leaderPart(fence), kind: 'WITHDRAWN', ticket, reason });
}

/** Who was locked waits again; who may not come in any more is withdrawn, and the leader told. */
function goBack(store: Store, fence: Fence, record: TicketRecord, reason: string): void {
  const { ticket, queue, node, actor } = record;
  const out = keptOut(store, node, playersOf(actor));
  if (out !== undefined) {
    withdraw(store, fence, record, out);
    store.announce(queue, { kind: 'LEFT', ticket });
    return;
  }
  putBack(store, record);
  store.publish(store.rooms.waiting(ticket), { ...leaderPart(fence), kind: 'BACK', ticket, reason });
}

function openMatch(
  store: Store,
  fence: Fence,
  { matchId, challengeRoom, joinMs, ratedSameNode }: SettleRequest,
  tickets: [TicketRecord, TicketRecord],
): MatchRecord {
  const now = store.now();
  const deadline = now + joinMs;
  const side = ({ ticket, actor, node, boot, ruleset, firstConsidered, games, missedJoins }: TicketRecord): SideRecord => ({
    ticket,
    actor,
    node,
    boot,
    ruleset,
    firstConsidered,
    games,
    missedJoins,
    elo: actor.elo,
    joined: false,
    left: false,
    teamIn: false,
    valid: false,
    refusal: null,
    result: null,
    eloTaken: false,
  });
  const match: MatchRecord = {
    matchId,
    queue: fence.queue,
    challengeRoom,
    stage: 'joining',
    revision: 1,
    deadline,
    lastEntryAt: now,
    firstOverAt: null,
    rated: (ratedSameNode || tickets[0].node !== tickets[1].node) && tickets.every((each) => store.ofSeason(fence.queue, each)),
    turns: 0,
    sides: [side(tickets[0]), side(tickets[1])],
  };
  store.matches.set(matchId, match);
  store.parts.set(matchId, noParts());
  for (const number of [0, 1] as const) {
    const record = tickets[number];
    const { ticket, queue, node, boot, actor } = record;
    takeOut(store, record);
    store.place(playersOf(actor), { place: 'playing', of: matchId, queue, node, boot });
    store.matchOfTicket.set(ticket, matchId);
    store.publish(store.rooms.waiting(ticket), {
      ...leaderPart(fence),
      kind: 'SUCCESS',
      ticket,
      matchId,
      challengeRoom,
      side: number,
      deadline,
    });
  }
  return match;
}

export function release(store: Store, fence: Fence, ticket: string): 'done' {
  const record = ofQueue(fence, store.tickets.get(ticket));
  if (record?.state === 'locked' && record.offerId === null) goBack(store, fence, record, 'no opponent confirmed');
  else store.count('release', 'changed');
  return 'done';
}

export function drop(store: Store, fence: Fence, ticket: string, reason: string): 'done' {
  const record = ofQueue(fence, store.tickets.get(ticket));
  if (record && record.offerId === null) withdraw(store, fence, record, reason);
  else store.count('drop', 'changed');
  return 'done';
}

export function standing(store: Store, ticket: string): Standing {
  const record = store.tickets.get(ticket);
  const now = store.now();
  if (record) return { at: 'queue', ticket: record, offer: store.offers.get(record.offerId ?? '') ?? null, now };
  const match = store.matches.get(store.matchOfTicket.get(ticket) ?? '');
  if (match && match.stage !== 'cancelled') return { at: 'match', match };
  const stone = store.tombstones.get(ticket);
  return stone ? { at: 'gone', reason: stone.reason } : { at: 'unknown' };
}
