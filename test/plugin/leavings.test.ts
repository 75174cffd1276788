/**
 * At every stage somebody leaves, or a server dies: nobody is stuck, whom it failed is back with the time already waited or free at once, within 2 s
 * of the stage's deadline, and nobody's Elo changes.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bus } from '../../bus/bus.ts';
import { DEFAULTS } from '../../plugin/config.ts';
import { HELD, type HeldAt, isBegun, LEAVINGS, type Leaving, nameOf } from './stages.ts';
import { INPUTS, TestWorld } from './world.ts';

const { answerMs, offerMs, joinMs, teamMs, idleMs, heartbeatMs, silenceMs } = DEFAULTS.queue.times;
const WITHIN_MS = 2000;

/** How long the stage may take. A server that is gone is found out by its second heartbeat, and its battle is over then at the latest. */
const TIME_MS: { readonly [stage in HeldAt]: number } = {
  ...{ asking: answerMs, offered: offerMs, joining: joinMs, teams: teamMs, validating: teamMs },
  // After the last input of the other one, one a second.
  battle: idleMs + 1000 * INPUTS,
};
const GONE_MS = heartbeatMs + silenceMs;
const reached = (world: TestWorld, stage: HeldAt): boolean =>
  stage === 'asking'
    ? world.of('found').length > 0
    : stage === 'offered'
      ? world.of('offered').length > 0
      : world.stages().includes(stage);

function play({ stage, who, event }: Leaving): void {
  // Of two who come in one step the one whose id is first is head.
  const [failing, innocent] = who === 'head' ? ['H', 'C'] : ['C', 'H'];
  const held = (bus: Bus, node: string): Bus => (node === failing ? { ...bus, ...HELD[stage](bus) } : bus);
  const world = new TestWorld({ nodes: ['L', 'M', 'H', 'C', 'X'], wire: held }).start();
  world.add('H', 'ada', 1000).add('C', 'cy', 1000);
  const player = (node: string): string => (node === 'H' ? 'ada' : 'cy');
  const [failed, other] = [player(failing), player(innocent)];
  for (let ms = 0; !reached(world, stage); ms += 10) {
    assert.ok(ms < 60_000, 'it is never reached');
    world.run(10);
  }
  const head = world.of('offered')[0]?.head.id;
  if (head !== undefined) assert.is(head, 'ada');
  const since = world.of('entered').find(({ id }) => id === other)?.at;
  const begun = isBegun(stage);
  if (event === 'leaves') {
    const removed = world.value(world.node(failing).remove(failed), 0);
    assert.is(removed, begun ? 'PLAYING' : { asking: 'queued', offered: 'offered', joining: 'joining' }[stage as string]);
  } else if (event === "'s server dies") world.kill(failing);
  else world.kill('L');
  // Nobody has to wait for a deadline who can know that the other one is gone.
  const isKnown = event === 'leaves' && !begun;
  world.run((isKnown ? 0 : Math.min(TIME_MS[stage], event === "'s server dies" ? GONE_MS : TIME_MS[stage])) + WITHIN_MS);
  if (begun) assert.is(world.notices(other).at(-1), 'void');
  else {
    const record = world.value(world.bus.snapshot('ranked'), 0).tickets.find(({ actor }) => actor.id === other);
    assert.is(record?.firstConsidered, since, `${other} is back with the time already waited`);
    // Whoever is held in its answers is asked and offered again and again: it never left.
    if (stage !== 'asking' || event === 'leaves') assert.is(record?.state, 'waiting');
  }
  assert.equal(world.of('elo'), []);
  for (const id of ['ada', 'cy']) assert.is(world.value(world.bus.rating('ranked', id)), null);
  // Nobody is stuck: it meets a third, and whoever failed is free as soon as it is known that its server is gone.
  if (begun) world.add(innocent, other, 1000);
  world.add('X', 'ann', 1000).run(GONE_MS + 10_000);
  assert.equal(
    world
      .of('elo')
      .map(({ id }) => id)
      .sort(),
    ['ann', other].sort(),
  );
  if (event !== 'is held, and the leader dies' || !['asking', 'joining'].includes(stage)) {
    const { tickets, offers, matches } = world.value(world.bus.snapshot('ranked'));
    assert.equal([tickets, offers, matches], [[], [], []]);
  }
  assert.equal(world.of('fault'), []);
}

for (const leaving of LEAVINGS) test(nameOf(leaving), () => play(leaving));

test.run();
