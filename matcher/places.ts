/** Places in a line: block · 32 + index in the block. */

/** No slot, no place, no block, no node. */
export const NONE = -1;

export const BLOCK_SHIFT = 5;
export const MOST_IN_BLOCK = 1 << BLOCK_SHIFT;

/** The blocks of a line. */
export interface Blocks {
  /** By block: the place of its first, and how many are in it. Other arrays when the line has grown. */
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  slotAt(place: number): number;
  /** The last place of a block. */
  lastOf(block: number): number;
}
