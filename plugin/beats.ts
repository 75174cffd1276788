/**
 * The leader's side of the heartbeats: asks who is alive, removes the tickets of who does not answer until it asks again, and knows when
 * matches of silent servers are given up.
 */
import {
  concat,
  concatMap,
  EMPTY,
  expand,
  filter,
  from,
  ignoreElements,
  map,
  merge,
  type Observable,
  reduce,
  Subject,
  share,
  switchMap,
  take,
  takeWhile,
  tap,
  timer,
} from 'rxjs';
import type { Fence, Heard } from '../bus/bus.ts';
import { type Alive, type Heartbeat, PROTOCOL_VERSION } from '../bus/messages.ts';
import type { SignRecord } from '../bus/records.ts';
import { type Booted, Heartbeats } from '../matcher/index.ts';
import type { QueueConfig } from './config.ts';
import type { LeaderEvent } from './events.ts';
import { mayBeLost, type Runtime } from './runtime.ts';

export interface BeatsContext {
  readonly runtime: Runtime;
  readonly fence: Fence;
  readonly times: QueueConfig['times'];
  persist<T>(verb: Observable<T>): Observable<T>;
  /** What is known of the nodes has changed. */
  changed(): void;
}

/** How soon the nodes are asked again at the earliest. */
const AGAIN_MS = 1000;
/** So much of the time between two heartbeats passes by the bus's clock, however that is slewed, unless it is set back. */
const SET_BACK = 0.9;

export class Beats {
  private readonly context: BeatsContext;
  private readonly heart: Heartbeats;
  private readonly refresh$ = new Subject<void>();
  /** Those who have given a sign under this leader. */
  private readonly heardOf = new Set<string>();
  private readonly heard$ = new Subject<void>();
  /** The signs that the leader found. */
  private expected: readonly SignRecord[] = [];
  private signs: ReadonlyMap<string, SignRecord> = new Map();
  private saidAt: number | undefined;

  constructor(context: BeatsContext) {
    this.context = context;
    this.heart = new Heartbeats(context.times.silenceMs);
  }

  /** Until unsubscribed. Emits which servers were lost and came back. */
  work(): Observable<LeaderEvent> {
    const { bus } = this.context.runtime;
    const heard$ = bus.hear(bus.rooms.heartbeat).pipe(share());
    const rounds$ = heard$.pipe(
      filter((heard) => heard.listening || this.isOwn(heard)),
      switchMap((heard) => {
        if (!heard.listening) return this.round((heard.message as Heartbeat).at);
        // Deaf for a moment: whoever answered meanwhile was not heard, and perhaps nobody was asked.
        this.heart.interrupt();
        // An ear that is cut again and again is no reason to ask all the time.
        return concat(this.learn(), this.say(this.saidAt === undefined ? 0 : AGAIN_MS));
      }),
    );
    const goodbyes$ = heard$.pipe(
      tap((heard) => {
        if (!heard.listening && heard.message.kind === 'GOODBYE') this.refresh$.next();
      }),
    );
    return merge(rounds$, merge(this.refresh$.pipe(switchMap(() => this.learn())), goodbyes$).pipe(ignoreElements()));
  }

  /** Emits once when all who are known to be alive have given a sign under this leader, or when they had their time. */
  answered(): Observable<unknown> {
    const { runtime, times } = this.context;
    const all$ = this.heard$.pipe(filter(() => this.haveAllAnswered()));
    return merge(all$, timer(times.dataLossMs, runtime.scheduler)).pipe(take(1));
  }

  /** After a loss of everything nobody knows who there is. */
  private haveAllAnswered(): boolean {
    const { queue } = this.context.fence;
    const expected = this.expected.filter((sign) => sign.gone === null && queue in sign.queues);
    return expected.length > 0 && expected.every(({ node }) => this.heardOf.has(node));
  }

  /** A node has said that it is alive. */
  hear({ node, boot }: Alive): void {
    // Before it was asked it did not know what for.
    if (this.saidAt !== undefined) this.heardOf.add(node);
    this.heard$.next();

    const sign = this.signs.get(node);
    if (sign?.boot !== boot || sign.gone !== null || this.heart.isSilent(node)) this.refresh$.next();
  }

  /** Bus time at which the matches of a node's boot are given up; undefined while it is alive as far as is known. */
  givenUpAt(side: Booted): number | undefined {
    return this.heart.givenUpAt(side);
  }

  /** The bus may know of a newer sign of life than the leader. */
  lookForSigns(): void {
    this.refresh$.next();
  }

  private isOwn(heard: Heard): boolean {
    if (heard.listening || heard.message.kind !== 'HEARTBEAT') return false;
    const { queue, epoch, at } = heard.message;
    return queue === this.context.fence.queue && epoch === this.context.fence.epoch && at === this.saidAt;
  }

  /** Asks, and again until the leader itself has heard it. */
  private say(afterMs: number): Observable<never> {
    const { runtime, fence, times, persist } = this.context;
    const { bus, scheduler } = runtime;
    return timer(afterMs, times.heartbeatMs, scheduler).pipe(
      // The bus's own time, before it is said: no answer to it is older.
      switchMap(() => persist(bus.clock())),
      switchMap((at) => {
        this.saidAt = at;
        const { queue, generation, epoch } = fence;
        const beat: Heartbeat = { v: PROTOCOL_VERSION, kind: 'HEARTBEAT', queue, generation, epoch, at };
        return mayBeLost(bus.say(bus.rooms.heartbeat, beat));
      }),
    );
  }

  /** A heartbeat that was heard has its time, is judged, and the next one is said. */
  private round(saidAt: number): Observable<LeaderEvent> {
    const { times, runtime } = this.context;
    this.heart.heard(saidAt);
    return timer(times.heartbeatMs, runtime.scheduler).pipe(concatMap(() => concat(this.judge(), this.say(0))));
  }

  private judge(): Observable<LeaderEvent> {
    const { runtime, persist, times } = this.context;
    return concat(
      this.learn(),
      persist(runtime.bus.clock()).pipe(
        concatMap((now) => {
          // The bus's clock was set back meanwhile: who answered before that has answered, and its sign may be older than the question by now.
          if (now < (this.heart.counting ?? now) + SET_BACK * times.heartbeatMs) this.heart.interrupt();
          const judged = this.heart.judge(this.signs.keys(), now);
          if (!judged) return EMPTY;
          const { silent, since } = judged;
          const { queue } = this.context.fence;
          const lost = new Set(judged.lost);
          const back$ = from(judged.back.map((server): LeaderEvent => ({ kind: 'nodeBack', queue, server })));
          const lost$ = from(silent).pipe(
            concatMap((server) => this.wipe(server, since).pipe(map((tickets) => ({ server, tickets })))),
            // One that was known to be gone, or long since silent, is no news unless something was left of it.
            filter(({ server, tickets }) => tickets > 0 || (lost.has(server) && this.wasHere(server, since))),
            map(({ server, tickets }): LeaderEvent => ({ kind: 'nodeLost', queue, server, tickets })),
          );
          this.context.changed();
          return concat(back$, lost$);
        }),
      ),
    );
  }

  private wasHere(node: string, since: number): boolean {
    const sign = this.signs.get(node);
    const { times, fence } = this.context;
    return sign?.gone === null && fence.queue in sign.queues && sign.at > since - 2 * times.silenceMs;
  }

  /** Removes a silent node's tickets; emits how many. */
  private wipe(node: string, since: number): Observable<number> {
    const { runtime, fence, persist } = this.context;
    const wipe = () => persist(runtime.bus.wipe(fence, node, since));
    return wipe().pipe(
      expand((wiped) => ('tickets' in wiped && wiped.more ? wipe() : EMPTY)),
      tap((wiped) => {
        // It spoke at the last moment.
        if (!('refused' in wiped) || wiped.refused !== 'alive') return;
        this.heart.acquit([node]);
        this.lookForSigns();
      }),
      takeWhile((wiped) => 'tickets' in wiped),
      reduce((sum, wiped) => sum + ('tickets' in wiped ? wiped.tickets.length : 0), 0),
    );
  }

  private learn(): Observable<never> {
    const { runtime, persist, changed } = this.context;
    return persist(runtime.bus.lastSigns()).pipe(
      tap((signs) => {
        if (this.saidAt === undefined) this.expected = signs;
        const isNews = signs.length !== this.signs.size || signs.some((sign) => isNewer(sign, this.signs.get(sign.node)));
        this.signs = new Map(signs.map((sign) => [sign.node, sign]));
        this.heart.learn(signs);
        if (isNews) changed();
      }),
      ignoreElements(),
    );
  }
}

const isNewer = ({ at, boot, gone }: SignRecord, known: SignRecord | undefined): boolean =>
  known?.at !== at || known.boot !== boot || known.gone !== gone;
