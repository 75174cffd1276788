/**
 * One ticket's stay on its node: its waiting room, the automatic answers, the offers, the match that comes of it.
 *
 *   waiting ⇄ offered ── SUCCESS ──► matched ── BEGIN ──► begun ── VOID, ELO ──► over
 *   matched ── CANCELLED, back ──► waiting;   waiting, offered, matched ── WITHDRAWN, CANCELLED, removed ──► over
 */
import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  filter,
  map,
  merge,
  mergeWith,
  type Observable,
  of,
  ReplaySubject,
  Subject,
  share,
  skip,
  switchMap,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import type { Entered, Removed } from '../bus/bus.ts';
import {
  type AreYouThere,
  type JaegerRoomMessage,
  type LeaderMark,
  type Offer,
  PROTOCOL_VERSION,
  type Success,
  type TicketBody,
  type WaitingRoomMessage,
} from '../bus/messages.ts';
import type { QueueConfig } from './config.ts';
import type { EventBody } from './events.ts';
import { errorText, guarded } from './guard.ts';
import { type Host, later, type Notice } from './host.ts';
import { playMatch } from './match.ts';
import type { Result } from './match-context.ts';
import { missedOf, type StoryMessage } from './missed.ts';
import { mayBeLost, persist, type Runtime } from './runtime.ts';

export interface StayContext {
  readonly runtime: Runtime;
  readonly host: Host;
  readonly nodeId: string;
  readonly queue: string;
  readonly times: QueueConfig['times'];
  /** May the leader of this (generation, epoch) still speak? Remembers the newest. */
  admits(message: LeaderMark): boolean;
  /** Data of the bus may have been lost, of what was there under this generation. */
  readonly dataLost$: Observable<number>;
  /** A match has its result. */
  rated(result: Result): void;
  /** Asks the bus to take a ticket in again. */
  enterAgain(body: TicketBody, under: number): Observable<Entered>;
  /** A function of the host failed. */
  fault(where: string, error: unknown): void;
}

const WAITING_ROOM: ReadonlySet<string> = new Set<WaitingRoomMessage['kind']>([
  'ARE_YOU_THERE',
  'TAKEN',
  'OFFER',
  'WITHDRAWN',
  'BACK',
  'SUCCESS',
  'CANCELLED',
]);

export class Stay {
  readonly ticket: string;
  private readonly context: StayContext;
  private body: TicketBody | undefined;
  private state: 'waiting' | 'offered' | 'matched' | 'begun' | 'over' = 'waiting';
  private offerId: string | undefined;
  private matchId: string | undefined;
  /** Has the bus answered that the ticket is kept? */
  private readonly known$ = new ReplaySubject<void>(1);
  /** How much its room has told so far. */
  private told = 0;
  private readonly entered$ = new ReplaySubject<void>(1);
  private readonly removed$ = new Subject<void>();
  /** What was begun by a message of the leader counts no more. */
  private readonly interrupted$ = new Subject<void>();
  private readonly begun$ = new ReplaySubject<void>(1);

  constructor(ticket: string, context: StayContext) {
    this.ticket = ticket;
    this.context = context;
  }

  /** Is the actor on its way into the queue, in it, or offered a match? */
  get isQueued(): boolean {
    return this.state === 'waiting' || this.state === 'offered';
  }

  /** Is its ticket in the queue, as far as is known here? */
  get isKept(): boolean {
    return this.isQueued && this.body !== undefined;
  }

  /**
   * Hears the waiting room, then enters by `enter`, and lives until the stay is over. `enter` emits the ticket as the bus keeps it;
   * its error ends the stay. Emits what happened.
   */
  live(enter: Observable<TicketBody>): Observable<EventBody> {
    const { bus } = this.context.runtime;
    return defer(() => {
      const heard$ = bus.hear(bus.rooms.waiting(this.ticket)).pipe(share());
      const messages$ = heard$.pipe(
        map((heard) => (heard.listening ? undefined : heard.message)),
        filter((message): message is WaitingRoomMessage => message !== undefined && WAITING_ROOM.has(message.kind)),
        filter((message) => message.ticket === this.ticket && this.context.admits(message)),
        share(),
      );
      const over$ = new Subject<void>();
      const entered$ = heard$.pipe(
        filter((heard) => heard.listening),
        take(1),
        concatMap(() => enter),
        tap((body) => {
          this.body = body;
          this.known$.next();
        }),
        concatMap((body) => this.entered(body)),
        tap({ complete: () => this.entered$.next() }),
      );
      const missed$ = heard$.pipe(
        filter((heard) => heard.listening),
        skip(1),
        switchMap(() => this.entered$.pipe(take(1))),
        switchMap(() => this.missed()),
      );
      // The waiting room stays open for a while after SUCCESS, for those who still ask; the match goes on without it.
      const roomClosed$ = messages$.pipe(
        switchMap((message) =>
          message.kind === 'SUCCESS' ? timer(this.context.times.successMs, this.context.runtime.scheduler) : EMPTY,
        ),
        switchMap(() => this.begun$),
      );
      const answers$ = messages$.pipe(
        filter((message) => message.kind === 'ARE_YOU_THERE'),
        // The leader may hear of the ticket before this node has its answer.
        concatMap((message) =>
          this.known$.pipe(
            take(1),
            switchMap(() => this.answer(message)),
          ),
        ),
      );
      const story$ = messages$.pipe(
        filter((message) => message.kind !== 'ARE_YOU_THERE' && message.kind !== 'TAKEN'),
        tap(() => this.told++),
        mergeWith(missed$),
        filter((message) => this.applies(message)),
        takeUntil(roomClosed$),
        // Each of these replaces what came of the one before: a new offer, going back, the match, its end.
        switchMap((message) => this.follow(message, over$)),
      );
      const again$ = this.context.dataLost$.pipe(concatMap((under) => this.assert(under, over$)));
      return merge(entered$, again$, answers$.pipe(takeUntil(roomClosed$)), story$).pipe(
        takeUntil(merge(over$, this.removed$)),
      );
    });
  }

  /** The bus may have lost the ticket: it takes it in again, with its old time. */
  private assert(under: number, over$: Subject<void>): Observable<EventBody> {
    const { body } = this;
    if (!body || !this.isQueued) return EMPTY;
    return this.context.enterAgain(body, under).pipe(
      concatMap((answer) => {
        if (!this.isQueued) return EMPTY;
        if ('entered' in answer) {
          if (this.state === 'waiting') return EMPTY;
          return this.learn();
        }
        this.state = 'over';
        const reason = 'the queue was lost, and does not take it in again';
        const end = defer(() => {
          over$.next();
          return EMPTY;
        });
        const said: EventBody = { kind: 'withdrawn', id: body.actor.id, reason };
        return concat(of(said), this.tell({ kind: 'withdrawn', reason }), end);
      }),
    );
  }

  /** An offer that was lost with the data: the ticket waits again. */
  private learn(): Observable<EventBody> {
    const { runtime } = this.context;
    const id = this.body?.actor.id ?? '';
    return persist(runtime.scheduler)(runtime.bus.ticket(this.ticket)).pipe(
      concatMap((record) => {
        if (record?.state !== 'waiting' || this.state !== 'offered') return EMPTY;
        this.state = 'waiting';
        const reason = 'the offer was lost';
        this.interrupted$.next();
        return concat(of<EventBody>({ kind: 'back', id, reason }), this.tell({ kind: 'back', reason }));
      }),
    );
  }

  private entered(body: TicketBody): Observable<EventBody> {
    const { actor } = body;
    const { queue } = this.context;
    return concat(
      of<EventBody>({ kind: 'entered', queue, id: actor.id, name: actor.name, elo: actor.elo }),
      this.tell({ kind: 'queued', queue, elo: actor.elo }),
    );
  }

  /** The automatic answer: nobody is asked. */
  private answer(question: AreYouThere): Observable<never> {
    const { bus } = this.context.runtime;
    const base = { v: PROTOCOL_VERSION, ask: question.ask, ticket: this.ticket } as const;
    const answer: JaegerRoomMessage =
      this.state === 'over'
        ? { ...base, kind: 'GONE' }
        : !this.isQueued
          ? { ...base, kind: 'BUSY', reason: 'TAKEN' }
          : { ...base, kind: 'HERE' };
    return mayBeLost(bus.say(bus.rooms.jaeger(question.queue), answer));
  }

  /** Does what the leader says fit where the actor is? Once the battle has begun only its own log speaks. */
  private applies(message: StoryMessage): boolean {
    if (this.state === 'begun' || this.state === 'over') return false;
    if (message.kind === 'OFFER') return message.offerId !== this.offerId;
    if (message.kind === 'SUCCESS') return message.matchId !== this.matchId;
    if (message.kind === 'CANCELLED') return this.state === 'matched' && message.matchId === this.matchId;
    return true;
  }

  /** After a reconnect: what was said meanwhile, as the records have it. Once the battle has begun its own log has all. */
  private missed(): Observable<StoryMessage> {
    return defer(() => {
      const { runtime, queue } = this.context;
      const { ticket, told } = this;
      return persist(runtime.scheduler)(runtime.bus.standing(ticket)).pipe(
        concatMap((standing) => {
          const { state, offerId, matchId } = this;
          // Something was heard while the bus was asked: what it answered may be older.
          if (told !== this.told) return this.missed();
          if (state === 'begun' || state === 'over') return EMPTY;
          const missed = missedOf(standing, { ticket, queue, state, offerId, matchId });
          return missed ? of(missed) : EMPTY;
        }),
      );
    });
  }

  private follow(message: StoryMessage, over$: Subject<void>): Observable<EventBody> {
    const id = this.body?.actor.id ?? '';
    const end = defer(() => {
      over$.next();
      return EMPTY;
    });
    switch (message.kind) {
      case 'OFFER':
        this.state = 'offered';
        this.offerId = message.offerId;
        return this.ask(message).pipe(takeUntil(this.interrupted$));
      case 'BACK':
        this.state = 'waiting';
        this.offerId = undefined;
        return concat(
          of<EventBody>({ kind: 'back', id, reason: message.reason }),
          this.tell({ kind: 'back', reason: message.reason }),
        );
      case 'WITHDRAWN':
        this.state = 'over';
        return concat(
          of<EventBody>({ kind: 'withdrawn', id, reason: message.reason }),
          this.tell({ kind: 'withdrawn', reason: message.reason }),
          end,
        );
      case 'SUCCESS':
        this.state = 'matched';
        this.matchId = message.matchId;
        return concat(
          of<EventBody>({ kind: 'matched', id, matchId: message.matchId, side: message.side }),
          this.tell({ kind: 'matched', matchId: message.matchId }),
          this.play(message),
          end,
        );
      case 'CANCELLED':
        this.state = message.back ? 'waiting' : 'over';
        return concat(
          of<EventBody>({ kind: message.back ? 'back' : 'withdrawn', id, reason: message.reason }),
          this.tell({ kind: message.back ? 'back' : 'withdrawn', reason: message.reason }),
          message.back ? EMPTY : end,
        );
    }
  }

  private play(success: Success): Observable<EventBody> {
    const actor = (this.body as TicketBody).actor;
    const tell = (notice: Notice): Observable<never> => this.tell(notice);
    return playMatch(success, { ...this.context, actor, tell }).pipe(
      tap((event) => {
        if (event.kind === 'begun') {
          this.state = 'begun';
          this.begun$.next();
        }
        // Whoever is told of the end may queue again at once.
        if (event.kind === 'elo' || event.kind === 'void') this.state = 'over';
      }),
    );
  }

  private ask({ offerId, windowMs, queue }: Offer): Observable<EventBody> {
    const { runtime, host } = this.context;
    const actor = (this.body as TicketBody).actor;
    const reply = (said: 'confirmed' | 'declined'): Observable<EventBody> =>
      persist(runtime.scheduler)(runtime.bus.reply(offerId, this.ticket, said)).pipe(
        filter((answered) => answered === 'done'),
        map((): EventBody => ({ kind: 'replied', id: actor.id, offerId, reply: said })),
      );
    return concat(
      of<EventBody>({ kind: 'asked', id: actor.id, offerId, windowMs }),
      later(() => host.accept(actor, { offerId, queue, windowMs })).pipe(
        concatMap((yes: unknown) => {
          if (typeof yes !== 'boolean') throw new TypeError('accept returns true or false');
          return reply(yes ? 'confirmed' : 'declined');
        }),
        catchError((error: unknown) =>
          concat(of<EventBody>({ kind: 'fault', where: 'host.accept', error: errorText(error) }), reply('declined')),
        ),
      ),
    );
  }

  /** Ends the stay of a ticket that the bus has let go of already, and tells the player why. */
  dismiss(reason: string): void {
    this.tell({ kind: 'withdrawn', reason }).subscribe();
    this.close();
  }

  /** Removes the ticket because this server stops, and tells the player. */
  retire(): Observable<Removed> {
    const wasQueued = this.isQueued;
    const told = defer(() => (wasQueued ? this.tell({ kind: 'withdrawn', reason: 'the server stops' }) : EMPTY));
    return concat(this.remove(), told);
  }

  /** Removes the ticket; after BEGIN it answers PLAYING and changes nothing. */
  remove(): Observable<Removed> {
    const { runtime, nodeId } = this.context;
    return persist(runtime.scheduler)(runtime.bus.leave(nodeId, this.ticket)).pipe(
      tap((removed) => {
        // A match that was still being joined is cancelled by the arena, which tells this room. A ticket that the bus does not
        // know is over, and this room was not told.
        if (removed === 'queued' || removed === 'offered' || (removed === 'nothing' && this.isQueued)) this.close();
      }),
    );
  }

  /** Ends the stay on this node, whatever the bus says. */
  close(): void {
    this.state = 'over';
    this.removed$.next();
  }

  /** Tells the player something. */
  inform(notice: Notice): void {
    const { host, fault } = this.context;
    const { body } = this;
    if (!body) return;
    guarded(
      () => host.tell(body.actor, notice),
      (error) => fault('host.tell', error),
    );
  }

  private tell(notice: Notice): Observable<never> {
    return defer(() => {
      this.inform(notice);
      return EMPTY;
    });
  }
}
