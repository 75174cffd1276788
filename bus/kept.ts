/** How long is kept what is over, in ms. Whoever ends it says so: buses of one realm may differ. */
export interface KeptTimes {
  /** A removed ticket, which cannot be added again meanwhile. */
  readonly ticketsMs: number;
  /** A match and its log, after its end. */
  readonly matchesMs: number;
}
export const KEPT_TIMES: KeptTimes = { ticketsMs: 600_000, matchesMs: 3_600_000 };
