/**
 * Whether Redis can be reached, for whoever has to tell somebody: one word a change, however often what is asked fails meanwhile.
 *
 *   reachable ── not answered for PATIENCE_MS ──► unreachable ── a probe is answered ──► reachable
 */
import {
  catchError,
  defer,
  delay,
  distinctUntilChanged,
  filter,
  map,
  type Observable,
  of,
  ReplaySubject,
  race,
  repeat,
  type SchedulerLike,
  share,
  timer,
} from 'rxjs';
import { BusUnreachable, type Reach } from '../bus.ts';

/** How long it has to be away before it is said: a connection that is cut and comes back at once is nobody's affair. */
export const PATIENCE_MS = 1000;
/** How soon a probe that failed is made again, and one that did not. */
const AGAIN_MS = 250;
const QUIET_MS = 5000;

export interface ReachContext {
  readonly scheduler: SchedulerLike;
  /** Something was not answered: a reason to look. */
  readonly troubles$: Observable<unknown>;
  /** Asks for what only a Redis that takes writes answers. */
  probe(): Observable<unknown>;
}

export const reachOf = ({ scheduler, troubles$, probe }: ReachContext): Observable<Reach> =>
  defer(() => {
    let isFirst = true;
    let failingSince: number | undefined;
    return defer(probe).pipe(
      map((): Reach => ({ reachable: true })),
      catchError((error: unknown) => of(outOfReach(error))),
      map((reach): Reach | undefined => {
        const now = scheduler.now();
        const patient = isFirst ? 0 : PATIENCE_MS;
        isFirst = false;
        failingSince = reach.reachable ? undefined : (failingSince ?? now);
        return failingSince === undefined || now - failingSince >= patient ? reach : undefined;
      }),
      repeat({
        delay: () =>
          failingSince === undefined
            ? race(timer(QUIET_MS, scheduler), troubles$.pipe(delay(AGAIN_MS, scheduler)))
            : timer(AGAIN_MS, scheduler),
      }),
      filter((reach) => reach !== undefined),
      distinctUntilChanged((before, after) => before.reachable === after.reachable),
    );
  }).pipe(share({ connector: () => new ReplaySubject(1) }));

/** A refusal that stays comes from a Redis that is there: whoever asked is told of it. */
const outOfReach = (error: unknown): Reach =>
  error instanceof BusUnreachable ? { reachable: false, reason: error.message } : { reachable: true };
