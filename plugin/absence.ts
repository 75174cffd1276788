/**
 * Players who drop out of a battle and come back. The own one: its host has `reconnectMs` to say that it returned, else it has forfeited; its
 * server announces meanwhile how long there is. The other one: what is announced of it is told to the own one.
 */
import { concat, defer, EMPTY, ignoreElements, type Observable, switchMap, tap, timer } from 'rxjs';
import type { Newest } from '../bus/messages.ts';
import type { EventBody } from './events.ts';
import type { MatchContext, Seat } from './match-context.ts';

/** How often an opponent's coming and going is told in a battle. */
const MOST_TOLD = 100;

export class Absence {
  private readonly seat: Seat;
  private readonly context: MatchContext;
  private readonly forfeit: () => void;
  private until: number | undefined;
  private isOtherAway = false;
  private told = 0;

  /** `forfeit`: the own player did not come back in time. */
  constructor(seat: Seat, context: MatchContext, forfeit: () => void) {
    this.seat = seat;
    this.context = context;
    this.forfeit = forfeit;
  }

  /** How long the own player may still be away; null when it is here. */
  get left(): number | null {
    return this.until === undefined ? null : Math.max(0, Math.floor(this.until - this.context.runtime.scheduler.now()));
  }

  /** What the host says of its player; `changed` is called when it is another thing. */
  follow(presence$: Observable<'dropped' | 'returned'>, changed: () => void): Observable<EventBody> {
    const { runtime, times, actor } = this.context;
    const { scheduler } = runtime;
    const { matchId } = this.seat;
    return presence$.pipe(
      switchMap((said) => {
        if ((said === 'dropped') === (this.until !== undefined)) return said === 'dropped' ? this.countdown() : EMPTY;
        this.until = said === 'dropped' ? scheduler.now() + times.reconnectMs : undefined;
        changed();
        const event: EventBody = { kind: said, id: actor.id, matchId };
        return concat([event], said === 'dropped' ? this.countdown() : EMPTY);
      }),
    );
  }

  private countdown(): Observable<never> {
    return defer(() => timer(this.left ?? 0, this.context.runtime.scheduler)).pipe(
      tap(() => this.forfeit()),
      ignoreElements(),
    );
  }

  /** What the other side announces. */
  heard({ side, away }: Newest): Observable<never> {
    if (side === this.seat.side || (away !== null) === this.isOtherAway || this.told >= MOST_TOLD) return EMPTY;
    this.isOtherAway = away !== null;
    this.told++;
    const { matchId } = this.seat;
    const { tell, times } = this.context;
    if (away === null) return tell({ kind: 'opponentBack', matchId });
    return tell({ kind: 'opponentAway', matchId, forMs: Math.min(away, times.reconnectMs) });
  }
}
