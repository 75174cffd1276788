/**
 * The tickets whose stay here ended in the last minutes (`kept.resultsMs`): a bus that has lost its data may have gone back to a moment at which they were
 * there, and is told that they are not.
 */
import { filter, from, map, mergeMap, type Observable, reduce } from 'rxjs';
import type { NodeEvent } from './events.ts';
import { insist, type Runtime } from './runtime.ts';

/** How many are kept. */
const MOST = 10_000;
/** Of how many the bus is told at once. */
const AT_ONCE = 100;

export class Departed {
  private readonly runtime: Runtime;
  private readonly nodeId: string;
  private readonly keptMs: number;
  private readonly kept: { readonly queue: string; readonly at: number; readonly ticket: string }[] = [];

  constructor(runtime: Runtime, nodeId: string, keptMs: number) {
    this.runtime = runtime;
    this.nodeId = nodeId;
    this.keptMs = keptMs;
  }

  add(queue: string, ticket: string): void {
    this.kept.push({ queue, at: this.runtime.scheduler.now(), ticket });
    if (this.kept.length > MOST) this.kept.shift();
    this.forget();
  }

  /** Those that are there leave once more; emits how many were. */
  leave(queue: string): Observable<NodeEvent> {
    this.forget();
    const { bus } = this.runtime;
    return from(this.kept.filter((one) => one.queue === queue)).pipe(
      mergeMap(({ ticket }) => insist(this.runtime)(bus.leave(this.nodeId, ticket)), AT_ONCE),
      filter((removed) => removed !== 'nothing' && removed !== 'PLAYING'),
      reduce((count) => count + 1, 0),
      filter((removed) => removed > 0),
      map((removed): NodeEvent => ({ kind: 'healed', queue, removed })),
    );
  }

  private forget(): void {
    const now = this.runtime.scheduler.now();
    while (this.kept[0] && this.kept[0].at < now - this.keptMs) this.kept.shift();
  }
}
