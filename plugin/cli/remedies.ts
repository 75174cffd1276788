/** What an owner does about a Redis that is out of reach, by the reason: that of Redis, of the network, or ours (`bus/redis/unreachable.ts`). */

/** The first that fits counts. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /does not open database \d+: ERR DB index/,
    'That Redis has fewer databases. Give another one in `redis` (`db`, or the number after the last / of the URL), or Redis more of them (`databases` in redis.conf).',
  ],
  [
    /does not open database \d+: ERR .*cluster/,
    'A cluster has only database 0: name none in `redis` (`db`, or the number after the last / of the URL).',
  ],
  [
    /does not open database \d+: NOPERM/,
    'This user of Redis may not open it: `jaeger acl` prints what a user has to be allowed (`+select`).',
  ],
  [
    /Sentinel lets/,
    'Look at `sentinelUsername` and `sentinelPassword` in `redis`, and that host and port are those of Sentinels (26379 where it is left out).',
  ],
  [
    /no Sentinel/,
    'See that they run, that host and port of each are right in `redis.sentinels` (26379 where it is left out), and that `sentinelTls` is set where they speak TLS, and only there.',
  ],
  [/know no master/, '`redis.name` is what they call it: `redis-cli -p 26379 SENTINEL masters` says that.'],
  [
    /is a Sentinel, or/,
    'Sentinels stand in `redis.sentinels`, with the `name` by which they know the master; a Redis has to be version 7 or newer, or Valkey.',
  ],
  [
    /no node of the cluster/,
    'See that they run, that host and port of some are right in `redis.cluster` (6379 where it is left out), and that `redis.tls` is set, with their `ca`, where they speak TLS, and only there.',
  ],
  [/is no node of a cluster/, 'A server that is in no cluster stands in `redis.url`, Sentinels in `redis.sentinels`.'],
  [/is one node of a cluster/, 'Some nodes of it have to stand in `redis.cluster`, not one in `redis.url`.'],
  [
    /CLUSTERDOWN|cluster is not ready/,
    'A part of it has no master: see what `redis-cli -p PORT CLUSTER INFO` says on one of them, and that `redis.tls` is set where they speak TLS, and only there.',
  ],
  [
    /WRONGPASS|NOAUTH/,
    'Look at user and password: `redis` in the configuration, or JAEGER_REDIS_USERNAME and JAEGER_REDIS_PASSWORD.',
  ],
  [/ENOTFOUND|EAI_AGAIN/, 'There is no machine of that name: look at the host in `redis`.'],
  [/READONLY/, 'This is a replica: the address has to be that of its master.'],
  [
    /NOREPLICAS|no replica/,
    'See that its replicas run and follow it: as many as its min-replicas-to-write have to, under Sentinels one at least.',
  ],
  [/MISCONF/, 'It cannot write to its disk: its own log says why.'],
  [/LOADING/, 'It has just been started: try again in a moment.'],
  [/OOM/, 'Its memory is full: give it more (maxmemory).'],
  [
    /self-signed|unable to (?:get|verify)/i,
    'Look at `redis.tls`: `ca` is the file with the certificate of the authority that signed that of Redis.',
  ],
  [/certificate|TLS|SSL|handshake/i, 'Look at `redis.tls` in the configuration.'],
];

export function remedyFor(reason: string): string {
  const [, remedy] = REMEDIES.find(([expression]) => expression.test(reason)) ?? [];
  return (
    remedy ??
    'See that Redis runs, that host and port in `redis` are right, that `tls` (of Sentinels `sentinelTls`) is set where that port speaks TLS and only there, and that no firewall is between.'
  );
}
