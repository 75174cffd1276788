/**
 * The elected one. Lease → tick → factory → arena, as one `switchMap`: losing the lease unsubscribes all of it. A new leader loads the
 * queue with its offers and matches and goes on from their stage.
 */
import {
  concatMap,
  defer,
  EMPTY,
  filter,
  finalize,
  from,
  ignoreElements,
  map,
  merge,
  mergeMap,
  type Observable,
  observeOn,
  of,
  Subject,
  share,
  switchMap,
  take,
  tap,
  timer,
} from 'rxjs';
import type { Fence, Lease, OfferRequest } from '../bus/bus.ts';
import type { Explain, Message, Opponent, ScriptMessage } from '../bus/messages.ts';
import type { MatchRecord } from '../bus/records.ts';
import {
  arena,
  type Booted,
  type Explanation,
  type FactoryContext,
  factoryRun,
  Queue,
  type RunEvent,
  resumeOffer,
  type Stage,
  type Ticket,
  ticks,
} from '../matcher/index.ts';
import { Beats } from './beats.ts';
import type { QueueConfig } from './config.ts';
import type { Counts } from './counts.ts';
import type { LeaderEvent, NodeEvent, WaitingView } from './events.ts';
import { answerAll } from './explaining.ts';
import { executeCommands } from './inbox.ts';
import { lasting } from './lasting.ts';
import { lateOffer } from './late-offers.ts';
import { LeaderPorts } from './leader-ports.ts';
import { Ledger } from './ledger.ts';
import { type Runtime, persist as untilReached } from './runtime.ts';
import { inSlices } from './slices.ts';
import { saidFirst } from './works.ts';

export interface LeaderContext {
  readonly runtime: Runtime;
  readonly nodeId: string;
  readonly queue: string;
  readonly config: QueueConfig;
  /** Those of the queues that this node leads, by their name. */
  readonly explainers: Map<string, Explainer>;
  readonly counts: Counts;
  /** The generation by which this node knew the queue last; 0 where there was none yet. */
  known(): number;
  fault(where: string, error: unknown): void;
}

/** Why an actor still waits, or undefined when it is not in this queue. */
export type Explainer = (actorId: string) => Explanation | undefined;

/**
 * Campaigns for a queue's lease and leads it while it is held. Emits what happened; never completes or errors by itself: work that
 * breaks is a `fault`, after which it campaigns again and goes on from the records.
 */
export const lead = (context: LeaderContext): Observable<LeaderEvent | NodeEvent> =>
  lasting(
    context.runtime.bus
      .holdLease(context.queue, context.nodeId)
      .pipe(switchMap((lease) => (lease ? defer(() => new Leadership(lease, context).work()) : EMPTY))),
    { scheduler: context.runtime.scheduler, fault: (error) => context.fault(`leading ${context.queue}`, error) },
  );

/** How many script messages are kept while the queue is loaded. */
const MOST_EARLY = 100_000;
const ENDED: ReadonlySet<string> = new Set(['closed', 'cancelled', 'void']);
/** How often it is looked whether there was news. */
const QUIET_LOOK_MS = 5000;

class Leadership {
  private readonly fence: Fence;
  private readonly lease: Lease;
  private readonly context: LeaderContext;
  /** The generation by which the queue was known when it was elected. */
  private readonly known: number;
  private readonly queue: Queue;
  private readonly ledger: Ledger;
  private readonly beats: Beats;
  private readonly ports: LeaderPorts;
  private readonly matches$ = new Subject<string>();
  /** Matches that were opened by nobody who leads; those that were before anybody listens here. */
  private readonly opened$ = new Subject<string>();
  private readonly openedEarly = new Set<string>();
  private readonly asked$ = new Subject<Explain>();
  /** Offers that were refused and may be made all the same. */
  private readonly mayBeLate$ = new Subject<OfferRequest>();
  /** Whose arena runs. */
  private readonly arenas = new Set<string>();
  /** The stages in which the predecessor left its matches. */
  private readonly left = new Map<string, Stage>();
  private hasResumed = false;
  private runs = 0;

  constructor(lease: Lease, context: LeaderContext) {
    this.fence = { queue: lease.queue, generation: lease.generation, epoch: lease.epoch };
    this.lease = lease;
    this.context = context;
    this.known = context.known();
    this.queue = new Queue({ ...context.config, unequalParties: context.config.party.unequal });
    this.ledger = new Ledger(this.queue);
    const { fence, queue, ledger, busNow, persist } = this;
    const { runtime, config } = context;
    const changed = () =>
      this.ledger.lookAgain((match) => match.sides.some((side) => this.beats.givenUpAt(side) !== undefined));
    this.beats = new Beats({ runtime, fence, times: config.times, persist, changed });
    const lookForSigns = () => this.beats.lookForSigns();
    const mayBeLate = (request: OfferRequest) => this.mayBeLate$.next(request);
    this.ports = new LeaderPorts({ ...context, fence, waiting: queue, ledger, busNow, persist, lookForSigns, mayBeLate });
  }

  work(): Observable<LeaderEvent | NodeEvent> {
    const leading: LeaderEvent = { kind: 'leading', queue: this.fence.queue, epoch: this.fence.epoch };
    const loaded$ = this.listen().pipe(share());
    const arenas$ = this.matches$.pipe(
      filter((matchId) => !this.arenas.has(matchId)),
      mergeMap((matchId) => this.arena(matchId)),
    );
    const rest$ = loaded$.pipe(
      take(1),
      // Its own turn of the event loop: loading has just used its own.
      observeOn(this.context.runtime.scheduler),
      switchMap(() => {
        const { known } = this;
        const aside$ = merge(this.beats.work(), this.commands(), this.opened(), this.lateOffers());
        // Aside first: resuming hands on the matches that were opened meanwhile.
        if (known === 0 || known >= this.fence.generation) return merge(aside$, this.resume(), this.tick());
        const { queue, generation } = this.fence;
        // The servers say what they hold before anybody is matched.
        const rest$ = this.beats.answered().pipe(switchMap(() => merge(this.resume(), this.tick())));
        return merge(of<LeaderEvent>({ kind: 'dataLost', queue, generation }), aside$, rest$);
      }),
    );
    return defer(() => {
      const { explainers, queue } = this.context;
      explainers.set(queue, (actorId) => this.queue.explain(actorId, this.busNow()));
      const explain = (ticket: string): Explanation | undefined => {
        const id = this.queue.get(ticket)?.actor.id;
        return id === undefined ? undefined : this.queue.explain(id, this.busNow());
      };
      const answers$ = answerAll(this.asked$, { runtime: this.context.runtime, fence: this.fence, explain });
      return merge(of(leading), arenas$, answers$, rest$, loaded$.pipe(ignoreElements())).pipe(
        finalize(() => explainers.delete(queue)),
      );
    });
  }

  private commands(): Observable<LeaderEvent | NodeEvent> {
    const { fence, queue, ledger, persist } = this;
    return executeCommands({ runtime: this.context.runtime, fence, queue, ledger, persist });
  }

  private readonly persist = <T>(verb: Observable<T>): Observable<T> => untilReached(this.context.runtime.scheduler)(verb);

  private readonly busNow = (): number => this.context.runtime.scheduler.now() + this.lease.offsetMs;

  private get factory(): FactoryContext {
    const { config, runtime } = this.context;
    const { answerMs, restMs } = config.times;
    return {
      queue: this.queue,
      port: this.ports.factory,
      limits: { answerMs, restMs, offersPerRun: config.offersPerRun },
      scheduler: runtime.scheduler,
      busNow: this.busNow,
    };
  }

  /**
   * Hears the Jaeger room and keeps the ledger; emits whenever it was loaded: at first, after a reconnect, after a lost message. After the last one that
   * is lost comes nothing that would show it: so a queue is also loaded when there was no news for as long as between two heartbeats.
   */
  private listen(): Observable<void> {
    const { bus } = this.context.runtime;
    const { queue } = this.fence;
    const reload$ = new Subject<void>();
    const early: ScriptMessage[] = [];
    let loaded = false;
    const { scheduler } = this.context.runtime;
    let newsAt = scheduler.now();
    const take_ = (message: ScriptMessage): void => {
      newsAt = scheduler.now();
      if (!loaded && early.push(message) <= MOST_EARLY) return;
      if (!loaded) {
        // Too much has happened meanwhile: load again instead of keeping it all.
        early.length = 0;
        reload$.next();
      } else if (this.ledger.apply(message) === 'gap') {
        loaded = false;
        early.push(message);
        reload$.next();
      }
    };
    const load$ = reload$.pipe(
      // What was missed while loading is loaded again.
      switchMap(() => {
        this.ledger.beginLoad();
        // The snapshot has them.
        this.openedEarly.clear();
        return this.persist(bus.snapshot(queue));
      }),
      switchMap((snapshot) =>
        inSlices(() => this.ledger.load(snapshot), this.context.runtime, this.context.config.budgetMs / 4),
      ),
      map(() => {
        loaded = true;
        for (const message of early.splice(0)) take_(message);
        if (this.hasResumed) this.begin();
      }),
    );
    const heard$ = bus.hear(bus.rooms.jaeger(queue)).pipe(
      tap((heard) => {
        if (heard.listening) reload$.next();
        else this.hear(heard.message, take_);
      }),
      ignoreElements(),
    );
    const { heartbeatMs } = this.context.config.times;
    const quiet$ = timer(QUIET_LOOK_MS, QUIET_LOOK_MS, scheduler).pipe(
      filter(() => loaded && scheduler.now() - newsAt >= heartbeatMs),
      tap(() => {
        newsAt = scheduler.now();
        reload$.next();
      }),
      ignoreElements(),
    );
    return merge(load$, heard$, quiet$);
  }

  private hear(message: Message, script: (message: ScriptMessage) => void): void {
    if (message.kind === 'HERE' || message.kind === 'GONE') this.ports.answered(message.ask, { kind: message.kind });
    else if (message.kind === 'BUSY') this.ports.answered(message.ask, { kind: 'BUSY', reason: message.reason });
    else if (message.kind === 'EXPLAIN') this.asked$.next(message);
    else if (message.kind === 'ALIVE') this.beats.hear(message);
    else if ('revision' in message) {
      script(message);
      if (message.kind !== 'OPENED') return;
      if (this.hasResumed) this.opened$.next(message.matchId);
      else this.openedEarly.add(message.matchId);
    }
  }

  /** The arena of every match that is known and has none: those that the predecessor left, and those that nobody who leads has opened. */
  private begin(): void {
    for (const match of this.ledger.openMatches()) this.matches$.next(match.matchId);
  }

  /** A match that nobody who leads has opened is looked up in the records; one whose news was lost is found when the queue is loaded again. */
  private opened(): Observable<never> {
    return this.opened$.pipe(
      mergeMap((matchId) => this.persist(this.context.runtime.bus.match(matchId))),
      tap((match) => {
        if (!match || ENDED.has(match.stage) || this.ledger.knows(match.matchId)) return;
        this.ledger.putMatch(match);
        this.matches$.next(match.matchId);
      }),
      ignoreElements(),
    );
  }

  /** What the predecessor left: locked tickets without an offer go back, offers and matches go on with the time they had left. */
  private resume(): Observable<LeaderEvent> {
    return defer(() => {
      this.hasResumed = true;
      const offers = this.ledger.openOffers();
      const offered = new Set(offers.flatMap((offer) => [offer.head, offer.candidate]));
      for (const { matchId, stage } of this.ledger.openMatches()) this.left.set(matchId, stage);
      const kept = this.ledger.lockedTickets().filter(({ ticket }) => !offered.has(ticket));
      this.begin();
      for (const matchId of this.openedEarly) this.opened$.next(matchId);
      this.openedEarly.clear();
      return merge(
        from(kept).pipe(
          concatMap((head) => this.ports.factory.release(head).pipe(tap(() => this.queue.comeBack(head.ticket)))),
          ignoreElements(),
        ),
        ...offers.map((offer) => this.run(resumeOffer(offer, this.factory))),
      );
    });
  }

  /** Offers that nobody waits for are gone on with like those of a predecessor. */
  private lateOffers(): Observable<LeaderEvent> {
    const { scheduler, bus } = this.context.runtime;
    return this.mayBeLate$.pipe(
      mergeMap((request) => lateOffer(request, { scheduler, bus, persist: this.persist })),
      mergeMap((offer) => {
        this.ledger.putOffer(offer);
        for (const ticket of [offer.head, offer.candidate]) this.queue.lock(ticket);
        return this.run(resumeOffer(offer, this.factory));
      }),
    );
  }

  private tick(): Observable<LeaderEvent> {
    const { config, runtime } = this.context;
    return ticks(this.queue, {
      scheduler: runtime.scheduler,
      busNow: this.busNow,
      elapsedMs: runtime.elapsedMs,
      budgetMs: config.budgetMs,
      mayRun: () => this.runs < config.maxRuns,
    }).pipe(
      mergeMap((found) => {
        const { queue } = this.fence;
        const view = (ticket: Ticket): WaitingView => this.view(ticket, found.at);
        const said: LeaderEvent = { kind: 'found', queue, head: view(found.head), candidate: view(found.candidate) };
        return saidFirst(said, this.run(factoryRun(found, this.factory)));
      }),
    );
  }

  private run(run$: Observable<RunEvent>): Observable<LeaderEvent> {
    return defer(() => {
      this.runs++;
      return run$.pipe(
        map((event) => this.said(event)),
        filter((event) => event !== undefined),
        finalize(() => this.runs--),
      );
    });
  }

  private said(event: RunEvent): LeaderEvent | undefined {
    const { queue } = this.fence;
    switch (event.kind) {
      case 'asked':
        return undefined;
      case 'notThere':
        return { kind: 'notThere', queue, id: event.ticket.actor.id, answer: event.answer.kind };
      case 'offered': {
        const now = this.busNow();
        const [head, candidate] = [this.view(event.head, now), this.view(event.candidate, now)];
        const { offerId } = event.offer;
        const difference = Math.abs(head.elo - candidate.elo);
        return { kind: 'offered', queue, offerId, head, candidate, difference, asked: event.asked };
      }
      case 'settled': {
        const { outcome, offer, head, candidate } = event;
        const { offerId } = offer;
        return { kind: 'settled', queue, offerId, outcome, head: head.actor.id, candidate: candidate.actor.id };
      }
      case 'matched':
        this.matches$.next(event.match.matchId);
        return undefined;
      case 'discarded':
        return { kind: 'discarded', queue, id: event.head.actor.id, why: event.why };
      case 'back':
        return { kind: 'backInQueue', queue, id: event.head.actor.id, why: event.why };
    }
  }

  private view(ticket: Ticket, now: number): WaitingView {
    const { actor, node } = ticket;
    const pool = this.queue.pool(ticket, now);
    const waitedMs = Math.max(0, Math.floor(now - ticket.firstConsidered));
    const { id, name, elo } = actor;
    return { id, name, node, elo, pool, lowest: elo - pool, highest: elo + pool, waitedMs };
  }

  private arena(matchId: string): Observable<LeaderEvent | NodeEvent> {
    const { config, runtime } = this.context;
    const { idleMs, secondResultMs, silenceMs } = config.times;
    const limits = { idleMs, secondResultMs, silenceMs, elo: config.elo };
    const givenUpAt = (side: Booted) => this.beats.givenUpAt(side);
    const { scheduler } = runtime;
    this.arenas.add(matchId);
    // The arena's record is the ledger's own.
    const arena$ = arena(matchId, { port: this.ports.arena, limits, scheduler, busNow: this.busNow, givenUpAt }).pipe(
      map((state): LeaderEvent => this.stage(state as MatchRecord)),
    );
    let tries = 0;
    const tried$ = defer(() => (tries++ === 0 ? arena$ : this.takenUp(matchId).pipe(concatMap(() => arena$))));
    // One match that breaks holds up no other, and is gone on with.
    return lasting(tried$, { scheduler, fault: (error) => this.context.fault(`match ${matchId}`, error) }).pipe(
      finalize(() => {
        this.ledger.dropMatch(matchId);
        this.arenas.delete(matchId);
        this.left.delete(matchId);
      }),
    );
  }

  /** A match as the records have it, which may be further than is known here; empty where it is over. */
  private takenUp(matchId: string): Observable<unknown> {
    return this.persist(this.context.runtime.bus.match(matchId)).pipe(
      filter((match) => !!match && !ENDED.has(match.stage)),
      tap((match) => {
        this.ledger.putMatch(match as MatchRecord);
        this.left.set(matchId, (match as MatchRecord).stage);
      }),
    );
  }

  private stage({ matchId, stage, sides }: MatchRecord): LeaderEvent {
    const side = ({ actor: { id, name, members, elo }, node }: MatchRecord['sides'][0]): Opponent => ({
      id,
      name,
      members,
      elo,
      node,
    });
    const takenOver = this.left.get(matchId) === stage;
    return { kind: 'stage', queue: this.fence.queue, matchId, stage, sides: [side(sides[0]), side(sides[1])], takenOver };
  }
}
