/** Whole servers lose their leader. */
import { Redis } from 'ioredis';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { scripts } from '../../bus/generated/lua.ts';
import { LEASE_TIMES } from '../../bus/redis/lease.ts';
import { tagOf } from '../../bus/rooms.ts';
import { DEFAULTS } from '../../plugin/config.ts';
import { pause, until } from '../../scripts/redis.ts';
import { monitor } from './monitor.ts';
import { type Mutant, mutated } from './mutant.ts';
import type { Sample } from './sampler.ts';
import { type Scenario, scenarios } from './scenario.ts';
import { DECLINED, OF_LOST, QUEUE, UNANSWERED, type World } from './world.ts';

/** What a successor may take beyond the lease. */
const BEYOND_MS = 500;
const HANDOVER_MS = 200;
/** How much later than its deadline an end may be heard of here. */
const LATE_MS = 500;
const WINDOW_MS = 6000;
/** What the protocol allows a deadline, and how long before it the last sample may have been. */
const OVERDUE_MS = 1000;
const EARLY_MS = 500;

/** Waits until another one than this leads; how long that took. */
async function succession(world: World, before: string, since: number): Promise<number> {
  const others = [...world.nodes.values()].filter(({ nodeId }) => nodeId !== before);
  const led = others.reduce((sum, node) => sum + node.of('leading').length, 0);
  await until('a successor', () => others.reduce((sum, node) => sum + node.of('leading').length, 0) > led);
  return performance.now() - since;
}

/** The leader is out of time with an offer on its way, which arrives when another one leads. */
const zombie = (mutants: readonly Mutant[]): Scenario => ({
  name: `a leader whose offer arrives when another one leads${mutants.length > 0 ? ', and the fence is off' : ''}`,
  invariant:
    mutants.length > 0
      ? 'the write under the older epoch is found'
      : 'no write under an older epoch; the two are matched afterwards',
  nodes: ['A', 'B', 'C', 'D'],
  voids: {},
  withdrawn: [],
  mutants,
  declines: 0,
  // Where the fence is off they may stay locked for ever.
  settledWithinMs: mutants.length > 0 ? 500 : 10_000,
  chaos: async (world) => {
    const [b, c] = [world.node('B'), world.node('C')];
    const [wire, node] = [world.wire('A'), world.node('A')];
    const offer = mutated(scripts.offer, mutants);
    // It arrives whole: a script that Redis did not know would be asked for once more, of one that gave up meanwhile.
    const client = new Redis(world.redis.port);
    await client.script('LOAD', offer.source);
    client.disconnect();
    wire.holdFrom(offer.sha);
    await world.add(b, 'joe');
    await world.add(c, 'jeff');
    await until('the offer is on its way', () => wire.holds);
    for (const each of [node, b, c]) each.signal('SIGSTOP');
    await succession(world, 'A', performance.now());
    // The sampler has seen who leads now.
    await pause(200);
    wire.letGo();
    node.signal('SIGCONT');
    await pause(500);
    for (const each of [b, c]) each.signal('SIGCONT');
    if (mutants.length === 0) await until('they are matched', () => world.count('elo') === 2);
  },
  ...(mutants.length > 0 ? { finds: [/^OFFER was written under epoch \d+ after \d+ had led/] } : {}),
});

const test = suite('whole servers lose their leader');
scenarios(test, 3, [
  {
    name: 'the leader is killed, with the lease as it is by default and windows of 6 s',
    invariant: 'another leads within lease + 0.5 s; offers and joins end when they were to; who waits keeps their time',
    nodes: ['A', 'B', 'C', 'D'],
    voids: {},
    withdrawn: [UNANSWERED],
    lease: LEASE_TIMES,
    times: { offerMs: WINDOW_MS, joinMs: WINDOW_MS },
    declines: 0,
    chaos: async (world) => {
      const [b, c, d] = [world.node('B'), world.node('C'), world.node('D')];
      for (const [node, player] of [
        [b, 'joe'],
        [c, 'jeff'],
      ] as const) {
        await node.tell({ do: 'hold', player, at: 'accept' });
        await world.add(node, player);
      }
      await until('an offer', () => b.held.length + c.held.length === 2);
      world.wire('D').holdFrom(scripts.joined.sha);
      await world.add(c, 'janet');
      await world.add(d, 'bob');
      await until('a match to be joined', () => world.wire('D').holds);
      const waiting = await world.add(b, 'jim');
      await pause(800);
      const tookMs = await killLeader(world, 'A');
      assert.ok(tookMs <= LEASE_TIMES.leaseMs + BEYOND_MS, `${tookMs} ms`);
      await until('the windows are over', () => b.of('withdrawn').length > 0 && c.of('withdrawn').length > 0);
      await until('and the match', () => c.of('back').length > 0);
      world.wire('D').letGo();
      for (const [node, player] of [
        [b, 'joe'],
        [c, 'jeff'],
      ] as const) {
        const [asked, over] = [node.of('asked')[0]?.at ?? 0, node.of('withdrawn').find(({ id }) => id === player)?.at ?? 0];
        assert.ok(over - asked >= WINDOW_MS - 100 && over - asked <= WINDOW_MS + LATE_MS, `offered for ${over - asked} ms`);
      }
      const joining = (c.of('back')[0]?.at ?? 0) - (c.of('matched')[0]?.at ?? 0);
      assert.ok(joining >= WINDOW_MS - 100 && joining <= WINDOW_MS + LATE_MS, `joined for ${joining} ms`);
      assert.is(world.sampler.first.get(waiting.ticket), waiting.first);
      await until('who waited plays', () => b.of('elo').some(({ id }) => id === 'jim'), 15_000);
    },
  },
  {
    name: "the leader is killed, with the protocol's own lease and window of 10 s to join",
    invariant: 'the deadline in Redis stays what it was, and the match is cancelled within 1 s of it',
    nodes: ['A', 'B', 'C'],
    voids: {},
    withdrawn: [],
    lease: DEFAULTS.lease,
    times: { joinMs: DEFAULTS.queue.times.joinMs },
    declines: 0,
    chaos: async (world) => {
      const [b, c] = [world.node('B'), world.node('C')];
      world.wire('C').holdFrom(scripts.joined.sha);
      await world.add(b, 'joe');
      await world.add(c, 'jeff');
      await until('a match to be joined', () => world.wire('C').holds);
      const before = (await world.sampler.sample()).matches[0] as Sample['matches'][0];
      assert.is(before.stage, 'joining');
      await pause(800);
      await killLeader(world, 'A');
      const { matches, now } = await world.sampler.sample();
      assert.equal(matches[0]?.deadline, before.deadline);
      assert.ok(now < before.deadline, 'another leads while the window is open');
      let openAt = now;
      await until(
        'its end',
        () => {
          const { latest } = world.sampler;
          const isOpen = latest?.matches.some(({ matchId }) => matchId === before.matchId) ?? true;
          if (isOpen) openAt = latest?.now ?? 0;
          return !isOpen;
        },
        2 * DEFAULTS.queue.times.joinMs,
      );
      assert.ok(openAt > before.deadline - EARLY_MS, `it was over ${before.deadline - openAt} ms before its deadline`);
      const lateMs = (world.sampler.latest?.now ?? 0) - before.deadline;
      assert.ok(lateMs <= OVERDUE_MS, `it was over ${lateMs} ms after its deadline`);
      await until('both are told', () => b.of('back').length === 1 && c.of('back').length === 1);
      world.wire('C').letGo();
      await until('they meet again', () => world.count('elo') === 2);
    },
  },
  {
    name: 'one leader after another is killed while all play',
    invariant: 'nobody is lost or in two places, each Elo is applied once',
    nodes: ['A', 'B', 'C', 'D'],
    voids: OF_LOST,
    withdrawn: [DECLINED],
    chaos: async (world) => {
      world.play(16);
      for (let killed = 0; killed < 2; killed++) {
        await pause(1500);
        const leader = await leaderOf(world);
        await killLeader(world, leader);
      }
      await pause(1500);
    },
  },
  zombie([]),
  zombie([{ script: '*', from: 'if fenced() then', to: 'if false then' }]),
  {
    name: 'the leader stands still for longer than its lease, and goes on, while all play',
    invariant: 'no write under an older epoch, nobody is lost',
    nodes: ['A', 'B', 'C'],
    voids: OF_LOST,
    withdrawn: [DECLINED],
    chaos: async (world) => {
      world.play(12);
      for (let times = 0; times < 2; times++) {
        await pause(1000);
        const leader = world.node(await leaderOf(world));
        leader.signal('SIGSTOP');
        await succession(world, leader.nodeId, performance.now());
        await pause(300);
        leader.signal('SIGCONT');
      }
      await pause(1000);
    },
  },
  {
    name: "the leader's event loop is blocked for 5 s",
    invariant: 'another leads within lease + 0.5 s, nobody is lost',
    nodes: ['A', 'B', 'C'],
    voids: OF_LOST,
    withdrawn: [DECLINED, UNANSWERED],
    lease: LEASE_TIMES,
    chaos: async (world) => {
      world.play(12);
      await pause(1000);
      const since = performance.now();
      const blocked = world.node('A').tell({ do: 'block', forMs: 5000 });
      const tookMs = await succession(world, 'A', since);
      assert.ok(tookMs <= LEASE_TIMES.leaseMs + BEYOND_MS, `${tookMs} ms`);
      await blocked;
      await pause(1000);
    },
  },
  {
    name: 'the leader stops while all play',
    invariant: `another leads within ${HANDOVER_MS} ms, who was there is told, nobody else is lost`,
    nodes: ['A', 'B', 'C'],
    voids: OF_LOST,
    withdrawn: [DECLINED],
    lease: LEASE_TIMES,
    chaos: async (world) => {
      world.play(9);
      await pause(1500);
      const lease = `"${tagOf(world.realm)}:lease:${QUEUE}"`;
      let [released, acquired] = [0, 0];
      const unwatch = monitor(world.redis.port, (command, atMs) => {
        if (command === `"DEL" ${lease}`) released ||= atMs;
        if (released > 0 && command.startsWith(`"SET" ${lease}`)) acquired ||= atMs;
      });
      const stopped = world.node('A').tell({ do: 'stop' });
      await succession(world, 'A', performance.now());
      await until('Redis says when', () => acquired > 0);
      unwatch();
      // By Redis's own clock, from the moment at which the lease was nobody's: nothing of it is how soon a test hears of it.
      assert.ok(acquired - released < HANDOVER_MS, `nobody led for ${acquired - released} ms`);
      await stopped;
      const before = world.node('B').of('elo').length;
      await until('they play on', () => world.node('B').of('elo').length > before + 2);
    },
  },
]);
test.run();

async function leaderOf(world: World): Promise<string> {
  let leader: string | undefined;
  await until('a leader', async () => {
    const lease = (await world.sampler.sample()).leases['duel'] ?? '';
    leader = world.alive.find(({ nodeId }) => lease.includes(`:${nodeId} `))?.nodeId;
    return leader !== undefined;
  });
  return leader as string;
}

async function killLeader(world: World, leader: string): Promise<number> {
  const since = performance.now();
  const taken = succession(world, leader, since);
  await world.node(leader).kill();
  return taken;
}
