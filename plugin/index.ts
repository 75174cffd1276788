/** The public API: `jaeger(config, host)`. Nothing starts before `start()`, and `stop()` undoes all of it. */
import { lastValueFrom, type Observable, type Subscription } from 'rxjs';
import type { Bus, Removed } from '../bus/bus.ts';
import { memoryBus as memoryBusOn } from '../bus/memory.ts';
import type { Options } from '../bus/options.ts';
import type { RedisSettings } from '../bus/redis/settings.ts';
import { type RedisBus, redisBus as redisBusOn } from '../bus/redis.ts';
import type { ActorRequest, InstantMatchRequest } from '../bus/requests.ts';
import type { Explanation } from '../matcher/index.ts';
import { type Admin, type AdminOptions, adminOf } from './admin.ts';
import { type Config, configOf, DEFAULTS } from './config.ts';
import { CONFIG_FILE, readConfigFile } from './config-file.ts';
import type { Environment } from './environment.ts';
import { ConfigError, type Problem, problem } from './errors.ts';
import type { JaegerEvent } from './events.ts';
import type { Unanswered } from './explaining.ts';
import { type Host, problemsOfHost } from './host.ts';
import { Logger, writerFor } from './logger.ts';
import type { Listed } from './meetings.ts';
import { Metrics } from './metrics.ts';
import { serveMetrics } from './metrics-server.ts';
import { JaegerNode } from './node.ts';
import type { RedisConfig } from './redis.ts';
import { type Runtime, realRuntime, realScheduler, realTime } from './runtime.ts';
import type { Added } from './stays.ts';
import { type TextKey, Texts, type TextValues } from './texts.ts';

export { BusUnreachable } from '../bus/bus.ts';
export type { Admin, AdminOptions, Overview, Page, PlayerView, Waiting } from './admin.ts';
export { type BattleEnd, type BattleTurn, ControllableBattleActor } from './battle-actor.ts';
export {
  type AdapterUnderTest,
  type Check,
  type CheckName,
  type Conformance,
  type ConformanceOptions,
  conformance,
  type MakeAdapter,
  type Recording,
  type Replayed,
  replay,
} from './conformance/index.ts';
export { AddError, type AddProblem, AdminError, ConfigError, type ConfigProblem, type Problem, StateError } from './errors.ts';
export type { JaegerEvent } from './events.ts';
export type { BattleSetup, Host, Later, LocalActor, MatchView, Notice, OfferView } from './host.ts';
export { type LogLine, logLine } from './lines.ts';
export {
  DigestMismatch,
  ExceededTurnOrderError,
  MatchError,
  MissingAcknowledgement,
  NodeLost,
  ResultMismatch,
  StoreLost,
  TimeoutError,
  ValidationError,
} from './match-errors.ts';
export type {
  ActorRequest,
  Added,
  Bus,
  Explanation,
  InstantMatchRequest,
  Listed,
  Options,
  RedisBus,
  RedisSettings,
  Removed,
  TextKey,
  Texts,
  TextValues,
  Unanswered,
};

export interface Jaeger {
  /**
   * Starts. Resolves when the bus has answered or is known to be out of reach, which then is an event, and heals by itself. Rejects
   * with a `StateError` when already started.
   */
  start(): Promise<void>;
  /**
   * Removes this server's actors from the queues, gives up the lead and ends what was going on. Again is no error. `rejoin`: it means to be back within 60 s
   * (`times.silenceMs`) for its open matches, which are kept for so long (see `Host.rejoin`).
   */
  stop(options?: { readonly rejoin?: boolean }): Promise<void>;
  /**
   * Puts an actor in a queue. Resolves once it is kept; the same actor again gets the same answer (another Elo or other blocks
   * count from the next time it queues). Rejects with an `AddError`
   * that lists everything wrong (and nothing was added), a `BusUnreachable` while the bus is out of reach (the same), or a `StateError` when not started.
   */
  add(actor: ActorRequest): Promise<Added>;
  /**
   * Puts a user on the wait list of instant matches (queues with `instant` in their configuration). Resolves once it is kept; whoever fits, both ways,
   * is its opponent. The same request again gets the same answer; another one of the same user needs `move: true`. Rejects like `add`.
   */
  instant(request: InstantMatchRequest): Promise<Listed>;
  /**
   * After a match, for as long as `rematch.withinMs`: this side wants to play once more, `asked`; `matched` once both have. With `wants` false it does
   * not, which ends the chance for both. Rejects with an `AddError` that says why there is none (any more).
   */
  rematch(actorId: string, wants?: boolean): Promise<'asked' | 'matched' | 'declined'>;
  /**
   * Removes an actor at every stage until its battle begins; resolves with the stage that it was removed from, `nothing` when it was
   * nowhere, `PLAYING` when it is too late: leaving a battle is a forfeit, which is an input of the game.
   */
  remove(actorId: string): Promise<Removed>;
  /**
   * Why an actor of this node still waits. Whoever leads the queue is asked; who does not answer within 1.5 s, or is nobody, is told by the state `unanswered`.
   * Resolves with undefined when the actor is in no queue.
   */
  explain(actorId: string): Promise<Explanation | Unanswered | undefined>;
  /** How often something was said to this node that came too late, twice or at a wrong moment, by what it was and where it came to. It changed nothing. */
  counts(): Readonly<Record<string, number>>;
  /** Everything that happens on this node. Watching it starts nothing. What a watcher throws is the watcher's own affair. */
  readonly events$: Observable<JaegerEvent>;
}

/**
 * What `jaeger.json` says, comments and trailing commas being allowed, with what the environment (`JAEGER_SECRET`, `JAEGER_REDIS_URL` and so on) says in
 * its place: what `jaeger()` takes.
 * @throws ConfigError that lists everything wrong with it, each with line and column
 */
export function readConfig(file: string = CONFIG_FILE, environment: Environment = process.env): Options {
  return readConfigFile(file, environment);
}

/**
 * What players read, as `texts` and `language` of the configuration have it: a notice or a refusal as a sentence, in a player's own language where the game
 * knows it.
 * @throws ConfigError that lists everything wrong with the options
 */
export function textsOf({ language, texts }: Pick<Options, 'language' | 'texts'>): Texts {
  const given: Options = { ...(language === undefined ? {} : { language }), ...(texts === undefined ? {} : { texts }) };
  configOf(given);
  return new Texts(given);
}

/** What a bus has to know of the configuration of its nodes: the same keys, the same defaults. `nodeId` is the name under which it signs. */
export type BusOptions = Pick<Options, 'realm' | 'secret' | 'messagesPerSecond' | 'nodeId' | 'kept' | 'lease'>;

/**
 * The embedded bus: give the same one to every node of a process. `realm` must be that of their configuration, default `jaeger`; so must `secret`.
 * @throws ConfigError that lists everything wrong with the options
 */
export function memoryBus(options: Omit<BusOptions, 'messagesPerSecond' | 'lease'> = {}): Bus {
  const { realm, signing, kept } = sharedOf(configOf(options));
  return memoryBusOn({ scheduler: realScheduler, realm, signing, kept });
}

/**
 * The bus of many processes, for several nodes of one process that share its connections; a node alone has `redis` in its configuration instead,
 * which is also what `redis` says here. Connects when a node that was given it starts; `close()` it when they have all stopped. `realm` must be that of
 * their configuration, default `jaeger`; so must `secret`.
 * @throws ConfigError that lists everything wrong with both
 */
export function redisBus(redis: string | RedisSettings, options: BusOptions = {}): RedisBus {
  const config = configOf({ nodeId: DEFAULTS.nodeId, ...options, redis });
  const { target, keyPrefix } = config.redis as RedisConfig;
  return redisBusOn(target, { ...edge, ...sharedOf(config), lease: config.lease, keyPrefix });
}

/** What a bus takes of the configuration. */
const sharedOf = ({ realm, secret, nodeId, messagesPerSecond, kept }: Config) => ({
  realm,
  kept,
  messagesPerSecond,
  signing: secret === null ? undefined : { secret, node: nodeId },
});

const edge = { scheduler: realScheduler, random: Math.random };

/**
 * The owner's hand on a realm: what is read comes from its keys, what changes something is executed by a leader, and is an incident. `bus` is
 * a bus of that realm; it may be of a process without a node, under a Redis user of its own.
 * @throws AdminError when the options are wrong
 */
export function admin(bus: Bus, options: AdminOptions): Admin {
  return adminOf({ ...realTime, bus }, options);
}

export interface Sharing {
  /** The bus that the nodes of one process share, each under a `nodeId` of its own. Left out: this node has one of its own. */
  readonly bus?: Bus;
}

/**
 * A Jaeger for this game server.
 * @param config the content of `jaeger.json`; `{}` is the smallest
 * @param host the game, see `Host`
 * @param sharing `{ bus }`, where several nodes of one process share one
 * @throws ConfigError that lists everything wrong with both
 */
export function jaeger(config: Options, host: Host, sharing?: Sharing): Jaeger {
  const { node, close } = createNode(config, host, sharing);
  return {
    start: () => settled(node.start()),
    stop: ({ rejoin = false } = {}) => settled(node.stop(rejoin)).then(close),
    add: (actor) => lastValueFrom(node.add(actor)),
    instant: (request) => lastValueFrom(node.instant(request)),
    rematch: (actorId, wants = true) => lastValueFrom(node.rematch(actorId, wants)),
    remove: (actorId) => lastValueFrom(node.remove(actorId)),
    events$: node.events$,
    explain: (actorId) => lastValueFrom(node.explained(actorId)),
    counts: () => node.counts.all,
  };
}

interface Made {
  readonly node: JaegerNode;
  /** Ends the connections of its own, when it has stopped. */
  close(): Promise<void>;
}

function createNode(config: Options, host: Host, sharing: Sharing | undefined): Made {
  const parsed = checked(config, host, sharing);
  return watched(connected(parsed, host, sharing), parsed, host);
}

/** What happens is logged, and counted where somebody wants to know. */
function watched(made: Made, { nodeId, log, metrics: settings }: Config, host: Host): Made {
  const { node } = made;
  const logger = new Logger(
    log,
    writerFor(host, (text) => void process.stderr.write(text)),
  );
  node.events$.subscribe(logger.event);
  if (!settings) return made;
  const metrics = new Metrics(() => node.counts.all);
  let serving: Subscription | undefined;
  node.events$.subscribe((event) => {
    metrics.event(event);
    if (event.kind === 'stopped') serving?.unsubscribe();
    if (event.kind === 'started')
      serving = serveMetrics(settings, () => metrics.text()).subscribe((text) =>
        logger.event({ kind: 'warning', at: realScheduler.now(), node: nodeId, text }),
      );
  });
  return made;
}

function connected(parsed: Config, host: Host, sharing: Sharing | undefined): Made {
  const { redis, lease } = parsed;
  if (!redis) {
    const runtime = realRuntime(
      sharing?.bus ?? memoryBusOn({ scheduler: realScheduler, realm: parsed.realm, kept: parsed.kept }),
    );
    return { node: new JaegerNode(parsed, host, runtime), close: async () => undefined };
  }
  // A bus that was closed stays closed: each start has one of its own.
  let own: RedisBus | undefined;
  const connect = (): RedisBus => redisBusOn(redis.target, { ...edge, ...sharedOf(parsed), lease, keyPrefix: redis.keyPrefix });
  const runtime: Runtime = {
    ...realTime,
    get bus() {
      own ??= connect();
      return own;
    },
  };
  const close = async (): Promise<void> => {
    const closing = own;
    own = undefined;
    await closing?.close();
  };
  return { node: new JaegerNode(parsed, host, runtime), close };
}

/** The configuration, once everything given is found right; one error lists whatever is wrong. */
function checked(config: Options, host: Host, sharing: Sharing | undefined): Config {
  const problems: Problem[] = [];
  let parsed: Config | undefined;
  try {
    parsed = configOf(config);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
  }
  problems.push(...problemsOfHost(host), ...problemsOfSharing(sharing, config));
  if (parsed && problems.length === 0) return parsed;
  throw new ConfigError('What was given to jaeger() is wrong:', problems);
}

function problemsOfSharing(sharing: unknown, config: Options): Problem[] {
  if (sharing === undefined || sharing === null) return [];
  const { bus, ...rest } = typeof sharing === 'object' ? (sharing as Sharing) : {};
  if (typeof sharing !== 'object' || Object.keys(rest).length > 0)
    return [problem('sharing', 'nothing, or an object { bus }', Object.keys(Object(sharing)))];
  if (bus === undefined) return [];
  if (typeof bus !== 'object' || bus === null || typeof bus.holdLease !== 'function')
    return [problem('sharing.bus', 'a bus, such as memoryBus() makes', bus)];
  const problems: Problem[] = [];
  if (config?.redis !== undefined)
    problems.push({ path: 'redis', expected: 'nothing, as there is sharing.bus', found: 'both' });
  if (config?.realm !== undefined && config.realm !== bus.realm)
    problems.push(problem('realm', `the realm of the bus, ${bus.realm}`, config.realm));
  // A bus of the node's own needs none: nobody else speaks there.
  if (config?.secret !== undefined && !bus.signs)
    problems.push({ path: 'secret', expected: 'a bus that was made with it', found: 'one that was made without' });
  if (config?.nodeId === undefined)
    problems.push(problem('nodeId', 'a name of its own for each node that shares the bus', config?.nodeId));
  return problems;
}

const settled = (work$: Observable<void>): Promise<void> => lastValueFrom(work$, { defaultValue: undefined });
