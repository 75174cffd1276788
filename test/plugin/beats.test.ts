/** Servers that fall silent, say goodbye, begin anew or share a name; leaders that are deaf. In virtual time. */
import { concatMap, defer, EMPTY, map, type Observable, of, throwError } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Bus, BusUnreachable } from '../../bus/bus.ts';
import type { Options } from '../../bus/options.ts';
import type { TicketRecord } from '../../bus/records.ts';
import { AddError, StateError } from '../../plugin/errors.ts';
import { lossy, TestWorld, type WorldGiven } from './world.ts';

const HEARTBEAT_MS = 30_000;
/** Longer than the silence of a server can last unnoticed: two heartbeats and a moment. */
const NOTICED_MS = 2 * HEARTBEAT_MS + 100;

const records = (world: TestWorld): TicketRecord[] => world.value(world.bus.snapshot('ranked')).tickets;
const waiting = (world: TestWorld): string[] =>
  records(world)
    .map(({ actor }) => actor.id)
    .sort();
/** Nobody meets anybody but at the same Elo, however long they wait. */
const apart: Options = { queues: { ranked: { pool: { curve: 'none' } } } };
const battle = (given: WorldGiven = {}): TestWorld => {
  const players = { joe: { battle: 'silent' }, bob: { battle: 'silent' } } as const;
  const world = new TestWorld({ nodes: ['L', 'A', 'B'], players, ...given }).start();
  world.add('A', 'joe', 1000).add('B', 'bob', 1000).run(5000);
  assert.is(world.stages().at(-1), 'battle');
  return world;
};

test('a server that dies loses its waiting players by the second heartbeat, nobody else does', () => {
  const world = new TestWorld({ nodes: ['L', 'A', 'B'], config: apart })
    .start()
    .add('A', 'joe', 1000)
    .add('B', 'bob', 3000)
    .run(1000);
  world.kill('A').run(HEARTBEAT_MS);
  assert.equal(waiting(world), ['bob', 'joe'], 'it may yet answer');
  world.run(HEARTBEAT_MS);
  assert.equal(waiting(world), ['bob']);
  assert.equal(
    world.of('nodeLost').map(({ server, tickets }) => [server, tickets]),
    [['A', 1]],
  );
  assert.type(world.tryAdd('B', { id: 'joe' }).ticket, 'string', 'its player may queue elsewhere');
  world.run(300_000);
  assert.is(world.of('nodeLost').length, 1);
  assert.equal(waiting(world), ['bob', 'joe']);
});

test('servers that live are not touched, however long they wait', () => {
  const world = new TestWorld({ nodes: ['L', 'A', 'B'], config: apart }).start().add('A', 'joe', 0).add('B', 'bob', 900_000);
  world.run(20 * HEARTBEAT_MS);
  assert.equal(waiting(world), ['bob', 'joe']);
  assert.equal(world.of('nodeLost'), []);
});

test('the leader dies with players of its own: its successor notices', () => {
  const world = new TestWorld({ nodes: ['L', 'B'] }).start().add('L', 'joe', 0).add('B', 'bob', 900_000).run(1000);
  world.kill('L').run(NOTICED_MS);
  assert.equal(waiting(world), ['bob']);
  assert.equal(
    world.of('leading').map(({ node }) => node),
    ['L', 'B'],
  );
});

test('a server that dies in an offer: the other side goes back with its old time as soon as it is known', () => {
  const players = { joe: { accept: 'silent' }, bob: { accept: true } } as const;
  const config = { queues: { ranked: { times: { offerMs: 600_000 } } } };
  const world = new TestWorld({ nodes: ['L', 'A', 'B'], players, config }).start();
  world.add('A', 'joe', 1000).add('B', 'bob', 1000).run(3000);
  assert.is(world.of('asked').length, 2);
  const { firstConsidered } = records(world).find(({ actor }) => actor.id === 'bob') as TicketRecord;
  world.kill('A').run(NOTICED_MS);
  const [bob, ...more] = records(world);
  assert.equal(more, []);
  assert.equal([bob?.actor.id, bob?.state, bob?.firstConsidered], ['bob', 'waiting', firstConsidered]);
});

test('a server that dies in a battle: void 60 s after its last sign of life, counted against it', () => {
  const world = battle();
  world.kill('A').run(54_000);
  assert.is(world.stages().at(-1), 'battle');
  world.run(10_000);
  assert.is(world.stages().at(-1), 'void');
  const [ended] = world.of('void');
  assert.equal([ended?.id, ended?.reason], ['bob', 'NodeLost']);
  assert.match(ended?.detail ?? '', /no sign of life/);
  assert.type(world.tryAdd('B', { id: 'bob' }).ticket, 'string');
});

test('a leader whose clock is a little fast asks too early, and the battle is over by the time of the bus all the same', () => {
  let asked = 0;
  const wire = (bus: Bus): Bus => ({
    ...bus,
    holdLease: (queue, node) =>
      bus.holdLease(queue, node).pipe(map((lease) => lease && { ...lease, offsetMs: lease.offsetMs + 200 })),
    advance: (fence, request) => {
      if (request.step.to === 'void') asked++;
      return bus.advance(fence, request);
    },
  });
  // Longer than the leader takes to find out that it is silent.
  const silenceMs = 80_000;
  const world = battle({ wire, config: { queues: { ranked: { times: { silenceMs } } } } });
  const sign = world.value(world.bus.lastSigns()).find(({ node }) => node === 'A');
  world.kill('A').run((sign?.at ?? 0) + silenceMs - world.time.now() - 10);
  assert.is(world.stages().at(-1), 'battle');
  world.run(110);
  assert.is(world.stages().at(-1), 'void', `${asked} tries`);
  assert.ok(asked > 1 && asked < 12, `not asked all the time: ${asked}`);
});

test('the other side has reported the end: its word counts as it would have without the death', () => {
  const world = battle({ players: { joe: { battle: 'silent' }, bob: { battle: 'silent' } } });
  world.kill('A');
  const bob = world.seen.find(({ player }) => player === 'bob');
  const own = bob?.setup.side ?? 0;
  // It concedes.
  bob?.actor.over(own === 0 ? 1 : 0, 'end');
  world.run(31_000);
  assert.is(world.of('elo')[0]?.delta, -16);
});

test('a battle between two that live is not closed', () => {
  const world = battle();
  world.run(5 * 60_000);
  assert.is(world.stages().at(-1), 'battle');
});

test('stop says goodbye: players are out at once, its battles are void at once, and it is not missed', () => {
  const world = battle();
  world.add('A', 'ann', 5000).run(100);
  world.node('A').stop().subscribe();
  world.run(100);
  assert.equal(waiting(world), []);
  assert.equal(world.notices('ann'), ['queued', 'withdrawn']);
  assert.is(world.stages().at(-1), 'void');
  world.run(5 * HEARTBEAT_MS);
  assert.equal(world.of('nodeLost'), []);
});

test('a server that crashed and is back at once: its players may queue again at once', () => {
  const world = new TestWorld({ nodes: ['L', 'A', 'B'] }).start().add('A', 'joe', 1000).run(1000);
  world.kill('A');
  const again = world.launch('A');
  again.start().subscribe();
  const added: string[] = [];
  // Before the start is done: it is added when the old boot's tickets are removed.
  again.add({ id: 'joe', elo: 1000 }).subscribe(({ ticket }) => added.push(ticket));
  world.run(1500);
  assert.is(added.length, 1);
  assert.equal(
    records(world).map(({ ticket }) => ticket),
    added,
  );
  world.add('B', 'bob', 1000).run(60_000);
  assert.equal(
    world
      .of('elo')
      .map(({ id }) => id)
      .sort(),
    ['bob', 'joe'],
  );
  assert.equal(world.of('rival'), []);
});

test('a second server of a name that is in use does not start, says why, and does no harm', () => {
  const world = new TestWorld({ nodes: ['L', 'A'] }).start().add('A', 'joe', 1000).run(1000);
  const second = world.launch('A');
  assert.throws(
    () => world.value(second.start(), 5000),
    (error: unknown) => error instanceof StateError && /another server is running under the name "A"/.test(error.message),
  );
  world.run(5 * HEARTBEAT_MS);
  assert.equal(waiting(world), ['joe']);
  assert.throws(
    () => world.value(second.add({ id: 'bob' })),
    (error: unknown) => error instanceof StateError,
  );
});

test('a server that was cut off while another took its name: both say so, its players are told, and it takes nobody in', () => {
  let cut = false;
  const wire = (bus: Bus, node: string): Bus => {
    if (node !== 'A') return bus;
    const away = <T>(work$: Observable<T>): Observable<T> =>
      defer(() => (cut ? throwError(() => new BusUnreachable('cut off')) : work$));
    return {
      ...lossy(bus, () => (cut ? 0 : 1)),
      alive: (request) => away(bus.alive(request)),
    };
  };
  const world = new TestWorld({ nodes: ['L', 'A'], wire }).start().add('A', 'joe', 1000).run(1000);
  cut = true;
  const first = world.node('A');
  const second = world.launch('A');
  world.value(second.start(), 2000);
  cut = false;
  world.run(2 * HEARTBEAT_MS);
  assert.equal(
    world
      .of('rival')
      .map(({ superseded }) => superseded)
      .sort(),
    [false, true],
  );
  assert.equal(world.notices('joe'), ['queued', 'withdrawn']);
  assert.equal(
    world.of('withdrawn').map(({ id, reason }) => `${id}: ${reason}`),
    ['joe: another server runs under the name of this one'],
  );
  assert.throws(
    () => world.value(first.add({ id: 'bob' })),
    (error: unknown) => error instanceof AddError && /another server runs under it/.test(error.message),
  );
  world.run(10 * HEARTBEAT_MS);
  assert.is(world.of('rival').length, 2, 'said once');
  second.stop().subscribe();
  world.run(2 * HEARTBEAT_MS);
  assert.type(world.value(first.add({ id: 'bob' })).ticket, 'string', 'the name is free again');
});

for (const [name, wire] of [
  ['its heartbeats are not heard by itself', (bus: Bus) => lossy(bus, ({ kind }) => (kind === 'HEARTBEAT' ? 0 : 1))],
  [
    'its heartbeats cannot be said',
    (bus: Bus): Bus => ({
      ...bus,
      say: (room, message) =>
        message.kind === 'HEARTBEAT' ? throwError(() => new BusUnreachable('gone')) : bus.say(room, message),
    }),
  ],
  [
    'its ear is cut again and again',
    (bus: Bus): Bus => ({
      ...bus,
      hear: (room) =>
        bus
          .hear(room)
          .pipe(
            concatMap((heard) =>
              heard.listening || heard.message.kind !== 'HEARTBEAT' ? of(heard) : of(heard, { listening: true } as const),
            ),
          ),
    }),
  ],
] as const)
  test(`a leader wipes nobody while ${name}`, () => {
    const world = new TestWorld({
      nodes: ['L', 'A'],
      wire: (bus, node) =>
        node === 'L' ? wire(bus) : node === 'A' ? lossy(bus, ({ kind }) => (kind === 'HEARTBEAT' ? 0 : 1)) : bus,
    }).start();
    world.add('A', 'joe', 1000).run(1000);
    world.kill('A').run(10 * HEARTBEAT_MS);
    assert.equal(waiting(world), ['joe']);
    assert.equal(world.of('nodeLost'), []);
  });

test('a server that hears no heartbeat gives signs of life all the same', () => {
  const world = new TestWorld({
    nodes: ['L', 'A'],
    wire: (bus, node) => (node === 'A' ? lossy(bus, ({ kind }) => (kind === 'HEARTBEAT' ? 0 : 1)) : bus),
  }).start();
  world.add('A', 'joe', 1000).run(10 * HEARTBEAT_MS);
  assert.equal(waiting(world), ['joe']);
  assert.equal(world.of('nodeLost'), []);
});

test('a server that was silent and speaks again is back', () => {
  let cut = false;
  const wire = (bus: Bus, node: string): Bus => ({
    ...bus,
    alive: (request) => defer(() => (node === 'A' && cut ? EMPTY : bus.alive(request))),
  });
  const world = new TestWorld({ nodes: ['L', 'A'], wire }).start().run(1000);
  cut = true;
  world.run(NOTICED_MS);
  assert.equal(
    world.of('nodeLost').map(({ tickets }) => tickets),
    [0],
  );
  cut = false;
  world.run(2 * HEARTBEAT_MS);
  assert.is(world.of('nodeBack').length, 1);
  world.add('A', 'joe', 1000).run(5 * HEARTBEAT_MS);
  assert.equal(waiting(world), ['joe']);
});

test('every second sign of life, wipe and goodbye is done and its answer lost: asked again, nothing is done twice', () => {
  let calls = 0;
  const flaky = <T>(verb$: Observable<T>): Observable<T> =>
    verb$.pipe(concatMap((answer) => (calls++ % 2 === 0 ? throwError(() => new BusUnreachable('lost')) : of(answer))));
  const wire = (bus: Bus): Bus => ({
    ...bus,
    arrive: (request) => flaky(bus.arrive(request)),
    alive: (request) => flaky(bus.alive(request)),
    goodbye: (...args) => flaky(bus.goodbye(...args)),
    wipe: (...args) => flaky(bus.wipe(...args)),
    lastSigns: () => flaky(bus.lastSigns()),
  });
  const world = new TestWorld({ nodes: ['L', 'A', 'B'], wire }).start().run(2000);
  world.add('A', 'joe', 1000).add('B', 'bob', 5000).run(1000);
  world.kill('A').run(3 * HEARTBEAT_MS);
  assert.equal(waiting(world), ['bob']);
  assert.ok(world.of('nodeLost').length === 1);
  world.node('B').stop().subscribe();
  world.run(2000);
  assert.equal(waiting(world), []);
  assert.equal(world.of('fault'), []);
});

test.run();
