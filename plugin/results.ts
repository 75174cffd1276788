/** The results of the last minutes (`kept.resultsMs`): when the bus has lost its data, who looks after the realm is told of those that it lost. */
import { filter, from, map, mergeMap, type Observable } from 'rxjs';
import type { NodeEvent } from './events.ts';
import type { Result } from './match-context.ts';
import { persist, type Runtime } from './runtime.ts';

/** How many are kept. */
const MOST = 10_000;

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

  /** A result that the bus does not know changes no Elo: it is an incident. */
  vouch(queue: string): Observable<NodeEvent> {
    this.forget();
    const { bus, scheduler } = this.runtime;
    return from(this.kept.filter((one) => one.queue === queue)).pipe(
      mergeMap(({ result }) => {
        const { matchId, side, turns } = result;
        return persist(scheduler)(bus.vouch(matchId, side, this.nodeId, turns)).pipe(
          filter((answer) => answer === 'lost'),
          map(() => result),
        );
      }),
      map(({ matchId, id, about }): NodeEvent => {
        const detail = 'Redis lost the result of this match, or that it was played';
        return { kind: 'incident', code: 'StoreLost', matchId, id, detail, about };
      }),
    );
  }

  private forget(): void {
    const now = this.runtime.scheduler.now();
    while (this.kept[0] && this.kept[0].at < now - this.keptMs) this.kept.shift();
  }
}
