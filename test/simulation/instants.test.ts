/** Whole servers whose players meet by instant match, again and again, while something fails. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pause, until } from '../../scripts/redis.ts';
import { type Scenario, scenarios } from './scenario.ts';
import { OF_LOST, OUTLASTING, type World } from './world.ts';

const PLAYERS = 12;
const NODES = ['A', 'B', 'C'];

const whilePlaying =
  (happens: (world: World) => Promise<void>): Scenario['chaos'] =>
  async (world) => {
    world.play(PLAYERS);
    await until('they play', () => world.count('elo') > 4, 30_000);
    await happens(world);
    const before = world.count('elo');
    await until('they play again', () => world.count('elo') > before + 4, 30_000);
    assert.is(world.count('offered'), 0, 'nobody was matched otherwise');
  };

const test = suite('instant matches while something fails');
scenarios(test, 3, [
  {
    name: 'broadcasts are lost',
    invariant: 'it costs time, never the match',
    instant: true,
    nodes: NODES,
    voids: {},
    withdrawn: [],
    // Who enters the list is not made known then: only when it is said again.
    mutants: [{ script: 'requestInstantMatch', from: 'broadcastInstant(record)\nreturn', to: 'return' }],
    chaos: whilePlaying(() => pause(3000)),
  },
  {
    name: 'replies are lost with their connection, of claims too',
    invariant: 'nobody is in two matches, nobody is lost',
    instant: true,
    nodes: NODES,
    voids: {},
    withdrawn: [],
    times: OUTLASTING,
    chaos: whilePlaying(async (world) => {
      for (const wire of world.wires.values()) wire.loses = () => world.random.fraction() < 0.02;
      await pause(4000);
      for (const wire of world.wires.values()) wire.loses = () => false;
    }),
  },
  {
    name: 'a server is killed with its users waiting and matched, and begins anew',
    invariant: 'its users are gone within the life of a request, the others go on',
    instant: true,
    nodes: NODES,
    voids: OF_LOST,
    withdrawn: [],
    chaos: whilePlaying(async (world) => {
      for (const name of ['B', 'C', 'A']) {
        await world.node(name).kill();
        await until('its users are gone', async () => {
          const { requests } = await world.sampler.sample();
          return requests.every(({ node }) => node !== name);
        });
        // Others: those who played when it was killed do so until their match is given up.
        world.play(PLAYERS / NODES.length, [await world.startNode(name)], 'q');
        await pause(500);
      }
    }),
  },
  {
    name: 'Redis is killed and comes back with its log',
    invariant: 'nobody is in two matches, who is still there waits on',
    instant: true,
    nodes: NODES,
    voids: {},
    withdrawn: [],
    times: OUTLASTING,
    aof: true,
    chaos: whilePlaying(async (world) => {
      for (const downMs of [0, 2500]) {
        await world.restartRedis(downMs);
        await pause(1500);
      }
    }),
  },
  {
    name: 'Redis is killed and begins anew with nothing',
    invariant: 'who waited waits on, what was played is void, all goes on',
    instant: true,
    nodes: NODES,
    voids: { StoreLost: 'any' },
    withdrawn: [],
    times: OUTLASTING,
    loses: 'all',
    chaos: whilePlaying(async (world) => {
      await world.restartRedis(300);
      await pause(1500);
    }),
  },
]);

test.run();
