import { Redis } from 'ioredis';
import { suite } from 'uvu';
import { rulesOf } from '../../bus/redis/rights.ts';
import { type RedisServer, startCluster, startRedis } from '../../scripts/redis.ts';
import { conformance } from './conformance.ts';
import { redisWorld } from './redis/world.ts';

const SIGNING = { secret: 'a secret that nobody can guess', node: 'A' };

/**
 * A user that may do what a node that leads and the owner may, and nothing else. (What the suite itself does besides: it sets the clock, and
 * names rooms of its own.)
 */
async function userOf({ url, host, port }: RedisServer, realm: string): Promise<string> {
  const admin = new Redis(url);
  const rules = (['leader', 'owner'] as const).map((role) => rulesOf({ realm, role }));
  const own = [`~{jg:${realm}}:test:now`, '+hmget', '+hset', `&{jg:${realm}}:*`];
  const all = [...(rules[0] as string[]), ...(rules[1] as string[]).filter((rule) => !/^(reset|-@)/.test(rule)), ...own];
  await admin.call('ACL', 'SETUSER', realm, 'reset', 'on', '>secret', ...all);
  admin.disconnect();
  return `redis://${realm}:secret@${host}:${port}`;
}

for (const [name, start, signing, keptTimes] of [
  ['the Redis bus, with least rights', async () => [await startRedis()], undefined, undefined],
  ['the Redis bus in a cluster, signed', () => startCluster(3), SIGNING, { ticketsMs: 400_000, matchesMs: 5_000_000 }],
] as const) {
  const test = suite(name);
  let servers: readonly RedisServer[] = [];
  test.before(async () => {
    servers = await start();
  });
  test.after(async () => {
    for (const server of servers) await server.stop();
  });
  const cluster = () => servers.map(({ host, port }) => ({ host, port }));
  const where = async (realm: string) =>
    servers.length === 1 ? userOf(servers[0] as RedisServer, realm) : { cluster: cluster() };
  conformance(test, async () => ({
    ...(await redisWorld(where, { signing, kept: keptTimes })),
    ...(keptTimes ? { keptTimes } : {}),
  }));
  test.run();
}
