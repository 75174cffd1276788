/**
 * The order of preference: who is head next.
 *
 * Actors stand in order of waiting time (equal steps by id, a to z). In one round every waiting actor is head at most
 * once; who enters during a round is head from the next one on; who comes back to the queue with its old time may be
 * head at once. A head that finds nobody moves back by 2 ranks. The next head is always the first that was not yet head in
 * this round, and moving back somebody who was never changes who that is: heads are taken from the chain in order of waiting
 * time, and the moves of a round are made when the order is looked at. A new round begins in order of waiting time again.
 */
import { Chain } from './chain.ts';
import { Line } from './line.ts';
import { NONE } from './places.ts';
import { PENALTY, RETURNED_BLOCK, ROUND, type Roster } from './roster.ts';

/** How many ranks a head that found nobody moves back. */
export const RANKS_BACK = 2;

export class Preference {
  private readonly roster: Roster;
  private readonly waiting: Chain;
  /** Who came back to the queue in this round and may be head at once, in order of waiting. */
  private readonly returned: Line;
  private round = 1;
  /** The next slot to look at in this round. */
  private cursor = NONE;

  constructor(roster: Roster) {
    this.roster = roster;
    this.waiting = new Chain(roster);
    this.returned = new Line(roster, RETURNED_BLOCK);
  }

  get size(): number {
    return this.waiting.size;
  }

  /** Who has waited longest, or NONE. */
  get oldest(): number {
    return this.waiting.first;
  }

  enter(slot: number): void {
    this.waiting.insert(slot);
    this.roster.set(slot, ROUND, 2 * this.round);
    this.roster.set(slot, PENALTY, 0);
  }

  /** Enters with its old time: its place is by waiting time, and it may be head again at once. */
  comeBack(slot: number): void {
    this.enter(slot);
    this.returned.insert(slot);
  }

  leave(slot: number): void {
    if (slot === this.cursor) this.cursor = this.waiting.behind(slot);
    this.waiting.remove(slot);
    this.dropReturned(slot);
  }

  /** The next head of this round for which `free` holds, or NONE when the round is complete. Marks it as head. */
  nextHead(free: (slot: number) => boolean): number {
    const { waiting } = this;
    let inLine = this.cursor;
    while (inLine !== NONE && !this.isDue(inLine, free)) inLine = waiting.behind(inLine);
    const back = this.firstReturned(free);
    const head = back !== NONE && (inLine === NONE || this.roster.compareWaiting(back, inLine) < 0) ? back : inLine;
    this.cursor = head === inLine && inLine !== NONE ? waiting.behind(inLine) : inLine;
    if (head === NONE) return NONE;
    this.roster.set(head, ROUND, 2 * this.round);
    this.dropReturned(head);
    return head;
  }

  /** The head found nobody: it moves back by two ranks, or to the end. */
  moveBack(slot: number): void {
    this.roster.set(slot, PENALTY, this.roster.int(slot, PENALTY) - RANKS_BACK);
    this.roster.set(slot, ROUND, 2 * this.round + 1);
  }

  /** Begins the next round, in order of waiting time. */
  beginRound(): void {
    this.round++;
    this.cursor = this.oldest;
    for (let at = this.returned.first; at !== NONE; at = this.returned.first) this.returned.remove(this.returned.slotAt(at));
  }

  /** 0, −2, −4 …: by how many ranks this slot was moved back in all. */
  penalty(slot: number): number {
    return this.roster.int(slot, PENALTY);
  }

  /** The order of preference as it stands: that of waiting, and whoever found nobody in this round moved two ranks back, one after another. */
  order(): number[] {
    const order: number[] = [];
    for (let slot = this.waiting.first; slot !== NONE; slot = this.waiting.behind(slot)) order.push(slot);
    const moved = order.flatMap((slot, rank) =>
      this.roster.int(slot, ROUND) === 2 * this.round + 1 ? [[slot, rank] as const] : [],
    );
    for (const [slot, rank] of moved) {
      // Who was moved before it may have passed it.
      const from = order.indexOf(slot, Math.max(0, rank - RANKS_BACK));
      const to = Math.min(order.length - 1, from + RANKS_BACK);
      order.copyWithin(from, from + 1, to + 1);
      order[to] = slot;
    }
    return order;
  }

  /** Is it this slot's turn to be head, if it comes to it? */
  private isDue(slot: number, free: (slot: number) => boolean): boolean {
    return this.roster.int(slot, ROUND) < 2 * this.round && free(slot);
  }

  /** Its place by waiting time, 1 for who has waited longest. */
  place(slot: number): number {
    return this.waiting.rank(slot);
  }

  /** Who has waited longest of those that came back in this round and may be head, or NONE. */
  private firstReturned(free: (slot: number) => boolean): number {
    const { returned } = this;
    let at = returned.first;
    while (at !== NONE && !free(returned.slotAt(at))) at = returned.after(at);
    return at === NONE ? NONE : returned.slotAt(at);
  }

  private dropReturned(slot: number): void {
    if (this.returned.has(slot)) this.returned.remove(slot);
  }
}
