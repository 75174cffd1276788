/** The clocks of a simulated world: true time, each server's own, which runs a little fast or slow and stands still with it, and the store's, which jumps. */
import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';
import { type Due, VirtualTime } from '../../../scripts/virtual-time.ts';

/** What a server goes by never jumps; what its machine shows may be set. While the server stands still nothing of it runs; what is due then runs afterwards, in order. */
export class ServerClock extends VirtualTime {
  private readonly true_: VirtualTime;
  private readonly offsetMs: number;
  private readonly rate: number;
  private readonly held: Pick<Due, 'run'>[] = [];
  private stillUntil = 0;
  /** By how much what the machine shows was set so far. */
  setBy = 0;
  private isOver = false;

  /** @param rate 1.001: a thousandth too fast */
  constructor(true_: VirtualTime, offsetMs: number, rate: number) {
    super();
    this.true_ = true_;
    this.offsetMs = offsetMs;
    this.rate = rate;
  }

  override now(): number {
    return this.offsetMs + this.true_.now() * this.rate;
  }

  /** What the machine shows. */
  wall(): number {
    return this.offsetMs + this.true_.now() * this.rate + this.setBy;
  }

  set(byMs: number): void {
    this.setBy += byMs;
  }

  override enter(delay: number, run: () => void): Due {
    return this.true_.enter(delay / this.rate, run, this);
  }

  /** Something comes in from outside. */
  receive(run: () => void): void {
    if (this.standsStill || this.held.length > 0) this.due({ run });
    else if (!this.isOver) run();
  }

  get standsStill(): boolean {
    return this.true_.now() < this.stillUntil;
  }

  standStill(forMs: number): void {
    const until = this.true_.now() + forMs;
    if (until <= this.stillUntil) return;
    this.stillUntil = until;
    this.true_.after(forMs, () => this.goOn());
  }

  /** When it last stood still, in virtual ms. */
  get stoodStillAt(): number {
    return Math.min(this.stillUntil, this.true_.now());
  }

  goOnNow(): void {
    this.stillUntil = this.stoodStillAt;
    this.goOn();
  }

  /** The server is gone: nothing of it ever runs again. */
  end(): void {
    this.isOver = true;
    this.held.length = 0;
  }

  due(entry: Pick<Due, 'run'>): void {
    if (this.isOver) return;
    if (this.standsStill || this.held.length > 0) this.held.push(entry);
    else entry.run?.();
  }

  private goOn(): void {
    while (!this.standsStill && !this.isOver) {
      const entry = this.held.shift();
      if (!entry) return;
      entry.run?.();
    }
  }
}

/** An action that is over as soon as it has begun. */
const AT_ONCE = Subscription.EMPTY as SchedulerAction<never>;

/** The store's clock is that of a machine: it may be set. What the store does it does at once: the network takes the time. */
export class StoreClock implements SchedulerLike {
  private readonly true_: VirtualTime;
  private ahead: number;
  /** When it was set, in virtual ms, and by how much. */
  private readonly jumps: { readonly at: number; readonly ms: number }[] = [];

  constructor(true_: VirtualTime, startMs: number) {
    this.true_ = true_;
    this.ahead = startMs;
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    if (delay > 0) return this.true_.schedule(work as (this: SchedulerAction<T>, state: T) => void, delay, state as T);
    work.call(AT_ONCE as unknown as SchedulerAction<T>, state);
    return Subscription.EMPTY;
  }

  now(): number {
    return this.true_.now() + this.ahead;
  }

  jump(byMs: number): void {
    this.ahead += byMs;
    this.jumps.push({ at: this.true_.now(), ms: Math.abs(byMs) });
  }

  /** By how much it was set since then, all in all. */
  jumpedSince(at: number): number {
    let sum = 0;
    for (const jump of this.jumps) if (jump.at >= at) sum += jump.ms;
    return sum;
  }

  get jumpedAt(): number {
    return this.jumps.at(-1)?.at ?? 0;
  }
}
