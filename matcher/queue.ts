/**
 * One queue's waiting actors: the order of preference and the order of Elo, kept together.
 *
 * A ticket here is
 *   waiting  in both orders: may be head, may be a candidate
 *   asked    waiting, and the candidate that a run asks: neither head nor another one's candidate until it asks somebody else or ends
 *   running  waiting, and head of a factory run: not head again until the run ends, nor a candidate while it asks its first one
 *   resting  waiting, but neither head nor candidate for a while (was busy or silent)
 *   locked   in neither order: two of them have an offer
 *   gone     not here any more
 *
 *   enter → waiting ⇄ running, waiting ⇄ asked, waiting ⇄ resting, waiting → locked → waiting (comeBack), any → gone (leave)
 */
import { type Ticket, waitedSteps } from './actor.ts';
import { Arrivals } from './arrivals.ts';
import { Avoided } from './avoided.ts';
import { MOST_CANDIDATES } from './candidates.ts';
import { type Explanation, explain } from './explain.ts';
import { type Forbidden, forbidden, type PairRules } from './forbidden.ts';
import { Partitions } from './partitions.ts';
import { NONE } from './places.ts';
import { Pool, type PoolOptions } from './pool.ts';
import { Preference } from './preference.ts';
import { ELO, Roster } from './roster.ts';
import { Search } from './search.ts';
import { ASKED, HELD, LOCKED, PLAIN, RUNNING, States } from './states.ts';

export interface QueueOptions extends PairRules {
  readonly pool: PoolOptions;
}

/** How often adaptive pools are fitted to the arrivals. */
const ADAPT_MS = 1000;

export class Queue {
  private readonly roster = new Roster();
  private readonly preference = new Preference(this.roster);
  private readonly states = new States(this.roster);
  private readonly avoided = new Avoided();
  private readonly arrivals = new Arrivals();
  private readonly partitions: Partitions;
  private readonly rules: PairRules;
  private readonly poolAt: Pool;
  private readonly search: Search;
  private readonly found = new Int32Array(MOST_CANDIDATES);
  /** By the head of each run: whom it asks. */
  private readonly asked = new Map<string, string>();
  private changes: Set<string> | undefined;
  private enough = { count: 0, call: undefined as (() => void) | undefined };
  private adaptedMs = Number.NEGATIVE_INFINITY;
  private nowMs = 0;
  private readonly isFree = (slot: number): boolean =>
    !this.states.is(slot, RUNNING | ASKED) && !this.states.isResting(slot, this.nowMs);

  constructor(options: QueueOptions) {
    const { roster, states, avoided } = this;
    this.rules = options;
    this.poolAt = new Pool(options.pool);
    this.partitions = new Partitions(roster, !options.unequalParties);
    this.search = new Search({ roster, states, avoided, pool: this.poolAt, rules: options });
  }

  /** How many are waiting, the locked ones not counted. */
  get waiting(): number {
    return this.preference.size;
  }

  get(ticket: string): Ticket | undefined {
    const slot = this.roster.slot(ticket);
    return slot === undefined ? undefined : this.roster.ticket(slot);
  }

  /** From now on the tickets that are locked, come back, enter again or leave are noted in the set that is returned. */
  watchChanges(): ReadonlySet<string> {
    this.changes = new Set();
    return this.changes;
  }

  unwatchChanges(): void {
    this.changes = undefined;
  }

  /** Once so many are waiting `call` is called, one time; undefined takes that back. */
  whenWaiting(count: number, call: (() => void) | undefined): void {
    this.enough = { count, call };
  }

  /** So many are going to be here, as when a queue is loaded. */
  reserve(count: number): void {
    this.roster.reserve(count);
  }

  /** Everybody here, waiting and locked; the queue may change while they are gone through. */
  *tickets(): Generator<Ticket> {
    for (const slot of this.roster.all()) yield this.roster.ticket(slot);
  }

  /** A ticket takes its place in both orders. Throws when it is already here: an invariant of the caller. */
  enter(ticket: Ticket): void {
    const slot = this.admit(ticket);
    this.preference.enter(slot);
    this.arrivals.note(ticket.firstConsidered, this.roster.int(slot, ELO));
    this.entered();
  }

  /** A ticket that was out of the queue comes back with its old time, and may be head at once. */
  enterAgain(ticket: Ticket): void {
    this.preference.comeBack(this.admit(ticket));
    this.changes?.add(ticket.ticket);
    this.entered();
  }

  /** The ticket leaves, whatever it was; returns it, or undefined when it is not here. */
  leave(id: string): Ticket | undefined {
    const slot = this.roster.slot(id);
    if (slot === undefined) return undefined;
    const ticket = this.roster.ticket(slot);
    if (!this.states.is(slot, LOCKED)) this.preference.leave(slot);
    if (this.partitions.of(slot).has(slot)) this.partitions.of(slot).leave(slot);
    this.partitions.forget(slot);
    this.states.forget(slot);
    this.roster.remove(slot);
    this.changes?.add(id);
    return ticket;
  }

  /** Takes a waiting ticket out of both orders; false when it is not waiting. */
  lock(id: string): boolean {
    const slot = this.roster.slot(id);
    if (slot === undefined || this.states.is(slot, LOCKED)) return false;
    this.preference.leave(slot);
    this.states.unset(slot, ASKED | HELD);
    this.states.set(slot, LOCKED);
    this.place(slot);
    this.changes?.add(id);
    return true;
  }

  /** A locked ticket goes back, with its old time, and may be head at once; false when it is not locked. */
  comeBack(id: string): boolean {
    const slot = this.roster.slot(id);
    if (slot === undefined || !this.states.is(slot, LOCKED)) return false;
    this.states.unset(slot, LOCKED);
    this.changes?.add(id);
    this.preference.comeBack(slot);
    this.place(slot);
    this.entered();
    return true;
  }

  /** Does this ticket wait (not locked, not gone)? */
  isWaiting(id: string): boolean {
    const slot = this.roster.slot(id);
    return slot !== undefined && !this.states.is(slot, LOCKED);
  }

  /**
   * This head's run asks this candidate, until it asks another one or ends. Nobody else asks it meanwhile: of many who have the same
   * best candidate all but one would ask in vain. Whose first candidate is not there may be asked by others again.
   */
  ask(head: string, candidate: string): void {
    const before = this.asked.get(head);
    if (before !== undefined) {
      this.change(before, 0, ASKED);
      this.change(head, 0, HELD);
    }
    this.asked.set(head, candidate);
    this.change(candidate, ASKED, 0);
  }

  /** The head of a run is not head again until `endRun`. */
  startRun(id: string): void {
    this.change(id, RUNNING | HELD, 0);
  }

  endRun(id: string): void {
    const asked = this.asked.get(id);
    this.asked.delete(id);
    if (asked !== undefined) this.change(asked, 0, ASKED);
    this.change(id, 0, RUNNING | HELD);
  }

  /** Neither head nor candidate before `untilMs` (bus time). */
  rest(id: string, untilMs: number): void {
    const slot = this.roster.slot(id);
    if (slot === undefined) return;
    this.states.rest(slot, untilMs);
    if (this.partitions.of(slot).has(slot)) this.partitions.of(slot).remark(slot);
  }

  /** These two are not paired again before `untilMs` (bus time). */
  avoid(a: Ticket, b: Ticket, untilMs: number, nowMs: number): void {
    this.avoided.add(a.actor.id, b.actor.id, untilMs, nowMs);
  }

  /** The next head of this round, marked as head; undefined when the round is complete. */
  nextHead(nowMs: number): Ticket | undefined {
    this.nowMs = nowMs;
    const slot = this.preference.nextHead(this.isFree);
    if (slot === NONE) return undefined;
    this.roster.expect(slot);
    return this.roster.ticket(slot);
  }

  /** Begins the next round, in order of waiting time. */
  beginRound(nowMs: number): void {
    this.states.wake(nowMs);
    this.preference.beginRound();
    this.arrivals.begin(nowMs);
    this.adapt(nowMs);
  }

  /** The head found nobody: two ranks back. */
  moveBack(head: Ticket): void {
    const slot = this.roster.slotOf(head);
    if (slot !== undefined && !this.states.is(slot, LOCKED)) this.preference.moveBack(slot);
  }

  /** The pool difference of a ticket now, in Elo. */
  pool(ticket: Ticket, nowMs: number): number {
    return this.poolAt.after(waitedSteps(ticket, nowMs));
  }

  /** The head's candidates, best first, none of the tickets `except`. The head is here, waiting or locked. */
  find(head: Ticket, nowMs: number, most = MOST_CANDIDATES, except?: ReadonlySet<string>): Ticket[] {
    const slot = this.roster.slotOf(head);
    const { oldest } = this.preference;
    if (slot === undefined || oldest === NONE) return [];
    this.search.begin(slot, oldest, nowMs, except);
    const { roster, found } = this;
    const count = this.partitions.of(slot).nearest(this.search, found, Math.min(most, MOST_CANDIDATES));
    if (count === 0) return [];
    // One that is found is going to be locked.
    roster.expect(found[0] as number);
    const tickets = new Array<Ticket>(count);
    for (let index = 0; index < count; index++) tickets[index] = roster.ticket(found[index] as number);
    return tickets;
  }

  /** May this head be offered this candidate now: waiting, not spoken for, not resting, in reach and not forbidden? */
  mayMeet(head: Ticket, candidate: Ticket, nowMs: number): boolean {
    const slot = this.roster.slot(candidate.ticket);
    return (
      slot !== undefined &&
      !this.states.is(slot, LOCKED | ASKED | HELD) &&
      !this.states.isResting(slot, nowMs) &&
      this.reaches(head, candidate, nowMs) &&
      this.forbidden(head, candidate, nowMs) === undefined
    );
  }

  /** Why these two may not meet now, or undefined. */
  forbidden(a: Ticket, b: Ticket, nowMs: number): Forbidden | undefined {
    return this.avoided.has(a.actor.id, b.actor.id, nowMs) ? 'avoided' : forbidden(a, b, this.rules);
  }

  /** The order of preference as it stands, with each ticket's pool difference and penalty. */
  order(nowMs: number): { ticket: Ticket; pool: number; penalty: number }[] {
    this.adapt(nowMs);
    return this.preference.order().map((slot) => {
      const ticket = this.roster.ticket(slot);
      return { ticket, pool: this.pool(ticket, nowMs), penalty: this.preference.penalty(slot) };
    });
  }

  /** Why an actor that is here still waits, the nearest `most` others with it; undefined when it is not here. Looks at every ticket. */
  explain(actorId: string, nowMs: number, most = 10): Explanation | undefined {
    // No round may have begun for long, where there was nobody else.
    this.adapt(nowMs);
    const { roster, states, preference, partitions, arrivals } = this;
    const forbidden = (a: Ticket, b: Ticket): Forbidden | undefined => this.forbidden(a, b, nowMs);
    const context = { roster, states, preference, partitions, arrivals, pool: this.poolAt, forbidden, nowMs };
    return explain(context, actorId, most);
  }

  /** Do the ranges of these two overlap now? */
  private reaches(a: Ticket, b: Ticket, nowMs: number): boolean {
    const difference = Math.abs(a.actor.elo - b.actor.elo);
    return difference * 64 < this.poolAt.reach64(waitedSteps(a, nowMs), waitedSteps(b, nowMs));
  }

  /** Gives a ticket its slot and its place by Elo. */
  private admit(ticket: Ticket): number {
    if (this.roster.slot(ticket.ticket) !== undefined)
      throw new Error(`matcher: ticket ${ticket.ticket} is already in the queue`);
    const slot = this.roster.add(ticket);
    const { id, members, blocks } = ticket.actor;
    const isPlain = members.length === 1 && members[0] === id && blocks.length === 0;
    if (isPlain) this.states.set(slot, PLAIN);
    this.partitions.admit(slot);
    return slot;
  }

  /** One more is waiting. */
  private entered(): void {
    const { count, call } = this.enough;
    if (call === undefined || this.waiting < count) return;
    this.enough.call = undefined;
    call();
  }

  /** Adaptive pools are fitted to the arrivals, now and then. */
  private adapt(nowMs: number): void {
    if (nowMs < this.adaptedMs + ADAPT_MS && nowMs >= this.adaptedMs) return;
    this.adaptedMs = nowMs;
    this.poolAt.adapt(this.arrivals.rate(nowMs));
  }

  /** What a ticket is changes, if it is here. */
  private change(id: string, set: number, unset: number): void {
    const slot = this.roster.slot(id);
    if (slot === undefined) return;
    if (set !== 0) this.states.set(slot, set);
    if (unset !== 0) this.states.unset(slot, unset);
    this.place(slot);
  }

  /** In the order of Elo stands whoever may be asked. */
  private place(slot: number): void {
    const order = this.partitions.of(slot);
    const mayBeAsked = !this.states.is(slot, LOCKED | ASKED | HELD);
    if (mayBeAsked === order.has(slot)) return;
    if (mayBeAsked) order.enter(slot);
    else order.leave(slot);
  }
}
