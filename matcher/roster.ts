/** The roster: everybody in a queue, one slot each. A slot's numbers lie together in 64 bytes, which is one line of the processor's cache. */
import { compareIds, stepOf, type Ticket } from './actor.ts';
import { Numbers } from './numbers.ts';
import { NONE } from './places.ts';
import { Slots } from './slots.ts';

/** Numbers of a slot: `floats[slot * FLOATS + …]`. */
export const FLOATS = 8;
/** First-considered step. */
export const STEP = 0;
/** The first 6 code units of the actor's id as a number: most ids are told apart without looking at them. */
const NAME = 1;

/** Whole numbers of a slot, in the same 64 bytes: `ints[slot * INTS + …]`. */
export const INTS = 16;
/** Elo in 1/64. */
export const ELO = 4;
/** What it is, as 4 flags (states.ts); above them 14 bits of its node's number, and 14 of a hash of the actor's id. */
export const MARK = 5;
/** Its block in the line by Elo. */
export const ELO_BLOCK = 6;
/** Its segment in the chain, and who stands before and behind it there. */
export const SEGMENT = 7;
export const BEFORE = 9;
export const BEHIND = 15;
/** Twice the last round in which it was head, or in which it entered; 1 more when it was moved back in it. */
export const ROUND = 8;
/** By how many ranks it was moved back in all. */
export const PENALTY = 10;
/** Number of its node. */
export const NODE = 11;
export const PARTITION = 12;
/** 4 more code units of the actor's id. */
export const MORE_NAME = 13;
/** Its block in the line of those who came back in this round. */
export const RETURNED_BLOCK = 14;

const NODE_SHIFT = 6;
const HASH_SHIFT = 18;
/** In a mark, of a node whose number is larger: the record itself tells. */
export const MANY_NODES = 0xfff;
/** The node's number in a mark, or `MANY_NODES`. */
export const nodeIn = (mark: number): number => (mark >>> NODE_SHIFT) & MANY_NODES;
/** Do two marks not tell their actors apart? */
export const mayBeOfOneActor = (a: number, b: number): boolean => (a ^ b) >>> HASH_SHIFT === 0;

const FIRST_CAPACITY = 64;
/** A head and its opponent. */
const RECENT = 2;

export class Roster {
  floats = new Float64Array(FLOATS * FIRST_CAPACITY);
  ints = new Int32Array(this.floats.buffer);
  /** By slot. Slot 0 is nobody's. */
  private readonly tickets: (Ticket | undefined)[] = [undefined];
  private readonly nodes = new Numbers();
  private readonly slots = new Slots();
  private readonly free: number[] = [];
  private readonly recent = new Int32Array(RECENT);
  private oldestRecent = 0;

  /** The slot of a ticket, or undefined. */
  slot(ticket: string): number | undefined {
    const { recent, tickets } = this;
    for (let index = 0; index < RECENT; index++) {
      const slot = recent[index] as number;
      if (tickets[slot]?.ticket === ticket) return slot;
    }
    return this.slots.get(ticket);
  }

  /** The slot of a ticket that is here as this very object, or as another one, or undefined. */
  slotOf(ticket: Ticket): number | undefined {
    const { recent, tickets } = this;
    for (let index = 0; index < RECENT; index++) if (tickets[recent[index] as number] === ticket) return recent[index];
    return this.slots.get(ticket.ticket);
  }

  /** This one is going to be asked for: it is found without looking it up. */
  expect(slot: number): void {
    this.recent[this.oldestRecent] = slot;
    this.oldestRecent = (this.oldestRecent + 1) % RECENT;
  }

  ticket(slot: number): Ticket {
    return this.tickets[slot] as Ticket;
  }

  /** Everybody's slot, in the order of these. */
  *all(): Generator<number> {
    for (let slot = 1; slot < this.tickets.length; slot++) if (this.tickets[slot]) yield slot;
  }

  /** So many are going to be here: making room for them later, in a single go, would take longer than a step may. */
  reserve(count: number): void {
    if ((count + 1) * FLOATS > this.floats.length) this.grow(count + 1);
  }

  step(slot: number): number {
    return this.floats[slot * FLOATS + STEP] as number;
  }

  name(slot: number): number {
    return this.floats[slot * FLOATS + NAME] as number;
  }

  /** One of the whole numbers of a slot. */
  int(slot: number, lane: number): number {
    return this.ints[slot * INTS + lane] as number;
  }

  set(slot: number, lane: number, value: number): void {
    this.ints[slot * INTS + lane] = value;
  }

  /** Gives a ticket a slot. */
  add(ticket: Ticket): number {
    const { id, elo } = ticket.actor;
    const slot = this.free.pop() ?? this.slots.size + 1;
    if (slot * FLOATS === this.floats.length) this.grow(largerThan(slot));
    const float = slot * FLOATS;
    this.tickets[slot] = ticket;
    this.floats[float + STEP] = stepOf(ticket.firstConsidered);
    this.floats[float + NAME] = keyOf(id, 0, NAME_UNITS);
    this.set(slot, MORE_NAME, keyOf(id, NAME_UNITS, MORE_UNITS));
    this.set(slot, ELO, Math.round(elo * 64));
    const node = this.nodes.take(ticket.node);
    this.set(slot, NODE, node);
    this.set(slot, MARK, (hashOf(id) << HASH_SHIFT) | (Math.min(node, MANY_NODES) << NODE_SHIFT));
    this.set(slot, ELO_BLOCK, NONE);
    this.set(slot, RETURNED_BLOCK, NONE);
    this.slots.add(ticket.ticket, slot);
    return slot;
  }

  remove(slot: number): void {
    this.slots.delete(this.ticket(slot).ticket);
    this.nodes.give(this.int(slot, NODE));
    this.tickets[slot] = undefined;
    this.free.push(slot);
  }

  /** Are these two of one actor? */
  sameActor(a: number, b: number): boolean {
    return this.ticket(a).actor.id === this.ticket(b).actor.id;
  }

  /** Equal ones by id a to z, then node, then ticket. */
  compareNames(a: number, b: number): number {
    const { floats } = this;
    const first = (floats[a * FLOATS + NAME] as number) - (floats[b * FLOATS + NAME] as number);
    if (first !== 0) return first;
    const second = (this.int(a, MORE_NAME) >>> 0) - (this.int(b, MORE_NAME) >>> 0);
    return second !== 0 ? second : compareFully(this.ticket(a), this.ticket(b));
  }

  /** The order of waiting. */
  compareWaiting(a: number, b: number): number {
    return this.step(a) - this.step(b) || this.compareNames(a, b);
  }

  private grow(capacity: number): void {
    this.floats = grown(this.floats, new Float64Array(FLOATS * capacity));
    this.ints = new Int32Array(this.floats.buffer);
  }
}

const compareFully = (a: Ticket, b: Ticket): number =>
  compareIds(a.actor.id, b.actor.id) || compareIds(a.node, b.node) || compareIds(a.ticket, b.ticket);

/** How many code units, of 8 bits each, a double holds exactly, and a whole number of 32 bits. */
const NAME_UNITS = 6;
const MORE_UNITS = 4;
/** Code units from this one on are told apart by looking at the ids. */
const LAST_UNIT = 0xff;

/** So many code units of an id from `from` on, as one number. Where two ids differ in it, they are in its order. */
function keyOf(id: string, from: number, units: number): number {
  // A code unit that does not fit ends the key, or what is behind it would be compared before it.
  for (let index = 0; index < from && index < id.length; index++) if (id.charCodeAt(index) >= LAST_UNIT) return 0;
  let key = 0;
  let ended = false;
  for (let index = from; index < from + units; index++) {
    const unit = ended || index >= id.length ? 0 : id.charCodeAt(index);
    if (unit >= LAST_UNIT) ended = true;
    key = key * 256 + Math.min(unit, LAST_UNIT);
  }
  return key;
}

/** FNV-1a over code units. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  return hash;
}

/** The next capacity: a quarter more. */
export const largerThan = (capacity: number): number => capacity + (capacity >> 2) + 4;

/** A copy in a larger array. */
export function grown<T extends Int32Array | Float64Array>(array: T, larger: T): T {
  larger.set(array);
  return larger;
}
