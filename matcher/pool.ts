/** Pool difference: how far from its own Elo an actor accepts an opponent, as a function of waiting time. */
import { STEP_MS } from './actor.ts';
import { grown } from './roster.ts';

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
const FIRST_STEPS = 256;
const UNKNOWN = -1;

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
  /** By steps: pool difference in 1/64, where it was asked for, else UNKNOWN. */
  private known = new Int32Array(FIRST_STEPS).fill(UNKNOWN);
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
    const known = steps >= 0 && steps < this.known.length ? (this.known[steps] as number) : UNKNOWN;
    return known === UNKNOWN ? this.find(steps) : known;
  }

  /** Below which difference, in 1/64 of Elo, two reach one another that have been in the queue for so many steps. */
  reach64(waitedA: number, waitedB: number): number {
    return this.isMean ? 2 * this.in64(Math.floor((waitedA + waitedB) / 2)) : this.in64(waitedA) + this.in64(waitedB);
  }

  /** Adaptive pools are as wide from now on as so many arrivals a second ask for. */
  adapt(rate: number): void {
    const width = this.options.adaptive ? Math.min(WIDEST, Math.max(1, Math.sqrt(BUSY_RATE / rate))) : 1;
    if (width === this.width) return;
    this.width = width;
    this.known.fill(UNKNOWN);
  }

  private find(steps: number): number {
    if (steps < 0) return this.in64(0);
    if (steps >= KNOWN_STEPS) return this.compute(steps);
    if (steps >= this.known.length)
      this.known = grown(this.known, new Int32Array(Math.min(KNOWN_STEPS, 2 * steps + 1)).fill(UNKNOWN));
    const found = this.compute(steps);
    this.known[steps] = found;
    return found;
  }

  private compute(steps: number): number {
    const { base, scale, growth, period, curve } = this.options;
    const root = Math.sqrt(this.width);
    const periods = (steps * STEP_MS) / 1000 / (root * period);
    const grown = curve === 'exponential' ? growth ** periods - 1 : curve === 'linear' ? (growth - 1) * periods : 0;
    // The growth may be beyond all numbers, and no scale at all is still no growth.
    return Math.round(Math.min(this.max, this.width * base + (scale === 0 ? 0 : root * scale * grown)) * 64);
  }
}
