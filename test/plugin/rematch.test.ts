/** Rematches on whole nodes: both ask within the time, sides swapped; everything that ends the chance. */
import { delay, NEVER, type Observable } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Answered } from '../../bus/bus.ts';
import type { QueueOptions } from '../../bus/options.ts';
import { AddError } from '../../plugin/errors.ts';
import { lossy, TestWorld, type WorldGiven } from './world.ts';

type Answer = 'asked' | 'matched' | 'declined';

/** Joe of A and Bob of B have just played. */
function played(queue: QueueOptions = {}, given: WorldGiven = {}): TestWorld {
  const config = { queues: { duel: { ...queue }, other: {} } };
  const world = new TestWorld({ config, ...given }).start();
  for (const [node, id] of [
    ['A', 'joe'],
    ['B', 'bob'],
  ] as const)
    world.node(node).add({ id, queue: 'duel', elo: 1000 }).subscribe();
  return over(world, 1);
}

/** Until so many matches are over on both sides. */
function over(world: TestWorld, matches: number): TestWorld {
  for (let ms = 0; ms < 120_000 && world.of('elo').length < 2 * matches; ms += 100) world.run(100);
  assert.is(world.of('elo').length, 2 * matches);
  return world.run(100);
}

const ask = (world: TestWorld, node: string, id: string, wants = true): Answer =>
  world.value(world.node(node).rematch(id, wants), 10);
const refusal = (world: TestWorld, node: string, id: string): string => {
  try {
    return ask(world, node, id);
  } catch (error) {
    assert.instance(error, AddError);
    return (error as AddError).problems.map(({ expected }) => expected).join();
  }
};
const NONE = 'one whose match has just ended';
const said = (world: TestWorld, player: string): string[] =>
  world
    .of('rematch')
    .filter(({ id }) => id === player)
    .map(({ said: what }) => what);

test('that one asks is not heard: it is said again, and the other one is told once', () => {
  let lost = 0;
  const world = played(
    {},
    { wire: (bus, node) => lossy(bus, (message) => (node === 'B' && message.kind === 'REMATCH' && lost++ === 0 ? 0 : 1)) },
  );
  assert.is(ask(world, 'A', 'joe'), 'asked');
  assert.equal(said(world, 'bob'), []);
  world.run(5000);
  assert.equal(said(world, 'bob'), ['otherAsked']);
  world.run(15_000);
  assert.ok(lost > 2);
  assert.equal(said(world, 'bob'), ['otherAsked']);
  assert.is(ask(world, 'B', 'bob'), 'matched');
});

test('both ask: they play once more, sides swapped, rated again with the new Elos, and once more after that', () => {
  const world = played();
  assert.equal(
    world.told
      .filter(({ player }) => player === 'joe')
      .map(({ notice }) => notice.kind)
      .slice(-2),
    ['elo', 'rematch'],
  );
  const [first] = world.of('begun');
  assert.is(ask(world, 'A', 'joe'), 'asked');
  assert.is(ask(world, 'A', 'joe'), 'asked', 'asked again');
  assert.equal(said(world, 'bob'), ['otherAsked']);
  assert.is(ask(world, 'B', 'bob'), 'matched');
  over(world, 2);
  const elos = world.of('elo');
  for (const id of ['joe', 'bob']) {
    const [one, two] = elos.filter((each) => each.id === id);
    assert.ok(one && two && first);
    assert.is(two.old, one.new);
    assert.is(two.side, one.side === 0 ? 1 : 0);
  }
  assert.is(world.value(world.bus.rating('duel', 'joe')), elos.filter(({ id }) => id === 'joe').at(-1)?.new);
  assert.is(ask(world, 'B', 'bob'), 'asked');
  assert.is(ask(world, 'A', 'joe'), 'matched');
  over(world, 3);
  assert.equal([...world.of('fault'), ...world.of('incident')], []);
});

test('both ask at the same moment, and the news of it is lost', () => {
  const wire: WorldGiven['wire'] = (bus) => lossy(bus, ({ kind }) => (kind === 'REMATCH' || kind === 'INSTANT_MATCH' ? 0 : 1));
  const world = played({}, { wire });
  for (const [node, id] of [
    ['A', 'joe'],
    ['B', 'bob'],
  ] as const)
    world.node(node).rematch(id, true).subscribe();
  over(world, 2);
});

test('after an instant match too, unrated as that was', () => {
  const world = new TestWorld({ config: { queues: { duel: { instant: {} } } } }).start();
  for (const [node, id] of [
    ['A', 'joe'],
    ['B', 'bob'],
  ] as const)
    world.run(1).node(node).instant({ id }).subscribe();
  over(world, 1);
  ask(world, 'A', 'joe');
  ask(world, 'B', 'bob');
  over(world, 2);
  assert.ok(world.of('elo').every(({ delta }) => delta === 0));
});

test('nobody else can ask, nobody before a match has ended, and nobody after the time', () => {
  const world = played();
  assert.is(refusal(world, 'A', 'bob'), NONE);
  assert.is(refusal(world, 'A', 'ann'), NONE);
  assert.is(ask(world, 'A', 'joe'), 'asked');
  world.run(31_000);
  assert.is(refusal(world, 'B', 'bob'), NONE);
  assert.equal(said(world, 'joe'), ['asked', 'over']);
  const notices = world.told
    .filter(({ player }) => player === 'bob')
    .map(({ notice }) => ('may' in notice ? notice.may : notice.kind));
  assert.equal(notices.slice(-3), ['ask', 'agree', 'not']);
});

test('declining ends it for both, and so does leaving', () => {
  for (const end of [
    (world: TestWorld) => ask(world, 'B', 'bob', false),
    (world: TestWorld) => world.value(world.node('B').remove('bob'), 10),
  ]) {
    const world = played();
    ask(world, 'A', 'joe');
    end(world);
    world.run(10);
    assert.equal(said(world, 'joe'), ['asked', 'otherDeclined']);
    assert.equal(said(world, 'bob'), ['otherAsked', 'declined']);
    assert.is(refusal(world, 'A', 'joe'), NONE);
    assert.is(refusal(world, 'B', 'bob'), NONE);
  }
});

test('declining ends it also once both have asked, while the news of their match is on its way', () => {
  const isSecret = (room: string): boolean => room.includes('INSTANT_MATCH:');
  const world = played(
    {},
    {
      wire: (bus, node, time) => ({
        ...bus,
        hear: (room) => (node === 'A' && isSecret(room) ? bus.hear(room).pipe(delay(40, time)) : bus.hear(room)),
      }),
    },
  );
  world.node('A').rematch('joe', true).subscribe();
  world.run(200);
  world.node('B').rematch('bob', true).subscribe();
  world.run(10);
  world.node('A').rematch('joe', false).subscribe();
  world.run(1000);
  for (const player of ['joe', 'bob']) assert.not.ok(world.value(world.bus.player(player), 10).presence, player);
  world.value(world.node('A').add({ id: 'joe', queue: 'other', elo: 1000 }), 100);
});

test('queueing elsewhere ends it for both', () => {
  const world = played();
  ask(world, 'A', 'joe');
  world.tryAdd('B', { id: 'bob', queue: 'other' });
  world.run(10);
  assert.equal(said(world, 'joe'), ['asked', 'otherDeclined']);
  assert.is(refusal(world, 'B', 'bob'), NONE);
  // Whoever asked may queue as well.
  world.tryAdd('A', { id: 'joe', queue: 'other' });
});

test('whoever queues again at once, told of its Elo, has no chance of a rematch', () => {
  const world = new TestWorld({ config: { queues: { duel: {}, other: {} } } });
  world.heard = (player, notice) => {
    if (notice.kind === 'elo')
      world
        .node(player === 'joe' ? 'A' : 'B')
        .add({ id: player, queue: 'other' })
        .subscribe();
  };
  world.start();
  for (const [node, id] of [
    ['A', 'joe'],
    ['B', 'bob'],
  ] as const)
    world.node(node).add({ id, queue: 'duel', elo: 1000 }).subscribe();
  over(world, 1);
  assert.is(refusal(world, 'A', 'joe'), NONE);
  assert.equal(
    world.notices('joe').filter((kind) => kind === 'rematch'),
    [],
  );
});

test('at most so many in a row; none where the owner wants none', () => {
  const world = played({ rematch: { most: 1 } });
  ask(world, 'A', 'joe');
  ask(world, 'B', 'bob');
  over(world, 2);
  assert.is(refusal(world, 'A', 'joe'), 'fewer rematches in a row');
  const none = played({ rematch: { most: 0 } });
  assert.is(refusal(none, 'A', 'joe'), NONE);
  assert.equal(none.notices('joe').includes('rematch'), false);
});

test('rated games of two are capped: what is more is played, and changes nothing', () => {
  const world = played({ rematch: { ratedPerDay: 1 } });
  ask(world, 'A', 'joe');
  ask(world, 'B', 'bob');
  over(world, 2);
  assert.equal(
    world
      .of('elo')
      .slice(2)
      .map(({ delta }) => delta),
    [0, 0],
  );
});

test('one that asked and is gone by the time the other one asks: nobody waits for it for long', () => {
  const world = played();
  ask(world, 'A', 'joe');
  world.kill('A').run(1000);
  assert.is(ask(world, 'B', 'bob'), 'matched');
  world.run(90_000);
  assert.is(world.value(world.bus.player('bob')).presence, null);
  world.tryAdd('B', { id: 'bob', queue: 'other' });
});

test('leaving a rematch before it begins frees the other one', () => {
  const wire: WorldGiven['wire'] = (bus, node) =>
    node === 'A' ? lossy(bus, ({ kind }) => (kind === 'INSTANT_MATCH' ? 0 : 1)) : bus;
  const world = played({}, { wire });
  ask(world, 'A', 'joe');
  assert.is(ask(world, 'B', 'bob'), 'matched');
  assert.is(world.value(world.node('B').remove('bob')), 'joining');
  world.run(100);
  for (const id of ['joe', 'bob']) assert.is(world.value(world.bus.player(id)).presence, null);
});

test('a rematch that is cancelled while nothing is heard of it: its player is told all the same, and is free', () => {
  // Bob's server does not hear that the match is cancelled, and does not get into its room.
  const wire: WorldGiven['wire'] = (bus, node) =>
    node === 'B'
      ? { ...lossy(bus, ({ kind }) => (kind === 'CANCELLED' ? 0 : 1)), joined: (...of) => late(() => bus.joined(...of)) }
      : bus;
  let isRematch = false;
  const late = (joined: () => Observable<Answered>): Observable<Answered> => (isRematch ? NEVER : joined());
  const world = played({}, { wire });
  isRematch = true;
  assert.is(ask(world, 'A', 'joe'), 'asked');
  assert.is(ask(world, 'B', 'bob'), 'matched');
  world.run(20_000);
  for (const player of ['joe', 'bob']) assert.is(world.notices(player).at(-1), 'withdrawn', player);
  assert.is(world.tryAdd('B', { id: 'bob', queue: 'duel' }).queue, 'duel');
});

test.run();
