/** The whole way on two nodes: queue, tick, factory, arena, battle, Elo. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { randomOf } from '../../scripts/random.ts';
import { INPUTS, lossy, TestWorld } from './world.ts';

const joeAndBob = (world: TestWorld): TestWorld => world.start().add('A', 'joe', 1050).add('B', 'bob', 1060).run(100);

test('two players on two nodes: matched, begun, fought, rated', () => {
  const world = joeAndBob(new TestWorld()).run(30_000);
  assert.equal(world.stages(), ['joining', 'teams', 'validating', 'battle', 'rated', 'closed']);
  // Both queued in the same step: Bob is head and side 0, which wins.
  assert.equal(
    world.of('elo').map(({ id, side, old, new: now, delta }) => [id, side, old, now, delta]),
    [
      ['bob', 0, 1060, 1076, 16],
      ['joe', 1, 1050, 1034, -16],
    ],
  );
  for (const player of ['joe', 'bob']) assert.equal(world.notices(player), ['queued', 'matched', 'begun', 'elo', 'rematch']);
  assert.equal(world.of('fault'), []);
  assert.equal(world.of('incident'), []);
  assert.equal(world.of('refused'), []);
});

test('both servers are given the same battle and apply the same turns in the same order, their own too', () => {
  const world = joeAndBob(new TestWorld()).run(30_000);
  const [one, two] = world.seen;
  assert.ok(one && two && world.seen.length === 2);
  assert.is(one.setup.seed, two.setup.seed);
  assert.equal(one.setup.teams, ['team of bob', 'team of joe']);
  assert.equal(one.setup.teams, two.setup.teams);
  assert.equal(one.setup.sides, two.setup.sides);
  assert.equal([one.setup.side, two.setup.side].sort(), [0, 1]);
  assert.is(one.actor.side, two.actor.localSide);
  assert.equal(one.turns, two.turns);
  assert.is(one.turns.length, 2 * INPUTS);
  // The log opens with BEGIN, two TEAMs and START; what follows has no hole.
  assert.equal(
    one.turns.map(({ turn }) => turn),
    Array.from({ length: 2 * INPUTS }, (_, index) => index + 5),
  );
  assert.equal(one.end, { kind: 'elo', winner: 0 });
});

test('who has played is free again, and the realm keeps the new rating', () => {
  const world = joeAndBob(new TestWorld()).run(30_000);
  const again = world.tryAdd('A', { id: 'joe' });
  assert.is(again.elo, 1034);
  assert.is(world.value(world.bus.rating('ranked', 'bob')), 1076);
});

test('a new player has the initial Elo', () => {
  const world = new TestWorld({ config: { queues: { ranked: { elo: { initial: 1200 } } } } }).start();
  assert.is(world.tryAdd('A', { id: 'newcomer' }).elo, 1200);
});

test('turns that are lost or doubled on the way are fetched and dropped: both sides see the same', () => {
  let dropped = 0;
  let doubled = 0;
  for (let seed = 0; seed < 20; seed++) {
    const random = randomOf(seed, 'lossy');
    const wire = new TestWorld({
      wire: (bus) =>
        lossy(bus, ({ kind }) => {
          if (kind !== 'TURN' && kind !== 'TEAM' && kind !== 'START' && kind !== 'BEGIN') return 1;
          const fate = random.fraction();
          if (fate < 0.2) dropped++;
          else if (fate < 0.4) doubled++;
          return fate < 0.2 ? 0 : fate < 0.4 ? 2 : 1;
        }),
    });
    const world = joeAndBob(wire).run(180_000);
    const [one, two] = world.seen;
    assert.ok(one && two, `seed ${seed}`);
    assert.equal(one.turns, two.turns, `seed ${seed}`);
    assert.is(one.turns.length, 2 * INPUTS, `seed ${seed}`);
    assert.is(world.stages().at(-1), 'closed', `seed ${seed}`);
  }
  assert.ok(dropped > 50 && doubled > 50, 'the wire was lossy');
});

test('a side that hears none of a battle as it goes learns of it by the announced turn number, and says so', () => {
  const deaf = new TestWorld({
    players: { bob: { overAfterMs: 0 } },
    wire: (bus, node) => (node === 'B' ? lossy(bus, ({ kind }) => (kind === 'TURN' ? 0 : 1)) : bus),
  });
  const world = joeAndBob(deaf).run(60_000);
  const [one, two] = world.seen;
  assert.equal(one?.turns, two?.turns);
  assert.is(world.stages().at(-1), 'closed');
  const incidents = world.of('incident').map(({ code, node }) => `${code} ${node}`);
  assert.ok(incidents.length > 0 && incidents.every((each) => each === 'ExceededTurnOrderError B'));
});

test('players of one node meet too; without `sameNode` they do not; without `ratedSameNode` nothing changes', () => {
  const together = (queue: object): TestWorld =>
    new TestWorld({ config: { queues: { ranked: queue } } }).start().add('A', 'joe', 1000).add('A', 'ann', 1000).run(40_000);
  assert.is(together({}).of('elo').length, 2);
  assert.is(together({ sameNode: false }).of('elo').length, 0);
  assert.equal(
    together({ ratedSameNode: false })
      .of('elo')
      .map(({ delta, old, new: now }) => [delta, old, now]),
    [
      [0, 1000, 1000],
      [0, 1000, 1000],
    ],
  );
});

test('queues do not mix', () => {
  const world = new TestWorld({ config: { queues: { duel: {}, brawl: {} } } }).start();
  world.tryAdd('A', { id: 'joe', queue: 'duel' });
  world.tryAdd('B', { id: 'bob', queue: 'brawl' });
  world.run(120_000);
  assert.is(world.of('offered').length, 0);
  world.tryAdd('B', { id: 'ann', queue: 'duel' });
  world.run(120_000);
  assert.equal(
    world
      .of('elo')
      .map(({ id }) => id)
      .sort(),
    ['ann', 'joe'],
  );
});

test('forty players: everybody plays at most once at a time, and the sum of Elo stays', () => {
  const world = new TestWorld({ nodes: ['A', 'B', 'C'] }).start();
  const random = randomOf(1, 'forty');
  let before = 0;
  for (let index = 0; index < 40; index++) {
    const elo = Math.round(random.normal(1000, 200));
    before += elo;
    world.add(['A', 'B', 'C'][index % 3] as string, `p${index}`, elo).run(500);
  }
  world.run(600_000);
  const after = world.of('elo');
  assert.is(after.length, 40);
  assert.is(new Set(after.map(({ id }) => id)).size, 40);
  assert.is(
    after.reduce((sum, { new: now }) => sum + now, 0),
    before,
  );
});

test('newcomers move faster, who is rated high moves slower; all of it is in their histories, and by the ladder alone', () => {
  const elo = { provisional: { games: 1, k: 64 }, kByRating: [{ from: 1030, k: 8 }], keptResults: 1 };
  const world = new TestWorld({ config: { queues: { ranked: { ratings: 'ladder', elo } } } }).start();
  const play = (): void => {
    world.add('A', 'joe').add('B', 'bob').run(60_000);
  };
  play();
  assert.equal(
    world.of('elo').map(({ delta }) => Math.abs(delta)),
    [32, 32],
  );
  play();
  const [, , { old, delta } = { old: 0, delta: 0 }] = world.of('elo').filter(({ id }) => id === 'joe' || id === 'bob');
  assert.ok(old === 1032 || old === 968);
  // The mean of 8 and 32, and who is ahead by 64 was expected to score 0.59.
  assert.ok([8, 12].includes(Math.abs(delta)), String(delta));
  const { games, last } = world.value(world.bus.history('ranked', null, 'joe'));
  assert.equal([games, last.length], [2, 1]);
  assert.is(world.value(world.bus.rating('ranked', 'joe')), last[0]?.new);
});

test.run();
