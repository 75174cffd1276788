/** The last message of a game has nothing behind it that would show its loss: each side announces its newest turn, and looks at the log when it hears nothing. */
import { interval, Observable, type SchedulerAction } from 'rxjs';
import { type Newest, PROTOCOL_VERSION } from '../bus/messages.ts';
import type { MatchContext, Seat } from './match-context.ts';
import { mayBeLost } from './runtime.ts';
import { begin, hearEach } from './works.ts';

/** Says the newest turn every `newestMs`, and when something else about it changes, where there is one. */
export function announceNewest(
  { matchId, side }: Seat,
  { runtime, times }: MatchContext,
  room: string,
  newest: () => Pick<Newest, 'turn' | 'away'> | undefined,
  changed$: Observable<unknown>,
): Observable<never> {
  const { bus, scheduler } = runtime;
  return new Observable((subscriber) => {
    const say = (): void => {
      const now = newest();
      if (!now) return;
      const said: Newest = { v: PROTOCOL_VERSION, kind: 'NEWEST', matchId, side, ...now };
      begin(subscriber, mayBeLost(bus.say(room, said)));
    };
    hearEach(subscriber, interval(times.newestMs, scheduler), say);
    hearEach(subscriber, changed$, say);
  });
}

/** Emits when nothing was heard for two announcements. */
export function silences({ runtime, times }: MatchContext, heardAt: () => number): Observable<unknown> {
  const { scheduler } = runtime;
  const quietMs = 2 * times.newestMs;
  return new Observable((subscriber) => {
    let lookedAt = Number.NEGATIVE_INFINITY;
    const leftMs = (): number => Math.max(heardAt(), lookedAt) + quietMs - scheduler.now();
    function look(this: SchedulerAction<unknown>): void {
      if (leftMs() <= 0) {
        lookedAt = scheduler.now();
        subscriber.next(lookedAt);
      }
      if (!subscriber.closed) this.schedule(undefined, leftMs());
    }
    subscriber.add(scheduler.schedule(look, leftMs()));
  });
}
