/** Leases whose end is further off than anybody asks for: Redis's clock was set back while they were held. Real time. */
import { Redis } from 'ioredis';
import { Subscription } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Lease } from '../../../bus/bus.ts';
import { type RedisBus, redisBus } from '../../../bus/redis.ts';
import { realScheduler } from '../../../plugin/runtime.ts';
import { pause, type RedisServer, startRedis, until } from '../../../scripts/redis.ts';
import { drawn } from '../../seed.ts';

const LEASE = { renewMs: 100, deadlineMs: 200, leaseMs: 300 };
const BEYOND_MS = 500;
const HOUR_MS = 3_600_000;

const test = suite("leases when Redis's clock is set back");
let server: RedisServer;
let redis: Redis;
const work = new Subscription();
const buses: RedisBus[] = [];
test.before(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});
test.after(async () => {
  work.unsubscribe();
  for (const bus of buses) await bus.close();
  redis.disconnect();
  await server.stop();
});

function campaign(realm: string, node: string, lease = LEASE): (Lease | null)[] {
  const bus = redisBus(server.url, { scheduler: realScheduler, random: drawn(realm + node), realm, lease });
  buses.push(bus);
  const leases: (Lease | null)[] = [];
  work.add(bus.holdLease('duel', node).subscribe((held) => leases.push(held)));
  return leases;
}

for (const [what, key, value] of [
  ['the lease', 'lease', '5:dead 300-x'],
  ['a claim to the lease', 'heir', 'dead 300-x'],
] as const)
  test(`${what} of one that died holds no longer than it asked for`, async () => {
    await redis.set(`{jg:${key}}:${key}:duel`, value, 'PX', HOUR_MS);
    const began = performance.now();
    const leases = campaign(key, 'B');
    await until('a successor', () => leases.length > 0, 10_000);
    const tookMs = performance.now() - began;
    assert.ok(tookMs >= LEASE.leaseMs - 20 && tookMs <= LEASE.leaseMs + BEYOND_MS, `${tookMs} ms`);
  });

test('a leader that lives keeps its lease, also one that asks for a longer one than who waits', async () => {
  const held = campaign('alive', 'A', { renewMs: 1000, deadlineMs: 2000, leaseMs: 3000 });
  await until('A leads', () => held.length > 0, 10_000);
  await redis.pexpire('{jg:alive}:lease:duel', HOUR_MS);
  const waits = campaign('alive', 'B');
  await pause(1600);
  assert.equal([held.length, waits.length], [1, 0]);
  assert.ok((await redis.pttl('{jg:alive}:lease:duel')) <= 3000);
});

test.run();
