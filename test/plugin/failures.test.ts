/** What the shape carries when a stage fails: nobody is stuck, the innocent one goes on, nobody's Elo changes. */
import { concatMap, defer, map, mergeMap, NEVER, of, timer } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Appended, type Bus, BusUnreachable } from '../../bus/bus.ts';
import { lossy, type PlayerScript, TestWorld, type WorldGiven } from './world.ts';

const pair = (players: Record<string, PlayerScript>, more: WorldGiven = {}): TestWorld =>
  new TestWorld({ players, ...more }).start().add('A', 'joe', 1000).add('B', 'bob', 1000).run(100);

/** Nobody's Elo changed, everybody is free, nothing is left in the bus. */
function assertNothingHappened(world: TestWorld): void {
  assert.equal(world.of('elo'), []);
  assert.is(world.value(world.bus.rating('ranked', 'joe')), null);
  const { tickets, offers, matches } = world.value(world.bus.snapshot('ranked'));
  assert.equal([tickets, offers, matches], [[], [], []]);
}

for (const accept of [false, 'silent', 'throws'] as const)
  test(`a player whose accept is ${accept}: withdrawn and told why; the other one is back and plays a third`, () => {
    const world = pair({ bob: { accept } }).run(25_000);
    assert.equal(world.notices('bob'), ['queued', 'withdrawn']);
    assert.ok(world.notices('joe').includes('back'));
    assert.is(world.of('fault').length, accept === 'throws' ? 1 : 0);
    world.add('B', 'ann', 1000).run(30_000);
    assert.equal(
      world
        .of('elo')
        .map(({ id }) => id)
        .sort(),
      ['ann', 'joe'],
    );
    const [snapshot] = [world.of('entered').find(({ id }) => id === 'joe')];
    assert.is(snapshot?.at, 100);
  });

test('back in the queue keeps the time first considered', () => {
  const world = pair({ bob: { accept: false } }).run(25_000);
  const { tickets } = world.value(world.bus.snapshot('ranked'));
  assert.equal(
    tickets.map(({ actor, firstConsidered, state }) => [actor.id, firstConsidered, state]),
    [['joe', 100, 'waiting']],
  );
});

const REFUSALS: readonly [string, PlayerScript][] = [
  ['a team that the other server refuses', { validate: 'Bob has seven of them' }],
  ['a host that throws in validate', { validate: 'throws' }],
  ['a host that throws in team', { team: 'throws' }],
  ['a host that throws in battle', { battle: 'throws' }],
  ['a team that is too large', { team: 'x'.repeat(65_537) }],
  ['a team that never comes', { team: 'silent' }],
  ['a result that differs', { winner: 1 }],
  ['a digest that differs', { digest: 'another' }],
];
for (const [name, script] of REFUSALS)
  test(`${name}: void, nobody's Elo changes, both are told and free`, () => {
    const world = pair({ bob: script }).run(60_000);
    assert.is(world.stages().at(-1), 'void');
    for (const player of ['joe', 'bob']) assert.is(world.notices(player).at(-1), 'void');
    for (const { end } of world.seen) assert.is(end?.kind, 'void');
    assertNothingHappened(world);
    assert.type(world.tryAdd('A', { id: 'joe' }).ticket, 'string');
  });

test('a battle in which nobody does anything is void after its idle time', () => {
  const silent: PlayerScript = { battle: 'silent' };
  const world = pair({ joe: silent, bob: silent }).run(590_000);
  assert.is(world.stages().at(-1), 'battle');
  world.run(20_000);
  assert.is(world.stages().at(-1), 'void');
  assertNothingHappened(world);
});

test('only one server reports the end: a concession counts after 30 s, a claimed win is void', () => {
  const one = (winner: 0 | 1): TestWorld => {
    const world = new TestWorld({
      players: { joe: { winner }, bob: { overAfterMs: 600_000 } },
    })
      .start()
      .add('A', 'joe', 1000)
      .add('B', 'bob', 1000);
    return world.run(60_000);
  };
  const side = one(0).seen.find(({ player }) => player === 'joe')?.setup.side as 0 | 1;
  const other = side === 0 ? 1 : 0;
  assert.equal(one(side).stages().at(-1), 'void');
  assert.equal(one(other).stages().at(-1), 'closed');
});

test('remove at every stage: queued, offered, joining, PLAYING, nothing', () => {
  const world = new TestWorld({ players: { joe: { acceptAfterMs: 5000 }, bob: { acceptAfterMs: 5000 } } }).start();
  const remove = (): string => world.value(world.node('A').remove('joe'));
  assert.is(remove(), 'nothing');
  world.add('A', 'joe', 1000).run(100);
  assert.is(remove(), 'queued');
  assert.is(remove(), 'nothing');
  world.add('A', 'joe', 1000).add('B', 'bob', 1000).run(1000);
  assert.is(remove(), 'offered');
  world.run(1000);
  assert.ok(world.notices('bob').includes('back'));
  world.add('A', 'joe', 1000).run(20_000);
  assert.is(remove(), 'nothing', 'the battle is over by now');
  assert.is(world.of('elo').length, 2);
});

test('removed between SUCCESS and BEGIN: cancelled, the other one is back with its old time', () => {
  const world = new TestWorld({ wire: (bus, node) => (node === 'B' ? { ...bus, joined: () => NEVER } : bus) }).start();
  world.add('A', 'joe', 1000).add('B', 'bob', 1000).run(2000);
  assert.is(world.stages().at(-1), 'joining');
  assert.is(world.value(world.node('A').remove('joe')), 'joining');
  world.run(1000);
  assert.is(world.stages().at(-1), 'cancelled');
  assert.equal(world.notices('joe').at(-1), 'withdrawn');
  assert.equal(world.notices('bob').at(-1), 'back');
  assert.is(world.value(world.bus.snapshot('ranked')).tickets[0]?.firstConsidered, 100);
});

test('removed between SUCCESS and BEGIN, and that it is cancelled is lost: it is over all the same', () => {
  const wire = (bus: Bus, node: string): Bus =>
    node === 'B' ? { ...bus, joined: () => NEVER } : lossy(bus, ({ kind }) => (node === 'A' && kind === 'CANCELLED' ? 0 : 1));
  const world = new TestWorld({ wire }).start().add('A', 'joe', 1000).add('B', 'bob', 1000).run(2000);
  assert.is(world.value(world.node('A').remove('joe')), 'joining');
  world.run(12_000);
  assert.equal(world.told.filter(({ player }) => player === 'joe').at(-1)?.notice, { kind: 'withdrawn', reason: 'removed' });
  assert.is(world.value(world.node('A').remove('joe')), 'nothing');
});

test('a server that cannot enter the challenge room, and that the match is cancelled is lost the second time: its player is withdrawn', () => {
  let cancelled = 0;
  const wire = (bus: Bus, node: string): Bus =>
    node === 'B'
      ? lossy({ ...bus, joined: () => NEVER }, ({ kind }) => (kind === 'CANCELLED' && ++cancelled === 2 ? 0 : 1))
      : bus;
  const world = new TestWorld({ wire }).start().add('A', 'joe', 1000).add('B', 'bob', 1000).run(100_000);
  assert.is(cancelled, 2);
  assert.is(world.notices('bob').at(-1), 'withdrawn');
});

test('after BEGIN it is too late: PLAYING, and the battle goes on', () => {
  const world = pair({}).run(3000);
  assert.is(world.stages().at(-1), 'battle');
  assert.is(world.value(world.node('A').remove('joe')), 'PLAYING');
  world.run(30_000);
  assert.is(world.stages().at(-1), 'closed');
});

test('a server that does not enter the challenge room: cancelled after 10 s, not paired again for 60 s, withdrawn the second time', () => {
  const world = new TestWorld({ wire: (bus, node) => (node === 'B' ? { ...bus, joined: () => NEVER } : bus) }).start();
  world.add('A', 'joe', 1000).add('B', 'bob', 1000).run(12_000);
  assert.is(world.stages().at(-1), 'cancelled');
  const { tickets } = world.value(world.bus.snapshot('ranked'));
  assert.equal(tickets.map(({ actor, firstConsidered }) => [actor.id, firstConsidered]).sort(), [
    ['bob', 100],
    ['joe', 100],
  ]);
  const offers = world.of('offered').length;
  world.run(55_000);
  assert.is(world.of('offered').length, offers);
  world.run(30_000);
  assert.is(world.of('offered').length, offers + 1);
  assert.is(world.notices('bob').at(-1), 'withdrawn');
  assert.is(world.notices('joe').at(-1), 'back');
});

for (const [stage, ms] of [
  ['queue', 0],
  ['offer', 500],
  ['battle', 4000],
] as const)
  test(`the leader stops in the ${stage}: the other node leads on, with the time that was left`, () => {
    const world = new TestWorld({ nodes: ['A', 'B', 'C'], players: { joe: { acceptAfterMs: 2500 } } }).start();
    assert.is(world.of('leading')[0]?.node, 'A');
    world.add('B', 'joe', 1000).run(20);
    if (stage !== 'queue') world.add('C', 'bob', 1000).run(100);
    world.run(ms);
    world.value(world.node('A').stop());
    if (stage === 'queue') world.add('C', 'bob', 1000);
    world.run(100);
    assert.is(world.of('leading')[1]?.node, 'B');
    assert.ok((world.of('leading')[1]?.epoch ?? 0) > (world.of('leading')[0]?.epoch ?? 0));
    world.run(40_000);
    assert.equal(
      world
        .of('elo')
        .map(({ id }) => id)
        .sort(),
      ['bob', 'joe'],
    );
    assert.is(world.of('offered').length, 1);
    assert.equal(world.of('fault'), []);
    const stages = ['joining', 'teams', 'validating', 'battle', 'rated', 'closed'];
    const seen = world.of('stage').map(({ node, stage, takenOver }) => `${node} ${stage}${takenOver ? ' again' : ''}`);
    const led = stage === 'battle' ? ['A', 'A', 'A', 'A', 'B', 'B'] : Array.from({ length: 6 }, () => 'B');
    const expected = stages.map((each, at) => `${led[at]} ${each}`);
    if (stage === 'battle') expected.splice(4, 0, 'B battle again');
    assert.equal(seen, expected, 'who takes a match up says so');
  });

test('a successor resumes an open offer’s deadline and does not restart it', () => {
  const silent: PlayerScript = { accept: 'silent' };
  const world = new TestWorld({ nodes: ['A', 'B', 'C'], players: { joe: silent, bob: silent } }).start();
  world.add('B', 'joe', 1000).add('C', 'bob', 1000).run(100);
  const offeredAt = world.of('offered')[0]?.at as number;
  world.run(15_000);
  world.value(world.node('A').stop());
  world.run(10_000);
  const withdrawn = world.of('withdrawn');
  assert.is(withdrawn.length, 2);
  assert.ok(withdrawn.every(({ at }) => at - offeredAt >= 20_000 && at - offeredAt < 20_100));
});

test('OVER_OK is lost and the other side is slow: an incident after 10 s, the result is sent again, the match ends', () => {
  const world = new TestWorld({
    players: { bob: { overAfterMs: 15_000 } },
    wire: (bus, node) => (node === 'A' ? lossy(bus, ({ kind }) => (kind === 'OVER_OK' ? 0 : 1)) : bus),
  }).start();
  world.add('A', 'joe', 1000).add('B', 'bob', 1000).run(60_000);
  assert.equal(
    world.of('incident').map(({ code, id }) => [code, id]),
    [['MissingAcknowledgement', 'joe']],
  );
  assert.is(world.stages().at(-1), 'closed');
});

test('a server that is slow to stop: its own player hears that it stops, not that it gives no sign of life', () => {
  const late = (bus: Bus, time: TestWorld['time']): Bus => ({
    ...bus,
    goodbye: (...asked) => bus.goodbye(...asked).pipe(mergeMap((answer) => timer(500, time).pipe(map(() => answer)))),
  });
  const world = pair({}, { wire: (bus, node, time) => (node === 'B' ? late(bus, time) : bus) }).run(4000);
  assert.is(world.stages().at(-1), 'battle');
  world.node('B').stop().subscribe();
  world.run(400);
  assert.is(world.stages().at(-1), 'void');
  assert.is(world.of('stopped').length, 0);
  const endOf = (name: string) => world.seen.find(({ player }) => player === name)?.end?.kind;
  assert.equal([endOf('joe'), endOf('bob')], ['void', 'stopped']);
  assert.ok(!world.notices('bob').includes('void'));
});

test('stop: the queue is left, the lease given up, the battle closed; start again works; twice is no error', () => {
  const world = pair({}).add('A', 'ann', 3000).run(4000);
  assert.is(world.stages().at(-1), 'battle');
  world.value(world.node('A').stop());
  assert.equal(world.value(world.bus.snapshot('ranked')).tickets, []);
  assert.is(world.seen.find(({ player }) => player === 'joe')?.end?.kind, 'stopped');
  world.node('A').stop().subscribe();
  world.node('B').stop().subscribe();
  world.run(10);
  assert.is(world.of('stopped').length, 2);
  world.time.runUntil(world.time.now() + 100_000);
  const before = world.events.length;
  world.run(10_000);
  assert.is(world.events.length, before, 'nothing goes on');
  world.node('B').start().subscribe();
  world.run(100);
  assert.is(world.of('leading').at(-1)?.node, 'B');
  assert.type(world.tryAdd('B', { id: 'zoe' }).ticket, 'string');
});

test("an input for a match that the bus does not know any more is nobody's fault", () => {
  const world = pair(
    {},
    { wire: (bus, node) => (node === 'B' ? { ...bus, append: () => of<Appended>({ refused: 'foreign' }) } : bus) },
  ).run(60_000);
  assert.is(world.seen.length, 2, 'they fight');
  assert.equal(world.of('fault'), []);
});

test('who declines just before the deadline is settled past it: both failed, and nobody is held in the offer', () => {
  const wire: WorldGiven['wire'] = (bus, _, time) => ({
    ...bus,
    settle: (fence, request) => timer(100, time).pipe(concatMap(() => bus.settle(fence, request))),
  });
  const players = { joe: { accept: false, acceptAfterMs: 19_950 }, bob: { accept: 'silent' } } as const;
  const world = pair(players, { wire }).run(21_000);
  assert.equal(
    world.of('settled').map(({ outcome }) => outcome),
    ['bothFailed'],
  );
  assertNothingHappened(world);
});

test("a leader whose clock has drifted away from the bus's still ends an offer when its time is over", () => {
  for (const ahead of [-60_000, 60_000]) {
    const wire: WorldGiven['wire'] = (bus, _, time) => ({
      ...bus,
      holdLease: (queue, node) =>
        bus.holdLease(queue, node).pipe(
          map((lease) => {
            if (!lease) return lease;
            const drifted = { ...lease, offsetMs: lease.offsetMs + ahead };
            // The first renewal puts it right.
            time.after(1000, () => Object.assign(drifted, { offsetMs: lease.offsetMs }));
            return drifted;
          }),
        ),
    });
    const players = { joe: { accept: 'silent' }, bob: { accept: 'silent' } } as const;
    const world = new TestWorld({ players, wire }).start().run(2000);
    world.add('A', 'joe', 1000).add('B', 'bob', 1000).run(21_000);
    assertNothingHappened(world);
    assert.equal(world.notices('joe'), ['queued', 'withdrawn'], `${ahead}`);
  }
});

/**
 * The first offer is not answered, refused when it is asked for again, and made by the first attempt after that, as over two connections of
 * which one is slow. Until then all are refused.
 */
function lateOffer(bus: Bus, time: TestWorld['time'], lateMs = 1900): Bus {
  let first: string | undefined;
  let isThere = false;
  return {
    ...bus,
    offer: (fence, request) =>
      defer(() => {
        if (isThere) return bus.offer(fence, request);
        if (first !== undefined) return of({ refused: 'candidateTaken' } as const);
        first = request.offerId;
        timer(lateMs, time)
          .pipe(mergeMap(() => bus.offer(fence, request)))
          .subscribe(() => {
            isThere = true;
          });
        return timer(1000, time).pipe(
          map((): never => {
            throw new BusUnreachable('no answer in time');
          }),
        );
      }),
  };
}
const late = (players: Record<string, PlayerScript>): TestWorld =>
  new TestWorld({ nodes: ['L', 'A', 'B'], players, wire: (bus, node, time) => (node === 'L' ? lateOffer(bus, time) : bus) })
    .start()
    .add('A', 'joe', 1000)
    .add('B', 'bob', 1000)
    .run(2200);

test('an offer that is made after it was refused, by what was asked first: both accept, and play', () => {
  const world = late({});
  assert.equal(
    world.of('asked').map(({ id }) => id),
    ['bob', 'joe'],
  );
  world.run(60_000);
  assert.is(world.of('elo').length, 2);
  assert.equal(
    world.of('settled').map(({ outcome }) => outcome),
    ['match'],
  );
});

test('the same offer, and nobody answers: both are withdrawn when its time is over', () => {
  const world = late({ joe: { accept: 'silent' }, bob: { accept: 'silent' } }).run(25_000);
  for (const player of ['joe', 'bob']) assert.equal(world.notices(player), ['queued', 'withdrawn']);
  assertNothingHappened(world);
});

for (const [leaves, stays, node] of [
  ['joe', 'bob', 'A'],
  ['bob', 'joe', 'B'],
] as const)
  test(`the same offer, and ${leaves} leaves before anybody who leads knows of it: ${stays} is back`, () => {
    const world = late({ [stays]: { accept: 'silent' } });
    assert.is(world.value(world.node(node).remove(leaves)), 'offered');
    world.run(2000);
    assert.is(world.notices(stays).at(-1), 'back');
    const { tickets, offers } = world.value(world.bus.snapshot('ranked'));
    assert.equal([tickets.map(({ actor, state }) => [actor.id, state]), offers], [[[stays, 'waiting']], []]);
  });

for (const lateMs of [19_000, 21_000, 40_000])
  test(`an offer that comes ${lateMs} ms late: whether it is made or not, nobody is held by it`, () => {
    const wire = (bus: Bus, node: string, time: TestWorld['time']): Bus => (node === 'L' ? lateOffer(bus, time, lateMs) : bus);
    const world = new TestWorld({ nodes: ['L', 'A', 'B'], wire }).start().add('A', 'joe', 1000).add('B', 'bob', 1000);
    world.run(lateMs + 30_000);
    assert.is(world.of('asked').length, 2);
    assert.is(world.of('elo').length, 2);
    assert.equal(world.value(world.bus.snapshot('ranked')).tickets, []);
  });

test.run();
