/** Redis fails under whole servers while they play. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ask, pause, until } from '../../scripts/redis.ts';
import { type Scenario, scenarios } from './scenario.ts';
import { DECLINED, OF_LOST, OUTLASTING, QUEUE, UNANSWERED, type World } from './world.ts';

const PLAYERS = 12;
const NODES = ['A', 'B', 'C'];

/** Plays before and after what happens, and sees that matches go on. */
const whilePlaying =
  (happens: (world: World) => Promise<void>): Scenario['chaos'] =>
  async (world) => {
    world.play(PLAYERS);
    await until('they play', () => world.count('elo') > 4, 30_000);
    await happens(world);
    const before = world.count('elo');
    await until('they play again', () => world.count('elo') > before + 4, 30_000);
  };

/** How long before its end Redis writes what is lost, one round after the other. */
const LOST_MS = [100, 1000, 400, 700, 1000];

const command = async (world: World, text: string): Promise<void> => {
  assert.match((await ask(world.redis.port, text)) ?? 'no answer', /OK/, text);
};

/** What is lost is asked for again or said again: nobody is withdrawn for what Redis has forgotten. */
async function lastWrites(world: World): Promise<void> {
  const everybody = NODES.flatMap((node) => Array.from({ length: PLAYERS }, (_, number) => `${node}-p${number}`));
  const hermits = ['elder', 'hermit', 'leaver'].flatMap((name) => LOST_MS.map((_, round) => `${name}${round}`));
  const alone = [...everybody, ...hermits];
  const [a, b, c] = [world.node('A'), world.node('B'), world.node('C')];
  for (const [round, lostMs] of LOST_MS.entries()) {
    const elder = await world.add(a, `elder${round}`, alone);
    const leaver = await world.add(c, `leaver${round}`, alone);
    let hermit: Awaited<ReturnType<World['add']>> | undefined;
    const lost = await world.cutRedisBack(lostMs, round * 100, async () => {
      hermit = await world.add(b, `hermit${round}`, alone);
      await c.tell({ do: 'remove', player: `leaver${round}` });
    });
    assert.ok(lost > 0, 'something was lost');
    await until('who waited waits with the same time, and who had left is not there', async () => {
      const { tickets } = await world.sampler.sample().catch(() => ({ tickets: [] }));
      const waits = (stay: typeof hermit): boolean =>
        tickets.some(({ ticket, first }) => ticket === stay?.ticket && first === stay.first);
      return waits(elder) && waits(hermit) && !waits(leaver);
    });
    await a.tell({ do: 'remove', player: `elder${round}` });
    await b.tell({ do: 'remove', player: `hermit${round}` });
    const before = world.count('elo');
    await until('they play on', () => world.count('elo') > before + 4, 30_000);
  }
  const withdrawn = [...world.nodes.values()].flatMap((node) => node.of('withdrawn'));
  assert.equal(
    withdrawn.map(({ id, reason }) => `${id}: ${reason}`),
    [],
  );
}

/** The server that it was is killed without a word, and by what Redis knows then it is alive. */
async function beginsInVain(world: World): Promise<void> {
  const alone = NODES.flatMap((node) => Array.from({ length: PLAYERS }, (_, number) => `${node}-p${number}`));
  await world.node('C').kill();
  let hermit: Awaited<ReturnType<World['add']>> | undefined;
  const lost = await world.cutRedisBack(0, 100, async () => {
    hermit = await world.add(await world.startNode('C'), 'hermit', alone);
  });
  assert.ok(lost > 0, 'something was lost');
  await until('who waited waits with the same time', async () => {
    const { tickets } = await world.sampler.sample().catch(() => ({ tickets: [] }));
    return tickets.some(({ ticket, first }) => ticket === hermit?.ticket && first === hermit.first);
  });
  const node = world.node('C');
  await node.tell({ do: 'remove', player: 'hermit' });
  await world.add(node, 'late', alone);
  await node.tell({ do: 'remove', player: 'late' });
  assert.equal(node.of('rival'), []);
}

const test = suite('Redis fails under whole servers');
scenarios(test, 3, [
  {
    name: 'Redis is killed and comes back with its log',
    invariant: 'every acknowledged add ends in a match, is withdrawn for a reason, or waits with its first time',
    nodes: NODES,
    voids: {},
    withdrawn: [DECLINED],
    times: OUTLASTING,
    aof: true,
    chaos: whilePlaying(async (world) => {
      for (const downMs of [0, 1500]) {
        await world.restartRedis(downMs);
        await pause(1500);
      }
    }),
  },
  {
    name: 'Redis is killed and begins anew with nothing',
    invariant: 'who waited waits on with their first time, what was played is void, all goes on',
    nodes: NODES,
    voids: { StoreLost: 'any' },
    withdrawn: [DECLINED],
    times: OUTLASTING,
    loses: 'all',
    chaos: whilePlaying(async (world) => {
      const others = NODES.flatMap((node) => Array.from({ length: PLAYERS }, (_, number) => `${node}-p${number}`));
      const node = world.node('B');
      const { ticket, first } = await world.add(node, 'hermit', others);
      await world.restartRedis(300);
      await until('who waited waits', async () => {
        const { tickets } = await world.sampler.sample().catch(() => ({ tickets: [] }));
        return tickets.some((one) => one.ticket === ticket && one.first === first);
      });
      await node.tell({ do: 'remove', player: 'hermit' });
    }),
  },
  {
    name: 'Redis is killed with its machine, and comes back without what it wrote last',
    invariant:
      'who was added waits on, who left is out, what was played and is lost is void, what was said is said again, and nobody pays for it',
    nodes: NODES,
    aof: true,
    redisArgs: ['--appendfsync', 'everysec'],
    loses: 'last',
    voids: { StoreLost: 'any' },
    withdrawn: [],
    declines: 0,
    chaos: whilePlaying(lastWrites),
  },
  {
    name: 'a server begins in the second that Redis loses',
    invariant:
      'it has its name: who was added there waits on, others can be added, and nobody hears that another server has it',
    nodes: NODES,
    aof: true,
    redisArgs: ['--appendfsync', 'everysec'],
    loses: 'last',
    voids: { ...OF_LOST, StoreLost: 'any' },
    withdrawn: [],
    declines: 0,
    chaos: whilePlaying(beginsInVain),
  },
  {
    name: 'Redis stands still for 5 s',
    invariant: 'no server does anything wrong meanwhile, and all goes on by itself',
    nodes: NODES,
    // Some windows are shorter than that.
    voids: { TimeoutError: 'any' },
    withdrawn: [DECLINED, UNANSWERED],
    chaos: whilePlaying(async (world) => {
      process.kill(world.redis.pid, 'SIGSTOP');
      await pause(5000);
      process.kill(world.redis.pid, 'SIGCONT');
    }),
  },
  {
    name: 'Redis forgets its scripts again and again',
    invariant: 'nobody notices: no match is void, and no server says that Redis is out of reach',
    nodes: NODES,
    voids: {},
    withdrawn: [DECLINED],
    chaos: whilePlaying(async (world) => {
      for (let times = 0; times < 10; times++) {
        await command(world, 'SCRIPT FLUSH');
        await pause(100);
      }
      assert.is(world.count('unreachable'), 0);
    }),
  },
  {
    name: 'memory is full for 2 s',
    invariant: 'what was begun comes to an end, nobody who was added is lost',
    nodes: NODES,
    voids: {},
    withdrawn: [DECLINED],
    times: OUTLASTING,
    chaos: whilePlaying(async (world) => {
      await command(world, 'CONFIG SET maxmemory 1');
      await pause(2000);
      await command(world, 'CONFIG SET maxmemory 0');
    }),
  },
  {
    name: 'Redis is a replica of nobody for 2 s, and refuses writes',
    invariant: 'nothing is lost, and all goes on by itself',
    nodes: NODES,
    voids: {},
    withdrawn: [DECLINED],
    times: OUTLASTING,
    chaos: whilePlaying(async (world) => {
      await command(world, 'REPLICAOF 127.0.0.1 1');
      await pause(2000);
      await command(world, 'REPLICAOF NO ONE');
    }),
  },
  {
    name: 'a server that hears too slowly is cut off',
    invariant: 'it hears again and catches up, nobody is lost',
    nodes: NODES,
    voids: OF_LOST,
    withdrawn: [DECLINED, UNANSWERED],
    chaos: whilePlaying(async (world) => {
      await command(world, 'CONFIG SET client-output-buffer-limit "pubsub 8mb 0 0"');
      const node = world.node('A');
      await node.tell({ do: 'hold', player: 'joe', at: 'accept' });
      const { ticket } = await world.add(node, 'joe');
      await until('it hears of an offer', () => node.held.length > 0);
      node.signal('SIGSTOP');
      // What only this server hears, and nobody minds.
      const mark = { v: 1, kind: 'TAKEN', ticket: 'nobody', queue: QUEUE, generation: 0, epoch: 0 };
      const long = JSON.stringify({ ...mark, more: 'x'.repeat(50_000) });
      // The sampler hears it too.
      await until('it is cut off', async () => (await world.sampler.shout(`waiting:${ticket}`, long, 50)) === 1);
      await pause(1000);
      node.signal('SIGCONT');
    }),
  },
]);
test.run();
