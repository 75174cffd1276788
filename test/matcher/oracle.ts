/**
 * The seed's own algorithm, written out plainly: two lists sorted by lowest and by highest, a binary search in each, the next 30 indexes, the
 * common elements, the base Elo from lowest and highest, order by difference, equal ones z to a.
 */
import { compareIds, highest, lowest } from '../../matcher/index.ts';

export interface Waiting {
  readonly id: string;
  readonly elo: number;
  readonly pool: number;
}

const NEXT_INDEXES = 30;

interface Entry {
  readonly id: string;
  readonly value: number;
}

/** How many at the start of a sorted list fulfil `holds`. */
function count(list: readonly Entry[], holds: (value: number) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds((list[middle] as Entry).value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The candidates for a head, best first. */
export function seedCandidates(head: Waiting, others: readonly Waiting[]): string[] {
  // Sorted from the highest down, as the seed shows its tables.
  const byLowest: Entry[] = others
    .map(({ id, elo, pool }) => ({ id, value: lowest(elo, pool) }))
    .sort((a, b) => b.value - a.value);
  const byHighest: Entry[] = others
    .map(({ id, elo, pool }) => ({ id, value: highest(elo, pool) }))
    .sort((a, b) => a.value - b.value);
  const [top, bottom] = [highest(head.elo, head.pool), lowest(head.elo, head.pool)];
  const from = count(byLowest, (value) => value >= top);
  const lowEnough = byLowest.slice(from, from + NEXT_INDEXES);
  const since = count(byHighest, (value) => value <= bottom);
  const highEnough = new Map(byHighest.slice(since, since + NEXT_INDEXES).map(({ id, value }) => [id, value]));
  return lowEnough
    .filter(({ id }) => highEnough.has(id))
    .map(({ id, value }) => ({ id, difference: Math.abs((value + (highEnough.get(id) as number)) / 2 - head.elo) }))
    .sort((a, b) => a.difference - b.difference || compareIds(b.id, a.id))
    .map(({ id }) => id);
}
