/** Bad input to `add`: one error that lists everything wrong, and nothing half-added. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ActorRequest } from '../../bus/requests.ts';
import { AddError, StateError } from '../../plugin/errors.ts';
import { TestWorld } from './world.ts';

/** The problems that an actor is refused for; asserts that nothing of it was added. */
function refused(world: TestWorld, request: unknown, nodeId = 'A'): { path: string; found: string }[] {
  const before = world.value(world.bus.snapshot('ranked'));
  try {
    world.tryAdd(nodeId, request as ActorRequest);
  } catch (error) {
    assert.instance(error, AddError);
    const after = world.value(world.bus.snapshot('ranked'));
    assert.equal(after, before, 'nothing was added');
    return (error as AddError).problems.map(({ path, found }) => ({ path, found }));
  }
  throw new Error('accepted');
}
const paths = (problems: { path: string }[]): string[] => problems.map(({ path }) => path);

const WRONG: readonly [string, unknown, string[]][] = [
  ['nothing', undefined, ['']],
  ['null', null, ['']],
  ['text', 'joe', ['']],
  ['no id', {}, ['id']],
  ['an empty id', { id: '' }, ['id']],
  ['an id that is too long', { id: 'x'.repeat(129) }, ['id']],
  ['ids that end in half a character', { id: 'joe\ud83d', blocks: ['ann', '\ude00'] }, ['blocks[1]', 'id']],
  ['an Elo that is not finite', { id: 'joe', elo: Number.POSITIVE_INFINITY }, ['elo']],
  ['an Elo that is no number', { id: 'joe', elo: Number.NaN }, ['elo']],
  ['an Elo as text', { id: 'joe', elo: '1000' }, ['elo']],
  ['an unknown queue', { id: 'joe', queue: 'duel' }, ['queue']],
  ['a queue named like a prototype key', { id: 'joe', queue: '__proto__' }, ['queue']],
  ['a party without members', { id: 'joe', members: [] }, ['members']],
  ['a member twice', { id: 'duo', members: ['joe', 'joe'] }, ['members']],
  ['a party that is too large', { id: 'duo', members: ['joe', 'ann'] }, ['members']],
  ['a misspelt key', { id: 'joe', qeue: 'ranked' }, ['qeue']],
  ['everything at once', { id: 5, elo: 'x', members: [7], extra: 1 }, ['id', 'members[0]', 'elo', 'extra']],
];
for (const [name, request, expected] of WRONG)
  test(`refused: ${name}`, () => {
    assert.equal(paths(refused(new TestWorld().start(), request)).sort(), [...expected].sort());
  });

test('an unknown queue and too large a party are said together', () => {
  const world = new TestWorld({ config: { queues: { ranked: { maxParty: 2 } } } }).start();
  assert.equal(paths(refused(world, { id: 'trio', members: ['a', 'b', 'c'] })), ['members']);
  assert.type(world.tryAdd('A', { id: 'duo', members: ['a', 'b'] }).ticket, 'string');
});

test('where the ladder alone rates nobody brings an Elo along', () => {
  const world = new TestWorld({ config: { queues: { ranked: { ratings: 'ladder', maxParty: 2 } } } }).start();
  assert.equal(paths(refused(world, { id: 'joe', elo: 1000 })), ['elo']);
  assert.equal(paths(refused(world, { id: 'duo', members: ['joe', 'ann'], elo: [1, 2] })), ['elo']);
  assert.is(world.tryAdd('A', { id: 'joe' }).elo, 1000);
});

test('who is somewhere already is refused, and it is said where', () => {
  const world = new TestWorld({ config: { queues: { ranked: { maxParty: 2 }, duel: {} } } }).start();
  world.tryAdd('A', { id: 'joe', queue: 'ranked' });
  assert.match(refused(world, { id: 'joe', queue: 'ranked' }, 'B')[0]?.found ?? '', /joe, queued in ranked on A/);
  assert.match(refused(world, { id: 'joe', queue: 'duel' })[0]?.found ?? '', /joe.* in ranked on A/);
  assert.match(refused(world, { id: 'duo', members: ['ann', 'joe'], queue: 'ranked' }, 'B')[0]?.found ?? '', /joe, queued/);
  assert.type(world.tryAdd('B', { id: 'ann', queue: 'duel' }).ticket, 'string', 'ann was not half-added');
});

test('the same actor again gets the same answer, also while the first is under way', () => {
  const world = new TestWorld().start();
  const tickets: string[] = [];
  for (let times = 0; times < 3; times++)
    world
      .node('A')
      .add({ id: 'joe', elo: 1000 })
      .subscribe(({ ticket }) => tickets.push(ticket));
  world.run(10);
  tickets.push(world.tryAdd('A', { id: 'joe', elo: 1000 }).ticket);
  assert.is(new Set(tickets).size, 1);
  assert.is(tickets.length, 4);
  assert.is(world.of('entered').length, 1);
});

test('a full queue refuses, with how many wait', () => {
  const world = new TestWorld({ config: { queues: { ranked: { maxWaiting: 2, sameNode: false } } } }).start();
  world.tryAdd('A', { id: 'a' });
  world.tryAdd('A', { id: 'b' });
  assert.equal(refused(world, { id: 'c' }), [{ path: 'queue', found: '"2 waiting"' }]);
});

test('before start and after stop: a StateError', () => {
  const world = new TestWorld();
  assert.throws(
    () => world.tryAdd('A', { id: 'joe' }),
    (error: unknown) => error instanceof StateError,
  );
  world.start();
  world.value(world.node('A').stop());
  assert.throws(
    () => world.tryAdd('A', { id: 'joe' }),
    (error: unknown) => error instanceof StateError,
  );
  assert.throws(
    () => world.value(world.node('B').start()),
    (error: unknown) => error instanceof StateError,
  );
});

test('an actor of which the host knows no ruleset is refused', () => {
  const world = new TestWorld().start();
  const node = world.node('A');
  (node as unknown as { host: { ruleset: () => string } }).host.ruleset = () => {
    throw new Error('no such format');
  };
  assert.match(refused(world, { id: 'joe' })[0]?.found ?? '', /no such format/);
});

test.run();
