/** The master dies, and a replica that is behind takes its place, under whole servers while they play. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../../scripts/redis.ts';
import { type Scenario, scenarios } from './scenario.ts';
import { OUTLASTING, type World } from './world.ts';

const PLAYERS = 12;
const NODES = ['A', 'B', 'C'];
const HEALED_MS = 30_000;

/** How far the replica is behind. */
const failsOver =
  (lagMs: number): Scenario['chaos'] =>
  async (world: World) => {
    world.play(PLAYERS);
    await until('they play', () => world.count('elo') > 4, 30_000);
    const alone = NODES.flatMap((node) => Array.from({ length: PLAYERS }, (_, number) => `${node}-p${number}`));
    const names = ['elder', 'hermit', 'leaver'];
    const [a, b, c] = [world.node('A'), world.node('B'), world.node('C')];
    const elder = await world.add(a, 'elder', [...alone, ...names]);
    const leaver = await world.add(c, 'leaver', [...alone, ...names]);
    let hermit: typeof elder | undefined;
    await world.failOver(lagMs, async () => {
      hermit = await world.add(b, 'hermit', [...alone, ...names]);
      await c.tell({ do: 'remove', player: 'leaver' });
    });
    await until(
      'who waited waits with the same time, and who had left is not there',
      async () => {
        const { tickets } = await world.sampler.sample().catch(() => ({ tickets: [] }));
        const waits = (stay: typeof hermit): boolean =>
          tickets.some(({ ticket, first }) => ticket === stay?.ticket && first === stay.first);
        return waits(elder) && waits(hermit) && !waits(leaver);
      },
      HEALED_MS,
    );
    await a.tell({ do: 'remove', player: 'elder' });
    await b.tell({ do: 'remove', player: 'hermit' });
    const before = world.count('elo');
    await until('they play on', () => world.count('elo') > before + 4, HEALED_MS);
    const withdrawn = [...world.nodes.values()].flatMap((node) => node.of('withdrawn'));
    assert.equal(
      withdrawn.map(({ id, reason }) => `${id}: ${reason}`),
      [],
    );
  };

const test = suite('a replica that is behind becomes the master');
scenarios(test, 3, [
  ...[100, 1000].map((lagMs) => ({
    name: `it is ${lagMs} ms behind`,
    invariant:
      'who was added waits on, who left is out, what was played and is lost is void, what was said is said again, and nobody pays for it',
    nodes: NODES,
    follows: 'replica' as const,
    loses: 'last' as const,
    voids: { StoreLost: 'any' as const },
    withdrawn: [],
    declines: 0,
    times: OUTLASTING,
    chaos: failsOver(lagMs),
  })),
  {
    name: 'it is 1000 ms behind, under Sentinels',
    invariant: 'nothing was announced that it does not have: no match is void, every Elo that anybody was told counts',
    nodes: NODES,
    follows: 'sentinels',
    voids: {},
    withdrawn: [],
    declines: 0,
    times: OUTLASTING,
    chaos: failsOver(1000),
  },
]);
test.run();
