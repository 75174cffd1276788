import { suite } from 'uvu';
import { type RedisServer, startCluster, startRedis } from '../../scripts/redis.ts';
import { conformance } from './conformance.ts';
import { redisWorld } from './redis/world.ts';

const SIGNING = { secret: 'a secret that nobody can guess', node: 'A' };

for (const [name, start, signing] of [
  ['the Redis bus', async () => [await startRedis()], undefined],
  ['the Redis bus in a cluster, signed', () => startCluster(3), SIGNING],
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
  conformance(test, () => redisWorld(target(), { signing }));
  test.run();
}
