/**
 * Game servers in processes of their own over one Redis, each on a wire of its own, with players who queue, play and queue again; beside
 * them a sampler that looks on. A test breaks something, heals it, and `settle` says what should hold and does not.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InstantSettings, QueueOptions, TimeSettings } from '../../bus/options.ts';
import type { Target } from '../../bus/redis/connection.ts';
import type { LeaseTimes } from '../../bus/redis/lease.ts';
import type { JaegerEvent } from '../../plugin/index.ts';
import { type Random, randomOf } from '../../scripts/random.ts';
import { pause, type RedisServer, startRedis, until } from '../../scripts/redis.ts';
import { Wire } from '../bus/redis/wire.ts';
import { cutLog, logSize } from './aof.ts';
import { type Followed, startFollowed } from './followed.ts';
import type { Mutant } from './mutant.ts';
import { type EloTaken, problemsOfElo } from './ratings.ts';
import { Sampler } from './sampler.ts';
import { NodeServer } from './server.ts';

export const QUEUE = 'duel';

/** Windows so short that a test sees them pass. */
const TIMES: TimeSettings = {
  ...{ answerMs: 400, restMs: 300, offerMs: 2500, joinMs: 2000, pairRestMs: 300, successMs: 500, teamMs: 3000 },
  ...{ idleMs: 3000, battleMs: 20_000, overMs: 800, secondResultMs: 1500, newestMs: 400 },
};
/** Windows that do not pass while something is broken for some seconds. */
export const OUTLASTING: TimeSettings = {
  offerMs: 10_000,
  joinMs: 10_000,
  teamMs: 10_000,
  idleMs: 10_000,
  secondResultMs: 10_000,
};
const INSTANT: InstantSettings = { rated: true, renewMs: 300, lifeMs: 1500, againMs: 900 };
const LEASE: LeaseTimes = { renewMs: 200, deadlineMs: 500, leaseMs: 800 };
const THINK_MS = [10, 300] as const;
/** So long the servers have to say what they hold when Redis lost its data. */
const BACK_MS = 5000;

export interface WorldOptions {
  readonly seed: string;
  /** Names of the servers. The first one leads. */
  readonly nodes: readonly string[];
  /** Those that never lead. */
  readonly guests?: readonly string[];
  /** Is there a replica (`Followed`), and do Sentinels say who the master is? The servers then ask them, and have no wires. */
  readonly follows?: 'replica' | 'sentinels';
  /** Does Redis keep a log of what it does? */
  readonly aof?: boolean;
  readonly redisArgs?: readonly string[];
  readonly lease?: Partial<LeaseTimes>;
  readonly times?: TimeSettings;
  readonly mutants?: readonly Mutant[];
  /** Do players meet by instant match, instead of in the queue? */
  readonly instant?: boolean;
  /**
   * Does Redis lose its data? `all`: ratings that it alone had are gone with it. `last`: what it wrote last; its ladder fits the logs that it has. Either way
   * those of matches that it lost are not compared, and what was played is void.
   */
  readonly loses?: 'all' | 'last';
  /** Why a match may be void, and which: any, or only those of a server that was lost (killed, stopped or held up). Empty: none may. */
  readonly voids: { readonly [reason in VoidReason]?: 'any' | 'lost' };
  /** Why a player may be withdrawn who did not ask for it. Empty: nobody may. */
  readonly withdrawn: readonly string[];
  /** How many of a hundred offers a player declines. Default: 5. */
  readonly declines?: number;
  /** How long everything that was begun may take to end, once all is well again. Default: 20 s. */
  readonly settledWithinMs?: number;
}

type VoidReason = 'TimeoutError' | 'NodeLost' | 'StoreLost';

/** A server was lost: its matches may come to no end. */
export const OF_LOST = { TimeoutError: 'lost', NodeLost: 'lost' } as const;
export const DECLINED = 'the offer was declined';
export const UNANSWERED = 'the offer was not answered in time';

/** One acknowledged add, until it ends. */
interface Stay {
  readonly player: string;
  readonly node: NodeServer;
  readonly ticket: string;
  readonly first: number;
  end?: string;
}

/** Each has a Redis of its own. */
let worlds = 0;

export class World {
  readonly seed: string;
  readonly realm: string;
  readonly random: Random;
  readonly nodes = new Map<string, NodeServer>();
  readonly wires = new Map<string, Wire>();
  readonly stays: Stay[] = [];
  /** What should not have happened, besides what the sampler saw. */
  readonly problems: string[] = [];
  redis!: RedisServer;
  sampler!: Sampler;
  private readonly options: WorldOptions;
  private readonly taken: EloTaken[] = [];
  private followed: Followed | undefined;
  /** The sampler's way to whoever is the master. */
  private door: Wire | undefined;
  private readonly folder: string | undefined;
  private readonly redisArgs: readonly string[];
  private playing = true;
  /** When Redis was there again without what it wrote last. */
  private backAt = Number.NEGATIVE_INFINITY;
  private readonly players: Promise<void>[] = [];
  /** The servers that were killed, stopped or held up. */
  private readonly lost = new Set<string>();
  /** How often each server was started. */
  private readonly boots = new Map<string, number>();
  private readonly open = new Map<string, Stay>();

  constructor(options: WorldOptions) {
    this.options = options;
    this.seed = options.seed;
    this.realm = `sim-${++worlds}`;
    this.random = randomOf(options.seed, 'world');
    this.folder = options.aof ? mkdtempSync(join(tmpdir(), 'jaeger-sim-')) : undefined;
    const log = options.aof ? ['--appendonly', 'yes', '--appendfsync', 'always'] : [];
    this.redisArgs = [...log, ...(options.redisArgs ?? [])];
  }

  /** Starts Redis, the servers and the sampler; the first server leads. */
  async start(): Promise<this> {
    const { follows } = this.options;
    if (follows) {
      this.followed = await startFollowed(follows === 'sentinels');
      this.redis = this.followed.master;
      this.door = new Wire(this.redis.port);
    } else await this.startRedis();
    this.sampler = new Sampler((await this.door?.listen()) ?? this.redis.port, this.realm, [QUEUE]);
    await this.sampler.start();
    for (const nodeId of this.options.nodes) {
      const node = await this.startNode(nodeId);
      if (this.nodes.size === 1) await until(`${nodeId} leads`, () => node.of('leading').length > 0);
    }
    return this;
  }

  private async startRedis(at: { readonly port?: number } = {}): Promise<void> {
    const folder = this.folder === undefined ? {} : { folder: this.folder };
    this.redis = await startRedis({ ...at, args: this.redisArgs, ...folder });
  }

  /** Ends Redis as a power cut would, and starts it again where it was; `cut`: before that, with what it has on its disk. */
  async restartRedis(downMs: number, cut: (folder: string) => void = () => undefined): Promise<void> {
    const { port, pid } = this.redis;
    process.kill(pid, 'SIGKILL');
    await this.redis.stop();
    if (this.folder !== undefined) cut(this.folder);
    await pause(downMs);
    await this.startRedis({ port });
  }

  /** The same, and what it wrote last is lost: during the last ms before its end, and while `meanwhile` goes on. How many bytes that were. */
  async cutRedisBack(
    lostMs: number,
    downMs: number,
    meanwhile: () => Promise<unknown> = async () => undefined,
  ): Promise<number> {
    const folder = this.folder as string;
    const kept = logSize(folder);
    await Promise.all([pause(lostMs), meanwhile()]);
    let lost = 0;
    await this.restartRedis(downMs, () => {
      lost = cutLog(folder, kept);
      this.sampler.wentBack();
    });
    this.backAt = performance.now();
    return lost;
  }

  /**
   * The replica is behind from now on, `meanwhile` and for some ms; then the master dies with what it alone has, and the replica is the master.
   */
  async failOver(lagMs: number, meanwhile: () => Promise<unknown>): Promise<void> {
    const followed = this.followed as Followed;
    await followed.leaveBehind();
    await Promise.all([pause(lagMs), meanwhile()]);
    this.redis = await followed.failOver();
    this.sampler.wentBack();
    for (const wire of [this.door, ...this.wires.values()]) if (wire) wire.target = this.redis.port;
    this.backAt = performance.now();
  }

  /** Where a server finds Redis: by the Sentinels, or on a wire of its own. */
  private async redisOf(nodeId: string): Promise<Target> {
    if (this.followed?.sentinels) return this.followed.sentinels;
    await this.wires.get(nodeId)?.close();
    const wire = new Wire(this.redis.port);
    this.wires.set(nodeId, wire);
    return `redis://127.0.0.1:${await wire.listen()}`;
  }

  async startNode(nodeId: string): Promise<NodeServer> {
    const redis = await this.redisOf(nodeId);
    const { seed, lease, times, mutants = [], declines = 5 } = this.options;
    // Another boot draws other things: it has no lease that it had before.
    const boot = (this.boots.get(nodeId) ?? 0) + 1;
    this.boots.set(nodeId, boot);
    const candidate = !this.options.guests?.includes(nodeId);
    // Everybody reaches everybody: who waits has an opponent as soon as there is another one.
    const queue: QueueOptions = {
      ...{ pool: { base: 5000 }, times: { ...TIMES, ...times } },
      ...(this.options.instant ? { instant: INSTANT } : {}),
    };
    const setup = {
      ...{
        nodeId,
        redis,
        realm: this.realm,
        seed: `${seed} ${nodeId} ${boot}`,
        options: { queues: { [QUEUE]: queue }, candidate },
      },
      ...{ lease: { ...LEASE, ...lease }, mutants, declines },
    };
    const node = new NodeServer(setup, {
      heard: (event, server) => this.heard(event, server),
      lost: ({ nodeId: lost }) => this.lost.add(lost),
    });
    this.nodes.set(nodeId, node);
    await node.tell({ do: 'start' });
    return node;
  }

  node(nodeId: string): NodeServer {
    const node = this.nodes.get(nodeId);
    if (!node) throw new Error(`no node ${nodeId}`);
    return node;
  }

  wire(nodeId: string): Wire {
    return this.wires.get(nodeId) as Wire;
  }

  get alive(): NodeServer[] {
    return [...this.nodes.values()].filter(({ ended }) => !ended);
  }

  /** The events of a kind of all servers that there are. */
  count(kind: JaegerEvent['kind']): number {
    return [...this.nodes.values()].reduce((sum, node) => sum + node.of(kind).length, 0);
  }

  /** Adds a player; the stay, once it is acknowledged. */
  async add(node: NodeServer, player: string, blocks: readonly string[] = []): Promise<Stay> {
    const { ticket, firstConsidered: first } = await node.add(player, blocks);
    const stay: Stay = { player, node, ticket, first };
    this.stays.push(stay);
    this.open.set(`${node.nodeId} ${player}`, stay);
    return stay;
  }

  /** So many players come, a few at a time, and queue again and again, until `settle`. */
  play(count: number, nodes: readonly NodeServer[] = this.alive, called = 'p'): void {
    for (let number = 0; number < count; number++) {
      const node = nodes[number % nodes.length] as NodeServer;
      this.players.push(this.live(`${node.nodeId}-${called}${number}`, node, number * 40));
    }
  }

  /** A player waits for an instant match; its stay, once that is acknowledged. */
  private async meet(node: NodeServer, player: string): Promise<Stay> {
    const { ticket } = (await node.tell({ do: 'instant', player })) as { readonly ticket: string };
    const stay: Stay = { player, node, ticket, first: 0 };
    this.stays.push(stay);
    this.open.set(`${node.nodeId} ${player}`, stay);
    return stay;
  }

  private async live(player: string, node: NodeServer, afterMs: number): Promise<void> {
    const random = randomOf(this.seed, player);
    await pause(afterMs);
    let isUndone = false;
    while (this.playing && !node.ended) {
      try {
        const stay = await (this.options.instant ? this.meet(node, player) : this.add(node, player));
        isUndone = false;
        while (stay.end === undefined && this.playing && !node.ended) await pause(10);
      } catch (error) {
        const { code, message } = error as Error & { code: string };
        // The server is stopping, or was killed.
        if (code === 'Gone' || code === 'StateError') return;
        // Who was not added tries again: that it is nowhere is part of what it was told.
        // Redis that has gone back knows for a moment that a player is where it was before.
        const isBack = this.options.loses !== 'all' && performance.now() < this.backAt + BACK_MS;
        const isKnown = code === 'BusUnreachable' || (isUndone && this.options.instant) || isBack;
        isUndone ||= code === 'BusUnreachable';
        if (!isKnown) this.problems.push(`${player} could not be added: ${message}`);
      }
      await pause(random.integer(...THINK_MS));
    }
  }

  private heard(event: JaegerEvent, node: NodeServer): void {
    switch (event.kind) {
      case 'withdrawn':
      case 'removed':
      case 'elo':
      case 'void': {
        const stay = this.open.get(`${node.nodeId} ${event.id}`);
        if (stay) stay.end ??= event.kind === 'withdrawn' ? event.reason : event.kind;
        if (event.kind === 'elo')
          this.taken.push({ ...{ matchId: event.matchId, player: event.id, old: event.old, new: event.new }, boot: node.boot });
        if (event.kind === 'void' && !this.mayBeVoid(event, node))
          this.problems.push(`match ${event.matchId} is void: ${event.reason}, ${event.detail}`);
        if (event.kind === 'withdrawn' && !this.options.withdrawn.includes(event.reason))
          this.problems.push(`${event.id} is withdrawn: ${event.reason}`);
        break;
      }
      case 'stopped':
        for (const stay of this.stays) if (stay.node === node) stay.end ??= 'stopped';
        break;
      case 'fault':
        this.problems.push(`${node.nodeId} has a fault in ${event.where}: ${event.error}`);
        break;
      case 'refused':
        this.problems.push(`${node.nodeId} refused what it heard in ${event.room}: ${event.reason}`);
        break;
    }
  }

  private mayBeVoid({ matchId, reason }: JaegerEvent & { kind: 'void' }, teller: NodeServer): boolean {
    const which = this.options.voids[reason as VoidReason];
    if (which !== 'lost') return which === 'any';
    return [teller.nodeId, ...(this.sampler.nodesOf.get(matchId) ?? [])].some((nodeId) => this.lost.has(nodeId));
  }

  /**
   * All is well again: nobody queues any more, what was begun comes to its end, and everybody who waits and has a possible opponent is
   * matched. Returns everything that should have held, now or before, and did not.
   */
  async settle(): Promise<string[]> {
    this.playing = false;
    const end = performance.now() + (this.options.settledWithinMs ?? 20_000);
    let open = ['nothing was looked at'];
    while (open.length > 0 && performance.now() < end) {
      await pause(50);
      open = await this.unfinished();
    }
    await Promise.race([Promise.all(this.players), pause(5000)]);
    await this.sampler.stop();
    const elo = await problemsOfElo(
      { port: this.redis.port, realm: this.realm, queue: QUEUE, loses: this.options.loses },
      this.taken,
    );
    const isExpected = (problem: string): boolean =>
      (this.options.loses === 'all' && problem.startsWith('the ratings of')) ||
      // There whoever comes next announces what a server that is gone, or leads no more, wrote.
      (this.options.follows === 'sentinels' && problem.includes(' was written under epoch '));
    const sampled = [...this.sampler.problems].filter((problem) => !isExpected(problem));
    const crashed = [...this.nodes.values()].flatMap(({ nodeId, unhandled }) =>
      unhandled.map((error) => `${nodeId}: ${error}`),
    );
    for (const { ticket, first, player } of this.stays) {
      const seen = this.sampler.first.get(ticket);
      if (seen !== undefined && seen !== first)
        this.problems.push(`${player} was first considered at ${first}, now at ${seen}`);
    }
    return [...sampled, ...this.problems, ...elo, ...crashed, ...open];
  }

  /** What is still open, although everything is well. */
  private async unfinished(): Promise<string[]> {
    let sample: Awaited<ReturnType<Sampler['sample']>>;
    try {
      sample = await this.sampler.sample();
    } catch (error) {
      return [`Redis does not answer: ${(error as Error).message}`];
    }
    const lives = new Set(this.alive.map(({ nodeId }) => nodeId));
    const all = [...sample.tickets, ...sample.requests];
    const waiting = all.filter(({ node }) => lives.has(node));
    const held = new Set(all.map(({ ticket }) => ticket));
    // The new Elo of a player whose server is gone or has stopped is kept until it comes back.
    const takes = (node: string): boolean => lives.has(node) && this.node(node).of('stopped').length === 0;
    const open = sample.matches.filter(
      ({ stage, nodes, taken }) => stage !== 'rated' || nodes.some((node, side) => takes(node) && !taken[side]),
    );
    const vanished = this.stays.filter(({ node, ticket, end }) => !node.ended && end === undefined && !held.has(ticket));
    const inMatch = open.length > 0;
    return [
      ...sample.offers.map(({ offerId }) => `offer ${offerId} is open`),
      ...open.map(({ matchId, stage }) => `match ${matchId} is ${stage}`),
      ...(waiting.length > 1 ? waiting.map(({ player }) => `${player} waits, though not alone`) : []),
      // While a match is open its players are in no queue, and have not reached their end.
      ...(inMatch
        ? []
        : vanished.map(({ player, ticket, node }) => `${player} on ${node.nodeId} was added (${ticket}) and vanished`)),
    ];
  }

  /** Ends everything, whatever state it is in. */
  async close(): Promise<void> {
    this.playing = false;
    await Promise.all([...this.nodes.values()].map((node) => node.kill()));
    await Promise.all([...this.wires.values()].map((wire) => wire.close()));
    this.sampler?.close();
    await this.door?.close();
    await (this.followed ?? this.redis)?.stop();
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true });
  }
}
