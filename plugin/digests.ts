/**
 * Digests of the battle's state, by the turn after which each is taken: those that this side's host gives, and those that the entries of the log carry.
 * The first turn after which two differ is where the two battles part.
 */

export interface State {
  readonly after: number;
  readonly digest: string;
}

export class Digests {
  private readonly own = new Map<number, string>();
  /** What was said of states that the own host has not reached, or not given. */
  private readonly claims = new Map<number, string[]>();
  private newestOwn: State = { after: 0, digest: '' };
  private hasParted = false;

  /** The newest state that the own host gave, or an empty digest. */
  get newest(): State {
    return this.newestOwn;
  }

  /** The own host's digest after a turn. Returns whether this is the first difference. */
  computed(after: number, digest: string): boolean {
    if (this.own.has(after)) return false;
    this.own.set(after, digest);
    if (after > this.newestOwn.after) this.newestOwn = { after, digest };
    const claims = this.claims.get(after) ?? [];
    this.claims.delete(after);
    return claims.some((claim) => claim !== digest) && this.part();
  }

  /** What the entry `turn` of the log says of the state after an earlier one. Returns whether this is the first difference. */
  claimed(turn: number, { after, digest }: State): boolean {
    if (digest === '' || after >= turn) return false;
    const own = this.own.get(after);
    if (own !== undefined) return own !== digest && this.part();
    const claims = this.claims.get(after);
    // Two sides have one claim each at most that matters.
    if (!claims) this.claims.set(after, [digest]);
    else if (!claims.includes(digest) && claims.length < 2) claims.push(digest);
    return false;
  }

  private part(): boolean {
    const isFirst = !this.hasParted;
    this.hasParted = true;
    return isFirst;
  }
}
