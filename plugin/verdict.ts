/** What this side's server says of the match: that it accepts both teams, or why it refuses to go on. Nobody's Elo changes by a refusal. */
import { catchError, merge, type Observable, of } from 'rxjs';
import type { Refusal } from '../matcher/index.ts';
import type { EventBody } from './events.ts';
import { errorText } from './guard.ts';
import type { MatchContext, Seat } from './match-context.ts';
import { insist, saidAgain } from './runtime.ts';

export class Verdict {
  private readonly seat: Seat;
  private readonly context: MatchContext;

  constructor(seat: Seat, context: MatchContext) {
    this.seat = seat;
    this.context = context;
  }

  /** Null: accepted. */
  say(refusal: Refusal | null): Observable<never> {
    const { runtime, nodeId } = this.context;
    const { matchId, side, again$ } = this.seat;
    return saidAgain(again$, () => insist(runtime)(runtime.bus.judge(matchId, side, nodeId, refusal)));
  }

  /** A host that fails refuses the match: an incident for the admin, no Elo for anybody. */
  failed(where: string, error: unknown): Observable<EventBody> {
    const fault: EventBody = { kind: 'fault', where: `host.${where}`, error: errorText(error) };
    const reason = `the server of ${this.context.actor.name} failed in ${where}`;
    return merge(of(fault), this.say({ code: 'ValidationError', reason }));
  }

  onError<T extends EventBody>(where: string) {
    return (source: Observable<T>): Observable<EventBody> =>
      source.pipe(catchError((error: unknown) => this.failed(where, error)));
  }
}
