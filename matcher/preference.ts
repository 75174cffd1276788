/**
 * The order of preference: who is head next.
 *
 * Actors stand in order of waiting time (equal steps by id, a to z). In one round every waiting actor is head at most
 * once; who enters during a round is head from the next one on; who comes back to the queue with its old time may be
 * head at once. A head that finds nobody moves back by 2 ranks. The next head is always the first that was not yet head in
 * this round, and moving back somebody who was never changes who that is: heads are taken from the line sorted by waiting
 * time, and the ranks moved are kept beside it. A new round begins in order of waiting time again.
 */
import { Line, NONE } from './line.ts';
import { grown, type Roster } from './roster.ts';

/** How many ranks a head that found nobody moves back. */
export const RANKS_BACK = 2;

export class Preference {
  private readonly roster: Roster;
  private readonly waiting: Line;
  /** Who came back to the queue in this round and may be head at once, in order of waiting. */
  private readonly returned: number[] = [];
  /** By slot: the last round in which it was head, or in which it entered. */
  private rounds: Int32Array;
  /** By slot: 0, −2, −4 …, for display. */
  private penalties: Int32Array;
  private readonly ranks: Ranks;
  private round = 1;
  /** The next slot to look at in this round. */
  private cursor = NONE;

  constructor(roster: Roster) {
    this.roster = roster;
    this.waiting = new Line(roster.capacity, roster.compareWaiting, (slot) => roster.step[slot] as number);
    this.rounds = new Int32Array(roster.capacity);
    this.penalties = new Int32Array(roster.capacity);
    this.ranks = new Ranks(roster.capacity);
  }

  get size(): number {
    return this.waiting.size;
  }

  /** Who has waited longest, or NONE. */
  get oldest(): number {
    return this.waiting.first;
  }

  enter(slot: number): void {
    if (this.rounds.length < this.roster.capacity) this.grow();
    this.waiting.insert(slot);
    this.rounds[slot] = this.round;
    this.penalties[slot] = 0;
    this.ranks.enter(slot, this.waiting.previous[slot] as number, this.roster.compareWaiting);
  }

  /** Enters with its old time: its place is by waiting time, and it may be head again at once. */
  comeBack(slot: number): void {
    this.enter(slot);
    const { compareWaiting } = this.roster;
    let index = this.returned.length;
    while (index > 0 && compareWaiting(slot, this.returned[index - 1] as number) < 0) index--;
    this.returned.splice(index, 0, slot);
  }

  leave(slot: number): void {
    if (slot === this.cursor) this.cursor = this.waiting.next[slot] as number;
    this.waiting.remove(slot);
    this.ranks.leave(slot);
    this.dropReturned(slot);
  }

  /** The next head of this round for which `free` holds, or NONE when the round is complete. Marks it as head. */
  nextHead(free: (slot: number) => boolean): number {
    const { rounds, waiting } = this;
    let inLine = this.cursor;
    while (inLine !== NONE && ((rounds[inLine] as number) >= this.round || !free(inLine)))
      inLine = waiting.next[inLine] as number;
    this.cursor = inLine;
    const back = this.returned.length > 0 ? this.returned.find(free) : undefined;
    const head = back !== undefined && (inLine === NONE || this.roster.compareWaiting(back, inLine) < 0) ? back : inLine;
    if (head === NONE) return NONE;
    rounds[head] = this.round;
    this.dropReturned(head);
    return head;
  }

  /** The head found nobody: it moves back by two ranks, or to the end. */
  moveBack(slot: number): void {
    (this.penalties[slot] as number) -= RANKS_BACK;
    this.ranks.moveBack(slot);
  }

  /** Begins the next round, in order of waiting time. */
  beginRound(): void {
    this.round++;
    this.cursor = this.waiting.first;
    this.returned.length = 0;
    this.ranks.reset(this.waiting);
  }

  /** 0, −2, −4 …: by how many ranks this slot was moved back in all. */
  penalty(slot: number): number {
    return this.penalties[slot] as number;
  }

  /** The order of preference as it stands. */
  order(): number[] {
    return this.ranks.order();
  }

  private dropReturned(slot: number): void {
    const index = this.returned.length > 0 ? this.returned.indexOf(slot) : -1;
    if (index >= 0) this.returned.splice(index, 1);
  }

  private grow(): void {
    const { capacity } = this.roster;
    this.waiting.grow(capacity);
    this.ranks.grow(capacity);
    this.rounds = grown(this.rounds, new Int32Array(capacity));
    this.penalties = grown(this.penalties, new Int32Array(capacity));
  }
}

/** The order with the ranks moved: a ring over slot + 1, with 0 before the first and after the last. */
class Ranks {
  private next: Int32Array;
  private previous: Int32Array;
  /** Has somebody moved since the ring was in order of waiting? */
  private moved = false;

  constructor(capacity: number) {
    this.next = new Int32Array(capacity + 1);
    this.previous = new Int32Array(capacity + 1);
  }

  grow(capacity: number): void {
    this.next = grown(this.next, new Int32Array(capacity + 1));
    this.previous = grown(this.previous, new Int32Array(capacity + 1));
  }

  /** Takes its place behind those who wait longer: behind `longer`, and behind who was moved back past it. */
  enter(slot: number, longer: number, compare: (a: number, b: number) => number): void {
    let place = longer + 1;
    if (this.moved) {
      let ahead = this.next[place] as number;
      for (let rank = 0; ahead !== 0 && rank < RANKS_BACK; rank++) {
        if (compare(ahead - 1, slot) < 0) place = ahead;
        ahead = this.next[ahead] as number;
      }
    }
    this.put(slot + 1, place);
  }

  leave(slot: number): void {
    this.link(this.previous[slot + 1] as number, this.next[slot + 1] as number);
  }

  moveBack(slot: number): void {
    const mark = slot + 1;
    let place = mark;
    for (let rank = 0; rank < RANKS_BACK && this.next[place] !== 0; rank++) place = this.next[place] as number;
    if (place === mark) return;
    this.leave(slot);
    this.put(mark, place);
    this.moved = true;
  }

  reset(waiting: Line): void {
    if (!this.moved) return;
    this.moved = false;
    let last = 0;
    for (let slot = waiting.first; slot !== NONE; slot = waiting.next[slot] as number) {
      this.link(last, slot + 1);
      last = slot + 1;
    }
    this.link(last, 0);
  }

  order(): number[] {
    const order: number[] = [];
    for (let mark = this.next[0] as number; mark !== 0; mark = this.next[mark] as number) order.push(mark - 1);
    return order;
  }

  private put(mark: number, place: number): void {
    const behind = this.next[place] as number;
    this.link(place, mark);
    this.link(mark, behind);
  }

  private link(before: number, after: number): void {
    this.next[before] = after;
    this.previous[after] = before;
  }
}
