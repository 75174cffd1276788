/** Groups of at most 64 blocks of a line: for finding a block, and what is known of blocks and groups as a whole. */
import { type Blocks, NONE } from './places.ts';
import { grown, NODE, type Roster } from './roster.ts';

const MOST_IN_GROUP = 64;

export interface Group {
  /** In order. */
  readonly blocks: Int32Array;
  count: number;
  /** Place in the list of groups. */
  index: number;
  /** First-considered step of its oldest waiter. */
  oldest: number;
  /** The node of all in it, or NONE. */
  node: number;
  /** Are `oldest` and `node` to be computed anew? */
  stale: boolean;
}

export class Groups {
  readonly list: Group[] = [];
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
    return this.fresh(this.groupOf[block] as Group);
  }

  /** A group of the list, with what is known of it. */
  fresh(group: Group): Group {
    if (group.stale) this.freshen(group);
    return group;
  }

  isIn(block: number, group: Group): boolean {
    return this.groupOf[block] === group;
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
    if (step < group.oldest) group.oldest = step;
    if (this.isOfOneNode(block) !== wasOfOneNode) group.stale = true;
  }

  /** Somebody has left a block, in which others are. */
  left(block: number, slot: number): void {
    const wasOfOneNode = this.nodeCount[block] === (this.line.counts[block] as number) + 1;
    if (this.roster.int(slot, NODE) === this.node[block]) (this.nodeCount[block] as number)--;
    if (this.roster.step(slot) === this.oldest[block] && --(this.oldestCount[block] as number) === 0) this.recount(block);
    else if (this.nodeCount[block] === 0 || this.isOfOneNode(block) !== wasOfOneNode)
      (this.groupOf[block] as Group).stale = true;
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
    (this.groupOf[block] as Group).stale = true;
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
    group.stale = true;
    this.groupOf[block] = group;
  }

  /** A block is no more. */
  drop(block: number): void {
    const group = this.groupOf[block] as Group;
    const { blocks } = group;
    group.count--;
    for (let at = indexIn(group, block); at < group.count; at++) blocks[at] = blocks[at + 1] as number;
    group.stale = true;
    if (group.count > 0) return;
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
    group.stale = true;
    this.insert(groupWith(group.blocks.subarray(group.count)), group.index + 1);
  }

  private insert(group: Group, index: number): void {
    for (let at = 0; at < group.count; at++) this.groupOf[group.blocks[at] as number] = group;
    this.list.splice(index, 0, group);
    this.reindex(index);
  }

  private reindex(from: number): void {
    for (let index = from; index < this.list.length; index++) (this.list[index] as Group).index = index;
  }

  private freshen(group: Group): void {
    group.oldest = Number.POSITIVE_INFINITY;
    group.node = this.nodeOf(firstOf(group));
    for (let at = 0; at < group.count; at++) {
      const block = group.blocks[at] as number;
      if ((this.oldest[block] as number) < group.oldest) group.oldest = this.oldest[block] as number;
      if (group.node !== NONE && this.nodeOf(block) !== group.node) group.node = NONE;
    }
    group.stale = false;
  }
}

export const firstOf = (group: Group): number => group.blocks[0] as number;
export const lastOf = (group: Group): number => group.blocks[group.count - 1] as number;

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
    oldest: 0,
    node: NONE,
    stale: true,
  };
  group.blocks.set(blocks);
  return group;
}
