/** The owner's commands, executed once: the answer is kept, and given again. Each validates first and writes last. */
import { exact } from '../../matcher/index.ts';
import {
  type Command,
  type CommandAnswer,
  type CommandOf,
  type CommandRecord,
  type History,
  MOST_BARS,
  MOST_CLOSED,
  MOST_SEASONS,
} from '../admin.ts';
import type { Fence } from '../bus.ts';
import type { InstantRecord, TicketRecord } from '../records.ts';
import { ofNode, ofPlayer } from './conduct.ts';
import type { NewIncident } from './incidents.ts';
import { incidentOf, voided } from './matches.ts';
import { playersOf, ratingKey, type Store } from './store.ts';
import { leaderPart, withdraw, withReply, withSide } from './tickets.ts';
import { dropInstant } from './wait-list.ts';

/** What was done, and what the incident says besides; or why nothing was. */
type Result = { readonly done: string; readonly incident: Partial<NewIncident> } | { readonly refused: string };

interface Given<C extends Command> {
  readonly store: Store;
  readonly fence: Fence;
  readonly who: string;
  readonly command: C;
}

export function execute(store: Store, fence: Fence, { id, who, expiresAt, command }: CommandRecord): CommandAnswer {
  const known = store.inbox.answer(id);
  if (known) return known;
  const now = store.now();
  const { queue } = fence;
  const result: Result = now > expiresAt ? { refused: 'nobody came to it in time' } : run({ store, fence, who, command });
  if ('refused' in result) return store.inbox.keep({ id, at: now, queue, outcome: 'refused', says: result.refused });
  const { done: says, incident } = result;
  store.incidents.add({ ...incident, id, kind: 'Admin', who, detail: incident.detail ? `${says}: ${incident.detail}` : says });
  return store.inbox.keep({ id, at: now, queue, outcome: 'done', says });
}

function run(given: Given<Command>): Result {
  const { command } = given;
  switch (command.kind) {
    case 'void':
      return voidMatch({ ...given, command });
    case 'remove':
      return remove({ ...given, command });
    case 'bar':
      return bar({ ...given, command });
    case 'allow':
      if (!allow(given.store, command.player)) return { refused: 'not barred' };
      return { done: 'allowed again', incident: { actors: [command.player] } };
    case 'elo':
      return setElo({ ...given, command });
    case 'drain':
    case 'block':
      return close({ ...given, command });
    case 'undrain':
    case 'unblock': {
      const how = HOW[command.kind];
      if (!open(given.store, how, command.node)) return { refused: `not ${how}` };
      return { done: `not ${how} any more`, incident: { nodes: [command.node] } };
    }
    case 'config': {
      const { queue, config, hash } = command;
      const secret = given.store.configs.get(queue)?.secret;
      const adopted = { config, hash, at: given.store.now(), by: given.who, byOwner: true };
      given.store.configs.set(queue, { ...adopted, ...(secret === undefined ? {} : { secret }) });
      return { done: 'configuration adopted', incident: { queue, detail: hash } };
    }
    case 'season':
      return season({ ...given, command });
  }
}

function voidMatch({ store, fence, command: { matchId, reason } }: Given<CommandOf<'void'>>): Result {
  const match = store.matches.get(matchId);
  const open = match && match.stage !== 'closed' && match.stage !== 'cancelled' && match.stage !== 'void';
  if (!open || match.queue !== fence.queue) return { refused: 'no such open match in this queue' };
  if (match.stage === 'rated') return { refused: 'its Elo is published: it cannot be void any more' };
  store.matches.set(matchId, voided(store, fence, match, 'Admin', reason));
  if (match.stage === 'joining') for (const { ticket } of match.sides) store.entomb(ticket, reason);
  return { done: `match made void in stage ${match.stage}`, incident: { ...incidentOf(match), detail: reason } };
}

/** The ticket leaves the queue, whatever it is part of; its room and its leader are told. */
function expel(store: Store, fence: Fence, record: TicketRecord, reason: string): void {
  const { ticket, queue } = record;
  const offer = record.offerId === null ? undefined : store.offers.get(record.offerId);
  withdraw(store, fence, record, reason);
  if (offer) store.offers.set(offer.offerId, withReply(offer, ticket, 'removed'));
  store.announce(queue, { kind: 'LEFT', ticket });
}

/** A user leaves the wait list of instant matches; its room is told. */
function expelInstant(store: Store, fence: Fence, record: InstantRecord, reason: string): void {
  const { ticket, secret } = record;
  dropInstant(store, record);
  store.entomb(ticket, reason);
  store.publish(store.rooms.instant(secret), { ...leaderPart(fence), kind: 'WITHDRAWN', ticket, reason });
}

function remove({ store, fence, command: { whom, reason } }: Given<CommandOf<'remove'>>): Result {
  const where = store.whereIs(whom);
  const record = store.tickets.get(whom) ?? where.ticket;
  const instant = store.liveInstant(whom) ?? where.instant;
  if (instant?.queue === fence.queue) {
    const { queue, actor, node } = instant;
    expelInstant(store, fence, instant, reason);
    return { done: 'removed from the wait list', incident: { queue, actors: [actor.id], nodes: [node], detail: reason } };
  }
  const match = where.match ?? store.matches.get(store.matchOfTicket.get(whom) ?? '');
  if (record?.queue === fence.queue) {
    expel(store, fence, record, reason);
    const { queue, actor, node, state } = record;
    const from = state === 'waiting' ? 'queued' : 'offered';
    return { done: `removed from the queue, ${from}`, incident: { queue, actors: [actor.id], nodes: [node], detail: reason } };
  }
  if (record || match?.queue !== fence.queue) return { refused: 'nowhere in this queue' };
  const ended = match.stage === 'closed' || match.stage === 'cancelled' || match.stage === 'void' || match.stage === 'rated';
  if (match.stage !== 'joining')
    return { refused: ended ? 'nowhere in this queue' : 'its battle has begun: void the match instead' };
  const side = match.sides.findIndex(({ ticket, actor }) => ticket === whom || playersOf(actor).has(whom)) as 0 | 1;
  const { matchId, queue } = match;
  if (!match.sides[side].left) {
    const next = withSide(match, side, { left: true });
    store.matches.set(matchId, next);
    store.announce(queue, { kind: 'LEFT_MATCH', matchId, side, change: next.revision });
  }
  const incident = { ...incidentOf(match), against: side, detail: reason };
  return { done: 'removed from a match that had not begun', incident };
}

function bar({ store, fence, command: { player, until, reason } }: Given<CommandOf<'bar'>>): Result {
  if (store.bars.size >= MOST_BARS && !store.bars.has(player)) return { refused: 'too many are barred: allow some again' };
  store.bars.set(player, { player, until, reason });
  const { ticket, instant } = store.whereIs(player);
  if (ticket) expel(store, fence, ticket, reason);
  if (instant) expelInstant(store, fence, instant, reason);
  const waited = ticket ?? instant;
  const removed = waited ? ` and removed from the queue ${waited.queue}` : '';
  return { done: `barred${removed}`, incident: { actors: [player], detail: reason } };
}

function setElo({ store, fence: { queue }, command: { player, elo, reason } }: Given<CommandOf<'elo'>>): Result {
  const [presence] = store.presencesOf([player]);
  const { ticket, match, instant } = store.whereIs(player);
  if (presence?.queue === queue && (ticket || match || instant))
    return { refused: 'waiting or playing in this queue: remove them, or let the match end, and ask again' };
  const key = ratingKey(queue, player);
  const says = `Elo from ${store.ratings.get(key) ?? 'none'} to ${exact(elo)}`;
  store.ratings.set(key, exact(elo));
  return { done: says, incident: { queue, actors: [player], detail: reason } };
}

/** Whatever kept a player out is forgotten. Returns whether there was anything. */
function allow(store: Store, player: string): boolean {
  const wasBarred = store.bars.delete(player);
  return store.conduct.forget(ofPlayer(player)) || wasBarred;
}

/** The same of a node: who is unblocked is not barred either. */
function open(store: Store, how: 'drained' | 'blocked', node: string): boolean {
  const wasClosed = store.closed.delete(`${how} ${node}`);
  if (how === 'drained') return wasClosed;
  const wasBarred = store.closed.delete(`barred ${node}`);
  return store.conduct.forget(ofNode(node)) || wasBarred || wasClosed;
}

const HOW = { drain: 'drained', undrain: 'drained', block: 'blocked', unblock: 'blocked' } as const;

function close({ store, command: { kind, node, reason } }: Given<CommandOf<'drain' | 'block'>>): Result {
  const how = HOW[kind];
  const key = `${how} ${node}`;
  if (store.closed.size >= MOST_CLOSED && !store.closed.has(key))
    return { refused: 'too many nodes are drained or blocked: open some again' };
  store.closed.set(key, { node, how, reason });
  return { done: how, incident: { nodes: [node], detail: reason } };
}

function season({ store, fence: { queue }, command: { name } }: Given<CommandOf<'season'>>): Result {
  const seasons = store.seasons.get(queue) ?? [];
  if (seasons.some((each) => each.name === name)) return { refused: 'there is a season of this name' };
  if (seasons.length >= MOST_SEASONS) return { refused: 'too many seasons' };
  const prefix = ratingKey(queue, '');
  const ladder = new Map<string, number>();
  for (const [key, elo] of store.ratings)
    if (key.startsWith(prefix)) {
      ladder.set(key.slice(prefix.length), elo);
      store.ratings.delete(key);
    }
  const played = new Map<string, History>();
  for (const [key, history] of store.histories)
    if (key.startsWith(prefix)) {
      played.set(key.slice(prefix.length), history);
      store.histories.delete(key);
    }
  store.annals.set(`${queue}\n${name}`, played);
  store.archive.set(`${queue}\n${name}`, ladder);
  store.seasons.set(queue, [...seasons, { name, endedAt: store.now() }]);
  return { done: `season begun, the old ladder is kept as ${name}`, incident: { queue } };
}
