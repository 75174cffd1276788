/**
 * Arrivals: how many actors enter a queue a second, and of which Elo, from the last ones that did. Only who comes while this leader
 * leads is counted: whom it loaded and who comes back say nothing of the rate.
 */

/** A number of arrivals, not a length of time, fits one in a minute as well as five in a second. */
const LAST_TIMES = 32;
const LAST_ELOS = 256;
/** Before anything is known: as if one had come in the quarter of a second before, which is a busy queue. */
const ASSUMED_S = 0.25;

export class Arrivals {
  /** Bus time in ms of the leader's first step. */
  private since: number | undefined;
  private readonly times = new Float64Array(LAST_TIMES);
  /** In 1/64. */
  private readonly elos = new Int32Array(LAST_ELOS);
  private count = 0;

  /** The leader's first step is at this bus time (ms); later ones change nothing. */
  begin(nowMs: number): void {
    this.since ??= nowMs;
  }

  /** Somebody of this Elo (in 1/64) has entered who was first considered at this bus time (ms). */
  note(firstConsidered: number, elo: number): void {
    if (this.since === undefined || firstConsidered < this.since) return;
    this.times[this.count % LAST_TIMES] = firstConsidered;
    this.elos[this.count % LAST_ELOS] = elo;
    this.count++;
  }

  /** Arrivals a second. */
  rate(nowMs: number): number {
    const { since = nowMs, count } = this;
    if (count < LAST_TIMES) return (1 + count) / (ASSUMED_S + Math.max(0, nowMs - since) / 1000);
    return LAST_TIMES / Math.max(0.001, (nowMs - (this.times[count % LAST_TIMES] as number)) / 1000);
  }

  /** Which share of the last arrivals was nearer to an Elo than this (in 1/64); undefined when there were none. */
  shareWithin(elo: number, difference: number): number | undefined {
    const known = Math.min(this.count, LAST_ELOS);
    if (known === 0) return undefined;
    let near = 0;
    for (let index = 0; index < known; index++) if (Math.abs((this.elos[index] as number) - elo) < difference) near++;
    // Laplace's rule: that nobody came does not say that nobody will.
    return (near + 0.5) / (known + 1);
  }
}
