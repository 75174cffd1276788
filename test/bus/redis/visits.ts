/**
 * What connections ask of Redis besides what scripts do: a database of its own, a script that Redis has forgotten, rooms, whether the wire is
 * alive; in a cluster; and under Sentinels, where a replica has to have what is said.
 */
import { Redis } from 'ioredis';
import { lastValueFrom, type Observable } from 'rxjs';
import type { Target } from '../../../bus/redis/connection.ts';
import { type Role, rulesOf } from '../../../bus/redis/rights.ts';
import { redisBus } from '../../../bus/redis.ts';
import { type RedisServer, startCluster, startRedis, until } from '../../../scripts/redis.ts';
import { startSentinels } from '../../../scripts/sentinels.ts';
import { VirtualTime } from '../../../scripts/virtual-time.ts';
import { monitored, type Shown, USES_REALM, Uses } from './uses.ts';

/** Past the time of a PING, and of what nobody hears any more. */
const LATER_MS = 6000;
const done = (asked$: Observable<unknown>): Promise<unknown> => lastValueFrom(asked$, { defaultValue: null });

async function visit(target: Target, role: Role, forget: () => Promise<unknown>): Promise<void> {
  const time = new VirtualTime();
  const bus = redisBus(target, { scheduler: time, random: () => 0.5, realm: USES_REALM });
  try {
    await done(bus.clock());
    await forget();
    await done(bus.clock());
    const command = { kind: 'allow', player: 'joe' } as const;
    if (role === 'owner') await done(bus.submit({ id: 'x', who: 'owner', forMs: 1000, command }));
    if (role === 'owner' || role === 'reader') return;
    const heard = { waiting: 0, heartbeat: 0 };
    const hearing = bus.hear(bus.rooms.waiting('x')).subscribe(() => heard.waiting++);
    hearing.add(bus.hear(bus.rooms.heartbeat).subscribe(() => heard.heartbeat++));
    await until('it hears', () => heard.waiting + heard.heartbeat === 2);
    await done(bus.say(bus.rooms.waiting('x'), { v: 1, kind: 'GONE', ask: 'a', ticket: 't' }));
    await until('it is said', () => heard.waiting === 2);
    const what = {
      id: role,
      kind: 'StoreLost',
      detail: 'lost',
      queue: 'duel',
      matchId: 'm',
      stage: 'battle',
      log: null,
    } as const;
    await done(bus.report({ ...what, actors: [], nodes: [], agoMs: 0 }));
    await done(bus.goodbye(role, 'boot', false));
    await until('the script has said it', () => heard.heartbeat === 2);
    hearing.unsubscribe();
    time.runUntil(LATER_MS);
    await done(bus.clock());
  } finally {
    await bus.close();
  }
}

/** As every role, one after the other. */
async function visits(servers: readonly RedisServer[], uses: Readonly<Record<Role, Uses>>, to: Target & object): Promise<void> {
  const clients = servers.map(({ url }) => new Redis(url));
  try {
    for (const role of Object.keys(uses) as Role[]) {
      const rules = rulesOf({ realm: USES_REALM, role });
      for (const client of clients) await client.call('ACL', 'SETUSER', role, 'reset', 'on', '>secret', ...rules);
      const seen: { readonly shown: Shown; readonly source: string }[] = [];
      const monitors = await Promise.all(
        servers.map((server) => monitored(server, (shown, source) => void seen.push({ shown, source }))),
      );
      const forget = (): Promise<unknown> => Promise.all(clients.map((client) => client.script('FLUSH')));
      await visit({ ...to, username: role, password: 'secret' }, role, forget);
      // Others ask too: Sentinels, replicas, and we.
      const list = await Promise.all(clients.map((client) => client.client('LIST')));
      const others = new Set(
        list.flatMap((text) => [...String(text).matchAll(/ addr=(\S+).* user=default /g)].map(([, address]) => address)),
      );
      for (const monitor of monitors) await monitor.end();
      let isOther = true;
      for (const { shown, source } of seen) {
        if (source !== 'lua') isOther = others.has(source);
        if (!isOther) uses[role].add(shown);
      }
    }
  } finally {
    for (const client of clients) client.disconnect();
  }
}

/** So many reports are kept: the next one takes the place of another one. */
const FULL = `for number = 1, 10000 do redis.call('ZADD', KEYS[1], number, 'report ' .. number) end`;

async function fill({ url }: RedisServer): Promise<void> {
  const client = new Redis(url);
  await client.eval(FULL, 1, `{jg:${USES_REALM}}:reportOrder`);
  client.disconnect();
}

/** What each role asked, of one server, of a cluster and under Sentinels. */
export async function usesOfConnections(): Promise<Readonly<Record<Role, Uses>>> {
  const uses = { leader: new Uses(), node: new Uses(), owner: new Uses(), reader: new Uses() };
  const [alone, cluster, set] = await Promise.all([startRedis(), startCluster(2), startSentinels()]);
  try {
    const { host, port } = alone;
    await visits([alone], uses, { host, port, db: 1 });
    await visits(cluster, uses, { cluster });
    await fill(set.master);
    await visits([set.master], uses, { sentinels: set.sentinels, name: set.name });
  } finally {
    await set.stop();
    for (const server of [alone, ...cluster]) await server.stop();
  }
  return uses;
}
