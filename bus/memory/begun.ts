/** How many matches began, by queue and minute. */

const MINUTE_MS = 60_000;
const MINUTES = 10;

export class Begun {
  /** By queue: the minute of each match that began, oldest first, and how many did. */
  private readonly minutes = new Map<string, { readonly minute: number; count: number }[]>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  count(queue: string): void {
    const minute = this.minute();
    const kept = this.kept(queue);
    const last = kept.at(-1);
    if (last?.minute === minute) last.count++;
    else kept.push({ minute, count: 1 });
    this.minutes.set(queue, kept);
  }

  lately(queue: string): number {
    return this.kept(queue).reduce((sum, { count }) => sum + count, 0);
  }

  private kept(queue: string) {
    return (this.minutes.get(queue) ?? []).filter(({ minute }) => minute > this.minute() - MINUTES);
  }

  private minute(): number {
    return Math.floor(this.now() / MINUTE_MS);
  }
}
