/** Adding, removing and stopping at awkward moments. */
import { EMPTY, merge, NEVER, Subject, throwError } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Bus, BusUnreachable, type Reach } from '../../bus/bus.ts';
import { Asking } from '../../plugin/admin.ts';
import { AddError, StateError } from '../../plugin/errors.ts';
import { lossy, TestWorld } from './world.ts';

const waiting = (world: TestWorld): string[] =>
  world
    .value(world.bus.snapshot('ranked'))
    .tickets.map(({ actor }) => actor.id)
    .sort();

for (const kind of ['elo', 'void', 'withdrawn'] as const)
  test(`who queues again when told of ${kind} is in the queue`, () => {
    const world = new TestWorld({
      players: { joe: kind === 'withdrawn' ? { accept: false } : kind === 'void' ? { validate: 'illegal' } : {} },
    }).start();
    const tickets: string[] = [];
    world.heard = (player, notice) => {
      if (player !== 'joe' || notice.kind !== kind || tickets.length > 0) return;
      world
        .node('A')
        .add({ id: 'joe', elo: 3000 })
        .subscribe(({ ticket }) => tickets.push(ticket));
    };
    world.add('A', 'joe', 1000).add('B', 'bob', 1000).run(60_000);
    assert.is(tickets.length, 1);
    assert.ok(waiting(world).includes('joe'));
    assert.is(world.value(world.node('A').remove('joe')), 'queued');
  });

/** Joe waits on A, and then on B; A is not told. */
function movedUnheard(): TestWorld {
  const isDeaf = (bus: Bus): Bus => lossy(bus, ({ kind }) => (kind === 'MOVED' ? 0 : 1));
  const world = new TestWorld({ nodes: ['L', 'A', 'B'], wire: (bus, node) => (node === 'A' ? isDeaf(bus) : bus) }).start();
  world.add('A', 'joe', 1000).run(1000);
  world.tryAdd('B', { id: 'joe', move: true });
  return world.run(100);
}

test('who was moved to another server, of which this one did not hear, and asks here again is told where it is', () => {
  const world = movedUnheard();
  assert.throws(
    () => world.tryAdd('A', { id: 'joe', elo: 1000 }),
    (error: unknown) => error instanceof AddError && /joe, queued in ranked on B/.test(error.message),
  );
  assert.equal(
    world.of('withdrawn').map(({ node, reason }) => [node, reason]),
    [['A', 'moved']],
  );
});

test('the same, who wants to be moved here: it waits here, and there no more', () => {
  const world = movedUnheard();
  const { ticket } = world.tryAdd('A', { id: 'joe', elo: 1000, move: true });
  assert.equal(
    world.value(world.bus.snapshot('ranked')).tickets.map((record) => [record.ticket, record.node]),
    [[ticket, 'A']],
  );
  assert.is(world.tryAdd('A', { id: 'joe', elo: 1000 }).ticket, ticket, 'asked again');
});

test('who asks again while the bus goes out of reach has the answer of before', () => {
  const cut: { is: boolean } = { is: false };
  const reach$ = new Subject<Reach>();
  const wire = (bus: Bus): Bus => ({
    ...bus,
    reach$: merge(bus.reach$, reach$),
    standing: (ticket) => (cut.is ? throwError(() => new BusUnreachable('cut')) : bus.standing(ticket)),
  });
  const world = new TestWorld({ nodes: ['L', 'A'], wire: (bus, node) => (node === 'A' ? wire(bus) : bus) }).start();
  const { ticket } = world.tryAdd('A', { id: 'joe' });
  cut.is = true;
  const answers: string[] = [];
  world
    .node('A')
    .add({ id: 'joe' })
    .subscribe((added) => answers.push(added.ticket));
  world.run(1000);
  reach$.next({ reachable: false, reason: 'cut' });
  assert.equal(answers, [ticket]);
});

test('who asks again while the server stops, which the bus does not answer, is told so', () => {
  let cut = false;
  const wire = (bus: Bus): Bus => ({ ...bus, standing: (ticket) => (cut ? NEVER : bus.standing(ticket)) });
  const world = new TestWorld({ nodes: ['L', 'A'], wire: (bus, node) => (node === 'A' ? wire(bus) : bus) }).start();
  world.tryAdd('A', { id: 'joe' });
  cut = true;
  let error: unknown;
  world
    .node('A')
    .add({ id: 'joe' })
    .subscribe({ error: (reason: unknown) => (error = reason) });
  world.node('A').stop().subscribe();
  world.run(2000);
  assert.instance(error, StateError);
});

test('add while playing is refused, and says where; remove still knows of the battle', () => {
  const world = new TestWorld().start().add('A', 'joe', 1000).add('B', 'bob', 1000).run(4000);
  assert.is(world.stages().at(-1), 'battle');
  assert.throws(
    () => world.tryAdd('A', { id: 'joe' }),
    (error: unknown) => error instanceof AddError && /joe, playing in ranked on A/.test(error.message),
  );
  assert.is(world.value(world.node('A').remove('joe')), 'PLAYING');
  world.run(30_000);
  assert.is(world.of('elo').length, 2);
});

test('removed in the same breath as added: not in the queue', () => {
  const world = new TestWorld().start();
  world.add('A', 'joe', 1000);
  const removed: string[] = [];
  world
    .node('A')
    .remove('joe')
    .subscribe((from) => removed.push(from));
  world.run(100);
  assert.equal(removed, ['queued']);
  assert.equal(waiting(world), []);
});

test('stopped in the same breath as added: nothing is left in the queue, and the player may queue elsewhere', () => {
  const world = new TestWorld().start();
  world.add('A', 'joe', 1000);
  world.node('A').stop().subscribe();
  assert.throws(
    () => world.tryAdd('A', { id: 'ann' }),
    (error: unknown) => error instanceof StateError && /stopping/.test(error.message),
  );
  world.run(3000);
  assert.equal(waiting(world), []);
  assert.type(world.tryAdd('B', { id: 'joe' }).ticket, 'string');
});

test('stop twice, and start again: one stop, one start', () => {
  const world = new TestWorld().start();
  let stops = 0;
  for (let times = 0; times < 3; times++)
    world
      .node('A')
      .stop()
      .subscribe({ complete: () => stops++ });
  world.run(10);
  assert.is(stops, 3);
  assert.is(world.of('stopped').length, 1);
  world.value(world.node('A').start());
  world.run(10);
  assert.type(world.tryAdd('A', { id: 'joe' }).ticket, 'string');
});

test('a bus that does not answer holds stop up for 2 s and no longer', () => {
  let dead = false;
  const world = new TestWorld({
    wire: (bus) => ({ ...bus, goodbye: (...args) => (dead ? NEVER : bus.goodbye(...args)) }),
  }).start();
  world.tryAdd('A', { id: 'joe' });
  dead = true;
  world.node('A').stop().subscribe();
  world.run(1999);
  assert.is(world.of('stopped').length, 0);
  world.run(1);
  assert.is(world.of('stopped').length, 1);
});

test('who has just met does not meet again for `avoidRecentMs`, counted from the end of the match', () => {
  const matchesBy = (ms: number, avoidRecentMs: number): number => {
    const world = new TestWorld({ config: { queues: { ranked: { times: { avoidRecentMs } } } } }).start();
    world.heard = (player, notice) => {
      const node = player === 'joe' ? 'A' : 'B';
      if (notice.kind === 'elo') world.node(node).add({ id: player, elo: 1000 }).subscribe();
    };
    world.add('A', 'joe', 1000).add('B', 'bob', 1000).run(ms);
    return world.stages().filter((stage) => stage === 'joining').length;
  };
  assert.ok(matchesBy(60_000, 0) > 1, 'they meet again at once');
  assert.is(matchesBy(60_000, 3_600_000), 1);
  assert.is(matchesBy(90_000, 45_000), 2);
});

test('a party has the Elo that the configuration makes of its members', () => {
  const eloOf = (party: 'mean' | 'max', elo: number | number[]): number => {
    const world = new TestWorld({ config: { queues: { ranked: { maxParty: 3, party: { elo: party } } } } }).start();
    return world.tryAdd('A', { id: 'trio', members: ['joe', 'bob', 'jeff'], elo }).elo;
  };
  assert.is(eloOf('mean', [1000, 1100, 1500]), 1200);
  assert.is(eloOf('max', [1000, 1100, 1500]), 1500);
  assert.is(eloOf('max', 1234), 1234);
  assert.throws(() => eloOf('mean', [1000, 1100]), /one for each of the 3 members/);
});

test('parties of different size meet only where that is allowed', () => {
  const isMatched = (unequal: boolean): boolean => {
    const world = new TestWorld({ config: { queues: { ranked: { maxParty: 2, party: { unequal } } } } }).start();
    world.tryAdd('A', { id: 'duo', members: ['joe', 'jeff'], elo: 1000 });
    world.add('B', 'bob', 1000).run(5000);
    return world.stages().length > 0;
  };
  assert.not(isMatched(false));
  assert.ok(isMatched(true));
});

test('the leader explains why somebody still waits', () => {
  const world = new TestWorld().start().add('A', 'joe', 1000).add('B', 'bob', 1500).run(1000);
  const explained = world.node('A').explain('joe');
  assert.is(explained?.waiting, 2);
  assert.equal(
    explained?.nearest.map(({ id, why }) => [id, why]),
    [['bob', 'outOfReach']],
  );
  assert.is(world.node('A').explain('nobody'), undefined);
});

test('a node that does not lead asks the leader why its actor waits, and hears the same', () => {
  const world = new TestWorld().start().add('A', 'joe', 1000).add('B', 'bob', 1500).add('B', 'zoe', 9000).run(1000);
  const seen: unknown[] = [];
  for (const id of ['bob', 'zoe', 'joe', 'nobody'])
    world
      .node('B')
      .explained(id)
      .subscribe((explanation) => seen.push(explanation));
  const known = ['bob', 'zoe'].map((id) => world.node('A').explain(id));
  world.run(20);
  assert.equal(seen, [undefined, undefined, ...known], 'what is of another node, or nowhere, is not asked for');
  assert.is(known[0]?.nearest[0]?.why, 'outOfReach');
});

test('a leader that does not answer, or is asked too often, leaves the question open for 1.5 s and no longer', () => {
  let said = 0;
  let isMute = false;
  const world = new TestWorld({
    wire: (bus) => ({
      ...bus,
      say: (room, message) => {
        if (message.kind === 'EXPLAINED') said++;
        return message.kind === 'EXPLAINED' && isMute ? EMPTY : bus.say(room, message);
      },
    }),
  });
  world.start().add('A', 'joe', 1000).add('B', 'bob', 1500).run(1000);
  const heard: unknown[] = [];
  for (let asked = 0; asked < 50; asked++)
    world
      .node('B')
      .explained('bob')
      .subscribe((explanation) => heard.push(explanation));
  world.run(1400);
  assert.is(said, 10);
  assert.is(heard.length, 10);
  world.run(100);
  assert.is(heard.length, 50);
  const unanswered = { id: 'bob', queue: 'ranked', state: 'unanswered', leader: 'A' };
  for (const each of heard.slice(10)) assert.equal(each, unanswered);
  isMute = true;
  let last: unknown = 'nothing';
  world
    .node('B')
    .explained('bob')
    .subscribe((explanation) => (last = explanation));
  world.run(1499);
  assert.is(last, 'nothing');
  world.run(1);
  assert.equal(last, unanswered);
});

test('nobody leads, as no server has the configuration of the realm: why somebody waits is that; who may not look does not say it', () => {
  const forbidden = () => throwError(() => new Error('NOPERM'));
  const world = new TestWorld({ wire: (bus, node) => (node === 'B' ? { ...bus, leader: forbidden } : bus) });
  world.start().add('A', 'joe', 1000).add('B', 'bob', 1500).run(1000);
  const { bus, time: scheduler } = world;
  let ids = 0;
  const asking = new Asking({ bus, scheduler, newId: () => `command ${ids++}` }, { who: 'olivia' });
  world.value(asking.adopt('ranked', { elo: { k: 16 } }), 1000);
  const unanswered = { queue: 'ranked', state: 'unanswered' };
  assert.equal(world.value(world.node('A').explained('joe'), 1500), { id: 'joe', ...unanswered, leader: null });
  assert.equal(world.value(world.node('B').explained('bob'), 1500), { id: 'bob', ...unanswered });
  assert.is(world.value(world.node('A').explained('nobody')), undefined);
  world.value(asking.adopt('ranked', {}), 1000);
  assert.is(world.value(world.node('A').explained('joe'), 20)?.state, 'waiting');
});

test.run();
