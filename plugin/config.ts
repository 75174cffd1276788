/** One table of defaults; JSON in, typed configuration or all errors out. */
import { problemsOf } from '../bus/codec.ts';
import { validateOptions } from '../bus/generated/validate.ts';
import type { Options, PoolSettings, QueueOptions, TimeSettings } from '../bus/options.ts';
import { type EloOptions, POOL_CLAMP, type PoolOptions } from '../matcher/index.ts';
import { ConfigError, type Problem, problem } from './errors.ts';

export interface QueueConfig {
  readonly pool: PoolOptions;
  readonly elo: EloOptions & { readonly initial: number };
  readonly sameNode: boolean;
  readonly ratedSameNode: boolean;
  readonly maxDifference: number;
  readonly maxWaiting: number;
  readonly maxParty: number;
  readonly maxRuns: number;
  readonly offersPerRun: number;
  readonly budgetMs: number;
  readonly times: Required<TimeSettings>;
}

export interface Config {
  readonly nodeId: string;
  readonly realm: string;
  /** By name, sorted. */
  readonly queues: ReadonlyMap<string, QueueConfig>;
}

/** Every default, each from the protocol. */
export const DEFAULTS = {
  nodeId: 'node',
  realm: 'jaeger',
  queue: {
    pool: { base: 10, scale: 40, growth: 1.5, period: 15, curve: 'exponential', max: POOL_CLAMP },
    elo: { initial: 1000, k: 32, floor: 0 },
    sameNode: true,
    ratedSameNode: true,
    maxDifference: 2 * POOL_CLAMP,
    maxWaiting: 100_000,
    maxParty: 1,
    maxRuns: 1000,
    offersPerRun: 3,
    budgetMs: 4,
    times: {
      answerMs: 1000,
      restMs: 5000,
      offerMs: 20_000,
      joinMs: 10_000,
      pairRestMs: 60_000,
      successMs: 10_000,
      teamMs: 30_000,
      idleMs: 600_000,
      battleMs: 7_200_000,
      overMs: 10_000,
      secondResultMs: 30_000,
      newestMs: 5000,
    },
  },
} as const satisfies { nodeId: string; realm: string; queue: QueueConfig };

const QUEUE_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** The configuration of this JSON value. Throws a `ConfigError` that lists everything wrong with it. */
export function configOf(input: unknown): Config {
  const validated = validateOptions(input);
  if (!validated.success) throw wrong(problemsOf(validated.errors));
  const options: Options = validated.data;
  const queues = options.queues ?? { ranked: {} };
  const problems: Problem[] = [];
  if (Object.keys(queues).length === 0) problems.push(problem('queues', 'at least one queue', queues));
  for (const [name, queue] of Object.entries(queues)) problems.push(...problemsOfQueue(name, queue));
  if (problems.length > 0) throw wrong(problems);
  return {
    nodeId: options.nodeId ?? DEFAULTS.nodeId,
    realm: options.realm ?? DEFAULTS.realm,
    queues: new Map(
      Object.keys(queues)
        .sort()
        .map((name) => [name, queueConfig(queues[name] as QueueOptions)]),
    ),
  };
}

const wrong = (problems: readonly Problem[]): ConfigError => new ConfigError('The configuration of Jaeger is wrong:', problems);

/** What the types cannot say: names and relations between values. */
function problemsOfQueue(name: string, queue: QueueOptions): Problem[] {
  const path = `queues.${name}`;
  const problems: Problem[] = [];
  if (!QUEUE_NAME.test(name)) problems.push(problem(path, 'a name of 1 to 64 letters, digits, _ or -', name));
  const pool: Required<PoolSettings> = { ...DEFAULTS.queue.pool, ...queue.pool };
  if (pool.max < pool.base) problems.push(problem(`${path}.pool.max`, `at least pool.base (${pool.base})`, pool.max));
  const elo = { ...DEFAULTS.queue.elo, ...queue.elo };
  if (elo.initial < elo.floor) problems.push(problem(`${path}.elo.initial`, `at least elo.floor (${elo.floor})`, elo.initial));
  const times = { ...DEFAULTS.queue.times, ...queue.times };
  if (times.idleMs > times.battleMs)
    problems.push(problem(`${path}.times.idleMs`, `at most times.battleMs (${times.battleMs})`, times.idleMs));
  return problems;
}

const queueConfig = (queue: QueueOptions): QueueConfig => ({
  ...DEFAULTS.queue,
  ...queue,
  pool: { ...DEFAULTS.queue.pool, ...queue.pool },
  elo: { ...DEFAULTS.queue.elo, ...queue.elo },
  times: { ...DEFAULTS.queue.times, ...queue.times },
});
