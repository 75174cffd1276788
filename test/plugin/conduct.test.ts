/** Who fails others again and again is kept out for a while, by the configuration; whoever they failed is not. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { QueueOptions } from '../../bus/options.ts';
import { Asking } from '../../plugin/admin.ts';
import { AddError } from '../../plugin/errors.ts';
import { type PlayerScript, TestWorld } from './world.ts';

const worldOf = (queue: QueueOptions, players: Record<string, PlayerScript>): TestWorld =>
  new TestWorld({ players, config: { queues: { ranked: queue } } }).start();

/** Why an actor is not added, or undefined when it is. */
function refusalOf(world: TestWorld, node: string, id: string): string | undefined {
  try {
    world.tryAdd(node, { id, elo: 1000 });
    return undefined;
  } catch (error) {
    assert.instance(error, AddError);
    return (error as AddError).problems.map(({ found }) => found).join();
  }
}

test('a player whose server never hands over a team is barred, until when is said; the owner may allow it', () => {
  const world = worldOf({ voids: { max: 1, hours: 1, barMs: 600_000 } }, { bob: { team: 'silent' } });
  for (let number = 0; number < 2; number++) world.add('A', 'joe', 1000).add('B', 'bob', 1000).run(60_000);
  assert.equal(
    world.of('void').map(({ reason }) => reason),
    Array.from({ length: 4 }, () => 'TimeoutError'),
  );
  const until = new Date(world.of('stage').filter(({ stage }) => stage === 'void')[1]?.at ?? 0).getTime() + 600_000;
  const refusal = refusalOf(world, 'B', 'bob');
  assert.is(refusal, `bob, barred until ${new Date(until).toISOString()}: more than 1 matches without a result within 1 h`);
  assert.is(refusalOf(world, 'A', 'bob'), refusal, 'every server knows');
  assert.is(refusalOf(world, 'A', 'joe'), undefined, 'its opponent is not barred');
  const owner = new Asking({ bus: world.bus, scheduler: world.time, newId: () => 'command' }, { who: 'owner' });
  const [incident] = world.value(owner.incidents()).filter(({ kind }) => kind === 'Barred');
  assert.equal(incident?.actors, ['bob']);
  world.value(owner.command({ kind: 'allow', player: 'bob' }), 2000);
  assert.is(refusalOf(world, 'B', 'bob'), undefined);
});

test('who waits on a server that is barred is out of the queue and told why', () => {
  const world = worldOf({ voids: { max: 1000, nodeMax: 1 } }, { bob: { team: 'silent' } });
  for (let number = 0; number < 2; number++) {
    world.add('A', 'joe', 1000).add('B', 'bob', 1000);
    if (number === 1) world.add('B', 'ann', 3000);
    world.run(60_000);
  }
  assert.is(world.notices('ann').at(-1), 'withdrawn');
  const withdrawn = world.events.find((event) => event.kind === 'withdrawn' && event.id === 'ann');
  assert.match(withdrawn?.kind === 'withdrawn' ? withdrawn.reason : '', /^the server is barred: more than 1 matches/);
  assert.match(refusalOf(world, 'B', 'zoe') ?? '', /^B, barred until /);
  assert.is(refusalOf(world, 'A', 'zoe'), undefined);
});

test('who waits for an instant match on a server that is barred is let go and told why', () => {
  const world = worldOf(
    { voids: { max: 1000, nodeMax: 1 }, instant: { fields: { mic: { type: 'boolean' } } } },
    { bob: { team: 'silent' } },
  );
  world
    .node('B')
    .instant({ id: 'ann', preferences: { field: 'mic', eq: true } })
    .subscribe();
  for (let number = 0; number < 2; number++) world.add('A', 'joe', 1000).add('B', 'bob', 1000).run(60_000);
  assert.equal(world.notices('ann'), ['waiting', 'withdrawn']);
  assert.match(
    world
      .of('withdrawn')
      .map(({ reason }) => reason)
      .join(),
    /^the server is barred: more than 1 matches/,
  );
});

for (const how of [false, 'silent'] as const)
  test(`a player whose accept is ${how} rests, longer each time, where that is asked for; whom it failed does not`, () => {
    const declining = { bob: { accept: how } };
    const world = worldOf({ declines: { restMs: 30_000 }, times: { pairRestMs: 1 } }, declining);
    world.add('A', 'joe', 1000).run(100).add('B', 'bob', 1000).run(25_000);
    assert.is(world.notices('bob').at(-1), 'withdrawn');
    assert.match(refusalOf(world, 'B', 'bob') ?? '', /^bob, barred until .*: offers were declined or not answered$/);
    world.run(31_000);
    world.add('B', 'bob', 1000).run(55_000);
    assert.is(world.notices('bob').filter((kind) => kind === 'withdrawn').length, 2);
    assert.match(refusalOf(world, 'B', 'bob') ?? '', /barred/, 'twice as long');
    assert.is(world.notices('joe').at(-1), 'back');
    const free = worldOf({}, declining);
    free.add('A', 'joe', 1000).run(100).add('B', 'bob', 1000).run(25_000);
    assert.is(refusalOf(free, 'B', 'bob'), undefined);
  });

test.run();
