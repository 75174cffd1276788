import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { POOL_CLAMP, Pool, type PoolOptions } from '../../matcher/index.ts';

const DEFAULT: PoolOptions = { base: 10, scale: 40, growth: 1.5, period: 15, curve: 'exponential', max: POOL_CLAMP };
/** Pool difference by steps. */
const poolOf = (options: PoolOptions) => {
  const pool = new Pool(options);
  return (waited: number): number => pool.after(waited);
};
const steps = (seconds: number): number => seconds * 20;

test("the seed's three points of growth are met exactly", () => {
  const pool = poolOf(DEFAULT);
  assert.is(pool(steps(0)), 10);
  assert.is(pool(steps(15)), 10 + 20);
  assert.is(pool(steps(30)), 10 + 50);
});

test('the linear curve meets the exponential one at the start and after one period', () => {
  const pool = poolOf({ ...DEFAULT, curve: 'linear' });
  assert.is(pool(steps(0)), 10);
  assert.is(pool(steps(15)), 30);
  assert.is(pool(steps(30)), 50);
});

test('without a curve the pool stays what it was', () => {
  const pool = poolOf({ ...DEFAULT, curve: 'none' });
  assert.is(pool(steps(3600)), 10);
});

test('no pool is larger than its maximum, or than the clamp', () => {
  assert.is(poolOf({ ...DEFAULT, max: 45 })(steps(30)), 45);
  assert.is(poolOf(DEFAULT)(steps(3600)), POOL_CLAMP);
  assert.is(poolOf(DEFAULT)(steps(1e9)), POOL_CLAMP);
});

test('a negative waiting time, of a clock that was set back, counts as none', () => {
  assert.is(poolOf(DEFAULT)(-5), 10);
});

test('a pool never shrinks while waiting and is a multiple of 1/64, for any options', () => {
  const options = fc.record({
    base: fc.double({ min: 0, max: 1000, noNaN: true }),
    scale: fc.double({ min: 0, max: 1000, noNaN: true }),
    growth: fc.double({ min: 1, max: 100, noNaN: true }),
    period: fc.double({ min: 0.05, max: 1000, noNaN: true }),
    curve: fc.constantFrom('exponential', 'linear', 'none'),
    max: fc.double({ min: 1000, max: POOL_CLAMP, noNaN: true }),
  });
  fc.assert(
    fc.property(options, fc.nat(20_000), fc.nat(20_000), (given, a, b) => {
      const pool = poolOf(given as PoolOptions);
      assert.ok(pool(Math.min(a, b)) <= pool(Math.max(a, b)));
      assert.is((pool(a) * 64) % 1, 0);
    }),
  );
});

test.run();
