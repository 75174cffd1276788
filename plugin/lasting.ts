/**
 * Works that go on for as long as the server does. One that breaks is begun again: what breaks it, a right that is missing or a key that is not what it
 * should be, may pass, and nobody restarts a game server for it.
 */
import { defer, type Observable, retry, type SchedulerLike, throwError, timer } from 'rxjs';
import { errorText } from './guard.ts';

/** How soon what broke is begun again. */
const AGAIN_MS = 1000;
/** What has not happened for so long is news again. */
const CALM_MS = 60_000;
/** Of how many errors it is known when they happened last. */
const MOST = 100;

/** What breaks the same way again and again is told once. */
export class FaultNews {
  private readonly scheduler: SchedulerLike;
  private readonly last = new Map<string, number>();

  constructor(scheduler: SchedulerLike) {
    this.scheduler = scheduler;
  }

  /** It has happened: is it to be told? */
  happened(error: unknown): boolean {
    const { last } = this;
    const text = errorText(error);
    const now = this.scheduler.now();
    const before = last.get(text);
    // The one that has not happened for longest stands first.
    last.delete(text);
    last.set(text, now);
    if (last.size > MOST) last.delete(last.keys().next().value as string);
    return before === undefined || now - before >= CALM_MS;
  }
}

export interface LastingContext {
  readonly scheduler: SchedulerLike;
  /** Told of what breaks the work, once for as long as it is the same. */
  fault(error: unknown): void;
  /** Is there nothing to be hoped for after this error? It passes. */
  isFinal?(error: unknown): boolean;
}

export const lasting = <T>(work$: Observable<T>, { scheduler, fault, isFinal }: LastingContext): Observable<T> =>
  defer(() => {
    const news = new FaultNews(scheduler);
    return work$.pipe(
      retry({
        delay: (error: unknown) => {
          if (isFinal?.(error)) return throwError(() => error);
          if (news.happened(error)) fault(error);
          return timer(AGAIN_MS, scheduler);
        },
      }),
    );
  });
