/** Seeded randomness: a seed and a label give a stream of numbers of its own, the same in every run. */
import { createHash } from 'node:crypto';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

export interface Random {
  /** A whole number from `from` to `to`, both included. */
  integer(from: number, to: number): number;
  /** At least 0, below 1. */
  fraction(): number;
  normal(mean: number, deviation: number): number;
  exponential(mean: number): number;
}

/** Hex digits that depend on the seed and label alone. */
export const hashOf = (...parts: readonly (string | number)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

export function randomOf(seed: string | number, label: string): Random {
  const hash = createHash('sha256')
    .update(JSON.stringify([seed, label]))
    .digest();
  const state = [0, 4, 8, 12].map((offset) => hash.readInt32LE(offset));
  const generator = xoroshiro128plusFromState(state);
  const fraction = (): number => uniformInt(generator, 0, 0xffffffff) / 0x100000000;
  return {
    integer: (from, to) => uniformInt(generator, from, to),
    fraction,
    // Box and Muller, 1958; 1 − fraction is never 0.
    normal: (mean, deviation) =>
      mean + deviation * Math.sqrt(-2 * Math.log(1 - fraction())) * Math.cos(2 * Math.PI * fraction()),
    exponential: (mean) => -mean * Math.log(1 - fraction()),
  };
}
