/** Groups of at most 64 blocks of a line: for finding a block, and what is known of blocks and groups as a whole. */
import { type Blocks, NONE } from './places.ts';
import { grown, largerThan, NODE, type Roster } from './roster.ts';

const MOST_IN_GROUP = 64;
const FIRST_GROUPS = 8;

export interface Group {
  /** In order. */
  readonly blocks: Int32Array;
  count: number;
  /** Place in the list of groups. */
  index: number;
  /** Where in it the block of its oldest waiter is, and the first-considered step of the oldest in its other blocks. */
  eldest: number;
  second: number;
  /** The node of all in it, or NONE. */
  node: number;
}

/** First-considered step of a group of which what is known is to be computed anew. */
const STALE = Number.NEGATIVE_INFINITY;

export class Groups {
  readonly list: Group[] = [];
  /** By place in the list: first-considered step of a group's oldest waiter, or STALE. */
  since = new Float64Array(FIRST_GROUPS);
  /** By block: first-considered step of its oldest waiter, and how many have it. */
  oldest = new Float64Array(0);
  private oldestCount = new Int32Array(0);
  /** By block: the node of somebody in it, and how many are of it; nobody when that is to be counted anew. */
  private node = new Int32Array(0);
  private nodeCount = new Int32Array(0);
  /** By block. */
  private readonly groupOf: Group[] = [];
  private readonly line: Blocks;
  private readonly roster: Roster;

  constructor(line: Blocks, roster: Roster) {
    this.line = line;
    this.roster = roster;
    this.grow(line.counts.length);
  }

  get firstBlock(): number {
    return firstOf(this.list[0] as Group);
  }

  get lastBlock(): number {
    return lastOf(this.list[this.list.length - 1] as Group);
  }

  /** The group of a block, with what is known of it. */
  group(block: number): Group {
    return this.fresh((this.groupOf[block] as Group).index);
  }

  /** Is what is known of the group at this place in the list to be computed anew? */
  isStale(index: number): boolean {
    return this.since[index] === STALE;
  }

  /** The group at this place in the list, with what is known of it. */
  fresh(index: number): Group {
    const group = this.list[index] as Group;
    if (this.isStale(index)) this.freshen(group);
    return group;
  }

  private stain({ index }: Group): void {
    this.since[index] = STALE;
  }

  /** The last block from this one on for which `holds` is true; it must be true of this one, and true … false from there. */
  lastWhere(block: number, holds: (block: number) => boolean): number {
    const { list } = this;
    let group = this.groupOf[block] as Group;
    for (let low = group.index + 1, high = list.length - 1; low <= high; ) {
      const middle = (low + high) >>> 1;
      const candidate = list[middle] as Group;
      if (holds(firstOf(candidate))) {
        group = candidate;
        low = middle + 1;
      } else high = middle - 1;
    }
    let low = group === this.groupOf[block] ? indexIn(group, block) : 0;
    for (let high = group.count - 1; low < high; ) {
      const middle = (low + high + 1) >>> 1;
      if (holds(group.blocks[middle] as number)) low = middle;
      else high = middle - 1;
    }
    return group.blocks[low] as number;
  }

  /** The node of all in a block, or NONE. */
  nodeOf(block: number): number {
    if (this.nodeCount[block] === 0) this.countNode(block);
    return this.isOfOneNode(block) ? (this.node[block] as number) : NONE;
  }

  /** Somebody has entered a block. */
  entered(block: number, slot: number): void {
    const group = this.groupOf[block] as Group;
    const count = this.line.counts[block] as number;
    const step = this.roster.step(slot);
    const node = this.roster.int(slot, NODE);
    const wasOfOneNode = count > 1 && this.nodeCount[block] === count - 1;
    if (count === 1) {
      this.oldestCount[block] = this.nodeCount[block] = 0;
      this.oldest[block] = step;
      this.node[block] = node;
    }
    if (step < (this.oldest[block] as number)) {
      this.oldest[block] = step;
      this.oldestCount[block] = 0;
    }
    if (step === this.oldest[block]) (this.oldestCount[block] as number)++;
    if (node === this.node[block]) (this.nodeCount[block] as number)++;
    if (step < group.second || this.isOfOneNode(block) !== wasOfOneNode) this.stain(group);
  }

  /** Somebody has left a block, in which others are. */
  left(block: number, slot: number): void {
    const wasOfOneNode = this.nodeCount[block] === (this.line.counts[block] as number) + 1;
    if (this.roster.int(slot, NODE) === this.node[block]) (this.nodeCount[block] as number)--;
    if (this.roster.step(slot) === this.oldest[block] && --(this.oldestCount[block] as number) === 0) this.recount(block);
    else if (this.nodeCount[block] === 0 || this.isOfOneNode(block) !== wasOfOneNode) this.stain(this.groupOf[block] as Group);
  }

  /** A block in which somebody is was filled or emptied by the line itself. */
  recount(block: number): void {
    const { line, roster } = this;
    let oldest = Number.POSITIVE_INFINITY;
    let count = 0;
    for (let at = line.starts[block] as number; at <= line.lastOf(block); at++) {
      const since = roster.step(line.slotAt(at));
      if (since < oldest) {
        oldest = since;
        count = 0;
      }
      if (since === oldest) count++;
    }
    this.oldest[block] = oldest;
    this.oldestCount[block] = count;
    this.node[block] = NONE;
    this.nodeCount[block] = 0;
    this.stain(this.groupOf[block] as Group);
  }

  private countNode(block: number): void {
    const { line, roster } = this;
    const start = line.starts[block] as number;
    const node = roster.int(line.slotAt(start), NODE);
    let count = 0;
    for (let at = start; at <= line.lastOf(block); at++) if (roster.int(line.slotAt(at), NODE) === node) count++;
    this.node[block] = node;
    this.nodeCount[block] = count;
  }

  /** A block is new, behind this one, or the only one. */
  add(block: number, behind: number): void {
    if (behind === NONE) {
      this.insert(groupWith([block]), 0);
      return;
    }
    const group = this.groupOf[behind] as Group;
    const at = indexIn(group, behind) + 1;
    if (at === MOST_IN_GROUP) {
      // At the end of a full group the next ones will come, too.
      this.insert(groupWith([block]), group.index + 1);
      return;
    }
    if (group.count === MOST_IN_GROUP) {
      this.halve(group);
      this.add(block, behind);
      return;
    }
    const { blocks } = group;
    for (let to = group.count++; to > at; to--) blocks[to] = blocks[to - 1] as number;
    blocks[at] = block;
    this.stain(group);
    this.groupOf[block] = group;
  }

  /** A block is no more. */
  drop(block: number): void {
    const group = this.groupOf[block] as Group;
    const { blocks } = group;
    group.count--;
    for (let at = indexIn(group, block); at < group.count; at++) blocks[at] = blocks[at + 1] as number;
    this.stain(group);
    if (group.count > 0) return;
    this.since.copyWithin(group.index, group.index + 1, this.list.length);
    this.list.splice(group.index, 1);
    this.reindex(group.index);
  }

  grow(blocks: number): void {
    this.oldest = grown(this.oldest, new Float64Array(blocks));
    this.oldestCount = grown(this.oldestCount, new Int32Array(blocks));
    this.node = grown(this.node, new Int32Array(blocks));
    this.nodeCount = grown(this.nodeCount, new Int32Array(blocks));
  }

  private isOfOneNode(block: number): boolean {
    return this.nodeCount[block] === this.line.counts[block];
  }

  private halve(group: Group): void {
    group.count = MOST_IN_GROUP >> 1;
    this.stain(group);
    this.insert(groupWith(group.blocks.subarray(group.count)), group.index + 1);
  }

  private insert(group: Group, index: number): void {
    for (let at = 0; at < group.count; at++) this.groupOf[group.blocks[at] as number] = group;
    if (this.list.length === this.since.length) this.since = grown(this.since, new Float64Array(largerThan(this.since.length)));
    this.since.copyWithin(index + 1, index, this.list.length);
    this.list.splice(index, 0, group);
    this.reindex(index);
    this.stain(group);
  }

  private reindex(from: number): void {
    for (let index = from; index < this.list.length; index++) (this.list[index] as Group).index = index;
  }

  private freshen(group: Group): void {
    let since = Number.POSITIVE_INFINITY;
    group.second = Number.POSITIVE_INFINITY;
    group.node = this.nodeOf(firstOf(group));
    for (let at = 0; at < group.count; at++) {
      const block = group.blocks[at] as number;
      const oldest = this.oldest[block] as number;
      if (oldest < since) {
        group.second = since;
        group.eldest = at;
        since = oldest;
      } else if (oldest < group.second) group.second = oldest;
      if (group.node !== NONE && this.nodeOf(block) !== group.node) group.node = NONE;
    }
    this.since[group.index] = since;
  }
}

export const firstOf = (group: Group): number => group.blocks[0] as number;
const lastOf = (group: Group): number => group.blocks[group.count - 1] as number;

/** Where a block is in its group; mostly it is the one of the oldest waiter that is asked for. */
export const placeIn = (group: Group, block: number): number =>
  group.blocks[group.eldest] === block ? group.eldest : indexIn(group, block);

/** A short loop: the arrays' own methods cost more than they do here. */
function indexIn({ blocks }: Group, block: number): number {
  let at = 0;
  while (blocks[at] !== block) at++;
  return at;
}

function groupWith(blocks: ArrayLike<number>): Group {
  const group: Group = {
    blocks: new Int32Array(MOST_IN_GROUP),
    count: blocks.length,
    index: 0,
    eldest: 0,
    second: STALE,
    node: NONE,
  };
  group.blocks.set(blocks);
  return group;
}
