/** Whoever comes in, and whoever leaves by its own will. Each validates first and writes last. */

import { exact, partyEloOf } from '../../matcher/index.ts';
import type { Entered, EnterRequest, Removed } from '../bus.ts';
import type { TicketRecord, Why } from '../records.ts';
import { admit, moveOut } from './admit.ts';
import { fewestGames } from './ladder.ts';
import { isSuperseded, playersOf, ratingKey, type Store } from './store.ts';
import { bodyOf, depart, frozen, putBack, withSide } from './tickets.ts';
import { dropInstant } from './wait-list.ts';

export function enter(store: Store, request: EnterRequest): Entered {
  const { ticket, queue, node, boot, ruleset } = request;
  const now = store.now();
  const known = store.tickets.get(ticket);
  if (known) {
    store.count('enter', 'doubled');
    return { entered: bodyOf(known) };
  }
  if (store.tombstones.has(ticket)) {
    store.count('enter', 'late');
    return { refused: 'removed' };
  }
  // Asked again, and matched meanwhile.
  const matched = store.matches.get(store.matchOfTicket.get(ticket) ?? '')?.sides.find((side) => side.ticket === ticket);
  if (matched) {
    store.count('enter', 'doubled');
    return { entered: bodyOf(matched) };
  }
  const sign = store.signs.get(node);
  if (isSuperseded(sign, boot)) return { refused: 'superseded', by: sign.boot };
  // A ticket that the bus has lost: it was there under an earlier generation, and is of a boot that is known and older than it.
  const { again } = request;
  const since = again?.firstConsidered ?? now;
  if (again) {
    const known = store.signs.get(node);
    const isOfBoot = known?.boot === boot && since >= known.since && since <= now;
    if (again.under >= store.generation || !isOfBoot) return { refused: 'stale' };
  }
  const admitted = admit(store, node, [...playersOf(request.actor)], request.move ?? false);
  if ('refused' in admitted) return admitted;
  const waiting = store.waiting.get(queue) ?? 0;
  if (waiting >= request.maxWaiting && !again) return { refused: 'full', waiting };
  // A ladder of nobody is lost; in another one, that may have lost what was played last, whoever is not in it has not played.
  const isLost = again !== undefined && ![...store.ratings.keys()].some((key) => key.startsWith(ratingKey(queue, '')));
  const initial = isLost ? again.elo : request.initialElo;
  const ratings = request.actor.members.map((player) => store.ratings.get(ratingKey(queue, player)) ?? initial);
  const elo = exact(request.elo ?? partyEloOf(ratings, request.partyElo));
  moveOut(store, admitted.leaving);
  const record: TicketRecord = {
    ticket,
    queue,
    node,
    boot,
    ruleset,
    actor: frozen(request.actor, elo),
    firstConsidered: since,
    games: fewestGames(store, queue, request.actor.members),
    state: 'waiting',
    offerId: null,
    confirmed: false,
    missedJoins: 0,
  };
  putBack(store, record);
  store.announce(queue, { kind: 'ENTERED', entry: bodyOf(record) });
  return { entered: bodyOf(record) };
}

export function leave(store: Store, node: string, ticket: string): Removed {
  const counted = (why: Why, removed: Removed): Removed => {
    store.count('leave', why);
    return removed;
  };
  const record = store.tickets.get(ticket);
  if (record) {
    return record.node === node ? depart(store, record) : counted('foreign', 'nothing');
  }
  const instant = store.instants.get(ticket);
  if (instant) {
    if (instant.node !== node) return counted('foreign', 'nothing');
    dropInstant(store, instant);
    store.entomb(ticket, 'removed from the wait list', { removed: 'instant', node });
    return 'instant';
  }
  const before = store.tombstones.get(ticket);
  if (before?.node === node) return counted('doubled', before.removed);
  const match = store.matches.get(store.matchOfTicket.get(ticket) ?? '');
  const side = match?.sides.findIndex((one) => one.ticket === ticket && one.node === node) as -1 | 0 | 1 | undefined;
  if (!match || side === undefined || side === -1) return counted('foreign', 'nothing');
  if (match.stage === 'joining') {
    if (match.sides[side].left) return counted('doubled', 'joining');
    const next = withSide(match, side, { left: true });
    store.matches.set(match.matchId, next);
    store.announce(match.queue, { kind: 'LEFT_MATCH', matchId: match.matchId, side, change: next.revision });
    return 'joining';
  }
  const open = match.stage === 'teams' || match.stage === 'validating' || match.stage === 'battle';
  return counted('late', open ? 'PLAYING' : 'nothing');
}
