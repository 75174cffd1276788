/**
 * ControllableBattleActor: the stand-in that plays on this server what the player on the other server does.
 *
 * The local player's inputs go out through `send`, get their turn number in the match's log and come back, like the other
 * side's, through `onTurn`: one order for both servers.
 */
import { type Observable, ReplaySubject, Subject } from 'rxjs';
import { MOST_DATA, MOST_DIGEST, MOST_REASON } from '../bus/messages.ts';
import type { SideNumber, Winner } from '../matcher/index.ts';
import { guarded } from './guard.ts';

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
  | { readonly kind: 'void'; readonly reason: string; readonly detail: string }
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
  private readonly refusal = new ReplaySubject<string>(1);
  private readonly failed = new Subject<{ where: string; error: unknown }>();
  private closed = false;
  private reported = false;

  constructor(localSide: SideNumber) {
    this.localSide = localSide;
    this.side = localSide === 0 ? 1 : 0;
  }

  /**
   * Calls `apply` with every turn of either side, in order, each once; from the first on, whenever it is asked for. A throw (or a
   * promise that rejects) is reported as a `fault` and refuses the match.
   */
  onTurn(apply: (turn: BattleTurn) => unknown): void {
    this.turns.subscribe((turn) => this.guarded('onTurn', () => apply(turn)));
  }

  /** Calls `tidy` once, when the match is closed, with or without a result. */
  onEnd(tidy: (end: BattleEnd) => unknown): void {
    this.end.subscribe((end) => this.guarded('onEnd', () => tidy(end)));
  }

  /**
   * An input of the local player. It is not to be applied before it comes back. Throws a RangeError when it is longer than
   * 65,536 characters; is ignored once the match is closed.
   */
  send(data: string): void {
    if (typeof data !== 'string' || data.length > MOST_DATA)
      throw new RangeError(`an input must be text of at most ${MOST_DATA} characters`);
    if (!this.closed) this.inputs.next(data);
  }

  /**
   * The battle is over as this server computed it: who won, and a digest of its final state (at most 128 characters) that
   * must equal the other server's. Only the first call counts.
   */
  over(winner: Winner, digest: string): void {
    if (winner !== 0 && winner !== 1 && winner !== 'draw') throw new RangeError(`the winner must be 0, 1 or 'draw'`);
    if (typeof digest !== 'string' || digest.length > MOST_DIGEST)
      throw new RangeError(`a digest must be text of at most ${MOST_DIGEST} characters`);
    if (this.closed || this.reported) return;
    this.reported = true;
    this.report.next({ winner, digest });
  }

  /** ValidationError: this server refuses to go on, for this reason. The match is closed without a result. */
  refuse(reason: string): void {
    if (!this.closed) this.refusal.next(String(reason).slice(0, MOST_REASON));
  }

  /** For Jaeger: what the host put in, and what it failed at. */
  get fromHost() {
    const { inputs: inputs$, report: report$, refusal: refusal$, failed: failed$, end: ended$ } = this;
    return { inputs$, report$, refusal$, failed$, ended$ } satisfies Record<string, Observable<unknown>>;
  }

  /** For Jaeger: a turn of the log. */
  receive(turn: BattleTurn): void {
    this.turns.next(turn);
  }

  /** For Jaeger: the match is closed. */
  close(end: BattleEnd): void {
    if (this.closed) return;
    this.closed = true;
    this.inputs.complete();
    this.report.complete();
    this.refusal.complete();
    this.turns.complete();
    this.end.next(end);
    this.end.complete();
  }

  private guarded(where: string, call: () => unknown): void {
    guarded(call, (error) => this.failed.next({ where, error }));
  }
}
