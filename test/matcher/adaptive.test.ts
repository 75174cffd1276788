import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Arrivals } from '../../matcher/arrivals.ts';
import { Pool, Queue } from '../../matcher/index.ts';
import { DEFAULTS } from '../../plugin/config.ts';
import { idsOf, ticket } from './tickets.ts';

const ADAPTIVE = { ...DEFAULTS.queue.pool, adaptive: true };

test('the rate is that of the last 32 arrivals; before, a busy queue is assumed that comes down with time', () => {
  const arrivals = new Arrivals();
  arrivals.note(500, 0);
  arrivals.begin(1000);
  assert.is(arrivals.rate(1000), 4, 'who came before the first step is not counted');
  assert.is(arrivals.rate(1000 + 49_750), 1 / 50);
  for (let count = 0; count < 40; count++) arrivals.note(2000 + count * 100, 0);
  assert.is(arrivals.rate(2000 + 40 * 100), 10);
  assert.is(arrivals.rate(2000 + 8 * 100 + 320_000), 0.1);
});

test('an adaptive pool is the plain one at 4 arrivals a second or more, and wider with fewer', () => {
  const [plain, adaptive] = [new Pool(DEFAULTS.queue.pool), new Pool(ADAPTIVE)];
  for (const rate of [4, 5, 1000]) {
    adaptive.adapt(rate);
    for (const steps of [0, 1, 300, 5000]) assert.is(adaptive.after(steps), plain.after(steps));
  }
  adaptive.adapt(1);
  assert.is(adaptive.after(0), 20);
  // k · base + √k · scale · (growth^(w / (√k · period)) − 1) with k = 2 and w = √2 · 15 s, to the step
  assert.ok(Math.abs(adaptive.after(Math.round(Math.SQRT2 * 300)) - (20 + Math.SQRT2 * 20)) < 0.1);
  adaptive.adapt(1e-9);
  assert.is(adaptive.after(0), 150, 'and not without end');
  adaptive.adapt(5);
  assert.is(adaptive.after(0), 10);
  const off = new Pool(DEFAULTS.queue.pool);
  off.adapt(0.01);
  assert.is(off.after(0), 10, 'off by default');
});

test('at any rate an adaptive pool never shrinks while waiting', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 10, noNaN: true }), fc.nat(20_000), fc.nat(20_000), (rate, a, b) => {
      const pool = new Pool(ADAPTIVE);
      pool.adapt(rate);
      assert.ok(pool.after(Math.min(a, b)) <= pool.after(Math.max(a, b)));
      assert.is((pool.after(a) * 64) % 1, 0);
    }),
  );
});

test('a queue to which few come pairs sooner when its pool is adaptive', () => {
  const meetAt = (adaptive: boolean): number => {
    const queue = new Queue({ ...DEFAULTS.queue, pool: { ...DEFAULTS.queue.pool, adaptive } });
    queue.beginRound(0);
    queue.enter(ticket('Joe', 1000, 100_000));
    queue.enter(ticket('Bob', 1100, 100_000));
    for (let now = 100_000; ; now += 50) {
      queue.beginRound(now);
      const head = queue.nextHead(now);
      if (head && queue.find(head, now, 1).length > 0) return now - 100_000;
    }
  };
  assert.ok(meetAt(true) < meetAt(false), `${meetAt(true)} ms, ${meetAt(false)} ms`);
});

test('who waits alone, without rounds, is shown the range that it would have', () => {
  const queue = new Queue({ ...DEFAULTS.queue, pool: { ...DEFAULTS.queue.pool, adaptive: true } });
  queue.beginRound(0);
  const joe = ticket('Joe', 1000, 10_000);
  queue.enter(joe);
  for (const [now, look] of [
    [70_000, () => queue.explain('Joe', 70_000)?.pool],
    [140_000, () => queue.order(140_000)[0]?.pool],
  ] as const) {
    const before = queue.pool(joe, now);
    const shown = look();
    queue.beginRound(now);
    assert.is(shown, queue.pool(joe, now));
    assert.is.not(shown, before);
  }
});

test('share mean: two reach as far as two pools of their mean age', () => {
  const found = (share: 'sum' | 'mean', elo: number): string[] => {
    const queue = new Queue({ ...DEFAULTS.queue, pool: { ...DEFAULTS.queue.pool, share } });
    const [old, young] = [ticket('Old', 1000, 0), ticket('Young', elo, 30_000)];
    queue.enter(old);
    queue.enter(young);
    assert.equal(idsOf(queue.find(old, 30_000)).length, idsOf(queue.find(young, 30_000)).length, 'both see the same');
    assert.is(queue.mayMeet(old, young, 30_000), queue.find(old, 30_000).length > 0);
    return idsOf(queue.find(old, 30_000));
  };
  // 60 + 10 by the sum, 2 · 30 by the mean.
  assert.equal(found('sum', 1069), ['Young']);
  assert.equal(found('sum', 1070), []);
  assert.equal(found('mean', 1059), ['Young']);
  assert.equal(found('mean', 1060), []);
});

test.run();
