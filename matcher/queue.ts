/**
 * One queue's waiting actors: the order of preference and the list by Elo, kept together.
 *
 * A ticket here is
 *   waiting  in both lists: may be head, may be a candidate
 *   running  waiting, and head of a factory run: not head again until the run ends, still a candidate for others
 *   resting  waiting, but neither head nor candidate for a while (was busy or silent)
 *   locked   in neither list: two of them have an offer
 *   gone     not here any more
 *
 *   enter → waiting ⇄ running, waiting ⇄ resting, waiting → locked → waiting (comeBack), any → gone (leave)
 */
import { stepOf, type Ticket } from './actor.ts';
import { Candidates, inReach, MOST_CANDIDATES } from './candidates.ts';
import { type Forbidden, forbidden, type PairRules } from './forbidden.ts';
import { type Pool, type PoolOptions, poolOf } from './pool.ts';
import { Preference } from './preference.ts';

export interface QueueOptions extends PairRules {
  readonly pool: PoolOptions;
}

interface Place {
  readonly ticket: Ticket;
  state: 'waiting' | 'locked';
  running: boolean;
  /** Bus time in ms until which the ticket rests. */
  restsUntil: number;
}

/** A pair that is not tried again for a while. */
const pairKey = (a: Ticket, b: Ticket): string =>
  a.actor.id < b.actor.id ? `${a.actor.id}\n${b.actor.id}` : `${b.actor.id}\n${a.actor.id}`;

export class Queue {
  private readonly places = new Map<string, Place>();
  private readonly preference = new Preference();
  private readonly candidates = new Candidates();
  private readonly avoided = new Map<string, number>();
  private readonly rules: PairRules;
  private readonly poolAt: Pool;

  constructor(options: QueueOptions) {
    this.rules = options;
    this.poolAt = poolOf(options.pool);
  }

  /** How many are waiting, the locked ones not counted. */
  get waiting(): number {
    return this.preference.size;
  }

  get(ticket: string): Ticket | undefined {
    return this.places.get(ticket)?.ticket;
  }

  /** Everybody here, in order of entering: waiting and locked. */
  tickets(): Ticket[] {
    return [...this.places.values()].map((place) => place.ticket);
  }

  /** A ticket takes its place in both lists. Throws when it is already here: an invariant of the caller. */
  enter(ticket: Ticket): void {
    if (this.places.has(ticket.ticket)) throw new Error(`matcher: ticket ${ticket.ticket} is already in the queue`);
    this.places.set(ticket.ticket, { ticket, state: 'waiting', running: false, restsUntil: 0 });
    this.preference.enter(ticket);
    this.candidates.enter(ticket);
  }

  /** A ticket that was out of the queue comes back with its old time, and may be head at once. */
  enterAgain(ticket: Ticket): void {
    this.enter(ticket);
    this.lock(ticket.ticket);
    this.comeBack(ticket.ticket);
  }

  /** The ticket leaves, whatever it was; returns it, or undefined when it is not here. */
  leave(id: string): Ticket | undefined {
    const place = this.places.get(id);
    if (!place) return undefined;
    this.places.delete(id);
    if (place.state === 'waiting') this.leaveLists(place.ticket);
    return place.ticket;
  }

  /** Takes a waiting ticket out of both lists; false when it is not waiting. */
  lock(id: string): boolean {
    const place = this.places.get(id);
    if (place?.state !== 'waiting') return false;
    place.state = 'locked';
    this.leaveLists(place.ticket);
    return true;
  }

  /** A locked ticket goes back, with its old time, and may be head at once; false when it is not locked. */
  comeBack(id: string): boolean {
    const place = this.places.get(id);
    if (place?.state !== 'locked') return false;
    place.state = 'waiting';
    this.preference.comeBack(place.ticket);
    this.candidates.enter(place.ticket);
    return true;
  }

  /** Is this ticket in the lists (not locked, not gone)? */
  isWaiting(id: string): boolean {
    return this.places.get(id)?.state === 'waiting';
  }

  /** The head of a run is not head again until `endRun`. */
  startRun(id: string): void {
    const place = this.places.get(id);
    if (place) place.running = true;
  }

  endRun(id: string): void {
    const place = this.places.get(id);
    if (place) place.running = false;
  }

  /** Neither head nor candidate before `untilMs` (bus time). */
  rest(id: string, untilMs: number): void {
    const place = this.places.get(id);
    if (place) place.restsUntil = untilMs;
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
    return this.preference.nextHead((ticket) => {
      const place = this.places.get(ticket.ticket) as Place;
      return !place.running && place.restsUntil <= nowMs;
    });
  }

  beginRound(): void {
    this.preference.beginRound();
  }

  /** The head found nobody: two ranks back. */
  moveBack(head: Ticket): void {
    if (this.isWaiting(head.ticket)) this.preference.moveBack(head);
  }

  /** The pool difference of a ticket now, in Elo. */
  pool(ticket: Ticket, nowMs: number): number {
    return this.poolAt(stepOf(nowMs) - stepOf(ticket.firstConsidered));
  }

  /** The head's candidates, best first. */
  find(head: Ticket, nowMs: number, most = MOST_CANDIDATES): Ticket[] {
    const oldest = this.preference.oldest;
    if (!oldest) return [];
    const farthest = this.pool(head, nowMs) + this.pool(oldest, nowMs);
    return this.candidates.nearest(head, farthest, (other) => this.mayMeet(head, other, nowMs), most);
  }

  /** May this head be offered this candidate now: waiting, not resting, in reach and not forbidden? */
  mayMeet(head: Ticket, candidate: Ticket, nowMs: number): boolean {
    const place = this.places.get(candidate.ticket);
    return (
      place?.state === 'waiting' &&
      place.restsUntil <= nowMs &&
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
    return this.preference.order().map((ticket) => ({
      ticket,
      pool: this.pool(ticket, nowMs),
      penalty: this.preference.penalty(ticket),
    }));
  }

  private leaveLists(ticket: Ticket): void {
    this.preference.leave(ticket);
    this.candidates.leave(ticket);
  }
}
