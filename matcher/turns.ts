/**
 * Turn order: the pure heart of the battle actor. Every entry of a match's log has its turn number (1, 2, 3 …).
 *
 *   current ── the expected one ──► current
 *      │  └─ an older one (duplicate, dropped) ──► current
 *      └─ a later one ──► catching up ── all up to it applied ──► current
 *
 * Gap = number − expected. 1 to 3 are fetched quietly; more than 3 is exceeded, once per gap, none further until caught up;
 * the third exceeded gap of a battle is a time-out.
 */

/** The largest gap that is fetched without a word. */
export const QUIET_GAP = 3;
/** So many exceeded gaps end the battle. */
export const EXCEEDED_LIMIT = 3;

export type Verdict =
  | { readonly kind: 'expected' }
  | { readonly kind: 'duplicate' }
  /** Turns `from` to `to` are missing before this one can be applied. */
  | { readonly kind: 'gap'; readonly from: number; readonly to: number; readonly exceeded: boolean };

export class TurnOrder {
  private next = 1;
  private upTo = 0;
  private inExceededGap = false;
  private exceededGaps = 0;
  private duplicatesSeen = 0;

  /** The turn number that is applied next. */
  get expected(): number {
    return this.next;
  }

  get duplicates(): number {
    return this.duplicatesSeen;
  }

  get exceeded(): number {
    return this.exceededGaps;
  }

  /** Has the battle lost its turn order so often that it counts as timed out? */
  get timedOut(): boolean {
    return this.exceededGaps >= EXCEEDED_LIMIT;
  }

  /** Judges a turn number that arrived. */
  arrived(turn: number): Verdict {
    const gap = turn - this.next;
    if (gap < 0) {
      this.duplicatesSeen++;
      return { kind: 'duplicate' };
    }
    if (gap === 0) return { kind: 'expected' };
    const exceeded = gap > QUIET_GAP && !this.inExceededGap;
    if (exceeded) {
      this.inExceededGap = true;
      this.exceededGaps++;
    }
    this.upTo = Math.max(this.upTo, turn);
    return { kind: 'gap', from: this.next, to: turn - 1, exceeded };
  }

  /** What was said to be missing does not exist: an exceeded gap that was none. */
  retract(): void {
    this.exceededGaps--;
    this.caughtUp();
  }

  /** A turn was applied. Throws when it is not the expected one: an invariant of the caller. */
  applied(turn: number): void {
    if (turn !== this.next) throw new Error(`matcher: turn ${turn} applied, ${this.next} expected`);
    this.next++;
    if (this.next > this.upTo) this.caughtUp();
  }

  /** Everything that the log has was applied: what was said to be beyond it does not exist. */
  caughtUp(): void {
    this.upTo = 0;
    this.inExceededGap = false;
  }
}
