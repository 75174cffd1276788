/** Both programmes against all pairings there are, of few actors. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ALONE, neighbourPairing, orderOf, type Pairing, pairAtOnce, widePairing } from '../../../scripts/bench/pairing.ts';
import { randomOf } from '../../../scripts/random.ts';

/** The most pairs, and of those the smallest sum of differences: every pairing is tried. */
function bruteForce(elo: readonly number[], pool: readonly number[]): { pairs: number; differences: number } {
  const free = elo.map(() => true);
  const best = { pairs: 0, differences: 0 };
  const tryFrom = (from: number, pairs: number, differences: number): void => {
    if (pairs > best.pairs || (pairs === best.pairs && differences < best.differences))
      Object.assign(best, { pairs, differences });
    for (let a = from; a < elo.length; a++)
      for (let b = a + 1; b < elo.length && free[a]; b++) {
        const difference = Math.abs((elo[b] as number) - (elo[a] as number));
        if (!free[b] || difference >= (pool[a] as number) + (pool[b] as number)) continue;
        free[a] = free[b] = false;
        tryFrom(a + 1, pairs + 1, differences + difference);
        free[a] = free[b] = true;
      }
  };
  tryFrom(0, 0, 0);
  return best;
}

/** Is this a pairing at all, all in reach, with the figures that it says? */
function assertSound({ partner, pairs, differences }: Pairing, elo: readonly number[], pool: readonly number[]): void {
  let counted = 0;
  let sum = 0;
  partner.forEach((other, at) => {
    if (other === ALONE) return;
    assert.is(partner[other], at);
    const difference = Math.abs((elo[other] as number) - (elo[at] as number));
    assert.ok(difference < (pool[at] as number) + (pool[other] as number));
    if (other < at) return;
    counted++;
    sum += difference;
  });
  assert.equal({ pairs, differences }, { pairs: counted, differences: sum });
}

const ascending = (n: number, next: () => number): number[] => Array.from({ length: n }, next).sort((a, b) => a - b);

test('equal pools: neighbours alone give what all pairings give', () => {
  const random = randomOf(1, 'equal pools');
  for (let round = 0; round < 1500; round++) {
    const n = random.integer(0, 10);
    const elo = ascending(n, () => random.integer(0, random.integer(1, 60)));
    const half = random.integer(0, 12);
    const pool = elo.map(() => half);
    const found = neighbourPairing(elo, 2 * half);
    assertSound(found, elo, pool);
    const { pairs, differences } = found;
    assert.equal({ pairs, differences }, bruteForce(elo, pool), JSON.stringify({ elo, half }));
  }
});

test('mixed pools: the sweep gives what all pairings give', () => {
  const random = randomOf(2, 'mixed pools');
  for (let round = 0; round < 3000; round++) {
    const n = random.integer(0, 10);
    const elo = ascending(n, () => random.integer(0, 60));
    const widest = random.integer(0, 40);
    const pool = elo.map(() => (random.integer(0, 2) === 0 ? random.integer(0, widest) : random.integer(0, 5)));
    const found = widePairing(elo, pool);
    assertSound(found, elo, pool);
    const { pairs, differences } = found;
    assert.equal({ pairs, differences }, bruteForce(elo, pool), JSON.stringify({ elo, pool }));
  }
});

test('a wide pool reaches over narrow ones, where neighbours alone would lose a pair', () => {
  const elo = [0, 45, 46, 90];
  const { partner, pairs, differences } = widePairing(elo, [1, 1, 1, 100]);
  assert.equal([...partner], [3, 2, 1, 0]);
  assert.equal([pairs, differences], [2, 91]);
});

test('with equal pools both programmes agree on many actors', () => {
  const random = randomOf(3, 'many');
  const elo = ascending(400, () => Math.round(random.normal(1500, 300) * 64));
  for (const pool of [64, 640, 6400]) {
    const near = neighbourPairing(elo, 2 * pool);
    const wide = widePairing(
      elo,
      elo.map(() => pool),
    );
    assert.equal([wide.pairs, wide.differences], [near.pairs, near.differences]);
  }
});

test('actors are ordered by Elo, then id', () => {
  assert.equal([...orderOf([5, 3, 5, 3], ['b', 'd', 'a', 'c'])], [3, 1, 2, 0]);
  assert.equal([...orderOf([], [])], []);
});

test('those who entered at once are put in order, then paired', () => {
  const { order, partner, pairs, differences } = pairAtOnce(Int32Array.of(70, 10, 31, 20, 30), ['a', 'b', 'c', 'd', 'e'], 12);
  assert.equal([...order], [1, 3, 4, 2, 0]);
  assert.equal([...partner], [1, 0, 3, 2, ALONE]);
  assert.equal([pairs, differences], [2, 11]);
});

test.run();
