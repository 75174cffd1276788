/**
 * A scheduler of virtual time: what is due runs in order of time, equal times in order of scheduling, as fast as it goes.
 * (RxJS's own sorts its whole list at every schedule.)
 */
import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';
import TinyQueue from 'tinyqueue';

interface Entry {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

export class VirtualTime implements SchedulerLike {
  private time: number;
  private order = 0;
  private readonly queue = new TinyQueue<Entry>([], (a, b) => a.at - b.at || a.order - b.order);

  /** @param startMs what `now()` says at first */
  constructor(startMs = 0) {
    this.time = startMs;
  }

  now(): number {
    return this.time;
  }

  schedule<T>(
    work: ((this: SchedulerAction<T>, state: T) => void) | ((this: SchedulerAction<T>, state?: T) => void),
    delay = 0,
    state?: T,
  ): Subscription {
    const action = new VirtualAction<T>(this, work as (this: SchedulerAction<T>, state?: T) => void);
    return action.schedule(state, delay);
  }

  /** Runs `run` in `delay` ms; the returned function takes it back. */
  after(delay: number, run: () => void): () => void {
    const entry: Entry = { at: this.time + Math.max(0, delay), order: this.order++, run };
    this.queue.push(entry);
    return () => {
      entry.run = undefined;
    };
  }

  /** When the next thing is due, or undefined when nothing is. */
  get nextAt(): number | undefined {
    while (this.queue.peek() && !this.queue.peek()?.run) this.queue.pop();
    return this.queue.peek()?.at;
  }

  /** Runs the next thing that is due, moving the time to it; false when there is nothing. */
  step(): boolean {
    if (this.nextAt === undefined) return false;
    const { at, run } = this.queue.pop() as Entry;
    this.time = at;
    run?.();
    return true;
  }

  /** Runs everything that is due up to `untilMs`, and moves the time there. */
  runUntil(untilMs: number): void {
    for (let at = this.nextAt; at !== undefined && at <= untilMs; at = this.nextAt) this.step();
    this.time = Math.max(this.time, untilMs);
  }
}

class VirtualAction<T> extends Subscription implements SchedulerAction<T> {
  private cancel: (() => void) | undefined;
  private readonly time: VirtualTime;
  private readonly work: (this: SchedulerAction<T>, state?: T) => void;

  constructor(time: VirtualTime, work: (this: SchedulerAction<T>, state?: T) => void) {
    super();
    this.time = time;
    this.work = work;
    this.add(() => this.cancel?.());
  }

  schedule(state?: T, delay = 0): Subscription {
    if (this.closed) return this;
    this.cancel?.();
    this.cancel = this.time.after(delay, () => {
      this.cancel = undefined;
      this.work(state);
      // Work that did not schedule itself again is over.
      if (this.cancel === undefined) this.unsubscribe();
    });
    return this;
  }
}
