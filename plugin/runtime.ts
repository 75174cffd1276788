/** What Jaeger takes from the machine: the one real clock, randomness, a stopwatch. Tests and the demo bring their own. */

import {
  asyncScheduler,
  catchError,
  EMPTY,
  ignoreElements,
  Observable,
  type SchedulerLike,
  Subscriber,
  startWith,
  switchMap,
} from 'rxjs';
import { type Bus, BusUnreachable } from '../bus/bus.ts';
import { crypto } from '../bus/pieces.ts';

export interface Runtime {
  readonly bus: Bus;
  readonly scheduler: SchedulerLike;
  /** A new random id, unguessable, of at most 64 characters. */
  newId(): string;
  /** A monotonic stopwatch in ms; only differences of it are used. */
  elapsedMs(): number;
  /** What the clock of the machine says, so that the owner hears of one that is wrong; left out: what the scheduler says. Nothing else goes by it. */
  wallMs?(): number;
}

/** Timers of the event loop, and a clock that never jumps: the wall clock at the start plus the monotonic time since. */
export const realScheduler: SchedulerLike = {
  now: () => performance.timeOrigin + performance.now(),
  schedule: asyncScheduler.schedule.bind(asyncScheduler),
};

const ID_BYTES = 16;
/** Random bytes in store: getting few at a time costs more than the bytes. */
let store = Buffer.alloc(0);

/** None begins with a dash: whoever types it would have named an option. */
function newId(): string {
  for (;;) {
    if (store.length < ID_BYTES) store = crypto().randomBytes(256 * ID_BYTES);
    const id = store.toString('base64url', 0, ID_BYTES);
    store = store.subarray(ID_BYTES);
    if (!id.startsWith('-')) return id;
  }
}

export const realTime: Omit<Runtime, 'bus'> = {
  scheduler: realScheduler,
  newId,
  elapsedMs: () => performance.now(),
  wallMs: Date.now,
};

export const realRuntime = (bus: Bus): Runtime => ({ ...realTime, bus });

/** How soon what the bus did not answer is asked again. */
const ASK_AGAIN_MS = 250;

/** An answer; where the bus was out of reach, it is asked again. */
class Persistent<T> extends Subscriber<T> {
  private readonly again: () => void;

  constructor(asks: Subscriber<T>, again: () => void) {
    super(asks);
    this.again = again;
  }

  protected override _error(error: unknown): void {
    if (!(error instanceof BusUnreachable)) super._error(error);
    else {
      this.unsubscribe();
      this.again();
    }
  }
}

/** Asks the bus until it answers: every transition may be asked again. Other errors pass. */
export const persist =
  (scheduler: SchedulerLike) =>
  <T>(verb: Observable<T>): Observable<T> =>
    new Observable((subscriber) => {
      const again = (): void => {
        const waits = scheduler.schedule(() => {
          subscriber.remove(waits);
          ask();
        }, ASK_AGAIN_MS);
        subscriber.add(waits);
      };
      const ask = (): void => {
        verb.subscribe(new Persistent(subscriber, again));
      };
      ask();
    });

/** Says something, and again whenever the bus may have lost it; until unsubscribed. */
export const saidAgain = (again$: Observable<unknown>, say: () => Observable<unknown>): Observable<never> =>
  again$.pipe(startWith(undefined), switchMap(say), ignoreElements());

/** Says something that may be lost on its way in any case: a bus that is out of reach loses it too. */
export const mayBeLost = (said$: Observable<never>): Observable<never> => said$.pipe(catchError(() => EMPTY));
