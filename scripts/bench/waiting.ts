/**
 * A queue's life in virtual time: everybody of a list of arrivals comes, waits, and is matched or leaves. Two methods: the
 * matcher's own queue, driven as its ticks drive it, and the exact best pairing run every so often.
 */
import TinyQueue from 'tinyqueue';
import { type PoolOptions, Queue, STEP_MS, type Ticket } from '../../matcher/index.ts';
import type { Arrival } from './arrivals.ts';
import { widePairing } from './pairing.ts';

/** What became of everybody: shape `[n]`, in order of arrival. */
export interface Outcome {
  /** Seconds until matched or gone. */
  readonly wait: Float64Array;
  /** Elo between the two; NaN for who left unmatched. */
  readonly difference: Float64Array;
}

/** The options of a queue's pool, with those that are off by default. */
export type AnyPool = PoolOptions & { readonly adaptive?: boolean; readonly share?: 'sum' | 'mean' };

/** A method as the simulation drives it; actors go by their place among the arrivals. */
interface Method {
  enter(actor: number): void;
  leave(actor: number): void;
  /** Matches who can be matched now; both leave at once. */
  run(nowMs: number, match: (a: number, b: number) => void): void;
}

/**
 * Everybody who comes or leaves until `nowMs` does so before the method runs at `nowMs`. While fewer than two wait nothing can
 * be matched, so those runs are left out; all others are run.
 */
function simulate(arrivals: readonly Arrival[], periodMs: number, method: Method): Outcome {
  const wait = new Float64Array(arrivals.length);
  const difference = new Float64Array(arrivals.length).fill(Number.NaN);
  const isWaiting = new Uint8Array(arrivals.length);
  const leavesAt = (actor: number): number => (arrivals[actor] as Arrival).leavesAt;
  const leavers = new TinyQueue<number>([], (a, b) => leavesAt(a) - leavesAt(b));
  let waiting = 0;
  let nowMs = 0;
  const isOver = (actor: number, apart: number, atMs: number): void => {
    const { at } = arrivals[actor] as Arrival;
    isWaiting[actor] = 0;
    waiting--;
    wait[actor] = (atMs - at) / 1000;
    difference[actor] = apart;
    method.leave(actor);
  };
  const match = (a: number, b: number): void => {
    const apart = Math.abs((arrivals[a] as Arrival).elo - (arrivals[b] as Arrival).elo);
    isOver(a, apart, nowMs);
    isOver(b, apart, nowMs);
  };
  for (let next = 0; next < arrivals.length || waiting > 0; nowMs += periodMs) {
    const coming = arrivals[next];
    if (waiting < 2 && coming !== undefined) nowMs = Math.max(nowMs, Math.ceil(coming.at / periodMs) * periodMs);
    for (; next < arrivals.length && (arrivals[next] as Arrival).at <= nowMs; next++) {
      method.enter(next);
      leavers.push(next);
      isWaiting[next] = 1;
      waiting++;
    }
    for (let leaver = leavers.peek(); leaver !== undefined && leavesAt(leaver) <= nowMs; leaver = leavers.peek()) {
      leavers.pop();
      if (isWaiting[leaver] === 1) isOver(leaver, Number.NaN, leavesAt(leaver));
    }
    if (waiting > 1) method.run(nowMs, match);
  }
  return { wait, difference };
}

/** Both methods: a queue that says who reaches how far, and who waits, in order of Elo. */
class Room {
  readonly queue: Queue;
  readonly tickets: readonly Ticket[];
  /** Actors in order of Elo. */
  readonly line: number[] = [];

  constructor(arrivals: readonly Arrival[], pool: AnyPool) {
    this.queue = new Queue({ pool, sameNode: true, maxDifference: Number.POSITIVE_INFINITY });
    this.tickets = arrivals.map(({ at, elo }, index) => {
      const id = `p${index}`;
      const actor = { id, name: id, members: [id], elo, blocks: [] };
      return { ticket: String(index), actor, node: 'n', ruleset: '', firstConsidered: at };
    });
  }

  elo(actor: number): number {
    return (this.tickets[actor] as Ticket).actor.elo;
  }

  enter(actor: number): void {
    const place = this.line.findIndex((other) => this.elo(other) > this.elo(actor));
    this.line.splice(place < 0 ? this.line.length : place, 0, actor);
  }

  leave(actor: number): void {
    this.line.splice(this.line.indexOf(actor), 1);
  }

  /**
   * Is nobody in reach of anybody? If a and c are in reach and b stands between them, b is in reach of one of them: neighbours
   * tell. (Two pools of the mean age reach no farther than the sum, for a curve that bends upward; 1/16 is for rounding.)
   */
  isQuiet(nowMs: number): boolean {
    let elo = Number.NEGATIVE_INFINITY;
    let pool = 0;
    for (const actor of this.line) {
      const ticket = this.tickets[actor] as Ticket;
      const own = this.queue.pool(ticket, nowMs);
      if (ticket.actor.elo - elo < own + pool + 1 / 16) return false;
      elo = ticket.actor.elo;
      pool = own;
    }
    return true;
  }
}

/**
 * The matcher's queue: a round in every step of 1/20 s, the first candidate is the opponent. A round in which nobody is in reach
 * is broken off at its first head: it would change nothing but the ranks on display. (`pool` goes by what `find` goes by.)
 */
export function byQueue(arrivals: readonly Arrival[], pool: AnyPool): Outcome {
  const room = new Room(arrivals, pool);
  const { queue } = room;
  return simulate(arrivals, STEP_MS, {
    enter: (actor) => {
      room.enter(actor);
      queue.enter(room.tickets[actor] as Ticket);
    },
    leave: (actor) => {
      room.leave(actor);
      queue.leave(String(actor));
    },
    run: (nowMs, match) => {
      queue.beginRound(nowMs);
      let head = queue.nextHead(nowMs);
      if (room.isQuiet(nowMs)) return;
      for (; head !== undefined; head = queue.nextHead(nowMs)) {
        const [opponent] = queue.find(head, nowMs, 1);
        if (opponent === undefined) queue.moveBack(head);
        else match(Number(head.ticket), Number(opponent.ticket));
      }
    },
  });
}

/**
 * The exact best pairing (most pairs, since one more ends two waits, then the smallest sum of differences) of all who wait, by
 * the pools that the matcher's queue gives them, at every multiple of `periodMs`. Each run is the best by itself; none knows
 * who will come.
 */
export function byPairing(arrivals: readonly Arrival[], pool: PoolOptions, periodMs: number): Outcome {
  const room = new Room(arrivals, pool);
  return simulate(arrivals, periodMs, {
    enter: (actor) => room.enter(actor),
    leave: (actor) => room.leave(actor),
    run: (nowMs, match) => {
      if (room.isQuiet(nowMs)) return;
      const actors = [...room.line];
      const elos = actors.map((actor) => 64 * room.elo(actor));
      const pools = actors.map((actor) => 64 * room.queue.pool(room.tickets[actor] as Ticket, nowMs));
      widePairing(elos, pools).partner.forEach((other, at) => {
        if (other > at) match(actors[at] as number, actors[other] as number);
      });
    },
  });
}
