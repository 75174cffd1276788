/** A server is killed at each stage of its player's way, and begins anew. */
import { suite } from 'uvu';
import { scripts } from '../../bus/generated/lua.ts';
import { pause, until } from '../../scripts/redis.ts';
import type { Hold } from './orders.ts';
import { type Scenario, scenarios } from './scenario.ts';
import type { World } from './world.ts';

/** Only that it says nothing any more ends what a killed server was part of, not that nobody played or chose a team. */
const LONG_MS = 60_000;
const TIMES = { heartbeatMs: 800, silenceMs: 1600, idleMs: LONG_MS, battleMs: LONG_MS, teamMs: LONG_MS, answerMs: 700 };

/** Joe on V meets Jeff on B, and is held where V is to be killed. */
const heldAt = (at: Hold) => async (world: World) => {
  const v = world.node('V');
  await v.tell({ do: 'hold', player: 'joe', at });
  await world.add(v, 'joe');
  await world.add(world.node('B'), 'jeff');
  await until(`joe is held at ${at}`, () => v.held.length > 0);
};

/** Head, and between two offers: Jeff left the first one, and Janet's server does not answer yet. */
async function locked(world: World): Promise<void> {
  const [b, c, v] = [world.node('B'), world.node('C'), world.node('V')];
  await b.tell({ do: 'hold', player: 'jeff', at: 'accept' });
  await world.add(v, 'joe');
  // Of two that come in one step the one whose id is first would be head.
  await pause(100);
  await world.add(b, 'jeff');
  await until('an offer', () => b.held.length > 0);
  await world.add(c, 'janet');
  c.signal('SIGSTOP');
  await b.tell({ do: 'remove', player: 'jeff' });
  await until('joe is locked without an offer', async () => {
    const { tickets } = await world.sampler.sample();
    return tickets.some(({ player, state, offerId }) => player === 'joe' && state === 'locked' && offerId === undefined);
  });
}

const stage = (name: string, reach: (world: World) => Promise<void>, ends: readonly ('back' | 'void')[]): Scenario => ({
  name: `a server is killed while its player is ${name}`,
  invariant: 'its tickets go, who met it goes on, and it takes its place again',
  nodes: ['A', 'B', 'C', 'V'],
  times: TIMES,
  declines: 0,
  voids: ends.includes('void') ? { NodeLost: 'lost' } : {},
  withdrawn: [],
  chaos: async (world) => {
    const [b, c] = [world.node('B'), world.node('C')];
    await reach(world);
    await world.node('V').kill();
    c.signal('SIGCONT');
    await until('nothing of it is left', async () => {
      const { tickets, matches } = await world.sampler.sample();
      const open = matches.some(({ nodes, stage: at }) => at !== 'rated' && nodes.includes('V'));
      return !open && !tickets.some(({ node }) => node === 'V');
    });
    for (const kind of ends) await until(`jeff is told: ${kind}`, () => b.of(kind).some(({ id }) => id === 'jeff'));
    await b.tell({ do: 'letGo' });
    await world.startNode('V');
    for (const [node, player] of [
      [world.node('V'), 'joe'],
      [b, 'jim'],
      [c, 'bob'],
    ] as const)
      await world.add(node, player);
    await until('joe plays', () => world.node('V').of('elo').length > 0, 20_000);
  },
});

const test = suite('a server is killed');
scenarios(test, 3, [
  stage('waiting', async (world) => void (await world.add(world.node('V'), 'joe')), []),
  stage('locked', locked, []),
  stage('offered a match', heldAt('accept'), ['back']),
  stage(
    'about to enter the arena',
    async (world) => {
      world.wire('V').holdFrom(scripts.joined.sha);
      await world.add(world.node('V'), 'joe');
      await world.add(world.node('B'), 'jeff');
      await until('a match to be joined', () => world.wire('V').holds);
    },
    ['back'],
  ),
  stage('in the arena', heldAt('team'), ['void']),
  stage('in battle', heldAt('battle'), ['void']),
]);
test.run();
