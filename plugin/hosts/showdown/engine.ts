/**
 * Jaeger in this process: one, whatever is loaded again. A hot patch of the chat loads the plugin anew; what runs, with its players and battles, is handed
 * over. Nobody takes it within some seconds: it stops.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Admin,
  admin,
  type Bus,
  type BusOptions,
  type Jaeger,
  jaeger,
  memoryBus,
  type Notice,
  type Options,
  type Removed,
  readConfig,
  redisBus,
  type Texts,
  textsOf,
} from '../../index.ts';

import { formatOf, serverRoot } from './formats.ts';
import { showdownHost, userOf } from './host.ts';
import { languageOf } from './language.ts';
import { told } from './messages.ts';
import { Offers } from './offers.ts';
import { Openings } from './openings.ts';
import { type ShowdownUser, server } from './server.ts';
import type { Fields } from './wanted.ts';

const KEY = Symbol.for('jaeger.showdown');
const ORPHANED_MS = 10_000;
/** How long who dropped out of the server keeps the place in the queue. */
const GONE_MS = 15_000;
/** How often this looks what staff has done of which a server tells nobody: locked it down, banned a player from battles. */
const LOOK_MS = 1000;
/** How long a server that stops waits until those who queue are out. */
const STOP_WITHIN_MS = 1000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Where the configuration is: beside the server's own. */
const configFile = (): string => process.env['JAEGER_CONFIG'] ?? join(serverRoot(), 'config', 'jaeger.json');

/** What stands in the file, with the defaults of this host. Throws a `ConfigError` that lists everything wrong with it. */
function read(file: string): Options & { nodeId: string } {
  const isThere = existsSync(file);
  if (!isThere) say(`[jaeger] there is no ${file}: this server is alone, with one queue`);
  const options = isThere ? readConfig(file) : {};
  return { ...options, nodeId: options.nodeId ?? 'node', queues: options.queues ?? { gen9randombattle: {} } };
}

export class Engine {
  readonly texts: Texts;
  readonly offers: Offers;
  readonly openings = new Openings();
  readonly queues: readonly string[];
  readonly nodeId: string;
  readonly admin: Admin;
  readonly jaeger: Jaeger;
  private readonly options: Options;
  private readonly bus: Bus & { close?(): Promise<void> };
  private readonly leaving = new Map<string, NodeJS.Timeout>();
  private readonly looks: NodeJS.Timeout;
  private orphaned: NodeJS.Timeout | undefined;
  /** Why nobody queues here. */
  private drainedBy: 'lockdown' | 'staff' | undefined;

  /** Throws when the configuration is wrong. */
  constructor(options: Options & { nodeId: string }) {
    this.options = options;
    this.texts = textsOf(options);
    this.offers = new Offers(this.texts);
    const { redis, showdown, ...rest } = options;
    const { nodeId } = rest;
    const { offers, openings, texts } = this;
    const of = (keys: readonly (keyof Options)[]): BusOptions =>
      Object.fromEntries(keys.filter((key) => rest[key as keyof typeof rest] !== undefined).map((key) => [key, options[key]]));
    this.nodeId = nodeId;
    this.queues = Object.keys(options.queues ?? {});
    const shared = ['nodeId', 'realm', 'secret', 'kept'] as const;
    this.bus = redis === undefined ? memoryBus(of(shared)) : redisBus(redis, of([...shared, 'messagesPerSecond', 'lease']));
    const host = showdownHost({ offers, openings, chat: showdown?.chat ?? true, texts });
    this.jaeger = jaeger(rest, host, { bus: this.bus });
    this.admin = admin(this.bus, { who: nodeId });
    for (const queue of this.queues)
      if (!formatOf(queue)) say(`[jaeger ${nodeId}] warning: the queue ${queue} is no format of this server that two can play`);
    this.looks = setInterval(() => this.look(), LOOK_MS);
    this.looks.unref();
  }

  private look(): void {
    const { Rooms, Punishments } = server();
    if (Rooms.global.lockdown === true) void this.drain('lockdown', 'the server restarts');
    else if (this.drainedBy === 'lockdown') this.drainedBy = undefined;
    for (const id of this.waiting.keys()) {
      const user = userOf(id);
      if (user && Punishments.isBattleBanned(user)) this.out(id, user, 'banned');
    }
  }

  /** Queues in which there are instant matches. */
  get instantQueues(): readonly string[] {
    return this.queues.filter((queue) => this.options.queues?.[queue]?.instant);
  }

  /** What can be said and demanded in an instant match. */
  readonly fieldsOf = (queue: string): Fields => this.options.queues?.[queue]?.instant?.fields ?? {};

  get drains(): boolean {
    return this.drainedBy !== undefined;
  }

  start(): Promise<void> {
    return this.jaeger.start();
  }

  async stop(): Promise<void> {
    clearInterval(this.looks);
    for (const timer of this.leaving.values()) clearTimeout(timer);
    // Who waits is told; where Redis is out of reach there is no waiting for it.
    const late = new Promise((resolve) => setTimeout(resolve, STOP_WITHIN_MS).unref());
    await Promise.race([this.drain('staff', 'the server stops'), late]);
    await this.jaeger.stop();
    await this.bus.close?.();
  }

  /** Nobody queues here any more, or until the lockdown is over; who waits is out, and told so. Battles are played to their end. */
  async drain(by: 'lockdown' | 'staff', why: string): Promise<void> {
    if (this.drainedBy === by || this.drainedBy === 'staff') return;
    this.drainedBy = by;
    say(`[jaeger ${this.nodeId}] draining: ${why}`);
    const removed = [...this.waiting.keys()].map(async (id) => {
      const from = await this.jaeger.remove(id);
      if (from !== 'nothing' && from !== 'PLAYING') this.tell(userOf(id), { kind: 'withdrawn', reason: why });
    });
    await Promise.allSettled(removed);
  }

  /** Who queued here, and has not been seen to leave; with the ticket, once there was one. */
  readonly waiting = new Map<string, string | undefined>();

  /** A user dropped out of the server, and may be back in a moment. */
  gone(id: string): void {
    if (!this.waiting.has(id) || this.leaving.has(id)) return;
    const timer = setTimeout(() => {
      this.leaving.delete(id);
      if (!userOf(id)?.connected) this.removed(id);
    }, GONE_MS);
    timer.unref();
    this.leaving.set(id, timer);
  }

  /** A user is about to be another one. */
  renamed(user: ShowdownUser, oldId: string, newId: string): void {
    if (!this.waiting.has(oldId) || newId === oldId) return;
    this.out(oldId, user, 'renamed');
  }

  /** Out of the queue, if in one, and told why. */
  private out(id: string, user: ShowdownUser, why: 'renamed' | 'banned'): void {
    this.removed(id, (from) => {
      if (from !== 'nothing' && from !== 'PLAYING') told(user, this.texts.say(why, {}, languageOf(user)));
    });
  }

  private tell(user: ShowdownUser | null, notice: Notice): void {
    told(user, this.texts.notice(notice, languageOf(user)) ?? '');
  }

  private removed(id: string, then: (from: Removed) => void = () => undefined): void {
    this.waiting.delete(id);
    const failed = (error: unknown): void => say(`[jaeger ${this.nodeId}] ${id} could not be removed: ${error}`);
    this.jaeger.remove(id).then(then).catch(failed);
  }

  /** The plugin is unloaded. */
  orphan(): void {
    this.orphaned = setTimeout(() => {
      const kept = globalThis as { [KEY]?: unknown };
      delete kept[KEY];
      void this.stop();
    }, ORPHANED_MS);
    this.orphaned.unref();
  }

  adopted(): void {
    clearTimeout(this.orphaned);
  }
}

/** What runs in this process, or why nothing does. */
export type Running = { readonly engine: Engine } | { readonly error: string };

/**
 * Whoever waits or plays is told first. What the server does at a signal by itself comes after that: at Ctrl-C it ends within the call,
 * and nobody would have heard of it. A terminal or systemd tells its helpers the same, and that they are gone must not end it before its
 * time. A second signal ends it at once.
 */
function stopAtSignals(engine: Engine): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const servers = process.listeners(signal);
    process.removeAllListeners(signal);
    const end = (): never => {
      for (const listener of servers) listener(signal);
      process.exit(0);
    };
    process.once(signal, () => {
      for (const failure of ['uncaughtException', 'unhandledRejection'])
        process.removeAllListeners(failure).on(failure, () => undefined);
      engine.stop().finally(end);
    });
  }
}

/** Takes over what runs, or starts it. */
export function run(): Running {
  const kept = globalThis as { [KEY]?: Engine };
  const found = kept[KEY];
  if (found) {
    found.adopted();
    return { engine: found };
  }
  const file = configFile();
  try {
    const engine = new Engine(read(file));
    kept[KEY] = engine;
    engine.start().catch((error: unknown) => say(`[jaeger] could not start: ${error}`));
    stopAtSignals(engine);
    return { engine };
  } catch (error) {
    const text = `${file}: ${error instanceof Error ? error.message : error}`;
    say(`[jaeger] is not running. ${text}`);
    return { error: text };
  }
}
