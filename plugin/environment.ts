/**
 * What the environment says instead of `jaeger.json`: secrets, and where Redis is, so that they need not stand in a file. A variable that is empty
 * counts as not set. None of their values is in any message.
 */
import type { Options } from '../bus/options.ts';
import type { RedisSettings } from '../bus/redis/settings.ts';
import { nearestOf } from './nearest.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const OF_REDIS = {
  JAEGER_REDIS_URL: 'url',
  JAEGER_REDIS_USERNAME: 'username',
  JAEGER_REDIS_PASSWORD: 'password',
  JAEGER_REDIS_SENTINEL_USERNAME: 'sentinelUsername',
  JAEGER_REDIS_SENTINEL_PASSWORD: 'sentinelPassword',
} as const satisfies Readonly<Record<string, keyof RedisSettings>>;
const OF_OPTIONS = { JAEGER_NODE_ID: 'nodeId', JAEGER_SECRET: 'secret' } as const satisfies Readonly<
  Record<string, keyof Options>
>;
const PREFIX = 'JAEGER_';
/** Where the command line looks for the file. */
export const CONFIG_VARIABLE = 'JAEGER_CONFIG';

/** Every variable by the option that it stands for. */
export const VARIABLES: Readonly<Record<string, string>> = {
  ...OF_OPTIONS,
  ...Object.fromEntries(Object.entries(OF_REDIS).map(([variable, key]) => [variable, `redis.${key}`])),
};

export interface Overridden {
  readonly options: unknown;
  /** Paths that the environment says, and the variable that does. */
  readonly from: ReadonlyMap<string, string>;
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The options with what the environment says in their place. Options that are none stay as they are. */
export function overridden(options: unknown, environment: Environment): Overridden {
  const from = new Map<string, string>();
  if (!isTable(options)) return { options, from };
  const result = { ...options };
  for (const [variable, key] of Object.entries(OF_OPTIONS)) {
    const value = environment[variable];
    if (!value) continue;
    result[key] = value;
    from.set(key, variable);
  }
  const given = Object.entries(OF_REDIS).filter(([variable]) => environment[variable]);
  const { redis } = options;
  if (given.length === 0 || !(redis === undefined || typeof redis === 'string' || isTable(redis)))
    return { options: result, from };
  const settings: Record<string, unknown> = typeof redis === 'string' ? { url: redis } : { ...redis };
  for (const [variable, key] of given) {
    settings[key] = environment[variable];
    from.set(`redis.${key}`, variable);
  }
  // Who gets in by another name does not by the one in the URL.
  for (const part of ['username', 'password'] as const)
    if (from.has(`redis.${part}`) && typeof settings['url'] === 'string' && URL.canParse(settings['url'])) {
      const url = new URL(settings['url']);
      url[part] = '';
      settings['url'] = url.href;
    }
  return { options: { ...result, redis: settings }, from };
}

/** Variables that look as if they were meant for Jaeger and are not, each with the one that was meant, if any is near. */
export function strangeVariables(environment: Environment): { readonly name: string; readonly nearest: string | undefined }[] {
  const known = [...Object.keys(VARIABLES), CONFIG_VARIABLE];
  const bare = (name: string): string => name.slice(PREFIX.length);
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .sort()
    .map((name) => {
      const nearest = nearestOf(bare(name), known.map(bare));
      return { name, nearest: nearest && PREFIX + nearest };
    });
}
