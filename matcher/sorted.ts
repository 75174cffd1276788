/** A sorted array of tickets: the order by Elo and the order by waiting time are both one of these. */
import type { Ticket } from './actor.ts';

export class Sorted {
  readonly items: Ticket[] = [];
  private readonly compare: (a: Ticket, b: Ticket) => number;

  constructor(compare: (a: Ticket, b: Ticket) => number) {
    this.compare = compare;
  }

  /** The first index whose ticket is not before `ticket`. */
  indexOf(ticket: Ticket): number {
    return this.firstWhere((other) => this.compare(other, ticket) >= 0);
  }

  /** The first index for which `holds` is true; it must be false, false … true, true along the order. */
  firstWhere(holds: (ticket: Ticket) => boolean): number {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(this.items[middle] as Ticket)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  add(ticket: Ticket): number {
    const index = this.indexOf(ticket);
    this.items.splice(index, 0, ticket);
    return index;
  }

  remove(ticket: Ticket): number {
    const index = this.indexOf(ticket);
    if (this.items[index] !== ticket) throw new Error(`matcher: ticket ${ticket.ticket} is not in the list`);
    this.items.splice(index, 1);
    return index;
  }
}
