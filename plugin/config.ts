/** One table of defaults; JSON in, typed configuration or all errors out. */
import { problemsOf } from '../bus/codec.ts';
import { KEPT_TIMES } from '../bus/kept.ts';
import type {
  DeclineSettings,
  InstantSettings,
  KeptSettings,
  LogLevel,
  Options,
  PartySettings,
  QueueOptions,
  RematchSettings,
  TimeSettings,
  VoidSettings,
} from '../bus/options.ts';
import { checks } from '../bus/pieces.ts';
import { LEASE_TIMES, type LeaseTimes } from '../bus/redis/lease.ts';
import { MESSAGES_PER_SECOND } from '../bus/senders.ts';
import { type EloOptions, type KOptions, POOL_CLAMP, type PoolOptions } from '../matcher/index.ts';
import { ConfigError, type ConfigProblem, NO_SUCH_KEY, type Problem, problem } from './errors.ts';
import { errorText } from './guard.ts';
import { problemsOfInstant } from './instant-config.ts';
import { namesIn, pathWith } from './json-text.ts';
import type { MetricsConfig } from './metrics-server.ts';
import { meantBy } from './nearest.ts';
import { discreet, type RedisConfig, redisConfigOf } from './redis.ts';
import { problemsOfTexts } from './texts.ts';

export interface QueueConfig {
  readonly pool: PoolOptions;
  readonly elo: EloOptions & KOptions & { readonly initial: number; readonly keptResults: number };
  readonly ratings: 'host' | 'ladder';
  readonly sameNode: boolean;
  readonly ratedSameNode: boolean;
  readonly maxDifference: number;
  readonly maxWaiting: number;
  readonly party: Required<PartySettings>;
  readonly maxParty: number;
  readonly maxRuns: number;
  readonly offersPerRun: number;
  readonly budgetMs: number;
  readonly voids: Required<VoidSettings>;
  readonly declines: Required<DeclineSettings>;
  readonly times: Required<TimeSettings>;
  /** Null: there is none in this queue. */
  readonly instant: InstantConfig | null;
  readonly rematch: Required<RematchSettings>;
}

export type InstantConfig = Required<InstantSettings>;

export interface Config {
  readonly nodeId: string;
  readonly realm: string;
  /** Where the Redis is that the servers of the realm share; null: this server is alone. */
  readonly redis: RedisConfig | null;
  readonly lease: LeaseTimes;
  readonly kept: Required<KeptSettings>;
  /** May this node lead? */
  readonly candidate: boolean;
  /** Null: nobody signs. */
  readonly secret: string | null;
  readonly messagesPerSecond: number;
  readonly log: LogLevel;
  /** Null: nothing listens. */
  readonly metrics: MetricsConfig | null;
  /** By name, sorted. */
  readonly queues: ReadonlyMap<string, QueueConfig>;
}

/** Every default, each from the protocol. */
export const DEFAULTS = {
  nodeId: 'node',
  realm: 'jaeger',
  lease: LEASE_TIMES,
  kept: { ...KEPT_TIMES, resultsMs: 120_000 },
  candidate: true,
  messagesPerSecond: MESSAGES_PER_SECOND,
  log: 'info',
  metrics: { host: '127.0.0.1' },
  queue: {
    pool: {
      base: 10,
      scale: 40,
      growth: 1.5,
      period: 15,
      curve: 'exponential',
      max: POOL_CLAMP,
      adaptive: false,
      share: 'sum',
    },
    elo: { initial: 1000, k: 32, floor: 0, provisional: { games: 0, k: 32 }, kByRating: [], keptResults: 20 },
    ratings: 'host',
    sameNode: true,
    ratedSameNode: true,
    maxDifference: 2 * POOL_CLAMP,
    maxWaiting: 100_000,
    party: { elo: 'mean', unequal: false },
    maxParty: 1,
    maxRuns: 1000,
    offersPerRun: 3,
    budgetMs: 4,
    voids: { max: 5, nodeMax: 100, hours: 24, barMs: 3_600_000 },
    declines: { restMs: 0, growth: 2, mostMs: 1_800_000, fadeMs: 3_600_000 },
    times: {
      answerMs: 1000,
      restMs: 5000,
      offerMs: 20_000,
      joinMs: 10_000,
      pairRestMs: 60_000,
      avoidRecentMs: 0,
      successMs: 10_000,
      teamMs: 30_000,
      idleMs: 600_000,
      battleMs: 7_200_000,
      overMs: 10_000,
      reportMs: 600_000,
      secondResultMs: 30_000,
      eloKeptMs: 604_800_000,
      newestMs: 5000,
      reconnectMs: 60_000,
      heartbeatMs: 30_000,
      silenceMs: 60_000,
      dataLossMs: 5000,
    },
    instant: null,
    rematch: { withinMs: 30_000, most: 5, ratedPerDay: 20 },
  },
  instant: { fields: {}, rated: false, maxWaiting: 10_000, lifeMs: 15_000, renewMs: 5000, againMs: 30_000 },
} as const satisfies {
  nodeId: string;
  realm: string;
  lease: LeaseTimes;
  kept: Required<KeptSettings>;
  candidate: boolean;
  messagesPerSecond: number;
  log: LogLevel;
  metrics: Pick<MetricsConfig, 'host'>;
  queue: QueueConfig;
  instant: InstantConfig;
};

const QUEUE_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** The configuration of this JSON value. Throws a `ConfigError` that lists everything wrong with it. */
export function configOf(input: unknown): Config {
  let options: Options;
  const problems: Problem[] = [];
  try {
    // A copy of plain data: what was validated is what is used.
    options = structuredClone(input) as Options;
    const validated = checks().validateOptions(options);
    if (!validated.success) problems.push(...problemsOf(validated.errors).map(discreet).map(withMeant));
  } catch (error) {
    throw wrong([problem('', 'plain data, as JSON has it', errorText(error))]);
  }
  const isPlain = typeof options === 'object' && options !== null && !Array.isArray(options);
  if (!isPlain) throw wrong(problems);
  const queues = options.queues ?? { ranked: {} };
  if (typeof queues === 'object' && !Array.isArray(queues)) {
    if (Object.keys(queues).length === 0) problems.push(problem('queues', 'at least one queue', queues));
    for (const [name, queue] of Object.entries(queues)) problems.push(...problemsOfQueue(name, queue, problems));
  }
  const lease = { ...DEFAULTS.lease, ...given(options.lease) };
  const isRight = (key: string): boolean => !problems.some(({ path }) => isWithin(path, key));
  const kept = { ...DEFAULTS.kept, ...given(options.kept) };
  if (isRight('lease')) problems.push(...problemsOfLease(lease));
  if (problems.length === 0) problems.push(...problemsOfKept(kept, queues));
  if (isRight('texts') && isRight('language')) problems.push(...problemsOfTexts(options));
  const isShared = options.redis !== undefined;
  const redis = isShared && isRight('redis') ? redisConfigOf(options.redis as string, problems) : undefined;
  if (isShared && options.nodeId === undefined)
    problems.push(problem('nodeId', 'a name of its own for each server that shares the Redis', undefined));
  if (problems.length > 0) throw wrong(problems);
  return {
    redis: redis ?? null,
    lease,
    kept,
    nodeId: options.nodeId ?? DEFAULTS.nodeId,
    realm: options.realm ?? DEFAULTS.realm,
    candidate: options.candidate ?? DEFAULTS.candidate,
    secret: options.secret ?? null,
    messagesPerSecond: options.messagesPerSecond ?? DEFAULTS.messagesPerSecond,
    log: options.log ?? DEFAULTS.log,
    metrics: options.metrics ? { ...DEFAULTS.metrics, ...options.metrics } : null,
    queues: new Map(
      Object.keys(queues)
        .sort()
        .map((name) => [name, queueConfig(queues[name] as QueueOptions)]),
    ),
  };
}

/** For a key that there should not be, the one that was meant. */
function withMeant(one: Problem): ConfigProblem {
  const meant = one.expected === NO_SUCH_KEY ? meantBy(namesIn(one.path)) : undefined;
  return meant === undefined ? one : { ...one, meant };
}

/** Is a path this one, or of something in it? */
const isWithin = (path: string, whole: string): boolean => path.startsWith(whole) && /^($|[.[])/.test(path.slice(whole.length));

const wrong = (problems: readonly Problem[]): ConfigError => new ConfigError('The configuration of Jaeger is wrong:', problems);

/** A leader has to have time to renew before it stops by itself, and to stop before it is succeeded. */
function problemsOfLease({ renewMs, deadlineMs, leaseMs }: LeaseTimes): Problem[] {
  return [
    ...(renewMs < deadlineMs ? [] : [problem('lease.renewMs', `less than lease.deadlineMs (${deadlineMs})`, renewMs)]),
    ...(deadlineMs < leaseMs ? [] : [problem('lease.deadlineMs', `less than lease.leaseMs (${leaseMs})`, deadlineMs)]),
  ];
}

/** A match that is to be played once more has to be there. */
const problemsOfKept = ({ matchesMs }: KeptSettings, queues: Readonly<Record<string, QueueOptions>>): Problem[] =>
  Object.entries(queues).flatMap(([name, queue]) => {
    const { withinMs } = queueConfig(queue).rematch;
    const least = `at least queues.${name}.rematch.withinMs (${withinMs})`;
    return (matchesMs as number) >= withinMs ? [] : [problem('kept.matchesMs', least, matchesMs)];
  });

/** What the types cannot say: names, and relations between values that are right by themselves. */
function problemsOfQueue(name: string, queue: QueueOptions, known: readonly Problem[]): Problem[] {
  const path = pathWith('queues', name);
  const problems: Problem[] = [];
  if (!QUEUE_NAME.test(name)) problems.push(problem(path, 'a name of 1 to 64 letters, digits, _ or -', name));
  if (typeof queue !== 'object' || queue === null) {
    if (queue === undefined) problems.push(problem(path, 'an object', queue));
    return problems;
  }
  if (known.some((each) => isWithin(each.path, path))) return problems;
  const { pool, elo, times } = queueConfig(queue);
  if (queue.instant) problems.push(...problemsOfInstant(queue.instant, `${path}.instant`));
  if (pool.max < pool.base) problems.push(problem(`${path}.pool.max`, `at least pool.base (${pool.base})`, pool.max));
  if (elo.initial < elo.floor) problems.push(problem(`${path}.elo.initial`, `at least elo.floor (${elo.floor})`, elo.initial));
  if (times.idleMs > times.battleMs)
    problems.push(problem(`${path}.times.idleMs`, `at most times.battleMs (${times.battleMs})`, times.idleMs));
  if (times.silenceMs < times.heartbeatMs)
    problems.push(problem(`${path}.times.silenceMs`, `at least times.heartbeatMs (${times.heartbeatMs})`, times.silenceMs));
  return problems;
}

/** Defaults under what is given; a default that what is given makes impossible gives way. */
function queueConfig(queue: QueueOptions): QueueConfig {
  const elo = { ...DEFAULTS.queue.elo, ...given(queue.elo) };
  const times = { ...DEFAULTS.queue.times, ...given(queue.times) };
  return {
    ...DEFAULTS.queue,
    ...given(queue),
    instant: queue.instant ? { ...DEFAULTS.instant, ...given(queue.instant) } : null,
    rematch: { ...DEFAULTS.queue.rematch, ...given(queue.rematch) },
    pool: { ...DEFAULTS.queue.pool, ...given(queue.pool) },
    party: { ...DEFAULTS.queue.party, ...given(queue.party) },
    voids: { ...DEFAULTS.queue.voids, ...given(queue.voids) },
    declines: { ...DEFAULTS.queue.declines, ...given(queue.declines) },
    elo: { ...elo, initial: queue.elo?.initial ?? Math.max(elo.initial, elo.floor) },
    times: {
      ...times,
      idleMs: queue.times?.idleMs ?? Math.min(times.idleMs, times.battleMs),
      silenceMs: queue.times?.silenceMs ?? Math.max(times.silenceMs, 2 * times.heartbeatMs),
    },
  };
}

/** What an object gives: a key that is `undefined` gives nothing. */
const given = <T extends object>(object: T | undefined): Partial<T> =>
  Object.fromEntries(Object.entries(object ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;
