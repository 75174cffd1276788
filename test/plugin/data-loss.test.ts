/** The bus forgets everything: the servers say what they hold, what was played and is lost is void. In virtual time. */
import { defer, EMPTY } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bus } from '../../bus/bus.ts';
import type { Options } from '../../bus/options.ts';
import type { TicketRecord } from '../../bus/records.ts';
import { lossy, TestWorld } from './world.ts';

const apart: Options = { queues: { ranked: { pool: { curve: 'none' } } } };
const records = (world: TestWorld): TicketRecord[] => world.value(world.bus.snapshot('ranked')).tickets;
const waiting = (world: TestWorld): string[] =>
  records(world)
    .map(({ actor }) => actor.id)
    .sort();

test('who waited waits again, with the same ticket, Elo and time', () => {
  const world = new TestWorld({ nodes: ['L', 'A', 'B'], config: apart })
    .start()
    .add('A', 'joe', 1000)
    .add('B', 'bob', 3000)
    .run(9000);
  const before = records(world).sort((a, b) => (a.ticket < b.ticket ? -1 : 1));
  assert.is(before.length, 2);
  world.bus.lose();
  assert.equal(waiting(world), []);
  world.run(2000);
  assert.equal(
    records(world).sort((a, b) => (a.ticket < b.ticket ? -1 : 1)),
    before,
  );
  assert.is(world.of('dataLost').length, 1);
  assert.equal(world.of('withdrawn'), []);
  world.run(600_000);
  assert.equal(waiting(world), ['bob', 'joe'], 'and go on waiting');
});

test('nobody is matched for 5 s, then those who fit are, by their old times', () => {
  const world = new TestWorld({ nodes: ['L', 'A', 'B'] }).start().run(1000);
  world.bus.lose();
  world.add('A', 'joe', 1000).add('B', 'bob', 1000).run(4800);
  assert.equal(world.stages(), []);
  world.run(40_000);
  assert.equal(
    world
      .of('elo')
      .map(({ id }) => id)
      .sort(),
    ['bob', 'joe'],
  );
});

test('an offer that was lost: both wait again, and are matched', () => {
  const world = new TestWorld({
    nodes: ['L', 'A', 'B'],
    players: { joe: { acceptAfterMs: 4000 }, bob: { acceptAfterMs: 4000 } },
  });
  world.start().add('A', 'joe', 1000).add('B', 'bob', 1000).run(2000);
  assert.is(world.of('asked').length, 2);
  world.bus.lose();
  world.run(1000);
  assert.equal(
    world
      .of('back')
      .map(({ id }) => id)
      .sort(),
    ['bob', 'joe'],
  );
  world.run(60_000);
  assert.is(world.of('elo').length, 2);
});

test('a battle that was lost is void on both sides, and nobody’s Elo changes', () => {
  const world = new TestWorld({ nodes: ['L', 'A', 'B'] }).start().add('A', 'joe', 1000).add('B', 'bob', 1000).run(5000);
  assert.is(world.stages().at(-1), 'battle');
  world.bus.lose();
  world.run(2000);
  assert.equal(
    world
      .of('void')
      .map(({ id, reason }) => [id, reason])
      .sort(),
    [
      ['bob', 'StoreLost'],
      ['joe', 'StoreLost'],
    ],
  );
  assert.equal(
    world.seen.map(({ end }) => end?.kind),
    ['void', 'void'],
  );
  world.run(60_000);
  assert.equal(world.of('elo'), []);
  assert.type(world.tryAdd('A', { id: 'joe' }).ticket, 'string');
});

test('a result of the last two minutes that was lost is an incident; an older one is not', () => {
  for (const [ms, incidents] of [
    [60_000, 2],
    [200_000, 0],
  ] as const) {
    const world = new TestWorld({ nodes: ['L', 'A', 'B'] }).start().add('A', 'joe', 1000).add('B', 'bob', 1000).run(15_000);
    assert.is(world.of('elo').length, 2);
    world.run(ms);
    world.bus.lose();
    world.run(2000);
    assert.is(world.of('incident').filter(({ code }) => code === 'StoreLost').length, incidents);
    assert.is(world.value(world.bus.rating('ranked', 'joe')), null, 'and changes no Elo');
  }
});

test('a server that was cut off during it says later what it holds', () => {
  let cut = false;
  const wire = (bus: Bus, node: string): Bus =>
    node === 'A'
      ? { ...lossy(bus, () => (cut ? 0 : 1)), alive: (request) => defer(() => (cut ? EMPTY : bus.alive(request))) }
      : bus;
  const world = new TestWorld({ nodes: ['L', 'A', 'B'], wire, config: apart }).start().add('A', 'joe', 1000).run(9000);
  const [joe] = records(world);
  cut = true;
  world.bus.lose();
  world.run(20_000);
  assert.equal(waiting(world), []);
  cut = false;
  world.run(60_000);
  assert.equal(records(world), [joe]);
});

test('who was added elsewhere meanwhile is not taken in twice', () => {
  let cut = false;
  const wire = (bus: Bus, node: string): Bus =>
    node === 'A'
      ? { ...lossy(bus, () => (cut ? 0 : 1)), alive: (request) => defer(() => (cut ? EMPTY : bus.alive(request))) }
      : bus;
  const world = new TestWorld({ nodes: ['L', 'A', 'B'], wire, config: apart }).start().add('A', 'joe', 1000).run(1000);
  cut = true;
  world.bus.lose();
  world.run(1000);
  world.tryAdd('B', { id: 'joe', elo: 1000 });
  cut = false;
  world.run(60_000);
  assert.equal(
    records(world).map(({ node }) => node),
    ['B'],
  );
  assert.equal(
    world.of('withdrawn').map(({ node }) => node),
    ['A'],
  );
});

test('lost again and again: everybody is there in the end, once', () => {
  const world = new TestWorld({ nodes: ['L', 'A', 'B'], config: apart })
    .start()
    .add('A', 'joe', 1000)
    .add('B', 'bob', 3000)
    .run(1000);
  const before = records(world).length;
  for (const ms of [0, 1, 10, 500, 4000]) {
    world.bus.lose();
    world.run(ms);
  }
  world.run(60_000);
  assert.is(records(world).length, before);
  assert.equal(world.of('fault'), []);
});

test.run();
