/** What a file of tests draws comes from one seed, which it prints: `JAEGER_SEED=… npm test -- <file>` draws the same again. */
import { randomOf } from '../scripts/random.ts';

export const SEED = process.env['JAEGER_SEED'] ?? String(Math.floor(Math.random() * 1e9));

const asked = new Map<string, number>();

/** Randomness for a bus: the seed's, and of those that ask under one label each has its own, as two servers would (a lease is known by what was drawn). */
export function drawn(label: string): () => number {
  const number = (asked.get(label) ?? 0) + 1;
  asked.set(label, number);
  const random = randomOf(SEED, `${label} ${number}`);
  return () => random.fraction();
}
