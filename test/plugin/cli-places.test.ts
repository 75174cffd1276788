/** `redis` names another kind of Redis than the one that is there, or a part of it is down: what `jaeger status` and `jaeger check` say leads to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { RedisSettings } from '../../bus/redis/settings.ts';
import { runCli } from '../../plugin/cli/program.ts';
import { ask, freePort, type RedisServer, startCluster, startRedis, until } from '../../scripts/redis.ts';

const test = suite('the command line, and what `redis` names');
const HOST = '127.0.0.1';
const PASSWORD = 'hunter2';
const folder = mkdtempSync(join(tmpdir(), 'jaeger-places-'));
const running: RedisServer[] = [];
let server: RedisServer;
let sentinel: RedisServer;
/** A Sentinel with a password. */
let closed: RedisServer;
let cluster: RedisServer[];
let nobody: number;

test.before(async () => {
  server = await startRedis();
  running.push(server);
  const sentinelOf = async (lines: string): Promise<RedisServer> => {
    const port = await freePort();
    const file = join(folder, `${port}.conf`);
    writeFileSync(file, `port ${port}\nbind ${HOST}\n${lines}`);
    const found = await startRedis({ port, folder, sentinel: file });
    running.push(found);
    return found;
  };
  sentinel = await sentinelOf(`sentinel monitor mymaster ${HOST} ${server.port} 1\n`);
  closed = await sentinelOf(`requirepass ${PASSWORD}\n`);
  cluster = await startCluster(2);
  running.push(...cluster);
  nobody = await freePort();
});
test.after(async () => {
  for (const each of running) await each.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function said(command: string, redis: string | RedisSettings): Promise<string> {
  const file = join(folder, 'jaeger.json');
  writeFileSync(file, JSON.stringify({ nodeId: 'a', redis }));
  const lines: string[] = [];
  const exit = await runCli([command, '--config', file], {
    environment: {},
    folder,
    isInteractive: false,
    out: (text) => lines.push(text),
    err: (text) => lines.push(text),
    ask: async () => '',
    interrupted: new Promise(() => undefined),
    home: folder,
  });
  return `${exit} ${lines.join('')}`;
}

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, HOST, () => resolve((server.address() as { port: number }).port)));

const at = ({ port }: { readonly port: number }) => [{ host: HOST, port }];

test('Sentinels: another name, a server in their place, no port at which one listens', async () => {
  const name = 'mymaster';
  const cases: readonly (readonly [RedisSettings, RegExp])[] = [
    [{ sentinels: at(sentinel), name: 'mymater' }, /^3 .*: the Sentinels know no master of this name\n→ `redis\.name` is/],
    [{ sentinels: at(server), name }, /^3 .*: what `redis\.sentinels` names are no Sentinels\n→ .*26379/],
    [{ sentinels: at({ port: nobody }), name }, /^3 .*: no Sentinel answers\n→ .*`redis\.sentinels`/],
  ];
  for (const [redis, expected] of cases) assert.match(await said('status', redis), expected);
  assert.match(
    await said('check', `redis://${HOST}:${sentinel.port}`),
    /^3 .*error +Redis is out of reach: this is a Sentinel, or a Redis before version 7\n +→ .*`redis\.sentinels`/s,
  );
});

test('Sentinels that want a password of their own', async () => {
  const sentinels = at(closed);
  assert.match(
    await said('status', { sentinels, name: 'mymaster', password: 'other' }),
    /^3 .*: no Sentinel lets this server in \(NOAUTH\)\n→ .*`sentinelPassword`/,
  );
});

test('a cluster named as one server, one server as a cluster, no port at which a node listens', async () => {
  assert.match(await said('check', { cluster: cluster.flatMap(at) }), /^0 /);
  const each = await Promise.all(cluster.map(({ url }) => said('check', url)));
  // The one that holds the realm answers: until it fails, or the realm is elsewhere.
  assert.match(each.join('\n'), /^0 .*warning +This Redis is one node of a cluster, .*\n +→ .*`redis\.cluster`/ms);
  assert.match(each.join('\n'), /^3 .*: MOVED .*: this is one node of a cluster\n +→ Some nodes of it/ms);
  assert.match(await said('status', { cluster: at(server) }), /^3 .*: this is no node of a cluster\n→ .*`redis\.url`/);
  assert.match(await said('status', { cluster: at(sentinel) }), /^3 .*: this is no node of a cluster/);
  assert.match(await said('status', { cluster: at({ port: nobody }) }), /^3 .*: no node of the cluster answers\n→ .*6379/);
});

test('TLS where there is none', async () => {
  assert.match(await said('status', `rediss://${HOST}:${server.port}`), /^3 .*: there is no connection\n→ .*`tls`/);
});

test('a connection that takes its time is neither the way to Redis nor its clock', async () => {
  const HELD_MS = 700;
  const slow = createServer((socket) => {
    const way = connect(server.port, HOST);
    for (const [one, other] of [
      [socket, way],
      [way, socket],
    ] as const)
      one.on('error', () => undefined).on('close', () => other.destroy());
    way.pipe(socket);
    setTimeout(() => socket.pipe(way), HELD_MS);
  });
  const port = await listening(slow);
  const text = await said('check', `redis://${HOST}:${port}`);
  slow.close();
  const [, answerMs = Number.NaN, clockMs = Number.NaN] =
    /answers, in (\d+) ms[\s\S]*is (\d+) ms from that of Redis/.exec(text)?.map(Number) ?? [];
  assert.ok(answerMs < HELD_MS && clockMs < HELD_MS / 2, text);
});

test('Ctrl-C ends `watch` at once, also while nobody answers', async () => {
  let child: ChildProcess | undefined;
  let isAsked = false;
  const deaf = createServer((socket) => {
    socket.on('error', () => undefined);
    isAsked = true;
  });
  const port = await listening(deaf);
  const file = join(folder, 'deaf.json');
  writeFileSync(file, JSON.stringify({ nodeId: 'a', redis: { sentinels: at({ port }), name: 'mymaster' } }));
  try {
    const cli = join(__dirname, '..', '..', 'plugin', 'cli.ts');
    child = spawn(process.execPath, ['--import', 'tsx', cli, 'watch', '--config', file], { stdio: 'ignore' });
    await until('a Sentinel is asked', () => isAsked, 60_000);
    const since = performance.now();
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child?.on('exit', resolve));
    assert.is(code, 0);
    // It asks for a second, and again a second later.
    assert.ok(performance.now() - since < 900, `${performance.now() - since} ms`);
  } finally {
    child?.kill('SIGKILL');
    deaf.close();
  }
});

test('a password is wanted, and none is given', async () => {
  await ask(server.port, `CONFIG SET requirepass ${PASSWORD}`);
  assert.match(await said('status', server.url), /^3 .*: NOAUTH: a password is wanted\n→ Look at user and password/);
  await ask(server.port, `AUTH ${PASSWORD}\r\nCONFIG SET requirepass ""`);
});

test('replicas that are wanted are away, and a part of the cluster', async () => {
  await ask(server.port, 'CONFIG SET min-replicas-to-write 1');
  assert.match(await said('check', server.url), /Redis takes no writes: NOREPLICAS.*\n +→ See that its replicas run/);
  const [one, other] = cluster as [RedisServer, RedisServer];
  await ask(one.port, 'CONFIG SET cluster-node-timeout 500');
  await other.stop();
  await until('it is noticed', async () => /cluster_state:fail/.test((await ask(one.port, 'CLUSTER INFO')) ?? ''), 20_000);
  assert.match(
    await said('check', { cluster: cluster.flatMap(at) }),
    /^[13] .*(?:CLUSTERDOWN|the cluster is not ready|no node of the cluster).*\n +→ .*(?:CLUSTER INFO|redis\.cluster)/s,
  );
});

test.run();
