/**
 * Several works that emit into one subscriber, as `merge` and `switchMap` would have it, each begun when it is time and at the cost of one object:
 * of what a busy server does, most was making operators.
 */
import { Observable, Subscriber, type Subscription } from 'rxjs';

/** A work that ends ends only itself; one that breaks breaks all. */
class Work<T> extends Subscriber<T> {
  protected override _complete(): void {
    this.unsubscribe();
  }
}

/** Takes what is heard; taking that throws breaks all, as in an operator. */
class Ear<T> extends Subscriber<T> {
  private readonly take: (value: T) => void;
  private readonly ended: (() => void) | undefined;

  constructor(all: Subscriber<unknown>, take: (value: T) => void, ended: (() => void) | undefined) {
    super(all);
    this.take = take;
    this.ended = ended;
  }

  protected override _next(value: T): void {
    try {
      this.take(value);
    } catch (error) {
      this.error(error);
    }
  }

  protected override _complete(): void {
    this.ended?.();
    this.unsubscribe();
  }
}

/** Works that end together, perhaps before `all` does. */
export const together = <T>(all: Subscriber<T>): Subscriber<T> => new Work(all);

/** Begins a work whose events are those of `all`. */
export function begin<T>(all: Subscriber<T>, work$: Observable<T>): Subscription {
  const work = new Work(all);
  if (!work.closed) work$.subscribe(work);
  return work;
}

/** Emits an event, then goes on as `then$`. */
export const saidFirst = <T>(event: T, then$: Observable<T>): Observable<T> =>
  new Observable((subscriber) => {
    subscriber.next(event);
    if (!subscriber.closed) then$.subscribe(subscriber);
  });

/** Hears a source until `all` is over. */
export function hearEach<T, R>(all: Subscriber<R>, source$: Observable<T>, take: (value: T) => void, ended?: () => void): void {
  source$.subscribe(new Ear(all as Subscriber<unknown>, take, ended));
}

/** One work at a time: the next one takes the place of the one before. */
export class Successive<T> {
  private readonly all: Subscriber<T>;
  private work: Subscription | undefined;

  constructor(all: Subscriber<T>) {
    this.all = all;
  }

  begin(work$: Observable<T>): void {
    this.stop();
    const work = new Work(this.all);
    this.work = work;
    if (!work.closed) work$.subscribe(work);
  }

  stop(): void {
    this.work?.unsubscribe();
  }
}
