/**
 * One queue's waiting actors: the order of preference and the order of Elo, kept together.
 *
 * A ticket here is
 *   waiting  in both orders: may be head, may be a candidate
 *   running  waiting, and head of a factory run: not head again until the run ends, still a candidate for others
 *   resting  waiting, but neither head nor candidate for a while (was busy or silent)
 *   locked   in neither order: two of them have an offer
 *   gone     not here any more
 *
 *   enter → waiting ⇄ running, waiting ⇄ resting, waiting → locked → waiting (comeBack), any → gone (leave)
 */
import { stepOf, type Ticket } from './actor.ts';
import { Candidates, inReach, MOST_CANDIDATES, type Walk } from './candidates.ts';
import { type Forbidden, forbidden, type PairRules } from './forbidden.ts';
import { NONE } from './line.ts';
import { type Pool, type PoolOptions, poolOf } from './pool.ts';
import { Preference } from './preference.ts';
import { Roster } from './roster.ts';

export interface QueueOptions extends PairRules {
  readonly pool: PoolOptions;
}

/** What a slot is, as flags. */
const LOCKED = 1;
const RUNNING = 2;
/** A player alone, without blocks: most rules cannot forbid it anything. */
const PLAIN = 4;

const pairKey = (a: Ticket, b: Ticket): string =>
  a.actor.id < b.actor.id ? `${a.actor.id}\n${b.actor.id}` : `${b.actor.id}\n${a.actor.id}`;

/** With more orders of Elo than this, one in which nobody is left is let go. */
const MOST_EMPTY = 16;

/** Those who differ in this can never meet: each has an order of Elo of its own, so that no walk has to pass the others. */
const partitionOf = ({ ruleset, actor }: Ticket): string => `${actor.members.length}\n${ruleset}`;

export class Queue {
  private readonly roster = new Roster();
  private readonly preference = new Preference(this.roster);
  private readonly partitions = new Map<string, Candidates>();
  /** By slot. */
  private readonly candidatesOf: (Candidates | undefined)[] = [];
  private readonly flags: number[] = [];
  /** Pairs that are not tried again before a bus time in ms, the oldest first. */
  private readonly avoided = new Map<string, number>();
  private readonly rules: PairRules;
  private readonly poolAt: Pool;
  // What the walk that is under way looks for.
  private nowMs = 0;
  private nowStep = 0;
  private head = NONE;
  private readonly walkPool = (step: number): number => this.poolAt(this.nowStep - step) * 64;
  private readonly accepts = (slot: number): boolean => this.fits(slot);
  private readonly isFree = (slot: number): boolean =>
    ((this.flags[slot] as number) & RUNNING) === 0 && (this.roster.restsUntil[slot] as number) <= this.nowMs;

  constructor(options: QueueOptions) {
    this.rules = options;
    this.poolAt = poolOf(options.pool);
  }

  /** How many are waiting, the locked ones not counted. */
  get waiting(): number {
    return this.preference.size;
  }

  get(ticket: string): Ticket | undefined {
    const slot = this.roster.slot(ticket);
    return slot === undefined ? undefined : this.roster.ticket(slot);
  }

  /** Everybody here, in order of entering: waiting and locked. */
  tickets(): Ticket[] {
    return this.roster.all();
  }

  /** A ticket takes its place in both orders. Throws when it is already here: an invariant of the caller. */
  enter(ticket: Ticket): void {
    this.preference.enter(this.admit(ticket));
  }

  /** A ticket that was out of the queue comes back with its old time, and may be head at once. */
  enterAgain(ticket: Ticket): void {
    this.preference.comeBack(this.admit(ticket));
  }

  /** The ticket leaves, whatever it was; returns it, or undefined when it is not here. */
  leave(id: string): Ticket | undefined {
    const slot = this.roster.slot(id);
    if (slot === undefined) return undefined;
    const ticket = this.roster.ticket(slot);
    if (!this.is(slot, LOCKED)) this.leaveOrders(slot);
    this.candidatesOf[slot] = undefined;
    this.roster.remove(slot);
    return ticket;
  }

  /** Takes a waiting ticket out of both orders; false when it is not waiting. */
  lock(id: string): boolean {
    const slot = this.roster.slot(id);
    if (slot === undefined || this.is(slot, LOCKED)) return false;
    this.leaveOrders(slot);
    (this.flags[slot] as number) |= LOCKED;
    return true;
  }

  /** A locked ticket goes back, with its old time, and may be head at once; false when it is not locked. */
  comeBack(id: string): boolean {
    const slot = this.roster.slot(id);
    if (slot === undefined || !this.is(slot, LOCKED)) return false;
    (this.flags[slot] as number) &= ~LOCKED;
    this.preference.comeBack(slot);
    this.enterByElo(slot);
    return true;
  }

  /** Is this ticket in the orders (not locked, not gone)? */
  isWaiting(id: string): boolean {
    const slot = this.roster.slot(id);
    return slot !== undefined && !this.is(slot, LOCKED);
  }

  /** The head of a run is not head again until `endRun`. */
  startRun(id: string): void {
    const slot = this.roster.slot(id);
    if (slot !== undefined) (this.flags[slot] as number) |= RUNNING;
  }

  endRun(id: string): void {
    const slot = this.roster.slot(id);
    if (slot !== undefined) (this.flags[slot] as number) &= ~RUNNING;
  }

  /** Neither head nor candidate before `untilMs` (bus time). */
  rest(id: string, untilMs: number): void {
    const slot = this.roster.slot(id);
    if (slot !== undefined) this.roster.restsUntil[slot] = untilMs;
  }

  /** These two are not paired again before `untilMs` (bus time). */
  avoid(a: Ticket, b: Ticket, untilMs: number, nowMs: number): void {
    for (const [key, until] of this.avoided) {
      if (until > nowMs) break;
      this.avoided.delete(key);
    }
    this.avoided.delete(pairKey(a, b));
    this.avoided.set(pairKey(a, b), untilMs);
  }

  /** The next head of this round, marked as head; undefined when the round is complete. */
  nextHead(nowMs: number): Ticket | undefined {
    this.nowMs = nowMs;
    const slot = this.preference.nextHead(this.isFree);
    return slot === NONE ? undefined : this.roster.ticket(slot);
  }

  beginRound(): void {
    this.preference.beginRound();
  }

  /** The head found nobody: two ranks back. */
  moveBack(head: Ticket): void {
    const slot = this.roster.slot(head.ticket);
    if (slot !== undefined && !this.is(slot, LOCKED)) this.preference.moveBack(slot);
  }

  /** The pool difference of a ticket now, in Elo. */
  pool(ticket: Ticket, nowMs: number): number {
    return this.poolAt(stepOf(nowMs) - stepOf(ticket.firstConsidered));
  }

  /** The head's candidates, best first. The head is here, waiting or locked. */
  find(head: Ticket, nowMs: number, most = MOST_CANDIDATES): Ticket[] {
    const slot = this.roster.slot(head.ticket);
    const { oldest } = this.preference;
    if (slot === undefined || oldest === NONE) return [];
    this.nowMs = nowMs;
    this.nowStep = stepOf(nowMs);
    this.head = slot;
    const { step } = this.roster;
    const pool = this.walkPool(step[slot] as number);
    const reach = pool + this.walkPool(step[oldest] as number);
    // The hard cap is inclusive, and differences are multiples of 1/64.
    const farthest = Math.min(reach, Math.floor(this.rules.maxDifference * 64) + 1);
    const walk: Walk = { head: slot, pool, farthest, poolOf: this.walkPool, accepts: this.accepts, most };
    const found: Ticket[] = [];
    for (const each of this.candidatesAt(slot).nearest(walk)) found.push(this.roster.ticket(each));
    return found;
  }

  /** May this head be offered this candidate now: waiting, not resting, in reach and not forbidden? */
  mayMeet(head: Ticket, candidate: Ticket, nowMs: number): boolean {
    const slot = this.roster.slot(candidate.ticket);
    return (
      slot !== undefined &&
      !this.is(slot, LOCKED) &&
      (this.roster.restsUntil[slot] as number) <= nowMs &&
      inReach(head.actor.elo, this.pool(head, nowMs), candidate.actor.elo, this.pool(candidate, nowMs)) &&
      this.forbidden(head, candidate, nowMs) === undefined
    );
  }

  /** Why these two may not meet now, or undefined. */
  forbidden(a: Ticket, b: Ticket, nowMs: number): Forbidden | undefined {
    const until = this.avoided.get(pairKey(a, b));
    if (until !== undefined && until > nowMs) return 'avoided';
    return forbidden(a, b, this.rules);
  }

  /** The order of preference as it stands, with each ticket's pool difference and penalty. */
  order(nowMs: number): { ticket: Ticket; pool: number; penalty: number }[] {
    return this.preference.order().map((slot) => {
      const ticket = this.roster.ticket(slot);
      return { ticket, pool: this.pool(ticket, nowMs), penalty: this.preference.penalty(slot) };
    });
  }

  private is(slot: number, flag: number): boolean {
    return ((this.flags[slot] as number) & flag) !== 0;
  }

  private candidatesAt(slot: number): Candidates {
    return this.candidatesOf[slot] as Candidates;
  }

  /** Gives a ticket its slot and its place by Elo. */
  private admit(ticket: Ticket): number {
    if (this.roster.slot(ticket.ticket) !== undefined)
      throw new Error(`matcher: ticket ${ticket.ticket} is already in the queue`);
    const slot = this.roster.add(ticket);
    const { id, members, blocks } = ticket.actor;
    this.flags[slot] = members.length === 1 && members[0] === id && blocks.length === 0 ? PLAIN : 0;
    this.enterByElo(slot);
    return slot;
  }

  private enterByElo(slot: number): void {
    const key = partitionOf(this.roster.ticket(slot));
    const candidates = this.partitions.get(key) ?? new Candidates(this.roster);
    this.partitions.set(key, candidates);
    this.candidatesOf[slot] = candidates;
    candidates.enter(slot);
  }

  private leaveOrders(slot: number): void {
    this.preference.leave(slot);
    const candidates = this.candidatesAt(slot);
    candidates.leave(slot);
    // Rulesets of the past take no room.
    if (candidates.size === 0 && this.partitions.size > MOST_EMPTY)
      this.partitions.delete(partitionOf(this.roster.ticket(slot)));
  }

  /** May the head of the walk meet this slot, whose range overlaps its own? */
  private fits(slot: number): boolean {
    const { head, roster } = this;
    if (slot === head || (roster.restsUntil[slot] as number) > this.nowMs) return false;
    const plain = (this.flags[slot] as number) & (this.flags[head] as number) & PLAIN;
    if (plain !== 0 && this.avoided.size === 0) {
      if (!this.rules.sameNode && roster.ticket(head).node === roster.ticket(slot).node) return false;
      return roster.name[head] !== roster.name[slot] || roster.ticket(head).actor.id !== roster.ticket(slot).actor.id;
    }
    return this.forbidden(roster.ticket(head), roster.ticket(slot), this.nowMs) === undefined;
  }
}
