/** BATTLE_OVER: what a battle came to on this side, sent again until OVER_OK or the match's end; after OVER_OK where the bus may have lost it. */
import { ignoreElements, merge, mergeMap, type Observable, of, switchMap, takeUntil, timer } from 'rxjs';
import type { LogEntry } from '../bus/messages.ts';
import type { BattleReport } from './battle-actor.ts';
import type { EventBody } from './events.ts';
import type { MatchContext, Seat } from './match-context.ts';
import { insist } from './runtime.ts';

/** Reports until `acknowledged$`; an incident, with the battle's log, when the first report goes unanswered. */
export function sendReport(
  seat: Seat,
  { runtime, nodeId, times, actor }: MatchContext,
  { winner, digest }: BattleReport,
  log: () => readonly LogEntry[],
  acknowledged$: Observable<unknown>,
  ended$: Observable<unknown>,
): Observable<EventBody> {
  const { bus, scheduler } = runtime;
  const { matchId, side, again$ } = seat;
  const say = (): Observable<never> => insist(runtime)(bus.over(matchId, side, nodeId, winner, digest)).pipe(ignoreElements());
  const unanswered = (): EventBody => ({
    ...{ kind: 'incident', code: 'MissingAcknowledgement', matchId, id: actor.id, about: seat.about },
    ...{ detail: `no OVER_OK within ${times.overMs} ms`, log: log() },
  });
  const reports$ = timer(0, times.overMs, scheduler).pipe(
    mergeMap((round) => (round === 1 ? merge(of(unanswered()), say()) : say())),
    takeUntil(merge(acknowledged$, timer(times.reportMs, scheduler))),
  );
  return merge(reports$, again$.pipe(switchMap(say))).pipe(takeUntil(ended$));
}
