/**
 * What earlier boots of this server left behind: open matches, which its host may go on with, and Elos that were published while it was away.
 */
import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  filter,
  from,
  ignoreElements,
  map,
  mergeMap,
  Observable,
  of,
  switchMap,
  tap,
} from 'rxjs';
import type { EloPublished, LeaderMark } from '../bus/messages.ts';
import type { MatchRecord, SeatRecord } from '../bus/records.ts';
import type { Config, QueueConfig } from './config.ts';
import type { EventBody } from './events.ts';
import { guarded } from './guard.ts';
import { type Host, type LocalActor, later, type MatchView, type Notice } from './host.ts';
import { playMatch } from './match.ts';
import type { Result } from './match-context.ts';
import { insist, persist, type Runtime } from './runtime.ts';
import { begin } from './works.ts';

/** How many are looked at in one go; those beyond are found at the next sign of life. */
const MOST = 100;

export interface SeatsContext {
  readonly runtime: Runtime;
  readonly host: Host;
  readonly config: Config;
  readonly boot: string;
  admits(message: LeaderMark): boolean;
  isStopping(): boolean;
  ended(queue: string, result: Result): void;
  dataLost(queue: string): Observable<number>;
  fault(where: string, error: unknown): void;
}

export class Seats {
  private readonly context: SeatsContext;
  /** What was seen to here, as match and side. */
  private readonly seen = new Set<string>();
  /** Actors whose match goes on. */
  private readonly playing = new Set<string>();

  constructor(context: SeatsContext) {
    this.context = context;
  }

  /** Is this actor in a match of before this server began anew? */
  plays(actorId: string): boolean {
    return this.playing.has(actorId);
  }

  /** Offers the host its open matches of before, and plays those on that it takes up. The others are void: nobody is kept waiting for them. */
  rejoin(queue: string, times: QueueConfig['times']): Observable<EventBody> {
    const { host } = this.context;
    return this.find(queue, 'open').pipe(
      filter((seat) => this.isNew(seat)),
      mergeMap((seat) => {
        const asked$ = later(() => host.rejoin?.(seat.match.sides[seat.side].actor, viewOf(seat)) ?? false).pipe(
          catchError((error: unknown) => {
            this.context.fault('host.rejoin', error);
            return of(false);
          }),
        );
        return asked$.pipe(
          concatMap((yes: unknown) => (yes === true ? this.goOn(seat, times) : this.giveUp(seat))),
          // One match that breaks ends no other.
          catchError((error: unknown) => {
            this.context.fault(`match ${seat.match.matchId}`, error);
            return EMPTY;
          }),
        );
      }),
    );
  }

  private goOn(seat: SeatRecord, times: QueueConfig['times']): Observable<EventBody> {
    const { runtime, config, boot, dataLost } = this.context;
    const { side, match } = seat;
    const { id } = match.sides[side].actor;
    const rejoin$ = insist(runtime)(runtime.bus.rejoin(match.matchId, side, config.nodeId, boot));
    const play$ = new Observable<EventBody>((subscriber) => {
      this.playing.add(id);
      subscriber.add(() => this.playing.delete(id));
      // A bus that has lost it would count this side as of the boot that is gone.
      const again$ = dataLost(match.queue).pipe(switchMap(() => rejoin$));
      begin(subscriber, again$.pipe(ignoreElements()));
      this.play(seat, times).subscribe(subscriber);
    });
    return rejoin$.pipe(
      filter((answer) => answer === 'done'),
      concatMap(() => concat(of<EventBody>({ kind: 'rejoined', id, matchId: match.matchId }), play$)),
    );
  }

  private giveUp({ side, match }: SeatRecord): Observable<never> {
    const { runtime, config } = this.context;
    // What was reported of its end is known without this server.
    if (match.sides[side].result) return EMPTY;
    const refusal = { code: 'NodeLost', reason: `the server of ${match.sides[side].actor.name} was started anew` } as const;
    return insist(runtime)(runtime.bus.judge(match.matchId, side, config.nodeId, refusal)).pipe(ignoreElements());
  }

  /** Takes the Elos of matches that earlier boots played, and tells the host, match by match; each once, but the bus may have lost that it is taken. */
  collect(queue: string): Observable<EventBody> {
    const { runtime, config } = this.context;
    const ask = persist(runtime.scheduler);
    return this.find(queue, 'rated').pipe(
      concatMap((seat) => {
        const { side, match } = seat;
        const taken$ = ask(runtime.bus.takeElo(match.matchId, side, config.nodeId)).pipe(ignoreElements());
        if (!this.isNew(seat)) return taken$;
        return ask(runtime.bus.log(match.matchId, match.turns, 1)).pipe(
          map((page) => page[0]?.entry),
          tap((entry) => {
            // The bus has lost it meanwhile, and nobody was told: it is new when it is published again.
            if (entry?.kind !== 'ELO') this.seen.delete(keyOf(seat));
          }),
          filter((entry): entry is EloPublished => entry?.kind === 'ELO'),
          concatMap(({ winner, sides }) => {
            const { actor } = match.sides[side];
            const change = { matchId: match.matchId, winner, side, ...sides[side] };
            return concat(
              of<EventBody>({ kind: 'elo', id: actor.id, ...change }),
              this.tell(actor, { kind: 'elo', ...change }),
              taken$,
            );
          }),
        );
      }),
    );
  }

  private find(queue: string, what: 'open' | 'rated'): Observable<SeatRecord> {
    const { runtime, config, boot } = this.context;
    const seats$ = persist(runtime.scheduler)(runtime.bus.seats(config.nodeId, queue, boot, what, MOST));
    return seats$.pipe(concatMap((seats) => from(seats)));
  }

  /** Is it seen to for the first time here? */
  private isNew(seat: SeatRecord): boolean {
    const key = keyOf(seat);
    if (this.seen.has(key)) return false;
    this.seen.add(key);
    return true;
  }

  private play({ side, match }: SeatRecord, times: QueueConfig['times']): Observable<EventBody> {
    const { runtime, host, config, admits, isStopping, ended, dataLost } = this.context;
    const { matchId, queue, challengeRoom } = match;
    const { actor, teamIn, valid } = match.sides[side];
    return playMatch(
      { matchId, side, queue, challengeRoom, rejoins: { team: teamIn, verdict: valid } },
      {
        ...{ runtime, host, nodeId: config.nodeId, actor, times, admits, isStopping },
        ended: (result) => ended(queue, result),
        dataLost$: dataLost(queue),
        tell: (notice) => this.tell(actor, notice),
      },
    );
  }

  private tell(actor: LocalActor, notice: Notice): Observable<never> {
    const { host, fault } = this.context;
    return defer(() => {
      guarded(
        () => host.tell(actor, notice),
        (error) => fault('host.tell', error),
      );
      return EMPTY;
    });
  }
}

const keyOf = ({ side, match: { matchId, stage } }: SeatRecord): string => `${stage === 'rated'} ${side} ${matchId}`;

function viewOf({ side, match }: SeatRecord): MatchView {
  const { matchId, queue, sides, rated } = match;
  const opponent = ({ actor: { id, name, members, elo }, node }: MatchRecord['sides'][0]) => ({ id, name, members, elo, node });
  return { matchId, queue, side, rated, sides: [opponent(sides[0]), opponent(sides[1])] };
}
