/** The local player's inputs on their way into the match's log: one after the other, each under the next number of this side's own counter. */
import { concatMap, defer, EMPTY, finalize, map, type Observable, timer } from 'rxjs';
import type { MatchContext, Seat } from './match-context.ts';
import { persist } from './runtime.ts';

/** How many inputs of the host may wait to be appended. */
const MOST_PENDING = 1000;
/** How soon an input that came too fast is appended again. */
const TOO_FAST_MS = 200;

/** Appends what `inputs$` brings. Errors when the host sends more than can be kept. */
export function sendInputs(
  { matchId, side }: Seat,
  { runtime, nodeId }: MatchContext,
  inputs$: Observable<string>,
): Observable<never> {
  let counter = 0;
  let pending = 0;
  const append = (number: number, data: string): Observable<never> =>
    defer(() => persist(runtime.scheduler)(runtime.bus.append(matchId, side, nodeId, number, data, ''))).pipe(
      concatMap((appended) => {
        // `foreign`: the bus lost the match with its data. Either way the end is on its way.
        if (!('refused' in appended) || appended.refused === 'late' || appended.refused === 'foreign') return EMPTY;
        if (appended.refused !== 'tooMany') throw new Error(`the log refused an input: ${appended.refused}`);
        return timer(TOO_FAST_MS, runtime.scheduler).pipe(concatMap(() => append(number, data)));
      }),
    );
  return inputs$.pipe(
    map((data) => {
      if (++pending > MOST_PENDING) throw new RangeError(`more than ${MOST_PENDING} inputs wait to be sent`);
      return { number: ++counter, data };
    }),
    concatMap(({ number, data }) => append(number, data).pipe(finalize(() => pending--))),
  );
}
