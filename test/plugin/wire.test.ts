/** A bus that errs, answers late, answers nothing though it did what it was asked, or carries what nobody should have said. */
import { concatMap, defer, delay, EMPTY, type Observable, throwError } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Bus, BusUnreachable } from '../../bus/bus.ts';
import type { LogEntry, Message } from '../../bus/messages.ts';
import type { VirtualTime } from '../../scripts/virtual-time.ts';
import { lossy, TestWorld, type WorldGiven } from './world.ts';

const unreachable = (): Observable<never> => throwError(() => new BusUnreachable('the connection is gone'));
const rated = (world: TestWorld): string[] =>
  world
    .of('elo')
    .map(({ id }) => id)
    .sort();
const pair = (given: WorldGiven): TestWorld => new TestWorld(given).start().add('A', 'joe', 1000).add('B', 'bob', 1000);

for (const kind of ['ARE_YOU_THERE', 'HERE', 'OVER_OK', 'NEWEST'] as const)
  test(`the first ${kind} cannot be said: nothing ends of it, the match is played`, () => {
    let failed = 0;
    const wire = (bus: Bus): Bus => ({
      ...bus,
      say: (room, message) => (message.kind === kind && failed++ === 0 ? unreachable() : bus.say(room, message)),
    });
    const world = pair({ wire, players: { bob: { overAfterMs: 12_000 } } }).run(90_000);
    assert.ok(failed > 0);
    assert.equal(rated(world), ['bob', 'joe']);
    assert.equal(world.of('fault'), []);
  });

test('the leader hears of a ticket before its node does: it is asked, and answers when it knows', () => {
  const wire = (bus: Bus, node: string, time: VirtualTime): Bus =>
    node === 'B' ? { ...bus, enter: (request) => bus.enter(request).pipe(delay(300, time)) } : bus;
  const world = new TestWorld({ wire });
  world.start().add('A', 'joe', 1000).add('B', 'bob', 1000).run(2500);
  assert.equal(world.of('notThere'), []);
  assert.is(world.of('begun').length, 2);
});

test('two that find each other in one step are asked once each', () => {
  let asked = 0;
  const wire = (bus: Bus): Bus => ({
    ...bus,
    say: (room, message) => {
      if (message.kind === 'ARE_YOU_THERE') asked++;
      return bus.say(room, message);
    },
  });
  const world = pair({ wire }).run(60_000);
  assert.equal(rated(world), ['bob', 'joe']);
  assert.is(asked, 2);
});

const VERBS = [
  'enter',
  'reply',
  'joined',
  'team',
  'judge',
  'append',
  'over',
  'takeElo',
  'offer',
  'settle',
  'advance',
  'snapshot',
] as const;
for (const verb of VERBS)
  for (const done of [false, true])
    test(`every second ${verb} ${done ? 'is done and its answer lost' : 'does not arrive'}: asked again, nothing is done twice`, () => {
      let calls = 0;
      const wire = (bus: Bus): Bus => {
        const original = bus[verb] as (...args: unknown[]) => Observable<unknown>;
        const flaky = (...args: unknown[]): Observable<unknown> =>
          defer(() => {
            if (calls++ % 2 === 1) return original(...args);
            return done ? original(...args).pipe(concatMap(unreachable)) : unreachable();
          });
        return { ...bus, [verb]: flaky };
      };
      const world = pair({ wire }).run(90_000);
      assert.ok(calls > 1);
      assert.equal(rated(world), ['bob', 'joe']);
      assert.is(world.stages().at(-1), 'closed');
      assert.equal(
        world.of('elo').map(({ delta }) => Math.abs(delta)),
        [16, 16],
      );
      const [one, two] = world.seen;
      assert.equal(one?.turns, two?.turns);
      assert.is(one?.turns.length, 10);
      assert.equal(world.of('fault'), []);
    });

test('settled, and the answer lost: the one who declined is out, the other one plays on', () => {
  let lost = 0;
  const wire = (bus: Bus): Bus => ({
    ...bus,
    settle: (...args) => bus.settle(...args).pipe(concatMap((answer) => (lost++ === 0 ? unreachable() : [answer]))),
  });
  const world = pair({ wire, players: { bob: { accept: false } } }).run(10_000);
  world.add('B', 'ann', 1000).run(60_000);
  assert.equal(rated(world), ['ann', 'joe']);
});

test('cancelled, and the answer lost: both are found again', () => {
  let lost = 0;
  let absent = true;
  const wire = (bus: Bus, node: string): Bus => ({
    ...bus,
    joined: (...args) => (node === 'B' && absent ? EMPTY : bus.joined(...args)),
    advance: (fence, request) =>
      bus
        .advance(fence, request)
        .pipe(concatMap((answer) => (request.step.to === 'cancelled' && lost++ === 0 ? unreachable() : [answer]))),
  });
  const world = pair({ wire }).run(15_000);
  assert.is(world.stages().at(-1), 'cancelled');
  absent = false;
  world.run(120_000);
  assert.equal(rated(world), ['bob', 'joe']);
});

test('left, and the answer lost: removed all the same', () => {
  let lost = 0;
  const wire = (bus: Bus): Bus => ({
    ...bus,
    leave: (...args) => bus.leave(...args).pipe(concatMap((answer) => (lost++ === 0 ? unreachable() : [answer]))),
  });
  const world = new TestWorld({ wire }).start().add('A', 'joe', 1000).run(100);
  assert.is(world.value(world.node('A').remove('joe'), 1000), 'queued');
  assert.type(world.tryAdd('A', { id: 'joe' }).ticket, 'string');
  assert.is(world.value(world.bus.snapshot('ranked')).tickets.length, 1);
});

test('asked before the answer to `enter` has come: busy, and matched later', () => {
  const wire = (bus: Bus, _node: string, time: ConstructorParameters<typeof Object>[0]): Bus => ({
    ...bus,
    enter: (request) => bus.enter(request).pipe(delay(200, time)),
  });
  const world = pair({ wire: wire as NonNullable<WorldGiven['wire']> }).run(60_000);
  assert.equal(rated(world), ['bob', 'joe']);
  assert.equal(world.of('withdrawn'), []);
});

test('script messages are lost, also while the queue is loaded anew: everybody is matched all the same', () => {
  let heard = 0;
  const wire = (bus: Bus, node: string, time: Parameters<NonNullable<WorldGiven['wire']>>[2]): Bus => {
    if (node !== 'A') return bus;
    const holed = lossy(bus, (message) => ('revision' in message && [2, 4, 5].includes(++heard) ? 0 : 1));
    return { ...holed, snapshot: (queue) => bus.snapshot(queue).pipe(delay(50, time)) };
  };
  const world = new TestWorld({ wire }).start();
  for (let index = 0; index < 8; index++) world.add('B', `p${index}`, 1000).run(10);
  world.run(120_000);
  assert.is(rated(world).length, 8);
});

/** Says something in a room that no leader said, when the battle runs. */
function forged(
  message: (mark: { queue: string; matchId: string }) => Partial<Message> & { kind: Message['kind'] },
  room: 'challenge' | 'waiting',
): TestWorld {
  const world = pair({}).run(4000);
  assert.is(world.stages().at(-1), 'battle');
  const match = world.value(world.bus.snapshot('ranked')).matches[0];
  assert.ok(match);
  const { rooms } = world.bus;
  const where = room === 'challenge' ? rooms.challenge(match.challengeRoom) : rooms.waiting(match.sides[0].ticket);
  const said = { v: 1, ...message({ queue: 'ranked', matchId: match.matchId }), ticket: match.sides[0].ticket } as Message;
  world.bus.say(where, said).subscribe();
  return world.run(60_000);
}

test('an ELO of an older leader, heard and not in the log, is nobody’s Elo', () => {
  const sides: [LogEntry & { kind: 'ELO' }]['0']['sides'] = [
    { old: 1, new: 9999, delta: 9998 },
    { old: 1, new: 9999, delta: 9998 },
  ];
  const world = forged(
    ({ queue, matchId }) => ({ kind: 'ELO', queue, matchId, generation: 0, epoch: 0, turn: 8, winner: 0, sides }),
    'challenge',
  );
  assert.equal(
    world.of('elo').map(({ delta }) => Math.abs(delta)),
    [16, 16],
  );
});

test('BACK, WITHDRAWN or another OFFER in mid-battle do not cut it', () => {
  for (const kind of ['BACK', 'WITHDRAWN', 'OFFER'] as const) {
    const world = forged(
      ({ queue }) => ({ kind, queue, generation: 9, epoch: 9e15, reason: '', offerId: 'x', deadline: 1, windowMs: 1 }),
      'waiting',
    );
    assert.is(world.stages().at(-1), 'closed', kind);
    assert.is(world.of('back').length + world.of('withdrawn').length, 0, kind);
  }
});

test('an invariant that breaks in the leader is a fault, after which it leads on', () => {
  let broken = 0;
  const wire = (bus: Bus): Bus => ({
    ...bus,
    settle: (...args) => (broken++ === 0 ? throwError(() => new Error('a bug')) : bus.settle(...args)),
  });
  const world = pair({ wire }).run(60_000);
  assert.equal(
    world.of('fault').map(({ error }) => error),
    ['a bug'],
  );
  assert.equal(rated(world), ['bob', 'joe']);
});

test.run();
