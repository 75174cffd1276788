/**
 * What is between one server and the store: two connections, one for what is asked and one that hears. Both are slow at times; answers
 * and what is said get lost or doubled, and overtake each other between rooms; either connection can be dead for a while.
 */
import { EMPTY, Observable, Subject, type Subscriber, type Subscription, tap } from 'rxjs';
import { type Bus, BusUnreachable, type Heard, type Lease } from '../../../bus/bus.ts';
import type { Message } from '../../../bus/messages.ts';
import { campaign, type LeaseTimes } from '../../../bus/redis/lease.ts';
import type { Text } from '../../../bus/redis/link.ts';
import { reachOf } from '../../../bus/redis/reach.ts';
import type { Random } from '../../../scripts/random.ts';
import type { VirtualTime } from '../../../scripts/virtual-time.ts';
import type { ServerClock } from './clocks.ts';
import type { Faults } from './faults.ts';
import type { Odds } from './options.ts';
import type { Realm, Verb } from './realm.ts';

/** After so long what was not answered is out of reach. */
const COMMAND_MS = 1000;
/** One for all: of an error that is expected nobody reads where it came from. */
const UNANSWERED = new BusUnreachable('no answer in time');
const REFUSED = new BusUnreachable('the store refuses it');
const USUAL_MS = [0, 3] as const;
/** What comes too late for its answer is done all the same. */
const SLOW_COMMAND_MS = [20, 2500] as const;
const SLOW_MESSAGE_MS = [20, 2500] as const;
/** How long it takes to find out that a connection is dead, and to make another one. */
const RECONNECT_MS = [5, 1000] as const;

export interface NetworkContext {
  readonly node: string;
  readonly time: VirtualTime;
  readonly clock: ServerClock;
  readonly realm: Realm;
  readonly odds: Odds;
  readonly random: Random;
  readonly faults: Faults;
  readonly lease: LeaseTimes;
  /** Something that was said has come; undefined: that it hears a room. */
  heard(message: Message | undefined): void;
}

/** Somebody who hears a room. */
interface Ear {
  open(): void;
  close(): void;
}

const NOT_WRAPPED: ReadonlySet<string> = new Set(['hear', 'holdLease', 'lose', 'say', 'hearInbox']);

export class Network {
  /** As the server has it. */
  readonly bus: Bus;
  /** Does what it asks arrive? Does what answers? Does it hear what is said? */
  asks = true;
  answers = true;
  /** Is what is said to it lost, as nobody knows? */
  misses = false;
  /** When anything last was, in virtual ms. */
  missedAt = Number.NEGATIVE_INFINITY;
  /** When it last asked and was not answered at once, in virtual ms. */
  vainAt = Number.NEGATIVE_INFINITY;
  /** When something was last said that comes to it late, in virtual ms. */
  slowAt = Number.NEGATIVE_INFINITY;
  /** When it last could not hear, and when a heartbeat last was lost on its way to the room or from there, or a goodbye, which only the next one replaces. */
  deafAt = Number.NEGATIVE_INFINITY;
  beatLostAt = Number.NEGATIVE_INFINITY;
  /** When the last news of the queue was lost, which only more news would show; there was none since. */
  newsLostAt = Number.NEGATIVE_INFINITY;
  /** When it was last told that it leads, where it had asked to, in virtual ms. */
  toldAt = Number.NEGATIVE_INFINITY;
  private hears = true;
  private isOver = false;
  private readonly context: NetworkContext;
  private readonly ears = new Set<Ear>();
  private readonly troubles$ = new Subject<unknown>();

  constructor(context: NetworkContext) {
    this.context = context;
    this.bus = this.wrap();
  }

  /** The connection that hears is dead, as nobody knows. */
  deafen(): void {
    if (!this.hears) return;
    this.hears = false;
    this.deafAt = Number.POSITIVE_INFINITY;
    for (const ear of this.ears) ear.close();
  }

  /** It is made anew: everything is subscribed to again. */
  listen(): void {
    if (this.hears || this.isOver) return;
    this.hears = true;
    this.deafAt = this.context.time.now() + RECONNECT_MS[1];
    for (const ear of [...this.ears]) this.context.time.after(this.draw(RECONNECT_MS), () => ear.open());
  }

  /** The server is gone, and its connections with it. */
  end(): void {
    this.isOver = true;
    for (const ear of this.ears) ear.close();
    this.ears.clear();
  }

  private draw([from, to]: readonly [number, number]): number {
    return this.context.random.integer(from, to);
  }

  private wrap(): Bus {
    const { realm, clock, node, lease, random } = this.context;
    const { bus } = realm;
    const verbs = Object.entries(bus).flatMap(([name, verb]) =>
      typeof verb !== 'function' || NOT_WRAPPED.has(name)
        ? []
        : [[name, (...args: readonly unknown[]) => this.ask(name, args, () => realm.ask(name as Verb, args))]],
    );
    const probe = (): Observable<unknown> => this.ask('probe', [], () => realm.ask('clock', []));
    return {
      ...bus,
      ...(Object.fromEntries(verbs) as Partial<Bus>),
      reach$: reachOf({ scheduler: clock, troubles$: this.troubles$, probe }),
      warnings$: EMPTY,
      hear: (room) => this.hear(() => bus.hear(room)),
      hearInbox: () =>
        this.hear(() => bus.hearInbox() as Observable<unknown>, false) as Observable<unknown> as Observable<void>,
      say: (room, message) => this.ask('say', [room, message], () => bus.say(room, message)) as Observable<never>,
      holdLease: (queue) => this.holdLease(queue, `${node} ${random.integer(0, 1e9)}`, lease),
    };
  }

  private holdLease(queue: string, token: string, times: LeaseTimes): Observable<Lease | null> {
    const { realm, clock, node, random, time } = this.context;
    const leases = realm.leases.get(queue);
    if (!leases) throw new Error(`no queue ${queue}`);
    return campaign({
      ...{ queue, times, scheduler: clock, random: () => random.fraction() },
      released$: this.hear(() => leases.hear()) as Observable<Text>,
      acquire: () =>
        (this.ask('acquire', [token], () => leases.acquire(token, node)) as Observable<readonly string[]>).pipe(
          tap(([answer]) => {
            if (answer === 'held') this.toldAt = time.now();
          }),
        ),
      renew: (held) => this.ask('renew', [token], () => leases.renew(token, held)) as Observable<readonly string[]>,
      resign: () => this.ask('resign', [token], () => leases.resign(token)),
    });
  }

  /** Asked of the store once for each subscription; whoever lets go of it does not take it back. */
  private ask(verb: string, args: readonly unknown[], run: () => Observable<unknown>): Observable<unknown> {
    return new Observable((subscriber) => {
      const { time, clock, node, odds, random, faults, realm } = this.context;
      if (this.isOver) return;
      const sentAt = clock.now();
      const refused = (error: unknown): void => {
        this.vainAt = time.now();
        if (verb !== 'probe' && error instanceof BusUnreachable) this.troubles$.next(error);
        subscriber.error(error);
      };
      const unreachable = (): void => refused(UNANSWERED);
      const isLost = !this.asks || (random.fraction() < odds.requestLost && faults.strikes('requestLost', node));
      if (isLost) {
        this.vainAt = time.now();
        if (verb === 'say' && (args[1] as Message).kind === 'HEARTBEAT') this.beatLostAt = time.now();
        subscriber.add(clock.after(COMMAND_MS, unreachable));
        return;
      }
      const isSlow = random.fraction() < odds.slowCommand && faults.strikes('slowCommand', node);
      const there = isSlow ? this.draw(SLOW_COMMAND_MS) : this.draw(USUAL_MS);
      const isUnanswered = random.fraction() < odds.replyLost && faults.strikes('replyLost', node);
      const back = isSlow ? this.draw(SLOW_COMMAND_MS) : this.draw(USUAL_MS);
      const isLate = there + back >= COMMAND_MS;
      if (isUnanswered || isSlow) this.vainAt = time.now() + there + back;
      if (isUnanswered || isLate) subscriber.add(clock.after(COMMAND_MS, unreachable));
      // An answer that has come while the server stood still comes too late: its timer was due first.
      const arrive = (deliver: () => void): void => {
        if (isUnanswered || isLate) return;
        if (!this.answers) {
          this.vainAt = time.now();
          subscriber.add(clock.after(Math.max(0, COMMAND_MS - (clock.now() - sentAt)), unreachable));
          return;
        }
        time.enter(back, () =>
          clock.receive(() => {
            if (subscriber.closed) return;
            if (clock.now() - sentAt > COMMAND_MS + 1) unreachable();
            else deliver();
          }),
        );
      };
      time.enter(there, () => {
        if (realm.isRefused(verb)) {
          faults.troubles(node);
          arrive(() => refused(REFUSED));
          return;
        }
        const call = { node, verb, args };
        run().subscribe({
          next: (answer) => {
            realm.answered(call, answer);
            arrive(() => {
              subscriber.next(answer);
              subscriber.complete();
            });
          },
          error: (error: unknown) => arrive(() => refused(error)),
          complete: () => {
            if (verb === 'say') arrive(() => subscriber.complete());
          },
        });
        realm.asked(call);
      });
    });
  }

  /** What is heard comes in order in one room, each after a while; between rooms it overtakes. */
  private hear(source: () => Observable<unknown>, mayBeLost = true): Observable<Heard> {
    return new Observable<Heard>((subscriber) => {
      const { time, odds, random, faults, node } = this.context;
      let sub: Subscription | undefined;
      let lastAt = 0;
      const pass = (heard: unknown): void => {
        const isMessage = mayBeLost && !(heard as { listening?: boolean }).listening;
        const message = isMessage ? (heard as { message?: Message }).message : undefined;
        const isNews = message !== undefined && 'revision' in message;
        const isBeat = message?.kind === 'HEARTBEAT' || message?.kind === 'GOODBYE';
        if (isMessage && this.misses) {
          this.missedAt = time.now();
          if (isBeat) this.beatLostAt = time.now();
          return;
        }
        if (isMessage && random.fraction() < odds.messageLost && faults.strikes('messageLost', node)) {
          if (isNews) this.newsLostAt = time.now();
          if (isBeat) this.beatLostAt = time.now();
          return;
        }
        if (isNews) this.newsLostAt = Number.NEGATIVE_INFINITY;
        const times = isMessage && random.fraction() < odds.messageDoubled && faults.strikes('messageDoubled', node) ? 2 : 1;
        const isSlow = random.fraction() < odds.slowMessage && faults.strikes('slowMessage', node);
        if (isSlow) this.slowAt = time.now();
        lastAt = Math.max(lastAt, time.now() + (isSlow ? this.draw(SLOW_MESSAGE_MS) : this.draw(USUAL_MS)));
        for (let count = 0; count < times; count++) this.deliver(subscriber, heard as Heard, lastAt - time.now());
      };
      const ear: Ear = {
        open: () => {
          if (subscriber.closed || sub || !this.hears || this.isOver) return;
          sub = source().subscribe(pass);
        },
        close: () => {
          sub?.unsubscribe();
          sub = undefined;
        },
      };
      this.ears.add(ear);
      if (this.hears) time.after(this.draw(USUAL_MS), () => ear.open());
      return () => {
        ear.close();
        this.ears.delete(ear);
      };
    });
  }

  private deliver(subscriber: Subscriber<Heard>, heard: Heard | undefined, afterMs: number): void {
    const { time, clock, heard: tell } = this.context;
    const receive = (): void => {
      if (subscriber.closed) return;
      if (heard) tell(heard.listening ? undefined : heard.message);
      subscriber.next(heard as Heard);
    };
    time.enter(afterMs, () => clock.receive(receive));
  }
}
