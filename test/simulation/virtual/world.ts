/**
 * A whole network of game servers in virtual time, and everything in it from one seed: who queues when, what they do, what the network
 * loses, what breaks. First a time with faults, then all is healed and everything must come to its end.
 */
import type { Message } from '../../../bus/messages.ts';
import type { Options, TimeSettings } from '../../../bus/options.ts';
import { LEASE_TIMES, type LeaseTimes } from '../../../bus/redis/lease.ts';
import { configOf } from '../../../plugin/config.ts';
import type { JaegerEvent } from '../../../plugin/events.ts';
import { JaegerNode } from '../../../plugin/node.ts';
import { type Random, randomOf } from '../../../scripts/random.ts';
import { VirtualTime } from '../../../scripts/virtual-time.ts';
import type { Checker, View } from './checker.ts';
import { CHECKERS } from './checkers/index.ts';
import { ServerClock } from './clocks.ts';
import { Faults } from './faults.ts';
import { Nemesis } from './nemesis.ts';
import { Network } from './network.ts';
import { type Named, type Odds, swarmOdds, usualOdds } from './options.ts';
import { Owner } from './owner.ts';
import { gameOf, Player, type PlayersContext, type SeenBattle, type StayRecord } from './players.ts';
import { type Call, Realm, type Tamper } from './realm.ts';
import type { Server } from './server.ts';
import { gist, Trace } from './trace.ts';

export const QUEUE = 'duel';
/** How long everything that was begun may take to end, and everybody to find an opponent, once all is well. */
export const SETTLED_WITHIN_MS = 300_000;
const SERVERS = 5;
const NAMES = Array.from({ length: 40 }, (_, number) => `p${number}`);
/** The store's clock at the start. */
const EPOCH_MS = 1_700_000_000_000;
const LOOK_MS = 1000;
/** Of servers that are in no hurry: what they say of themselves is most of what there is to do while nobody plays. */
const SLOW_LEASE: LeaseTimes = { renewMs: 2500, deadlineMs: 5000, leaseMs: 7500 };

export interface WorldOptions {
  readonly seed: string;
  /** How long faults are made, in virtual ms. */
  readonly forMs: number;
  /** How many faults are made at most. Default: as many as there are. */
  readonly mostFaults?: number;
  /** Faults that are not made. */
  readonly without?: readonly Named[];
  /** Are the odds drawn from the seed? Default: true. */
  readonly swarm?: boolean;
  readonly trace?: boolean;
  readonly tamper?: Tamper | undefined;
  /** Other times than those that the checkers go by: what a mutant does. */
  readonly times?: TimeSettings | undefined;
}

export interface Problem {
  readonly at: number;
  readonly checker: string;
  readonly what: string;
  readonly players: readonly string[];
}

/** What the checkers want to be told, by what it is: most want little of it. */
type Told = { readonly [hook in keyof Checker]-?: readonly NonNullable<Checker[hook]>[] };

const toldOf = (checkers: readonly Checker[]): Told => {
  const all = <H extends keyof Checker>(hook: H): NonNullable<Checker[H]>[] =>
    checkers.flatMap((checker) => (checker[hook] ? [checker[hook]] : []));
  const [asked, answered, said, event] = [all('asked'), all('answered'), all('said'), all('event')];
  const remembered = all('remembered');
  const [led, lost, turned, closed, commanded] = [all('led'), all('lost'), all('turned'), all('closed'), all('commanded')];
  const [heard, look, end] = [all('heard'), all('look'), all('end')];
  return { asked, answered, said, heard, event, led, remembered, lost, turned, closed, commanded, look, end };
};

/** A run ends with the first problem. */
class Stopped extends Error {}

export class World {
  readonly time = new VirtualTime();
  readonly trace: Trace;
  readonly faults: Faults;
  readonly odds: Odds;
  readonly realm: Realm;
  readonly problems: Problem[] = [];
  readonly counts = { matches: 0, rated: 0, voids: 0, cancelled: 0, adds: 0 };
  private readonly options: WorldOptions;
  private readonly ids: Random;
  private readonly config: Options;
  private readonly servers = new Map<string, Server>();
  private readonly players = new Map<string, Player>();
  private readonly stays: StayRecord[] = [];
  private readonly open = new Set<StayRecord>();
  private readonly battles: SeenBattle[] = [];
  private readonly told: Told;
  private readonly nemesis: Nemesis;
  private readonly owner: Owner;
  private readonly context: PlayersContext;
  private readonly view: View;
  /** Matches that a server claimed which nobody should trust. */
  private readonly forced = new Set<string>();
  private lostAt: number | undefined;
  private boots = 0;

  constructor(options: WorldOptions) {
    const { seed, mostFaults = Number.POSITIVE_INFINITY, without = [], swarm = true, trace = false, tamper } = options;
    const { time } = this;
    this.options = options;
    this.ids = randomOf(seed, 'ids');
    this.odds = swarm ? swarmOdds(randomOf(seed, 'odds')) : usualOdds();
    this.config = configFrom(randomOf(seed, 'config'));
    this.trace = new Trace(trace, () => time.now());
    this.faults = new Faults(
      () => time.now(),
      mostFaults,
      new Set(without),
      ({ what, whom }) => this.trace.add(whom, '!', what),
    );
    const config = configOf({ ...this.config, nodeId: 'n1' });
    const onlooker = {
      asked: (call: Call) => {
        for (const tell of this.told.asked) tell(call);
      },
      answered: (call: Call, answer: unknown) => this.answered(call, answer),
      said: (room: string, message: Message) => this.said(room, message),
      led: (node: string, queue: string, epoch: number, generation: number) => {
        this.trace.add(node, '*', `is given the lease of ${queue}, epoch ${epoch}`);
        for (const tell of this.told.led) tell(node, queue, epoch, generation);
      },
      remembered: () => {
        const goBack = this.told.remembered.map((tell) => tell());
        return () => {
          this.lostAt = time.now();
          for (const tell of goBack) tell();
        };
      },
      lost: () => {
        this.lostAt = time.now();
        for (const tell of this.told.lost) tell();
      },
    };
    this.realm = new Realm({
      time,
      startMs: EPOCH_MS,
      kept: config.kept,
      leaseMs: config.lease.leaseMs,
      onlooker,
      queues: [QUEUE],
      tamper,
    });
    this.view = {
      ...{ config, faults: this.faults, stays: this.stays, open: this.open, battles: this.battles, forced: this.forced },
      store: () => this.realm.store,
      now: () => time.now(),
      busNow: () => this.realm.clock.now(),
      server: (name) => this.servers.get(name),
      leader: (queue) => this.realm.leases.get(queue)?.holder,
      lostAt: () => this.lostAt,
      jumped: () => this.realm.clock.jumpedSince(0),
      jumpedSince: (at) => this.realm.clock.jumpedSince(at),
      jumpedAt: () => this.realm.clock.jumpedAt,
    };
    this.told = toldOf(
      Object.entries(CHECKERS).map(([name, make]) =>
        make(this.view, (what: string, ...players: readonly string[]) => this.fail(name, what, players)),
      ),
    );
    const all = (): Server[] => [...this.servers.values()];
    const after = (ms: number, run: () => void): void => void time.after(ms, run);
    this.nemesis = new Nemesis({
      ...{ odds: this.odds, random: randomOf(seed, 'nemesis'), faults: this.faults, realm: this.realm, after, servers: all },
      ...{ leaseMs: config.lease.leaseMs, forced: this.forced, newId: () => this.newId() },
      leader: () => this.servers.get(this.realm.leases.get(QUEUE)?.holder?.node ?? ''),
      kill: (server) => this.kill(server),
      stop: (server, rejoin) => this.stop(server, rejoin),
      launch: (name) => this.launch(name),
      did: (what, where = '-') => this.trace.add(where, '*', what),
    });
    this.owner = new Owner({
      ...{ queue: QUEUE, odds: this.odds, random: randomOf(seed, 'owner'), faults: this.faults, realm: this.realm },
      ...{ players: NAMES, now: () => time.now(), after, servers: all, newId: () => this.newId() },
      did: (what, where) => this.trace.add(where, '*', `the owner ${what}`),
      told: (commanded) => {
        for (const tell of this.told.commanded) tell(commanded);
      },
      failed: (what) => this.fail('errors', what, []),
    });
    this.context = {
      ...{ seed, odds: this.odds, thinkMs: thinkMsOf(options), now: () => time.now(), after, servers: all },
      isHealed: () => this.faults.isHealed,
      isLadder: this.config.queues?.[QUEUE]?.ratings === 'ladder',
      did: (server, player, what) => this.trace.add(server, player, what),
      opened: (stay) => {
        this.counts.adds++;
        this.stays.push(stay);
        this.open.add(stay);
        this.trace.add(
          stay.server.name,
          stay.player,
          stay.kind === 'rematch' ? 'plays once more' : `asks for a ${stay.kind} match`,
        );
      },
      ended: (stay) => {
        this.open.delete(stay);
        this.trace.add(stay.server.name, stay.player, `stay ${stay.ticket ?? ''} is over: ${stay.end}`);
      },
      fights: (battle) => void this.battles.push(battle),
      turned: (battle, turn) => {
        for (const tell of this.told.turned) tell(battle, turn);
      },
      closed: (battle) => {
        for (const tell of this.told.closed) tell(battle);
      },
      failed: (what) => this.fail('errors', what, []),
    };
  }

  /** Runs to the end, or to the first problem. */
  run(): this {
    const { time, options } = this;
    try {
      for (let number = 1; number <= SERVERS; number++) this.launch(`n${number}`);
      for (const [number, id] of NAMES.entries())
        this.players.set(id, new Player(id, `n${1 + (number % SERVERS)}`, this.context));
      this.nemesis.begin();
      this.owner.begin();
      this.passUntil(options.forMs);
      this.trace.add('-', '*', 'all is well from now on');
      this.faults.heal();
      this.nemesis.heal();
      this.owner.heal();
      for (const player of this.players.values()) player.heal();
      this.passUntil(time.now() + SETTLED_WITHIN_MS);
      for (const tell of this.told.end) tell();
    } catch (error) {
      if (!(error instanceof Stopped))
        this.note('errors', error instanceof Error ? (error.stack ?? error.message) : String(error), []);
    }
    return this;
  }

  /** An error that nobody handled, found when the run was over. */
  unhandled(error: unknown): void {
    this.note('errors', `nobody handled ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, []);
  }

  private passUntil(end: number): void {
    const { time } = this;
    while (time.now() < end) {
      time.runUntil(Math.min(end, time.now() + LOOK_MS));
      for (const tell of this.told.look) tell();
      if (this.problems.length > 0) throw new Stopped();
    }
  }

  private fail(checker: string, what: string, players: readonly string[]): void {
    this.note(checker, what, players);
  }

  private note(checker: string, what: string, players: readonly string[]): void {
    this.trace.add('-', '*', `✗ ${checker}: ${what}`);
    this.problems.push({ at: this.time.now(), checker, what, players });
  }

  private newId(): string {
    let id = '';
    for (let count = 0; count < 6; count++) id += ALPHABET[this.ids.integer(0, ALPHABET.length - 1)];
    return id;
  }

  private launch(name: string): void {
    const { time, realm, odds, faults, options } = this;
    const number = ++this.boots;
    const random = randomOf(options.seed, `server ${number}`);
    const rate = 1 + ((2 * random.fraction() - 1) * odds.drift) / 1000;
    const clock = new ServerClock(time, EPOCH_MS + random.integer(-100_000, 100_000), rate);
    const network = new Network({
      ...{ node: name, time, clock, realm, odds, faults },
      random: randomOf(options.seed, `network ${number}`),
      lease: this.view.config.lease,
      heard: (message) => {
        for (const tell of this.told.heard) tell(name, message);
      },
    });
    let stepMs = 0;
    const runtime = {
      bus: network.bus,
      scheduler: clock,
      newId: () => this.newId(),
      elapsedMs: () => (stepMs += 0.01),
      wallMs: () => clock.wall(),
    };
    const server = { name, number, clock, network, since: time.now(), isUp: true, isStopping: false } as {
      -readonly [key in keyof Server]: Server[key];
    };
    const duel = this.config.queues?.[QUEUE] ?? {};
    const queues = { [QUEUE]: { ...duel, times: { ...duel.times, ...options.times } } };
    server.node = new JaegerNode(
      configOf({ ...this.config, queues, nodeId: name }),
      gameOf(server, this.players, this.context),
      runtime,
    );
    server.node.events$.subscribe((event) => this.event(event, server));
    this.servers.set(name, server);
    this.trace.add(name, '*', 'starts');
    faults.troubles(name);
    server.node.start().subscribe({ error: (error: unknown) => this.failedToStart(server, error) });
  }

  /** Another boot of its name seemed to be alive: whoever looks after servers starts it again. */
  private failedToStart(server: Server, error: unknown): void {
    this.trace.add(server.name, '*', `cannot start: ${error instanceof Error ? error.message : String(error)}`);
    this.kill(server);
    this.time.after(2000, () => {
      if (this.servers.get(server.name) === server) this.launch(server.name);
    });
  }

  private kill(server: Server): void {
    if (!server.isUp) return;
    server.isUp = false;
    server.clock.end();
    server.network.end();
    for (const player of this.players.values()) player.lost(server);
  }

  private stop(server: Server, rejoin: boolean): void {
    server.isStopping = true;
    server.node.stop(rejoin).subscribe({ complete: () => this.kill(server) });
  }

  private answered(call: Call, answer: unknown): void {
    if (this.trace.isKept && call.verb !== 'renew' && !READS.has(call.verb))
      this.trace.add(call.node, '>', `${call.verb} ${call.args.map(gist).join(' ')} → ${gist(answer)}`);
    for (const tell of this.told.answered) tell(call, answer);
  }

  private said(room: string, message: Message): void {
    if (message.kind === 'BEGIN') this.counts.matches++;
    else if (message.kind === 'ELO') this.counts.rated++;
    else if (message.kind === 'VOID') this.counts.voids++;
    if (this.trace.isKept && message.kind !== 'NEWEST' && message.kind !== 'ALIVE') this.trace.add('-', '<', gist(message));
    for (const tell of this.told.said) tell(room, message);
  }

  private event(event: JaegerEvent, server: Server): void {
    if (!server.isUp) return;
    if (this.trace.isKept) this.trace.add(server.name, 'id' in event ? String(event.id) : '-', gist(event));
    for (const tell of this.told.event) tell(event, server);
  }
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const READS: ReadonlySet<string> = new Set([
  'snapshot',
  'lastSigns',
  'clock',
  'log',
  'holdings',
  'agree',
  'pending',
  'probe',
  'say',
  'alive',
]);

/** Some worlds are crowded, in others a player waits alone for long; less so in a short run, in which little would happen. */
const thinkMsOf = ({ seed, forMs }: WorldOptions): number =>
  randomOf(seed, 'crowd').integer(1, 6) * 300_000 * Math.min(1, Math.max(0.4, forMs / 1_800_000));

/** Some worlds have other rules: it is no use if only the defaults work. */
function configFrom(random: Random): Options {
  const isLadder = random.fraction() < 0.25;
  const pick = <T>(...of: readonly T[]): T => of[random.integer(0, of.length - 1)] as T;
  return {
    lease: pick(LEASE_TIMES, SLOW_LEASE, SLOW_LEASE),
    queues: {
      [QUEUE]: {
        pool: { base: pick(10, 50, 400) },
        ratings: isLadder ? 'ladder' : 'host',
        sameNode: random.fraction() < 0.9,
        voids: { max: 1000, nodeMax: 1000 },
        times: {
          idleMs: pick(45_000, 45_000, 100_000),
          battleMs: 120_000,
          reconnectMs: 20_000,
          avoidRecentMs: pick(0, 0, 30_000),
        },
        instant: { fields: { mode: { type: 'text', values: ['fast', 'slow'] } }, rated: random.fraction() < 0.5 },
      },
    },
  };
}
