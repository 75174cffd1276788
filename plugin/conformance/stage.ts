/** Two servers on one bus, in real time and with short times, for one check. */
import { defer, lastValueFrom, NEVER, type Observable, Subject, takeUntil } from 'rxjs';
import type { Bus } from '../../bus/bus.ts';
import { memoryBus } from '../../bus/memory.ts';
import type { QueueOptions } from '../../bus/options.ts';
import { configOf } from '../config.ts';
import type { EventBody, JaegerEvent } from '../events.ts';
import { isPromise } from '../guard.ts';
import type { Notice } from '../host.ts';
import { JaegerNode } from '../node.ts';
import { realRuntime, realScheduler } from '../runtime.ts';
import { type AdapterUnderTest, Broken, type CheckName, type MakeAdapter } from './adapter.ts';
import { type Instead, type SeenBattle, Spy } from './spy.ts';

const LOOK_MS = 5;

export interface StageOptions {
  readonly make: MakeAdapter;
  readonly queue: string;
  readonly players: readonly [string, string];
  readonly withinMs: number;
  readonly mostTurns: number;
  readonly times?: NonNullable<QueueOptions['times']>;
  /** On server B. */
  readonly instead?: Instead;
}

export interface Side {
  readonly player: string;
  readonly server: string;
  readonly adapter: AdapterUnderTest;
  readonly spy: Spy;
  readonly node: JaegerNode;
  readonly events: JaegerEvent[];
  /** Its process ends without a word. */
  kill(): void;
  isDead: boolean;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Stage {
  readonly a: Side;
  readonly b: Side;
  readonly options: StageOptions;
  /** What a hand said later that it could not do. */
  private handFailed: Broken | undefined;

  constructor(options: StageOptions) {
    this.options = options;
    const bus = memoryBus({ scheduler: realScheduler, kept: configOf({}).kept });
    this.a = this.side(bus, 'A', options.players[0], {});
    this.b = this.side(bus, 'B', options.players[1], options.instead ?? {});
  }

  get sides(): readonly [Side, Side] {
    return [this.a, this.b];
  }

  private side(bus: Bus, server: string, player: string, instead: Instead): Side {
    const { make, queue, withinMs, times = {} } = this.options;
    const adapter = make(server);
    const spy = new Spy(adapter.host, instead);
    const dies$ = new Subject<void>();
    // Nothing takes its time here that is not the game's own.
    const queueTimes = {
      ...{ answerMs: 1000, restMs: 50, offerMs: withinMs, joinMs: withinMs, pairRestMs: 1, teamMs: withinMs, newestMs: 250 },
      ...{ idleMs: 4 * withinMs, battleMs: 3_600_000, successMs: 500, secondResultMs: withinMs, reconnectMs: withinMs },
    };
    const options: QueueOptions = { sameNode: false, pool: { base: 1000 }, times: { ...queueTimes, ...times } };
    const config = configOf({ nodeId: server, queues: { [queue]: options }, log: 'none' });
    const side: Side = {
      ...{ player, server, adapter, spy, events: [], isDead: false },
      node: new JaegerNode(config, spy.host, realRuntime(mortal(bus, () => side.isDead, dies$))),
      kill: () => {
        side.isDead = true;
        dies$.next();
      },
    };
    side.node.events$.subscribe((event) => {
      side.events.push(event);
      spy.moves++;
    });
    return side;
  }

  async start(): Promise<this> {
    for (const { node } of this.sides) await lastValueFrom(node.start(), { defaultValue: undefined });
    return this;
  }

  async stop(): Promise<void> {
    for (const side of this.sides) {
      // What is dead would go on waiting for ever, and keep this process alive.
      side.isDead = false;
      await lastValueFrom(side.node.stop(), { defaultValue: undefined });
    }
  }

  async queue(...sides: readonly Side[]): Promise<void> {
    for (const { node, player, server } of sides)
      try {
        await lastValueFrom(node.add({ id: player, queue: this.options.queue, elo: 1000 }));
      } catch (error) {
        throw new Broken(
          `${player} could not queue on server ${server}: ${error instanceof Error ? error.message : error}`,
          'Whoever has no match and no ticket has to be able to queue: look at what ruleset returns.',
        );
      }
  }

  answer(side: Side, accepts: boolean): void {
    this.hand(side, 'answer', () => side.adapter.answer?.(side.player, accepts));
  }

  /** Both queue, and accept: whatever comes of it. */
  async meet(): Promise<void> {
    const asked = this.sides.map(({ spy }) => spy.asked.filter(({ what }) => what === 'accept').length);
    await this.queue(...this.sides);
    for (const [at, side] of this.sides.entries()) {
      await this.until(`${side.player} is asked about an opponent`, () => asksOf(side) > (asked[at] as number));
      this.answer(side, true);
    }
  }

  /** Both have a battle, the `number`th. */
  async begin(number = 1): Promise<[SeenBattle, SeenBattle]> {
    await this.meet();
    await this.until('the battle begins on both servers', () => this.sides.every(({ spy }) => spy.battles.length === number));
    return this.sides.map(({ spy }) => spy.battles.at(-1)) as [SeenBattle, SeenBattle];
  }

  /** Plays until the match is over for both, whatever the end. */
  async playOut(number = 1): Promise<void> {
    const { mostTurns } = this.options;
    const battleOf = ({ spy }: Side): SeenBattle | undefined => spy.battles[number - 1];
    const isOver = (side: Side): boolean => battleOf(side)?.end !== undefined;
    await this.until('the battle is over', () => {
      if (this.sides.every(isOver)) return true;
      for (const side of this.sides) {
        const { turns = [], sent = [] } = battleOf(side) ?? {};
        if (Math.max(turns.length, sent.length) > mostTurns)
          throw new Broken(
            `the battle is not over after ${mostTurns} turns`,
            'Give the battle an end, and report it with opponent.over.',
          );
        if (!isOver(side) && !side.isDead) this.hand(side, 'play', () => side.adapter.play(side.player));
      }
      return false;
    });
  }

  /** The hands are the author's own. */
  hand(side: Side, name: 'answer' | 'play' | 'undo' | 'forfeit', call: () => unknown): void {
    const broken = (error: unknown): Broken =>
      new Broken(
        `${name}(${JSON.stringify(side.player)}) on server ${side.server} threw: ${error}`,
        `Where there is nothing to do, ${name} does nothing.`,
        // Later on it fails whatever is being tried.
        { answer: 'accept', play: 'inputs', undo: undefined, forfeit: undefined }[name] as CheckName | undefined,
      );
    try {
      const returned = call();
      if (isPromise(returned)) returned.then(undefined, (error: unknown) => (this.handFailed ??= broken(error)));
    } catch (error) {
      throw broken(error);
    }
  }

  /** Waits as long as something happens, and then for what the game may take. */
  async until(what: string, holds: () => boolean): Promise<void> {
    let moves = -1;
    let since = performance.now();
    for (;;) {
      if (holds()) return;
      this.faulted();
      const now = this.sides.reduce((sum, { spy }) => sum + spy.moves, 0);
      if (now !== moves) [moves, since] = [now, performance.now()];
      // The times of the match itself run out first, and what they say is better.
      if (performance.now() - since > 3 * this.options.withinMs)
        throw new Broken(`this never came: ${what}`, 'Answer what is asked, and report the end of a battle.');
      await pause(LOOK_MS);
    }
  }

  /** Throws what the host of a server has failed at. */
  faulted(): void {
    if (this.handFailed) throw this.handFailed;
    for (const { server, events, spy } of this.sides) {
      const failure = spy.battles.flatMap(({ failures }) => failures)[0];
      if (failure !== undefined)
        throw new Broken(`onEnd failed on server ${server}: ${failure}`, REMEDIES['onEnd'] as string, 'end');
      const fault = events.find((event): event is Extract<JaegerEvent, { kind: 'fault' }> => event.kind === 'fault');
      if (!fault) continue;
      const where = fault.where.replace(/^host\./, '');
      const of = CHECK_OF[where];
      throw new Broken(
        `${where} failed on server ${server}: ${fault.error}`,
        REMEDIES[where] ?? 'A function of the host neither throws nor rejects.',
        of,
      );
    }
  }

  of<K extends EventBody['kind']>(side: Side, kind: K): Extract<JaegerEvent, { kind: K }>[] {
    return side.events.filter((event): event is Extract<JaegerEvent, { kind: K }> => event.kind === kind);
  }

  async told(side: Side, kind: Notice['kind'], times = 1): Promise<void> {
    await this.until(
      `${side.player} is told ${kind}`,
      () => side.spy.told.filter((notice) => notice.kind === kind).length >= times,
    );
  }
}

export const asksOf = ({ spy }: Side): number => spy.asked.filter(({ what }) => what === 'accept').length;

/** The check of a regular match that a failing function belongs to. */
const CHECK_OF: Readonly<Record<string, CheckName>> = {
  ...{
    tell: 'tell',
    accept: 'accept',
    team: 'team',
    validate: 'validate',
    battle: 'battle',
    onTurn: 'inputs',
    onEnd: 'end',
    onLive: 'battle',
  },
};

const REMEDIES: Readonly<Record<string, string>> = {
  tell: 'Tell nobody who is not there, and catch what your server throws.',
  accept: 'Return true or false, a promise or an observable of it; ask nobody who is not there.',
  team: 'Return text of at most 65,536 characters; refuse the match with a ValidationError only where the player brings none.',
  validate: 'Return null, or the reason as text; the teams may be anything that the other server sends.',
  battle: 'Open the battle from setup alone; ask for turns with onTurn and for the end with onEnd.',
  onTurn: 'Apply any input without throwing: what the rules do not allow changes nothing.',
  onEnd: 'Tidy up without throwing: the end may come at any time.',
};

/** A bus from which nothing reaches a server that is dead, nor from it the bus. */
function mortal(bus: Bus, isDead: () => boolean, dies$: Observable<void>): Bus {
  const cut = <T>(work$: Observable<T>): Observable<T> => defer(() => (isDead() ? NEVER : work$.pipe(takeUntil(dies$))));
  const verbs = Object.entries(bus).map(([name, verb]) => [
    name,
    typeof verb === 'function' ? (...args: unknown[]) => cut(Reflect.apply(verb, bus, args) as Observable<unknown>) : verb,
  ]);
  return { ...bus, ...Object.fromEntries(verbs) };
}
