import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GROUP_BLOCKS, Line, NONE } from '../../matcher/line.ts';
import { randomOf } from '../../scripts/random.ts';

/** Asserts everything that a line promises of itself, against the plain list of what it holds. */
function assertSound(line: Line, expected: readonly number[], step: (slot: number) => number): void {
  const forward: number[] = [];
  for (let slot = line.first; slot !== NONE; slot = line.next[slot] as number) forward.push(slot);
  const backward: number[] = [];
  for (let slot = line.last; slot !== NONE; slot = line.previous[slot] as number) backward.push(slot);
  assert.equal(forward, expected);
  assert.equal(backward.reverse(), expected);
  assert.is(line.size, expected.length);
  let at = 0;
  for (const [index, block] of line.blocks.entries()) {
    const slots = expected.slice(at, at + block.count);
    at += block.count;
    assert.is(block.index, index);
    assert.is(block.first, slots[0]);
    assert.is(block.last, slots.at(-1));
    const oldest = Math.min(...slots.map(step));
    assert.is(block.oldest, oldest);
    assert.is(block.oldestCount, slots.filter((slot) => step(slot) === oldest).length);
    for (const slot of slots) assert.is(line.block(slot), block);
  }
  assert.is(at, expected.length);
  for (let group = 0; group * GROUP_BLOCKS < line.blocks.length; group++) {
    const blocks = line.blocks.slice(group * GROUP_BLOCKS, (group + 1) * GROUP_BLOCKS);
    assert.is(line.oldestOfGroup(group * GROUP_BLOCKS), Math.min(...blocks.map(({ oldest }) => oldest)));
  }
}

test('whatever enters and leaves, in whatever order: the line is sorted, its blocks and groups are true', () => {
  const moves = fc.array(fc.record({ slot: fc.nat(299), key: fc.nat(40), step: fc.nat(5) }), { maxLength: 400 });
  fc.assert(
    fc.property(moves, (story) => {
      const keys: number[] = [];
      const steps: number[] = [];
      const compare = (a: number, b: number): number => (keys[a] as number) - (keys[b] as number) || a - b;
      const step = (slot: number): number => steps[slot] as number;
      const line = new Line(300, compare, step);
      const here = new Set<number>();
      for (const { slot, key, step: since } of story) {
        assert.is(line.has(slot), here.has(slot));
        if (here.delete(slot)) {
          line.remove(slot);
          continue;
        }
        keys[slot] = key;
        steps[slot] = since;
        here.add(slot);
        line.insert(slot);
      }
      assertSound(line, [...here].sort(compare), step);
      const sought = line.firstWhere((slot) => (keys[slot] as number) >= 20);
      assert.is(sought, [...here].sort(compare).find((slot) => (keys[slot] as number) >= 20) ?? NONE);
    }),
    { numRuns: 60 },
  );
});

test('thousands that come and go, over many groups of blocks', () => {
  const random = randomOf(1, 'line');
  const count = 12_000;
  const keys = Array.from({ length: count }, () => random.integer(0, 3000));
  const steps = Array.from({ length: count }, () => random.integer(0, 1000));
  const compare = (a: number, b: number): number => (keys[a] as number) - (keys[b] as number) || a - b;
  const step = (slot: number): number => steps[slot] as number;
  const line = new Line(16, compare, step);
  line.grow(count);
  const here = new Set<number>();
  for (let move = 0; move < 40_000; move++) {
    const slot = random.integer(0, count - 1);
    if (here.delete(slot)) line.remove(slot);
    else if (move < 30_000 || slot % 3 === 0) {
      here.add(slot);
      line.insert(slot);
    }
    if (move % 10_000 === 9999) assertSound(line, [...here].sort(compare), step);
  }
  assert.ok(line.blocks.length > GROUP_BLOCKS, 'more than one group');
  for (const slot of [...here]) line.remove(slot);
  assertSound(line, [], step);
});

test.run();
