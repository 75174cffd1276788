/** `jaeger status` on a large realm: 10,000 wait, 500 matches are open. Redis is asked for little at a time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { redisBus } from '../../bus/redis.ts';
import { runCli } from '../../plugin/cli/program.ts';
import type { Status } from '../../plugin/cli/status.ts';
import { realScheduler } from '../../plugin/runtime.ts';
import { fillRealm } from '../../scripts/full-realm.ts';
import { randomOf } from '../../scripts/random.ts';
import { startRedis } from '../../scripts/redis.ts';
import { monitored, type Use } from '../bus/redis/uses.ts';

const WAITING = 10_000;
const MATCHES = 500;
/** What reads a whole table in one go. Of queues, and of servers, there are few (HKEYS, HVALS, HGETALL of signs). */
const WHOLE = ['keys', 'smembers', 'sort'];
/** How many records a page has at most, more or less: Redis rounds up. */
const PAGE = 300;
/** `npm run bench -- cli` measures it; this machine may have other things to do. */
const MOST_MS = 5000;

test('status is read in small pages, whatever there is', async () => {
  const server = await startRedis();
  const folder = mkdtempSync(join(tmpdir(), 'jaeger-large-'));
  const random = randomOf('cli-size', 'bus');
  const bus = redisBus(server.url, { scheduler: realScheduler, random: () => random.fraction() });
  const redis = new Redis(server.url);
  let resign = (): void => undefined;
  try {
    resign = await fillRealm(bus, WAITING, MATCHES);
    const config = join(folder, 'jaeger.json');
    writeFileSync(config, JSON.stringify({ nodeId: 'owner', redis: server.url }));
    await redis.config('RESETSTAT');
    const ranges: Use[] = [];
    const whole: Use[] = [];
    const watch = await monitored(server, (shown) => {
      const command = shown.begins[0]?.toLowerCase();
      if (command === 'lrange') ranges.push(shown.whole());
      if (command === 'hgetall') whole.push(shown.whole());
    });
    let out = '';
    const began = performance.now();
    const exit = await runCli(['status', '--json'], {
      ...{ environment: { JAEGER_CONFIG: config }, folder, isInteractive: false, home: folder },
      ...{ out: (text: string) => (out += text), err: (text: string) => (out += text), ask: async () => '' },
      interrupted: new Promise<void>(() => undefined),
    });
    const tookMs = performance.now() - began;
    await watch.end();
    assert.is(exit, 0, out);
    const [ranked] = (JSON.parse(out) as Status).queues;
    assert.equal([ranked?.waiting, ranked?.matches, ranked?.stages], [WAITING, MATCHES, { joining: MATCHES }]);
    assert.ok(tookMs < MOST_MS, `${tookMs} ms`);
    const stats = await redis.info('commandstats');
    for (const command of WHOLE) assert.not.match(stats, new RegExp(`^cmdstat_${command}:`, 'm'));
    // A sign of life of each server.
    assert.equal([...new Set(whole.map(([, hash]) => hash?.split(':').at(-1)))], ['signs']);
    assert.ok(ranges.length > 0, 'what changed meanwhile is looked at');
    for (const [, list, from, to] of ranges) {
      const most = Number(to) - Number(from);
      assert.ok(most >= 0 && most < PAGE, `${list} from ${from} to ${to}`);
    }
    const pages = Number(/^cmdstat_hscan:calls=(\d+)/m.exec(stats)?.[1]);
    assert.ok(pages >= WAITING / PAGE, `${pages} pages`);
  } finally {
    resign();
    await bus.close();
    redis.disconnect();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
test.run();
