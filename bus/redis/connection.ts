/**
 * The two connections to Redis, with options that were tested one by one: nothing is ever sent twice by the library, nothing waits in
 * a queue of its own, nothing waits without end.
 */
import type { Cluster, ClusterOptions, Redis, RedisOptions } from 'ioredis';
import { library } from '../pieces.ts';
import { type Access, type Address, type ClusterTarget, serverOf, type Target, type Tls } from './target.ts';
import { bySentinel, directly } from './tls.ts';

export type { Address, Target } from './target.ts';

export interface ConnectionOptions {
  readonly target: Target;
  /** At least 0, below 1: spreads out who comes back after Redis was away. */
  random(): number;
}

const LEAST_RETRY_MS = 50;
const MOST_RETRY_MS = 2000;

/** Doubling from 50 ms to 2 s, each a random part of it: many nodes do not come back in one moment. */
export const retryMs = (attempt: number, random: number): number =>
  Math.round(Math.min(MOST_RETRY_MS, LEAST_RETRY_MS * 2 ** Math.min(attempt - 1, 20)) * (0.5 + random / 2));

/** A command is sent once. Without these the library sends it again when its reply was lost, and keeps it while there is no connection. */
const common = ({ random }: ConnectionOptions) =>
  ({
    lazyConnect: true,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 1000,
    // A connection that is open and dead never ends by itself: one that answers nothing for so long is made anew.
    socketTimeout: 2000,
    connectTimeout: 2000,
    disconnectTimeout: 200,
    // The bus hears rooms again by itself: the library's way loses them when it fails, with a rejection that nobody handles.
    autoResubscribe: false,
    replyMapping: 'legacy',
    retryStrategy: (attempt: number) => retryMs(attempt, random()),
    sentinelRetryStrategy: (attempt: number) => retryMs(attempt, random()),
    sentinelCommandTimeout: 1000,
  }) as const satisfies RedisOptions;

const tlsOf = (tls: boolean | Tls): object => (typeof tls === 'object' ? { ...tls } : {});

const accessOf = ({ username, password, tls }: Access): Pick<RedisOptions, 'username' | 'password' | 'tls' | 'Connector'> => ({
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password }),
  ...(tls ? { tls: tlsOf(tls), Connector: directly() } : {}),
});

/** The connection for commands. Does not connect yet. */
export function commandClient(options: ConnectionOptions): Redis | Cluster {
  const { target, random } = options;
  if (typeof target === 'string' || !('cluster' in target)) return clientOf(target, options);
  const { retryStrategy: _, ...redisOptions } = common(options);
  const cluster = {
    lazyConnect: true,
    enableOfflineQueue: false,
    slotsRefreshTimeout: 1000,
    // A command that failed is asked again by whoever asked, not by the library.
    maxRedirections: 3,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    clusterRetryStrategy: (attempt: number) => retryMs(attempt, random()),
    redisOptions: { ...redisOptions, ...accessOf(target) },
  } as const satisfies ClusterOptions;
  return new (library().Cluster)([...target.cluster], cluster);
}

/**
 * The connection that hears. Does not connect yet. In a cluster any node will do, for what is published goes to all of them; but it is there
 * at once only on the node that holds the realm's keys, elsewhere 40 ms later. So it is `owner` where that is known, else another one at each attempt; such
 * a connection does not come back by itself.
 */
export function subscriberClient(options: ConnectionOptions, attempt: number, owner: Address | undefined): Redis {
  const { target } = options;
  if (typeof target === 'string' || !('cluster' in target)) return clientOf(target, options);
  const { host, port } = owner ?? (target.cluster[attempt % target.cluster.length] as Address);
  return new (library().Redis)({ ...common(options), ...accessOf(target), host, port, retryStrategy: () => null });
}

function clientOf(target: Exclude<Target, ClusterTarget>, options: ConnectionOptions): Redis {
  const place = typeof target === 'string' ? serverOf(target) : target;
  const { db = 0 } = place;
  if (!('sentinels' in place))
    return new (library().Redis)({ ...common(options), ...accessOf(place), host: place.host, port: place.port, db });
  const { sentinels, name, sentinelUsername, sentinelPassword, sentinelTls, tls } = place;
  return new (library().Redis)({
    ...common(options),
    ...accessOf(place),
    ...{ sentinels: [...sentinels], name, db },
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(sentinelTls ? { sentinelTLS: tlsOf(sentinelTls) } : {}),
    ...(tls ? { enableTLSForSentinelMode: true } : {}),
    ...(tls || sentinelTls ? { Connector: bySentinel() } : {}),
  });
}
