/**
 * Actor: one side of a future battle (a player, a party, a team). Ticket: one stay of an actor in a queue.
 * Elos and pools are multiples of 1/64, so that sums and differences of them are exact in binary.
 */

/** One side of a future battle, as the queue knows it. */
export interface Actor {
  readonly id: string;
  readonly name: string;
  /** The players in it, 1 or more, all on the actor's node. */
  readonly members: readonly string[];
  /** Elo of the side, a multiple of 1/64. */
  readonly elo: number;
  /** Players that this actor must never meet, given by the host. */
  readonly blocks: readonly string[];
}

/** One stay of an actor in a queue. */
export interface Ticket {
  /** Random id of this stay: messages about an earlier stay are told apart by it. */
  readonly ticket: string;
  readonly actor: Actor;
  readonly node: string;
  /** Hash of the rules that the actor's node plays this queue by; differing ones never meet. */
  readonly ruleset: string;
  /** Bus time in ms at which this stay was first considered; kept when the actor goes back to the queue. */
  readonly firstConsidered: number;
}

/** One step of the matcher: 1/20 s. */
export const STEP_MS = 50;

/** The step in which a bus time (ms) lies. */
export const stepOf = (ms: number): number => Math.floor(ms / STEP_MS);

/** For how many steps a ticket has waited at a bus time (ms). */
export const waitedSteps = ({ firstConsidered }: Ticket, nowMs: number): number => stepOf(nowMs) - stepOf(firstConsidered);

/** Rounds an Elo or a pool to the multiple of 1/64 that the matcher computes with. */
export const exact = (value: number): number => Math.round(value * 64) / 64;

/** The lowest Elo that an actor accepts. */
export const lowest = (elo: number, pool: number): number => elo - pool;

/** The highest Elo that an actor accepts. */
export const highest = (elo: number, pool: number): number => elo + pool;

/** -1, 0 or 1: ids are ordered by code unit (`<`), never by locale, so that every node agrees. */
export const compareIds = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The order of waiting: who was first considered in an earlier step, then id a to z, then node, then ticket. */
export const compareWaiting = (a: Ticket, b: Ticket): number =>
  stepOf(a.firstConsidered) - stepOf(b.firstConsidered) ||
  compareIds(a.actor.id, b.actor.id) ||
  compareIds(a.node, b.node) ||
  compareIds(a.ticket, b.ticket);

/** The order of Elo, equal ones by id a to z, then node, then ticket. */
export const compareElo = (a: Ticket, b: Ticket): number =>
  a.actor.elo - b.actor.elo ||
  compareIds(a.actor.id, b.actor.id) ||
  compareIds(a.node, b.node) ||
  compareIds(a.ticket, b.ticket);
