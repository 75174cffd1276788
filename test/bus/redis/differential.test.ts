/**
 * The same random transitions through the embedded bus and through Redis: every answer, every message and everything that is held after it is the
 * same, times and ids included, for both worlds have the same clock. In Redis all is signed.
 */

import { Redis } from 'ioredis';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Fence, Lease } from '../../../bus/bus.ts';
import { type MemoryBus, memoryBus } from '../../../bus/memory.ts';
import type { Message } from '../../../bus/messages.ts';
import { tagOf } from '../../../bus/rooms.ts';
import { type Random, randomOf } from '../../../scripts/random.ts';
import { type RedisServer, startRedis } from '../../../scripts/redis.ts';
import { VirtualTime } from '../../../scripts/virtual-time.ts';
import { type Campaign, Scene, type World } from '../conformance/scene.ts';
import { settable } from '../settable.ts';
import type { Deed, Hands, Move } from './move.ts';
import { differences } from './state.ts';
import { type Leading, stateOfMemory } from './state-of-memory.ts';
import { checkChanges, dumpOf, stateOfRedis } from './state-of-redis.ts';
import { tour } from './tour.ts';
import { inOrder, MATCHES, PLAYERS, QUEUES, TICKETS, Walk } from './walk.ts';
import { REQUESTS, secretOf } from './walk-instants.ts';
import { redisWorld } from './world.ts';

const START_MS = 1_700_000_000_123;
const WALKS = 16;
const STEPS = 150;
const SEED = process.env['JAEGER_SEED'] ?? String(Math.floor(Math.random() * 1e9));

const WAITS = [0, 1, 1, 1, 10, 700, 700, 5000, 10_000, 20_001, 600_001, 3_600_001];
/** Rarely: beyond what is kept for a day, and for a week. */
const LONG_WAITS = [86_400_000, 8 * 86_400_000];
/** So long that little is asked for while a day passes. */
const LEASE = { renewMs: 7_200_000, deadlineMs: 14_400_000, leaseMs: 21_600_000 };

function memoryWorld(): World & { bus: MemoryBus } {
  const time = new VirtualTime(START_MS);
  const scheduler = settable(time);
  return {
    bus: memoryBus({ scheduler }),
    settle: async () => time.runUntil(time.now()),
    advance: async (ms) => time.runUntil(time.now() + ms),
    setBack: async (ms) => scheduler.setBack(ms),
    close: async () => undefined,
  };
}

const everything = async (scene: Scene): Promise<unknown> => ({
  snapshots: [await scene.snapshot('duel'), await scene.snapshot('other')],
  matches: await scene.askAll(MATCHES.map((id) => scene.bus.match(id))),
  logs: await scene.askAll(MATCHES.map((id) => scene.bus.log(id, 1, 100))),
  incidents: await scene.ask(scene.bus.incidents(null, 1000)),
  closed: await scene.ask(scene.bus.closed()),
  signs: inOrder(await scene.ask(scene.bus.lastSigns())),
  counts: await scene.ask(scene.bus.counts()),
  players: await scene.askAll(PLAYERS.map((player) => scene.bus.player(player))),
  ladders: await scene.askAll(
    QUEUES.flatMap((queue) => [null, 'spring'].map((season) => scene.bus.ladder(queue, season, 0, 100))),
  ),
  pending: await scene.askAll(QUEUES.map((queue) => scene.bus.pending(queue, 100))),
  ratings: await scene.askAll(QUEUES.flatMap((queue) => PLAYERS.map((player) => scene.bus.rating(queue, player)))),
  histories: await scene.askAll(
    QUEUES.flatMap((queue) =>
      [null, 'spring'].flatMap((season) => PLAYERS.map((player) => scene.bus.history(queue, season, player))),
    ),
  ),
  seasons: await scene.askAll(QUEUES.map((queue) => scene.bus.seasons(queue))),
  agreed: await scene.askAll(QUEUES.map((queue) => scene.bus.agreed(queue))),
  queues: await scene.ask(scene.bus.queues()),
  standings: await scene.askAll(TICKETS.map((ticket) => scene.bus.standing(ticket))),
});

/** Who campaigns in one of the worlds, and what it was told. */
class Campaigns implements Hands {
  private readonly scene: Scene;
  private readonly loseData: () => Promise<unknown>;
  /** In the order in which they came, by queue. */
  private readonly lines = new Map(
    QUEUES.map((queue) => [queue, [] as { readonly node: string; readonly campaign: Campaign }[]]),
  );
  /** What everybody was told. */
  readonly leases: { readonly node: string; readonly leases: readonly (Lease | null)[] }[] = [];
  readonly newest = new Map<string, Lease>();

  constructor(scene: Scene, loseData: () => Promise<unknown>) {
    this.scene = scene;
    this.loseData = loseData;
  }

  async campaign(queue: string, node: string): Promise<void> {
    const line = this.line(queue);
    const at = line.findIndex((each) => each.node === node);
    if (at >= 0) line.splice(at, 1)[0]?.campaign.stop();
    else this.start(queue, node);
    await this.scene.settle();
  }

  async lose(): Promise<void> {
    // No process is back within a second, and nothing that was lost is as new as what comes then.
    await this.scene.advance(1000);
    const before = QUEUES.map((queue) => [queue, this.line(queue).splice(0)] as const);
    for (const { campaign } of before.flatMap(([, line]) => line.reverse())) campaign.stop();
    await this.scene.settle();
    await this.loseData();
    for (const [queue, line] of before)
      for (const { node } of line.length > 0 ? line.reverse() : [{ node: 'A' }]) {
        this.start(queue, node);
        await this.scene.settle();
      }
  }

  /** Keeps what came last, as it is now. */
  look(): void {
    for (const { leases } of this.leases) {
      const lease = leases.at(-1);
      if (lease && lease.epoch > (this.newest.get(lease.queue)?.epoch ?? 0)) this.newest.set(lease.queue, { ...lease });
    }
  }

  get leading(): Leading[] {
    return QUEUES.map((queue) => ({
      queue,
      epoch: this.newest.get(queue)?.epoch,
      line: this.line(queue).map(({ node }) => node),
    }));
  }

  private line(queue: string) {
    return this.lines.get(queue) as { readonly node: string; readonly campaign: Campaign }[];
  }

  private start(queue: string, node: string): void {
    const campaign = this.scene.campaign(queue, node);
    this.line(queue).push({ node, campaign });
    this.leases.push({ node, leases: campaign.leases });
  }
}

const test = suite('the Redis bus does what the embedded bus does');
let server: RedisServer;
let redis: Redis;
test.before(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});
test.after(async () => {
  redis.disconnect();
  await server.stop();
});

/** Redis without its data; the test's own clock goes on. */
async function loseKeys(tag: string): Promise<void> {
  const keys = (await redis.keys(`${tag}:*`)).filter((key) => !key.startsWith(`${tag}:test:`));
  if (keys.length > 0) await redis.del(keys);
  await redis.del(`${tag}:test:lives`);
}

/** What is done, one move after the other. */
type Way = (fences: ReadonlyMap<string, Fence>, scene: Scene, random: Random) => AsyncIterable<Move | Deed>;

/** Every message that scripts say. */
const SAID = 'ENTERED LEFT CONFIRM DECLINE JOINED LEFT_MATCH TEAM_IN VALID VALIDATION_ERROR STORE_LOST BATTLE_OVER ELO_TAKEN';
const LED = 'OFFER WITHDRAWN BACK SUCCESS CANCELLED BEGIN TEAM START TURN ELO VOID';
const ASKED = 'INSTANT_MATCH INSTANT_MATCH_WAITLIST MOVED OPENED REMATCH';
const ALL_SAID = `${SAID} ${LED} ${ASKED} ALIVE GOODBYE REJOIN`.split(' ').sort();

/** Goes a way through both; returns the kinds of what was heard. `rests`: how often something is asked again, or time passes. */
async function go(name: string, way: Way, rests: number): Promise<ReadonlySet<string>> {
  const signing = { secret: 'a secret that nobody can guess', node: 'A' };
  const memory = memoryWorld();
  const worlds = [memory, await redisWorld(server.url, { signing, lease: LEASE }, 'set')] as const;
  const scenes = [new Scene(worlds[0]), new Scene(worlds[1])] as const;
  const tag = tagOf(worlds[1].bus.realm);
  const hands = [
    new Campaigns(scenes[0], async () => memory.bus.lose()),
    new Campaigns(scenes[1], async () => {
      await loseKeys(tag);
      dump = await dumpOf(redis, tag);
    }),
  ] as const;
  let dump = await dumpOf(redis, tag);
  const compare = async (): Promise<void> => {
    for (const each of hands) each.look();
    assert.equal(hands[1].leases, hands[0].leases, 'leases');
    const next = await dumpOf(redis, tag);
    const now = memory.bus.store.now();
    const [actual, expected] = [stateOfRedis(next, now, LEASE), stateOfMemory(memory.bus.store, hands[0].leading)];
    assert.equal(differences(actual, expected), []);
    checkChanges(dump, next);
    dump = next;
  };
  const moves: string[] = [];
  try {
    const fences = new Map<string, Fence>();
    const heard: Message[][][] = [];
    const does = (move: Move | Deed, at: 0 | 1): Promise<unknown> =>
      'does' in move ? move.does(hands[at]) : scenes[at].ask(move[1](scenes[at].bus));
    for (const [at, scene] of scenes.entries()) {
      for (const queue of QUEUES) await hands[at as 0 | 1].campaign(queue, 'A');
      const { jaeger, waiting, challenge, heartbeat } = scene.bus.rooms;
      const { instant, instantWaitlist } = scene.bus.rooms;
      const rooms = [heartbeat, ...QUEUES.map(jaeger), ...TICKETS.map(waiting), ...MATCHES.map((id) => challenge(`s${id}`))];
      rooms.push(...QUEUES.map(instantWaitlist), ...REQUESTS.map((ticket) => instant(secretOf(ticket))));
      const messages: Message[][] = [];
      for (const room of rooms) messages.push(await scene.hear(room));
      heard.push(messages);
    }
    const random = randomOf(SEED, name);
    let step = 0;
    await compare();
    for (const [queue, { generation, epoch }] of hands[0].newest) fences.set(queue, { queue, generation, epoch });
    for await (const move of way(fences, scenes[0], random)) {
      moves.push('does' in move ? move.name : move[0]);
      const [expected, actual] = [await does(move, 0), await does(move, 1)];
      assert.equal(actual, expected);
      // The same once more: what is asked again after a reply was lost.
      if (random.fraction() < rests) {
        moves.push('the same again');
        assert.equal(await does(move, 1), await does(move, 0));
      }
      if (random.fraction() < rests) {
        const waits = random.fraction() < 0.05 ? LONG_WAITS : WAITS;
        const ms = waits[random.integer(0, waits.length - 1)] as number;
        moves.push(`${ms} ms pass`);
        for (const scene of scenes) {
          await scene.advance(ms);
          // The embedded bus lets go of what is past its keeping when it next looks at its clock.
          await scene.ask(scene.bus.clock());
        }
      }
      assert.equal(heard[1], heard[0], 'what is heard');
      await compare();
      for (const [queue, { generation, epoch }] of hands[0].newest) fences.set(queue, { queue, generation, epoch });
      if (step++ % 50 === 0) assert.equal(await everything(scenes[1]), await everything(scenes[0]));
    }
    assert.equal(await everything(scenes[1]), await everything(scenes[0]));
    assert.equal([scenes[1].errors, scenes[0].errors], [[], []]);
    assert.equal(scenes[1].bus.refused, scenes[0].bus.refused);
    return new Set(heard.flat(2).map(({ kind }) => kind));
  } catch (error) {
    process.stderr.write(`JAEGER_SEED=${SEED}, ${name}:\n${moves.slice(-25).join('\n')}\n`);
    throw error;
  } finally {
    for (const scene of scenes) await scene.close();
  }
}

for (let number = 0; number < WALKS; number++)
  test(`walk ${number} of seed ${SEED}`, async () => {
    const kinds = await go(
      `walk ${number}`,
      async function* (fences, scene, random) {
        const walk = new Walk(random, fences, scene, number % 2 === 0 ? 0 : 0.4);
        for (let step = 0; step < STEPS; step++) yield await walk.next();
      },
      0.15,
    );
    for (const kind of kinds) assert.ok(ALL_SAID.includes(kind), `the tour does not come by ${kind}`);
  });

test('a tour comes by every message of a script, and of a match', async () => {
  const kinds = await go('tour', (fences, scene) => tour(scene, fences.get('duel') as Fence), 0);
  assert.equal([...kinds].sort(), ALL_SAID);
});

test.run();
