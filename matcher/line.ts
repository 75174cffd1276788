/**
 * A line: slots in order of Elo, or of waiting, equal ones by name. Sorted blocks of at most 32 slots lie in one flat array, so that a
 * walk reads memory in its order; entering and leaving move a part of one block. Blocks stand in groups of at most 64 (groups.ts).
 *
 * In the order of Elo, which is walked, what a walk asks of a slot lies beside it, and each block knows its oldest waiter, and its node
 * when all in it are of one: so a walk can pass over all whom nobody can meet.
 */
import { firstOf, type Group, Groups } from './groups.ts';
import { BLOCK_SHIFT, MOST_IN_BLOCK, NONE } from './places.ts';
import { ELO, ELO_BLOCK, grown, largerThan, MARK, MORE_NAME, type Roster } from './roster.ts';

const FIRST_BLOCKS = 4;
const FEW_IN_BLOCK = MOST_IN_BLOCK / 4;

/**
 * Cells of a place in the order of Elo: its Elo in 1/64, its first-considered step (the low 32 bits), its mark, more of its name, and the
 * start of its name, which is the third double.
 */
export const CELLS = 6;
export const CELL_ELO = 0;
export const CELL_STEP = 1;
export const CELL_MARK = 2;
const CELL_MORE_NAME = 3;
const DOUBLES = 3;
const CELL_NAME = 2;

export class Line {
  size = 0;
  /** By place. */
  slots = new Int32Array(FIRST_BLOCKS * MOST_IN_BLOCK);
  /** By place, in the order of Elo: what a walk asks of a slot. */
  cells: Int32Array;
  /** The same bytes as doubles. */
  private names: Float64Array;
  /** By block: the place of its first, and how many are in it. */
  starts = new Int32Array(FIRST_BLOCKS);
  counts = new Int32Array(FIRST_BLOCKS);
  nextBlock = new Int32Array(FIRST_BLOCKS);
  previousBlock = new Int32Array(FIRST_BLOCKS);
  readonly groups: Groups;
  private capacity = FIRST_BLOCKS;
  /** Places that are going to be asked for. */
  private head = NONE;
  private found = NONE;
  private blockCount = 0;
  private readonly freeBlocks: number[] = [];
  /** Where a slot's block is written. */
  private readonly lane: number;
  private readonly roster: Roster;
  private readonly isByElo: boolean;

  /** @param lane where the block of each slot is written: `ELO_BLOCK` for the order of Elo, another one for that of waiting */
  constructor(roster: Roster, lane: number) {
    this.roster = roster;
    this.isByElo = lane === ELO_BLOCK;
    this.lane = lane;
    this.cells = new Int32Array(this.isByElo ? FIRST_BLOCKS * MOST_IN_BLOCK * CELLS : 0);
    this.names = new Float64Array(this.cells.buffer);
    this.groups = new Groups(this, roster);
  }

  /** The first place, or NONE. */
  get first(): number {
    return this.size === 0 ? NONE : (this.starts[this.groups.firstBlock] as number);
  }

  /** The last place, or NONE. */
  get last(): number {
    return this.size === 0 ? NONE : this.lastOf(this.groups.lastBlock);
  }

  has(slot: number): boolean {
    return this.roster.int(slot, this.lane) !== NONE;
  }

  /** Where this slot is. */
  place(slot: number): number {
    const { slots } = this;
    if (this.isAt(this.found, slot)) return this.found;
    if (this.isAt(this.head, slot)) return this.head;
    const start = this.starts[this.roster.int(slot, this.lane)] as number;
    let at = start;
    while (slots[at] !== slot) at++;
    return at;
  }

  /** The head of a walk, and the nearest that it found, are going to be asked for. */
  expectHead(place: number): void {
    this.head = place;
  }

  expectFound(place: number): void {
    this.found = place;
  }

  /** Is the slot at this place, which may not be one any more? */
  private isAt(place: number, slot: number): boolean {
    return (
      place !== NONE &&
      this.slots[place] === slot &&
      this.roster.int(slot, this.lane) === place >> BLOCK_SHIFT &&
      place <= this.lastOf(place >> BLOCK_SHIFT) &&
      place >= (this.starts[place >> BLOCK_SHIFT] as number)
    );
  }

  slotAt(place: number): number {
    return this.slots[place] as number;
  }

  /** How many stand before this slot, and itself. */
  rank(slot: number): number {
    const at = this.place(slot);
    let rank = 1 + at - (this.starts[at >> BLOCK_SHIFT] as number);
    for (let block = at >> BLOCK_SHIFT; ; ) {
      block = this.previousBlock[block] as number;
      if (block === NONE) return rank;
      rank += this.counts[block] as number;
    }
  }

  /** The place behind this one, or NONE. */
  after(at: number): number {
    const block = at >> BLOCK_SHIFT;
    if (at < this.lastOf(block)) return at + 1;
    const next = this.nextBlock[block] as number;
    return next === NONE ? NONE : (this.starts[next] as number);
  }

  /** The place before this one, or NONE. */
  before(at: number): number {
    const block = at >> BLOCK_SHIFT;
    if (at > (this.starts[block] as number)) return at - 1;
    const previous = this.previousBlock[block] as number;
    return previous === NONE ? NONE : this.lastOf(previous);
  }

  /** The last place of a block. */
  lastOf(block: number): number {
    return (this.starts[block] as number) + (this.counts[block] as number) - 1;
  }

  /** The first place that is behind a slot, which need not be in the line, or NONE. */
  firstBehind(slot: number): number {
    if (this.size === 0) return NONE;
    const block = this.home(slot);
    const at = this.search(block, slot);
    if (at <= this.lastOf(block)) return at;
    const next = this.nextBlock[block] as number;
    return next === NONE ? NONE : (this.starts[next] as number);
  }

  insert(slot: number): void {
    let block = this.size === 0 ? this.addBlock(NONE) : this.isLast(slot) ? this.groups.lastBlock : this.home(slot);
    this.size++;
    let at = this.search(block, slot);
    if (this.counts[block] === MOST_IN_BLOCK) {
      const behind = this.split(block, at);
      if (at > this.lastOf(block)) {
        at += (this.starts[behind] as number) - this.lastOf(block) - 1;
        block = behind;
      }
    }
    at = this.open(block, at);
    this.slots[at] = slot;
    this.roster.set(slot, this.lane, block);
    if (!this.isByElo) return;
    this.cells[at * CELLS + CELL_ELO] = this.roster.int(slot, ELO);
    this.cells[at * CELLS + CELL_STEP] = this.roster.step(slot);
    this.cells[at * CELLS + CELL_MARK] = this.roster.int(slot, MARK);
    this.cells[at * CELLS + CELL_MORE_NAME] = this.roster.int(slot, MORE_NAME);
    this.names[at * DOUBLES + CELL_NAME] = this.roster.name(slot);
    this.groups.entered(block, slot);
  }

  /** The mark of a slot in the order of Elo has changed. */
  remark(slot: number): void {
    this.cells[this.place(slot) * CELLS + CELL_MARK] = this.roster.int(slot, MARK);
  }

  remove(slot: number): void {
    const block = this.roster.int(slot, this.lane);
    this.size--;
    this.close(block, this.place(slot));
    this.roster.set(slot, this.lane, NONE);
    if (this.counts[block] === 0) this.dropBlock(block);
    else {
      if (this.isByElo) this.groups.left(block, slot);
      if ((this.counts[block] as number) <= FEW_IN_BLOCK) this.join(block);
    }
  }

  /** Is the place before the slot in the order? Never asked of the slot itself. */
  private isBefore(at: number, slot: number): boolean {
    const { cells, roster } = this;
    if (!this.isByElo) return roster.compareWaiting(this.slots[at] as number, slot) < 0;
    const difference = (cells[at * CELLS + CELL_ELO] as number) - roster.int(slot, ELO);
    if (difference !== 0) return difference < 0;
    const name = (this.names[at * DOUBLES + CELL_NAME] as number) - roster.name(slot);
    if (name !== 0) return name < 0;
    const more = (cells[at * CELLS + CELL_MORE_NAME] as number) >>> 0;
    const own = roster.int(slot, MORE_NAME) >>> 0;
    return more !== own ? more < own : roster.compareNames(this.slots[at] as number, slot) < 0;
  }

  /** In the order of Elo: is the name at this place behind the one at that? */
  isLater(at: number, than: number): boolean {
    const { cells, names } = this;
    const first = (names[at * DOUBLES + CELL_NAME] as number) - (names[than * DOUBLES + CELL_NAME] as number);
    if (first !== 0) return first > 0;
    const more = (cells[at * CELLS + CELL_MORE_NAME] as number) >>> 0;
    const other = (cells[than * CELLS + CELL_MORE_NAME] as number) >>> 0;
    return more !== other ? more > other : this.roster.compareNames(this.slotAt(at), this.slotAt(than)) > 0;
  }

  /** Does a slot belong behind all others? Newcomers have waited the least. */
  private isLast(slot: number): boolean {
    return this.isBefore(this.last, slot);
  }

  /** The block that a slot belongs into: the last that begins before it, else the first. */
  private home(slot: number): number {
    const { list } = this.groups;
    let low = 0;
    let high = list.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.isBefore(this.starts[firstOf(list[middle] as Group)] as number, slot)) low = middle;
      else high = middle - 1;
    }
    const { blocks, count } = list[low] as Group;
    low = 0;
    high = count - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.isBefore(this.starts[blocks[middle] as number] as number, slot)) low = middle;
      else high = middle - 1;
    }
    return blocks[low] as number;
  }

  /** The first place in a block that is behind the slot; one behind its last when there is none. */
  private search(block: number, slot: number): number {
    let low = this.starts[block] as number;
    let high = this.lastOf(block) + 1;
    // Mostly the newest: at the end.
    if (high > low && this.isBefore(high - 1, slot)) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.isBefore(middle, slot)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Makes a place free in a block that has room, before this one; the shorter part moves, to where there is room. Returns it. */
  private open(block: number, at: number): number {
    const start = this.starts[block] as number;
    const last = this.lastOf(block);
    const isFullBehind = last === ((block + 1) << BLOCK_SHIFT) - 1;
    (this.counts[block] as number)++;
    if (isFullBehind || (start > block << BLOCK_SHIFT && at - start < last - at)) {
      this.shiftBy(start, at - 1, -1);
      (this.starts[block] as number)--;
      return at - 1;
    }
    this.shiftBy(at, last, 1);
    return at;
  }

  /** Closes a place of a block: the shorter part moves. */
  private close(block: number, at: number): void {
    const start = this.starts[block] as number;
    const last = this.lastOf(block);
    (this.counts[block] as number)--;
    if (at - start < last - at) {
      this.shiftBy(start, at - 1, 1);
      (this.starts[block] as number)++;
    } else this.shiftBy(at + 1, last, -1);
  }

  /** Moves these places by one, up or down. */
  private shiftBy(first: number, last: number, by: 1 | -1): void {
    const { slots, cells } = this;
    if (this.found >= first && this.found <= last) this.found += by;
    const from = by === 1 ? last : first;
    for (let count = last - first, at = from; count >= 0; count--, at -= by) slots[at + by] = slots[at] as number;
    if (!this.isByElo) return;
    const width = by * CELLS;
    const end = (last + 1) * CELLS;
    if (by === 1) for (let cell = end - 1; cell >= first * CELLS; cell--) cells[cell + width] = cells[cell] as number;
    else for (let cell = first * CELLS; cell < end; cell++) cells[cell + width] = cells[cell] as number;
  }

  /** Makes room in a full block, for somebody at this place; returns the block behind it. */
  private split(block: number, at: number): number {
    const behind = this.addBlock(block);
    // Who stands last stands so because they are the newest: the next ones will, too.
    const keep = at > this.lastOf(block) ? MOST_IN_BLOCK : MOST_IN_BLOCK >> 1;
    const from = (block << BLOCK_SHIFT) + keep;
    const end = (block + 1) << BLOCK_SHIFT;
    const start = this.starts[behind] as number;
    this.copy(from, end - from, start);
    this.counts[block] = keep;
    this.counts[behind] = MOST_IN_BLOCK - keep;
    for (let each = start; each <= this.lastOf(behind); each++) this.roster.set(this.slotAt(each), this.lane, behind);
    if (keep < MOST_IN_BLOCK && this.isByElo) {
      this.groups.recount(block);
      this.groups.recount(behind);
    }
    return behind;
  }

  /** Few are in a block: it takes in those of the block behind it when these are few too, so that walks read full blocks. */
  private join(block: number): void {
    const behind = this.nextBlock[block] as number;
    if (behind === NONE || (this.counts[block] as number) + (this.counts[behind] as number) > 2 * FEW_IN_BLOCK) return;
    const start = block << BLOCK_SHIFT;
    const count = this.counts[block] as number;
    const more = this.counts[behind] as number;
    this.copy(this.starts[block] as number, count, start);
    this.copy(this.starts[behind] as number, more, start + count);
    this.starts[block] = start;
    this.counts[block] = count + more;
    for (let at = start + count; at < start + count + more; at++) this.roster.set(this.slotAt(at), this.lane, block);
    this.dropBlock(behind);
    if (this.isByElo) this.groups.recount(block);
  }

  /** Copies so many places to where nothing is overwritten that is still to be copied: downwards, or to another block. */
  private copy(from: number, count: number, to: number): void {
    const { slots, cells } = this;
    for (let index = 0; index < count; index++) slots[to + index] = slots[from + index] as number;
    if (!this.isByElo) return;
    for (let index = 0; index < count * CELLS; index++) cells[to * CELLS + index] = cells[from * CELLS + index] as number;
  }

  /** A block of its own behind this one, or the only one. */
  private addBlock(block: number): number {
    const added = this.freeBlocks.pop() ?? this.blockCount++;
    if (added === this.capacity) this.grow();
    this.starts[added] = added << BLOCK_SHIFT;
    this.counts[added] = 0;
    this.link(added, block === NONE ? NONE : (this.nextBlock[block] as number));
    this.link(block, added);
    this.groups.add(added, block);
    return added;
  }

  private dropBlock(block: number): void {
    this.link(this.previousBlock[block] as number, this.nextBlock[block] as number);
    this.groups.drop(block);
    this.freeBlocks.push(block);
  }

  private link(before: number, behind: number): void {
    if (before !== NONE) this.nextBlock[before] = behind;
    if (behind !== NONE) this.previousBlock[behind] = before;
  }

  private grow(): void {
    this.capacity = largerThan(this.capacity);
    const places = this.capacity << BLOCK_SHIFT;
    this.slots = grown(this.slots, new Int32Array(places));
    if (this.isByElo) this.cells = grown(this.cells, new Int32Array(places * CELLS));
    this.names = new Float64Array(this.cells.buffer);
    this.starts = grown(this.starts, new Int32Array(this.capacity));
    this.counts = grown(this.counts, new Int32Array(this.capacity));
    this.nextBlock = grown(this.nextBlock, new Int32Array(this.capacity));
    this.previousBlock = grown(this.previousBlock, new Int32Array(this.capacity));
    this.groups.grow(this.capacity);
  }
}
