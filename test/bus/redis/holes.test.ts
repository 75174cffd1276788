/** Battles over a real Redis of which a fifth of what is published is lost and a fifth doubled, while the log is out of reach for a while: equal on both sides. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TimeSettings } from '../../../bus/options.ts';
import { type BattleTurn, type Host, type JaegerEvent, jaeger, type RedisBus, redisBus } from '../../../plugin/index.ts';
import { realScheduler } from '../../../plugin/runtime.ts';
import { hashOf, randomOf } from '../../../scripts/random.ts';
import { pause, type RedisServer, startRedis, until } from '../../../scripts/redis.ts';
import { CUT_MS, holed } from '../../plugin/holed.ts';
import { SEED } from '../../seed.ts';

const PAIRS = 6;
const INPUTS = 60;
/** One input of each side in this time: a battle lasts longer than the log is out of reach. */
const INPUT_MS = [40, 160] as const;
const TIMES: TimeSettings = { newestMs: 500, teamMs: 20_000, joinMs: 20_000 };

interface Battle {
  readonly matchId: string;
  readonly turns: BattleTurn[];
  digest: string;
}

const test = suite('battles over Redis');
let redis: RedisServer | undefined;
test.before(async () => {
  redis = await startRedis();
});
test.after(async () => redis?.stop());

test(`a fifth is lost, a fifth doubled, the log is out of reach for ${CUT_MS} ms: equal digests, and rated`, async () => {
  const says = `JAEGER_SEED=${SEED}`;
  const battles: Battle[] = [];
  const events: JaegerEvent[] = [];
  let cutAt: number | undefined;
  const host: Host = {
    tell: () => undefined,
    accept: () => true,
    team: (actor) => `team of ${actor.id}`,
    validate: () => null,
    battle: async ({ matchId, seed, side }, opponent) => {
      const battle: Battle = { matchId, turns: [], digest: '' };
      battles.push(battle);
      opponent.onTurn((turn) => {
        battle.turns.push(turn);
        battle.digest = hashOf(seed + battle.digest + turn.side + turn.data);
        if (battle.turns.length === 2 * INPUTS) opponent.over(0, battle.digest);
        return battle.digest;
      });
      const random = randomOf(SEED, `${matchId} ${side}`);
      for (let number = 0; number < INPUTS; number++) {
        await pause(random.integer(...INPUT_MS));
        opponent.send(`${side} ${number}`);
      }
    },
  };
  const wire = holed({ random: randomOf(SEED, 'fates'), cutAt: () => cutAt, mostInARow: 3 });
  const buses: RedisBus[] = [];
  const nodes = ['L', 'A', 'B'].map((nodeId) => {
    const bus = redisBus(redis?.url as string, { realm: 'holes', nodeId });
    buses.push(bus);
    const holes = wire(bus, nodeId, realScheduler);
    const node = jaeger({ nodeId, realm: 'holes', queues: { ranked: { times: TIMES } } }, host, { bus: holes });
    node.events$.subscribe((event) => events.push(event));
    return node;
  });
  const of = <K extends JaegerEvent['kind']>(kind: K) =>
    events.filter((event): event is Extract<JaegerEvent, { kind: K }> => event.kind === kind);
  try {
    for (const node of nodes) await node.start();
    for (let pair = 0; pair < PAIRS; pair++) {
      // Too far from the other pairs to meet them.
      await nodes[1]?.add({ id: `joe${pair}`, elo: 1000 * pair });
      await nodes[2]?.add({ id: `bob${pair}`, elo: 1000 * pair });
    }
    await until('all fight', () => battles.filter(({ turns }) => turns.length > 10).length === 2 * PAIRS, 20_000);
    cutAt = realScheduler.now();
    await until('all are rated', () => of('elo').length === 2 * PAIRS, 40_000);
    assert.ok(realScheduler.now() > cutAt + CUT_MS, 'they outlasted it');
    for (const { matchId, turns, digest } of battles) {
      const other = battles.findLast((each) => each.matchId === matchId);
      assert.equal([turns, digest], [other?.turns, other?.digest], says);
      assert.is(turns.length, 2 * INPUTS, says);
    }
    assert.equal([of('void'), of('fault')], [[], []], says);
  } finally {
    for (const node of nodes) await node.stop();
    for (const bus of buses) await bus.close();
  }
});

test.run();
