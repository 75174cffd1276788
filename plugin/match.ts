/**
 * One side of a match on its node, from SUCCESS to the end.
 *
 *   entering ── JOINED sent, BEGIN ──► teams ── own TEAM sent, both TEAMs ──► judging ── verdict sent, START ──► battle
 *   any ── VOID or ELO ──► over (CANCELLED comes through the waiting room and ends it from outside)
 */
import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  filter,
  finalize,
  ignoreElements,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  Subject,
  share,
  takeUntil,
  takeWhile,
} from 'rxjs';
import type { Heard } from '../bus/bus.ts';
import { type Begin, type LogEntry, MOST_DATA, MOST_REASON, type Side, type Start, type Success } from '../bus/messages.ts';
import { EXCEEDED_LIMIT } from '../matcher/index.ts';
import { type BattleEnd, type BattleReport, ControllableBattleActor } from './battle-actor.ts';
import { acknowledgements, sendReport } from './battle-report.ts';
import type { About, EventBody } from './events.ts';
import { errorText } from './guard.ts';
import { type Later, later, type MatchView } from './host.ts';
import { sendInputs } from './inputs.ts';
import { matchLog } from './log.ts';
import type { MatchContext, Seat } from './match-context.ts';
import { persist } from './runtime.ts';
import { announceNewest, silences } from './silence.ts';

const isEnd = (entry: LogEntry): boolean => entry.kind === 'VOID' || entry.kind === 'ELO';

/** Emits what happened; completes when the match is over, or when it is unsubscribed from. */
export function playMatch(success: Success, context: MatchContext): Observable<EventBody> {
  return defer(() => new MatchSide(success, context).play());
}

class MatchSide implements Seat {
  readonly side: Side;
  readonly matchId: string;
  private readonly success: Success;
  private readonly context: MatchContext;
  private view: MatchView | undefined;
  private readonly teams: [string | undefined, string | undefined] = [undefined, undefined];
  private battleActor: ControllableBattleActor | undefined;
  private turns = 0;
  private acknowledged$: Observable<unknown> = EMPTY;
  private readonly events$ = new Subject<EventBody>();
  /** The bus does not hold this match any more, or less of it than was played. */
  private readonly storeLost$ = new Subject<void>();

  constructor(success: Success, context: MatchContext) {
    this.success = success;
    this.context = context;
    this.side = success.side;
    this.matchId = success.matchId;
  }

  play(): Observable<EventBody> {
    const { bus, scheduler } = this.context.runtime;
    const room = bus.rooms.challenge(this.success.challengeRoom);
    const log = matchLog({
      bus,
      matchId: this.matchId,
      persist: this.persist,
      onExceeded: (times) => this.exceeded(times),
      admits: this.context.admits,
    });
    const heard$ = bus.hear(room).pipe(share());
    // Whatever was lost, the log has it: who hears nothing for a while looks there.
    let heardAt = scheduler.now();
    const silence$ = silences(this.context, () => heardAt).pipe(map((): Heard => ({ listening: true })));
    const entries$ = log.entries(merge(heard$, silence$)).pipe(
      takeWhile((entry) => !isEnd(entry), true),
      share(),
    );
    const over$ = merge(entries$.pipe(filter(isEnd)), this.storeLost$);
    const newest = (): number | undefined => (this.battleActor ? log.order.expected - 1 : undefined);
    const newest$ = announceNewest(this, this.context, room, newest);
    this.acknowledged$ = acknowledgements(this, this.context, heard$);
    const vouch$ = this.vouch(() => log.order.expected - 1);
    const aside$ = merge(vouch$, this.enter(heard$), newest$, this.events$).pipe(takeUntil(over$));
    return merge(
      aside$,
      entries$.pipe(
        takeUntil(this.storeLost$),
        // Answers to an entry go their own way: a slow host holds up no turn, and a silent one not the end.
        mergeMap((entry) => {
          heardAt = scheduler.now();
          const answer$ = this.apply(entry);
          return isEnd(entry) || answer$ === EMPTY ? answer$ : answer$.pipe(takeUntil(over$));
        }),
      ),
    ).pipe(finalize(() => this.battleActor?.close({ kind: 'stopped' })));
  }

  private readonly persist = <T>(verb: Observable<T>): Observable<T> => persist(this.context.runtime.scheduler)(verb);

  get about(): About {
    const { view, success, context } = this;
    const stage = this.battleActor ? 'battle' : !view ? 'joining' : this.teams.includes(undefined) ? 'teams' : 'validating';
    const sides = view?.sides ?? [{ id: context.actor.id, node: context.nodeId }];
    return { queue: success.queue, stage, actors: sides.map(({ id }) => id), nodes: sides.map(({ node }) => node) };
  }

  private get id(): string {
    return this.context.actor.id;
  }

  /** JOINED, once the challenge room is heard; again after a reconnect, which changes nothing. */
  private enter(heard$: Observable<Heard>): Observable<never> {
    const { runtime, nodeId } = this.context;
    return heard$.pipe(
      filter((heard) => heard.listening),
      mergeMap(() => this.persist(runtime.bus.joined(this.matchId, this.side, nodeId))),
      ignoreElements(),
    );
  }

  /** After a loss of data: a match that the bus does not know, or knows less of than was played here, is void. */
  private vouch(turns: () => number): Observable<EventBody> {
    const { runtime, nodeId, tell, dataLost$ } = this.context;
    const reason = 'StoreLost';
    const detail = 'Redis lost this match, or a part of it';
    const end = defer(() => {
      this.close({ kind: 'void', reason, detail });
      this.storeLost$.next();
      return EMPTY;
    });
    const { matchId, id } = this;
    return dataLost$.pipe(
      mergeMap(() => this.persist(runtime.bus.vouch(matchId, this.side, nodeId, turns()))),
      filter((answer) => answer === 'lost'),
      concatMap(() =>
        concat(
          of<EventBody>({ kind: 'incident', code: reason, matchId, id, detail, about: this.about }),
          of<EventBody>({ kind: 'void', id, matchId, reason, detail }),
          tell({ kind: 'void', matchId, reason, detail }),
          end,
        ),
      ),
    );
  }

  private apply(entry: LogEntry): Observable<EventBody> {
    switch (entry.kind) {
      case 'BEGIN':
        return this.begin(entry);
      case 'TEAM':
        this.teams[entry.side] = entry.data;
        return entry.side === 1 ? this.judge() : EMPTY;
      case 'START':
        return this.start(entry);
      case 'TURN':
        this.turns++;
        this.battleActor?.receive({ turn: entry.turn, side: entry.side, data: entry.data });
        return EMPTY;
      case 'VOID': {
        const { reason, detail } = entry;
        this.close({ kind: 'void', reason, detail });
        return concat(
          of<EventBody>({ kind: 'void', id: this.id, matchId: this.matchId, reason, detail }),
          this.context.tell({ kind: 'void', matchId: this.matchId, reason, detail }),
        );
      }
      case 'ELO': {
        const change = {
          matchId: this.matchId,
          winner: entry.winner,
          side: this.side,
          old: entry.sides[this.side].old,
          new: entry.sides[this.side].new,
          delta: entry.sides[this.side].delta,
        };
        this.context.rated({
          matchId: this.matchId,
          side: this.side,
          turns: entry.turn,
          id: this.id,
          about: { ...this.about, stage: 'rated' },
        });
        this.close({ kind: 'elo', winner: entry.winner });
        const taken = this.persist(this.context.runtime.bus.takeElo(this.matchId, this.side, this.context.nodeId));
        return concat(
          of<EventBody>({ kind: 'elo', id: this.id, ...change }),
          this.context.tell({ kind: 'elo', ...change }),
          taken.pipe(ignoreElements()),
        );
      }
    }
  }

  private begin({ sides, rated }: Begin): Observable<EventBody> {
    const { runtime, host, actor, nodeId } = this.context;
    const view: MatchView = { matchId: this.matchId, queue: this.success.queue, sides, side: this.side, rated };
    this.view = view;
    const opponent = sides[this.side === 0 ? 1 : 0];
    const hand = later(() => host.team(actor, view)).pipe(
      map((data) => {
        if (typeof data !== 'string') throw new TypeError('the team is not text');
        if (data.length > MOST_DATA) throw new RangeError(`the team is longer than ${MOST_DATA} characters`);
        return data;
      }),
      concatMap((data) => this.persist(runtime.bus.team(this.matchId, this.side, nodeId, data))),
      ignoreElements(),
      this.refuseOnError('team'),
    );
    return concat(
      of<EventBody>({ kind: 'begun', id: this.id, matchId: this.matchId, opponent: opponent.id }),
      this.context.tell({ kind: 'begun', match: view }),
      hand,
    );
  }

  private judge(): Observable<EventBody> {
    const { host } = this.context;
    return later(() => host.validate(this.view as MatchView, this.teams as [string, string])).pipe(
      concatMap((refusal: unknown) => {
        if (refusal !== null && (typeof refusal !== 'string' || refusal === ''))
          throw new TypeError('validate returns null, or the reason as text');
        return this.verdict(refusal === null ? null : refusal.slice(0, MOST_REASON));
      }),
      this.refuseOnError('validate'),
    );
  }

  private verdict(refusal: string | null): Observable<never> {
    const { runtime, nodeId } = this.context;
    return this.persist(runtime.bus.judge(this.matchId, this.side, nodeId, refusal)).pipe(ignoreElements());
  }

  private start({ seed }: Start): Observable<EventBody> {
    const { host } = this.context;
    const opponent = new ControllableBattleActor(this.side);
    this.battleActor = opponent;
    const started: EventBody = { kind: 'battle', id: this.id, matchId: this.matchId, seed };
    const { inputs$, report$, refusal$, failed$, ended$ } = opponent.fromHost;
    const setup = { ...(this.view as MatchView), seed, teams: this.teams as [string, string] };
    const begin = later(() => host.battle(setup, opponent) as Later<unknown>).pipe(ignoreElements());
    const failures$ = failed$.pipe(mergeMap(({ where, error }) => this.failed(where, error)));
    return merge(
      of(started),
      sendInputs(this, this.context, inputs$).pipe(this.refuseOnError('send')),
      report$.pipe(mergeMap((report) => this.report(report, ended$))),
      refusal$.pipe(mergeMap((reason) => this.verdict(reason))),
      failures$,
      begin.pipe(this.refuseOnError('battle')),
    );
  }

  private report(report: BattleReport, ended$: Observable<unknown>): Observable<EventBody> {
    const { winner, digest } = report;
    const said: EventBody = { kind: 'over', id: this.id, matchId: this.matchId, winner, digest, turns: this.turns };
    return concat(of(said), sendReport(this, this.context, report, merge(this.acknowledged$, ended$)));
  }

  private exceeded(times: number): void {
    const detail = `more than 3 turns were missing, for the ${times}. time`;
    const { matchId, id, about } = this;
    this.events$.next({ kind: 'incident', code: 'ExceededTurnOrderError', matchId, id, detail, about });
    if (times === EXCEEDED_LIMIT) this.battleActor?.refuse('TimeoutError: the turn order was exceeded three times');
  }

  private close(end: BattleEnd): void {
    this.battleActor?.close(end);
  }

  /** A host that fails refuses the match: an incident for the admin, no Elo for anybody. */
  private refuseOnError<T extends EventBody>(where: string) {
    return (source: Observable<T>): Observable<EventBody> =>
      source.pipe(catchError((error: unknown) => this.failed(where, error)));
  }

  private failed(where: string, error: unknown): Observable<EventBody> {
    const fault: EventBody = { kind: 'fault', where: `host.${where}`, error: errorText(error) };
    return merge(of(fault), this.verdict(`the server of ${this.context.actor.name} failed in ${where}`));
  }
}
