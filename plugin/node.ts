/** A node: its actors' stays, and its campaign for every queue's lease. Speaks observables; `plugin/index.ts` gives hosts promises. */
import {
  catchError,
  concat,
  defer,
  EMPTY,
  finalize,
  forkJoin,
  ignoreElements,
  map,
  merge,
  type Observable,
  of,
  Subject,
  Subscription,
  take,
  tap,
  throwError,
} from 'rxjs';
import type { Entered, Removed } from '../bus/bus.ts';
import { problemsOf } from '../bus/codec.ts';
import { validateActor } from '../bus/generated/validate.ts';
import type { TicketBody } from '../bus/messages.ts';
import type { ActorRequest } from '../bus/requests.ts';
import type { Config, QueueConfig } from './config.ts';
import { AddError, type Problem, problem, StateError } from './errors.ts';
import type { EventBody, JaegerEvent } from './events.ts';
import { errorText, type Host } from './host.ts';
import { lead } from './leader.ts';
import { persist, type Runtime } from './runtime.ts';
import { Stay } from './stay.ts';

/** What `add` resolves with. */
export interface Added {
  readonly ticket: string;
  readonly queue: string;
  readonly elo: number;
  /** Bus time in ms. */
  readonly firstConsidered: number;
}

interface Held {
  readonly stay: Stay;
  readonly queue: string;
  readonly members: readonly string[];
  /** Emits the answer to `add`; later calls for the same actor get it too. */
  added: Added | undefined;
  readonly settled$: Subject<Added>;
}

export class JaegerNode {
  private readonly config: Config;
  private readonly host: Host;
  private readonly runtime: Runtime;
  /** New at each start. */
  private boot = '';
  private readonly happened = new Subject<JaegerEvent>();
  /** By actor id. */
  private readonly held = new Map<string, Held>();
  private readonly spoken = new Map<string, { generation: number; epoch: number }>();
  private running: Subscription | undefined;

  constructor(config: Config, host: Host, runtime: Runtime) {
    this.config = config;
    this.host = host;
    this.runtime = runtime;
  }

  /** Everything that happens on this node, and what it does as leader. */
  get events$(): Observable<JaegerEvent> {
    return this.happened.asObservable();
  }

  /** Starts; completes when the bus has answered. Errors with a `StateError` when already started. */
  start(): Observable<void> {
    return defer(() => {
      if (this.running) return throwError(() => new StateError('Jaeger is already started'));
      const { bus, scheduler } = this.runtime;
      const running = new Subscription();
      this.running = running;
      this.boot = this.runtime.newId();
      return persist(scheduler)(bus.clock()).pipe(
        take(1),
        tap(() => {
          if (this.running !== running) return;
          this.emit({ kind: 'started' });
          running.add(
            bus.faults$.subscribe(({ room, kind, malformed }) =>
              this.emit({ kind: 'malformed', room, message: kind, problems: malformed }),
            ),
          );
          for (const [queue, config] of this.config.queues) this.run(lead(this.leaderContext(queue, config)), `lead ${queue}`);
        }),
        map(() => undefined),
      );
    });
  }

  /** Removes this node's tickets, gives up its leases and ends what it was doing. Completes when that is done; again is no error. */
  stop(): Observable<void> {
    return defer(() => {
      const running = this.running;
      if (!running) return EMPTY;
      const stays = [...this.held.values()].map(({ stay }) => stay);
      const removals = stays.map((stay) => stay.remove().pipe(catchError(() => of<Removed>('nothing'))));
      return concat(
        removals.length > 0 ? forkJoin(removals).pipe(ignoreElements()) : EMPTY,
        defer(() => {
          this.running = undefined;
          for (const stay of stays) stay.close();
          running.unsubscribe();
          this.held.clear();
          this.emit({ kind: 'stopped' });
          return of(undefined);
        }),
      );
    });
  }

  /**
   * Puts an actor in a queue. Emits once the ticket is durable and its waiting room is heard. The same actor again gets the same answer.
   * Errors with an `AddError` that lists everything wrong, or a `StateError` when not started.
   */
  add(request: ActorRequest): Observable<Added> {
    return defer(() => {
      if (!this.running) return throwError(() => new StateError('Jaeger is not started: call start() first'));
      const { problems, actor, queue, config } = this.understand(request);
      if (problems.length > 0 || !actor || !config) return throwError(() => cannotAdd(problems));
      const held = this.held.get(actor.id);
      if (held && held.queue === queue && held.members.join('\n') === actor.members.join('\n'))
        return held.added ? of(held.added) : held.settled$.pipe(take(1));
      if (held) {
        const where = `${actor.id}, with ${held.members.join(', ')} in ${held.queue} on ${this.config.nodeId}`;
        return throwError(() => cannotAdd([problem('id', 'an actor that is nowhere else', where)]));
      }
      return this.enter(actor, queue, config, request.elo ?? null);
    });
  }

  /** Removes an actor at every stage until BEGIN; emits what was removed from which stage. Again is no error. */
  remove(actorId: string): Observable<Removed> {
    return defer(() => {
      const held = this.held.get(actorId);
      if (!held) return of<Removed>('nothing');
      return held.stay.remove().pipe(tap((from) => this.emit({ kind: 'removed', id: actorId, from })));
    });
  }

  private understand(request: ActorRequest) {
    const validated = validateActor(request);
    if (!validated.success) return { problems: problemsOf(validated.errors) };
    const problems: Problem[] = [];
    const { queues } = this.config;
    const [onlyQueue] = queues.keys();
    const queue = request.queue ?? (queues.size === 1 ? (onlyQueue as string) : '');
    const config = queues.get(queue);
    if (!config) problems.push(problem('queue', `one of the queues ${[...queues.keys()].join(', ')}`, request.queue));
    const members = request.members ?? [request.id];
    const maxParty = config?.maxParty ?? Number.POSITIVE_INFINITY;
    if (members.length > maxParty) problems.push(problem('members', `at most ${maxParty} players`, members.length));
    const { id, name = id, blocks = [] } = request;
    return { problems, actor: { id, name, members, blocks }, queue, config };
  }

  private enter(
    actor: { id: string; name: string; members: string[]; blocks: string[] },
    queue: string,
    config: QueueConfig,
    elo: number | null,
  ): Observable<Added> {
    const { runtime, host } = this;
    const ticket = runtime.newId();
    let ruleset: string;
    try {
      ruleset = host.ruleset?.(queue) ?? '';
    } catch (error) {
      return throwError(() => cannotAdd([problem('queue', 'a host that knows its ruleset', errorText(error))]));
    }
    const stay = new Stay(ticket, {
      runtime,
      host,
      nodeId: this.config.nodeId,
      queue,
      times: config.times,
      isCurrent: (message) => this.isCurrent(message),
    });
    const held: Held = { stay, queue, members: actor.members, added: undefined, settled$: new Subject() };
    this.held.set(actor.id, held);
    const enter = persist(runtime.scheduler)(
      runtime.bus.enter({
        ticket,
        queue,
        node: this.config.nodeId,
        boot: this.boot,
        ruleset,
        actor,
        elo,
        initialElo: config.elo.initial,
        maxWaiting: config.maxWaiting,
      }),
    ).pipe(
      map((entered) => {
        if ('refused' in entered) throw refusal(entered);
        return entered.entered;
      }),
      tap((body) => {
        held.added = addedOf(body, queue);
        held.settled$.next(held.added);
        held.settled$.complete();
      }),
    );
    const life$ = stay.live(enter).pipe(
      finalize(() => {
        if (this.held.get(actor.id) === held) this.held.delete(actor.id);
        if (!held.added) held.settled$.error(new StateError('Jaeger was stopped'));
      }),
      catchError((error: unknown) => {
        if (held.added) return throwError(() => error);
        held.settled$.error(error);
        return EMPTY;
      }),
    );
    return merge(
      held.settled$,
      defer(() => {
        this.run(life$, `actor ${actor.id}`);
        return EMPTY;
      }),
    ).pipe(take(1));
  }

  private leaderContext(queue: string, config: QueueConfig) {
    return { runtime: this.runtime, nodeId: this.config.nodeId, queue, config };
  }

  /** The one subscription of each piece of work: what it emits is an event, what it throws a fault. */
  private run(work$: Observable<EventBody>, where: string): void {
    this.running?.add(
      work$.subscribe({
        next: (event) => this.emit(event),
        error: (error: unknown) => this.emit({ kind: 'fault', where, error: errorText(error) }),
      }),
    );
  }

  /** What an older (generation, epoch) of a queue says is dropped. */
  private isCurrent({ queue, generation, epoch }: { queue: string; generation: number; epoch: number }): boolean {
    const newest = this.spoken.get(queue);
    if (newest && (generation < newest.generation || (generation === newest.generation && epoch < newest.epoch))) return false;
    this.spoken.set(queue, { generation, epoch });
    return true;
  }

  private emit(event: EventBody): void {
    this.happened.next({ at: Math.floor(this.runtime.scheduler.now()), node: this.config.nodeId, ...event });
  }
}

const addedOf = ({ ticket, actor, firstConsidered }: TicketBody, queue: string): Added => ({
  ticket,
  queue,
  elo: actor.elo,
  firstConsidered,
});

const cannotAdd = (problems: readonly Problem[]): AddError => new AddError('The actor cannot be added:', problems);

function refusal(entered: Exclude<Entered, { entered: unknown }>): AddError {
  switch (entered.refused) {
    case 'present':
      return cannotAdd(
        entered.presences.map(({ player, place, queue, node }) =>
          problem('members', 'players who are nowhere else', `${player}, ${place} in ${queue} on ${node}`),
        ),
      );
    case 'full':
      return cannotAdd([problem('queue', 'a queue with room', `${entered.waiting} waiting`)]);
    case 'removed':
      return cannotAdd([problem('ticket', 'a ticket that was not removed', 'a removed one')]);
  }
}
