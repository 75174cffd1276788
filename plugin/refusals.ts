/** Refused messages as events: whoever floods a room with junk must not flood the log. */
import {
  concat,
  exhaustMap,
  groupBy,
  map,
  mergeMap,
  type Observable,
  of,
  type SchedulerLike,
  takeWhile,
  tap,
  timer,
} from 'rxjs';
import type { BusFault, UnreadableRecord } from '../bus/bus.ts';
import type { NodeEvent } from './events.ts';

/** How often what was refused for the same reason is summed up. */
const SUM_MS = 60_000;

const told = ({ reason, room, kind, malformed }: BusFault, count: number): NodeEvent => ({
  ...{ kind: 'refused', reason, count, room },
  ...{ message: kind, problems: malformed },
});

/** For each reason: the first at once, then sums, until a minute has passed without any. */
export const refusalsOf = (faults$: Observable<BusFault>, scheduler: SchedulerLike): Observable<NodeEvent> =>
  faults$.pipe(
    groupBy(({ reason }) => reason),
    mergeMap((same$) => {
      let count = 0;
      let newest: BusFault;
      const sums$ = timer(SUM_MS, SUM_MS, scheduler).pipe(
        takeWhile(() => count > 0),
        map(() => {
          const sum = told(newest, count);
          count = 0;
          return sum;
        }),
      );
      return same$.pipe(
        tap((fault) => {
          newest = fault;
          count++;
        }),
        exhaustMap((first) => {
          count = 0;
          return concat(of(told(first, 1)), sums$);
        }),
      );
    }),
  );

/** A record that cannot be read, as a fault: what it is, and what to do. */
export const unreadableOf = ({ key, field, found }: UnreadableRecord): NodeEvent => ({
  kind: 'fault',
  where: 'reading a record',
  error: `field ${JSON.stringify(field)} of ${key} is no record of Jaeger (${found}). It is left out, and all others go on. Look who wrote it, and take it away: HDEL ${key} ${JSON.stringify(field)}`,
});
