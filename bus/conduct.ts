/** How players and nodes have behaved, and when that keeps them out of the queues for a while: matches without a result, offers declined. */

/** More voids than that within the window, and somebody is barred. */
export interface VoidRules {
  /** Of a player. */
  readonly max: number;
  /** Of all players of a node together. */
  readonly nodeMax: number;
  readonly windowMs: number;
  readonly barMs: number;
}

/** Who declines an offer, or does not answer it, rests; longer each time, until it fades. */
export interface DeclineRules {
  /** After the first time; 0: nobody rests. */
  readonly restMs: number;
  /** By how much each rest is longer than the one before it. */
  readonly growth: number;
  readonly mostMs: number;
  /** How long it takes for one of them to be forgotten. */
  readonly fadeMs: number;
}

const HOUR_MS = 3_600_000;

export const voidsText = (most: number, { windowMs }: VoidRules): string =>
  `more than ${most} matches without a result within ${windowMs / HOUR_MS} h`;

export const DECLINES_TEXT = 'offers were declined or not answered';
