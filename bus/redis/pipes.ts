/** What goes to Redis and what comes from it passes here, at the cost of one object each: a busy server does nothing more often. */
import { Observable, Subscriber } from 'rxjs';

/** An answer, or why there is none, of which somebody else takes note. */
class Answer extends Subscriber<unknown> {
  private readonly noticed: ((error: unknown) => void) | undefined;

  constructor(asks: Subscriber<unknown>, noticed: ((error: unknown) => void) | undefined) {
    super(asks);
    this.noticed = noticed;
  }

  protected override _error(error: unknown): void {
    this.noticed?.(error);
    super._error(error);
  }
}

/** That something was said, of which the answer counts for nothing. */
class Said extends Subscriber<unknown> {
  protected override _next(): void {
    // Only that it was answered counts.
  }
}

/** What is heard, where `read` makes something of it. */
class Hearing<T, R> extends Subscriber<T> {
  private readonly hears: Subscriber<R>;
  private readonly read: (heard: T) => R | undefined;

  constructor(hears: Subscriber<R>, read: (heard: T) => R | undefined) {
    super(hears as Subscriber<unknown>);
    this.hears = hears;
    this.read = read;
  }

  protected override _next(heard: T): void {
    let value: R | undefined;
    try {
      value = this.read(heard);
    } catch (error) {
      this.error(error);
      return;
    }
    if (value !== undefined) this.hears.next(value);
  }
}

export const asking = (ask: () => Observable<unknown>, noticed?: (error: unknown) => void): Observable<unknown> =>
  new Observable((subscriber) => {
    ask().subscribe(new Answer(subscriber, noticed));
  });

export const saying = (say: () => Observable<unknown>): Observable<never> =>
  new Observable((subscriber) => {
    say().subscribe(new Said(subscriber as Subscriber<unknown>));
  });

export const passing = <T, R>(hear: () => Observable<T>, read: (heard: T) => R | undefined): Observable<R> =>
  new Observable((subscriber) => {
    hear().subscribe(new Hearing(subscriber, read));
  });
