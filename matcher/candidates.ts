/**
 * Candidates: who is in reach of a head, nearest first.
 *
 * c is in reach of h when `lowest(c) < highest(h)` and `highest(c) > lowest(h)`, which is |elo(c) − elo(h)| < pool(c) + pool(h).
 * The line by Elo is walked outward from the head both ways; equal differences are taken by id, z to a. The walk passes over blocks
 * of which not even the oldest can reach, and ends where nobody can.
 */
import { highest, lowest } from './actor.ts';
import { type Block, GROUP_BLOCKS, Line, NONE } from './line.ts';
import type { Roster } from './roster.ts';

/** How many candidates a tick finds at most: the first is asked first, the others are its backups. */
export const MOST_CANDIDATES = 30;

/** Do the ranges of these two overlap (strictly, on both sides)? */
export const inReach = (eloA: number, poolA: number, eloB: number, poolB: number): boolean =>
  lowest(eloB, poolB) < highest(eloA, poolA) && highest(eloB, poolB) > lowest(eloA, poolA);

/** What a walk asks of the queue. Elos and pools are in 1/64. */
export interface Walk {
  /** The head's slot; it need not be in the line. */
  readonly head: number;
  readonly pool: number;
  /** Nobody at this difference or farther is looked at. */
  readonly farthest: number;
  /** The pool of somebody first considered in this step. */
  readonly poolOf: (step: number) => number;
  /** May the head meet this slot, whose range overlaps its own? */
  readonly accepts: (slot: number) => boolean;
  readonly most: number;
}

/** Those who may meet one another as far as ruleset and size go, in order of Elo. */
export class Candidates {
  private readonly roster: Roster;
  private readonly line: Line;
  // Where the walk is. Below the head, walking away from it is also z to a.
  private below = NONE;
  private belowBlock = NONE;
  // Above it, every run of equal Elo is walked from its end (z) to its start (a).
  private above = NONE;
  private aboveBlock = NONE;
  private runStart = NONE;
  private runEnd = NONE;

  constructor(roster: Roster) {
    this.roster = roster;
    this.line = new Line(roster.capacity, roster.compareElo, (slot) => roster.step[slot] as number);
  }

  get size(): number {
    return this.line.size;
  }

  enter(slot: number): void {
    if (this.line.next.length < this.roster.capacity) this.line.grow(this.roster.capacity);
    this.line.insert(slot);
  }

  leave(slot: number): void {
    this.line.remove(slot);
  }

  /** The nearest slots that the walk accepts, best first. */
  nearest(walk: Walk): number[] {
    const { line, roster } = this;
    const { head, pool, farthest, poolOf, accepts, most } = walk;
    const { elo, step } = roster;
    const own = elo[head] as number;
    const found: number[] = [];
    this.begin(walk, own);
    while (found.length < most) {
      if (this.below !== NONE && line.block(this.below).index !== this.belowBlock)
        this.below = this.down(this.below, walk, own);
      if (this.above !== NONE && line.block(this.above).index !== this.aboveBlock) this.passAbove(walk, own);
      const { below, above } = this;
      if (below === NONE && above === NONE) break;
      const down = below === NONE ? Number.POSITIVE_INFINITY : own - (elo[below] as number);
      const up = above === NONE ? Number.POSITIVE_INFINITY : (elo[above] as number) - own;
      // At the head's own Elo whoever is above it in the line is also behind it by name.
      const isUp = up < down || (up === down && (up === 0 || roster.compareNames(above, below) > 0));
      const difference = isUp ? up : down;
      if (difference >= farthest) break;
      const slot = isUp ? above : below;
      if (isUp) this.nextAbove(walk, own);
      else this.below = line.previous[below] as number;
      if (difference < pool + poolOf(step[slot] as number) && accepts(slot)) found.push(slot);
    }
    return found;
  }

  /** Both ends of the walk, right beside the head's place. */
  private begin(walk: Walk, own: number): void {
    const { line, roster } = this;
    const { head } = walk;
    let above: number;
    if (line.has(head)) {
      this.below = line.previous[head] as number;
      above = line.next[head] as number;
    } else {
      above = line.firstWhere((slot) => roster.compareElo(slot, head) > 0);
      this.below = above === NONE ? line.last : (line.previous[above] as number);
    }
    this.belowBlock = NONE;
    this.openRun(this.up(above, walk, own));
  }

  private openRun(start: number): void {
    this.runStart = start;
    this.above = NONE;
    if (start === NONE) return;
    const { elo } = this.roster;
    const behind = this.line.next[start] as number;
    this.runEnd = behind === NONE || elo[behind] !== elo[start] ? start : this.endOfRun(start);
    this.above = this.runEnd;
    this.aboveBlock = NONE;
  }

  /** The last slot with the Elo of this one. */
  private endOfRun(start: number): number {
    const { elo } = this.roster;
    const { blocks, next } = this.line;
    const same = elo[start] as number;
    // The last block whose first still has this Elo: in leaps that double, then by halves.
    let low = this.line.block(start).index;
    let leap = 1;
    while (low + leap < blocks.length && elo[(blocks[low + leap] as Block).first] === same) {
      low += leap;
      leap *= 2;
    }
    for (; leap >= 1; leap >>= 1)
      if (low + leap < blocks.length && elo[(blocks[low + leap] as Block).first] === same) low += leap;
    const block = blocks[low] as Block;
    if (elo[block.last] === same) return block.last;
    let at = elo[block.first] === same ? block.first : start;
    while (elo[next[at] as number] === same) at = next[at] as number;
    return at;
  }

  private nextAbove(walk: Walk, own: number): void {
    if (this.above === this.runStart) this.openRun(this.up(this.line.next[this.runEnd] as number, walk, own));
    else this.above = this.line.previous[this.above] as number;
  }

  /** `above` has come into another block: passes over it, and those before it in the run, while nobody in them can reach. */
  private passAbove(walk: Walk, own: number): void {
    const { line, roster } = this;
    while (this.above !== NONE) {
      const block = line.block(this.above);
      if (block.index === this.aboveBlock) return;
      this.aboveBlock = block.index;
      const difference = (roster.elo[this.above] as number) - own;
      if (difference < walk.pool + walk.poolOf(block.oldest)) return;
      if (block === line.block(this.runStart)) this.openRun(this.up(line.next[this.runEnd] as number, walk, own));
      else this.above = line.previous[block.first] as number;
    }
  }

  /** This slot, or the first above it in a block of which somebody may reach. */
  private up(slot: number, { pool, farthest, poolOf }: Walk, own: number): number {
    if (slot === NONE) return NONE;
    const { elo } = this.roster;
    const { blocks } = this.line;
    const home = this.line.block(slot);
    const near = (elo[slot] as number) - own;
    if (near >= farthest) return NONE;
    if (near < pool + poolOf(home.oldest)) return slot;
    for (let index = home.index + 1; index < blocks.length; index++) {
      const { first, oldest } = blocks[index] as Block;
      const difference = (elo[first] as number) - own;
      if (difference >= farthest) return NONE;
      if (index % GROUP_BLOCKS === 0 && difference >= pool + poolOf(this.line.oldestOfGroup(index))) index += GROUP_BLOCKS - 1;
      else if (difference < pool + poolOf(oldest)) return first;
    }
    return NONE;
  }

  /** This slot, or the first below it in a block of which somebody may reach. */
  private down(slot: number, { pool, farthest, poolOf }: Walk, own: number): number {
    const { elo } = this.roster;
    const { blocks } = this.line;
    const home = this.line.block(slot);
    this.belowBlock = home.index;
    const near = own - (elo[slot] as number);
    if (near >= farthest) return NONE;
    if (near < pool + poolOf(home.oldest)) return slot;
    for (let index = home.index - 1; index >= 0; index--) {
      const { last, oldest } = blocks[index] as Block;
      const difference = own - (elo[last] as number);
      if (difference >= farthest) return NONE;
      if (index % GROUP_BLOCKS === GROUP_BLOCKS - 1 && difference >= pool + poolOf(this.line.oldestOfGroup(index)))
        index -= GROUP_BLOCKS - 1;
      else if (difference < pool + poolOf(oldest)) {
        this.belowBlock = index;
        return last;
      }
    }
    return NONE;
  }
}
