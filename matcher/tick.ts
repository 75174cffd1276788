/**
 * The tick: finds candidates for one head. A step, 20 times a second, runs ticks until the round is complete or its time
 * budget is used; the round goes on in the next step. Ticks overlap: a head whose run is still asking holds nobody up.
 */
import { exhaustMap, from, interval, type Observable, type SchedulerLike } from 'rxjs';
import { STEP_MS, type Ticket } from './actor.ts';
import type { Queue } from './queue.ts';

/** A head and the best of its candidates; its backups are found when they are needed. */
export interface Found {
  readonly head: Ticket;
  readonly candidate: Ticket;
  /** Bus time of the tick in ms. */
  readonly at: number;
}

export interface TickOptions {
  readonly scheduler: SchedulerLike;
  /** Bus time now, in ms. */
  busNow(): number;
  /** A monotonic stopwatch in ms; only differences of it are used. */
  elapsedMs(): number;
  /** How long a step may hold the host's event loop, in ms. */
  readonly budgetMs: number;
  /** May one more run begin? When not, the round waits. */
  mayRun(): boolean;
}

/** Every head that found somebody, as the steps go by. Never completes by itself, never errors. */
export const ticks = (queue: Queue, options: TickOptions): Observable<Found> => {
  const round = { complete: true };
  return interval(STEP_MS, options.scheduler).pipe(exhaustMap(() => from(step(queue, options, round))));
};

function* step(queue: Queue, options: TickOptions, round: { complete: boolean }): Generator<Found> {
  const startedMs = options.elapsedMs();
  if (round.complete) queue.beginRound(options.busNow());
  round.complete = false;
  do {
    if (!options.mayRun()) return;
    const at = options.busNow();
    const head = queue.nextHead(at);
    if (!head) {
      round.complete = true;
      return;
    }
    const candidate = queue.find(head, at, 1)[0];
    if (!candidate) queue.moveBack(head);
    else if (!queue.isAskedBy(head, candidate)) yield { head, candidate, at };
  } while (options.elapsedMs() - startedMs < options.budgetMs);
}
