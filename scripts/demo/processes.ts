/** The demo over real processes that share one Redis: starts them, sends players to their nodes, and puts together what each of them tells. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { DEFAULTS } from '../../plugin/config.ts';
import type { JaegerEvent } from '../../plugin/events.ts';
import { pause, type RedisServer, startRedis } from '../redis.ts';
import type { Told } from './print.ts';
import { nodeName, type Player, Story, type StoryOptions } from './story.ts';

/** Faster than this a player would send more turns a second than a match takes. */
export const FASTEST = 50;

/** What a node's process is told at its start. */
export interface NodeSettings {
  readonly nodeId: string;
  readonly realm: string;
  readonly redis: string;
  readonly seed: string;
  /** How many times as fast players think. */
  readonly speed: number;
  readonly pool: { readonly period: number };
}

/** What it is asked, and what it says. */
export type Asked = { readonly kind: 'queue'; readonly player: Player } | { readonly kind: 'stop' };
export type Said =
  | { readonly kind: 'ready' }
  | { readonly kind: 'event'; readonly event: JaegerEvent }
  | { readonly kind: 'ended'; readonly matchId: string; readonly turns: number }
  | { readonly kind: 'came'; readonly id: string; readonly problem?: string };

/** There is no Redis where it was said to be. */
export class NoRedis extends Error {}

export interface ProcessesOptions extends StoryOptions {
  readonly speed: number;
  /** URL of a Redis; undefined: a private one. */
  readonly redis: string | undefined;
  /** A node's process was started. */
  started(nodeId: string, pid: number): void;
}

/** How long what a process tells waits for what happened before it in another one. */
const IN_ORDER_MS = 250;
/** How long after each other those come who come at one moment: between processes no two things are at one moment. */
const APART_MS = 150;
/** How often it is looked whether all is over. */
const LOOK_MS = 50;
/** Nothing was told for so long: whatever is not over is stuck. */
const STUCK_MS = 120_000;
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 5000;

interface Child {
  readonly nodeId: string;
  readonly process: ChildProcess;
  readonly ended: Promise<void>;
  isReady: boolean;
  hasEnded: boolean;
}

export class Processes implements Told {
  readonly story: Story;
  readonly problems: string[] = [];
  private readonly options: ProcessesOptions;
  private readonly children: Child[] = [];
  /** What was told and is not yet taken, oldest first. */
  private early: JaegerEvent[] = [];
  private startedAt = Date.now();
  private toldAt = performance.now();
  private isStopping = false;

  constructor(options: ProcessesOptions) {
    this.options = options;
    this.story = new Story(options);
  }

  now(): number {
    return Date.now() - this.startedAt;
  }

  /** Only the leading process knows. */
  inReach(): undefined {
    return undefined;
  }

  get tookMs(): number {
    return this.now();
  }

  get stuck(): boolean {
    return performance.now() - this.toldAt > STUCK_MS;
  }

  /** Plays until all is over, something breaks, or somebody interrupts; nothing that was started is left behind. */
  async play(interruption: Promise<void>): Promise<void> {
    let interrupted = false;
    interruption.then(() => (interrupted = true));
    const goesOn = (): boolean => !interrupted && this.problems.length === 0 && !this.stuck;
    let server: RedisServer | undefined;
    const realm = `demo-${randomBytes(6).toString('hex')}`;
    try {
      server = this.options.redis === undefined ? await startRedis({ args: ['--appendonly', 'yes'] }) : undefined;
      const url = this.options.redis ?? server?.url ?? '';
      await answers(url);
      this.startAll(url, realm);
      const end = performance.now() + READY_WITHIN_MS;
      while (goesOn() && this.children.some(({ isReady }) => !isReady)) {
        if (performance.now() > end) throw new Error('the processes did not start in time');
        await pause(LOOK_MS);
      }
      this.startedAt = Date.now();
      const come = this.sendPlayers(goesOn);
      while (goesOn() && !this.isOver) {
        await pause(LOOK_MS);
        this.take(Date.now() - IN_ORDER_MS);
      }
      await come;
    } finally {
      await this.stopAll();
      this.take(Number.POSITIVE_INFINITY);
      if (server) await server.stop();
      else if (this.options.redis !== undefined) await forget(this.options.redis, realm);
    }
  }

  /** Over, and every node has told its part. */
  private get isOver(): boolean {
    const { story } = this;
    const told = ({ stage, after, digests }: { stage: string; after: readonly unknown[]; digests: readonly unknown[] }) =>
      stage !== 'closed' || ![...after, ...digests].includes(undefined);
    return story.over && this.early.length === 0 && [...story.rows.values()].every(told);
  }

  private startAll(redis: string, realm: string): void {
    const { seed, speed, nodes } = this.options;
    for (let index = 0; index < nodes; index++) {
      const nodeId = nodeName(index);
      const pool = { period: DEFAULTS.queue.pool.period / speed };
      const settings: NodeSettings = { nodeId, realm, redis, seed, speed, pool };
      const child = fork(join(import.meta.dirname, 'node.ts'), [JSON.stringify(settings)], { execArgv: ['--import', 'tsx'] });
      const ended = new Promise<void>((resolve) => {
        child.on('exit', (code, signal) => {
          made.hasEnded = true;
          if (!this.isStopping)
            this.problems.push(`the process of node ${nodeId} ended by itself: ${signal ?? `exit ${code}`}`);
          resolve();
        });
      });
      const made: Child = { nodeId, process: child, ended, isReady: false, hasEnded: false };
      child.on('message', (said: Said) => this.hear(made, said));
      child.on('error', (error) => this.problems.push(`the process of node ${nodeId}: ${error.message}`));
      this.children.push(made);
      this.options.started(nodeId, child.pid ?? 0);
    }
  }

  private hear(child: Child, said: Said): void {
    this.toldAt = performance.now();
    if (said.kind === 'ready') child.isReady = true;
    else if (said.kind === 'event') this.early.push(said.event);
    else if (said.kind === 'ended') this.story.gameTurns(said.matchId, said.turns);
    else {
      const player = this.story.players.find(({ id }) => id === said.id);
      if (player) this.story.came(player, said.problem);
    }
  }

  /** Takes what happened until then, in the order in which it happened, whichever process told it first. */
  private take(until: number): void {
    const due = this.early.filter(({ at }) => at <= until).sort((one, two) => one.at - two.at);
    this.early = this.early.filter(({ at }) => at > until);
    for (const event of due) this.story.take({ ...event, at: Math.max(0, event.at - this.startedAt) });
  }

  /** Those who come at one moment come in the order of their ids. */
  private async sendPlayers(goesOn: () => boolean): Promise<void> {
    const { speed } = this.options;
    const inOrder = [...this.story.players].sort((one, two) => one.at - two.at || (one.id < two.id ? -1 : 1));
    let before = -1;
    for (const player of inOrder) {
      if (player.at === before) await pause(APART_MS);
      before = player.at;
      while (goesOn() && this.now() * speed < player.at) await pause(Math.min(LOOK_MS, player.at / speed - this.now() + 1));
      if (!goesOn()) return;
      const asked: Asked = { kind: 'queue', player };
      this.children.find(({ nodeId }) => nodeId === player.node)?.process.send(asked);
    }
  }

  private async stopAll(): Promise<void> {
    this.isStopping = true;
    const stop: Asked = { kind: 'stop' };
    await Promise.all(
      this.children.map(async ({ process: child, ended }) => {
        if (child.connected) child.send(stop, () => undefined);
        const killer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
        await ended;
        clearTimeout(killer);
      }),
    );
  }
}

const client = (url: string): Redis => {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null, connectTimeout: 3000, commandTimeout: 3000 });
  redis.on('error', () => undefined);
  return redis;
};

/** Throws, without the password, when there is no Redis. */
async function answers(url: string): Promise<void> {
  const redis = client(url);
  let reason: unknown;
  redis.on('error', (error) => (reason = error));
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    const { message, code } = (reason ?? error) as NodeJS.ErrnoException;
    throw new NoRedis(`no Redis answers at ${redis.options.host}:${redis.options.port}: ${message || code}`);
  } finally {
    redis.disconnect();
  }
}

/** Takes the realm of this demo away from somebody's Redis. */
async function forget(url: string, realm: string): Promise<void> {
  const redis = client(url);
  try {
    await redis.connect();
    for await (const keys of redis.scanStream({ match: `{jg:${realm}}:*`, count: 1000 }))
      if (keys.length > 0) await redis.unlink(...keys);
  } catch {
    // It is gone, and the realm with it or left behind: nobody else has its name.
  } finally {
    redis.disconnect();
  }
}
