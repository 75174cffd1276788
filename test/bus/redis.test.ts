import { suite } from 'uvu';
import { type RedisServer, startCluster, startRedis } from '../../scripts/redis.ts';
import { conformance } from './conformance.ts';
import { redisWorld } from './redis/world.ts';

for (const [name, start] of [
  ['the Redis bus', async () => [await startRedis()]],
  ['the Redis bus in a cluster', () => startCluster(3)],
] as const) {
  const test = suite(name);
  let servers: readonly RedisServer[] = [];
  test.before(async () => {
    servers = await start();
  });
  test.after(async () => {
    for (const server of servers) await server.stop();
  });
  const target = () =>
    servers.length === 1 ? (servers[0] as RedisServer).url : { cluster: servers.map(({ host, port }) => ({ host, port })) };
  conformance(test, () => redisWorld(target()));
  test.run();
}
