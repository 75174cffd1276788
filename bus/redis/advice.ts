/** What of a Redis's own settings may cost players their place or their result, as lines for its owner. */
import type { ServerSettings } from './link.ts';

const LEAST_VERSION = 7;

/** As what the configuration names it. */
export interface Place {
  readonly hasSentinels?: boolean;
  readonly isCluster?: boolean;
}

/** The value of `name:value` in what INFO says. */
const told = (info: string, name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];

/** What is so on all servers, once; what is so on some of a cluster's, with their names before it. */
export function advice(servers: readonly ServerSettings[], { hasSentinels = false, isCluster = false }: Place = {}): string[] {
  const where = new Map<string, string[]>();
  for (const server of servers)
    for (const line of adviceOn(server, { hasSentinels, isCluster }))
      where.set(line, [...(where.get(line) ?? []), server.name]);
  return [...where].map(([line, names]) => (names.length === servers.length ? line : `${names.join(', ')}: ${line}`));
}

export function adviceOn(
  { info, config }: Omit<ServerSettings, 'name'>,
  { hasSentinels = false, isCluster = false }: Place = {},
): string[] {
  if (info === undefined)
    return [
      "Redis does not let this server read its settings (INFO): look at them yourself, README's section on Redis names them",
    ];
  const lines: string[] = [];
  // Valkey says here which Redis it is like.
  const version = told(info, 'redis_version') ?? '';
  if (Number.parseInt(version, 10) < LEAST_VERSION)
    lines.push(`Redis is version ${version}: Jaeger needs ${LEAST_VERSION} or newer, or Valkey`);
  const isReplica = told(info, 'role') === 'slave';
  if (isReplica) lines.push('this Redis is a replica, which takes no writes: the address has to be that of its master');
  if (!isCluster && told(info, 'cluster_enabled') === '1')
    lines.push(
      'this Redis is one node of a cluster, and nobody finds the others when it fails: name some of them in `redis.cluster`',
    );
  const policy = told(info, 'maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction')
    lines.push(`Redis throws records away when its memory is full: maxmemory-policy is ${policy}, set it to noeviction`);
  const hasAof = told(info, 'aof_enabled') !== '0';
  if (!hasAof) lines.push('Redis loses all players and ratings when it stops: appendonly is no, set it to yes');
  if (config === undefined) {
    lines.push('Redis does not let this server read appendfsync and min-replicas-to-write (CONFIG GET): look at them yourself');
    return lines;
  }
  if (hasAof && config['appendfsync'] === 'no')
    lines.push('Redis may lose half a minute when its machine stops: appendfsync is no, set it to everysec');
  const hasReplicas = hasSentinels || Number(told(info, 'connected_slaves') ?? 0) > 0;
  if (!isReplica && hasReplicas && config['min-replicas-to-write'] === '0')
    lines.push('a master that is cut off goes on alone, and what it writes is lost: min-replicas-to-write is 0, set it to 1');
  return lines;
}
