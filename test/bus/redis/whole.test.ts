/** Nodes over Redis, each with connections of its own: from add to Elo, in real time. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Host, type Jaeger, type JaegerEvent, jaeger, type RedisBus, redisBus } from '../../../plugin/index.ts';
import { type RedisServer, startCluster, startRedis, until } from '../../../scripts/redis.ts';

/** Accepts, plays one move a side, and side 0 wins. */
const host: Host = {
  tell: () => undefined,
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
};

interface Node {
  readonly server: Jaeger;
  readonly events: JaegerEvent[];
}

for (const [name, start] of [
  ['nodes over one Redis', async () => [await startRedis()]],
  ['nodes over a cluster', () => startCluster(3)],
] as const) {
  const test = suite(name);
  let servers: readonly RedisServer[] = [];
  const buses: RedisBus[] = [];
  const nodes: Jaeger[] = [];
  test.before(async () => {
    servers = await start();
  });
  test.after(async () => {
    for (const server of nodes) await server.stop();
    for (const bus of buses) bus.close();
    for (const server of servers) await server.stop();
  });

  const node = async (nodeId: string, realm: string): Promise<Node> => {
    const cluster = servers.map(({ host, port }) => ({ host, port }));
    const bus = redisBus(cluster.length > 1 ? { cluster } : (servers[0]?.url ?? ''), { realm });
    buses.push(bus);
    const server = jaeger({ nodeId, realm }, host, { bus });
    nodes.push(server);
    const events: JaegerEvent[] = [];
    server.events$.subscribe((event) => events.push(event));
    await server.start();
    return { server, events };
  };
  const ofKind = <K extends JaegerEvent['kind']>({ events }: Node, kind: K): Extract<JaegerEvent, { kind: K }>[] =>
    events.filter((event): event is Extract<JaegerEvent, { kind: K }> => event.kind === kind);

  test('two players of two servers are matched, fight and are rated, on both the same', async () => {
    const [a, b] = [await node('A', 'two'), await node('B', 'two')];
    await a.server.add({ id: 'joe' });
    await b.server.add({ id: 'jeff' });
    await until('both have their Elo', () => [a, b].every((one) => ofKind(one, 'elo').length === 1));
    const changes = [a, b].map((one) => ofKind(one, 'elo')[0]?.delta ?? 0).sort((x, y) => x - y);
    assert.equal(changes, [-16, 16]);
    assert.equal([...ofKind(a, 'fault'), ...ofKind(b, 'fault'), ...ofKind(a, 'refused')], []);
    await a.server.stop();
    await b.server.stop();
  });

  test('the leading server stops, and its successor matches those who wait', async () => {
    const a = await node('A', 'succession');
    await until('A leads', () => ofKind(a, 'leading').length === 1);
    const [b, c] = [await node('B', 'succession'), await node('C', 'succession')];
    const { firstConsidered } = await b.server.add({ id: 'joe', elo: 1000 });
    // Too far from each other to be matched at once.
    await c.server.add({ id: 'jeff', elo: 1030 });
    await a.server.stop();
    await until('another leads', () => ofKind(b, 'leading').length + ofKind(c, 'leading').length === 1);
    await until('they are matched', () => [b, c].every((one) => ofKind(one, 'elo').length === 1), 20_000);
    const found = [...ofKind(b, 'found'), ...ofKind(c, 'found')].at(-1);
    assert.ok((found?.head.waitedMs ?? 0) <= Date.now() - firstConsidered + 1000);
    assert.ok((found?.head.waitedMs ?? 0) > 1000, 'the time already waited counts');
    for (const one of [b, c]) await one.server.stop();
  });

  test.run();
}
