/**
 * ControllableBattleActor: the stand-in that plays on this server what the player on the other server does.
 *
 * The local player's inputs go out through `send`, get their turn number in the match's log and come back, like the other
 * side's, through `onTurn`: one order for both servers.
 */
import { type Observable, ReplaySubject, Subject } from 'rxjs';
import { MOST_DATA, MOST_DIGEST, MOST_REASON } from '../bus/messages.ts';
import type { Refusal, SideNumber, Winner } from '../matcher/index.ts';
import type { State } from './digests.ts';
import { guarded, isPromise } from './guard.ts';
import type { MatchError } from './match-errors.ts';

/** One input of either side. Apply them in this order. */
export interface BattleTurn {
  /** Its number in the match's log; grows by 1, starting somewhere after the entries that opened the match. */
  readonly turn: number;
  readonly side: SideNumber;
  readonly data: string;
}

/** How the match was closed. */
export type BattleEnd =
  | { readonly kind: 'elo'; readonly winner: Winner }
  /** `error`: one of the classes of match errors; `reason` is its code. */
  | { readonly kind: 'void'; readonly reason: string; readonly detail: string; readonly error: MatchError }
  /** This server stops. */
  | { readonly kind: 'stopped' };

export interface BattleReport {
  readonly winner: Winner;
  readonly digest: string;
}

export class ControllableBattleActor {
  /** The side that it stands for. */
  readonly side: SideNumber;
  /** The side of the local player. */
  readonly localSide: SideNumber;
  private readonly turns = new ReplaySubject<BattleTurn>();
  private readonly end = new ReplaySubject<BattleEnd>(1);
  private readonly inputs = new Subject<string>();
  private readonly report = new ReplaySubject<BattleReport>(1);
  private readonly refusal = new ReplaySubject<Refusal>(1);
  private readonly states = new Subject<State>();
  private readonly presence = new ReplaySubject<'dropped' | 'returned'>(1);
  private readonly live = new ReplaySubject<void>(1);
  private readonly abandoned = new ReplaySubject<void>(1);
  private givesUp = false;
  private replaying: boolean;
  private readonly failed = new Subject<{ where: string; error: unknown }>();
  private closed = false;
  private reported = false;

  /** `isRebuilt`: it begins with turns that were played before, and `goOn` ends them. */
  constructor(localSide: SideNumber, isRebuilt = false) {
    this.localSide = localSide;
    this.side = localSide === 0 ? 1 : 0;
    this.replaying = isRebuilt;
    if (!isRebuilt) this.live.next();
  }

  /** Is a battle of before a restart of this server being rebuilt? Meanwhile `send` is ignored: what the local player did is among the turns. */
  get isReplaying(): boolean {
    return this.replaying;
  }

  /** Calls `go` once, when the local player's inputs count: at once, or when a battle that is rebuilt has come to where it was. */
  onLive(go: () => unknown): void {
    this.live.subscribe(() => this.guarded('onLive', go));
  }

  /**
   * Calls `apply` with every turn of either side, in order, each once; from the first on, whenever it is asked for. Where it returns text (or a promise
   * of it), that is a digest of the battle's state after this turn, at most 128 characters: as soon as the two servers' differ the match is void, and
   * the turn is named. A throw (or a promise that rejects) is reported as a `fault` and refuses the match.
   */
  onTurn(apply: (turn: BattleTurn) => unknown): void {
    this.turns.subscribe((turn) => this.guarded('onTurn', () => this.digested(turn.turn, apply(turn))));
  }

  /** Calls `tidy` once, when the match is closed, with or without a result. */
  onEnd(tidy: (end: BattleEnd) => unknown): void {
    this.end.subscribe((end) => this.guarded('onEnd', () => tidy(end)));
  }

  /**
   * An input of the local player. It is not to be applied before it comes back. Throws a RangeError when it is longer than
   * 65,536 characters; is ignored while the battle is rebuilt, and once the match is closed.
   */
  send(data: string): void {
    if (typeof data !== 'string' || data.length > MOST_DATA)
      throw new RangeError(`the input of opponent.send must be text of at most ${MOST_DATA} characters`);
    if (!this.closed && !this.replaying) this.inputs.next(data);
  }

  /**
   * The battle is over as this server computed it: who won, and a digest of its final state (at most 128 characters) that
   * must equal the other server's. Only the first call counts.
   */
  over(winner: Winner, digest: string): void {
    if (winner !== 0 && winner !== 1 && winner !== 'draw')
      throw new RangeError(`the winner of opponent.over must be 0, 1 or 'draw'`);
    if (typeof digest !== 'string' || digest.length > MOST_DIGEST)
      throw new RangeError(`the digest of opponent.over must be text of at most ${MOST_DIGEST} characters`);
    if (this.closed || this.reported) return;
    this.reported = true;
    this.report.next({ winner, digest });
  }

  /**
   * The local player has dropped out of the game: the opponent is told, and sees how long there is. Say `returned` within `times.reconnectMs` (60 s), or it
   * has forfeited.
   */
  dropped(): void {
    if (!this.closed) this.presence.next('dropped');
  }

  /** The local player is back. */
  returned(): void {
    if (!this.closed) this.presence.next('returned');
  }

  /**
   * Calls `giveUp` once, when the local player dropped out and did not return in time, in the place of `forfeit`: for games in which a forfeit is an input
   * of the battle. Then it has its place among the others, and where both players stay away the first one has lost.
   */
  onAbandoned(giveUp: () => unknown): void {
    this.givesUp = true;
    this.abandoned.subscribe(() => this.guarded('onAbandoned', giveUp));
  }

  /**
   * The local player has lost by leaving: for games in which a forfeit is no input of the battle. It counts unless the other server reports another
   * result; nothing that is reported afterwards does.
   */
  forfeit(): void {
    this.over(this.side, '');
  }

  /** ValidationError: this server refuses to go on, for this reason. The match is closed without a result. */
  refuse(reason: string): void {
    if (!this.closed) this.refusal.next({ code: 'ValidationError', reason: String(reason).slice(0, MOST_REASON) });
  }

  /** @internal For Jaeger: what the host put in, and what it failed at. */
  get fromHost() {
    const {
      inputs: inputs$,
      report: report$,
      refusal: refusal$,
      states: states$,
      presence: presence$,
      failed: failed$,
      end: ended$,
    } = this;
    return { inputs$, report$, refusal$, states$, presence$, failed$, ended$ } satisfies Record<string, Observable<unknown>>;
  }

  /** @internal For Jaeger: a turn of the log. */
  receive(turn: BattleTurn): void {
    this.turns.next(turn);
  }

  /** @internal For Jaeger: the local player did not come back. */
  abandon(): void {
    if (this.givesUp) this.abandoned.next();
    else this.forfeit();
  }

  /** @internal For Jaeger: all that was played before is there. */
  goOn(): void {
    this.replaying = false;
    this.live.next();
  }

  /** @internal For Jaeger: the match is closed. */
  close(end: BattleEnd): void {
    if (this.closed) return;
    this.closed = true;
    this.inputs.complete();
    this.report.complete();
    this.refusal.complete();
    this.presence.complete();
    this.live.complete();
    this.abandoned.complete();
    this.turns.complete();
    this.end.next(end);
    this.end.complete();
  }

  private digested(turn: number, returned: unknown): unknown {
    if (isPromise(returned)) return returned.then((digest) => this.digested(turn, digest));
    if (typeof returned !== 'string' || returned === '' || this.closed) return undefined;
    if (returned.length > MOST_DIGEST)
      throw new RangeError(`the digest that onTurn returns must be text of at most ${MOST_DIGEST} characters`);
    this.states.next({ after: turn, digest: returned });
    return undefined;
  }

  private guarded(where: string, call: () => unknown): void {
    guarded(call, (error) => this.failed.next({ where, error }));
  }
}
