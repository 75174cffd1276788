/** Pairs that are not tried again for a while: they met, or one of them did not enter the challenge room. */

/** With more actors than this remembered, those whose time is over are looked for. */
const FIRST_SWEEP = 1024;

export class Avoided {
  /** By actor: the actors it avoids, and until when (bus time in ms). Each pair stands under both. */
  private readonly pairs = new Map<string, Map<string, number>>();
  private sweepAt = FIRST_SWEEP;

  get isEmpty(): boolean {
    return this.pairs.size === 0;
  }

  /** These two are not tried again before `untilMs`. */
  add(a: string, b: string, untilMs: number, nowMs: number): void {
    if (untilMs <= nowMs) return;
    this.put(a, b, untilMs, nowMs);
    this.put(b, a, untilMs, nowMs);
    if (this.pairs.size < this.sweepAt) return;
    for (const [actor, others] of this.pairs) this.forget(actor, others, nowMs);
    this.sweepAt = Math.max(FIRST_SWEEP, 2 * this.pairs.size);
  }

  /** Whom an actor avoids or has avoided, or undefined. */
  of(actor: string): ReadonlyMap<string, number> | undefined {
    return this.pairs.get(actor);
  }

  /** Are these two not to be tried now? */
  has(a: string, b: string, nowMs: number): boolean {
    return !this.isEmpty && (this.of(a)?.get(b) ?? nowMs) > nowMs;
  }

  private put(actor: string, other: string, untilMs: number, nowMs: number): void {
    const others = this.pairs.get(actor) ?? new Map<string, number>();
    this.forget(actor, others, nowMs);
    others.set(other, Math.max(untilMs, others.get(other) ?? 0));
    this.pairs.set(actor, others);
  }

  private forget(actor: string, others: Map<string, number>, nowMs: number): void {
    for (const [other, until] of others) if (until <= nowMs) others.delete(other);
    if (others.size === 0) this.pairs.delete(actor);
  }
}
