/** Everything that goes wrong passes here, is counted, and after so many goes wrong no more: so a run can be had with fewer of the same faults. */
import type { Named } from './options.ts';

export interface Fault {
  /** Virtual ms. */
  readonly at: number;
  readonly what: Named;
  readonly whom: string;
}

export class Faults {
  /** The newest ones. */
  readonly happened: Fault[] = [];
  count = 0;
  private readonly most: number;
  private readonly without: ReadonlySet<Named>;
  private readonly now: () => number;
  private healed = false;
  /** When each server, or the store (`store`), last had any trouble. */
  private readonly trouble = new Map<string, number>();
  private readonly onFault: (fault: Fault) => void;

  constructor(now: () => number, most: number, without: ReadonlySet<Named>, onFault: (fault: Fault) => void) {
    this.now = now;
    this.most = most;
    this.without = without;
    this.onFault = onFault;
  }

  /** May this go wrong now? Then it does. */
  strikes(what: Named, whom: string): boolean {
    if (this.healed || this.count >= this.most || this.without.has(what)) return false;
    this.count++;
    const fault = { at: this.now(), what, whom };
    this.happened.push(fault);
    if (this.happened.length > 2000) this.happened.splice(0, 1000);
    this.onFault(fault);
    this.troubles(whom);
    return true;
  }

  /** Something is wrong there until so many ms from now. */
  troubles(whom: string, forMs = 0): void {
    this.trouble.set(whom, Math.max(this.trouble.get(whom) ?? 0, this.now() + forMs));
  }

  /** Since when a server, and the store, have had none. */
  calmSince(whom: string): number {
    return Math.max(this.trouble.get(whom) ?? 0, this.trouble.get('store') ?? 0);
  }

  heal(): void {
    this.healed = true;
  }

  get isHealed(): boolean {
    return this.healed;
  }
}
