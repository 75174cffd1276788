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
  /** Told of what the bus refuses and is asked again all the same (`insist`). */
  readonly refused?: (error: unknown) => void;
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

/** How soon what the bus did not answer is asked again, and what it refused. */
const ASK_AGAIN_MS = 250;
const REFUSED_AGAIN_MS = 1000;

/** An answer; where the bus was out of reach, it is asked again. */
class Persistent<T> extends Subscriber<T> {
  private readonly again: (afterMs: number) => void;
  private readonly refused: Runtime['refused'];

  constructor(asks: Subscriber<T>, again: (afterMs: number) => void, refused: Runtime['refused']) {
    super(asks);
    this.again = again;
    this.refused = refused;
  }

  protected override _error(error: unknown): void {
    const isAway = error instanceof BusUnreachable;
    if (!isAway && !this.refused) super._error(error);
    else {
      this.unsubscribe();
      if (!isAway) this.refused?.(error);
      this.again(isAway ? ASK_AGAIN_MS : REFUSED_AGAIN_MS);
    }
  }
}

/** Asks the bus until it answers: every transition may be asked again. Other errors pass. */
export const persist =
  (scheduler: SchedulerLike, refused?: Runtime['refused']) =>
  <T>(verb: Observable<T>): Observable<T> =>
    new Observable((subscriber) => {
      const again = (afterMs: number): void => {
        const waits = scheduler.schedule(() => {
          subscriber.remove(waits);
          ask();
        }, afterMs);
        subscriber.add(waits);
      };
      const ask = (): void => {
        verb.subscribe(new Persistent(subscriber, again, refused));
      };
      ask();
    });

/**
 * Asks the bus until it has answered, also where it refuses for now (a right is missing, a key is not what it should be): for what has to be done for
 * somebody who waits or plays. Whoever asks for something of his own hears of the refusal instead (`persist`).
 */
export const insist = ({ scheduler, refused }: Runtime) => persist(scheduler, refused);

/** Says something, and again whenever the bus may have lost it; until unsubscribed. */
export const saidAgain = (again$: Observable<unknown>, say: () => Observable<unknown>): Observable<never> =>
  again$.pipe(startWith(undefined), switchMap(say), ignoreElements());

/** Says something that may be lost on its way in any case: a bus that is out of reach loses it too. */
export const mayBeLost = (said$: Observable<never>): Observable<never> => said$.pipe(catchError(() => EMPTY));
