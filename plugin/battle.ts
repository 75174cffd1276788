/** The battle of a match on one side: the host and its stand-in on one hand, the log on the other. */
import { concat, ignoreElements, merge, mergeMap, type Observable, of, Subject } from 'rxjs';
import type { Newest, TurnMessage } from '../bus/messages.ts';
import { EXCEEDED_LIMIT, type Refusal } from '../matcher/index.ts';
import { Absence } from './absence.ts';
import { type BattleEnd, type BattleReport, ControllableBattleActor } from './battle-actor.ts';
import { sendReport } from './battle-report.ts';
import { Digests } from './digests.ts';
import type { EventBody } from './events.ts';
import { type BattleSetup, type Later, later } from './host.ts';
import { Inputs } from './inputs.ts';
import type { MatchLog } from './log.ts';
import type { MatchContext, Seat } from './match-context.ts';
import type { Verdict } from './verdict.ts';

export interface BattleOptions {
  readonly seat: Seat;
  readonly context: MatchContext;
  readonly verdict: Verdict;
  readonly log: MatchLog;
  readonly setup: BattleSetup;
  /** OVER_OK for this side. */
  readonly acknowledged$: Observable<unknown>;
  /** Is it rebuilt from the log, after its server began anew? */
  readonly isRebuilt: boolean;
}

export class Battle {
  private readonly options: BattleOptions;
  private readonly actor: ControllableBattleActor;
  private readonly inputs: Inputs;
  private readonly digests = new Digests();
  private readonly absence: Absence;
  private readonly events$ = new Subject<EventBody>();
  private readonly refused$ = new Subject<Refusal>();
  /** Inputs of both sides that were applied, and of this side alone. */
  private turns = 0;
  private ownTurns = 0;

  constructor(options: BattleOptions) {
    const { seat, context, log, isRebuilt } = options;
    this.options = options;
    this.actor = new ControllableBattleActor(seat.side, isRebuilt);
    this.inputs = new Inputs({ seat, context, state: () => this.digests.newest, appended: (turn) => log.appended(turn) });
    this.absence = new Absence(seat, context, () => this.actor.abandon());
  }

  /** `awayChanged$` is told when the local player drops out or comes back. */
  start(awayChanged$: Subject<unknown>): Observable<EventBody> {
    const { context, verdict, setup } = this.options;
    const { matchId, seed } = setup;
    const { inputs$, report$, refusal$, states$, presence$, failed$, ended$ } = this.actor.fromHost;
    const begin$ = later(() => context.host.battle(setup, this.actor) as Later<unknown>).pipe(ignoreElements());
    return merge(
      of<EventBody>({ kind: 'battle', id: context.actor.id, matchId, seed }),
      this.events$,
      this.inputs.send(inputs$).pipe(verdict.onError('send')),
      report$.pipe(mergeMap((report) => this.report(report, ended$))),
      merge(refusal$, this.refused$).pipe(mergeMap((refusal) => verdict.say(refusal))),
      this.absence.follow(presence$, () => awayChanged$.next(undefined)),
      states$.pipe(
        mergeMap(({ after, digest }) => {
          if (this.digests.computed(after, digest)) this.parted(after);
          return [];
        }),
      ),
      failed$.pipe(mergeMap(({ where, error }) => verdict.failed(where, error))),
      begin$.pipe(verdict.onError('battle')),
    );
  }

  /** A turn of the log. */
  turn({ turn, side, data, counter, digest, after }: TurnMessage): void {
    this.turns++;
    if (side === this.options.seat.side) {
      this.ownTurns++;
      if (!this.actor.isReplaying && !this.inputs.returned(counter, data)) this.forged(turn);
    }
    if (this.digests.claimed(turn, { after, digest })) this.parted(after);
    this.actor.receive({ turn, side, data });
  }

  /** All that was played before is applied: the local player goes on. */
  goOn(): void {
    if (!this.actor.isReplaying) return;
    this.inputs.resume(this.ownTurns);
    this.actor.goOn();
  }

  close(end: BattleEnd): void {
    this.actor.close(end);
  }

  hasSent(counter: number, data: string): boolean {
    return this.inputs.hasSent(counter, data);
  }

  /** How long the local player may still be away, or null. */
  get away(): number | null {
    return this.absence.left;
  }

  /** The other side announces itself. */
  heard(newest: Newest): Observable<never> {
    return this.absence.heard(newest);
  }

  /** More than 3 turns were missing. */
  exceeded(times: number): void {
    this.incident('ExceededTurnOrderError', `more than 3 turns were missing, for the ${times}. time`);
    if (times === EXCEEDED_LIMIT)
      this.refused$.next({ code: 'TimeoutError', reason: 'more than 3 turns were missing, for the third time' });
  }

  /** What was applied as this turn is not what the log has, or not what this side sent. */
  forged(turn: number): void {
    const reason = `turn ${turn} is not what was sent`;
    this.incident('ValidationError', reason);
    this.refused$.next({ code: 'ValidationError', reason });
  }

  /** Something was said of this match that its log does not have. Nothing comes of it, but somebody should know. */
  lied(): void {
    this.incident('ValidationError', 'something was said of this match that its log does not have');
  }

  private parted(after: number): void {
    const reason = `the two battles differ after turn ${after}`;
    this.incident('DigestMismatch', reason);
    this.refused$.next({ code: 'DigestMismatch', reason });
  }

  private incident(code: string, detail: string): void {
    const { context, seat, log } = this.options;
    const { matchId } = seat;
    this.events$.next({
      kind: 'incident',
      code,
      matchId,
      id: context.actor.id,
      detail,
      about: seat.about,
      log: [...log.applied],
    });
  }

  private report(report: BattleReport, ended$: Observable<unknown>): Observable<EventBody> {
    const { seat, context, acknowledged$, log } = this.options;
    const { winner, digest } = report;
    const { matchId } = seat;
    const said: EventBody = { kind: 'over', id: context.actor.id, matchId, winner, digest, turns: this.turns };
    return concat(
      of(said),
      sendReport(seat, context, report, () => [...log.applied], acknowledged$, ended$),
    );
  }
}
