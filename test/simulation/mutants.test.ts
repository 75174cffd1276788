/** The sampler and the checkers see what they are for, by a product that is broken in one place. */
import { suite } from 'uvu';
import { pause, until } from '../../scripts/redis.ts';
import { scenarios } from './scenario.ts';
import { DECLINED, type World } from './world.ts';

const playFor = (ms: number) => async (world: World) => {
  world.play(8);
  await pause(ms);
};
const test = suite('the checkers see a product that is broken');
scenarios(test, 3, [
  {
    name: 'nothing is broken',
    invariant: 'nothing is found, and there are matches',
    nodes: ['A', 'B'],
    voids: {},
    withdrawn: [DECLINED],
    chaos: async (world) => {
      world.play(8);
      await until('they play', () => world.count('elo') > 8);
    },
  },
  {
    name: 'the Elo is applied twice, to both sides',
    invariant: 'it is found, though the sum is right',
    nodes: ['A', 'B'],
    voids: {},
    withdrawn: [DECLINED],
    mutants: [{ script: 'rate', from: 'local new = old + change', to: 'local new = old + 2 * change' }],
    chaos: playFor(1000),
    finds: [/^the rating of .* its matches make/],
  },
  {
    name: 'a player is added while they are somewhere',
    invariant: 'it is found',
    nodes: ['A', 'B'],
    voids: {},
    withdrawn: [DECLINED],
    settledWithinMs: 2000,
    mutants: [{ script: 'enter', from: 'if #present > 1', to: 'if false' }],
    chaos: async (world) => {
      await world.add(world.node('A'), 'joe');
      await world.node('A').tell({ do: 'hold', player: 'joe', at: 'accept' });
      await world.add(world.node('B'), 'joe');
      await pause(300);
    },
    finds: [/joe is in two places/],
  },
  {
    name: 'who declines is taken away without a word',
    invariant: 'the vanished add is found',
    nodes: ['A', 'B'],
    voids: {},
    withdrawn: [DECLINED],
    declines: 100,
    settledWithinMs: 6000,
    mutants: [{ script: 'settle', from: '"kind":"WITHDRAWN"', to: '"kind":"TAKEN"' }],
    chaos: playFor(1000),
    finds: [/was added .* and vanished/],
  },
  {
    name: 'nobody is ever offered a match',
    invariant: 'that everybody waits beside a possible opponent is found',
    nodes: ['A', 'B'],
    voids: {},
    withdrawn: [DECLINED],
    settledWithinMs: 1500,
    mutants: [{ script: 'offer', from: 'if not first then', to: 'if true then' }],
    chaos: playFor(500),
    finds: [/waits, though not alone/],
  },
  {
    name: 'an offer and a battle have no end',
    invariant: 'both are found',
    nodes: ['A', 'B'],
    voids: {},
    withdrawn: [DECLINED],
    times: { offerMs: 60_000, idleMs: 60_000, battleMs: 60_000 },
    declines: 0,
    settledWithinMs: 500,
    chaos: async (world) => {
      const [a, b] = [world.node('A'), world.node('B')];
      await a.tell({ do: 'hold', player: 'joe', at: 'battle' });
      await world.add(a, 'joe');
      await world.add(b, 'jeff');
      await until('they fight', () => a.held.length > 0);
      await a.tell({ do: 'hold', player: 'janet', at: 'accept' });
      await world.add(a, 'janet');
      await world.add(b, 'bob');
      await until('an offer', () => a.held.length > 1);
    },
    finds: [/^offer .* is open$/, /^match .* is battle$/],
  },
  {
    name: 'who is added is told another time than the one that counts',
    invariant: 'it is found',
    nodes: ['A', 'B'],
    voids: {},
    withdrawn: [DECLINED],
    mutants: [
      {
        ...{ script: 'enter', from: "return { 'entered', body }" },
        to: `return { 'entered', (string.gsub(body, '"firstConsidered":%d', '"firstConsidered":3')) }`,
      },
    ],
    chaos: playFor(500),
    finds: [/was first considered at 3\d+, now at/],
  },
  {
    name: 'the servers do not come to the same end of a battle, and one has errors that nobody handles',
    invariant: 'all of it is found',
    nodes: ['A', 'B'],
    voids: {},
    withdrawn: [DECLINED],
    mutants: [
      {
        ...{ script: 'over', from: 'local mine = match.sides[side + 1]' },
        to: 'local mine = match.sides[side + 1] digest = cjson.encode(tostring(side))',
      },
    ],
    chaos: async (world) => {
      await world.node('B').tell({ do: 'err' });
      world.play(4);
      await until('a match is void', () => world.count('void') > 0);
    },
    finds: [/^match .* is void: /, /^B: Error: nobody rejects this/, /^B: Error: nobody throws this/],
  },
]);
test.run();
