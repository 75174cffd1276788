/**
 * The chain: everybody who waits, in order of waiting, equal steps by name. Each knows who stands before and behind them, so that leaving
 * costs the same wherever they stand. Segments of at most 32 who stand one behind the other are kept in order, to find where somebody
 * belongs who is not the newest.
 */
import { NONE } from './places.ts';
import { BEFORE, BEHIND, INTS, type Roster, SEGMENT } from './roster.ts';

const MOST_IN_SEGMENT = 32;
/** Slot 0 is nobody's: behind it stands the first, before it the last. */
const ANCHOR = 0;

export class Chain {
  size = 0;
  private readonly roster: Roster;
  /** In order. */
  private readonly segments: number[] = [];
  /** By segment: its first slot, and how many stand in it. */
  private readonly firsts: number[] = [];
  private readonly counts: number[] = [];
  private readonly free: number[] = [];

  constructor(roster: Roster) {
    this.roster = roster;
    this.link(ANCHOR, ANCHOR);
  }

  /** Who has waited longest, or NONE. */
  get first(): number {
    return this.size === 0 ? NONE : this.roster.int(ANCHOR, BEHIND);
  }

  /** Who stands behind this one, or NONE. */
  behind(slot: number): number {
    return this.roster.int(slot, BEHIND) || NONE;
  }

  /** How many stand before this slot, and itself. */
  rank(slot: number): number {
    const own = this.roster.int(slot, SEGMENT);
    let rank = 1;
    for (const segment of this.segments) {
      if (segment === own) break;
      rank += this.counts[segment] as number;
    }
    for (let at = this.firsts[own] as number; at !== slot; at = this.roster.int(at, BEHIND)) rank++;
    return rank;
  }

  insert(slot: number): void {
    const { roster, segments } = this;
    const last = roster.int(ANCHOR, BEFORE);
    const isLast = this.size++ === 0 || roster.compareWaiting(last, slot) < 0;
    const index = isLast ? segments.length - 1 : this.indexFor(slot);
    const before = isLast ? last : this.beforeIn(segments[index] as number, slot);
    const behind = roster.int(before, BEHIND);
    this.link(before, slot);
    this.link(slot, behind);
    if (segments.length === 0 || (isLast && this.counts[segments[index] as number] === MOST_IN_SEGMENT)) {
      this.addSegment(index + 1, slot, 1);
      return;
    }
    const segment = segments[index] as number;
    roster.set(slot, SEGMENT, segment);
    if (behind === this.firsts[segment] && !isLast) this.firsts[segment] = slot;
    (this.counts[segment] as number)++;
    if ((this.counts[segment] as number) > MOST_IN_SEGMENT) this.halve(index);
  }

  remove(slot: number): void {
    const { roster, firsts, counts } = this;
    const record = slot * INTS;
    const segment = roster.ints[record + SEGMENT] as number;
    const behind = roster.ints[record + BEHIND] as number;
    this.link(roster.ints[record + BEFORE] as number, behind);
    this.size--;
    if (--(counts[segment] as number) === 0) this.dropSegment(segment, slot);
    else if (firsts[segment] === slot) firsts[segment] = behind;
  }

  private link(before: number, behind: number): void {
    const { ints } = this.roster;
    ints[before * INTS + BEHIND] = behind;
    ints[behind * INTS + BEFORE] = before;
  }

  /** Which segment, counted in order, a slot belongs into: the last that does not begin behind it, else the first. */
  private indexFor(slot: number): number {
    const { segments, firsts, roster } = this;
    let low = 0;
    for (let high = segments.length - 1; low < high; ) {
      const middle = (low + high + 1) >>> 1;
      if (roster.compareWaiting(firsts[segments[middle] as number] as number, slot) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Behind whom of a segment, or whom right before it, a slot belongs. */
  private beforeIn(segment: number, slot: number): number {
    const { roster } = this;
    let at = this.firsts[segment] as number;
    for (let count = this.counts[segment] as number; count > 0 && roster.compareWaiting(at, slot) < 0; count--)
      at = roster.int(at, BEHIND);
    return roster.int(at, BEFORE);
  }

  /** The second half of a segment that has become too large becomes one of its own. */
  private halve(index: number): void {
    const segment = this.segments[index] as number;
    const count = this.counts[segment] as number;
    const keep = count >> 1;
    let first = this.firsts[segment] as number;
    for (let each = 0; each < keep; each++) first = this.roster.int(first, BEHIND);
    this.counts[segment] = keep;
    this.addSegment(index + 1, first, count - keep);
  }

  private addSegment(index: number, first: number, count: number): void {
    const segment = this.free.pop() ?? this.firsts.length;
    this.firsts[segment] = first;
    this.counts[segment] = count;
    this.segments.splice(index, 0, segment);
    for (let slot = first, each = 0; each < count; each++, slot = this.roster.int(slot, BEHIND))
      this.roster.set(slot, SEGMENT, segment);
  }

  /** The last of a segment, this slot, has left it. */
  private dropSegment(segment: number, slot: number): void {
    const index = this.indexFor(slot);
    if (index === 0) this.segments.shift();
    else this.segments.splice(index, 1);
    this.free.push(segment);
  }
}
