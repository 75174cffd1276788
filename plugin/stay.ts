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
  finalize,
  ignoreElements,
  map,
  Observable,
  of,
  tap,
  timer,
} from 'rxjs';
import type { Entered, Heard, Removed } from '../bus/bus.ts';
import {
  type AreYouThere,
  type JaegerRoomMessage,
  type LeaderMark,
  type Message,
  type Offer,
  PROTOCOL_VERSION,
  type Success,
  type TicketBody,
  type WaitingRoomMessage,
} from '../bus/messages.ts';
import type { QueueConfig } from './config.ts';
import type { Counts } from './counts.ts';
import type { EventBody } from './events.ts';
import { errorText, guarded } from './guard.ts';
import { type Host, type LocalActor, later, type Notice } from './host.ts';
import { playMatch } from './match.ts';
import type { Result } from './match-context.ts';
import { missedOf, type StoryMessage, withdrawnOf } from './missed.ts';
import { insist, mayBeLost, persist, type Runtime } from './runtime.ts';
import { begin, hearEach, Successive } from './works.ts';

export interface StayContext {
  readonly runtime: Runtime;
  readonly host: Host;
  readonly nodeId: string;
  readonly queue: string;
  readonly times: QueueConfig['times'];
  /** May the leader of this (generation, epoch) still speak? Remembers the newest. */
  admits(message: LeaderMark): boolean;
  isStopping(): boolean;
  /** Data of the bus may have been lost, of what was there under this generation. */
  readonly dataLost$: Observable<number>;
  /** Counts what is said to it and does not fit. */
  readonly counts: Counts;
  /** Something about its place in the queue changes, or is asked or answered. */
  changed(): void;
  /** A match has its end. */
  ended(result: Result): void;
  /** The match has its result, and may be played once more. */
  played(success: Success, actor: LocalActor): void;
  /** Asks the bus to take a ticket in again. */
  enterAgain(body: TicketBody, under: number): Observable<Entered>;
  /** A function of the host failed. */
  fault(where: string, error: unknown): void;
}

/** What can be said to it: by who leads, or by the request that has moved its actor elsewhere. */
export const STAY_KINDS = [
  ...(['ARE_YOU_THERE', 'TAKEN', 'OFFER', 'WITHDRAWN', 'BACK', 'SUCCESS', 'CANCELLED', 'MOVED'] as const),
] satisfies readonly WaitingRoomMessage['kind'][];
const WAITING_ROOM: ReadonlySet<string> = new Set(STAY_KINDS);
const isOfWaitingRoom = (message: Message): message is WaitingRoomMessage => WAITING_ROOM.has(message.kind);

/** Who cannot be taken in again for being somewhere is tried again so soon, and for so many times `dataLossMs`. */
const PRESENT_MS = 500;
const PRESENT_TIMES = 3;

export const STAY_STATES = ['waiting', 'offered', 'matched', 'begun', 'over'] as const;
type State = (typeof STAY_STATES)[number];

export class Stay {
  readonly ticket: string;
  private readonly context: StayContext;
  private body: TicketBody | undefined;
  private at: State = 'waiting';
  /** How much was asked about its place in the queue and is not answered. */
  private asking = 0;
  private offerId: string | undefined;
  /** What the player said to that offer. */
  private replied: 'confirmed' | 'declined' | undefined;
  private matchId: string | undefined;
  /** How much its room has told so far. */
  private told = 0;
  /** How far its way into the queue is; undefined before the room is heard. */
  private stands: 'entering' | 'entered' | undefined;
  /** The room was heard anew before it had entered. */
  private hasMissed = false;
  /** Questions that came before the bus had answered that the ticket is kept. */
  private readonly early: AreYouThere[] = [];
  private hasBegun = false;
  private lostUnder = Number.NEGATIVE_INFINITY;
  private roomOpenUntil = 0;
  /** Completes once what was missed is known. */
  private catchingUp: (sound$: Observable<boolean>) => Observable<never> = () => EMPTY;
  private catchUp: (sound$: Observable<boolean>) => void = () => undefined;
  /** Ends the stay. */
  private end: () => void = () => undefined;
  private readonly end$ = defer(() => {
    this.end();
    return EMPTY;
  });

  constructor(ticket: string, context: StayContext) {
    this.ticket = ticket;
    this.context = context;
  }

  private get state(): State {
    return this.at;
  }

  private set state(state: State) {
    this.at = state;
    this.context.changed();
  }

  /** Is the actor on its way into the queue, in it, or offered a match? */
  get isQueued(): boolean {
    return this.state === 'waiting' || this.state === 'offered';
  }

  /** Empty before the bus has answered that it is kept. */
  get actorId(): string {
    return this.body?.actor.id ?? '';
  }

  /** Is its ticket in the queue, as far as is known here? */
  get isKept(): boolean {
    return this.isQueued && this.body !== undefined;
  }

  /** Was anything asked about its place in the queue that is not answered? */
  get isAsking(): boolean {
    return this.asking > 0;
  }

  /** Looks where the ticket stands. A bus that has never heard of it, and has lost nothing (`sound$`), ends the stay. */
  look(sound$: Observable<boolean>): void {
    if (this.stands === 'entered') this.catchUp(sound$);
  }

  /** The same, for whoever wants to know; completes once it is known here. */
  looked(): Observable<never> {
    return defer(() => (this.stands === 'entered' ? this.catchingUp(of(false)) : EMPTY));
  }

  private asked<T>(verb: Observable<T>): Observable<T> {
    return defer(() => {
      this.asking++;
      this.context.changed();
      return verb.pipe(
        finalize(() => {
          this.asking--;
          this.context.changed();
        }),
      );
    });
  }

  /**
   * Hears the waiting room, then enters by `enter`, and lives until the stay is over. `enter` emits the ticket as the bus keeps it;
   * its error ends the stay. Emits what happened.
   */
  live(enter: Observable<TicketBody>): Observable<EventBody> {
    const { bus } = this.context.runtime;
    return new Observable((subscriber) => {
      this.end = () => subscriber.complete();
      const story = new Successive(subscriber);
      const missed = new Successive(subscriber);
      // Each of these replaces what came of the one before: a new offer, going back, the match, its end.
      const tell = (message: StoryMessage): void => {
        if (!this.isRoomClosed && this.applies(message)) story.begin(this.follow(message));
        else this.context.counts.add(message.kind, this.state);
      };
      this.catchingUp = (sound$) => this.missed(sound$).pipe(tap(tell), ignoreElements());
      this.catchUp = (sound$) => missed.begin(this.catchingUp(sound$));
      const enter$ = enter.pipe(
        concatMap((body) => {
          this.body = body;
          this.context.changed();
          for (const question of this.early.splice(0)) begin(subscriber, this.answer(question));
          return this.entered(body);
        }),
        tap({
          complete: () => {
            this.stands = 'entered';
            if (this.hasMissed) this.catchUp(of(false));
          },
        }),
      );
      const hear = (heard: Heard): void => {
        if (!heard.listening) this.hear(heard.message, tell, (answer$) => begin(subscriber, answer$));
        else if (this.stands === undefined) {
          this.stands = 'entering';
          begin(subscriber, enter$);
        } else if (this.stands === 'entered') this.catchUp(of(false));
        else this.hasMissed = true;
      };
      hearEach(subscriber, bus.hear(bus.rooms.waiting(this.ticket)), hear);
      const lost = (under: number): void => {
        this.lostUnder = under;
      };
      begin(
        subscriber,
        this.context.dataLost$.pipe(
          tap(lost),
          concatMap((under) => this.assert(under)),
        ),
      );
    });
  }

  private hear(message: Message, tell: (message: StoryMessage) => void, begin: (answer$: Observable<never>) => void): void {
    if (!isOfWaitingRoom(message) || message.ticket !== this.ticket) return;
    if (message.kind !== 'MOVED' && !this.context.admits(message)) return;
    if (message.kind === 'ARE_YOU_THERE') {
      if (this.isRoomClosed) return;
      // The leader may hear of the ticket before this node has its answer.
      if (this.body) begin(this.answer(message));
      else this.early.push(message);
    } else if (message.kind !== 'TAKEN') {
      this.told++;
      tell(message);
    }
  }

  /** The waiting room stays open for a while after SUCCESS, for those who still ask; the match goes on without it. */
  private get isRoomClosed(): boolean {
    return this.hasBegun && this.context.runtime.scheduler.now() >= this.roomOpenUntil;
  }

  /** The bus may have lost the ticket: it takes it in again, with its old time. */
  private assert(under: number): Observable<EventBody> {
    const { body } = this;
    if (!body || !this.isQueued) return EMPTY;
    const { scheduler } = this.context.runtime;
    const until = scheduler.now() + PRESENT_TIMES * this.context.times.dataLossMs;
    return this.asked(this.enterAgain(body, under, until)).pipe(
      concatMap((answer) => {
        if (!this.isQueued) return EMPTY;
        if ('entered' in answer) return this.reconcile(answer.entered);
        this.state = 'over';
        const reason = 'the queue was lost, and does not take it in again';
        return this.said({ kind: 'withdrawn', id: body.actor.id, reason }, { kind: 'withdrawn', reason }, this.end$);
      }),
    );
  }

  /** Whoever is somewhere else there may be so only by what the bus has forgotten, which is put right meanwhile. */
  private enterAgain(body: TicketBody, under: number, until: number): Observable<Entered> {
    const { runtime, enterAgain } = this.context;
    const { scheduler } = runtime;
    return enterAgain(body, under).pipe(
      concatMap((answer) => {
        const isOver = !('refused' in answer) || answer.refused !== 'present' || !this.isQueued || scheduler.now() >= until;
        if (isOver) return of(answer);
        return timer(PRESENT_MS, scheduler).pipe(concatMap(() => this.enterAgain(body, under, until)));
      }),
    );
  }

  /**
   * The bus has the ticket, perhaps as it was a moment before: what was said to its offer is said again, and of what is known here nothing counts that
   * was over by then.
   */
  private reconcile(body: TicketBody): Observable<EventBody> {
    const { runtime } = this.context;
    const { offerId, replied } = this;
    this.body = body;
    this.matchId = undefined;
    if (this.state === 'waiting') this.offerId = undefined;
    const said$ =
      this.state === 'offered' && offerId !== undefined && replied
        ? insist(runtime)(runtime.bus.reply(offerId, this.ticket, replied))
        : EMPTY;
    return concat(
      said$.pipe(ignoreElements()),
      defer(() => {
        this.catchUp(of(false));
        return EMPTY;
      }),
    );
  }

  private entered(body: TicketBody): Observable<EventBody> {
    const { actor } = body;
    const { queue } = this.context;
    const { id, name, elo } = actor;
    return this.said({ kind: 'entered', queue, id, name, elo }, { kind: 'queued', queue, elo });
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

  /**
   * What was said and not heard, as the records have it. Once the battle has begun its own log has all. What they do not know is over where
   * they have lost nothing (`sound$`).
   */
  private missed(sound$: Observable<boolean>): Observable<StoryMessage> {
    return defer(() => {
      const { runtime, queue } = this.context;
      const { ticket, told } = this;
      return insist(runtime)(runtime.bus.standing(ticket)).pipe(
        concatMap((standing) => {
          const { state, offerId, matchId } = this;
          // Something was heard while the bus was asked: what it answered may be older.
          if (told !== this.told) return this.missed(sound$);
          if (state === 'begun' || state === 'over') return EMPTY;
          const known = { ticket, queue, state, offerId, matchId };
          if (standing.at === 'unknown')
            return sound$.pipe(
              filter((isSound) => isSound && told === this.told && this.isKept && !this.isAsking),
              map(() => withdrawnOf(known, 'the queue knows nothing of it')),
            );
          const missed = missedOf(standing, known);
          return missed ? of(missed) : EMPTY;
        }),
      );
    });
  }

  private follow(message: StoryMessage): Observable<EventBody> {
    const id = this.body?.actor.id ?? '';
    switch (message.kind) {
      case 'OFFER':
        this.state = 'offered';
        this.offerId = message.offerId;
        this.replied = undefined;
        return this.ask(message);
      case 'BACK': {
        this.state = 'waiting';
        this.offerId = undefined;
        const { reason } = message;
        return this.said({ kind: 'back', id, reason }, { kind: 'back', reason });
      }
      case 'MOVED':
      case 'WITHDRAWN': {
        this.state = 'over';
        const reason = message.kind === 'MOVED' ? 'moved elsewhere' : message.reason;
        return this.said({ kind: 'withdrawn', id, reason }, { kind: 'withdrawn', reason }, this.end$);
      }
      case 'SUCCESS': {
        this.state = 'matched';
        const { matchId, side } = message;
        this.matchId = matchId;
        this.roomOpenUntil = this.context.runtime.scheduler.now() + this.context.times.successMs;
        return this.said({ kind: 'matched', id, matchId, side }, { kind: 'matched', matchId }, this.play(message));
      }
      case 'CANCELLED': {
        const { back, reason } = message;
        this.state = back ? 'waiting' : 'over';
        const kind = back ? 'back' : 'withdrawn';
        return this.said({ kind, id, reason }, { kind, reason }, back ? EMPTY : this.end$);
      }
    }
  }

  private play(success: Success): Observable<EventBody> {
    const actor = (this.body as TicketBody).actor;
    let played: LocalActor | undefined;
    const tell = (notice: Notice): Observable<never> => this.tell(notice);
    // Before it has begun it may have been cancelled, of which its log says nothing.
    const silent = (): void => {
      if (this.state === 'matched') this.catchUp(of(false));
    };
    const { runtime, nodeId } = this.context;
    const lost = () => {
      // What is still answered about it comes too late: it does not go back.
      this.state = 'over';
      return insist(runtime)(runtime.bus.leave(nodeId, this.ticket));
    };
    return playMatch(success, { ...this.context, actor, lostUnder: this.lostUnder, tell, silent, lost }).pipe(
      tap({
        next: (event) => {
          if (event.kind === 'begun') {
            this.state = 'begun';
            this.hasBegun = true;
          }
          if (event.kind === 'elo') played = { ...actor, elo: event.new };
          // Whoever is told of the end may queue again at once.
          if (event.kind === 'elo' || event.kind === 'void') this.state = 'over';
        },
        complete: () => {
          this.end();
          if (played) this.context.played(success, played);
        },
      }),
    );
  }

  private ask({ offerId, windowMs, queue }: Offer): Observable<EventBody> {
    const { runtime, host } = this.context;
    const actor = (this.body as TicketBody).actor;
    const reply = (said: 'confirmed' | 'declined'): Observable<EventBody> => {
      this.replied = said;
      return insist(runtime)(runtime.bus.reply(offerId, this.ticket, said)).pipe(
        filter((answered) => answered === 'done'),
        map((): EventBody => ({ kind: 'replied', id: actor.id, offerId, reply: said })),
      );
    };
    const answer$ = later(() => host.accept(actor, { offerId, queue, windowMs })).pipe(
      concatMap((yes: unknown) => {
        if (typeof yes !== 'boolean') throw new TypeError('accept returns true or false');
        return reply(yes ? 'confirmed' : 'declined');
      }),
      catchError((error: unknown) =>
        concat(of<EventBody>({ kind: 'fault', where: 'host.accept', error: errorText(error) }), reply('declined')),
      ),
    );
    return this.said({ kind: 'asked', id: actor.id, offerId, windowMs }, undefined, answer$);
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
    return this.asked(persist(runtime.scheduler)(runtime.bus.leave(nodeId, this.ticket))).pipe(
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
    this.end();
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

  /** What happened, told to the player, and what comes of it. */
  private said(event: EventBody, notice: Notice | undefined, then$: Observable<EventBody> = EMPTY): Observable<EventBody> {
    return new Observable((subscriber) => {
      subscriber.next(event);
      if (subscriber.closed) return;
      if (notice) this.inform(notice);
      if (!subscriber.closed) then$.subscribe(subscriber);
    });
  }

  private tell(notice: Notice): Observable<never> {
    return defer(() => {
      this.inform(notice);
      return EMPTY;
    });
  }
}
