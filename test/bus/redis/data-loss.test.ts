/** Redis loses everything under whole nodes: emptied while it runs, and killed and started empty. Real time. */
import Redis from 'ioredis';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { keyOf } from '../../../bus/redis/keys.ts';
import { type Host, type Jaeger, type JaegerEvent, jaeger, type RedisBus, redisBus } from '../../../plugin/index.ts';
import { freePort, type RedisServer, startRedis, until } from '../../../scripts/redis.ts';

const test = suite('Redis loses its data');

/** Accepts, and plays one move a side. */
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

const emptied = async (server: RedisServer): Promise<RedisServer> => {
  const client = new Redis(server.url);
  await client.flushall();
  await client.script('FLUSH');
  client.disconnect();
  return server;
};

for (const [name, lose, generation] of [
  ['emptied while it runs', emptied, 0],
  // A generation is the time at which it began.
  ['emptied, its clock having been set back by a day since it was last', emptied, Date.now() + 86_400_000],
  [
    'killed, and started empty',
    async (server: RedisServer) => {
      await server.stop();
      return startRedis({ port: server.port });
    },
    0,
  ],
] as const)
  test(`${name}: who waited waits on with the old time, and those who fit are matched and rated`, async () => {
    let server = await startRedis({ port: await freePort() });
    const ends: (() => unknown)[] = [];
    try {
      const client = new Redis(server.url);
      if (generation > 0) await client.set(keyOf('loss', 'generation', {}), generation);
      client.disconnect();
      const node = async (nodeId: string): Promise<{ server: Jaeger; bus: RedisBus; events: JaegerEvent[] }> => {
        const bus = redisBus(server.url, { realm: 'loss' });
        const game = jaeger({ nodeId, realm: 'loss' }, host, { bus });
        const events: JaegerEvent[] = [];
        game.events$.subscribe((event) => events.push(event));
        ends.push(async () => {
          await game.stop();
          bus.close();
        });
        await game.start();
        return { server: game, bus, events };
      };
      const [a, b] = [await node('A'), await node('B')];
      await until('one leads', () => [...a.events, ...b.events].some(({ kind }) => kind === 'leading'));
      const joe = await a.server.add({ id: 'joe', elo: 1000 });
      await b.server.add({ id: 'ann', elo: 9000 });
      server = await lose(server);
      const ticketOf = (): Promise<unknown> =>
        new Promise((resolve) => a.bus.ticket(joe.ticket).subscribe({ next: resolve, error: () => resolve(null) }));
      let record: unknown = null;
      for (const started = performance.now(); record === null && performance.now() - started < 20_000; ) {
        record = await ticketOf();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.is((record as { firstConsidered: number } | null)?.firstConsidered, joe.firstConsidered);
      await b.server.add({ id: 'bob', elo: 1000 });
      const rated = (): string[] => [...a.events, ...b.events].flatMap((event) => (event.kind === 'elo' ? [event.id] : []));
      await until('both are rated', () => rated().length === 2, 30_000);
      assert.equal(rated().sort(), ['bob', 'joe']);
      assert.equal(
        [...a.events, ...b.events].filter(({ kind }) => kind === 'fault' || kind === 'withdrawn'),
        [],
      );
      assert.ok([...a.events, ...b.events].some(({ kind }) => kind === 'dataLost'));
      assert.is(await b.server.remove('ann'), 'queued');
    } finally {
      for (const end of ends) await end();
      await server.stop();
    }
  });

test.run();
