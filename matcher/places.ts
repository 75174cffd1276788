/** Places in a line: block · 32 + index in the block. */

/** No slot, no place, no block, no node. */
export const NONE = -1;

export const BLOCK_SHIFT = 5;
export const MOST_IN_BLOCK = 1 << BLOCK_SHIFT;

/** The blocks of a line. The arrays are other ones when it has grown. */
export interface Blocks {
  /** By place. */
  readonly slots: Int32Array;
  /** By block: the place of its first, and how many are in it. */
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** The last place of a block. */
  lastOf(block: number): number;
}
