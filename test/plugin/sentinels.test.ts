/** Game servers under Sentinels and over a cluster: a master that is cut off, TLS, users with least rights. Real servers, real time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Options } from '../../bus/options.ts';
import { rulesOf } from '../../bus/redis/rights.ts';
import { type Host, type Jaeger, type JaegerEvent, jaeger } from '../../plugin/index.ts';
import {
  ask,
  clusterArgs,
  freePort,
  pause,
  type RedisServer,
  type StartOptions,
  startRedis,
  until,
} from '../../scripts/redis.ts';
import { startSentinels } from '../../scripts/sentinels.ts';

const test = suite('game servers under Sentinels and over a cluster');
const REALM = 'jaeger';
const SECRET = 'hunter2';
/** Until a master is missed, its successor found, and what was lost is said again. */
const HEALED_MS = 40_000;
const tlsFile = (name: string): string => join(__dirname, '..', 'bus', 'redis', 'tls', name);

interface Node {
  readonly server: Jaeger;
  readonly events: JaegerEvent[];
}

interface Given {
  readonly node: (config: Options, host: Host) => Promise<Node>;
  readonly redis: (options: StartOptions) => Promise<RedisServer>;
  /** Is called when the test is over, the last one first. */
  readonly ends: (end: () => unknown) => void;
}

const scenario = (name: string, run: (given: Given) => Promise<void>): void =>
  test(name, async () => {
    const list: (() => unknown)[] = [];
    const ends: Given['ends'] = (end) => void list.push(end);
    const redis: Given['redis'] = async (options) => {
      const server = await startRedis(options);
      ends(() => server.stop());
      return server;
    };
    const node: Given['node'] = async (config, host) => {
      const made: Node = { server: jaeger({ realm: REALM, ...config }, host), events: [] };
      made.server.events$.subscribe((event) => made.events.push(event));
      ends(() => made.server.stop());
      await made.server.start();
      return made;
    };
    try {
      await run({ node, redis, ends });
    } finally {
      for (const end of list.reverse()) await end();
    }
  });

const of = <K extends JaegerEvent['kind']>({ events }: Node, kind: K): Extract<JaegerEvent, { kind: K }>[] =>
  events.filter((event): event is Extract<JaegerEvent, { kind: K }> => event.kind === kind);

/** Plays a move a side; the end is reported when `end` says so. */
const hostOf = (end: Promise<unknown> = Promise.resolve()): Host => ({
  tell: () => undefined,
  accept: () => true,
  team: (actor) => `team of ${actor.id}`,
  validate: () => null,
  battle: (setup, opponent) => {
    let turns = 0;
    opponent.onTurn(() => {
      if (++turns === 2) void end.then(() => opponent.over(0, `digest of ${setup.seed}`));
    });
    opponent.send(`move of ${setup.side}`);
  },
});

async function play(a: Node, b: Node): Promise<void> {
  await a.server.add({ id: 'joe' });
  await b.server.add({ id: 'jeff' });
  await until('both have their Elo', () => of(a, 'elo').length + of(b, 'elo').length === 2);
  for (const node of [a, b]) assert.equal([...of(node, 'fault'), ...of(node, 'refused'), ...of(node, 'unreachable')], []);
}

scenario(
  'a result that only a master has that is cut off is told to nobody, and counts once when it is reported again',
  async (given) => {
    const set = await startSentinels();
    const { sentinels, name, master, replicas } = set;
    given.ends(() => set.stop());
    let letEnd = (): void => undefined;
    const host = hostOf(new Promise<void>((resolve) => (letEnd = resolve)));
    const redis = { sentinels: sentinels.map(({ host, port }) => ({ host, port })), name };
    const [a, b] = [await given.node({ nodeId: 'A', redis }, host), await given.node({ nodeId: 'B', redis }, host)];
    await a.server.add({ id: 'joe' });
    await b.server.add({ id: 'jeff' });
    await until('they fight', async () => {
      const log = (await ask(master.port, `KEYS {jg:${REALM}}:log:*`)) ?? '';
      const key = /\{jg:.*/.exec(log)?.[0] ?? '';
      return /^:6/.test((await ask(master.port, `LLEN ${key}`)) ?? '');
    });
    await until('the replicas have it', async () => /:2/.test((await ask(master.port, 'SET last x\r\nWAIT 2 1000')) ?? ''));
    // The servers are on the master's side of the cut, the replicas and the Sentinels on the other.
    const tellAll = async (command: string): Promise<void> => {
      for (const { port } of sentinels) assert.match((await ask(port, `SENTINEL ${command}`)) ?? '', 'OK');
    };
    await tellAll(`REMOVE ${name}`);
    const [first, second] = replicas as [RedisServer, RedisServer];
    await ask(first.port, 'REPLICAOF NO ONE');
    await ask(second.port, `REPLICAOF ${first.host} ${first.port}`);
    letEnd();
    const rated = async (port: number): Promise<string> => (await ask(port, `ZSCORE {jg:${REALM}}:ratings:ranked joe`)) ?? '';
    await until('it is said', () => [a, b].every((node) => JSON.stringify(of(node, 'unreachable')).includes('no replica')));
    await pause(1000);
    assert.equal([of(a, 'elo'), of(b, 'elo')], [[], []]);
    process.kill(master.pid, 'SIGKILL');
    await tellAll(`MONITOR ${name} ${first.host} ${first.port} 2`);
    await until('they are told', () => of(a, 'elo').length + of(b, 'elo').length === 2, HEALED_MS);
    const told = of(a, 'elo')[0]?.new;
    assert.match(await rated(first.port), `\r\n${told}\r\n`);
    assert.equal([...of(a, 'void'), ...of(b, 'void'), ...of(a, 'fault'), ...of(b, 'fault')], []);
  },
);

/** A user that may do what `jaeger acl` says. */
async function restrict({ port }: RedisServer): Promise<void> {
  const client = new Redis(port);
  await client.call('ACL', 'SETUSER', 'game', 'reset', 'on', `>${SECRET}`, ...rulesOf({ realm: REALM, role: 'leader' }));
  client.disconnect();
}

const CERTIFICATES = { 'tls-cert-file': 'server.pem', 'tls-key-file': 'server.key', 'tls-ca-cert-file': 'ca.pem' };
const certificates = Object.entries(CERTIFICATES).map(([option, file]) => [option, tlsFile(file)] as const);
const tlsArgs = (port: number): string[] => [
  '--tls-port',
  String(port),
  ...certificates.flatMap(([option, file]) => [`--${option}`, file]),
];
const tls = { ca: tlsFile('ca.pem'), cert: tlsFile('server.pem'), key: tlsFile('server.key'), servername: 'redis.test' };

scenario('TLS to Sentinels and to the master, and users with passwords on both', async ({ node, redis, ends }) => {
  const folder = mkdtempSync(join(tmpdir(), 'jaeger-sentinel-'));
  ends(() => rmSync(folder, { recursive: true, force: true }));
  const [port, masterPort, replicaPort, sentinelPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const secure = ['--tls-replication', 'yes', '--repl-diskless-sync-delay', '0'];
  const master = await redis({ args: [...tlsArgs(masterPort), ...secure] });
  const replica = await redis({ args: [...tlsArgs(replicaPort), ...secure, '--replicaof', `127.0.0.1 ${masterPort}`] });
  await until('the replica follows', async () => /link_status:up/.test((await ask(replica.port, 'INFO replication')) ?? ''));
  for (const server of [master, replica]) await restrict(server);
  const file = join(folder, 'sentinel.conf');
  const lines = [
    ...[`port ${port}`, `tls-port ${sentinelPort}`, 'bind 127.0.0.1', 'tls-replication yes'],
    ...certificates.map(([option, path]) => `${option} ${path}`),
    ...[`sentinel monitor games 127.0.0.1 ${masterPort} 1`, 'user default off', `user asks on >${SECRET} ~* &* +@all`],
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  await redis({ port, folder, sentinel: file });
  const where = { sentinels: [{ host: '127.0.0.1', port: sentinelPort }], name: 'games', tls, sentinelTls: tls };
  const users = { username: 'game', password: SECRET, sentinelUsername: 'asks' };
  const config = (nodeId: string, sentinelPassword: string): Options => ({
    nodeId,
    redis: { ...where, ...users, sentinelPassword },
  });
  const host = hostOf();
  await play(await node(config('A', SECRET), host), await node(config('B', SECRET), host));
  const wrong = await node(config('W', 'another one'), host);
  assert.match(JSON.stringify(of(wrong, 'unreachable')), /WRONGPASS/);
  assert.not.match(JSON.stringify(wrong.events), 'another one');
});

scenario('TLS to a cluster, as a user with least rights', async ({ node, redis }) => {
  const port = await freePort();
  const server = await redis({ args: [...(await clusterArgs()), ...tlsArgs(port), '--tls-cluster', 'yes'] });
  await ask(server.port, 'CLUSTER ADDSLOTSRANGE 0 16383');
  await until('the cluster is whole', async () =>
    ((await ask(server.port, 'CLUSTER INFO')) ?? '').includes('cluster_state:ok'),
  );
  await restrict(server);
  const cluster = { cluster: [{ host: '127.0.0.1', port }], tls, username: 'game', password: SECRET };
  const host = hostOf();
  await play(await node({ nodeId: 'A', redis: cluster }, host), await node({ nodeId: 'B', redis: cluster }, host));
  const stranger = await node({ nodeId: 'C', redis: { ...cluster, tls: { ...tls, servername: 'other.test' } } }, host);
  assert.is(of(stranger, 'unreachable').length, 1);
});

test.run();
