/** BATTLE_OVER: what a battle came to on this side, sent again until OVER_OK or the match's end. */
import { ignoreElements, merge, mergeMap, type Observable, of, takeUntil, timer } from 'rxjs';
import type { LogEntry } from '../bus/messages.ts';
import type { BattleReport } from './battle-actor.ts';
import type { EventBody } from './events.ts';
import type { MatchContext, Seat } from './match-context.ts';
import { persist } from './runtime.ts';

/** Reports until `answered$`; an incident, with the battle's log, when the first report goes unanswered. */
export function sendReport(
  seat: Seat,
  { runtime, nodeId, times, actor }: MatchContext,
  { winner, digest }: BattleReport,
  log: () => readonly LogEntry[],
  answered$: Observable<unknown>,
): Observable<EventBody> {
  const { bus, scheduler } = runtime;
  const { matchId, side } = seat;
  const unanswered = (): EventBody => ({
    ...{ kind: 'incident', code: 'MissingAcknowledgement', matchId, id: actor.id, about: seat.about },
    ...{ detail: `no OVER_OK within ${times.overMs} ms`, log: log() },
  });
  return timer(0, times.overMs, scheduler).pipe(
    mergeMap((round) => {
      const said$ = persist(scheduler)(bus.over(matchId, side, nodeId, winner, digest)).pipe(ignoreElements());
      return round === 1 ? merge(of(unanswered()), said$) : said$;
    }),
    takeUntil(merge(answered$, timer(times.reportMs, scheduler))),
  );
}
