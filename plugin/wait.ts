/**
 * One user who waits for an instant match, on its node: requested, renewed, made known again, and the match that comes of it.
 *
 *   requested ── listed ──► waiting ⇄ matched ── BEGIN ──► begun ── VOID, ELO ──► over
 *   matched ── CANCELLED, back ──► waiting;   any before begun ── removed, moved, WITHDRAWN, CANCELLED ──► over
 */
import {
  BehaviorSubject,
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  exhaustMap,
  ignoreElements,
  Observable,
  ReplaySubject,
  Subject,
  type Subscriber,
  switchMap,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import type { BusUnreachable, Removed } from '../bus/bus.ts';
import type { InstantRequest, InstantStanding, Requested } from '../bus/instant.ts';
import {
  type InstantMatch,
  type LeaderMark,
  type Message,
  PROTOCOL_VERSION,
  type Success,
  type TicketBody,
} from '../bus/messages.ts';
import type { MatchRecord, SideRecord } from '../bus/records.ts';
import { fit, type User } from '../matcher/index.ts';
import type { InstantConfig, QueueConfig } from './config.ts';
import type { EventBody } from './events.ts';
import { guarded } from './guard.ts';
import type { Host, LocalActor, Notice } from './host.ts';
import { playMatch } from './match.ts';
import type { Result } from './match-context.ts';
import type { Readings } from './readings.ts';
import { insist, persist, type Runtime } from './runtime.ts';
import { begin, hearEach, Successive } from './works.ts';

export interface WaitContext {
  readonly runtime: Runtime;
  readonly host: Host;
  readonly nodeId: string;
  readonly times: QueueConfig['times'];
  readonly instant: InstantConfig;
  readonly readings: Readings;
  readonly request: InstantRequest;
  readonly user: User;
  /** The wait list is heard: now, and after every reconnect. */
  readonly listening$: Observable<unknown>;
  readonly dataLost$: Observable<number>;
  /** May be matched, or may not any more. */
  readonly listed: (isListed: boolean) => void;
  admits(message: LeaderMark): boolean;
  isStopping(): boolean;
  ended(result: Result): void;
  /** The match has its result, and may be played once more. */
  played(success: Success, actor: LocalActor): void;
  fault(where: string, error: unknown): void;
}

/** What the match of an instant match is to its node: what the factory's SUCCESS is to a ticket. */
export const successOf = ({
  queue,
  ticket,
  matchId,
  challengeRoom,
  side,
  deadline,
}: Omit<InstantMatch, 'v' | 'kind'>): Success => ({
  ...{ v: PROTOCOL_VERSION, kind: 'SUCCESS', queue, generation: 0, epoch: 0, ticket, matchId, challengeRoom, side, deadline },
});

/** The session as one of its two is told of it. */
export function sessionOf({ queue, matchId, challengeRoom, deadline, sides }: MatchRecord, ticket: string): InstantMatch {
  const side = sides[0].ticket === ticket ? 0 : 1;
  const { preferences = '', data = '' } = (sides[side === 0 ? 1 : 0] as SideRecord).wanted ?? {};
  return {
    v: PROTOCOL_VERSION,
    kind: 'INSTANT_MATCH',
    queue,
    ticket,
    matchId,
    challengeRoom,
    side,
    deadline,
    preferences,
    data,
  };
}

const isEnded = ({ stage }: MatchRecord): boolean => stage === 'void' || stage === 'closed' || stage === 'cancelled';

export class Wait {
  readonly ticket: string;
  /** The answer to the request, or its error. */
  readonly listed$ = new ReplaySubject<TicketBody>(1);
  /** The match that a claim on its way is to make for this user. */
  claims: string | undefined;
  private readonly context: WaitContext;
  private body: TicketBody | undefined;
  private state: 'waiting' | 'matched' | 'begun' | 'over' = 'waiting';
  private matchId: string | undefined;
  /** Is the match one whose preferences do not fit? */
  private isUnfit = false;
  /** How often it was matched or came back: what was asked before that says nothing any more. */
  private moves = 0;
  private isRequested = false;
  private isLeaving = false;
  private readonly hearsList$ = new BehaviorSubject(true);
  private readonly begun$ = new Subject<void>();
  private hears = { own: false, list: false };
  private knownAt = 0;
  private readonly late$ = new Subject<EventBody>();
  private readonly look$ = new Subject<'renew' | 'again'>();
  private subscriber: Subscriber<EventBody> | undefined;
  private game: Successive<EventBody> | undefined;

  constructor(context: WaitContext) {
    this.context = context;
    this.ticket = context.request.ticket;
  }

  get actorId(): string {
    return this.context.request.actor.id;
  }

  get queue(): string {
    return this.context.request.queue;
  }

  get user(): User {
    return this.context.user;
  }

  /** On its way to the list, or on it. */
  get isWaiting(): boolean {
    return this.state === 'waiting';
  }

  get isClaiming(): boolean {
    return this.claims !== undefined;
  }

  get isOver(): boolean {
    return this.state === 'over';
  }

  get isAnswered(): boolean {
    return this.body !== undefined;
  }

  /** The same request once more? */
  isSame({ wishes, data }: User): boolean {
    return wishes.text === this.user.wishes.text && data.text === this.user.data.text;
  }

  live(): Observable<EventBody> {
    const { runtime, request, listening$, instant } = this.context;
    const { bus, scheduler } = runtime;
    return new Observable<EventBody>((subscriber) => {
      this.subscriber = subscriber;
      this.game = new Successive(subscriber);
      const heard = (room: 'own' | 'list'): void => {
        this.hears[room] = true;
        if (!this.hears.own || !this.hears.list) return;
        // Subscribed before it is made known: of any two requests the later one is always seen by the earlier.
        if (!this.isRequested) {
          if (!this.isLeaving) begin(subscriber, this.enter());
        } else {
          // Where it is not asked at once, it is due with the next renewal.
          this.knownAt = Number.NEGATIVE_INFINITY;
          this.look$.next('again');
        }
      };
      const own$ = bus.hear(bus.rooms.instant(request.secret)).pipe(takeUntil(this.begun$));
      hearEach(subscriber, own$, (one) => (one.listening ? heard('own') : this.hear(one.message)));
      // Whoever is matched hears of nobody else.
      const list$ = this.hearsList$.pipe(switchMap((hears) => (hears ? listening$ : EMPTY)));
      hearEach(subscriber, list$, () => heard('list'));
      begin(subscriber, this.late$);
      begin(subscriber, this.look$.pipe(exhaustMap((how) => this.look(how))));
      const renewal$ = timer(instant.renewMs, instant.renewMs, scheduler).pipe(takeUntil(this.begun$));
      hearEach(subscriber, renewal$, () => {
        const isDue = scheduler.now() - this.knownAt >= instant.againMs;
        this.look$.next(isDue && this.state === 'waiting' ? 'again' : 'renew');
      });
      hearEach(subscriber, this.context.dataLost$, () => this.look$.next('renew'));
      return () => {
        this.context.listed(false);
        this.state = 'over';
      };
    });
  }

  /** Somebody else was quicker. */
  wasLate(): void {
    if (!this.isWaiting) return;
    this.late$.next({ kind: 'late', id: this.actorId });
    this.inform({ kind: 'late' });
  }

  /** A claim of this node's, or a look at the records, has found the match. */
  meet(match: MatchRecord): void {
    this.begin(sessionOf(match, this.ticket));
  }

  remove(): Observable<Removed> {
    return defer(() => {
      const { runtime, nodeId } = this.context;
      // What was asked is answered first, or it would be listed after it had left.
      const answered$ = this.isRequested
        ? this.listed$.pipe(
            ignoreElements(),
            catchError(() => EMPTY),
          )
        : EMPTY;
      this.isLeaving = true;
      const left$ = persist(runtime.scheduler)(runtime.bus.leave(nodeId, this.ticket)).pipe(
        tap((removed) => {
          if (removed === 'instant' || (removed === 'nothing' && this.isWaiting)) this.close();
        }),
      );
      return concat(answered$, left$);
    });
  }

  retire(): Observable<Removed> {
    if (this.isWaiting) this.inform({ kind: 'withdrawn', reason: 'the server stops' });
    return this.remove();
  }

  close(): void {
    this.state = 'over';
    this.subscriber?.complete();
  }

  /** The bus is out of reach, and had not answered: whoever asked is told, and what it may have done all the same is undone. */
  fail(error: BusUnreachable): Observable<never> {
    return defer(() => {
      this.listed$.error(error);
      const left$ = this.remove().pipe(ignoreElements());
      this.close();
      return left$;
    });
  }

  inform(notice: Notice): void {
    const { host, fault } = this.context;
    const actor = this.body?.actor;
    if (!actor) return;
    guarded(
      () => host.tell(actor, notice),
      (error) => fault('host.tell', error),
    );
  }

  private enter(): Observable<EventBody> {
    const { runtime, request, listed } = this.context;
    if (!this.isRequested) listed(true);
    this.isRequested = true;
    this.knownAt = runtime.scheduler.now();
    // Who asks for the first time is told of a refusal.
    const ask = this.body ? insist(runtime) : persist(runtime.scheduler);
    return ask(runtime.bus.requestInstantMatch(request)).pipe(
      concatMap((answer): Observable<EventBody> => this.answered(answer)),
    );
  }

  private answered(answer: Requested): Observable<EventBody> {
    const { request } = this.context;
    if (this.isOver) return EMPTY;
    if ('refused' in answer) {
      // Made once more, and matched before it was answered: the ticket stands for the match now.
      if (this.body && !this.isWaiting) return EMPTY;
      if (!this.body) this.listed$.error(answer);
      return this.over('the wait list does not take it in again');
    }
    const isFirst = !this.body;
    this.body = answer.listed;
    if (!isFirst) return EMPTY;
    this.listed$.next(answer.listed);
    this.listed$.complete();
    const { id, name } = answer.listed.actor;
    return this.said({ kind: 'waits', queue: request.queue, id, name }, { kind: 'waiting', queue: request.queue });
  }

  /** Renews the request, and learns where the user stands. */
  private look(how: 'renew' | 'again'): Observable<EventBody> {
    const { runtime, request } = this.context;
    if (!this.body || this.state === 'begun' || this.isOver) return EMPTY;
    const { ticket, node, boot } = request;
    const { bus, scheduler } = runtime;
    if (how === 'again') this.knownAt = scheduler.now();
    const asked = how === 'again' ? bus.rebroadcastInstantMatch(ticket, node, boot) : bus.renewInstantMatch(ticket, node, boot);
    const { moves } = this;
    return insist(runtime)(asked).pipe(
      concatMap((standing) => (moves === this.moves ? this.stands(standing) : this.look('renew'))),
    );
  }

  private stands(standing: InstantStanding): Observable<EventBody> {
    if (this.state === 'begun' || this.isOver) return EMPTY;
    switch (standing.at) {
      case 'list':
        return this.state === 'matched' ? this.back('the match was cancelled') : EMPTY;
      case 'match':
        // Of the record, also where this side took it for cancelled.
        if (this.isWaiting) this.matchId = undefined;
        this.meet(standing.match);
        // Nobody here hears of the end of a match that is not played.
        return this.isUnfit && isEnded(standing.match) ? this.over('the match was cancelled') : EMPTY;
      case 'gone':
        return this.over(standing.reason);
      case 'unknown':
        // The bus has lost it, or was out of reach for longer than it lives.
        return this.state === 'matched' ? this.back('the match was lost') : this.enter();
    }
  }

  private hear(message: Message): void {
    if (!('ticket' in message) || message.ticket !== this.ticket || this.state === 'begun' || this.isOver) return;
    if (message.kind === 'INSTANT_MATCH') this.begin(message);
    else if (message.kind === 'MOVED') this.follow(this.over('moved elsewhere'));
    else if (message.kind === 'WITHDRAWN' && this.context.admits(message)) this.follow(this.over(message.reason));
    else if (message.kind === 'CANCELLED' && this.context.admits(message) && message.matchId === this.matchId)
      this.follow(message.back ? this.back(message.reason) : this.over(message.reason));
  }

  private follow(events$: Observable<EventBody>): void {
    if (this.subscriber) begin(this.subscriber, events$);
  }

  private begin(session: InstantMatch): void {
    const { subscriber, game } = this;
    if (!subscriber || !game || !this.isWaiting || session.matchId === this.matchId) return;
    const { matchId, side } = session;
    const { listed, readings, user } = this.context;
    this.state = 'matched';
    this.moves++;
    this.matchId = matchId;
    this.hears.list = false;
    this.hearsList$.next(false);
    listed(false);
    const other = readings.user(session.preferences, session.data);
    // The other server may have claimed whatever it wanted.
    this.isUnfit = !other || !fit(user, other);
    if (this.isUnfit) {
      const detail = 'a server claimed a match of two whose preferences do not fit';
      const about = { queue: this.queue, stage: 'joining', actors: [this.actorId], nodes: [this.context.nodeId] } as const;
      subscriber.next({ kind: 'incident', code: 'UnfitMatch', matchId, id: this.actorId, detail, about });
      return;
    }
    const play$ = defer(() =>
      this.said(
        { kind: 'matched', id: this.actorId, matchId, side },
        { kind: 'matched', matchId },
        this.play(successOf(session)),
      ),
    );
    // The claim may be answered before the request is.
    const known$ = this.listed$.pipe(
      take(1),
      // The bus went out of reach before it was: whoever asked has been told, and nothing is played.
      catchError(() => EMPTY),
    );
    game.begin(known$.pipe(concatMap(() => play$)));
  }

  private play(success: Success): Observable<EventBody> {
    const { actor } = this.body as TicketBody;
    let played: LocalActor | undefined;
    const tell = (notice: Notice): Observable<never> =>
      defer(() => {
        this.inform(notice);
        return EMPTY;
      });
    return playMatch(success, { ...this.context, actor, tell }).pipe(
      tap({
        next: (event) => {
          if (event.kind === 'begun') {
            this.state = 'begun';
            this.begun$.next();
          }
          if (event.kind === 'elo') played = { ...actor, elo: event.new };
          if (event.kind === 'elo' || event.kind === 'void') this.state = 'over';
        },
        complete: () => {
          this.close();
          if (played) this.context.played(success, played);
        },
      }),
    );
  }

  private back(reason: string): Observable<EventBody> {
    if (this.state !== 'matched') return EMPTY;
    this.game?.stop();
    this.state = 'waiting';
    this.moves++;
    this.context.listed(true);
    this.hearsList$.next(true);
    const said$ = this.said({ kind: 'back', id: this.actorId, reason }, { kind: 'back', reason });
    // Also where this side is found only once it is renewed.
    return new Observable((subscriber) => {
      said$.subscribe(subscriber);
      this.look$.next('renew');
    });
  }

  private over(reason: string): Observable<EventBody> {
    if (this.isOver) return EMPTY;
    const wasKnown = this.body !== undefined;
    this.state = 'over';
    const end$ = defer(() => {
      this.close();
      return EMPTY;
    });
    return wasKnown ? this.said({ kind: 'withdrawn', id: this.actorId, reason }, { kind: 'withdrawn', reason }, end$) : end$;
  }

  private said(event: EventBody, notice: Notice, then$: Observable<EventBody> = EMPTY): Observable<EventBody> {
    return new Observable((subscriber) => {
      subscriber.next(event);
      this.inform(notice);
      if (!subscriber.closed) then$.subscribe(subscriber);
    });
  }
}
