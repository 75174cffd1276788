/**
 * The node's side of the heartbeats. It begins with a boot of its own, which takes the place of an earlier one; gives signs of life, when it
 * is asked and when it has not been asked for long; and says goodbye.
 */
import {
  concat,
  concatMap,
  defer,
  EMPTY,
  expand,
  filter,
  last,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  reduce,
  share,
  switchMap,
  tap,
  throwError,
  timer,
} from 'rxjs';
import type { Arrived, Lives, Tally } from '../bus/bus.ts';
import { type Hello, type LeaderMark, PROTOCOL_VERSION } from '../bus/messages.ts';
import type { SignRecord } from '../bus/records.ts';
import type { Config } from './config.ts';
import { StateError } from './errors.ts';
import type { NodeEvent } from './events.ts';
import { mayBeLost, persist, type Runtime } from './runtime.ts';

export interface PresenceContext {
  readonly runtime: Runtime;
  readonly config: Config;
  readonly boot: string;
  /** May the leader of this (generation, epoch) still speak? Remembers the newest. */
  admits(message: LeaderMark): boolean;
  /** The rules by which this server plays a queue. */
  ruleset(queue: string): string;
  /** The tickets of a queue that this node holds. */
  tally(queue: string): Tally;
  /** Data of the bus may have been lost: the node says what it holds in a queue, of what was there under a generation. */
  dataLost(queue: string, under: number): void;
  /** What the bus holds in a queue, under a generation, is not what this node does. */
  heal(queue: string, generation: number): Observable<NodeEvent>;
  /** A sign of life was given for a queue. */
  signed(queue: string): void;
  /** Another server has taken over this one's name, and removed its tickets. */
  superseded(): void;
}

/** How long a server of the same name has to show that it is alive. */
const SHOW_WITHIN_MS = 1000;
/** How soon a node looks again for the leader of a bus that lost everything. */
const ASK_AGAIN_MS = 500;
/** A node that was not asked for so many heartbeats gives signs by itself, from then on so often that there is one in the time of each. */
const PATIENCE = 1.25;
const PACE = 0.8;

export class Presence {
  private readonly context: PresenceContext;
  /** The other boot that was last reported. */
  private reported: string | null = null;
  /** When the boot began. */
  private since: number | null = null;
  /** By queue: the generation under which the bus holds what this node does. */
  private readonly known = new Map<string, number>();

  constructor(context: PresenceContext) {
    this.context = context;
  }

  /**
   * The boot begins: tickets of earlier ones are removed. Errors with a `StateError` when a server of the same name is alive, which
   * it finds out by asking it, where the name gave a sign of life lately and no goodbye.
   */
  arrive(): Observable<Arrived> {
    return this.own().pipe(
      concatMap(({ sign, now }) => {
        const isFresh = sign && sign.gone === null && now - sign.at < this.silenceMs;
        return isFresh ? concat(this.challenge(sign), this.begin(null)) : this.begin(null);
      }),
    );
  }

  /** Until unsubscribed: answers heartbeats. */
  live(): Observable<NodeEvent> {
    const { runtime, config, boot, admits } = this.context;
    const { bus, scheduler } = runtime;
    const heard$ = bus.hear(bus.rooms.heartbeat).pipe(share());
    const answers = (queue: string, heartbeatMs: number): Observable<NodeEvent> =>
      heard$.pipe(
        filter((heard) => {
          // Perhaps it was asked while it did not hear.
          if (heard.listening) return true;
          const { message } = heard;
          if (message.kind === 'HELLO') return message.node === config.nodeId && message.boot !== boot;
          return message.kind === 'HEARTBEAT' && message.queue === queue && admits(message);
        }),
        switchMap((heard) => {
          const under = heard.listening || heard.message.kind !== 'HEARTBEAT' ? 0 : heard.message.generation;
          const first$ = timer(0, scheduler).pipe(map(() => under));
          return merge(first$, timer(PATIENCE * heartbeatMs, PACE * heartbeatMs, scheduler).pipe(map(() => 0)));
        }),
        // Who leads under a new generation waits for the sign, so it is given once this node has said what it holds.
        switchMap((under) => (under > this.generation(queue) ? this.assertUnder(queue) : this.sign(queue))),
      );
    return merge(...[...config.queues].map(([queue, { times }]) => answers(queue, times.heartbeatMs)));
  }

  /** Removes this boot's tickets and says that it is gone; emits the tickets. */
  goodbye(rejoin: boolean): Observable<readonly string[]> {
    const { runtime, config, boot } = this.context;
    const say = () => persist(runtime.scheduler)(runtime.bus.goodbye(config.nodeId, boot, rejoin));
    return say().pipe(
      expand(({ more }) => (more ? say() : EMPTY)),
      reduce<{ readonly tickets: readonly string[] }, string[]>((all, { tickets }) => [...all, ...tickets], []),
    );
  }

  private get silenceMs(): number {
    return Math.max(...[...this.context.config.queues.values()].map(({ times }) => times.silenceMs));
  }

  private ask(since: number | null): Observable<Arrived> {
    const { runtime, config, boot } = this.context;
    const { silenceMs } = this;
    const ask = () =>
      persist(runtime.scheduler)(
        runtime.bus.arrive({ protocol: PROTOCOL_VERSION, node: config.nodeId, boot, since, silenceMs }),
      );
    return ask().pipe(
      expand((arrived) => ('more' in arrived && arrived.more ? ask() : EMPTY)),
      last(),
    );
  }

  private begin(since: number | null): Observable<Arrived> {
    const { runtime, config } = this.context;
    return this.ask(since).pipe(
      tap((arrived) => {
        if ('refused' in arrived && arrived.refused === 'protocol')
          throw new StateError(otherProtocol(runtime.bus.realm, arrived.spoken));
        if (!('since' in arrived)) return;
        this.since = arrived.since;
        // Whoever is added from now on is there under this generation; 0 before the first leader of a realm.
        if (since === null) for (const queue of config.queues.keys()) this.known.set(queue, arrived.generation);
      }),
    );
  }

  private own(): Observable<{ sign: SignRecord | undefined; now: number }> {
    const { runtime, config } = this.context;
    const ask = persist(runtime.scheduler);
    return ask(runtime.bus.lastSigns()).pipe(
      map((signs) => signs.find(({ node }) => node === config.nodeId)),
      concatMap((sign) => ask(runtime.bus.clock()).pipe(map((now) => ({ sign, now })))),
    );
  }

  /** Errors when the boot that gave this sign of life gives another one. */
  private challenge(before: SignRecord): Observable<never> {
    const { runtime, config, boot } = this.context;
    const { bus, scheduler } = runtime;
    const hello: Hello = { v: PROTOCOL_VERSION, kind: 'HELLO', node: config.nodeId, boot };
    const why = `another server is running under the name "${config.nodeId}": give each its own nodeId`;
    return concat(
      mayBeLost(bus.say(bus.rooms.heartbeat, hello)),
      timer(SHOW_WITHIN_MS, scheduler).pipe(
        concatMap(() => this.own()),
        mergeMap(({ sign }) => {
          const isAlive = sign?.boot === before.boot && sign.gone === null && sign.at > before.at;
          return isAlive ? throwError(() => new StateError(why)) : EMPTY;
        }),
      ),
    );
  }

  private sign(queue: string): Observable<NodeEvent> {
    const { runtime, config, boot, ruleset, tally } = this.context;
    const { silenceMs } = this;
    return defer(() => {
      const request = { node: config.nodeId, boot, queue, ruleset: ruleset(queue), tally: tally(queue), silenceMs };
      // Asked again it is later.
      const clockMs = () => runtime.wallMs?.() ?? runtime.scheduler.now();
      return persist(runtime.scheduler)(defer(() => runtime.bus.alive({ ...request, clockMs: clockMs() })));
    }).pipe(
      concatMap((lives) => {
        if ('generation' in lives) this.context.signed(queue);
        if ('refused' in lives && lives.refused === 'superseded') return this.regain(queue, lives.by);
        return merge(this.signed(lives), this.assert(queue, lives));
      }),
    );
  }

  /** The generation by which a queue is known here; 0 where there was none yet. */
  generation(queue: string): number {
    return this.known.get(queue) ?? 0;
  }

  /** Under a new generation the bus may lack what this node holds: it says so, then that it is done. Under the same it should hold the same. */
  private assert(queue: string, lives: Lives): Observable<NodeEvent> {
    if (!('generation' in lives)) return EMPTY;
    const { generation } = lives;
    const under = this.known.get(queue) ?? 0;
    // Everything is lost, and nobody leads yet: the leader's first heartbeat may be said before this node hears again.
    if (generation === 0 && under > 0)
      return timer(ASK_AGAIN_MS, this.context.runtime.scheduler).pipe(concatMap(() => this.sign(queue)));
    if (under >= generation) {
      const { count, hash } = this.context.tally(queue);
      const isSame = lives.tally.count === count && lives.tally.hash === hash;
      return isSame ? EMPTY : this.context.heal(queue, generation);
    }
    return this.assertUnder(queue);
  }

  private assertUnder(queue: string): Observable<NodeEvent> {
    const under = this.generation(queue);
    return this.begin(this.since).pipe(
      concatMap((arrived) => {
        if ('refused' in arrived) return arrived.refused === 'superseded' ? this.regain(queue, arrived.by) : EMPTY;
        const { generation } = arrived;
        if (generation <= under) return this.sign(queue);
        this.known.set(queue, generation);
        this.context.dataLost(queue, under);
        const said$ = under === 0 ? EMPTY : of<NodeEvent>({ kind: 'asserted', queue, generation });
        return concat(said$, this.sign(queue));
      }),
    );
  }

  /** Another boot has the name. One that began earlier has it because the bus has forgotten who took its place: that is done again. */
  private regain(queue: string, by: string): Observable<NodeEvent> {
    return this.own().pipe(
      concatMap(({ sign }) => {
        const isEarlier = sign?.boot === by && this.since !== null && sign.since < this.since;
        if (isEarlier) return this.ask(null).pipe(concatMap(() => this.assertUnder(queue)));
        this.context.superseded();
        return this.report(by, true);
      }),
    );
  }

  private signed(lives: Lives): Observable<NodeEvent> {
    return 'refused' in lives || lives.rival === null ? EMPTY : this.report(lives.rival, false);
  }

  /** Says once of each other boot that there is one. */
  private report(other: string, superseded: boolean): Observable<NodeEvent> {
    if (this.reported === other) return EMPTY;
    this.reported = other;
    return of({ kind: 'rival', boot: other, superseded });
  }
}

const otherProtocol = (realm: string, spoken: number): string =>
  `the servers of realm "${realm}" speak version ${spoken} of the protocol, this one speaks ${PROTOCOL_VERSION}: ` +
  'run the version of Jaeger here that they run, or give the new ones a realm of their own';
