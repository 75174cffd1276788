/** Long work in slices, so that a game server that shares the event loop does not stutter. */
import { Observable } from 'rxjs';
import type { Runtime } from './runtime.ts';

/** The stopwatch is looked at after so many pieces. */
const PIECES = 32;
/** Between two slices the event loop is the game's, for as long as a timer takes at least. */
const BREAK_MS = 1;

/**
 * Does the work piece by piece (each `next` of it), at most `budgetMs` at a time, and emits once when all is done. Unsubscribing leaves
 * the rest undone; a piece that throws errors it.
 */
export const inSlices = (
  work: () => Iterator<unknown>,
  { scheduler, elapsedMs }: Pick<Runtime, 'scheduler' | 'elapsedMs'>,
  budgetMs: number,
): Observable<void> =>
  new Observable((subscriber) => {
    const pieces = work();
    const slice = (): void => {
      const startedMs = elapsedMs();
      try {
        do {
          for (let piece = 0; piece < PIECES; piece++) {
            if (!pieces.next().done) continue;
            subscriber.next();
            subscriber.complete();
            return;
          }
        } while (elapsedMs() - startedMs < budgetMs);
      } catch (error) {
        subscriber.error(error);
        return;
      }
      subscriber.add(scheduler.schedule(slice, BREAK_MS));
    };
    subscriber.add(scheduler.schedule(slice));
  });
