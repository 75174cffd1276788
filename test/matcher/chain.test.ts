import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Chain } from '../../matcher/chain.ts';
import { NONE } from '../../matcher/places.ts';
import { Roster } from '../../matcher/roster.ts';
import { type Random, randomOf } from '../../scripts/random.ts';
import { ticket } from './tickets.ts';

/** Asserts the order, and everybody's rank in it, against a plain sorted list. */
function assertSound(chain: Chain, roster: Roster, here: Iterable<number>): void {
  const expected = [...here].sort((a, b) => roster.compareWaiting(a, b));
  const found: number[] = [];
  for (let slot = chain.first; slot !== NONE; slot = chain.behind(slot)) found.push(slot);
  assert.equal(found, expected);
  assert.is(chain.size, expected.length);
  const ranks = new Map(expected.map((slot, index) => [slot, index + 1]));
  const looked = expected.length > 1000 ? expected.filter((_, index) => index % 97 === 0) : expected;
  for (const slot of looked) assert.is(chain.rank(slot), ranks.get(slot));
}

test('whoever comes and goes, in whatever order: all stand in order of waiting, equal steps by name', () => {
  const moves = fc.array(fc.record({ who: fc.nat(299), step: fc.nat(5) }), { maxLength: 400 });
  fc.assert(
    fc.property(moves, (story) => {
      const roster = new Roster();
      const chain = new Chain(roster);
      const here = new Map<number, number>();
      for (const { who, step } of story) {
        const slot = here.get(who);
        if (slot === undefined) {
          const added = roster.add(ticket(`p${who}`, 1000, step * 50));
          here.set(who, added);
          chain.insert(added);
        } else {
          chain.remove(slot);
          roster.remove(slot);
          here.delete(who);
        }
      }
      assertSound(chain, roster, here.values());
    }),
    { numRuns: 100 },
  );
});

for (const [name, stepOf] of [
  ['at any place', (random) => random.integer(0, 500)],
  ['each behind all others', (_, index) => index],
  ['each before all others', (_, index) => 10_000 - index],
  ['all in one step', () => 1],
] as readonly [string, (random: Random, index: number) => number][])
  test(`thousands that come and go, ${name}`, () => {
    const random = randomOf(1, name);
    const roster = new Roster();
    const chain = new Chain(roster);
    const here: number[] = [];
    const leave = (): void => {
      const index = random.integer(0, here.length - 1);
      const slot = here[index] as number;
      here[index] = here[here.length - 1] as number;
      here.pop();
      chain.remove(slot);
      roster.remove(slot);
    };
    for (let move = 0; move < 6000; move++) {
      if (random.integer(0, 9) < 2 && here.length > 0) leave();
      const slot = roster.add(ticket(`p${random.integer(0, 1e9)}-${move}`, 1000, 50 * stepOf(random, move)));
      here.push(slot);
      chain.insert(slot);
    }
    assertSound(chain, roster, here);
    while (here.length > 50) leave();
    assertSound(chain, roster, here);
    while (here.length > 0) leave();
    assertSound(chain, roster, []);
  });

test.run();
