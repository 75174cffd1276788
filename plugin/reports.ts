/**
 * A node's incidents on their way to the owner: each is kept in the bus once, one after the other. While the bus is out of reach they wait
 * here; when too many do, the oldest go.
 */
import {
  catchError,
  defer,
  EMPTY,
  exhaustMap,
  ignoreElements,
  type Observable,
  of,
  repeat,
  Subject,
  startWith,
  take,
  tap,
} from 'rxjs';
import type { IncidentReport } from '../bus/admin.ts';
import { MOST_REASON } from '../bus/messages.ts';
import type { IncidentEvent, NodeEvent } from './events.ts';
import { errorText } from './guard.ts';
import { persist, type Runtime } from './runtime.ts';

/** How many wait at most. */
const MOST = 1000;

type Waiting = Omit<IncidentReport, 'agoMs'> & { readonly happenedAt: number };

export class Reports {
  private readonly runtime: Runtime;
  private readonly waiting: Waiting[] = [];
  private readonly came$ = new Subject<void>();
  private readonly empty$ = new Subject<void>();

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  add({ code, matchId, detail, about: { queue, stage, actors, nodes } }: IncidentEvent): void {
    const { scheduler, newId } = this.runtime;
    const what = { id: newId(), kind: code, detail: detail.slice(0, MOST_REASON), log: null };
    this.waiting.push({ ...what, queue, matchId, stage, actors, nodes, happenedAt: scheduler.now() });
    if (this.waiting.length > MOST) this.waiting.shift();
    this.came$.next();
  }

  /** Until unsubscribed: hands on whatever comes. Emits what the bus refused for good. */
  work(): Observable<NodeEvent> {
    return this.came$.pipe(
      startWith(undefined),
      exhaustMap(() => this.handOn().pipe(repeat({ delay: () => (this.waiting.length > 0 ? of(0) : EMPTY) }))),
    );
  }

  /** Completes when none waits. */
  drained(): Observable<never> {
    return defer(() => (this.waiting.length === 0 ? EMPTY : this.empty$.pipe(take(1), ignoreElements())));
  }

  /** The oldest that waits. */
  private handOn(): Observable<NodeEvent> {
    return defer(() => {
      const [first] = this.waiting;
      if (!first) return EMPTY;
      const { bus, scheduler } = this.runtime;
      const { happenedAt, ...report } = first;
      const kept$ = defer(() => bus.report({ ...report, agoMs: scheduler.now() - happenedAt }));
      const done = (): void => {
        // It may have gone meanwhile, for newer ones.
        if (this.waiting[0] === first) this.waiting.shift();
        if (this.waiting.length === 0) this.empty$.next();
      };
      return persist(scheduler)(kept$).pipe(
        ignoreElements(),
        catchError((error: unknown) => of<NodeEvent>({ kind: 'fault', where: 'report', error: errorText(error) })),
        tap({ complete: done }),
      );
    });
  }
}
