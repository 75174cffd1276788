/** A node: its actors' stays, and its campaign for every queue's lease. Speaks observables; `plugin/index.ts` gives hosts promises. */
import {
  catchError,
  concat,
  defaultIfEmpty,
  defer,
  EMPTY,
  filter,
  ignoreElements,
  map,
  merge,
  type Observable,
  of,
  ReplaySubject,
  Subject,
  Subscription,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
  throwIfEmpty,
  timer,
} from 'rxjs';
import { BusUnreachable, type Reach, type Removed } from '../bus/bus.ts';
import type { LeaderMark } from '../bus/messages.ts';
import type { ActorRequest, InstantMatchRequest } from '../bus/requests.ts';
import { tallyOf } from '../bus/tally.ts';
import type { Explanation } from '../matcher/index.ts';
import { whileAgreed } from './agreement.ts';
import type { Config, QueueConfig } from './config.ts';
import { Counts } from './counts.ts';
import { Departed } from './departed.ts';
import { AddError, StateError } from './errors.ts';
import type { EventBody, JaegerEvent } from './events.ts';
import { askLeader, type Unanswered } from './explaining.ts';
import { errorText } from './guard.ts';
import { Healing } from './healing.ts';
import type { Host } from './host.ts';
import { FaultNews, lasting } from './lasting.ts';
import { type Explainer, type LeaderContext, lead } from './leader.ts';
import { type Listed, Meetings, type MeetingsContext } from './meetings.ts';
import { Presence, type PresenceContext } from './presence.ts';
import { refusalsOf, unreadableOf } from './refusals.ts';
import { Reports } from './reports.ts';
import { MOST_RULESET, understand } from './request.ts';
import { Results } from './results.ts';
import type { Runtime } from './runtime.ts';
import { Seats, type SeatsContext } from './seats.ts';
import type { Stay } from './stay.ts';
import { type Added, Stays, type StaysContext } from './stays.ts';
import { Undoing } from './undoing.ts';

/** How long `stop` waits for the bus to let go of this node's tickets. */
const STOP_WITHIN_MS = 2000;

export class JaegerNode {
  /** What was said here and changed nothing. */
  readonly counts = new Counts();
  private readonly config: Config;
  private readonly host: Host;
  private readonly runtime: Runtime;
  /** New at each start. */
  private boot = '';
  /** Once this boot has taken its place, and tickets of earlier ones are removed. */
  private arrived$ = new ReplaySubject<void>(1);
  private readonly happened = new Subject<JaegerEvent>();
  private readonly spoken = new Map<string, { generation: number; epoch: number }>();
  /** Of the queues that this node leads, by their name. */
  private readonly explainers = new Map<string, Explainer>();
  private running: Subscription | undefined;
  /** Why the bus is out of reach; undefined while it is not. */
  private away: string | undefined;
  private readonly lost$ = new Subject<BusUnreachable>();
  private readonly stopped$ = new Subject<void>();
  /** Actors whose `add` failed while the bus was out of reach, until what may have been added all the same is removed. */
  private readonly undoing = new Undoing();
  private stopping$: Observable<void> | undefined;
  private presence: Presence | undefined;
  private seats: Seats | undefined;
  /** By queue: data of the bus may have been lost, of what was there under this generation. */
  private readonly dataLost = new Map<string, Subject<number>>();
  private readonly results: Results;
  private readonly departed: Departed;
  private readonly reports: Reports;
  /** By queue. */
  private readonly healings = new Map<string, Healing>();
  private readonly meetings: Meetings;
  private readonly stays: Stays;

  constructor(config: Config, host: Host, runtime: Runtime) {
    this.config = config;
    this.host = host;
    const refusals = new FaultNews(runtime.scheduler);
    const refused = (error: unknown): void => {
      if (refusals.happened(error)) this.fault('the bus', error);
    };
    // No copy: each start may have a bus of its own.
    this.runtime = Object.create(runtime, { refused: { value: refused } }) as Runtime;
    this.results = new Results(this.runtime, config.nodeId, config.kept.resultsMs);
    this.departed = new Departed(this.runtime, config.nodeId, config.kept.resultsMs);
    this.reports = new Reports(runtime);
    for (const queue of config.queues.keys()) this.dataLost.set(queue, new Subject());
    this.meetings = new Meetings(this.meetingsContext());
    this.stays = new Stays(this.staysContext());
  }

  /** Everything that happens on this node, and what it does as leader. */
  get events$(): Observable<JaegerEvent> {
    return this.happened.asObservable();
  }

  /** Starts; completes when the bus has answered, or is known to be out of reach. Errors with a `StateError` when already started. */
  start(): Observable<void> {
    return defer(() => {
      if (this.stopping$) return throwError(() => new StateError('Jaeger is stopping: start it when stop() is done'));
      if (this.running) return throwError(() => new StateError('Jaeger is already started'));
      const { bus } = this.runtime;
      const running = new Subscription();
      this.running = running;
      this.boot = this.runtime.newId();
      for (const queue of this.config.queues.keys()) this.healings.set(queue, this.healingOf(queue));
      const seats = new Seats(this.seatsContext());
      this.seats = seats;
      const presence = new Presence(this.presenceContext());
      this.presence = presence;
      const arrived$ = new ReplaySubject<void>(1);
      this.arrived$ = arrived$;
      // Whoever starts hears of a refusal; whoever has started, while the bus was out of reach, does not have to start again for it.
      let hasStarted = false;
      const arrive$ = lasting(presence.arrive(), {
        scheduler: this.runtime.scheduler,
        fault: (error) => this.fault('arrival', error),
        isFinal: (error) => !hasStarted || error instanceof StateError,
      });
      running.add(arrive$.pipe(map(() => undefined)).subscribe(arrived$));
      // A bus that is out of reach holds nobody up: the boot takes its place when it can.
      const away$ = bus.reach$.pipe(filter(({ reachable }) => !reachable));
      return merge(arrived$, away$).pipe(
        take(1),
        catchError((error: unknown) => {
          if (this.running === running) this.running = undefined;
          running.unsubscribe();
          return throwError(() => error);
        }),
        tap(() => {
          if (this.running !== running || this.stopping$) throw new StateError('Jaeger was stopped before it had started');
          hasStarted = true;
          this.emit({ kind: 'started' });
          running.add(bus.reach$.subscribe((reach) => this.reached(reach)));
          const warnings$ = bus.warnings$.pipe(map((text): EventBody => ({ kind: 'warning', text })));
          this.runOn(of(undefined), warnings$, 'the settings of the bus');
          this.runOn(of(undefined), refusalsOf(bus.faults$, this.runtime.scheduler), 'refused messages');
          this.runOn(of(undefined), bus.unreadable$.pipe(map(unreadableOf)), 'records that cannot be read');
          this.runOn(arrived$, presence.live(), 'presence');
          this.runOn(of(undefined), this.reports.work(), 'reports');
          for (const [queue, { times }] of this.config.queues)
            this.runOn(arrived$, seats.rejoin(queue, times), 'matches of before');
          if (!this.config.candidate) return;
          const mayLead$ = arrived$.pipe(catchError(() => EMPTY));
          for (const [queue, config] of this.config.queues) {
            const context = this.leaderContext(queue, config);
            this.run(mayLead$.pipe(switchMap(() => whileAgreed(context, lead(context)))), `lead ${queue}`);
          }
        }),
        map(() => undefined),
      );
    });
  }

  /**
   * Removes this node's tickets, gives up its leases and ends what it was doing. Completes when that is done, or when the bus
   * does not answer for 2 s; again is no error. `rejoin`: it means to be back for its open matches.
   */
  stop(rejoin = false): Observable<void> {
    return defer(() => {
      const { running } = this;
      if (!running) return EMPTY;
      if (this.stopping$) return this.stopping$;
      const stopped$ = new ReplaySubject<void>(1);
      this.stopping$ = stopped$;
      concat(this.goodbye(rejoin), merge(this.stays.retire(), this.meetings.retire()), this.reports.drained())
        .pipe(takeUntil(timer(STOP_WITHIN_MS, this.runtime.scheduler)))
        .subscribe({
          complete: () => {
            this.stays.close();
            this.meetings.close();
            running.unsubscribe();
            this.running = undefined;
            this.stopping$ = undefined;
            this.away = undefined;
            this.stopped$.next();
            this.emit({ kind: 'stopped' });
            stopped$.next();
            stopped$.complete();
          },
        });
      return stopped$;
    });
  }

  /** The bus lets go of this boot's waiting tickets in one step, and everybody is told that it is gone. */
  private goodbye(rejoin: boolean): Observable<never> {
    const { presence } = this;
    if (!presence) return EMPTY;
    return presence.goodbye(rejoin).pipe(
      tap((tickets) => {
        const gone = new Set(tickets);
        for (const stay of this.stays.all) if (gone.has(stay.ticket)) stay.dismiss('the server stops');
      }),
      ignoreElements(),
      catchError(() => EMPTY),
    );
  }

  /**
   * Puts an actor in a queue. Emits once the ticket is durable and its waiting room is heard. The same actor again gets the same answer.
   * Errors with an `AddError` that lists everything wrong, a `BusUnreachable` while the bus is out of reach, or a `StateError` when not started.
   */
  add(request: ActorRequest): Observable<Added> {
    return defer(() => {
      if (!this.running) return throwError(() => new StateError('Jaeger is not started: call start() first'));
      if (this.stopping$) return throwError(() => new StateError('Jaeger is stopping'));
      const { away } = this;
      if (away !== undefined) return throwError(() => notAdded(away));
      const understood = understand(request, this.config.queues, (queue) =>
        this.host.ruleset ? this.host.ruleset(queue) : '',
      );
      if ('problems' in understood) return throwError(() => new AddError('The actor cannot be added:', understood.problems));
      const later$ = this.undoing.after(understood.actor.id, () => this.add(request));
      if (later$) return later$;
      return this.stays.add(understood, () => this.add(request));
    });
  }

  /** Removes an actor at every stage until BEGIN; emits what was removed from which stage. Again is no error. */
  remove(actorId: string): Observable<Removed> {
    return defer(() => {
      // Who is added once an earlier try is undone is not known before.
      const later$ = this.undoing.afterNext(actorId, () => this.remove(actorId));
      if (later$) return later$;
      const meeting$ = this.meetings.remove(actorId);
      if (meeting$) return meeting$.pipe(tap((from) => this.emit({ kind: 'removed', id: actorId, from })));
      const removed$ = this.stays.remove(actorId);
      if (!removed$) return of<Removed>(this.seats?.plays(actorId) ? 'PLAYING' : 'nothing');
      return removed$.pipe(
        tap((from) => this.emit({ kind: 'removed', id: actorId, from })),
        // Whoever could not be added is nowhere.
        catchError((error: unknown) =>
          error instanceof AddError || error instanceof BusUnreachable ? of<Removed>('nothing') : throwError(() => error),
        ),
        takeUntil(this.stopped$),
        throwIfEmpty(() => new StateError('Jaeger was stopped')),
      );
    });
  }

  /** Why an actor still waits in a queue that this node leads; undefined when it is in none of these. */
  explain(actorId: string): Explanation | undefined {
    for (const explain of this.explainers.values()) {
      const explanation = explain(actorId);
      if (explanation) return explanation;
    }
    return undefined;
  }

  /** The same, of whatever node leads; what is known where none answers. Undefined: this node has nobody of that id in a queue. Emits once. */
  explained(actorId: string): Observable<Explanation | Unanswered | undefined> {
    return defer(() => {
      const queued = this.stays.queued(actorId);
      const known = this.explain(actorId);
      if (known || !this.running || !queued) return of(known);
      return askLeader({ runtime: this.runtime, id: actorId, ...queued, admits: (message) => this.admits(message) }).pipe(
        takeUntil(this.stopped$),
        defaultIfEmpty(undefined),
      );
    });
  }

  /** The bus was lost, or found again: whoever watches is told once, and so are the players. */
  private reached(reach: Reach): void {
    const before = this.away;
    this.away = reach.reachable ? undefined : reach.reason;
    if (reach.reachable === (before === undefined)) return;
    this.emit(reach.reachable ? { kind: 'reachable' } : { kind: 'unreachable', reason: reach.reason });
    if (!reach.reachable) this.lost$.next(notAdded(reach.reason));
    const notice = { kind: reach.reachable ? 'reachable' : 'unreachable' } as const;
    for (const stay of this.stays.all) stay.inform(notice);
    this.meetings.inform(notice);
  }

  /**
   * Puts a user on the wait list of instant matches. Emits once it is kept there. The same user and request again get the same answer.
   * Errors like `add`.
   */
  instant(request: InstantMatchRequest): Observable<Listed> {
    return defer(() => {
      if (!this.running || this.stopping$) return throwError(() => new StateError('Jaeger is not started: call start() first'));
      const { away } = this;
      if (away !== undefined) return throwError(() => notAdded(away));
      return this.meetings.instant(request);
    });
  }

  /** Asks for the last match once more, or (`wants` false) says that this side does not want it. */
  rematch(actorId: string, wants: boolean): Observable<'asked' | 'matched' | 'declined'> {
    return defer(() => {
      if (!this.running || this.stopping$) return throwError(() => new StateError('Jaeger is not started: call start() first'));
      return this.meetings.rematch(actorId, wants);
    });
  }

  private staysContext(): StaysContext {
    const { runtime, host, counts, lost$, stopped$, undoing } = this;
    return {
      ...{ runtime, host, counts, lost$, stopped$, undoing },
      nodeId: this.config.nodeId,
      boot: () => this.boot,
      arrived: () => this.arrived$,
      dataLost: (queue) => this.dataLost.get(queue) ?? EMPTY,
      admits: (message) => this.admits(message),
      isStopping: () => this.stopping$ !== undefined,
      entering: (actorId) => this.meetings.leave(actorId),
      changed: (queue, ticket) => this.healings.get(queue)?.changed(ticket),
      ended: (queue, result) => this.results.add(queue, result),
      departed: (queue, ticket) => this.departed.add(queue, ticket),
      played: (success, actor, ruleset) => this.meetings.played(success, actor, ruleset),
      run: (work$, where) => this.run(work$, where),
      fault: (where, error) => this.fault(where, error),
    };
  }

  private meetingsContext(): MeetingsContext {
    const { runtime, host, config } = this;
    return {
      ...{ runtime, host, config },
      boot: () => this.boot,
      arrived: () => this.arrived$,
      isQueued: (actorId) => this.stays.queued(actorId) !== undefined,
      stopped$: this.stopped$,
      lost$: this.lost$,
      undoing: this.undoing,
      dataLost: (queue) => this.dataLost.get(queue) ?? EMPTY,
      admits: (message) => this.admits(message),
      isStopping: () => this.stopping$ !== undefined,
      ended: (queue, result) => this.results.add(queue, result),
      departed: (queue, ticket) => this.departed.add(queue, ticket),
      run: (work$, where) => this.run(work$, where),
      fault: (where, error) => this.fault(where, error),
    };
  }

  private seatsContext(): SeatsContext {
    const { runtime, host, config, boot } = this;
    return {
      ...{ runtime, host, config, boot },
      admits: (message) => this.admits(message),
      isStopping: () => this.stopping$ !== undefined,
      ended: (queue, result) => this.results.add(queue, result),
      dataLost: (queue) => this.dataLost.get(queue) as Subject<number>,
      fault: (where, error) => this.fault(where, error),
    };
  }

  private presenceContext(): PresenceContext {
    const { runtime, config, boot } = this;
    return {
      ...{ runtime, config, boot },
      admits: (message) => this.admits(message),
      signed: (queue) => this.run(this.seats?.collect(queue) ?? EMPTY, 'results of before'),
      ruleset: (queue) => this.rulesetOf(queue),
      tally: (queue) =>
        tallyOf(
          this.stays
            .of(queue)
            .filter((stay) => stay.isKept)
            .map(({ ticket }) => ticket),
        ),
      heal: (queue, generation) => this.healings.get(queue)?.heal(generation) ?? EMPTY,
      dataLost: (lost, under) => {
        // First: whoever is somewhere there by what it has forgotten could not be taken in again.
        this.run(this.departed.leave(lost), 'tickets of before');
        this.dataLost.get(lost)?.next(under);
        this.run(this.results.vouch(lost), 'results');
      },
      superseded: () => {
        const reason = 'another server runs under the name of this one';
        for (const stay of this.stays.all) {
          if (!stay.isKept) continue;
          this.emit({ kind: 'withdrawn', id: stay.actorId, reason });
          stay.dismiss(reason);
        }
      },
    };
  }

  private healingOf(queue: string): Healing {
    const { runtime, boot } = this;
    const stays = (): readonly Stay[] => this.stays.of(queue);
    const setOf = (of: readonly Stay[]): ReadonlySet<string> => new Set(of.map(({ ticket }) => ticket));
    return new Healing({
      ...{ runtime, nodeId: this.config.nodeId, boot, queue },
      known: () => ({ all: setOf(stays()), kept: setOf(stays().filter((stay) => stay.isKept && !stay.isAsking)) }),
      look: (ticket, sound$) =>
        stays()
          .find((stay) => stay.ticket === ticket)
          ?.look(sound$),
    });
  }

  /** For a sign of life: a host that fails is told so when somebody is added. */
  private rulesetOf(queue: string): string {
    try {
      const ruleset: unknown = this.host.ruleset?.(queue);
      return typeof ruleset === 'string' ? ruleset.slice(0, MOST_RULESET) : '';
    } catch {
      return '';
    }
  }

  private leaderContext(queue: string, config: QueueConfig): LeaderContext {
    const { runtime, explainers, counts } = this;
    const known = () => this.presence?.generation(queue) ?? 0;
    const fault = (where: string, error: unknown) => this.fault(where, error);
    return { runtime, nodeId: this.config.nodeId, queue, config, explainers, counts, known, fault };
  }

  /** The one subscription of each piece of work: what it emits is an event, what it throws a fault. */
  private run(work$: Observable<EventBody>, where: string): void {
    this.running?.add(
      work$.subscribe({
        next: (event) => this.emit(event),
        error: (error: unknown) => this.fault(where, error),
      }),
    );
  }

  /** The same for what goes on for as long as this boot does, from when `begin$` says: it breaks for a while at most. */
  private runOn(begin$: Observable<unknown>, work$: Observable<EventBody>, where: string): void {
    const { scheduler } = this.runtime;
    const lasting$ = lasting(work$, { scheduler, fault: (error) => this.fault(where, error) });
    this.run(begin$.pipe(switchMap(() => lasting$)), where);
  }

  private fault(where: string, error: unknown): void {
    this.emit({ kind: 'fault', where, error: errorText(error) });
  }

  /** What an older (generation, epoch) of a queue says is dropped; the newest is remembered. */
  private admits({ queue, generation, epoch }: LeaderMark): boolean {
    if (!this.config.queues.has(queue)) return false;
    const newest = this.spoken.get(queue);
    if (newest && (generation < newest.generation || (generation === newest.generation && epoch < newest.epoch))) return false;
    this.spoken.set(queue, { generation, epoch });
    return true;
  }

  private emit(event: EventBody): void {
    if (event.kind === 'incident') this.reports.add(event);
    this.happened.next({ at: Math.floor(this.runtime.scheduler.now()), node: this.config.nodeId, ...event });
  }
}

const notAdded = (reason: string): BusUnreachable =>
  new BusUnreachable(`Jaeger is out of reach for now (${reason}): the actor was not added, try again later`);
