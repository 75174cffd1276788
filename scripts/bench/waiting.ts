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

const queueOf = (pool: AnyPool): Queue => new Queue({ pool, sameNode: true, maxDifference: Number.POSITIVE_INFINITY });

const ticketsOf = (arrivals: readonly Arrival[]): Ticket[] =>
  arrivals.map(({ at, elo }, index) => {
    const id = `p${index}`;
    const actor = { id, name: id, members: [id], elo, blocks: [] };
    return { ticket: String(index), actor, node: 'n', ruleset: '', firstConsidered: at };
  });

/** The matcher's queue: one whole round in every step of 1/20 s, the first candidate is the opponent. */
export function byQueue(arrivals: readonly Arrival[], pool: AnyPool): Outcome {
  const queue = queueOf(pool);
  const tickets = ticketsOf(arrivals);
  return simulate(arrivals, STEP_MS, {
    enter: (actor) => queue.enter(tickets[actor] as Ticket),
    leave: (actor) => queue.leave(String(actor)),
    run: (nowMs, match) => {
      queue.beginRound();
      for (let head = queue.nextHead(nowMs); head !== undefined; head = queue.nextHead(nowMs)) {
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
  const queue = queueOf(pool);
  const tickets = ticketsOf(arrivals);
  const eloOf = (actor: number): number => (arrivals[actor] as Arrival).elo;
  /** In order of Elo. */
  const line: number[] = [];
  return simulate(arrivals, periodMs, {
    enter: (actor) => {
      const place = line.findIndex((other) => eloOf(other) > eloOf(actor));
      line.splice(place < 0 ? line.length : place, 0, actor);
    },
    leave: (actor) => line.splice(line.indexOf(actor), 1),
    run: (nowMs, match) => {
      const poolAt = (at: number): number => queue.pool(tickets[line[at] as number] as Ticket, nowMs);
      // If a and c are in reach and b stands between them, b is in reach of one of them: neighbours tell whether anybody is.
      let isQuiet = true;
      for (let at = 1; at < line.length && isQuiet; at++)
        isQuiet = eloOf(line[at] as number) - eloOf(line[at - 1] as number) >= poolAt(at) + poolAt(at - 1);
      if (isQuiet) return;
      const actors = [...line];
      const elos = actors.map((actor) => 64 * eloOf(actor));
      const pools = actors.map((_, at) => 64 * poolAt(at));
      widePairing(elos, pools).partner.forEach((other, at) => {
        if (other > at) match(actors[at] as number, actors[other] as number);
      });
    },
  });
}
