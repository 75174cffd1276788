/** The roster: everybody in a queue, one slot each, their numbers in flat arrays. */
import { compareIds, stepOf, type Ticket } from './actor.ts';

const FIRST_CAPACITY = 64;

export class Roster {
  capacity = FIRST_CAPACITY;
  /** By slot. */
  readonly tickets: (Ticket | undefined)[] = [];
  /** Elo in 1/64. */
  elo = new Int32Array(FIRST_CAPACITY);
  /** First-considered step. */
  step = new Float64Array(FIRST_CAPACITY);
  /** The first three code units of the actor's id as one number: most names are told apart without looking at them. */
  name = new Float64Array(FIRST_CAPACITY);
  /** Bus time in ms until which the slot rests. */
  restsUntil = new Float64Array(FIRST_CAPACITY);
  private readonly slots = new Map<string, number>();
  private readonly free: number[] = [];

  get size(): number {
    return this.slots.size;
  }

  /** The slot of a ticket, or undefined. */
  slot(ticket: string): number | undefined {
    return this.slots.get(ticket);
  }

  ticket(slot: number): Ticket {
    return this.tickets[slot] as Ticket;
  }

  /** Everybody, in order of entering. */
  all(): Ticket[] {
    return [...this.slots.values()].map((slot) => this.ticket(slot));
  }

  /** Gives a ticket a slot. `capacity` may have grown after it. */
  add(ticket: Ticket): number {
    const slot = this.free.pop() ?? this.slots.size;
    if (slot === this.capacity) this.grow();
    this.tickets[slot] = ticket;
    this.elo[slot] = Math.round(ticket.actor.elo * 64);
    this.step[slot] = stepOf(ticket.firstConsidered);
    this.name[slot] = nameOf(ticket.actor.id);
    this.restsUntil[slot] = 0;
    this.slots.set(ticket.ticket, slot);
    return slot;
  }

  remove(slot: number): void {
    this.slots.delete(this.ticket(slot).ticket);
    this.tickets[slot] = undefined;
    this.free.push(slot);
  }

  /** Equal ones by id a to z, then node, then ticket. */
  readonly compareNames = (a: number, b: number): number => {
    const difference = (this.name[a] as number) - (this.name[b] as number);
    if (difference !== 0) return difference;
    const [one, two] = [this.tickets[a] as Ticket, this.tickets[b] as Ticket];
    return compareIds(one.actor.id, two.actor.id) || compareIds(one.node, two.node) || compareIds(one.ticket, two.ticket);
  };

  /** The order of waiting. */
  readonly compareWaiting = (a: number, b: number): number =>
    (this.step[a] as number) - (this.step[b] as number) || this.compareNames(a, b);

  /** The order of Elo. */
  readonly compareElo = (a: number, b: number): number =>
    (this.elo[a] as number) - (this.elo[b] as number) || this.compareNames(a, b);

  private grow(): void {
    this.capacity *= 2;
    this.elo = grown(this.elo, new Int32Array(this.capacity));
    this.step = grown(this.step, new Float64Array(this.capacity));
    this.name = grown(this.name, new Float64Array(this.capacity));
    this.restsUntil = grown(this.restsUntil, new Float64Array(this.capacity));
  }
}

/** Ordered as the ids are, where two differ in it. */
const nameOf = (id: string): number =>
  ((id.charCodeAt(0) || 0) * 65_536 + (id.charCodeAt(1) || 0)) * 65_536 + (id.charCodeAt(2) || 0);

/** A copy in a larger array. */
export function grown<T extends Int32Array | Float64Array>(array: T, larger: T): T {
  larger.set(array);
  return larger;
}
