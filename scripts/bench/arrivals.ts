/** Who comes to a queue, when, of what Elo, and how long each is willing to wait. The same for every method that is compared. */
import { exact } from '../../matcher/index.ts';
import { randomOf } from '../random.ts';

export const MEAN_ELO = 1500;
export const DEVIATION = 300;
/** Mean patience in seconds. */
export const PATIENCE = 600;

export interface Arrival {
  /** Bus time in ms. */
  readonly at: number;
  /** A multiple of 1/64. */
  readonly elo: number;
  /** Who is not matched by this bus time, in ms, leaves. */
  readonly leavesAt: number;
}

/**
 * Poisson arrivals in order of time, Elo normal, patience exponential.
 *
 * @param rate arrivals a second
 */
export function arrivalsOf(rate: number, actors: number, seed: number): Arrival[] {
  const random = randomOf(seed, `arrivals at ${rate}/s`);
  let seconds = 0;
  return Array.from({ length: actors }, () => {
    seconds += random.exponential(1 / rate);
    const at = Math.round(seconds * 1000);
    const elo = exact(random.normal(MEAN_ELO, DEVIATION));
    return { at, elo, leavesAt: at + Math.ceil(random.exponential(PATIENCE) * 1000) };
  });
}

/** Beyond two standard deviations: few opponents anywhere near. */
export const isOutlier = ({ elo }: Arrival): boolean => Math.abs(elo - MEAN_ELO) > 2 * DEVIATION;
