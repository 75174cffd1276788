/**
 * The matches that ended in the last minutes (`kept.resultsMs`). When the bus has lost its data, what it holds of them may be older: it is told that they are
 * over, and who looks after the realm is told of the results that it lost.
 */
import { EMPTY, from, ignoreElements, mergeMap, type Observable, of } from 'rxjs';
import type { NodeEvent } from './events.ts';
import type { Result } from './match-context.ts';
import { insist, type Runtime } from './runtime.ts';

/** How many are kept. */
const MOST = 10_000;
/** Of how many the bus is asked at once. */
const AT_ONCE = 100;

export class Results {
  private readonly runtime: Runtime;
  private readonly nodeId: string;
  private readonly keptMs: number;
  private readonly kept: { readonly queue: string; readonly at: number; readonly result: Result }[] = [];

  constructor(runtime: Runtime, nodeId: string, keptMs: number) {
    this.runtime = runtime;
    this.nodeId = nodeId;
    this.keptMs = keptMs;
  }

  add(queue: string, result: Result): void {
    this.kept.push({ queue, at: this.runtime.scheduler.now(), result });
    if (this.kept.length > MOST) this.kept.shift();
    this.forget();
  }

  /** A result that the bus does not know changes no Elo: it is an incident. A match that is open there is void, for nobody plays it any more. */
  vouch(queue: string): Observable<NodeEvent> {
    this.forget();
    const { bus } = this.runtime;
    return from(this.kept.filter((one) => one.queue === queue)).pipe(
      mergeMap(({ result }) => {
        const { matchId, isVoid, side, turns, id, about } = result;
        const ask = insist(this.runtime);
        return ask(bus.vouch(matchId, side, this.nodeId, turns)).pipe(
          mergeMap((answer): Observable<NodeEvent> => {
            // That the Elo was taken may be lost.
            if (answer === 'known') return isVoid ? EMPTY : ask(bus.takeElo(matchId, side, this.nodeId)).pipe(ignoreElements());
            const detail = 'Redis lost the result of this match, or that it was played';
            return isVoid ? EMPTY : of({ kind: 'incident', code: 'StoreLost', matchId, id, detail, about });
          }),
        );
      }, AT_ONCE),
    );
  }

  private forget(): void {
    const now = this.runtime.scheduler.now();
    while (this.kept[0] && this.kept[0].at < now - this.keptMs) this.kept.shift();
  }
}
