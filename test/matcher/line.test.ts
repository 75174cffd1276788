import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CELL_ELO, CELL_MARK, CELL_STEP, CELLS, Line } from '../../matcher/line.ts';
import { BLOCK_SHIFT, NONE } from '../../matcher/places.ts';
import { ELO, ELO_BLOCK, MARK, NODE, Roster } from '../../matcher/roster.ts';
import { randomOf } from '../../scripts/random.ts';
import { ticket } from './tickets.ts';

/** Asserts everything that a line promises of itself, against the plain list of what it holds. */
function assertSound(line: Line, roster: Roster, expected: readonly number[]): void {
  const places: number[] = [];
  for (let at = line.first; at !== NONE; at = line.after(at)) places.push(at);
  const backward: number[] = [];
  for (let at = line.last; at !== NONE; at = line.before(at)) backward.push(at);
  assert.equal(
    places.map((at) => line.slotAt(at)),
    expected,
  );
  assert.equal(backward.reverse(), places);
  assert.is(line.size, expected.length);
  for (const [index, at] of places.entries()) {
    const slot = expected[index] as number;
    assert.is(line.place(slot), at);
    assert.is(line.rank(slot), index + 1);
    assert.is(line.cells[at * CELLS + CELL_ELO], roster.int(slot, ELO));
    assert.is(line.cells[at * CELLS + CELL_STEP], roster.step(slot));
    assert.is(line.cells[at * CELLS + CELL_MARK], roster.int(slot, MARK));
  }
  const { groups } = line;
  const within = new Map<number, number[]>();
  for (const at of places) {
    const slots = within.get(at >> BLOCK_SHIFT);
    if (slots) slots.push(line.slotAt(at));
    else within.set(at >> BLOCK_SHIFT, [line.slotAt(at)]);
  }
  const slotsOf = (block: number): readonly number[] => within.get(block) ?? [];
  const blocks = [...within.keys()];
  assert.equal(
    groups.list.flatMap((group) => [...group.blocks.subarray(0, group.count)]),
    blocks,
  );
  const oldestOf = (slots: readonly number[]): number => Math.min(...slots.map((slot) => roster.step(slot)));
  const nodeOf = (slots: readonly number[]): number => {
    const nodes = new Set(slots.map((slot) => roster.int(slot, NODE)));
    return nodes.size === 1 ? ([...nodes][0] as number) : NONE;
  };
  for (const block of blocks) {
    assert.is(groups.oldest[block], oldestOf(slotsOf(block)));
    assert.is(groups.nodeOf(block), nodeOf(slotsOf(block)));
    const group = groups.group(block);
    const slots = [...group.blocks.subarray(0, group.count)].flatMap(slotsOf);
    assert.is(groups.list[group.index], group);
    assert.is(groups.since[group.index], oldestOf(slots));
    assert.is(groups.oldest[group.blocks[group.eldest] as number], oldestOf(slots));
    const others = [...group.blocks.subarray(0, group.count)].filter((_, at) => at !== group.eldest);
    assert.is(group.second, oldestOf(others.flatMap(slotsOf)));
    assert.is(group.node, nodeOf(slots));
  }
}

function assertPlaces(line: Line, slots: readonly number[]): void {
  for (const slot of slots) assert.is(line.slotAt(line.place(slot)), slot);
}

const compareIn =
  (roster: Roster) =>
  (a: number, b: number): number =>
    roster.int(a, ELO) - roster.int(b, ELO) || roster.compareNames(a, b);

test('whatever enters and leaves, in whatever order: the line is sorted, and what it knows of blocks and groups is true', () => {
  const moves = fc.array(fc.record({ who: fc.nat(299), elo: fc.nat(40), step: fc.nat(5), node: fc.nat(1) }), {
    maxLength: 400,
  });
  fc.assert(
    fc.property(moves, (story) => {
      const roster = new Roster();
      const line = new Line(roster, ELO_BLOCK);
      const here = new Map<number, number>();
      for (const { who, elo, step, node } of story) {
        const slot = here.get(who);
        if (slot !== undefined) {
          assert.ok(line.has(slot));
          line.remove(slot);
          assert.not(line.has(slot));
          roster.remove(slot);
          here.delete(who);
          continue;
        }
        const added = roster.add(ticket(`p${who}`, elo, step * 50, { node: `n${node}` }));
        here.set(who, added);
        line.insert(added);
      }
      const expected = [...here.values()].sort(compareIn(roster));
      assertSound(line, roster, expected);
      // Where a walk began and whom it found is remembered; whatever happens then, everybody is where they are.
      const [head, found] = [expected[0], expected[expected.length - 1]];
      if (head !== undefined && found !== undefined && head !== found) {
        line.expectHead(line.place(head));
        line.expectFound(line.place(found));
        const before = roster.add(ticket('before', -1));
        line.insert(before);
        assertPlaces(line, [before, ...expected]);
        line.remove(head);
        assertPlaces(line, [before, ...expected.slice(1)]);
        for (const slot of [found, before]) line.remove(slot);
        for (const slot of [head, found]) line.insert(slot);
        assertPlaces(line, expected);
      }
      const stranger = roster.add(ticket('stranger', 20));
      const behind = line.firstBehind(stranger);
      const compare = compareIn(roster);
      assert.is(behind === NONE ? NONE : line.slotAt(behind), expected.find((slot) => compare(slot, stranger) > 0) ?? NONE);
    }),
    { numRuns: 60 },
  );
});

for (const [name, eloOf] of [
  ['at any place', (random) => random.integer(0, 3000)],
  ['each behind all others', (_, index) => index],
  ['each before all others', (_, index) => -index],
] as readonly [string, (random: ReturnType<typeof randomOf>, index: number) => number][])
  test(`thousands that come and go over many groups of blocks, ${name}`, () => {
    const random = randomOf(1, name);
    const roster = new Roster();
    const line = new Line(roster, ELO_BLOCK);
    const here: number[] = [];
    const leave = (): void => {
      const index = random.integer(0, here.length - 1);
      const slot = here[index] as number;
      here[index] = here[here.length - 1] as number;
      here.pop();
      line.remove(slot);
      roster.remove(slot);
    };
    for (let move = 0; move < 12_000; move++) {
      if (random.integer(0, 9) < 1 && here.length > 0) leave();
      const node = move < 9000 ? 'A' : `n${random.integer(0, 3)}`;
      const slot = roster.add(ticket(`p${move}`, eloOf(random, move), 50 * random.integer(0, 1000), { node }));
      here.push(slot);
      line.insert(slot);
      if (move % 4000 === 3999) assertSound(line, roster, [...here].sort(compareIn(roster)));
    }
    assert.ok(line.groups.list.length > 2, 'more than two groups');
    while (here.length > 100) leave();
    assertSound(line, roster, [...here].sort(compareIn(roster)));
    while (here.length > 0) leave();
    assertSound(line, roster, []);
  });

test.run();
