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
  finalize,
  from,
  ignoreElements,
  map,
  mergeMap,
  type Observable,
  of,
} from 'rxjs';
import type { EloPublished, LeaderMark } from '../bus/messages.ts';
import type { MatchRecord, SeatRecord } from '../bus/records.ts';
import type { Config, QueueConfig } from './config.ts';
import type { EventBody } from './events.ts';
import { guarded } from './guard.ts';
import { type Host, type LocalActor, later, type MatchView, type Notice } from './host.ts';
import { playMatch } from './match.ts';
import type { Result } from './match-context.ts';
import { persist, type Runtime } from './runtime.ts';

/** How many are looked at in one go; those beyond are found at the next sign of life. */
const MOST = 100;

export interface SeatsContext {
  readonly runtime: Runtime;
  readonly host: Host;
  readonly config: Config;
  readonly boot: string;
  admits(message: LeaderMark): boolean;
  rated(queue: string, result: Result): void;
  dataLost(queue: string): Observable<unknown>;
  fault(where: string, error: unknown): void;
}

export class Seats {
  private readonly context: SeatsContext;
  /** What is seen to here, as match and side. */
  private readonly busy = new Set<string>();
  /** Actors whose match goes on. */
  private readonly playing = new Set<string>();

  constructor(context: SeatsContext) {
    this.context = context;
  }

  /** Is this actor in a match of before this server began anew? */
  plays(actorId: string): boolean {
    return this.playing.has(actorId);
  }

  /** Offers the host its open matches of before, and plays those on that it takes up. */
  rejoin(queue: string, times: QueueConfig['times']): Observable<EventBody> {
    const { runtime, host, config, boot } = this.context;
    if (typeof host.rejoin !== 'function') return EMPTY;
    return this.find(queue, 'open').pipe(
      mergeMap((seat) => {
        const { side, match } = seat;
        const { actor } = match.sides[side];
        const asked$ = later(() => (host.rejoin as NonNullable<Host['rejoin']>)(actor, viewOf(seat))).pipe(
          catchError((error: unknown) => {
            this.context.fault('host.rejoin', error);
            return of(false);
          }),
        );
        const play$ = defer(() => {
          this.playing.add(actor.id);
          return this.play(seat, times);
        }).pipe(finalize(() => this.playing.delete(actor.id)));
        return asked$.pipe(
          filter((yes) => yes === true),
          concatMap(() => persist(runtime.scheduler)(runtime.bus.rejoin(match.matchId, side, config.nodeId, boot))),
          filter((answer) => answer === 'done'),
          concatMap(() => concat(of<EventBody>({ kind: 'rejoined', id: actor.id, matchId: match.matchId }), play$)),
        );
      }),
    );
  }

  /** Takes the Elos of matches that earlier boots played, and tells the host, match by match. */
  collect(queue: string): Observable<EventBody> {
    const { runtime, config } = this.context;
    const ask = persist(runtime.scheduler);
    return this.find(queue, 'rated').pipe(
      concatMap(({ side, match }) =>
        ask(runtime.bus.log(match.matchId, match.turns, 1)).pipe(
          map((page) => page[0]?.entry),
          filter((entry): entry is EloPublished => entry?.kind === 'ELO'),
          concatMap(({ winner, sides }) => {
            const { matchId } = match;
            const { actor } = match.sides[side];
            const change = { matchId, winner, side, ...sides[side] };
            const taken$ = ask(runtime.bus.takeElo(matchId, side, config.nodeId)).pipe(ignoreElements());
            return concat(
              of<EventBody>({ kind: 'elo', id: actor.id, ...change }),
              this.tell(actor, { kind: 'elo', ...change }),
              taken$,
            );
          }),
        ),
      ),
    );
  }

  /** Each that is not seen to already; it is until what comes of it is over. */
  private find(queue: string, what: 'open' | 'rated'): Observable<SeatRecord> {
    const { runtime, config, boot } = this.context;
    return persist(runtime.scheduler)(runtime.bus.seats(config.nodeId, queue, boot, what, MOST)).pipe(
      concatMap((seats) => from(seats.filter((seat) => !this.busy.has(keyOf(seat))))),
      map((seat) => {
        this.busy.add(keyOf(seat));
        return seat;
      }),
    );
  }

  private play({ side, match }: SeatRecord, times: QueueConfig['times']): Observable<EventBody> {
    const { runtime, host, config, admits, rated, dataLost } = this.context;
    const { matchId, queue, challengeRoom } = match;
    const { actor, teamIn, valid } = match.sides[side];
    return playMatch(
      { matchId, side, queue, challengeRoom, rejoins: { team: teamIn, verdict: valid } },
      {
        ...{ runtime, host, nodeId: config.nodeId, actor, times, admits },
        rated: (result) => rated(queue, result),
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
