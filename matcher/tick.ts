/**
 * The tick: finds candidates for one head. A step, 20 times a second, runs ticks until the round is complete or its time
 * budget is used; the round goes on in the next step. Ticks overlap: a head whose run is still asking holds nobody up. Where
 * fewer than two wait the steps rest: most queues are empty most of the time, and a game server has better things to do.
 */
import { interval, Observable, type SchedulerLike, type Subscription, timer } from 'rxjs';
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

/** Fewer than two find nobody. */
const ENOUGH = 2;

/** Every head that found somebody, as the steps go by; while nobody can be found there are none. Never completes by itself. */
export const ticks = (queue: Queue, options: TickOptions): Observable<Found> =>
  new Observable((subscriber) => {
    const { scheduler } = options;
    const round = { complete: true };
    const startedAt = scheduler.now();
    const next = (): void => {
      try {
        for (const found of step(queue, options, round)) {
          subscriber.next(found);
          if (subscriber.closed) return;
        }
      } catch (error) {
        subscriber.error(error);
        return;
      }
      if (queue.waiting < ENOUGH && round.complete) rest();
    };
    let beat: Subscription = interval(STEP_MS, scheduler).subscribe(next);
    // They go on as if there had been one every time.
    const goOn = (): void => {
      beat = timer(STEP_MS - ((scheduler.now() - startedAt) % STEP_MS), STEP_MS, scheduler).subscribe(next);
    };
    const rest = (): void => {
      beat.unsubscribe();
      queue.whenWaiting(ENOUGH, goOn);
    };
    subscriber.add(() => {
      beat.unsubscribe();
      queue.whenWaiting(ENOUGH, undefined);
    });
  });

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
    else yield { head, candidate, at };
  } while (options.elapsedMs() - startedMs < options.budgetMs);
}
