/** Pool difference: how far from its own Elo an actor accepts an opponent, as a function of waiting time. */
import { exact, STEP_MS } from './actor.ts';

export interface PoolOptions {
  /** Pool difference at 0 s, in Elo. */
  readonly base: number;
  /** Elo by which the growth is multiplied. */
  readonly scale: number;
  /** Factor of growth per period. */
  readonly growth: number;
  /** Length of a period in seconds. */
  readonly period: number;
  readonly curve: 'exponential' | 'linear' | 'none';
  /** Largest pool difference, in Elo. */
  readonly max: number;
}

/** No pool is larger than this, whatever the options say. */
export const POOL_CLAMP = 1_000_000;

/** Pool difference in Elo after `steps` steps of 1/20 s in the queue; a multiple of 1/64. */
export type Pool = (steps: number) => number;

/**
 * `pool(w) = base + scale · (growth^(w / period) − 1)` with w in seconds; the linear curve meets the exponential one
 * at 0 and at one period. Never shrinks with waiting time (a negative waiting time counts as 0).
 */
export function poolOf(options: PoolOptions): Pool {
  const { base, scale, growth, period, curve } = options;
  const max = Math.min(options.max, POOL_CLAMP);
  const known: number[] = [];
  const compute = (steps: number): number => {
    const periods = (steps * STEP_MS) / 1000 / period;
    const grown = curve === 'exponential' ? growth ** periods - 1 : curve === 'linear' ? (growth - 1) * periods : 0;
    // The growth may be beyond all numbers, and no scale at all is still no growth.
    return exact(Math.min(max, base + (scale === 0 ? 0 : scale * grown)));
  };
  return (steps) => {
    const whole = Math.max(0, Math.floor(steps));
    if (whole >= KNOWN_STEPS) return compute(whole);
    for (let next = known.length; next <= whole; next++) known.push(compute(next));
    return known[whole] as number;
  };
}

/** Pools of the first ten minutes are looked up, later ones computed: the table is bounded. */
const KNOWN_STEPS = (10 * 60 * 1000) / STEP_MS;
