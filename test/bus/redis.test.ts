import { Redis } from 'ioredis';
import { suite } from 'uvu';
import { type Role, rulesOf } from '../../bus/redis/rights.ts';
import { type RedisServer, startCluster, startRedis } from '../../scripts/redis.ts';
import { conformance } from './conformance.ts';
import { redisWorld, type Users } from './redis/world.ts';

const SIGNING = { secret: 'a secret that nobody can guess', node: 'A' };

/**
 * Users that may do what the roles may, and nothing else, each of whom asks what nobody may who may less. (What the suite itself does
 * besides: it sets the clock, and names rooms of its own.)
 */
async function usersOf({ url, host, port }: RedisServer, realm: string): Promise<{ users: Users }> {
  const admin = new Redis(url);
  const own = [`~{jg:${realm}}:test:now`, '+hmget', '+hset', `&{jg:${realm}}:*`];
  const user = async (role: Role): Promise<string> => {
    const name = `${realm}-${role}`;
    await admin.call('ACL', 'SETUSER', name, 'reset', 'on', '>secret', ...rulesOf({ realm, role }), ...own);
    return `redis://${name}:secret@${host}:${port}`;
  };
  const users = {
    node: await user('node'),
    reader: await user('reader'),
    owner: await user('owner'),
    leader: await user('leader'),
  };
  admin.disconnect();
  return { users };
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
    servers.length === 1 ? usersOf(servers[0] as RedisServer, realm) : { cluster: cluster() };
  conformance(test, async () => ({
    ...(await redisWorld(where, { signing, kept: keptTimes })),
    ...(keptTimes ? { keptTimes } : {}),
  }));
  test.run();
}
