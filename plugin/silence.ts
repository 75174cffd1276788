/** The last message of a game has nothing behind it that would show its loss: each side announces its newest turn, and looks at the log when it hears nothing. */
import { defer, EMPTY, filter, interval, merge, mergeMap, type Observable, repeat, timer } from 'rxjs';
import { type Newest, PROTOCOL_VERSION } from '../bus/messages.ts';
import type { MatchContext, Seat } from './match-context.ts';
import { mayBeLost } from './runtime.ts';

/** Says the newest turn every `newestMs`, and when something else about it changes, where there is one. */
export function announceNewest(
  { matchId, side }: Seat,
  { runtime, times }: MatchContext,
  room: string,
  newest: () => Pick<Newest, 'turn' | 'away'> | undefined,
  changed$: Observable<unknown>,
): Observable<never> {
  const { bus, scheduler } = runtime;
  return merge(interval(times.newestMs, scheduler), changed$).pipe(
    mergeMap(() => {
      const now = newest();
      if (!now) return EMPTY;
      const said: Newest = { v: PROTOCOL_VERSION, kind: 'NEWEST', matchId, side, ...now };
      return mayBeLost(bus.say(room, said));
    }),
  );
}

/** Emits when nothing was heard for two announcements. */
export function silences({ runtime, times }: MatchContext, heardAt: () => number): Observable<unknown> {
  const { scheduler } = runtime;
  const quietMs = 2 * times.newestMs;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const since = (): number => Math.max(heardAt(), lookedAt);
  return defer(() => timer(since() + quietMs - scheduler.now(), scheduler)).pipe(
    filter(() => scheduler.now() - since() >= quietMs),
    mergeMap(() => {
      lookedAt = scheduler.now();
      return [lookedAt];
    }),
    repeat(),
  );
}
