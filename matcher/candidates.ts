/**
 * Candidates: who is in reach of a head, nearest first.
 *
 * c is in reach of h when `lowest(c) < highest(h)` and `highest(c) > lowest(h)`, which is |elo(c) − elo(h)| < pool(c) + pool(h).
 * The list is sorted by Elo and walked outward from the head both ways; equal differences are taken by id, z to a.
 */
import { compareElo, compareIds, highest, lowest, type Ticket } from './actor.ts';
import { Sorted } from './sorted.ts';

/** How many candidates a tick finds at most: the first is asked first, the others are its backups. */
export const MOST_CANDIDATES = 30;

/** Do the ranges of these two overlap (strictly, on both sides)? */
export const inReach = (eloA: number, poolA: number, eloB: number, poolB: number): boolean =>
  lowest(eloB, poolB) < highest(eloA, poolA) && highest(eloB, poolB) > lowest(eloA, poolA);

/** Best first: the smaller difference to the head's Elo, equal ones by id z to a (then node, then ticket). */
export const comparePreferred = (head: Ticket) => (a: Ticket, b: Ticket) =>
  Math.abs(a.actor.elo - head.actor.elo) - Math.abs(b.actor.elo - head.actor.elo) ||
  compareIds(b.actor.id, a.actor.id) ||
  compareIds(b.node, a.node) ||
  compareIds(b.ticket, a.ticket);

export class Candidates {
  private readonly byElo = new Sorted(compareElo);

  enter(ticket: Ticket): void {
    this.byElo.add(ticket);
  }

  leave(ticket: Ticket): void {
    this.byElo.remove(ticket);
  }

  /**
   * The nearest tickets that `accepts` takes, best first, at most `most`. Nobody farther than `farthest` (in Elo, exclusive) is
   * looked at: the caller gives the head's pool plus the largest pool that anybody in the queue has.
   */
  nearest(head: Ticket, farthest: number, accepts: (ticket: Ticket) => boolean, most = MOST_CANDIDATES): Ticket[] {
    const { items } = this.byElo;
    const elo = head.actor.elo;
    const found: Ticket[] = [];
    let below = this.byElo.firstWhere((other) => other.actor.elo >= elo) - 1;
    let above = below + 1;
    while (found.length < most) {
      const down = below >= 0 ? elo - (items[below] as Ticket).actor.elo : Number.POSITIVE_INFINITY;
      const up = above < items.length ? (items[above] as Ticket).actor.elo - elo : Number.POSITIVE_INFINITY;
      const difference = Math.min(down, up);
      if (difference >= farthest || difference === Number.POSITIVE_INFINITY) break;
      // Everybody at exactly this difference, on either side, is one group: chosen by id, z to a.
      const group: Ticket[] = [];
      for (; below >= 0 && elo - (items[below] as Ticket).actor.elo === difference; below--) group.push(items[below] as Ticket);
      for (; above < items.length && (items[above] as Ticket).actor.elo - elo === difference; above++)
        group.push(items[above] as Ticket);
      group.sort(comparePreferred(head));
      for (const other of group) if (found.length < most && other !== head && accepts(other)) found.push(other);
    }
    return found;
  }
}
