/** The realm that a configuration names, from outside: its bus and the owner's hand on it, for as long as one command takes. */
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { Options } from '../../bus/options.ts';
import type { RedisBus } from '../../bus/redis.ts';
import type { Admin } from '../admin.ts';
import { CONFIG_FILE, readConfigFile } from '../config-file.ts';
import { CONFIG_VARIABLE } from '../environment.ts';
import { admin, redisBus } from '../index.ts';
import { CliError, EXIT } from './exit.ts';
import type { Terminal } from './terminal.ts';

/** Of every command. */
export interface Common {
  readonly config?: string;
  readonly json?: true;
  readonly as?: string;
  readonly within?: number;
}

export interface Realm {
  readonly options: Options;
  readonly bus: RedisBus;
  readonly admin: Admin;
}

export const fileOf = ({ config }: Common, { environment, folder }: Terminal): string =>
  resolve(folder, config ?? (environment[CONFIG_VARIABLE] || CONFIG_FILE));

/** Does the work on the realm, and lets go of it however that ends. */
export async function withRealm<T>(common: Common, terminal: Terminal, work: (realm: Realm) => Promise<T>): Promise<T> {
  const file = fileOf(common, terminal);
  const options = readConfigFile(file, terminal.environment);
  const { redis, realm, secret, nodeId } = options;
  if (redis === undefined)
    throw new CliError(
      `${file} names no Redis: that server is alone, and nobody outside can look into it.`,
      'Say in `redis`, or in JAEGER_REDIS_URL, where the Redis is that the servers share.',
      EXIT.wrong,
    );
  const bus = redisBus(redis, {
    ...(realm === undefined ? {} : { realm }),
    ...(secret === undefined ? {} : { secret }),
    ...(nodeId === undefined ? {} : { nodeId }),
  });
  try {
    const who = common.as ?? `${userInfo().username} (jaeger)`;
    const within = common.within === undefined ? {} : { withinMs: common.within * 1000 };
    return await work({ options, bus, admin: admin(bus, { who, ...within }) });
  } finally {
    await bus.close();
  }
}

/** The queue that was named, or the only one there is. */
export async function queueOf(named: string | undefined, { options, admin }: Realm): Promise<string> {
  const known = (await admin.overview()).queues.map(({ queue }) => queue);
  const configured = Object.keys(options.queues ?? { ranked: {} });
  const all = [...new Set([...known, ...configured])].sort();
  if (named === undefined) {
    if (all.length === 1) return all[0] as string;
    throw new CliError(`There are several queues: ${all.join(', ')}.`, 'Say which one.', EXIT.wrong);
  }
  if (all.includes(named)) return named;
  throw new CliError(`There is no queue ${named}.`, `There are: ${all.join(', ')}.`);
}

/** The season that was named, which is over; null: the one that goes on. */
export async function seasonOf(named: string | undefined, queue: string, { admin }: Realm): Promise<string | null> {
  if (named === undefined) return null;
  const all = (await admin.seasons(queue)).map(({ name }) => name);
  if (all.includes(named)) return named;
  const what = `There is no season ${named} of ${queue}.`;
  throw new CliError(what, all.length === 0 ? 'None is over yet.' : `There are: ${all.join(', ')}.`);
}
