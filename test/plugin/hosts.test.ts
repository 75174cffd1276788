/** A host that fails in whatever way is a fault that is told, never an exception in the game server. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { errorText } from '../../plugin/guard.ts';
import { type PlayerScript, TestWorld } from './world.ts';

const pair = (bob: PlayerScript): TestWorld =>
  new TestWorld({ players: { bob } }).start().add('A', 'joe', 1000).add('B', 'bob', 1000).run(60_000);

/** Lets promises that were rejected be seen. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

for (const [name, script, where] of [
  ['onTurn throws', { onTurn: 'throws' }, 'host.onTurn'],
  ['accept throws', { accept: 'throws' }, 'host.accept'],
  ['team throws', { team: 'throws' }, 'host.team'],
  ['validate throws', { validate: 'throws' }, 'host.validate'],
  ['battle throws', { battle: 'throws' }, 'host.battle'],
  ['tell throws', { tell: 'throws' }, 'host.tell'],
] as const)
  test(`${name}: a fault that names it, and nobody's Elo changes unless the match is fine`, () => {
    const world = pair(script);
    const faults = world.of('fault');
    assert.ok(faults.length > 0);
    for (const fault of faults) assert.equal([fault.where, fault.error, fault.node], [where, 'the game broke', 'B']);
    assert.is(world.of('elo').length, name === 'tell throws' ? 2 : 0);
    assert.equal(world.value(world.bus.snapshot('ranked')).matches, []);
  });

test('a battle whose promise rejects is refused; a tell whose promise rejects is told', async () => {
  for (const script of [{ battle: 'rejects' }, { tell: 'rejects' }] as const) {
    const world = new TestWorld({ players: { bob: script } }).start().add('A', 'joe', 1000).add('B', 'bob', 1000);
    for (let second = 0; second < 30; second++) {
      world.run(1000);
      await settle();
    }
    const where = 'battle' in script ? 'host.battle' : 'host.tell';
    assert.ok(world.of('fault').some((fault) => fault.where === where && fault.error === 'the game broke'));
    assert.is(world.stages().at(-1), 'battle' in script ? 'void' : 'closed');
  }
});

for (const [what, script, where] of [
  ['accept', { accept: undefined }, 'host.accept'],
  ['validate', { validate: true }, 'host.validate'],
  ['validate', { validate: '' }, 'host.validate'],
] as const)
  test(`${what} that returns ${JSON.stringify(Object.values(script)[0])}: a fault that says what it returns`, () => {
    const world = pair({ odd: script } as PlayerScript);
    assert.equal(
      world.of('fault').map((fault) => [fault.where, /returns/.test(fault.error)]),
      [[where, true]],
    );
    assert.is(world.of('elo').length, 0);
  });

test('who is in the queue of a server that stops is told', () => {
  const world = new TestWorld().start().add('A', 'joe', 1000).run(100);
  world.value(world.node('A').stop());
  assert.equal(world.notices('joe'), ['queued', 'withdrawn']);
});

test('whatever is thrown can be told', () => {
  assert.is(errorText(new Error('plain')), 'plain');
  assert.is(errorText('text'), 'text');
  assert.is(errorText(Object.create(null)), 'an error that cannot be shown');
  assert.type(errorText(Object.assign(new Error(), { message: 42 })), 'string');
  assert.is(errorText(new Error('x'.repeat(10_000))).length, 500);
});

for (const ruleset of [5, 'x'.repeat(129), Promise.resolve('gen9'), null])
  test(`a ruleset that is ${String(ruleset).slice(0, 20)}… is refused at add`, () => {
    const world = new TestWorld({ ruleset: () => ruleset as string }).start();
    assert.throws(() => world.tryAdd('A', { id: 'joe' }), /a ruleset that is text of at most 128 characters/);
    assert.equal(world.value(world.bus.snapshot('ranked')).tickets, []);
  });

test('servers that play by different rules are never paired', () => {
  const world = new TestWorld({ ruleset: (node) => node }).start().add('A', 'joe', 1000).add('B', 'bob', 1000).run(120_000);
  assert.is(world.of('offered').length, 0);
  world.add('B', 'ann', 1000).run(60_000);
  assert.equal(
    world
      .of('elo')
      .map(({ id }) => id)
      .sort(),
    ['ann', 'bob'],
  );
});

test('what a host does to its own objects afterwards changes nothing', () => {
  const world = new TestWorld({ config: { queues: { ranked: { maxParty: 2 } } } }).start();
  const members = ['joe'];
  world.tryAdd('A', { id: 'joe', members });
  members.push('intruder');
  const record = world.value(world.bus.snapshot('ranked')).tickets[0];
  assert.equal(record?.actor.members, ['joe']);
  assert.throws(() => (record as { actor: { members: string[] } }).actor.members.push('intruder'));
});

test.run();
