/**
 * The order of preference: who is head next.
 *
 * Actors stand in order of waiting time (equal steps by id, a to z). In one round every waiting actor is head at most
 * once; who enters during a round is head from the next one on; who comes back to the queue with its old time may be
 * head at once. A head that finds nobody moves back by 2 ranks. The next head is always the first that was not yet head in
 * this round, and moving back somebody who was never changes who that is: heads are taken from the list sorted by waiting
 * time, and the ranks moved are kept beside it. A new round begins in order of waiting time again.
 */
import { compareWaiting, type Ticket } from './actor.ts';
import { Sorted } from './sorted.ts';

/** How many ranks a head that found nobody moves back. */
export const RANKS_BACK = 2;

/** A place in the order of preference: a ring, with one mark that is nobody's before the first and after the last. */
interface Mark {
  readonly ticket: Ticket | undefined;
  /** The last round in which this ticket was head, or in which it entered. */
  round: number;
  penalty: number;
  previous: Mark;
  next: Mark;
}

function ring(): Mark {
  const end = { ticket: undefined, round: 0, penalty: 0 } as unknown as Mark;
  link(end, end);
  return end;
}

function link(before: Mark, after: Mark): void {
  before.next = after;
  after.previous = before;
}

export class Preference {
  private readonly waiting = new Sorted(compareWaiting);
  /** Who came back to the queue in this round and may be head at once. */
  private readonly returned = new Sorted(compareWaiting);
  private readonly marks = new Map<string, Mark>();
  private readonly end = ring();
  private round = 1;
  /** Everybody before this index was passed in this round. */
  private cursor = 0;

  get size(): number {
    return this.waiting.items.length;
  }

  /** Who has waited longest, or undefined. */
  get oldest(): Ticket | undefined {
    return this.waiting.items[0];
  }

  enter(ticket: Ticket): void {
    const index = this.waiting.add(ticket);
    if (index < this.cursor) this.cursor++;
    const longer = this.waiting.items[index - 1];
    let place = longer ? this.mark(longer) : this.end;
    // Who waits longer may have been moved back by a few ranks: it enters behind those too.
    for (let ahead = place.next, rank = 0; ahead.ticket && rank < RANKS_BACK; ahead = ahead.next, rank++)
      if (compareWaiting(ahead.ticket, ticket) < 0) place = ahead;
    const mark: Mark = { ticket, round: this.round, penalty: 0, previous: place, next: place.next };
    link(mark, place.next);
    link(place, mark);
    this.marks.set(ticket.ticket, mark);
  }

  /** Enters with its old time: its place is by waiting time, and it may be head again at once. */
  comeBack(ticket: Ticket): void {
    this.enter(ticket);
    this.returned.add(ticket);
  }

  leave(ticket: Ticket): void {
    const index = this.waiting.remove(ticket);
    if (index < this.cursor) this.cursor--;
    this.dropReturned(ticket);
    const mark = this.mark(ticket);
    link(mark.previous, mark.next);
    this.marks.delete(ticket.ticket);
  }

  /** The next head of this round for which `free` holds, or undefined when the round is complete. Marks it as head. */
  nextHead(free: (ticket: Ticket) => boolean): Ticket | undefined {
    const back = this.returned.items.find(free);
    while (this.cursor < this.waiting.items.length) {
      const next = this.waiting.items[this.cursor] as Ticket;
      if (this.mark(next).round < this.round && free(next)) break;
      this.cursor++;
    }
    const inLine = this.waiting.items[this.cursor];
    const head = back && (!inLine || compareWaiting(back, inLine) < 0) ? back : inLine;
    if (!head) return undefined;
    this.mark(head).round = this.round;
    this.dropReturned(head);
    return head;
  }

  /** The head found nobody: it moves back by two ranks, or to the end. */
  moveBack(head: Ticket): void {
    const mark = this.mark(head);
    mark.penalty -= RANKS_BACK;
    let place = mark;
    for (let rank = 0; rank < RANKS_BACK && place.next.ticket; rank++) place = place.next;
    if (place === mark) return;
    link(mark.previous, mark.next);
    link(mark, place.next);
    link(place, mark);
  }

  /** Begins the next round, in order of waiting time. */
  beginRound(): void {
    this.round++;
    this.cursor = 0;
    this.returned.items.length = 0;
    let last = this.end;
    for (const ticket of this.waiting.items) {
      const mark = this.mark(ticket);
      link(last, mark);
      last = mark;
    }
    link(last, this.end);
  }

  /** 0, −2, −4 …: by how many ranks this ticket was moved back in all; for display. */
  penalty(ticket: Ticket): number {
    return this.mark(ticket).penalty;
  }

  /** The order of preference as it stands. */
  order(): Ticket[] {
    const order: Ticket[] = [];
    for (let mark = this.end.next; mark.ticket; mark = mark.next) order.push(mark.ticket);
    return order;
  }

  private mark(ticket: Ticket): Mark {
    const mark = this.marks.get(ticket.ticket);
    if (!mark) throw new Error(`matcher: ticket ${ticket.ticket} is not waiting`);
    return mark;
  }

  private dropReturned(ticket: Ticket): void {
    const index = this.returned.indexOf(ticket);
    if (this.returned.items[index] === ticket) this.returned.items.splice(index, 1);
  }
}
