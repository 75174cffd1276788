/** What the servers of a simulated world share: the embedded bus with leases that run out, on a clock that jumps; it loses its data, and refuses writes. */
import type { Observable } from 'rxjs';
import type { Bus, Fence } from '../../../bus/bus.ts';
import { scripts } from '../../../bus/generated/lua.ts';
import type { KeptTimes } from '../../../bus/kept.ts';
import type { Store } from '../../../bus/memory/store.ts';
import { type MemoryBus, memoryBus } from '../../../bus/memory.ts';
import type { Message } from '../../../bus/messages.ts';
import type { VirtualTime } from '../../../scripts/virtual-time.ts';
import { remember } from '../../rewind.ts';
import { StoreClock } from './clocks.ts';
import { Leases } from './leases.ts';

export type Verb = {
  [name in keyof Bus]: Bus[name] extends (...args: never[]) => Observable<unknown> ? name : never;
}[keyof Bus];

/** Something that was asked of the store, as it comes to it. */
export interface Call {
  readonly node: string;
  readonly verb: string;
  readonly args: readonly unknown[];
}

/** Whoever looks on. Nothing that they do may change the run. */
export interface Onlooker {
  /** It is done. */
  asked(call: Call): void;
  answered(call: Call, answer: unknown): void;
  said(room: string, message: Message): void;
  led(node: string, queue: string, epoch: number, generation: number): void;
  lost(): void;
  /** The store may go back to what it holds now, as the answer tells. */
  remembered(): () => void;
}

/** How the store is changed before it is used: what a mutant does. */
export type Tamper = (bus: MemoryBus, realm: Realm) => Partial<Bus>;

const FLAGS = new Map(Object.values(scripts).map(({ name, source }) => [name as string, source.split('\n', 1)[0] ?? '']));
const isReading = (verb: string): boolean => verb === 'say' || (FLAGS.get(verb)?.includes('no-writes') ?? true);
const isForFull = (verb: string): boolean => isReading(verb) || (FLAGS.get(verb)?.includes('allow-oom') ?? false);
/** Verbs of a leader, whose first argument is its fence. */
const FENCED: ReadonlySet<string> = new Set(['offer', 'settle', 'release', 'drop', 'advance', 'wipe', 'execute']);

export interface RealmOptions {
  readonly time: VirtualTime;
  /** What the store's clock says at first. */
  readonly startMs: number;
  readonly kept: KeptTimes;
  readonly leaseMs: number;
  readonly onlooker: Onlooker;
  readonly queues: Iterable<string>;
  readonly tamper?: Tamper | undefined;
}

export class Realm {
  readonly bus: MemoryBus;
  readonly clock: StoreClock;
  readonly leases = new Map<string, Leases>();
  /** `full`: what begins something is refused. `readonly`: everything is that writes. */
  refuses: 'nothing' | 'full' | 'readonly' = 'nothing';
  private readonly verbs: Partial<Bus>;
  private readonly onlooker: Onlooker;

  constructor({ time, startMs, kept, leaseMs, onlooker, queues, tamper }: RealmOptions) {
    this.clock = new StoreClock(time, startMs);
    this.bus = memoryBus({ scheduler: this.clock, kept });
    this.onlooker = onlooker;
    for (const queue of queues)
      this.leases.set(
        queue,
        new Leases(queue, {
          ...{ bus: this.bus, leaseMs, now: () => this.clock.now(), trueNow: () => time.now() },
          acquired: (node, { epoch, generation }) => onlooker.led(node, queue, epoch, generation),
        }),
      );
    this.listen();
    this.verbs = tamper?.(this.bus, this) ?? {};
  }

  get store(): Store {
    return this.bus.store;
  }

  /** Something that a server asks has come here. */
  ask(verb: Verb, args: readonly unknown[]): Observable<unknown> {
    if (FENCED.has(verb)) this.leases.get((args[0] as Fence).queue)?.expire();
    const run = (this.verbs[verb] ?? this.bus[verb]) as (...args: readonly unknown[]) => Observable<unknown>;
    return run(...args);
  }

  asked(call: Call): void {
    this.onlooker.asked(call);
  }

  answered(call: Call, answer: unknown): void {
    this.onlooker.answered(call, answer);
  }

  isRefused(verb: string): boolean {
    if (this.refuses === 'nothing') return false;
    return this.refuses === 'full' ? !isForFull(verb) : !isReading(verb);
  }

  lose(): void {
    for (const leases of this.leases.values()) leases.lose();
    this.bus.lose();
    this.listen();
    this.onlooker.lost();
  }

  /** The answer makes it go back to what it holds now. */
  remember(): () => void {
    const checked = this.onlooker.remembered();
    const { store } = this;
    const goBack = remember(this.bus, () => {
      for (const leases of this.leases.values()) leases.lose();
      this.bus.lose();
    });
    return () => {
      // It has lost everything meanwhile, and this with it.
      if (this.store !== store) return;
      goBack();
      this.listen();
      checked();
    };
  }

  private listen(): void {
    const { store, onlooker } = this;
    const publish = store.publish.bind(store);
    store.publish = (room, message) => {
      onlooker.said(room, message);
      publish(room, message);
    };
  }
}
