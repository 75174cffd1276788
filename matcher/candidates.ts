/**
 * Candidates: who is in reach of a head, nearest first.
 *
 * c is in reach of h when `lowest(c) < highest(h)` and `highest(c) > lowest(h)`, which is |elo(c) − elo(h)| < pool(c) + pool(h).
 * The line by Elo is walked outward from the head both ways; equal differences are taken by id, z to a. The walk passes over blocks
 * in which nobody can be met, be it that not even the oldest reaches, or that all are of a node that is not allowed, and ends where
 * nobody can reach.
 */
import { placeIn } from './groups.ts';
import { CELL_ELO, CELL_MARK, CELL_STEP, CELLS, Line } from './line.ts';
import { BLOCK_SHIFT, NONE } from './places.ts';
import { ELO, ELO_BLOCK, mayBeOfOneActor, type Roster } from './roster.ts';
import { PLAIN, RESTING } from './states.ts';

/** How many candidates a run asks at most: the first one, and its backups. */
export const MOST_CANDIDATES = 30;

const ASKED_FLAGS = PLAIN | RESTING;

/** What a walk asks of the queue. Differences are in 1/64. */
export interface Walk {
  /** The head's slot; it need not be in the line. */
  readonly head: number;
  /** Does the head belong into this order of Elo, not into another partition's? */
  readonly isAtHome: boolean;
  /** Nobody at this difference or farther is looked at. */
  readonly farthest: number;
  /** Nobody of this node is looked at; NONE: all are. */
  readonly notOfNode: number;
  /** The head's mark. */
  readonly mark: number;
  /** Whose flags of `ASKED_FLAGS` are these is met without asking further, if the mark is not of the head's own actor; NONE: all are asked. */
  readonly unasked: number;
  /** Below which difference the head meets somebody first considered in this step; never grows with it. */
  reach(step: number): number;
  /** The same, of the low 32 bits of the step. */
  reachLow(step: number): number;
  /** May the head meet this slot of this mark, whose range overlaps its own? */
  accepts(slot: number, mark: number): boolean;
}

/** Everybody but the head, in reach or not. */
const everybody = (head: number, isAtHome: boolean): Walk => ({
  head,
  isAtHome,
  farthest: Number.POSITIVE_INFINITY,
  notOfNode: NONE,
  mark: 0,
  unasked: NONE,
  reach: () => Number.POSITIVE_INFINITY,
  reachLow: () => Number.POSITIVE_INFINITY,
  accepts: (slot) => slot !== head,
});

/** Those who may meet one another as far as ruleset and size go, in order of Elo. */
export class Candidates {
  private readonly roster: Roster;
  private readonly line: Line;
  // Where the walk is. Below the head, walking away from it is also z to a.
  private below = NONE;
  // Above it, every run of equal Elo is walked from its end (z) to its start (a).
  private above = NONE;
  private runStart = NONE;
  private runEnd = NONE;
  private own = 0;

  constructor(roster: Roster) {
    this.roster = roster;
    this.line = new Line(roster, ELO_BLOCK);
  }

  enter(slot: number): void {
    this.line.insert(slot);
  }

  leave(slot: number): void {
    this.line.remove(slot);
  }

  has(slot: number): boolean {
    return this.line.has(slot);
  }

  /** The mark of a slot that is here has changed. */
  remark(slot: number): void {
    this.line.remark(slot);
  }

  /** The slots around one that need not be here, nearest first, at most so many: whoever they are. */
  around(slot: number, most: number, isAtHome: boolean): number[] {
    const found = new Int32Array(most);
    return [...found.subarray(0, this.nearest(everybody(slot, isAtHome), found, most))];
  }

  /**
   * Writes the nearest slots that the walk accepts, best first, at most so many; returns how many. The hot loop of the matcher: the next
   * place is mostly beside this one, what else it can be is looked at by `nextBelow` and `nextAbove`.
   */
  nearest(walk: Walk, found: Int32Array, most: number): number {
    const { line } = this;
    const { slots, cells } = line;
    const { farthest, mark: headMark, unasked } = walk;
    this.begin(walk);
    const { own } = this;
    let { below, above, runStart, runEnd } = this;
    let aboveFirst = this.firstBeside(above);
    let belowFirst = this.firstBeside(below);
    let aboveLast = this.lastBeside(above);
    let down = below === NONE ? Number.POSITIVE_INFINITY : own - (cells[below * CELLS + CELL_ELO] as number);
    let up = above === NONE ? Number.POSITIVE_INFINITY : (cells[above * CELLS + CELL_ELO] as number) - own;
    // Most are as old as the one before.
    let step = 0;
    let reach = NONE;
    for (let count = 0; ; ) {
      // At the head's own Elo whoever is above it in the line is also behind it by name.
      const isUp = up < down || (up === down && (up === 0 || (above !== NONE && line.isLater(above, below))));
      const difference = isUp ? up : down;
      if (difference >= farthest) return count;
      const at = isUp ? above : below;
      const cell = at * CELLS;
      if (cells[cell + CELL_STEP] !== step || reach === NONE) {
        step = cells[cell + CELL_STEP] as number;
        reach = walk.reachLow(step);
      }
      const mark = cells[cell + CELL_MARK] as number;
      const isUnasked = (mark & ASKED_FLAGS) === unasked && !mayBeOfOneActor(mark, headMark);
      if (difference < reach && (isUnasked || walk.accepts(slots[at] as number, mark))) {
        // The first one that is found is going to be locked.
        if (count === 0) line.expectFound(at);
        found[count++] = slots[at] as number;
        if (count === most) return count;
      }
      if (!isUp) {
        if (below > belowFirst) below--;
        else {
          below = this.nextBelow(below, walk);
          belowFirst = this.firstBeside(below);
          if (below === NONE) {
            down = Number.POSITIVE_INFINITY;
            continue;
          }
        }
        down = own - (cells[below * CELLS + CELL_ELO] as number);
        continue;
      }
      if (above !== runStart) {
        if (above > aboveFirst) {
          above--;
          continue;
        }
      } else if (runEnd >= above && runEnd < aboveLast) {
        // The run is over in its own block, and the next one begins in it.
        const next = runEnd + 1;
        const elo = cells[next * CELLS + CELL_ELO] as number;
        let end = next;
        while (end < aboveLast && cells[(end + 1) * CELLS + CELL_ELO] === elo) end++;
        if (end < aboveLast) {
          this.runStart = runStart = next;
          this.runEnd = runEnd = above = end;
          up = elo - own;
          continue;
        }
      }
      above = this.nextAbove(above, walk);
      runStart = this.runStart;
      runEnd = this.runEnd;
      aboveFirst = this.firstBeside(above);
      aboveLast = this.lastBeside(above);
      up = above === NONE ? Number.POSITIVE_INFINITY : (cells[above * CELLS + CELL_ELO] as number) - own;
    }
  }

  /** The first place of the block that a place is in. */
  private firstBeside(place: number): number {
    return place === NONE ? NONE : (this.line.starts[place >> BLOCK_SHIFT] as number);
  }

  /** The last place of the block that a place is in. */
  private lastBeside(place: number): number {
    return place === NONE ? NONE : this.line.lastOf(place >> BLOCK_SHIFT);
  }

  /** Both ends of the walk, right beside the head's place. */
  private begin(walk: Walk): void {
    const { line } = this;
    const { head } = walk;
    this.own = this.roster.int(head, ELO);
    const here = walk.isAtHome && line.has(head) ? line.place(head) : NONE;
    line.expectHead(here);
    if (here !== NONE && walk.notOfNode === NONE && this.beginInside(here)) return;
    const above = here === NONE ? line.firstBehind(head) : line.after(here);
    const below = here !== NONE ? line.before(here) : above === NONE ? line.last : line.before(above);
    this.below = below === NONE ? NONE : this.down(below, walk);
    this.openRun(above === NONE ? NONE : this.up(above, walk), walk);
  }

  /** Mostly both ends are in the head's own block, where it is not worth while to ask whether somebody reaches. */
  private beginInside(here: number): boolean {
    const { cells } = this.line;
    const first = this.firstBeside(here);
    const last = this.lastBeside(here);
    if (here === first || here === last) return false;
    const elo = cells[(here + 1) * CELLS + CELL_ELO] as number;
    let end = here + 1;
    while (end < last && cells[(end + 1) * CELLS + CELL_ELO] === elo) end++;
    if (end === last) return false;
    this.below = here - 1;
    this.runStart = here + 1;
    this.runEnd = this.above = end;
    return true;
  }

  private eloAt(place: number): number {
    return this.line.cells[place * CELLS + CELL_ELO] as number;
  }

  /** The place below the first of a block. */
  private nextBelow(below: number, walk: Walk): number {
    const previous = this.line.before(below);
    return previous === NONE ? NONE : this.down(previous, walk);
  }

  /** The place that comes after this one on the way up: a run is walked from its end to its start. */
  private nextAbove(above: number, walk: Walk): number {
    const { line } = this;
    if (above !== this.runStart) {
      if (above > this.firstBeside(above)) return above - 1;
      this.above = line.before(above);
      this.passRun(walk);
      return this.above;
    }
    const end = this.runEnd;
    const behind = line.after(end);
    // In the same block somebody may still be met.
    const isBeside = behind === end + 1 && behind >> BLOCK_SHIFT === end >> BLOCK_SHIFT;
    this.openRun(behind === NONE || isBeside ? behind : this.up(behind, walk), walk);
    return this.above;
  }

  /** Begins a run at its end. */
  private openRun(start: number, walk: Walk): void {
    this.runStart = start;
    this.runEnd = start === NONE ? NONE : this.endOfRun(start);
    this.above = this.runEnd;
    if (this.runEnd >> BLOCK_SHIFT !== start >> BLOCK_SHIFT) this.passRun(walk);
  }

  /** The last place with the Elo of this one. */
  private endOfRun(start: number): number {
    const { line } = this;
    const { groups, starts } = line;
    const same = this.eloAt(start);
    let block = start >> BLOCK_SHIFT;
    let last = line.lastOf(block);
    if (start < last && this.eloAt(start + 1) !== same) return start;
    if (this.eloAt(last) === same) {
      const behind = line.nextBlock[block] as number;
      if (behind === NONE || this.eloAt(starts[behind] as number) !== same) return last;
      // It goes on, perhaps over many blocks.
      block = groups.lastWhere(block, (each) => this.eloAt(starts[each] as number) === same);
      last = line.lastOf(block);
      if (this.eloAt(last) === same) return last;
    }
    let at = block === start >> BLOCK_SHIFT ? start : (starts[block] as number);
    while (this.eloAt(at + 1) === same) at++;
    return at;
  }

  /** `above` has come into another block of its run: passes over those in which nobody can be met. */
  private passRun(walk: Walk): void {
    const { line } = this;
    const elo = this.eloAt(this.above);
    const difference = elo - this.own;
    const here = this.above >> BLOCK_SHIFT;
    if (here === this.runStart >> BLOCK_SHIFT || this.isOpen(here, difference, walk)) return;
    const next = this.beyond(here, difference, walk, -1);
    const isInRun = next !== NONE && this.eloAt(line.lastOf(next)) === elo;
    this.above = isInRun ? line.lastOf(next) : this.runStart;
  }

  /** This place, or the first above it in a block in which somebody may be met. */
  private up(at: number, walk: Walk): number {
    let place = at;
    for (;;) {
      const difference = this.eloAt(place) - this.own;
      if (difference >= walk.farthest) return NONE;
      const block = place >> BLOCK_SHIFT;
      if (this.isOpen(block, difference, walk)) return place;
      const next = this.beyond(block, difference, walk, 1);
      if (next === NONE) return NONE;
      place = this.line.starts[next] as number;
    }
  }

  /** This place, or the first below it in a block in which somebody may be met. */
  private down(at: number, walk: Walk): number {
    let place = at;
    for (;;) {
      const difference = this.own - this.eloAt(place);
      if (difference >= walk.farthest) return NONE;
      const block = place >> BLOCK_SHIFT;
      if (this.isOpen(block, difference, walk)) return place;
      const next = this.beyond(block, difference, walk, -1);
      if (next === NONE) return NONE;
      place = this.line.lastOf(next);
    }
  }

  /** May somebody in this block be met, whose nearest is this far? */
  private isOpen(block: number, difference: number, walk: Walk): boolean {
    const { groups } = this.line;
    if (difference >= walk.reach(groups.oldest[block] as number)) return false;
    return walk.notOfNode === NONE || groups.nodeOf(block) !== walk.notOfNode;
  }

  /** The next block this way in which somebody may be met who is at least this far, or NONE. */
  private beyond(block: number, difference: number, walk: Walk, way: 1 | -1): number {
    const { groups } = this.line;
    const { list, since, oldest } = groups;
    const isOtherNode = (node: number): boolean => walk.notOfNode === NONE || node !== walk.notOfNode;
    // Whoever came no sooner than somebody who does not reach does not reach either.
    let late = Number.POSITIVE_INFINITY;
    const reaches = (step: number): boolean => {
      if (step >= late) return false;
      if (difference < walk.reach(step)) return true;
      late = step;
      return false;
    };
    let group = groups.group(block);
    let at = placeIn(group, block) + way;
    for (;;) {
      if (reaches(since[group.index] as number) && isOtherNode(group.node)) {
        const { blocks, count, eldest } = group;
        // Mostly nobody else reaches.
        if (!reaches(group.second)) at = (eldest - at) * way >= 0 ? eldest : way * count;
        for (; at >= 0 && at < count; at += way) {
          const each = blocks[at] as number;
          if (reaches(oldest[each] as number) && (walk.notOfNode === NONE || groups.nodeOf(each) !== walk.notOfNode))
            return each;
        }
      }
      let { index } = group;
      do {
        index += way;
        if (index < 0 || index === list.length) return NONE;
      } while (!groups.isStale(index) && !reaches(since[index] as number));
      group = groups.fresh(index);
      at = way === 1 ? 0 : group.count - 1;
    }
  }
}
