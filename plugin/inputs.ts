/** The local player's inputs on their way into the match's log: one after the other, each under the next number of this side's own counter. */
import { concat, concatMap, defer, EMPTY, finalize, from, map, merge, type Observable, take, timer } from 'rxjs';
import type { State } from './digests.ts';
import type { MatchContext, Seat } from './match-context.ts';
import { insist } from './runtime.ts';

/** How many inputs of the host may wait to be appended. */
const MOST_PENDING = 1000;
/** How soon an input that came too fast is appended again. */
const TOO_FAST_MS = 200;

export interface InputsOptions {
  readonly seat: Seat;
  readonly context: MatchContext;
  /** The newest state that the host gave. */
  state(): State;
  /** An input got this number in the log. */
  appended(turn: number): void;
}

export class Inputs {
  private readonly options: InputsOptions;
  private counter = 0;
  private pending = 0;
  /** What was sent and did not come back yet, by its number. */
  private readonly sent = new Map<number, string>();

  constructor(options: InputsOptions) {
    this.options = options;
  }

  /** Appends what `inputs$` brings. Errors when the host sends more than can be kept. */
  send(inputs$: Observable<string>): Observable<never> {
    const new$ = inputs$.pipe(
      map((data) => {
        if (++this.pending > MOST_PENDING) throw new RangeError(`more than ${MOST_PENDING} inputs wait to be sent`);
        const number = ++this.counter;
        this.sent.set(number, data);
        return this.append(number, data).pipe(finalize(() => this.pending--));
      }),
    );
    const again$ = this.options.seat.again$.pipe(map(() => this.appendAgain()));
    return merge(new$, again$).pipe(concatMap((work$) => work$));
  }

  /** What was appended and did not come back: the bus may have lost it. What waits to be appended is not meant. */
  private appendAgain(): Observable<never> {
    return defer(() => {
      const appended = [...this.sent].filter(([number]) => number <= this.counter - this.pending);
      return from(appended).pipe(concatMap(([number, data]) => this.append(number, data)));
    });
  }

  /** Is this on its way? */
  hasSent(counter: number, data: string): boolean {
    return this.sent.get(counter) === data;
  }

  /** An input of this side came back. Returns whether it is the one that was sent. */
  returned(counter: number, data: string): boolean {
    return this.hasSent(counter, data) && this.sent.delete(counter);
  }

  /** So many inputs of this side are in the log already. */
  resume(counter: number): void {
    this.counter = counter;
  }

  private append(number: number, data: string): Observable<never> {
    const { seat, context, state, appended } = this.options;
    const { bus, scheduler } = context.runtime;
    return defer(() => {
      const { digest, after } = state();
      return insist(context.runtime)(bus.append(seat.matchId, seat.side, context.nodeId, number, data, digest, after));
    }).pipe(
      concatMap((answer) => {
        if ('turn' in answer) appended(answer.turn);
        // `foreign`: the bus lost the match with its data. Either way the end is on its way.
        if (!('refused' in answer) || answer.refused === 'late' || answer.refused === 'foreign') return EMPTY;
        // What this side appended before is lost with the bus's data: it is said again, or the match is void.
        if (answer.refused === 'counter')
          return seat.again$.pipe(
            take(1),
            concatMap(() => concat(this.appendAgain(), this.append(number, data))),
          );
        if (answer.refused !== 'tooMany') throw new Error(`the log refused an input: ${answer.refused}`);
        return timer(TOO_FAST_MS, scheduler).pipe(concatMap(() => this.append(number, data)));
      }),
    );
  }
}
