import { Redis } from 'ioredis';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { scripts } from '../../bus/generated/lua.ts';
import { type Role, rulesOf, scriptsOf } from '../../bus/redis/rights.ts';
import { type RedisServer, startCluster, startRedis } from '../../scripts/redis.ts';
import { conformance } from './conformance.ts';
import { monitored, needless, refused, USES_REALM, Uses } from './redis/uses.ts';
import { usesOfConnections } from './redis/visits.ts';
import { redisWorld, steer, type Users } from './redis/world.ts';

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

/** What the scripts did while the suite ran, by their names. */
const byScript = new Map([...scriptsOf('leader'), 'submit' as const].map((name) => [name, new Uses()]));
/** Looks on for so many commands: some tests do the same thousands of times. */
const MOST_WATCHED = 3000;
function watchScripts(server: RedisServer): ReturnType<typeof monitored> {
  const names = new Map([...byScript.keys()].map((name) => [steer(scripts[name], 'real').sha, name]));
  let current: Uses | undefined;
  const hear: Parameters<typeof monitored>[1] = (shown, source) => {
    if (source === 'lua') return current?.add(shown);
    const [command = '', sha = ''] = shown.begins;
    const name = command.toLowerCase().startsWith('evalsha') ? names.get(sha) : undefined;
    current = name && byScript.get(name);
    current?.add(shown, name);
  };
  return monitored(server, hear, MOST_WATCHED);
}

for (const [name, start, signing, keptTimes] of [
  ['the Redis bus, with least rights', async () => [await startRedis()], undefined, undefined],
  ['the Redis bus in a cluster, signed', () => startCluster(3), SIGNING, { ticketsMs: 400_000, matchesMs: 5_000_000 }],
] as const) {
  const test = suite(name);
  let servers: readonly RedisServer[] = [];
  let watch: Awaited<ReturnType<typeof watchScripts>> | undefined;
  test.before(async () => {
    servers = await start();
  });
  test.after(async () => {
    for (const server of servers) await server.stop();
  });
  const cluster = () => servers.map(({ host, port }) => ({ host, port }));
  const where = async (realm: string) =>
    servers.length === 1 ? usersOf(servers[0] as RedisServer, realm) : { cluster: cluster() };
  conformance(test, async () => {
    const world = await redisWorld(where, { signing, kept: keptTimes });
    if (!signing) {
      await watch?.end();
      watch = await watchScripts(servers[0] as RedisServer);
    }
    return { ...world, ...(keptTimes ? { keptTimes } : {}) };
  });
  if (!signing)
    test('each user needs all of its rights: with any one fewer something of this would be refused', async () => {
      await watch?.end();
      const connections = await usesOfConnections();
      const client = new Redis(servers[0]?.url ?? '');
      try {
        for (const role of Object.keys(connections) as Role[]) {
          const ofScripts = scriptsOf(role).map((script) => byScript.get(script) as Uses);
          const uses = [...ofScripts, connections[role]].flatMap(({ all }) => all);
          const rules = rulesOf({ realm: USES_REALM, role });
          assert.equal(await refused(client, rules, uses), [], role);
          assert.equal(await needless(client, rules, uses), [], role);
          const more = [
            `~{jg:${USES_REALM}}:nothing`,
            `%R~{jg:${USES_REALM}}:nobody`,
            `&{jg:${USES_REALM}}:nowhere`,
            '+append',
          ];
          assert.equal(await needless(client, [...rules, ...more], uses), more.toSpliced(1, 0, `${more[0]}, to write`), role);
        }
      } finally {
        client.disconnect();
      }
    });
  test.run();
}
