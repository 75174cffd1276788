/** The wires between whole servers and Redis fail while they play. */
import { suite } from 'uvu';
import { pause, until } from '../../scripts/redis.ts';
import { type Scenario, scenarios } from './scenario.ts';
import { DECLINED, OUTLASTING, type World } from './world.ts';

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
  };

const test = suite('the wires of whole servers fail');
scenarios(test, 3, [
  {
    name: 'connections are cut again and again',
    invariant: 'what was said meanwhile is caught up with, nobody is lost',
    nodes: NODES,
    voids: {},
    withdrawn: [DECLINED],
    times: OUTLASTING,
    declines: 30,
    chaos: whilePlaying(async (world) => {
      for (let times = 0; times < 12; times++) {
        world.wire(NODES[world.random.integer(0, 2)] as string).cut();
        await pause(world.random.integer(50, 400));
      }
    }),
  },
  {
    name: 'replies are lost with their connection',
    invariant: 'what was done is done once, nobody is lost',
    nodes: NODES,
    voids: {},
    withdrawn: [DECLINED],
    times: OUTLASTING,
    declines: 30,
    chaos: whilePlaying(async (world) => {
      for (const wire of world.wires.values()) wire.loses = () => world.random.fraction() < 0.02;
      await pause(4000);
      for (const wire of world.wires.values()) wire.loses = () => false;
    }),
  },
  {
    name: 'connections are open and dead',
    invariant: 'it is noticed, what was said meanwhile is caught up with, nobody is lost',
    nodes: NODES,
    voids: {},
    withdrawn: [DECLINED],
    times: OUTLASTING,
    chaos: whilePlaying(async (world) => {
      for (const name of NODES) {
        world.wire(name).freeze();
        await pause(1500);
      }
    }),
  },
  {
    name: 'everything takes 300 ms',
    invariant: 'nobody is lost, and no answer is taken for another one',
    nodes: NODES,
    voids: {},
    withdrawn: [DECLINED],
    times: OUTLASTING,
    chaos: whilePlaying(async (world) => {
      for (const wire of world.wires.values()) wire.delayMs = 300;
      await pause(4000);
      for (const wire of world.wires.values()) wire.delayMs = 0;
    }),
  },
]);
test.run();
