/** Game servers that share a Redis by what their `jaeger.json` says. Real Redis, real time. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Options } from '../../bus/options.ts';
import { BusUnreachable, type Host, type Jaeger, type JaegerEvent, jaeger, logLine, type Notice } from '../../plugin/index.ts';
import { ask, freePort, pause, type RedisServer, startRedis, until } from '../../scripts/redis.ts';

const test = suite('game servers that share a Redis');
const SECRET = 'hunter2';
const tlsFile = (name: string): string => join(__dirname, '..', 'bus', 'redis', 'tls', name);

interface Given {
  readonly redis: (options?: Parameters<typeof startRedis>[0]) => Promise<RedisServer>;
  readonly node: (config: Options) => Node;
}

interface Node {
  readonly server: Jaeger;
  readonly events: JaegerEvent[];
  readonly told: Notice['kind'][];
}

/** A test whose servers end with it. */
const scenario = (name: string, run: (given: Given) => Promise<void>): void =>
  test(name, async () => {
    const ends: (() => Promise<void>)[] = [];
    const node = (config: Options): Node => {
      const made: Node = {
        server: jaeger(
          config,
          hostOf((notice) => made.told.push(notice.kind)),
        ),
        events: [],
        told: [],
      };
      made.server.events$.subscribe((event) => made.events.push(event));
      ends.push(() => made.server.stop());
      return made;
    };
    const redis: Given['redis'] = async (options) => {
      const server = await startRedis(options);
      ends.unshift(() => server.stop());
      return server;
    };
    try {
      await run({ redis, node });
    } finally {
      for (const end of ends.reverse()) await end();
    }
  });

const hostOf = (tell: (notice: Notice) => void): Host => ({
  tell: (_, notice) => tell(notice),
  accept: () => true,
  team: (actor) => `team of ${actor.id}`,
  validate: () => null,
  battle: (setup, opponent) => {
    let turns = 0;
    opponent.onTurn(() => {
      if (++turns === 2) opponent.over(0, `digest of ${setup.seed}`);
    });
    opponent.send(`move of ${setup.side}`);
  },
});

const count = ({ events }: Node, kind: JaegerEvent['kind']): number => events.filter((event) => event.kind === kind).length;
const changes = ({ events }: Node): string[] => events.map(({ kind }) => kind).filter((kind) => /^(un)?reachable$/.test(kind));

async function play(a: Node, b: Node): Promise<void> {
  const before = count(a, 'elo') + count(b, 'elo');
  await a.server.add({ id: 'joe' });
  await b.server.add({ id: 'jeff' });
  await until('both have their Elo', () => count(a, 'elo') + count(b, 'elo') === before + 2);
}

async function refused(adding: Promise<unknown>): Promise<Error> {
  const error = await adding.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, BusUnreachable);
  return error as Error;
}

/** The names of the clients that a server has, ours left out. */
const clientsOf = async ({ port }: RedisServer): Promise<number> =>
  ((await ask(port, 'CLIENT LIST')) ?? '').split('\n').filter((line) => line.startsWith('id=')).length - 1;

scenario(
  'a URL is enough: two play; stop ends the connections and hands over the lead; start makes new ones',
  async (given) => {
    const redis = await given.redis();
    const [a, b] = ['A', 'B'].map((nodeId) => given.node({ nodeId, redis: redis.url })) as [Node, Node];
    assert.is(await clientsOf(redis), 0, 'nothing connects before start');
    await a.server.start();
    await until('A leads', () => count(a, 'leading') === 1);
    await b.server.start();
    await play(a, b);
    assert.is(await clientsOf(redis), 4, 'one for commands and one that hears, each');
    const since = performance.now();
    await a.server.stop();
    await until('B leads', () => count(b, 'leading') === 1);
    assert.ok(performance.now() - since < 1000, 'the lease was given back before the connection was ended');
    await until('A has no connection', async () => (await clientsOf(redis)) === 2);
    await a.server.start();
    await play(a, b);
    assert.equal([...changes(a), ...changes(b)], []);
  },
);

scenario('Redis is killed and comes back at its place: one event a change, players are told, it heals', async (given) => {
  const redis = await given.redis();
  const [a, b] = ['A', 'B'].map((nodeId) => given.node({ nodeId, redis: redis.url })) as [Node, Node];
  for (const { server } of [a, b]) await server.start();
  await a.server.add({ id: 'waits', elo: 5000 });
  process.kill(redis.pid, 'SIGKILL');
  await until('it is said', () => [a, b].every((node) => changes(node).length === 1));
  const error = await refused(b.server.add({ id: 'late' }));
  assert.match(error.message, /not added/);
  await pause(3000);
  assert.equal([changes(a), changes(b)], [['unreachable'], ['unreachable']]);
  assert.equal(a.told, ['queued', 'unreachable']);
  await redis.stop();
  await given.redis({ port: redis.port });
  await until('it is found again', () => [a, b].every((node) => changes(node).length === 2));
  await play(a, b);
  assert.equal(
    [changes(a), changes(b)],
    [
      ['unreachable', 'reachable'],
      ['unreachable', 'reachable'],
    ],
  );
  assert.equal([count(a, 'fault'), count(b, 'fault')], [0, 0]);
});

scenario(
  'a server loses a right, and a key has the wrong type, for longer than a heartbeat: all goes on, and who lost a place is told',
  async (given) => {
    const redis = await given.redis();
    const say = (...words: string[]) => ask(redis.port, words.join(' '));
    await say('ACL SETUSER b on >pass ~* &* +@all');
    const times = { heartbeatMs: 1500, silenceMs: 1500 };
    const config = { queues: { ranked: { times } } };
    const a = given.node({ ...config, nodeId: 'A', redis: redis.url });
    const b = given.node({ ...config, nodeId: 'B', candidate: false, redis: redis.url.replace('//', '//b:pass@') });
    for (const { server } of [a, b]) await server.start();
    await b.server.add({ id: 'waits', elo: 5000 });
    await say('ACL SETUSER b -evalsha');
    await until('its ticket is removed', () => count(a, 'nodeLost') === 1);
    const error = await b.server.add({ id: 'late' }).catch(String);
    assert.match(String(error), /NOPERM/);
    await say('ACL SETUSER b +evalsha');
    await until('its player is told', () => b.told.includes('withdrawn'));
    await until('it is back', () => count(a, 'nodeBack') === 1);
    await play(a, b);
    await b.server.add({ id: 'waits', elo: 5000 });
    const keys = '{jg:jaeger}:signs';
    await say(`RENAME ${keys} ${keys}:kept`);
    await say(`SET ${keys} garbage`);
    await until('both say so', () =>
      [a, b].every((node) => node.events.some((one) => one.kind === 'fault' && /WRONGTYPE/.test(one.error))),
    );
    await pause(1500);
    await say(`DEL ${keys}`);
    await pause(2000);
    await play(a, b);
    const faults = b.events
      .filter((event) => event.kind === 'fault')
      .map(({ where, error: why }) => `${where} ${why.split(' ')[0]}`);
    assert.equal([...new Set(faults)], faults, 'each is told once');
    assert.is(b.told.filter((kind) => kind === 'withdrawn').length, 1);
  },
);

scenario('Redis is not there at the start: the game server goes on, and finds it when it is', async (given) => {
  const port = await freePort();
  const [a, b] = ['A', 'B'].map((nodeId) => given.node({ nodeId, redis: `redis://127.0.0.1:${port}` })) as [Node, Node];
  const since = performance.now();
  await Promise.all([a.server.start(), b.server.start()]);
  assert.ok(performance.now() - since < 4000, 'start does not wait for Redis');
  await refused(a.server.add({ id: 'joe' }));
  assert.is(await a.server.remove('joe'), 'nothing');
  await pause(2000);
  assert.equal([changes(a), changes(b)], [['unreachable'], ['unreachable']]);
  await given.redis({ port });
  await until('it is found', () => [a, b].every((node) => changes(node).length === 2));
  await play(a, b);
});

scenario('stopped before Redis was ever there: nothing is left behind', async (given) => {
  const a = given.node({ nodeId: 'A', redis: `redis://127.0.0.1:${await freePort()}` });
  await a.server.start();
  await a.server.stop();
  assert.equal(
    a.events.map(({ kind }) => kind),
    ['started', 'unreachable', 'stopped'],
  );
});

scenario('a wrong password is said, without the password; a right one works, and so do database and prefix', async (given) => {
  const redis = await given.redis({ args: ['--requirepass', SECRET] });
  const place = `127.0.0.1:${redis.port}`;
  const wrong = given.node({ nodeId: 'W', redis: `redis://:${SECRET}2@${place}` });
  const prefix = 'games:eu:';
  const right = (nodeId: string, keyPrefix: string): Node =>
    given.node({ nodeId, redis: { url: `redis://${place}/1`, password: SECRET, keyPrefix } });
  const [a, b, other] = [right('A', prefix), right('B', prefix), right('A', 'us:')];
  for (const { server } of [wrong, a, b, other]) await server.start();
  assert.equal(changes(wrong), ['unreachable']);
  assert.match(JSON.stringify(wrong.events), /WRONGPASS/);
  assert.not.match(JSON.stringify([wrong.events, (await refused(wrong.server.add({ id: 'x' }))).message]), SECRET);
  // Nobody of another prefix is met, nor in the way.
  await other.server.add({ id: 'joe' });
  await play(a, b);
  assert.is(count(other, 'matched'), 0);
  const keys = ((await ask(redis.port, `AUTH ${SECRET}\r\nSELECT 1\r\nKEYS *`)) ?? '').match(/[^\r\n]*\{jg:[^\r\n]*/g) ?? [];
  const own = keys.filter((key) => key.startsWith(`${prefix}{jg:jaeger}:`));
  const others = keys.filter((key) => key.startsWith('us:{jg:jaeger}:'));
  assert.ok(own.length > 5 && others.length > 5, keys.join());
  assert.is(own.length + others.length, keys.length);
});

scenario('TLS: with the certificates it plays, without them it says why not', async (given) => {
  const port = await freePort();
  const files = ['--tls-cert-file', tlsFile('server.pem'), '--tls-key-file', tlsFile('server.key'), '--tls-ca-cert-file'];
  await given.redis({ args: ['--tls-port', String(port), ...files, tlsFile('ca.pem')] });
  const url = `rediss://127.0.0.1:${port}`;
  const own = { cert: tlsFile('server.pem'), key: tlsFile('server.key') };
  const tls = { ca: tlsFile('ca.pem'), servername: 'redis.test', ...own };
  const [a, b] = ['A', 'B'].map((nodeId) => given.node({ nodeId, redis: { url, tls } })) as [Node, Node];
  const stranger = given.node({ nodeId: 'C', redis: { url, tls: own } });
  const misnamed = given.node({ nodeId: 'D', redis: { url, tls: { ...tls, servername: 'other.test' } } });
  for (const { server } of [a, b, stranger, misnamed]) await server.start();
  await play(a, b);
  assert.equal([changes(stranger), changes(misnamed)], [['unreachable'], ['unreachable']]);
  assert.match(JSON.stringify(stranger.events), /certificate/);
  assert.match(JSON.stringify(misnamed.events), /other\.test/);
});

scenario(
  'a server with another secret, or without one, does not lead and says why; those with the right one play',
  async (given) => {
    const redis = await given.redis();
    const secret = 'the secret of this realm';
    const of = (nodeId: string, signed: Options): Node => given.node({ nodeId, redis: redis.url, ...signed });
    const [a, b, c] = [of('A', { secret }), of('B', { secret: 'another secret of theirs' }), of('C', {})] as const;
    await a.server.start();
    await until('A leads', () => count(a, 'leading') === 1);
    for (const { server } of [b, c]) await server.start();
    await until('both say it', () => [b, c].every((node) => count(node, 'configDiffers') === 1));
    const problems = [b, c].flatMap(({ events }) =>
      events.flatMap((event) => (event.kind === 'configDiffers' ? event.problems : [])),
    );
    assert.equal(
      problems.map(({ path }) => path),
      ['secret', 'secret'],
    );
    for (const { expected, found } of problems)
      assert.match(`${expected}, ${found}`, /^the one of mark \w{12}, (the one of mark \w{12}|none)$/);
    await a.server.stop();
    const d = of('D', { secret });
    await d.server.start();
    await until('D leads', () => count(d, 'leading') === 1);
    await a.server.start();
    await play(a, d);
    assert.equal([count(b, 'leading'), count(c, 'leading')], [0, 0]);
    const line = logLine(b.events.find(({ kind }) => kind === 'configDiffers') as JaegerEvent) as string;
    assert.match(line, /ranked is not led by this server, .* another `secret` than the realm, as A has it .* Give all servers/);
  },
);

scenario('shorter leases: who leads is succeeded sooner', async (given) => {
  const redis = await given.redis();
  const lease = { renewMs: 100, deadlineMs: 200, leaseMs: 400 };
  const [a, b] = ['A', 'B'].map((nodeId) => given.node({ nodeId, redis: redis.url, lease })) as [Node, Node];
  await a.server.start();
  await until('A leads', () => count(a, 'leading') === 1);
  const left = ((await ask(redis.port, 'PTTL {jg:jaeger}:lease:ranked')) ?? '').match(/\d+/)?.[0];
  assert.ok(Number(left) > 0 && Number(left) <= 400, `${left} ms`);
  await b.server.start();
});

test.run();
