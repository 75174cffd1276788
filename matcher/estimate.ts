/** How long an actor is going to wait. */
import { STEP_MS } from './actor.ts';
import type { Arrivals } from './arrivals.ts';
import type { Pool } from './pool.ts';

/** In how many seconds an opponent is found, at even odds and at 9 to 1; null: unknown, or not within an hour. */
export interface Estimate {
  readonly median: number | null;
  readonly p90: number | null;
}

export interface EstimateOf {
  readonly elo: number;
  /** Steps waited so far. */
  readonly waited: number;
  /** Bus time in ms. */
  readonly nowMs: number;
  /** Seconds until somebody who waits already is in reach, or null. */
  readonly latest: number | null;
  readonly pool: Pool;
  readonly arrivals: Arrivals;
}

const STEPS_A_SECOND = 1000 / STEP_MS;
const HOUR_S = 3600;

/**
 * In how many seconds two that have waited so many steps reach one another, null: not within an hour. Pools only grow, so it is found by
 * halving.
 */
export function secondsUntilReach(pool: Pool, difference: number, waitedA: number, waitedB: number): number | null {
  const reaches = (seconds: number): boolean => {
    const more = seconds * STEPS_A_SECOND;
    return difference * 64 < pool.reach64(waitedA + more, waitedB + more);
  };
  if (!reaches(HOUR_S)) return null;
  let low = 0;
  let high = HOUR_S;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (reaches(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The wait from the rate of arrivals and how many of them are near: in each second to come, somebody new is within reach with a chance
 * of rate × (share of the last arrivals within pool(waited) + pool(0)); and who waits already is, at the latest, when ranges overlap.
 * A Poisson process whose rate grows with the pool. That others may be quicker to take a newcomer is left out, so it is rather
 * too short where many wait at one Elo.
 */
export function estimateOf({ elo, waited, nowMs, latest, pool, arrivals }: EstimateOf): Estimate {
  const rate = arrivals.rate(nowMs);
  let [hazard, share, reach] = [0, 0, Number.NaN];
  let median: number | null = null;
  for (let second = 0; second <= HOUR_S; second++) {
    const after = 1 - Math.exp(-hazard);
    if (median === null && (after >= 0.5 || (latest !== null && second >= latest))) median = second;
    if (after >= 0.9 || (latest !== null && second >= latest)) return { median, p90: second };
    const grown = pool.reach64(waited + second * STEPS_A_SECOND, 0);
    if (grown !== reach) {
      const known = arrivals.shareWithin(elo * 64, grown);
      if (known === undefined && latest === null) return { median: null, p90: null };
      [share, reach] = [known ?? 0, grown];
    }
    hazard += rate * share;
  }
  return { median, p90: null };
}
