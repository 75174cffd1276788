/** The leader is killed between a result and its Elo. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pause, until } from '../../scripts/redis.ts';
import { scenarios } from './scenario.ts';

const KILLS = 10;
/** From the first report on; the Elo follows within some ms, with the lease of the next leader at the latest. */
const WITHIN_MS = 60;

const test = suite('whole servers lose their leader between a result and its Elo');
scenarios(test, 1, [
  {
    name: `the leader is killed ${KILLS} times at random moments after a battle`,
    invariant: 'no result is lost, none is applied twice',
    nodes: ['A', 'D', 'B', 'C'],
    withdrawn: [],
    guests: ['B', 'C'],
    declines: 0,
    voids: {},
    chaos: async (world) => {
      const [b, c] = [world.node('B'), world.node('C')];
      const reports = (): number => b.of('over').length + c.of('over').length;
      for (let round = 1; round <= KILLS; round++) {
        const leader = ['A', 'D'].find((name) => world.node(name).of('leading').length > 0) as string;
        const before = reports();
        await world.add(b, `joe${round}`);
        await world.add(c, `jeff${round}`);
        await until('a result', () => reports() > before);
        await pause(world.random.integer(0, WITHIN_MS));
        await world.node(leader).kill();
        await until('the Elo of both', () => world.count('elo') === 2 * round);
        await world.startNode(leader);
      }
      assert.is(world.count('void'), 0);
    },
  },
]);
test.run();
