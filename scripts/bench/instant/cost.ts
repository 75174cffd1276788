/** What a request and a match ask of Redis, counted by Redis itself, beside what the protocol allows: 2 + n and 4. */
import type { Redis } from 'ioredis';
import { lastValueFrom } from 'rxjs';
import type { InstantRequest } from '../../../bus/instant.ts';
import { type RedisBus, redisBus } from '../../../bus/redis.ts';
import { roomsOf } from '../../../bus/rooms.ts';
import { realScheduler } from '../../../plugin/runtime.ts';
import { rawClient } from '../raw.ts';
import type { Report } from '../report.ts';
import type { Task } from '../task.ts';

const REALM = 'bench';
const QUEUE = 'duel';
const NODES = 5;
const REQUESTS = 400;

const requestOf = (id: string, node: number): InstantRequest => ({
  ...{ ticket: id, queue: QUEUE, node: `n${node}`, boot: 'boot', ruleset: '', elo: null, initialElo: 1000 },
  ...{ actor: { id, name: id, members: [id], blocks: [] }, room: `room-${id}`, secret: `secret-${id}`, move: false },
  preferences: '{"and":[{"field":"mic","eq":true},{"field":"region","in":["eu","na"]}]}',
  ...{ data: '{"mic":true,"region":"eu"}', lifeMs: 600_000, maxWaiting: 1_000_000 },
});

/** How often Redis was asked for each of these commands. */
async function counts(redis: Redis): Promise<Record<string, number>> {
  const text = await redis.info('commandstats');
  return Object.fromEntries([...text.matchAll(/cmdstat_(\w+):calls=(\d+)/g)].map(([, name, calls]) => [name, Number(calls)]));
}

export async function cost(report: Report, { url }: Task): Promise<void> {
  const buses: RedisBus[] = [];
  const raw = rawClient(url);
  for (let node = 0; node < NODES; node++) {
    const bus = redisBus(url, { scheduler: realScheduler, random: Math.random, realm: REALM });
    buses.push(bus);
    await new Promise<void>((resolve) => {
      bus.hear(bus.rooms.instantWaitlist(QUEUE)).subscribe((heard) => heard.listening && resolve());
    });
  }
  const bus = buses[0] as RedisBus;
  const room = roomsOf(REALM).instantWaitlist(QUEUE);
  const [, hearers] = (await raw.pubsub('NUMSUB', room)) as [string, number];
  await lastValueFrom(bus.requestInstantMatch(requestOf('first', 0)));

  const before = await counts(raw);
  for (let count = 0; count < REQUESTS; count++)
    await lastValueFrom(bus.requestInstantMatch(requestOf(`u${count}`, count % 2)));
  const between = await counts(raw);
  for (let count = 0; count < REQUESTS; count += 2)
    await lastValueFrom(
      bus.instantMatch({
        ...{
          ticket: `u${count}`,
          matchedTicket: `u${count + 1}`,
          node: 'n1',
          matchId: `m${count}`,
          challengeRoom: `c${count}`,
        },
        ...{ joinMs: 600_000, rated: false, sameNode: true, pairRestMs: 60_000 },
      }),
    );
  const after = await counts(raw);
  const each = (from: Record<string, number>, to: Record<string, number>, name: string, of: number): number =>
    ((to[name] ?? 0) - (from[name] ?? 0)) / of;
  const told = Number(hearers);

  report.section(`A request, with ${NODES} servers that have users who wait (the protocol: 2 + n, n = ${told})`);
  const asked = each(before, between, 'evalsha', REQUESTS);
  const said = each(before, between, 'publish', REQUESTS);
  report.figure('calls of Redis', asked, '', { atMost: 1 });
  report.figure('broadcasts', said, '', { atMost: 1 });
  report.figure('operations: calls, broadcasts, and servers that hear it', asked + said + said * told, '', {
    atMost: 2 + told,
  });
  report.section('A match (the protocol: 4)');
  const matches = REQUESTS / 2;
  const claims = each(between, after, 'evalsha', matches);
  const news = each(between, after, 'publish', matches);
  report.figure('calls of Redis', claims, '', { atMost: 1 });
  report.figure('operations: calls, and messages (to each of the two, and to the leader)', claims + news, '', { atMost: 4 });

  report.section('Memory of Redis for one who waits');
  const key = `{jg:${REALM}}:instants`;
  const perUser = async (count: number, more: Partial<InstantRequest>): Promise<number> => {
    await raw.flushall();
    for (let index = 0; index < count; index++)
      await lastValueFrom(bus.requestInstantMatch({ ...requestOf(`m${index}`, 0), ...more }));
    let bytes = 0;
    for (const name of [key, ...['instantsDue', 'presences'].map((each) => `{jg:${REALM}}:${each}`)])
      bytes += Number(await raw.call('MEMORY', 'USAGE', name, 'SAMPLES', '0'));
    return bytes / count;
  };
  report.figure('of an ordinary one', await perUser(1000, {}), 'bytes', { atMost: 2000 });
  const largest = { preferences: 'p'.repeat(4096), data: 'd'.repeat(2048) };
  report.figure('with the longest preferences and data', await perUser(300, largest), 'bytes', { atMost: 10_000 });
  for (const each_ of buses) await each_.close();
  raw.disconnect();
}
