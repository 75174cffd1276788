/**
 * A scheduler of virtual time: what is due runs in order of time, equal times in order of scheduling, as fast as it goes.
 * (RxJS's own sorts its whole list at every schedule.)
 */
import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

/** Something that is due; without `run` it was taken back. */
export interface Due {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
  /** Whose turn it is when it is due, where that is not at once. */
  readonly gate: { due(entry: Due): void } | undefined;
}

export class VirtualTime implements SchedulerLike {
  private time: number;
  private order = 0;
  private readonly queue = new Heap();

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
    const entry = this.enter(delay, run);
    return () => {
      entry.run = undefined;
    };
  }

  /** The same at the cost of one object, whose `run` is taken away to take it back. */
  enter(delay: number, run: () => void, gate?: Due['gate']): Due {
    const entry: Due = { at: this.time + Math.max(0, delay), order: this.order++, run, gate };
    this.queue.push(entry);
    return entry;
  }

  /** When the next thing is due, or undefined when nothing is. */
  get nextAt(): number | undefined {
    return this.next()?.at;
  }

  /** Runs the next thing that is due, moving the time to it; false when there is nothing. */
  step(): boolean {
    const entry = this.next();
    if (entry) this.run(entry);
    return entry !== undefined;
  }

  /** Runs everything that is due up to `untilMs`, and moves the time there. */
  runUntil(untilMs: number): void {
    for (let entry = this.next(); entry !== undefined && entry.at <= untilMs; entry = this.next()) this.run(entry);
    this.time = Math.max(this.time, untilMs);
  }

  private next(): Due | undefined {
    let next = this.queue.first;
    while (next && !next.run) {
      this.queue.pop();
      next = this.queue.first;
    }
    return next;
  }

  /** It is the first. */
  private run(entry: Due): void {
    this.queue.pop();
    this.time = entry.at;
    if (entry.gate) entry.gate.due(entry);
    else entry.run?.();
  }
}

/** What is due, the first of it at hand. A world of servers does little else than this. */
class Heap {
  private readonly all: Due[] = [];

  get first(): Due | undefined {
    return this.all[0];
  }

  push(entry: Due): void {
    const { all } = this;
    let at = all.length;
    all.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = all[above] as Due;
      if (isBefore(parent, entry)) break;
      all[at] = parent;
      at = above;
    }
    all[at] = entry;
  }

  pop(): void {
    const { all } = this;
    const last = all.pop() as Due;
    const { length } = all;
    if (length === 0) return;
    let at = 0;
    for (let below = 1; below < length; below = 2 * at + 1) {
      if (below + 1 < length && isBefore(all[below + 1] as Due, all[below] as Due)) below++;
      const child = all[below] as Due;
      if (isBefore(last, child)) break;
      all[at] = child;
      at = below;
    }
    all[at] = last;
  }
}

const isBefore = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

class VirtualAction<T> extends Subscription implements SchedulerAction<T> {
  private due: Due | undefined;
  private state: T | undefined;
  private readonly time: VirtualTime;
  private readonly work: (this: SchedulerAction<T>, state?: T) => void;

  constructor(time: VirtualTime, work: (this: SchedulerAction<T>, state?: T) => void) {
    super();
    this.time = time;
    this.work = work;
  }

  schedule(state?: T, delay = 0): Subscription {
    if (this.closed) return this;
    if (this.due) this.due.run = undefined;
    this.state = state;
    this.due = this.time.enter(delay, this.run);
    return this;
  }

  override unsubscribe(): void {
    if (this.due) this.due.run = undefined;
    this.due = undefined;
    super.unsubscribe();
  }

  private readonly run = (): void => {
    this.due = undefined;
    this.work(this.state);
    // Work that did not schedule itself again is over.
    if (this.due === undefined) this.unsubscribe();
  };
}
