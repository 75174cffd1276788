/** The stays of a node: who is in a queue of it, in a match that came of it, or on the way in. */
import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  filter,
  finalize,
  ignoreElements,
  map,
  merge,
  type Observable,
  ReplaySubject,
  take,
  takeUntil,
  tap,
  throwError,
} from 'rxjs';
import { BusUnreachable, type Removed } from '../bus/bus.ts';
import type { LeaderMark, Success, TicketBody } from '../bus/messages.ts';
import type { Counts } from './counts.ts';
import { AddError, type AddProblem, problem, StateError } from './errors.ts';
import type { EventBody } from './events.ts';
import type { Host, LocalActor } from './host.ts';
import type { Result } from './match-context.ts';
import { refusal, type Understood } from './request.ts';
import { insist, persist, type Runtime } from './runtime.ts';
import { Stay } from './stay.ts';
import type { Undoing } from './undoing.ts';

/** What `add` resolves with. */
export interface Added {
  readonly ticket: string;
  readonly queue: string;
  readonly elo: number;
  /** Bus time in ms. */
  readonly firstConsidered: number;
}

/** An actor that is in the queue, in a match, or on its way in. */
interface Held {
  readonly stay: Stay;
  readonly queue: string;
  readonly members: readonly string[];
  /** The answer to `add`, or its error; whoever asks meanwhile gets it too. */
  readonly added$: ReplaySubject<Added>;
}

export interface StaysContext {
  readonly runtime: Runtime;
  readonly host: Host;
  readonly nodeId: string;
  boot(): string;
  /** Emits once this boot has taken its place. */
  arrived(): Observable<unknown>;
  /** The bus is out of reach: whoever is on the way in is not added. */
  readonly lost$: Observable<BusUnreachable>;
  readonly stopped$: Observable<unknown>;
  readonly undoing: Undoing;
  /** Data of the bus may have been lost, of what was there under this generation. */
  dataLost(queue: string): Observable<number>;
  readonly counts: Counts;
  admits(message: LeaderMark): boolean;
  isStopping(): boolean;
  /** An actor enters a queue: what it asked for without a leader is over. */
  entering(actorId: string): void;
  /** Something about a ticket's place in the queue changes, or is asked or answered. */
  changed(queue: string, ticket: string): void;
  ended(queue: string, result: Result): void;
  /** The stay of a ticket is over. */
  departed(queue: string, ticket: string): void;
  played(success: Success, actor: LocalActor, ruleset: string): void;
  run(work$: Observable<EventBody>, where: string): void;
  fault(where: string, error: unknown): void;
}

export class Stays {
  private readonly context: StaysContext;
  private readonly held = new Set<Held>();
  /** The newest of each actor, by its id: one that has played may queue again before its last match is tidied up. */
  private readonly newest = new Map<string, Held>();

  constructor(context: StaysContext) {
    this.context = context;
  }

  /** As they are now: who of them ends changes nothing of it. */
  get all(): readonly Stay[] {
    return [...this.held].map(({ stay }) => stay);
  }

  of(queue: string): readonly Stay[] {
    return [...this.held].filter((held) => held.queue === queue).map(({ stay }) => stay);
  }

  /** Where an actor waits, is offered a match, or is on its way in. */
  queued(actorId: string): { readonly queue: string; readonly ticket: string } | undefined {
    const held = this.newest.get(actorId);
    return held?.stay.isQueued ? { queue: held.queue, ticket: held.stay.ticket } : undefined;
  }

  /**
   * Emits once the ticket is durable and its waiting room is heard. The same actor again gets the same answer, unless the bus has let go of it since, which this
   * node did not hear: then it is asked for `anew`.
   */
  add(understood: Understood, anew: () => Observable<Added>): Observable<Added> {
    const { actor, queue, move } = understood;
    const held = this.newest.get(actor.id);
    if (!held?.stay.isQueued) return this.enter(understood, held);
    const isSame = held.queue === queue && held.members.join('\n') === actor.members.join('\n');
    if (isSame)
      return concat(
        this.looked(held),
        defer(() => (held.stay.isQueued ? held.added$.pipe(take(1)) : anew())),
      );
    if (move) return this.enter(understood, held);
    const { nodeId } = this.context;
    const where = `${actor.id}, with ${held.members.join(', ')} in ${held.queue} on ${nodeId}`;
    const values = { player: actor.id, place: 'queued', queue: held.queue, server: nodeId };
    const problems: AddProblem[] = [
      { ...problem('id', 'an actor that is nowhere else', where), says: { key: 'refusedPresent', values } },
    ];
    return throwError(() => new AddError('The actor cannot be added:', problems));
  }

  /** Completes once it is known where it stands, or that this cannot be known now. */
  private looked({ stay }: Held): Observable<never> {
    const { lost$, stopped$ } = this.context;
    return stay.looked().pipe(takeUntil(merge(lost$, stopped$)));
  }

  /** Emits what an actor was removed from; undefined when none of that name is here. Empty when all is closed before that is known. */
  remove(actorId: string): Observable<Removed> | undefined {
    const held = this.newest.get(actorId);
    return held?.added$.pipe(
      take(1),
      concatMap(() => held.stay.remove()),
    );
  }

  /** All leave; completes when nothing is left to ask of the bus. */
  retire(): Observable<unknown> {
    return defer(() =>
      merge(
        ...[...this.held].map(({ stay, added$ }) =>
          added$.pipe(
            take(1),
            concatMap(() => stay.retire()),
            catchError(() => EMPTY),
          ),
        ),
      ),
    );
  }

  /** All end here and now. */
  close(): void {
    for (const stay of this.all) stay.close();
  }

  private enter({ actor, queue, config, elo, ruleset, move }: Understood, before: Held | undefined): Observable<Added> {
    const { context } = this;
    const { runtime, nodeId } = context;
    const ticket = runtime.newId();
    const { initial: initialElo } = config.elo;
    const { maxWaiting } = config;
    const partyElo = config.party.elo;
    const of = { queue, node: nodeId, boot: context.boot(), ruleset };
    const request = { ticket, ...of, actor, elo, initialElo, partyElo, maxWaiting, move };
    context.entering(actor.id);
    const stay = new Stay(ticket, {
      ...{ runtime, nodeId, queue },
      host: context.host,
      times: config.times,
      dataLost$: context.dataLost(queue),
      ended: (result) => context.ended(queue, result),
      counts: context.counts,
      changed: () => context.changed(queue, ticket),
      played: (success, played) => context.played(success, played, ruleset),
      enterAgain: ({ firstConsidered, actor: { elo: known } }, under) =>
        insist(runtime)(runtime.bus.enter({ ...request, again: { firstConsidered, under, elo: known } })),
      admits: context.admits,
      isStopping: context.isStopping,
      fault: context.fault,
    });
    const held: Held = { stay, queue, members: actor.members, added$: new ReplaySubject(1) };
    this.held.add(held);
    context.changed(queue, ticket);
    this.newest.set(actor.id, held);
    let entered = false;
    const enter$ = context.arrived().pipe(
      take(1),
      concatMap(() => persist(runtime.scheduler)(runtime.bus.enter(request))),
      map((answer) => {
        if ('refused' in answer) throw refusal(answer);
        return answer.entered;
      }),
      tap((body) => {
        entered = true;
        held.added$.next(addedOf(body, queue));
        held.added$.complete();
      }),
    );
    const lost$ = context.lost$.pipe(
      filter(() => !entered),
      map((error): never => {
        throw error;
      }),
    );
    const life$ = stay.live(enter$).pipe(
      takeUntil(lost$),
      catchError((error: unknown) => {
        if (!entered) {
          const undone$ = error instanceof BusUnreachable ? context.undoing.begin(actor.id, stay.remove()) : EMPTY;
          held.added$.error(error);
          return undone$;
        }
        // Nobody looks after the ticket any more: it must not stay in the queue.
        return concat(
          stay.remove().pipe(ignoreElements()),
          throwError(() => error),
        );
      }),
      finalize(() => {
        stay.close();
        context.departed(queue, ticket);
        this.held.delete(held);
        if (this.newest.get(actor.id) === held) {
          if (before && this.held.has(before)) this.newest.set(actor.id, before);
          else this.newest.delete(actor.id);
        }
        // Whoever was added has had its answer.
        if (!entered) held.added$.error(new StateError('Jaeger was stopped'));
      }),
    );
    return merge(
      held.added$,
      defer(() => {
        context.run(life$, `actor ${actor.id}`);
        return EMPTY;
      }),
    ).pipe(take(1));
  }
}

const addedOf = ({ ticket, actor, firstConsidered }: TicketBody, queue: string): Added => ({
  ticket,
  queue,
  elo: actor.elo,
  firstConsidered,
});
