/** Who campaigns for a lease, and what it asks: in virtual time. */
import { delay, of, Subject } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Lease } from '../../../bus/bus.ts';
import { campaign, LEASE_TIMES } from '../../../bus/redis/lease.ts';
import type { Text } from '../../../bus/redis/link.ts';
import { VirtualTime } from '../../../scripts/virtual-time.ts';

const test = suite('leases');
const { renewMs, deadlineMs, leaseMs } = LEASE_TIMES;
const JITTER_MS = 20;

/** A store whose clock is ahead, with a lease that somebody else holds and renews until it dies. */
function waiting(diesAt = Number.POSITIVE_INFINITY) {
  const time = new VirtualTime();
  const released$ = new Subject<Text>();
  const world = { aheadMs: 500, slowMs: 0, asks: 0, held: [] as (Lease | null)[], wonAt: 0 };
  const runsOutAt = (): number => Math.floor(Math.min(time.now(), diesAt) / renewMs) * renewMs + leaseMs;
  const now = (): string => String(time.now() + world.aheadMs);
  const acquire = () => {
    world.asks++;
    return of(time.now() < runsOutAt() ? ['waits', String(runsOutAt() - time.now())] : ['held', '1', '1', now()]);
  };
  const renew = () => (world.slowMs === 0 ? of(['held', now()]) : of(['held', now()]).pipe(delay(world.slowMs, time)));
  campaign({
    ...{ queue: 'duel', times: LEASE_TIMES, scheduler: time, random: () => 0.99, released$, acquire, renew },
    resign: () => of('done'),
  }).subscribe((lease) => {
    world.held.push(lease);
    world.wonAt = time.now();
  });
  released$.next({ listening: true });
  const run = (ms: number): void => time.runUntil(time.now() + ms);
  return { time, world, released$, run };
}

test('who waits asks when the lease would run out, at least as often as it would be forgotten in line', () => {
  const { world, run } = waiting();
  run(60_000);
  assert.is(world.held.length, 0);
  assert.ok(world.asks <= 60_000 / deadlineMs + 1, `${world.asks} asks`);
  assert.ok(world.asks >= 60_000 / leaseMs, `${world.asks} asks`);
});

test('the lease of one that died is taken as soon as it has run out, whenever it died', () => {
  for (let diesAt = 10_000; diesAt < 13_000; diesAt += 77) {
    const { world, run } = waiting(diesAt);
    run(20_000);
    const ranOutAt = Math.floor(diesAt / renewMs) * renewMs + leaseMs;
    assert.ok(world.wonAt >= ranOutAt && world.wonAt <= ranOutAt + JITTER_MS, `died at ${diesAt}, taken at ${world.wonAt}`);
  }
});

test('one that was given back is asked for at once', () => {
  const { world, run, released$ } = waiting();
  run(5500);
  const before = world.asks;
  released$.next({ listening: false, text: 'released' });
  assert.is(world.asks, before + 1);
});

test("a renewal says what time it is: the holder's clock follows the bus's, and a slow answer does not move it", () => {
  const { world, run } = waiting(0);
  run(leaseMs + JITTER_MS);
  const [lease] = world.held;
  assert.is(lease?.offsetMs, 500);
  world.aheadMs = 90_500;
  run(renewMs);
  assert.is(lease?.offsetMs, 90_500, 'the clock of the bus was set');
  world.slowMs = 400;
  run(renewMs + 400);
  assert.is(lease?.offsetMs, 90_500);
  world.aheadMs = -10_000;
  run(renewMs + 800);
  assert.ok(lease && lease.offsetMs >= -10_400 && lease.offsetMs <= -10_000, `${lease?.offsetMs}`);
  assert.is(world.held.length, 1);
});

test.run();
