/**
 * A line: slots in a stable order. A doubly linked list over slot numbers, with an index of blocks for finding a place.
 *
 * Entering costs a binary search over the blocks and a walk within one; leaving and going to a neighbour cost O(1). Each block
 * knows its oldest waiter, and every 64 blocks theirs, so that a walk can pass over all who cannot reach.
 */

import { grown } from './roster.ts';

/** No slot. */
export const NONE = -1;

const MOST_IN_BLOCK = 64;
const GROUP_SHIFT = 6;

export interface Block {
  first: number;
  last: number;
  count: number;
  /** Place in the list of blocks. */
  index: number;
  /** First-considered step of its oldest waiter, and how many have it. */
  oldest: number;
  oldestCount: number;
}

export class Line {
  /** By slot. */
  next: Int32Array;
  previous: Int32Array;
  first = NONE;
  last = NONE;
  size = 0;
  readonly blocks: Block[] = [];
  private readonly blockOf: (Block | undefined)[] = [];
  private readonly groups: number[] = [];
  /** Groups from this one on are to be computed anew. */
  private staleFrom = 0;
  private readonly compare: (a: number, b: number) => number;
  private readonly stepOf: (slot: number) => number;

  /**
   * @param capacity slots from 0 up to this
   * @param compare the order; never 0 for two slots
   * @param step first-considered step of a slot
   */
  constructor(capacity: number, compare: (a: number, b: number) => number, step: (slot: number) => number) {
    this.next = new Int32Array(capacity).fill(NONE);
    this.previous = new Int32Array(capacity).fill(NONE);
    this.compare = compare;
    this.stepOf = step;
  }

  grow(capacity: number): void {
    this.next = grown(this.next, new Int32Array(capacity).fill(NONE));
    this.previous = grown(this.previous, new Int32Array(capacity).fill(NONE));
  }

  block(slot: number): Block {
    return this.blockOf[slot] as Block;
  }

  has(slot: number): boolean {
    return this.blockOf[slot] !== undefined;
  }

  insert(slot: number): void {
    this.size++;
    const home = this.home(slot);
    if (!home) {
      this.first = this.last = slot;
      this.link(NONE, slot);
      this.link(slot, NONE);
      this.addBlock(0, { first: slot, last: slot, count: 1, index: 0, oldest: this.stepOf(slot), oldestCount: 1 });
      return;
    }
    const { compare, next } = this;
    let after = NONE;
    if (compare(home.last, slot) < 0) after = home.last;
    else for (let at = home.first; compare(at, slot) < 0; at = next[at] as number) after = at;
    const before = after === NONE ? (this.previous[home.first] as number) : after;
    const behind = after === NONE ? home.first : (next[after] as number);
    this.link(before, slot);
    this.link(slot, behind);
    if (before === NONE) this.first = slot;
    if (behind === NONE) this.last = slot;
    if (after === NONE) home.first = slot;
    if (after === home.last) home.last = slot;
    this.blockOf[slot] = home;
    home.count++;
    const step = this.stepOf(slot);
    if (step < home.oldest) {
      home.oldest = step;
      home.oldestCount = 1;
      this.stale(home);
    } else if (step === home.oldest) home.oldestCount++;
    if (home.count > MOST_IN_BLOCK) this.split(home);
  }

  remove(slot: number): void {
    const home = this.block(slot);
    const before = this.previous[slot] as number;
    const behind = this.next[slot] as number;
    this.size--;
    if (before === NONE) this.first = behind;
    else this.next[before] = behind;
    if (behind === NONE) this.last = before;
    else this.previous[behind] = before;
    this.blockOf[slot] = undefined;
    if (--home.count === 0) {
      this.blocks.splice(home.index, 1);
      this.reindex(home.index);
      return;
    }
    if (home.first === slot) home.first = behind;
    if (home.last === slot) home.last = before;
    if (this.stepOf(slot) === home.oldest && --home.oldestCount === 0) {
      this.age(home);
      this.stale(home);
    }
  }

  /** The first slot for which `holds` is true, NONE when there is none; it must be false … true along the line. */
  firstWhere(holds: (slot: number) => boolean): number {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds((this.blocks[middle] as Block).last)) high = middle;
      else low = middle + 1;
    }
    const home = this.blocks[low];
    if (!home) return NONE;
    let at = home.first;
    while (!holds(at)) at = this.next[at] as number;
    return at;
  }

  /** First-considered step of the oldest waiter in the group of blocks that block `index` is in. */
  oldestOfGroup(index: number): number {
    if (this.staleFrom < this.groups.length || this.groups.length !== groupOf(this.blocks.length - 1) + 1) this.freshen();
    return this.groups[groupOf(index)] as number;
  }

  private home(slot: number): Block | undefined {
    const { blocks, compare } = this;
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare((blocks[middle] as Block).first, slot) < 0) low = middle + 1;
      else high = middle;
    }
    return blocks[Math.max(0, low - 1)];
  }

  private link(before: number, after: number): void {
    if (before !== NONE) this.next[before] = after;
    if (after !== NONE) this.previous[after] = before;
    if (before === NONE) this.previous[after] = NONE;
    if (after === NONE) this.next[before] = NONE;
  }

  private split(full: Block): void {
    const keep = full.count >>> 1;
    let at = full.first;
    for (let index = 1; index < keep; index++) at = this.next[at] as number;
    const block: Block = {
      first: this.next[at] as number,
      last: full.last,
      count: full.count - keep,
      index: 0,
      oldest: 0,
      oldestCount: 0,
    };
    full.last = at;
    full.count = keep;
    for (let slot = block.first; ; slot = this.next[slot] as number) {
      this.blockOf[slot] = block;
      if (slot === block.last) break;
    }
    this.age(full);
    this.age(block);
    this.addBlock(full.index + 1, block);
  }

  private addBlock(index: number, block: Block): void {
    this.blockOf[block.first] = block;
    this.blocks.splice(index, 0, block);
    this.reindex(Math.max(0, index - 1));
  }

  private reindex(from: number): void {
    const { blocks } = this;
    for (let index = from; index < blocks.length; index++) (blocks[index] as Block).index = index;
    this.staleFrom = Math.min(this.staleFrom, groupOf(from));
  }

  private age(block: Block): void {
    block.oldest = Number.POSITIVE_INFINITY;
    block.oldestCount = 0;
    for (let slot = block.first; ; slot = this.next[slot] as number) {
      const step = this.stepOf(slot);
      if (step < block.oldest) {
        block.oldest = step;
        block.oldestCount = 1;
      } else if (step === block.oldest) block.oldestCount++;
      if (slot === block.last) break;
    }
  }

  private stale(block: Block): void {
    this.staleFrom = Math.min(this.staleFrom, groupOf(block.index));
  }

  private freshen(): void {
    const { blocks, groups } = this;
    groups.length = groupOf(blocks.length - 1) + 1;
    for (let index = this.staleFrom << GROUP_SHIFT; index < blocks.length; index++) {
      const { oldest } = blocks[index] as Block;
      const group = groupOf(index);
      if ((index & ((1 << GROUP_SHIFT) - 1)) === 0 || oldest < (groups[group] as number)) groups[group] = oldest;
    }
    this.staleFrom = groups.length;
  }
}

const groupOf = (index: number): number => index >> GROUP_SHIFT;
/** How many blocks a group has. */
export const GROUP_BLOCKS = 1 << GROUP_SHIFT;
