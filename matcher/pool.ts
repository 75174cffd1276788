/** Pool difference: how far from its own Elo an actor accepts an opponent, as a function of waiting time. */
import { STEP_MS } from './actor.ts';

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
  /** Is the base made wider while few arrive, and narrower while many do? Default: false. */
  readonly adaptive?: boolean;
  /** Do two reach as far as the sum of their pools, or as two pools of their mean age? Default: sum. */
  readonly share?: 'sum' | 'mean';
}

/** No pool is larger than this, whatever the options say. */
export const POOL_CLAMP = 1_000_000;

/** Pools of the first ten minutes are looked up, later ones computed: the table is bounded. */
const KNOWN_STEPS = (10 * 60 * 1000) / STEP_MS;

/** How wide adaptive pools are at most, as a multiple of the base. */
const WIDEST = 15;
/** The rate, in arrivals a second, above which adaptive pools are as wide as plain ones. */
const BUSY_RATE = 4;

/**
 * `pool(w) = base + scale · (growth^(w / period) − 1)` with w in seconds; the linear curve meets the exponential one
 * at 0 and at one period. Never shrinks with waiting time (a negative waiting time counts as 0).
 *
 * Adaptive: with the width k = clamp(√(4 / rate), 1, 15), `pool(w) = k · base + √k · scale · (growth^(w / (√k · period)) − 1)`. To wait and
 * to differ cost the least together when both scale as 1 / √rate; the slope at the start stays the same. `npm run bench -- matcher`
 * shows what it gives.
 */
export class Pool {
  private readonly options: PoolOptions;
  private readonly max: number;
  /** Do two reach as far as two pools of their mean age, not as far as the sum of their pools? */
  readonly isMean: boolean;
  private readonly known: number[] = [];
  private width = 1;

  constructor(options: PoolOptions) {
    this.options = options;
    this.max = Math.min(options.max, POOL_CLAMP);
    this.isMean = options.share === 'mean';
  }

  /** Pool difference in Elo after so many steps of 1/20 s in the queue; a multiple of 1/64. */
  after(steps: number): number {
    return this.in64(Math.floor(steps)) / 64;
  }

  /** The same in 1/64, after a whole number of steps. */
  in64(steps: number): number {
    return this.width === 1 ? this.plain(steps) : this.widened(steps);
  }

  /** Below which difference, in 1/64 of Elo, two reach one another that have been in the queue for so many steps. */
  reach64(waitedA: number, waitedB: number): number {
    return this.isMean ? 2 * this.in64(Math.floor((waitedA + waitedB) / 2)) : this.in64(waitedA) + this.in64(waitedB);
  }

  /** Adaptive pools are as wide from now on as so many arrivals a second ask for. */
  adapt(rate: number): void {
    if (this.options.adaptive) this.width = Math.min(WIDEST, Math.max(1, Math.sqrt(BUSY_RATE / rate)));
  }

  private plain(steps: number): number {
    const { known } = this;
    const whole = steps > 0 ? steps : 0;
    if (whole < known.length) return known[whole] as number;
    if (whole >= KNOWN_STEPS) return this.compute(whole);
    for (let next = known.length; next <= whole; next++) known.push(this.compute(next));
    return known[whole] as number;
  }

  private widened(steps: number): number {
    const root = Math.sqrt(this.width);
    const base = this.plain(0);
    const grown = this.plain(Math.floor(steps / root)) - base;
    return Math.round(Math.min(this.max * 64, this.width * base + root * grown));
  }

  private compute(steps: number): number {
    const { scale, growth, period, curve } = this.options;
    const periods = (steps * STEP_MS) / 1000 / period;
    const grown = curve === 'exponential' ? growth ** periods - 1 : curve === 'linear' ? (growth - 1) * periods : 0;
    // The growth may be beyond all numbers, and no scale at all is still no growth.
    return Math.round(Math.min(this.max, this.options.base + (scale === 0 ? 0 : scale * grown)) * 64);
  }
}
