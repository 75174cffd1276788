/** What a server owner is told of the settings of a Redis, once, at the start. Real servers. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { advice, adviceOn } from '../../bus/redis/advice.ts';
import { type Host, type JaegerEvent, jaeger, logLine } from '../../plugin/index.ts';
import { ask, pause, type RedisServer, startCluster, startRedis, until } from '../../scripts/redis.ts';

const test = suite('warnings');
const host: Host = { tell: () => 0, accept: () => true, team: () => '', validate: () => null, battle: () => undefined };
const GOOD = ['--appendonly', 'yes'];

/** What is warned of at a start, as lines of a log. */
async function warnings(
  args: readonly string[],
  { user = '', prepare = async (_: RedisServer): Promise<void> => undefined } = {},
) {
  const redis = await startRedis({ args });
  const server = jaeger({ nodeId: 'A', redis: `redis://${user}127.0.0.1:${redis.port}` }, host);
  const lines: string[] = [];
  server.events$.subscribe((event) => event.kind === 'warning' && lines.push(logLine(event) ?? ''));
  try {
    await prepare(redis);
    await server.start();
    await pause(300);
    return lines;
  } finally {
    await server.stop();
    await redis.stop();
  }
}

function warned(lines: readonly string[], expected: readonly RegExp[]): void {
  assert.is(lines.length, expected.length, lines.join('\n'));
  for (const [index, line] of lines.entries()) {
    assert.match(line, /^\[jaeger A\] warning: /);
    assert.match(line, expected[index] as RegExp);
  }
}

test('a Redis that is set as it should be: nothing', async () => {
  warned(await warnings(GOOD), []);
});

test('each setting that is not, once', async () => {
  warned(await warnings(['--maxmemory-policy', 'allkeys-lru']), [
    /maxmemory-policy is allkeys-lru.*noeviction/,
    /appendonly is no/,
  ]);
  warned(await warnings([...GOOD, '--appendfsync', 'no']), [/appendfsync is no.*everysec/]);
});

test('a user who may not read the settings is told so, once', async () => {
  const restrict = (rights: string) => async (redis: RedisServer) => {
    assert.match((await ask(redis.port, `ACL SETUSER joe on >pw ~* &* +@all ${rights}`)) ?? '', 'OK');
  };
  const user = 'joe:pw@';
  warned(await warnings(GOOD, { user, prepare: restrict('-config') }), [/appendfsync and min-replicas-to-write.*CONFIG/]);
  warned(await warnings(GOOD, { user, prepare: restrict('-config -info') }), [/does not let this server read its settings/]);
});

test('a master with a replica, and the replica', async () => {
  const master = await startRedis({ args: GOOD });
  const replicaOf = ['--replicaof', `127.0.0.1 ${master.port}`];
  const replica = await startRedis({ args: [...GOOD, ...replicaOf] });
  const events: JaegerEvent[] = [];
  const node = (nodeId: string, { url }: RedisServer) => {
    const server = jaeger({ nodeId, redis: url }, host);
    server.events$.subscribe((event) => events.push(event));
    return server;
  };
  const servers = [node('M', master), node('R', replica)];
  const of = (id: string): string[] =>
    events.flatMap((event) => (event.node === id && event.kind === 'warning' ? [event.text] : []));
  try {
    await until('replication', async () => ((await ask(replica.port, 'INFO replication')) ?? '').includes('link_status:up'));
    for (const server of servers) await server.start();
    await until('both warn', () => of('M').length > 0 && of('R').length > 0);
    assert.match(of('M').join(), /min-replicas-to-write is 0/);
    assert.match(of('R').join(), /is a replica/);
    const unreachable = events.find(({ kind, node: at }) => kind === 'unreachable' && at === 'R');
    assert.match(JSON.stringify(unreachable), /READONLY/);
    await ask(master.port, 'REPLICAOF NO ONE');
    // It becomes the master: the same connection goes on.
    await ask(replica.port, 'REPLICAOF NO ONE');
    await until('it heals', () => events.some(({ kind, node: at }) => kind === 'reachable' && at === 'R'));
    assert.equal([of('M').length, of('R').length], [1, 1]);
  } finally {
    for (const server of servers) await server.stop();
    for (const redis of [replica, master]) await redis.stop();
  }
});

test('a cluster: every master is asked; what is so on all of them is said once, anything else with the names', async () => {
  const cluster = await startCluster(3);
  const [first, second, third] = cluster.map(({ host, port }) => `${host}:${port}`);
  const lines: string[] = [];
  // One that is named is enough to find the others.
  const server = jaeger({ nodeId: 'A', redis: { cluster: [`redis://${first}`] } }, host);
  server.events$.subscribe((event) => event.kind === 'warning' && lines.push(event.text));
  try {
    for (const { port } of cluster.slice(1)) await ask(port, 'CONFIG SET maxmemory-policy allkeys-lru');
    await ask(cluster[2]?.port ?? 0, 'CONFIG SET appendonly yes');
    for (const { port } of cluster) await ask(port, 'CONFIG SET appendfsync no');
    await server.start();
    await until('it warns', () => lines.length > 0);
    await pause(300);
    const sorted = (names: readonly (string | undefined)[]): string[] => names.map(String).sort();
    const told = lines.map((line) => {
      const [, names = '', text] = /^((?:[\d.]+:\d+(?:, )?)*)(?:: )?(.*)$/.exec(line) ?? [];
      return [sorted(names.split(', ').filter((name) => name !== '')), /: (\S+) is /.exec(text ?? '')?.[1]] as const;
    });
    assert.equal(
      told.sort(([, a], [, b]) => String(a).localeCompare(String(b))),
      [
        [[third], 'appendfsync'],
        [sorted([first, second]), 'appendonly'],
        [sorted([second, third]), 'maxmemory-policy'],
      ],
    );
    lines.length = 0;
    await server.stop();
    for (const { port } of cluster) {
      await ask(port, 'CONFIG SET maxmemory-policy noeviction');
      await ask(port, 'CONFIG SET appendonly yes');
    }
    await server.start();
    await until('it warns again', () => lines.length > 0);
    await pause(300);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^Redis may lose half a minute .*appendfsync is no/);
  } finally {
    await server.stop();
    for (const redis of cluster) await redis.stop();
  }
});

test('versions, and Sentinels', () => {
  const of = (version: string, minimum = '1') => ({
    info: `redis_version:${version}\r\nrole:master\r\nconnected_slaves:0\r\naof_enabled:1\r\nmaxmemory_policy:noeviction\r\n`,
    config: { appendfsync: 'everysec', 'min-replicas-to-write': minimum },
  });
  for (const good of ['7.0.0', '7.2.4', '10.1.0']) assert.equal(adviceOn(of(good), { hasSentinels: true }), []);
  assert.match(adviceOn(of('6.2.14')).join(), /version 6\.2\.14.*7 or newer/);
  assert.equal(adviceOn(of('7.0.0', '0')), []);
  assert.match(adviceOn(of('7.0.0', '0'), { hasSentinels: true }).join(), /min-replicas-to-write is 0/);
  const node = { ...of('7.0.0'), info: `${of('7.0.0').info}cluster_enabled:1\r\n` };
  assert.match(adviceOn(node).join(), /one node of a cluster, .*: name some of them in `redis\.cluster`/);
  assert.equal(adviceOn(node, { isCluster: true }), []);
  const cluster = ['6.2.14', '7.0.0', '6.2.14'].map((version, at) => ({ name: `c${at}:6379`, ...of(version) }));
  assert.match(advice(cluster).join(), /^c0:6379, c2:6379: Redis is version 6\.2\.14/);
});

test.run();
