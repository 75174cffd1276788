/**
 * One side of a match on its node, from SUCCESS to the end.
 *
 *   entering ── JOINED sent, BEGIN ──► teams ── own TEAM sent, both TEAMs ──► judging ── verdict sent, START ──► battle
 *   any ── VOID or ELO ──► over (CANCELLED comes through the waiting room and ends it from outside)
 */
import { concat, concatMap, defer, EMPTY, filter, ignoreElements, Observable, of, Subject, type Subscriber, tap } from 'rxjs';
import type { Begin, EloPublished, LogEntry, Message, Side, Start, Success } from '../bus/messages.ts';
import { Battle } from './battle.ts';
import type { About, EventBody } from './events.ts';
import { MatchLog } from './log.ts';
import type { MatchContext, Seat } from './match-context.ts';
import { matchErrorOf } from './match-errors.ts';
import { type Done, Opening } from './opening.ts';
import { insist } from './runtime.ts';
import { announceNewest, silences } from './silence.ts';
import { Verdict } from './verdict.ts';
import { begin, hearEach, together } from './works.ts';

/** A match that is played from its beginning, or on from where it was when this server began anew. */
export type Playing = Pick<Success, 'matchId' | 'side' | 'queue' | 'challengeRoom'> & { readonly rejoins?: Done };

const isEnd = (entry: LogEntry): boolean => entry.kind === 'VOID' || entry.kind === 'ELO';
/** No log has so many entries. */
const MORE_THAN_ANY = Number.MAX_SAFE_INTEGER;
const NOTHING_DONE: Done = { team: false, verdict: false };

/** Emits what happened; completes when the match is over, or when it is unsubscribed from. */
export function playMatch(playing: Playing, context: MatchContext): Observable<EventBody> {
  return defer(() => new MatchSide(playing, context).play());
}

class MatchSide implements Seat {
  readonly side: Side;
  readonly matchId: string;
  private readonly playing: Playing;
  private readonly context: MatchContext;
  private readonly log: MatchLog;
  private readonly verdict: Verdict;
  private readonly opening: Opening;
  private battle: Battle | undefined;
  private isRebuilding: boolean;
  /** OVER_OK for this side. */
  private readonly acknowledged$ = new Subject<void>();
  /** The bus lost of this match what was played here: the end that it has all the same, if it is rated. */
  private readonly storeLost$ = new Subject<LogEntry | undefined>();
  /** Turns that were applied and that the log has otherwise. */
  private readonly doubted$ = new Subject<number>();
  private readonly awayChanged$ = new Subject<unknown>();
  readonly again$ = new Subject<unknown>();
  /** The generation that was over when the bus lost data. */
  private lostUnder: number;

  constructor(playing: Playing, context: MatchContext) {
    const { matchId, side, queue, rejoins } = playing;
    this.playing = playing;
    this.context = context;
    this.side = side;
    this.matchId = matchId;
    this.isRebuilding = rejoins !== undefined;
    this.lostUnder = context.lostUnder ?? Number.NEGATIVE_INFINITY;
    this.verdict = new Verdict(this, context);
    this.opening = new Opening({ seat: this, queue, context, verdict: this.verdict, done: rejoins ?? NOTHING_DONE });
    this.log = new MatchLog({
      ...{ bus: context.runtime.bus, matchId, side, persist: this.persist, admits: context.admits },
      isUnderWay: this.isRebuilding,
      hasSent: (counter, data) => this.battle?.hasSent(counter, data) ?? false,
      onExceeded: (times) => this.battle?.exceeded(times),
      onForged: (turn) => this.doubted$.next(turn),
      onLied: () => this.battle?.lied(),
      onCaughtUp: () => this.caughtUp(),
    });
  }

  play(): Observable<EventBody> {
    return new Observable((subscriber) => {
      const { bus, scheduler } = this.context.runtime;
      const room = bus.rooms.challenge(this.playing.challengeRoom);
      subscriber.add(() => this.battle?.close({ kind: 'stopped' }));
      const aside = together(subscriber);
      // Answers to an entry go their own way: a slow host holds up no turn, and a silent one not the end.
      const answers = together(subscriber);
      let heardAt = scheduler.now();
      const end = (entry: LogEntry): void => {
        aside.unsubscribe();
        this.apply(entry).subscribe(subscriber);
        answers.unsubscribe();
      };
      const inOrder = this.log.follow(aside, (entry) => {
        heardAt = scheduler.now();
        if (isEnd(entry)) return end(entry);
        begin(answers, this.apply(entry));
        // Said before data was lost and heard since: it may be lost with them, and was not vouched for.
        if ('generation' in entry && entry.generation <= this.lostUnder) begin(aside, this.vouch(entry.turn));
      });
      hearEach(aside, this.storeLost$, (entry) => {
        if (entry) return end(entry);
        aside.unsubscribe();
        subscriber.complete();
      });
      hearEach(aside, this.context.dataLost$, (under) => {
        this.lostUnder = under;
        begin(aside, this.vouch());
      });
      hearEach(aside, this.doubted$, (turn) => begin(aside, this.doubt(turn)));
      hearEach(aside, bus.hear(room), (heard) => {
        if (heard.listening) this.enter(aside, () => inOrder(heard));
        else this.hear(heard.message, aside);
        inOrder(heard);
      });
      // Whatever was lost, the log has it: who hears nothing for a while looks there.
      hearEach(
        aside,
        silences(this.context, () => heardAt),
        () => {
          inOrder({ listening: true });
          this.context.silent?.();
        },
      );
      const newest = () => (this.battle ? { turn: this.log.order.expected - 1, away: this.battle.away } : undefined);
      begin(aside, announceNewest(this, this.context, room, newest, this.awayChanged$));
    });
  }

  /** What is said in the challenge room and is no entry of the log. */
  private hear(message: Message, aside: Subscriber<EventBody>): void {
    if (message.kind === 'OVER_OK') {
      const { matchId, side } = message;
      if (matchId === this.matchId && side === this.side && this.context.admits(message)) this.acknowledged$.next();
    } else if (message.kind === 'NEWEST' && message.matchId === this.matchId && this.battle)
      begin(aside, this.battle.heard(message));
  }

  private readonly persist = <T>(verb: Observable<T>): Observable<T> => insist(this.context.runtime)(verb);

  get about(): About {
    const { opening, context } = this;
    const stage = this.battle ? 'battle' : opening.stage;
    const sides = opening.sides ?? [{ id: context.actor.id, node: context.nodeId }];
    return { queue: this.playing.queue, stage, actors: sides.map(({ id }) => id), nodes: sides.map(({ node }) => node) };
  }

  private get id(): string {
    return this.context.actor.id;
  }

  /** JOINED, once the challenge room is heard; again after a reconnect, which changes nothing. `refused`: the match is beyond it. */
  private enter(aside: Subscriber<EventBody>, refused: () => void): void {
    const { runtime, nodeId } = this.context;
    hearEach(aside, this.persist(runtime.bus.joined(this.matchId, this.side, nodeId)), (answer) => {
      if (answer !== 'done') refused();
    });
  }

  /**
   * After a loss of data: a match that the bus does not know, or knows less of than was played here, is void. Of one that it knows it may still lack what
   * this side has said last, which shows in no log.
   */
  private vouch(turns = this.log.order.expected - 1): Observable<EventBody> {
    const { runtime, nodeId } = this.context;
    const code = 'StoreLost';
    const detail = 'Redis lost this match, or a part of it';
    const { matchId, side, id, log } = this;
    const end$ = defer(() => {
      this.storeLost$.next(undefined);
      return EMPTY;
    });
    return this.persist(runtime.bus.vouch(matchId, side, nodeId, turns)).pipe(
      concatMap((answer) => {
        // It was rated without what this side holds: that is its end.
        if (answer === 'known' && turns === MORE_THAN_ANY) return this.rate();
        if (answer === 'known') {
          this.again$.next(undefined);
          log.compare();
          return EMPTY;
        }
        const incident: EventBody = { kind: 'incident', code, matchId, id, detail, about: this.about, log: [...log.applied] };
        return concat(this.lost(), of(incident), this.voided(code, detail), end$);
      }),
    );
  }

  /** A turn that was applied and that the log has otherwise is forged, or lost with the bus's data, which has gone on without it. */
  private doubt(turn: number): Observable<EventBody> {
    const { runtime, nodeId } = this.context;
    const { playing } = this;
    const begun = this.log.applied[0] as Begin;
    const page = { node: nodeId, boot: '', queue: playing.queue, after: '', most: 1 };
    return this.persist(runtime.bus.holdings(page)).pipe(
      concatMap((held): Observable<EventBody> => {
        if ('refused' in held || held.generation > begun.generation) return this.vouch(MORE_THAN_ANY);
        this.battle?.forged(turn);
        return EMPTY;
      }),
    );
  }

  /** Ends as the log of the bus does. */
  private rate(): Observable<never> {
    return this.log.newest().pipe(
      filter(isEnd),
      tap((entry) => this.storeLost$.next(entry)),
      ignoreElements(),
    );
  }

  private lost(): Observable<never> {
    return (this.context.lost?.() ?? EMPTY).pipe(ignoreElements());
  }

  private apply(entry: LogEntry): Observable<EventBody> {
    switch (entry.kind) {
      case 'BEGIN':
        return this.opening.begin(entry);
      case 'TEAM':
        return this.opening.team(entry);
      case 'START':
        return this.start(entry);
      case 'TURN':
        this.battle?.turn(entry);
        return EMPTY;
      case 'VOID':
        this.ended(entry.turn, true);
        return this.voided(entry.reason, entry.detail);
      case 'ELO':
        return this.rated(entry);
    }
  }

  private start({ seed }: Start): Observable<EventBody> {
    const { context, verdict, log, acknowledged$, isRebuilding: isRebuilt } = this;
    const setup = this.opening.setup(seed);
    const battle = new Battle({ seat: this, context, verdict, log, setup, acknowledged$, isRebuilt });
    this.battle = battle;
    return battle.start(this.awayChanged$);
  }

  /** All that the log had is applied: from here on the battle is not rebuilt but played. */
  private caughtUp(): void {
    if (!this.isRebuilding) return;
    this.isRebuilding = false;
    this.battle?.goOn();
  }

  private voided(reason: string, detail: string): Observable<EventBody> {
    const { id, matchId, context } = this;
    const error = matchErrorOf(reason, matchId, detail);
    return defer(() => {
      if (reason === 'NodeLost' && context.isStopping()) {
        this.battle?.close({ kind: 'stopped' });
        return of<EventBody>({ kind: 'void', id, matchId, reason, detail });
      }
      this.battle?.close({ kind: 'void', reason, detail, error });
      const said: EventBody = { kind: 'void', id, matchId, reason, detail };
      return concat(of(said), context.tell({ kind: 'void', matchId, reason, detail, error }));
    });
  }

  private ended(turns: number, isVoid: boolean): void {
    const { matchId, side, id, about, context } = this;
    context.ended({ matchId, isVoid, side, turns, id, about: isVoid ? about : { ...about, stage: 'rated' } });
  }

  private rated({ winner, sides, turn }: EloPublished): Observable<EventBody> {
    const { id, matchId, side, context } = this;
    const change = { matchId, winner, side, old: sides[side].old, new: sides[side].new, delta: sides[side].delta };
    this.ended(turn, false);
    this.battle?.close({ kind: 'elo', winner });
    const taken$ = this.persist(context.runtime.bus.takeElo(matchId, side, context.nodeId));
    return concat(
      of<EventBody>({ kind: 'elo', id, ...change }),
      context.tell({ kind: 'elo', ...change }),
      taken$.pipe(ignoreElements()),
    );
  }
}
