/**
 * After a match, on the node of one of its two sides: may it be played once more?
 *
 *   open ── asked ──► asking ── both have ──► playing ── its end ──► over
 *   open, asking ── declined by either, elsewhere, too late ──► over
 */
import {
  concatMap,
  defer,
  EMPTY,
  endWith,
  exhaustMap,
  filter,
  ignoreElements,
  Observable,
  of,
  ReplaySubject,
  Subject,
  type Subscriber,
  takeUntil,
  takeWhile,
  tap,
  timer,
} from 'rxjs';
import type { Removed } from '../bus/bus.ts';
import type { Rematched } from '../bus/instant.ts';
import type { Message, Success } from '../bus/messages.ts';
import type { MatchRecord } from '../bus/records.ts';
import type { QueueConfig } from './config.ts';
import type { EventBody, RematchSaid } from './events.ts';
import { guarded } from './guard.ts';
import type { Host, LocalActor, Notice } from './host.ts';
import { playMatch } from './match.ts';
import type { Result } from './match-context.ts';
import { insist, persist, type Runtime } from './runtime.ts';
import { sessionOf, successOf } from './wait.ts';
import { begin, hearEach, Successive } from './works.ts';

export interface RematchContext {
  readonly runtime: Runtime;
  readonly host: Host;
  readonly nodeId: string;
  readonly boot: string;
  readonly times: QueueConfig['times'];
  readonly rematch: QueueConfig['rematch'];
  /** The match that is over. */
  readonly success: Success;
  /** As it was played, with its new Elo. */
  readonly actor: LocalActor;
  readonly ruleset: string;
  readonly dataLost$: Observable<number>;
  admits(message: Parameters<Parameters<typeof playMatch>[1]['admits']>[0]): boolean;
  isStopping(): boolean;
  ended(result: Result): void;
  played(success: Success, actor: LocalActor): void;
  fault(where: string, error: unknown): void;
}

/** What became of asking. */
export type RematchAnswer = 'asked' | 'matched' | Extract<Rematched, { refused: unknown }>;

/** How often it is looked whether the other one has asked too, and whether the match is still to be, whatever is heard. */
const LOOK_MS = 5000;

export class Rematch {
  private readonly context: RematchContext;
  private readonly ticket: string;
  private readonly secret: string;
  private state: 'open' | 'asking' | 'playing' | 'begun' | 'over' = 'open';
  private hasAsked = false;
  private otherHasAsked = false;
  private subscriber: Subscriber<EventBody> | undefined;
  private game: Successive<EventBody> | undefined;
  private readonly answers$ = new Subject<RematchAnswer>();
  private readonly ask$ = new Subject<void>();
  private readonly done$ = new ReplaySubject<void>(1);

  constructor(context: RematchContext) {
    this.context = context;
    this.ticket = context.runtime.newId();
    this.secret = context.runtime.newId();
  }

  /** May it still be asked for, or declined? */
  get isOpen(): boolean {
    return this.state === 'open' || this.state === 'asking';
  }

  get isOver(): boolean {
    return this.state === 'over';
  }

  live(): Observable<EventBody> {
    const { runtime, rematch, success } = this.context;
    const { bus, scheduler } = runtime;
    return new Observable<EventBody>((subscriber) => {
      this.subscriber = subscriber;
      this.game = new Successive(subscriber);
      const room$ = bus.hear(bus.rooms.challenge(success.challengeRoom)).pipe(takeUntil(this.done$));
      hearEach(subscriber, room$, (heard) => {
        if (!heard.listening) this.hear(heard.message);
      });
      hearEach(subscriber, timer(rematch.withinMs, scheduler), () => this.end('over'));
      begin(subscriber, this.ask$.pipe(exhaustMap(() => this.request())));
      this.inform({ kind: 'rematch', matchId: success.matchId, may: 'ask', withinMs: rematch.withinMs });
      return () => {
        this.state = 'over';
      };
    });
  }

  /** Asks, or says again that it does; emits what became of it. */
  ask(): Observable<RematchAnswer> {
    return defer(() => {
      const { subscriber, context, state } = this;
      const answer$ = new ReplaySubject<RematchAnswer>(1);
      this.answers$.pipe(takeUntil(this.done$)).subscribe(answer$);
      if (state === 'open' && subscriber) {
        const { bus, scheduler } = context.runtime;
        this.state = 'asking';
        const own$ = bus.hear(bus.rooms.instant(this.secret));
        hearEach(subscriber, own$, (heard) => {
          if (heard.listening) this.ask$.next();
          else this.hear(heard.message);
        });
        hearEach(subscriber, timer(LOOK_MS, LOOK_MS, scheduler), () => {
          if (this.state === 'asking') this.ask$.next();
        });
      } else if (state === 'asking') this.ask$.next();
      return answer$;
    });
  }

  /** This side does not want to, or is going to be elsewhere. */
  decline(): Observable<unknown> {
    return defer(() => {
      if (!this.isOpen) return EMPTY;
      const { runtime, success, nodeId, rematch } = this.context;
      const { matchId, side } = success;
      const hadAsked = this.state === 'asking';
      this.end('declined');
      const ask = persist(runtime.scheduler);
      return ask(runtime.bus.declineRematch(matchId, side, nodeId, rematch.withinMs)).pipe(
        // Both had asked by then, and the news of their match is on its way: it is left.
        concatMap((answer) => (answer === 'late' && hadAsked ? ask(runtime.bus.leave(nodeId, this.ticket)) : EMPTY)),
      );
    });
  }

  /** Leaves what is being played, until its battle begins. */
  remove(): Observable<Removed> {
    const { runtime, nodeId } = this.context;
    if (this.isOpen) return this.decline().pipe(ignoreElements(), endWith('nothing' as const));
    return persist(runtime.scheduler)(runtime.bus.leave(nodeId, this.ticket));
  }

  close(): void {
    this.state = 'over';
    this.subscriber?.complete();
  }

  inform(notice: Notice): void {
    const { host, actor, fault } = this.context;
    guarded(
      () => host.tell(actor, notice),
      (error) => fault('host.tell', error),
    );
  }

  private request(): Observable<EventBody> {
    const { runtime, success, nodeId, boot, actor, ruleset, rematch, times } = this.context;
    const { matchId, side } = success;
    const { id, name, members, blocks, elo } = actor;
    const request = {
      ...{ matchId, side, node: nodeId, boot, ruleset, ticket: this.ticket, secret: this.secret },
      actor: { id, name, members: [...members], blocks: [...blocks], elo },
      ...{ ...rematch, joinMs: times.joinMs, nextMatchId: runtime.newId(), challengeRoom: runtime.newId() },
    };
    return insist(runtime)(runtime.bus.rematch(request as Parameters<typeof runtime.bus.rematch>[0])).pipe(
      filter(() => this.state === 'asking'),
      concatMap((answer): Observable<EventBody> => {
        if ('session' in answer) return this.begin(answer.session);
        const isFirst = 'asked' in answer && !this.hasAsked;
        this.hasAsked = true;
        this.answers$.next('asked' in answer ? 'asked' : answer);
        if ('refused' in answer) this.end('over');
        return isFirst ? this.said('asked') : EMPTY;
      }),
    );
  }

  private hear(message: Message): void {
    const { success, admits } = this.context;
    if (message.kind === 'REMATCH' && message.matchId === success.matchId && message.side !== success.side && this.isOpen) {
      if (!message.wants) {
        this.end('otherDeclined');
        return;
      }
      if (this.otherHasAsked) return;
      this.otherHasAsked = true;
      this.subscriber?.next(this.event('otherAsked'));
      const withinMs = this.context.rematch.withinMs;
      this.inform({ kind: 'rematch', matchId: success.matchId, may: 'agree', withinMs });
      return;
    }
    if (!('ticket' in message) || message.ticket !== this.ticket || !this.subscriber) return;
    if (message.kind === 'INSTANT_MATCH' && this.state === 'asking') begin(this.subscriber, this.play(successOf(message)));
    else if (message.kind === 'CANCELLED' && this.state === 'playing' && admits(message)) this.cancelled(message.reason);
  }

  /** The match never began. */
  private cancelled(reason: string): void {
    this.inform({ kind: 'withdrawn', reason });
    this.subscriber?.next({ kind: 'withdrawn', id: this.context.actor.id, reason });
    this.close();
  }

  /** Before the match has begun it may be cancelled while nothing is heard: it is looked up. */
  private look(): Observable<never> {
    const { runtime } = this.context;
    const { bus, scheduler } = runtime;
    return timer(LOOK_MS, LOOK_MS, scheduler).pipe(
      takeWhile(() => this.state === 'playing'),
      exhaustMap(() => insist(runtime)(bus.standing(this.ticket))),
      tap((standing) => {
        if (this.state !== 'playing' || standing.at === 'queue' || standing.at === 'match') return;
        this.cancelled(standing.at === 'gone' ? standing.reason : 'the match was lost');
      }),
      ignoreElements(),
    );
  }

  private begin(match: MatchRecord): Observable<EventBody> {
    return this.play(successOf(sessionOf(match, this.ticket)));
  }

  private play(success: Success): Observable<EventBody> {
    const { actor } = this.context;
    this.state = 'playing';
    this.answers$.next('matched');
    this.done$.next();
    const { matchId, side } = success;
    let played: LocalActor | undefined;
    const tell = (notice: Notice): Observable<never> =>
      defer(() => {
        this.inform(notice);
        return EMPTY;
      });
    const match$ = playMatch(success, { ...this.context, tell }).pipe(
      tap({
        next: (event) => {
          if (event.kind === 'begun') this.state = 'begun';
          if (event.kind === 'elo') played = { ...actor, elo: event.new };
          if (event.kind === 'elo' || event.kind === 'void') this.state = 'over';
        },
        complete: () => {
          this.close();
          if (played) this.context.played(success, played);
        },
      }),
    );
    this.inform({ kind: 'matched', matchId });
    this.subscriber?.next({ kind: 'matched', id: actor.id, matchId, side });
    this.game?.begin(match$);
    return this.look();
  }

  private event(said: RematchSaid): EventBody {
    return { kind: 'rematch', id: this.context.actor.id, matchId: this.context.success.matchId, said };
  }

  private said(said: RematchSaid): Observable<EventBody> {
    return of(this.event(said));
  }

  /** The chance is over. */
  private end(said: 'declined' | 'otherDeclined' | 'over'): void {
    if (!this.isOpen) return;
    this.state = 'over';
    this.subscriber?.next(this.event(said));
    this.inform({ kind: 'rematch', matchId: this.context.success.matchId, may: 'not', withinMs: 0 });
    this.done$.next();
    this.subscriber?.complete();
  }
}
