/** What the bus may have done although it did not answer is undone; the next try of the same actor waits until it is. */
import { concat, defer, finalize, ignoreElements, type Observable, ReplaySubject } from 'rxjs';

export class Undoing {
  private readonly byActor = new Map<string, Observable<void>>();
  /** Actors of whom a next try waits. */
  private readonly awaited = new Set<string>();

  /** From now on this actor waits until `removal$`, which is subscribed to later, has ended. */
  begin(actorId: string, removal$: Observable<unknown>): Observable<never> {
    const done$ = new ReplaySubject<void>();
    this.byActor.set(actorId, done$);
    return removal$.pipe(
      ignoreElements(),
      finalize(() => {
        if (this.byActor.get(actorId) === done$) {
          this.byActor.delete(actorId);
          this.awaited.delete(actorId);
        }
        done$.complete();
      }),
    );
  }

  /** The next try, once nothing of the actor is being undone; undefined where nothing is. */
  after<T>(actorId: string, next: () => Observable<T>): Observable<T> | undefined {
    const done$ = this.byActor.get(actorId);
    if (!done$) return undefined;
    this.awaited.add(actorId);
    return concat(done$.pipe(ignoreElements()), defer(next));
  }

  /** The same for who takes a next try back: undefined also where none waits. */
  afterNext<T>(actorId: string, next: () => Observable<T>): Observable<T> | undefined {
    return this.awaited.has(actorId) ? this.after(actorId, next) : undefined;
  }
}
