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
 * The wait from the rate of arrivals and how many of them are near. Until t seconds from now rate · t newcomers are expected, spread evenly;
 * one who came s seconds from now is in reach by then when the difference is within the pools of (waited + t) and (t − s). So the
 * number expected in reach is N(t) = rate · ∫ share(pool(waited + t) + pool(t − s)) ds, share being that of the last arrivals; somebody
 * is there with the chance 1 − exp(−N(t)), as of a Poisson process. Who waits already is in reach at `latest` at the latest.
 * Others may be quicker: p90 does not count on who waits already. That they may also be quicker to take a newcomer is left out.
 */
export function estimateOf(of: EstimateOf): Estimate {
  return { median: secondsUntil(Math.log(2), of), p90: secondsUntil(Math.log(10), { ...of, latest: null }) };
}

/** How many moments of arrival stand for all. */
const MOMENTS = 32;

/** In how many seconds so many newcomers are expected in reach, or somebody who waits already is; null: not within an hour. */
function secondsUntil(many: number, of: EstimateOf): number | null {
  const { latest } = of;
  let low = 0;
  let high = latest ?? HOUR_S;
  if (latest === null && !(expectedWithin(high, of) >= many)) return null;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (expectedWithin(middle, of) >= many) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** How many newcomers are expected in reach after so many seconds. */
function expectedWithin(seconds: number, { elo, waited, nowMs, pool, arrivals }: EstimateOf): number {
  let share = 0;
  for (let moment = 0; moment < MOMENTS; moment++) {
    const theirs = Math.floor((seconds * STEPS_A_SECOND * (moment + 0.5)) / MOMENTS);
    share += arrivals.shareWithin(elo * 64, pool.reach64(waited + seconds * STEPS_A_SECOND, theirs)) ?? 0;
  }
  return (arrivals.rate(nowMs) * seconds * share) / MOMENTS;
}
