/**
 * The same random transitions through the embedded bus and through Redis: every answer, every message and every record is the same, times and
 * ids included, for both worlds have the same clock. In Redis all is signed.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Fence } from '../../../bus/bus.ts';
import { memoryBus } from '../../../bus/memory.ts';
import type { Message } from '../../../bus/messages.ts';
import { type Random, randomOf } from '../../../scripts/random.ts';
import { type RedisServer, startRedis } from '../../../scripts/redis.ts';
import { VirtualTime } from '../../../scripts/virtual-time.ts';
import { Scene, type World } from '../conformance/scene.ts';
import type { Move } from './move.ts';
import { tour } from './tour.ts';
import { inOrder, MATCHES, PLAYERS, QUEUES, TICKETS, Walk } from './walk.ts';
import { REQUESTS, secretOf } from './walk-instants.ts';
import { redisWorld } from './world.ts';

const START_MS = 1_700_000_000_123;
const WALKS = 25;
const STEPS = 150;
const SEED = process.env['JAEGER_SEED'] ?? String(Math.floor(Math.random() * 1e9));

const WAITS = [0, 1, 1, 1, 10, 700, 700, 5000, 10_000, 20_001, 600_001, 3_600_001];

function memoryWorld(): World {
  const time = new VirtualTime(START_MS);
  return {
    bus: memoryBus({ scheduler: time }),
    settle: async () => time.runUntil(time.now()),
    advance: async (ms) => time.runUntil(time.now() + ms),
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

const test = suite('the Redis bus does what the embedded bus does');
let server: RedisServer;
test.before(async () => {
  server = await startRedis();
});
test.after(() => server.stop());

/** What is done, one move after the other. */
type Way = (fences: ReadonlyMap<string, Fence>, scene: Scene, random: Random) => AsyncIterable<Move>;

/** Every message that scripts say. */
const SAID = 'ENTERED LEFT CONFIRM DECLINE JOINED LEFT_MATCH TEAM_IN VALID VALIDATION_ERROR STORE_LOST BATTLE_OVER ELO_TAKEN';
const LED = 'OFFER WITHDRAWN BACK SUCCESS CANCELLED BEGIN TEAM START TURN ELO VOID';
const ASKED = 'INSTANT_MATCH INSTANT_MATCH_WAITLIST MOVED OPENED REMATCH';
const ALL_SAID = `${SAID} ${LED} ${ASKED} ALIVE GOODBYE REJOIN`.split(' ').sort();

/** Goes a way through both; returns the kinds of what was heard. `rests`: how often something is asked again, or time passes. */
async function go(name: string, way: Way, rests: number): Promise<ReadonlySet<string>> {
  const worlds = [
    memoryWorld(),
    await redisWorld(server.url, { signing: { secret: 'a secret that nobody can guess', node: 'A' } }),
  ] as const;
  const scenes = [new Scene(worlds[0]), new Scene(worlds[1])] as const;
  const moves: string[] = [];
  try {
    const fences = new Map<string, Fence>();
    const heard: Message[][][] = [];
    for (const scene of scenes) {
      const leases = QUEUES.map((queue) => scene.campaign(queue).leases);
      await scene.settle();
      for (const [lease] of leases) fences.set(lease?.queue ?? '', { ...(lease as Fence) });
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
    for await (const [what, ask] of way(fences, scenes[0], random)) {
      moves.push(what);
      const [expected, actual] = [await scenes[0].ask(ask(scenes[0].bus)), await scenes[1].ask(ask(scenes[1].bus))];
      assert.equal(actual, expected);
      // The same once more: what is asked again after a reply was lost.
      if (random.fraction() < rests) {
        moves.push('the same again');
        assert.equal(await scenes[1].ask(ask(scenes[1].bus)), await scenes[0].ask(ask(scenes[0].bus)));
      }
      if (random.fraction() < rests) {
        const ms = WAITS[random.integer(0, WAITS.length - 1)] as number;
        moves.push(`${ms} ms pass`);
        for (const scene of scenes) {
          await scene.advance(ms);
          // The embedded bus lets go of what is past its keeping when it next looks at its clock.
          await scene.ask(scene.bus.clock());
        }
      }
      assert.equal(heard[1], heard[0], 'what is heard');
      if (step++ % 10 === 0) assert.equal(await everything(scenes[1]), await everything(scenes[0]));
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
