/**
 * The embedded bus: one process, no server. Messages go through the codec as text, are delivered asynchronously and in order; answers
 * come asynchronously too. Everything is lost with the process.
 */

import { concat, defer, EMPTY, NEVER, Observable, type SchedulerLike } from 'rxjs';
import type { Bus, Fence, Fenced, Heard, Lease, Reach } from './bus.ts';
import { Gate } from './gate.ts';
import { KEPT_TIMES, type KeptTimes } from './kept.ts';
import { enter, leave } from './memory/entries.ts';
import * as instants from './memory/instants.ts';
import * as matches from './memory/matches.ts';
import * as nodes from './memory/nodes.ts';
import { ownerVerbs } from './memory/owner.ts';
import { declineRematch, rematch } from './memory/rematches.ts';
import { ratingKey, Store } from './memory/store.ts';
import * as tickets from './memory/tickets.ts';
import { type Message, PROTOCOL_VERSION } from './messages.ts';
import { roomsOf } from './rooms.ts';
import type { SigningOptions } from './signature.ts';

export interface MemoryBusOptions {
  /** Its clock, and when it delivers. */
  readonly scheduler: SchedulerLike;
  /** Default: `jaeger`. */
  readonly realm?: string;
  /** Default: nobody signs. */
  readonly signing?: SigningOptions | undefined;
  /** How long is kept what is over. Default: a ticket 10 min, a match 1 h. */
  readonly kept?: KeptTimes | undefined;
  /** Of one sender at most. Default: as many as there are, for all of them are of this process. */
  readonly messagesPerSecond?: number;
}

/** Somebody who wants a lease; told the epoch when it is won. The first in line holds it. */
interface Campaigner {
  readonly node: string;
  won(epoch: number): void;
  lost(): void;
}

export interface MemoryBus extends Bus {
  /** Forgets everything, like a Redis that is restarted empty: for tests. */
  lose(): void;
  /** What it holds, for tests that look on; another one once it was lost. */
  readonly store: Store;
}

const FINAL = new Set(['closed', 'cancelled', 'void']);
const FENCED: Fenced = { refused: 'fenced' };

type Listener = (message: Message) => void;

export function memoryBus({
  scheduler,
  realm = 'jaeger',
  signing,
  kept = KEPT_TIMES,
  messagesPerSecond = Number.POSITIVE_INFINITY,
}: MemoryBusOptions): MemoryBus {
  const rooms = roomsOf(realm);
  const listeners = new Map<string, Set<Listener>>();
  const outbox: { room: string; text: string }[] = [];
  const gate = new Gate({ realm, signing, messagesPerSecond, busNow: () => scheduler.now() });
  const campaigns = new Map<string, Campaigner[]>();
  const epochs = new Map<string, number>();

  const deliver = (): void => {
    // What is published while delivering waits for the next delivery.
    for (const { room, text } of outbox.splice(0)) {
      const here = [...(listeners.get(room) ?? [])];
      const message = here.length === 0 ? undefined : gate.in(room, text);
      if (message) for (const listener of here) listener(message);
    }
  };
  const publish = (room: string, message: Message): void => {
    if (outbox.push({ room, text: gate.out(room, message) }) === 1) scheduler.schedule(deliver);
  };
  let store = new Store(rooms, publish, () => scheduler.now(), kept);

  /** One transition or read: runs when subscribed to, answers asynchronously. */
  const verb = <T>(run: () => T): Observable<T> =>
    new Observable((subscriber) => {
      let tell: () => void;
      try {
        const answer = run();
        tell = () => {
          subscriber.next(answer);
          subscriber.complete();
        };
      } catch (error) {
        tell = () => subscriber.error(error);
      }
      subscriber.add(scheduler.schedule(tell));
    });
  const fenced = <T>(fence: Fence, run: () => T): Observable<T | Fenced> =>
    verb(() => {
      const held = (campaigns.get(fence.queue)?.length ?? 0) > 0 && epochs.get(fence.queue) === fence.epoch;
      return held && fence.generation === store.generation ? run() : FENCED;
    });

  const hear = (room: string): Observable<Heard> =>
    new Observable<Heard>((subscriber) => {
      const listener: Listener = (message) => subscriber.next({ listening: false, message });
      // Heard from the moment on at which it is told that the room listens.
      const listen = (): void => {
        listeners.set(room, (listeners.get(room) ?? new Set()).add(listener));
        subscriber.next({ listening: true });
      };
      subscriber.add(scheduler.schedule(listen));
      subscriber.add(() => {
        const here = listeners.get(room);
        here?.delete(listener);
        if (here?.size === 0) listeners.delete(room);
      });
    });

  const elect = (queue: string): void => {
    const epoch = Math.max((epochs.get(queue) ?? 0) + 1, store.now());
    epochs.set(queue, epoch);
    store.protocol = PROTOCOL_VERSION;
    campaigns.get(queue)?.[0]?.won(epoch);
  };
  const lose = (): void => {
    store = new Store(rooms, publish, () => scheduler.now(), kept, store.generation);
    for (const [queue, [holder]] of campaigns) {
      if (!holder) continue;
      holder.lost();
      elect(queue);
    }
  };
  const holdLease = (queue: string, node: string): Observable<Lease | null> =>
    new Observable<Lease | null>((subscriber) => {
      const line = campaigns.get(queue) ?? [];
      campaigns.set(queue, line);
      const won = (epoch: number): void => {
        const lease: Lease = { queue, generation: store.generation, epoch, offsetMs: store.now() - scheduler.now() };
        subscriber.add(scheduler.schedule(() => subscriber.next(lease)));
      };
      const lost = (): void => void subscriber.add(scheduler.schedule(() => subscriber.next(null)));
      const campaigner: Campaigner = { node, won, lost };
      if (line.push(campaigner) === 1) elect(queue);
      subscriber.add(() => {
        const held = line[0] === campaigner;
        line.splice(line.indexOf(campaigner), 1);
        if (held && line.length > 0) elect(queue);
      });
    });

  return {
    lose,
    get store() {
      return store;
    },
    realm,
    rooms,
    faults$: gate.faults$,
    refused: gate.refused,
    signs: gate.signs,
    secretMark: gate.mark,
    unreadable$: EMPTY,
    warnings$: EMPTY,
    reach$: concat(
      verb((): Reach => ({ reachable: true })),
      NEVER,
    ),
    clock: () => verb(() => store.now()),
    hear,
    say: (room, message) =>
      defer(() => {
        publish(room, message);
        return EMPTY;
      }),
    holdLease,

    enter: (request) => verb(() => enter(store, request)),
    leave: (node, ticket) => verb(() => leave(store, node, ticket)),
    reply: (offerId, ticket, reply) => verb(() => tickets.reply(store, offerId, ticket, reply)),
    joined: (matchId, side, node) => verb(() => matches.joined(store, matchId, side, node)),
    team: (matchId, side, node, data) => verb(() => matches.team(store, matchId, side, node, data)),
    judge: (matchId, side, node, refusal) => verb(() => matches.judge(store, matchId, side, node, refusal)),
    append: (matchId, side, node, counter, data, digest, after) =>
      verb(() => matches.append(store, matchId, side, node, counter, data, digest, after)),
    over: (matchId, side, node, winner, digest) => verb(() => matches.over(store, matchId, side, node, winner, digest)),
    takeElo: (matchId, side, node) => verb(() => matches.takeElo(store, matchId, side, node)),

    requestInstantMatch: (request) => verb(() => instants.request(store, request)),
    renewInstantMatch: (ticket, node, boot) => verb(() => instants.renew(store, ticket, node, boot, false)),
    rebroadcastInstantMatch: (ticket, node, boot) => verb(() => instants.renew(store, ticket, node, boot, true)),
    instantMatch: (request) => verb(() => instants.claim(store, request)),
    rematch: (request) => verb(() => rematch(store, request)),
    declineRematch: (matchId, side, node, withinMs) => verb(() => declineRematch(store, matchId, side, node, withinMs)),

    seats: (node, queue, boot, of, most) => verb(() => matches.seats(store, node, queue, boot, of, most)),
    rejoin: (matchId, side, node, boot) => verb(() => matches.rejoin(store, matchId, side, node, boot)),
    vouch: (matchId, side, node, turns) => verb(() => matches.vouch(store, matchId, side, node, turns)),
    arrive: (request) => verb(() => nodes.arrive(store, request)),
    alive: (request) => verb(() => nodes.alive(store, request)),
    goodbye: (node, boot, rejoin) => verb(() => nodes.goodbye(store, node, boot, rejoin)),

    offer: (fence, request) => fenced(fence, () => tickets.offer(store, fence, request)),
    settle: (fence, request) => fenced(fence, () => tickets.settle(store, fence, request)),
    release: (fence, ticket) => fenced(fence, () => tickets.release(store, fence, ticket)),
    drop: (fence, ticket, reason) => fenced(fence, () => tickets.drop(store, fence, ticket, reason)),
    advance: (fence, request) => fenced(fence, () => matches.advance(store, fence, request)),
    wipe: (fence, node, since) => fenced(fence, () => nodes.wipe(store, fence, node, since)),

    ...ownerVerbs({ store: () => store, verb, fenced, scheduler }),
    leader: (queue) =>
      verb(() => {
        const [holder] = campaigns.get(queue) ?? [];
        return holder ? { node: holder.node, epoch: epochs.get(queue) as number } : null;
      }),

    counts: () => verb(() => ({ ...store.counts })),
    snapshot: (queue) =>
      verb(() => ({
        revision: store.revision(queue),
        tickets: store.tickets.ofQueue(queue),
        offers: [...store.offers.values()].filter((record) => record.queue === queue),
        matches: [...store.matches.values()].filter((record) => record.queue === queue && !FINAL.has(record.stage)),
      })),
    ticket: (ticket) => verb(() => store.tickets.get(ticket) ?? null),
    standing: (ticket) => verb(() => tickets.standing(store, ticket)),
    match: (matchId) => verb(() => store.matches.get(matchId) ?? null),
    log: (matchId, from, most) => verb(() => matches.log(store, matchId, from, most)),
    holdings: (request) => verb(() => nodes.holdings(store, request)),
    lastSigns: () => verb(() => [...store.signs.values()]),
    rating: (queue, player) => verb(() => store.ratings.get(ratingKey(queue, player)) ?? null),
  };
}
