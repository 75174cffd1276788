/** Nodes on one memory bus in virtual time, with a host whose players do what the test says. */
import {
  concatMap,
  defer,
  delay,
  EMPTY,
  filter,
  NEVER,
  type Observable,
  of,
  type SchedulerLike,
  Subject,
  take,
  takeUntil,
} from 'rxjs';
import type { Bus, Heard } from '../../bus/bus.ts';
import { type MemoryBus, memoryBus } from '../../bus/memory.ts';
import type { Options } from '../../bus/options.ts';
import type { BattleEnd, BattleTurn, ControllableBattleActor } from '../../plugin/battle-actor.ts';
import { configOf } from '../../plugin/config.ts';
import type { JaegerEvent } from '../../plugin/events.ts';
import type { BattleSetup, Host, Notice } from '../../plugin/host.ts';
import { JaegerNode } from '../../plugin/node.ts';
import type { Added } from '../../plugin/stays.ts';
import { hashOf } from '../../scripts/random.ts';
import { VirtualTime } from '../../scripts/virtual-time.ts';

/** What a player does. Unless said otherwise: accepts after 1 s, hands over a team, plays, and side 0 wins. */
export interface PlayerScript {
  readonly accept?: boolean | 'silent' | 'throws';
  readonly acceptAfterMs?: number;
  readonly team?: string | 'throws' | 'silent';
  readonly validate?: string | null | 'throws';
  readonly battle?: 'throws' | 'silent' | 'rejects';
  readonly onTurn?: 'throws';
  /** Does its server go on with its match after a restart? */
  readonly rejoin?: boolean;
  /** The digest of the battle's state after these turns; nothing: none. Default: the same on all servers. */
  readonly state?: (turns: readonly BattleTurn[]) => unknown;
  readonly tell?: 'throws' | 'rejects';
  /** Returned as it is by `accept` or `validate`, whatever it is. */
  readonly odd?: { readonly accept?: unknown } | { readonly validate?: unknown };
  readonly winner?: 0 | 1 | 'draw';
  readonly digest?: string;
  /** How long after the last turn the end is reported. */
  readonly overAfterMs?: number;
}

/** One side's battle, as its host saw it. */
export interface Seen {
  readonly player: string;
  readonly setup: BattleSetup;
  readonly actor: ControllableBattleActor;
  readonly turns: BattleTurn[];
  end: BattleEnd | undefined;
}

const stateOf = (turns: readonly BattleTurn[]): string => hashOf(JSON.stringify(turns)).slice(0, 16);

/** How many inputs each side sends in a battle, one a second. */
export const INPUTS = 5;

export interface WorldGiven {
  readonly nodes?: readonly string[];
  readonly players?: Readonly<Record<string, PlayerScript>>;
  readonly config?: Options;
  /** The ruleset by which a node plays. */
  readonly ruleset?: (node: string) => string;
  /** Another game than the scripted one. */
  readonly host?: (node: string, time: VirtualTime) => Host;
  /** Puts something between a node and the bus. */
  readonly wire?: (bus: Bus, node: string, time: VirtualTime) => Bus;
}

export class TestWorld {
  readonly time = new VirtualTime();
  readonly bus: MemoryBus;
  readonly events: JaegerEvent[] = [];
  readonly told: { player: string; notice: Notice }[] = [];
  readonly seen: Seen[] = [];
  readonly nodes = new Map<string, JaegerNode>();
  private readonly players: Readonly<Record<string, PlayerScript>>;
  /** What a player does at what it is told. */
  heard: (player: string, notice: Notice) => void = () => undefined;
  private ids = 0;
  private readonly deaths = new Map<string, Death>();
  private readonly make: (nodeId: string, death: Death) => JaegerNode;

  constructor({ nodes = ['A', 'B'], players = {}, config = {}, wire = (bus) => bus, ruleset, host: game }: WorldGiven = {}) {
    this.players = players;
    this.bus = memoryBus({ scheduler: this.time, kept: configOf(config).kept });
    this.make = (nodeId, death) => {
      const runtime = {
        bus: mortal(wire(this.bus, nodeId, this.time), death),
        scheduler: this.time,
        newId: () => `id${this.ids++}`,
        elapsedMs: () => 0,
      };
      const host = {
        ...(game ? game(nodeId, this.time) : this.host(this.time)),
        ...(ruleset ? { ruleset: () => ruleset(nodeId) } : {}),
      };
      const node = new JaegerNode(configOf({ ...config, nodeId }), host, runtime);
      node.events$.subscribe((event) => {
        if (!death.isDead) this.events.push(event);
      });
      return node;
    };
    for (const nodeId of nodes) this.launch(nodeId);
  }

  /** A server under this name, not started yet; one that has it already lives on, out of the test's reach. */
  launch(nodeId: string): JaegerNode {
    const death = new Death();
    const node = this.make(nodeId, death);
    this.nodes.set(nodeId, node);
    this.deaths.set(nodeId, death);
    return node;
  }

  /** The server's process ends without a word. */
  kill(nodeId: string): this {
    this.deaths.get(nodeId)?.come();
    return this;
  }

  /** Starts all nodes, the first leading, and lets 100 ms pass. */
  start(): this {
    for (const node of this.nodes.values()) node.start().subscribe();
    return this.run(100);
  }

  run(ms: number): this {
    this.time.runUntil(this.time.now() + ms);
    return this;
  }

  node(nodeId: string): JaegerNode {
    return this.nodes.get(nodeId) as JaegerNode;
  }

  add(nodeId: string, id: string, elo?: number): this {
    this.node(nodeId)
      .add({ id, ...(elo === undefined ? {} : { elo }) })
      .subscribe();
    return this;
  }

  /** The value of an observable after some virtual time; throws its error, or when it has none. */
  value<T>(work$: Observable<T>, ms = 1): T {
    const results: ({ value: T } | { error: unknown })[] = [];
    work$.subscribe({ next: (value) => results.push({ value }), error: (error: unknown) => results.push({ error }) });
    this.run(ms);
    const [first] = results;
    if (!first) throw new Error('nothing came of it');
    if ('error' in first) throw first.error;
    return first.value;
  }

  tryAdd(nodeId: string, request: Parameters<JaegerNode['add']>[0]): Added {
    return this.value(this.node(nodeId).add(request));
  }

  /** Events of a kind, in order. */
  of<K extends JaegerEvent['kind']>(kind: K): Extract<JaegerEvent, { kind: K }>[] {
    return this.events.filter((event): event is Extract<JaegerEvent, { kind: K }> => event.kind === kind);
  }

  /** The kinds of notices that a player was told, in order. */
  notices(player: string): string[] {
    return this.told.filter((each) => each.player === player).map(({ notice }) => notice.kind);
  }

  /** The stages that matches went through, in order. */
  stages(): string[] {
    return this.of('stage').map(({ stage }) => stage);
  }

  private host(scheduler: SchedulerLike): Host {
    const script = (id: string): PlayerScript => this.players[id] ?? {};
    const orThrow = <T>(value: T): T => {
      if (value === 'throws') throw new Error('the game broke');
      return value;
    };
    return {
      tell: (actor, notice) => {
        this.told.push({ player: actor.id, notice });
        this.heard(actor.id, notice);
        const { tell } = script(actor.id);
        return tell === 'rejects' ? Promise.reject(new Error('the game broke')) : orThrow(tell);
      },
      accept: (actor) => {
        const { accept = true, acceptAfterMs = 1000, odd } = script(actor.id);
        if (odd && 'accept' in odd) return odd.accept as boolean;
        if (orThrow(accept) === 'silent') return new Subject<boolean>();
        return of(accept === true).pipe(delay(acceptAfterMs, scheduler));
      },
      rejoin: (actor) => script(actor.id).rejoin === true,
      team: (actor) => {
        const { team = `team of ${actor.id}` } = script(actor.id);
        return orThrow(team) === 'silent' ? new Subject<string>() : team;
      },
      validate: (match) => {
        const { validate = null, odd } = script(match.sides[match.side].id);
        return odd && 'validate' in odd ? (odd.validate as string) : orThrow(validate);
      },
      battle: (setup, actor) => {
        const player = setup.sides[setup.side].id;
        const { battle, onTurn, state = stateOf, winner = 0, digest = 'digest', overAfterMs = 0 } = script(player);
        orThrow(battle);
        if (battle === 'rejects') return Promise.reject(new Error('the game broke'));
        const seen: Seen = { player, setup, actor, turns: [], end: undefined };
        this.seen.push(seen);
        actor.onEnd((end) => {
          seen.end = end;
        });
        const turns$ = new Subject<void>();
        actor.onTurn((turn) => {
          seen.turns.push(turn);
          if (onTurn === 'throws') throw new Error('the game broke');
          const digest = state(seen.turns);
          turns$.next();
          return digest;
        });
        if (battle === 'silent') return undefined;
        const input$ = (number: number) => of(`${player} ${number}`).pipe(delay(1000, scheduler));
        of(...Array.from({ length: INPUTS }, (_, index) => index + 1))
          .pipe(concatMap(input$))
          .subscribe((data) => actor.send(data));
        turns$
          .pipe(
            filter(() => seen.turns.length === 2 * INPUTS),
            take(1),
            delay(overAfterMs, scheduler),
          )
          .subscribe(() => actor.over(winner, digest));
        return undefined;
      },
    };
  }
}

class Death {
  readonly comes$ = new Subject<void>();
  isDead = false;

  come(): void {
    this.isDead = true;
    this.comes$.next();
  }
}

/** A bus from which nothing reaches a node that is dead, nor from it the bus. Its leases pass on, as if they had run out. */
function mortal(bus: Bus, death: Death): Bus {
  const cut = <T>(work$: Observable<T>): Observable<T> =>
    defer(() => (death.isDead ? NEVER : work$.pipe(takeUntil(death.comes$))));
  const verbs = Object.entries(bus).map(([name, verb]) => [
    name,
    typeof verb === 'function' ? (...args: unknown[]) => cut(Reflect.apply(verb, bus, args) as Observable<unknown>) : verb,
  ]);
  return { ...bus, ...Object.fromEntries(verbs) };
}

/** What becomes of a message on its way to a listener: how often it arrives. */
export type Fate = (heard: Extract<Heard, { listening: false }>['message'], room: string) => number;

/** A bus on which what a node hears is lost or doubled. */
export const lossy = (bus: Bus, fate: Fate): Bus => ({
  ...bus,
  hear: (room) =>
    bus.hear(room).pipe(
      concatMap((heard) => {
        if (heard.listening) return of(heard);
        const times = fate(heard.message, room);
        return times === 0 ? EMPTY : of(...Array.from({ length: times }, () => heard));
      }),
    ),
});
