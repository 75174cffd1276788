/**
 * A queue's lease, campaigned for until unsubscribed.
 *
 *   seeking ── acquired ──► holding ── refused, or not renewed in time ──► seeking;   any ── unsubscribed ──► resigned
 *
 * The holder stops by itself before the lease can be anybody else's: its deadline counts from when the renewal was sent, by a clock
 * that never jumps. Who hears that the lease was given back asks for it at once; who hears nothing asks when it would run out. Each
 * renewal also says what time it is by the bus.
 */
import {
  BehaviorSubject,
  catchError,
  concat,
  concatMap,
  defer,
  filter,
  finalize,
  map,
  merge,
  type Observable,
  of,
  repeat,
  type SchedulerLike,
  switchMap,
  take,
  throwError,
  timer,
} from 'rxjs';
import { BusUnreachable, type Lease } from '../bus.ts';
import { Bucket } from '../senders.ts';
import type { Text } from './link.ts';

export interface LeaseTimes {
  /** How often the lease is renewed. Default: 1000. */
  readonly renewMs: number;
  /** How long after the last renewal that succeeded was sent the holder stops. Who waits asks at least so often. Default: 2000. */
  readonly deadlineMs: number;
  /** How long Redis keeps a lease that is not renewed. Default: 3000. */
  readonly leaseMs: number;
}

export const LEASE_TIMES: LeaseTimes = { renewMs: 1000, deadlineMs: 2000, leaseMs: 3000 };

/** How long a lease that was given back is kept for the first in line. */
export const HANDOVER_MS = 250;

/** Most notices that are followed. */
const NOTICES_PER_SECOND = 100;

/** Throws unless a holder has time to renew before it stops, and stops before it is succeeded. */
export function checkLeaseTimes({ renewMs, deadlineMs, leaseMs }: LeaseTimes): void {
  if (!(renewMs > 0 && renewMs < deadlineMs && deadlineMs < leaseMs))
    throw new RangeError(
      `bus: 0 < renewMs < deadlineMs < leaseMs does not hold for ${renewMs}, ${deadlineMs} and ${leaseMs} ms`,
    );
}

export interface LeaseContext {
  readonly queue: string;
  readonly times: LeaseTimes;
  readonly scheduler: SchedulerLike;
  /** At least 0, below 1. */
  random(): number;
  /** Says that the lease was given back. */
  readonly released$: Observable<Text>;
  acquire(): Observable<readonly string[]>;
  renew(lease: Lease): Observable<readonly string[]>;
  resign(): Observable<unknown>;
}

interface Term {
  readonly lease: { -readonly [part in keyof Lease]: Lease[part] };
  /** When it was asked for, by the scheduler. */
  readonly sentAt: number;
}

/** What is asked of a bus that is out of reach is asked again later. */
const soon = <T>(instead: T) =>
  catchError<T, Observable<T>>((error: unknown) => (error instanceof BusUnreachable ? of(instead) : throwError(() => error)));

export function campaign(context: LeaseContext): Observable<Lease | null> {
  return seek(context).pipe(
    concatMap((term) => concat(of(term.lease), hold(term, context))),
    repeat(),
    finalize(() => {
      // Nobody waits for the answer: if it does not arrive the lease runs out by itself.
      context.resign().subscribe({ error: () => undefined });
    }),
  );
}

function seek({ queue, times, scheduler, random, released$, acquire }: LeaseContext): Observable<Term> {
  let waitMs = 0;
  const notices = new Bucket(NOTICES_PER_SECOND, scheduler.now());
  const attempt$ = defer(() => {
    const sentAt = scheduler.now();
    return acquire().pipe(
      soon(['waits', String(times.renewMs)] as readonly string[]),
      map(([answer, first, second, third]): Term | undefined => {
        if (answer !== 'held') {
          // When the lease would run out, and before this one is forgotten in line: asking also says that it still waits. A moment
          // later than the others, so that not all ask at once.
          waitMs = Math.min(Math.max(1, Number(first)), times.deadlineMs) + Math.floor(random() * 20);
          return undefined;
        }
        const offsetMs = Number(third) - (sentAt + scheduler.now()) / 2;
        return { lease: { queue, epoch: Number(first), generation: Number(second), offsetMs }, sentAt };
      }),
    );
  }).pipe(repeat({ delay: () => timer(waitMs, scheduler) }));
  // Whoever cannot hear does not lead. What was asked before the notice may be answered after it, so it is asked again: an answer that
  // nobody awaits any more has done no harm, for what is already mine is given again.
  return released$.pipe(
    // Notices are not signed, so only so many are believed: who hears none asks when the lease has run out.
    filter(({ listening }) => listening || notices.take(scheduler.now())),
    switchMap(() => attempt$),
    filter((term) => term !== undefined),
    take(1),
  );
}

/** Renews until the lease is lost. */
function hold({ lease, sentAt }: Term, { times, scheduler, renew }: LeaseContext): Observable<null> {
  const renewedAt$ = new BehaviorSubject(sentAt);
  let askedAt = sentAt;
  let waitMs = times.renewMs;
  const until = (at: number): Observable<unknown> => timer(Math.max(0, at - scheduler.now()), scheduler);
  const renewal$ = defer(() => until(askedAt + waitMs)).pipe(
    concatMap(() => {
      askedAt = scheduler.now();
      return renew(lease).pipe(soon(['unreachable'] as readonly string[]));
    }),
    map(([answer, time]) => {
      // A renewal that failed is tried again sooner than the next one would be due.
      waitMs = answer === 'held' ? times.renewMs : times.renewMs / 4;
      if (answer === 'held') {
        // It was that time somewhen between asking and hearing: what fits that is good enough, or a slow answer would move the clock.
        lease.offsetMs = Math.min(Math.max(lease.offsetMs, Number(time) - scheduler.now()), Number(time) - askedAt);
        renewedAt$.next(askedAt);
      }
      return answer;
    }),
    repeat(),
    filter((answer) => answer === 'lost'),
  );
  const deadline$ = renewedAt$.pipe(switchMap((at) => until(at + times.deadlineMs)));
  return merge(deadline$, renewal$).pipe(
    take(1),
    map(() => null),
  );
}
