/**
 * The order of preference: who is head next.
 *
 * Actors stand in order of waiting time (equal steps by id, a to z). In one round every waiting actor is head at most
 * once; who enters during a round is head from the next one on; who comes back to the queue with its old time may be
 * head at once. A head that finds nobody moves back by 2 ranks. The next head is always the first that was not yet head in
 * this round, and moving back somebody who was never changes who that is: heads are taken from the line sorted by waiting
 * time, and the ranks moved are kept beside it. A new round begins in order of waiting time again.
 */
import { Line } from './line.ts';
import { NONE } from './places.ts';
import { NEXT, PENALTY, PREVIOUS, ROUND, type Roster } from './roster.ts';

/** How many ranks a head that found nobody moves back. */
export const RANKS_BACK = 2;

export class Preference {
  private readonly roster: Roster;
  private readonly waiting: Line;
  /** Who came back to the queue in this round and may be head at once, in order of waiting. */
  private readonly returned: number[] = [];
  private readonly ranks: Ranks;
  private round = 1;
  /** The next slot to look at in this round. */
  private cursor = NONE;

  constructor(roster: Roster) {
    this.roster = roster;
    this.waiting = new Line(roster, 'step');
    this.ranks = new Ranks(roster);
  }

  get size(): number {
    return this.waiting.size;
  }

  /** Who has waited longest, or NONE. */
  get oldest(): number {
    return this.slotAt(this.waiting.first);
  }

  enter(slot: number): void {
    const { waiting } = this;
    waiting.insert(slot);
    this.roster.set(slot, ROUND, this.round);
    this.roster.set(slot, PENALTY, 0);
    this.ranks.enter(slot, this.slotAt(waiting.before(waiting.place(slot))));
  }

  /** Enters with its old time: its place is by waiting time, and it may be head again at once. */
  comeBack(slot: number): void {
    this.enter(slot);
    let index = this.returned.length;
    while (index > 0 && this.roster.compareWaiting(slot, this.returned[index - 1] as number) < 0) index--;
    this.returned.splice(index, 0, slot);
  }

  leave(slot: number): void {
    if (slot === this.cursor) this.cursor = this.slotAt(this.waiting.after(this.waiting.place(slot)));
    this.waiting.remove(slot);
    this.ranks.leave(slot);
    this.dropReturned(slot);
  }

  /** The next head of this round for which `free` holds, or NONE when the round is complete. Marks it as head. */
  nextHead(free: (slot: number) => boolean): number {
    const { waiting } = this;
    let at = this.cursor === NONE ? NONE : waiting.place(this.cursor);
    while (at !== NONE && !this.isDue(waiting.slots[at] as number, free)) at = waiting.after(at);
    const inLine = this.slotAt(at);
    const back = this.returned.length > 0 ? this.returned.find(free) : undefined;
    const head = back !== undefined && (inLine === NONE || this.roster.compareWaiting(back, inLine) < 0) ? back : inLine;
    this.cursor = head === inLine && at !== NONE ? this.slotAt(waiting.after(at)) : inLine;
    if (head === NONE) return NONE;
    this.roster.set(head, ROUND, this.round);
    this.dropReturned(head);
    return head;
  }

  /** The head found nobody: it moves back by two ranks, or to the end. */
  moveBack(slot: number): void {
    this.roster.set(slot, PENALTY, this.roster.int(slot, PENALTY) - RANKS_BACK);
    this.ranks.moveBack(slot);
  }

  /** Begins the next round, in order of waiting time. */
  beginRound(): void {
    this.round++;
    this.cursor = this.oldest;
    this.returned.length = 0;
    this.ranks.reset(this.waiting);
  }

  /** 0, −2, −4 …: by how many ranks this slot was moved back in all. */
  penalty(slot: number): number {
    return this.roster.int(slot, PENALTY);
  }

  /** The order of preference as it stands. */
  order(): number[] {
    return this.ranks.order();
  }

  /** Is it this slot's turn to be head, if it comes to it? */
  private isDue(slot: number, free: (slot: number) => boolean): boolean {
    return this.roster.int(slot, ROUND) < this.round && free(slot);
  }

  /** Its place by waiting time, 1 for who has waited longest. */
  place(slot: number): number {
    return this.waiting.rank(slot);
  }

  private slotAt(place: number): number {
    return place === NONE ? NONE : (this.waiting.slots[place] as number);
  }

  private dropReturned(slot: number): void {
    const index = this.returned.length > 0 ? this.returned.indexOf(slot) : -1;
    if (index >= 0) this.returned.splice(index, 1);
  }
}

/** The order with the ranks moved: a ring of slots, with slot 0, which is nobody's, before the first and after the last. */
class Ranks {
  private readonly roster: Roster;
  /** Has somebody moved since the ring was in order of waiting? */
  private moved = false;

  constructor(roster: Roster) {
    this.roster = roster;
    this.link(ENDS, ENDS);
  }

  /** Takes its place behind those who wait longer: behind `longer`, and behind who was moved back past it. */
  enter(slot: number, longer: number): void {
    let place = longer === NONE ? ENDS : longer;
    if (this.moved) {
      let ahead = this.behind(place);
      for (let rank = 0; ahead !== ENDS && rank < RANKS_BACK; rank++) {
        if (this.roster.compareWaiting(ahead, slot) < 0) place = ahead;
        ahead = this.behind(ahead);
      }
    }
    this.put(slot, place);
  }

  leave(slot: number): void {
    this.link(this.roster.int(slot, PREVIOUS), this.behind(slot));
  }

  moveBack(slot: number): void {
    let place = slot;
    for (let rank = 0; rank < RANKS_BACK && this.behind(place) !== ENDS; rank++) place = this.behind(place);
    if (place === slot) return;
    this.leave(slot);
    this.put(slot, place);
    this.moved = true;
  }

  reset(waiting: Line): void {
    if (!this.moved) return;
    this.moved = false;
    let last = ENDS;
    for (let at = waiting.first; at !== NONE; at = waiting.after(at)) {
      const slot = waiting.slots[at] as number;
      this.link(last, slot);
      last = slot;
    }
    this.link(last, ENDS);
  }

  order(): number[] {
    const order: number[] = [];
    for (let slot = this.behind(ENDS); slot !== ENDS; slot = this.behind(slot)) order.push(slot);
    return order;
  }

  private behind(slot: number): number {
    return this.roster.int(slot, NEXT);
  }

  private put(slot: number, place: number): void {
    const behind = this.behind(place);
    this.link(place, slot);
    this.link(slot, behind);
  }

  private link(before: number, behind: number): void {
    this.roster.set(before, NEXT, behind);
    this.roster.set(behind, PREVIOUS, before);
  }
}

/** The slot before the first and after the last. */
const ENDS = 0;
