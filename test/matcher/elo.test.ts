import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { eloDelta, expectedScore, kOf, kOfMatch, type Score } from '../../matcher/index.ts';

const K32 = { k: 32, floor: 0 };

test('the expected score of equals is a half, and 400 more is ten to one', () => {
  assert.is(expectedScore(1000, 1000), 0.5);
  assert.is(expectedScore(1400, 1000), 10 / 11);
});

test('a win between equals moves half of K, a draw nothing', () => {
  assert.is(eloDelta(1000, 1000, 1, K32), 16);
  assert.is(eloDelta(1000, 1000, 0, K32), -16);
  assert.is(eloDelta(1000, 1000, 0.5, K32), 0);
});

test('Joe (1050) beats Bob (1070): 17', () => {
  assert.is(eloDelta(1050, 1070, 1, K32), 17);
});

test('who loses never falls below the floor, and the winner gains that much less', () => {
  assert.is(eloDelta(5, 5, 1, K32), 5);
  assert.is(eloDelta(5, 5, 0, K32), -5);
  assert.is(eloDelta(-3, 5, 0, K32), 0);
  assert.is(eloDelta(1010, 1000, 1, { k: 32, floor: 1000 }), 0);
});

test('K: provisional for who has played few, then by rating, then the queue’s own', () => {
  const options = {
    k: 32,
    provisional: { games: 10, k: 64 },
    kByRating: [
      { from: 2400, k: 10 },
      { from: 2000, k: 20 },
    ],
  };
  for (const [elo, games, k] of [
    [1000, 0, 64],
    [2500, 9, 64],
    [1000, 10, 32],
    [1999.5, 10, 32],
    [2000, 10, 20],
    [2399, 10, 20],
    [2400, 10, 10],
    [3000, 99, 10],
  ] as const)
    assert.is(kOf(elo, games, options), k, `${elo} after ${games}`);
  assert.is(kOf(1000, 0, { k: 32, provisional: { games: 0, k: 64 }, kByRating: [] }), 32);
  const sides = [
    { elo: 1000, games: 0 },
    { elo: 2400, games: 50 },
  ] as const;
  assert.is(kOfMatch(sides, options), 37, 'the mean: what one gains the other loses');
});

test('one whole number for both sides: antisymmetric, within K, and nobody under the floor falls', () => {
  const elo = fc.integer({ min: -64_000, max: 200_000 }).map((value) => value / 64);
  fc.assert(
    fc.property(elo, elo, fc.constantFrom<Score>(0, 0.5, 1), fc.integer({ min: 0, max: 64 }), (a, b, score, k) => {
      const options = { k, floor: 100 };
      const delta = eloDelta(a, b, score, options);
      assert.ok(Number.isInteger(delta) && Math.abs(delta) <= k);
      // `|| 0`: minus zero is zero.
      const mirrored = -eloDelta(b, a, (1 - score) as Score, options) || 0;
      assert.ok(Math.abs(delta - mirrored) <= 1, 'rounding of a half may differ by one');
      assert.ok(a + delta >= Math.min(a, 100));
      assert.ok(b - delta >= Math.min(b, 100));
      if (score === 1) assert.ok(delta >= 0);
      if (score === 0) assert.ok(delta <= 0);
    }),
  );
});

test.run();
