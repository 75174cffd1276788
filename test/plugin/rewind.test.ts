/** The bus goes back to what it held a moment before, at every moment of a match's way. In virtual time. */
import { concatMap, defer, delay, of, type SchedulerLike, timer } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bus } from '../../bus/bus.ts';
import { remember } from '../rewind.ts';
import { TestWorld } from './world.ts';

const STEP_MS = 100;
/** From add to the Elo. */
const WAY_MS = 11_000;
/** What both say at the same moment is lost with what comes of it; what one says waits for the other. */
const SLOW = { acceptAfterMs: 2500, overAfterMs: 1500 };
const PLAYERS = ['joe', 'bob'];
/** The longest of what may be waited for: a window, a heartbeat, the rest of a pair. */
const OVER_MS = 150_000;

for (const lostMs of [100, 1000])
  test(`who was matched has an Elo or is told that it was lost, and nobody pays for it: ${lostMs} ms are lost`, () => {
    const ends = new Set<string>();
    for (let at = 0; at <= WAY_MS; at += STEP_MS) {
      const world = new TestWorld({ nodes: ['L', 'A', 'B'], players: { bob: SLOW } }).start();
      const early = at >= lostMs;
      const goBack = early ? undefined : remember(world.bus);
      world.add('A', 'joe', 1000).add('B', 'bob', 1000).run(at);
      const back = goBack ?? remember(world.bus);
      world.run(early ? lostMs : lostMs - at);
      back();
      world.run(OVER_MS);
      const where = `after ${at} ms`;
      assert.equal(world.of('withdrawn'), [], where);
      assert.equal(world.of('fault'), [], where);
      const voids = world.of('void').filter(({ reason }) => reason !== 'StoreLost');
      assert.equal(voids, [], where);
      const { tickets, matches } = world.value(world.bus.snapshot('ranked'));
      assert.equal(matches, [], where);
      for (const player of PLAYERS) {
        const end = [...world.of('elo'), ...world.of('void')].find(({ id }) => id === player);
        const waits = tickets.some(({ actor }) => actor.id === player);
        assert.is(waits, end === undefined, `${player} ${where}`);
        ends.add(end?.kind ?? 'waits');
      }
      const ratings = PLAYERS.map((player) => world.value(world.bus.rating('ranked', player)));
      if (ratings.some((rating) => rating !== null)) assert.is((ratings[0] ?? 0) + (ratings[1] ?? 0), 2000, where);
    }
    assert.ok(ends.has('elo') && ends.has('void'), 'it came at moments at which it matters, and at others');
  });

test('whoever hears only after a loss that a match has begun, which is lost too, is not left in it', () => {
  const SLOW_MS = 3700;
  const line: { isSlow: boolean; back: (() => void) | undefined } = { isSlow: false, back: undefined };
  const slowOf = (bus: Bus, node: string, time: SchedulerLike): Bus => ({
    ...bus,
    hear: (room) =>
      node === 'A'
        ? bus.hear(room).pipe(concatMap((heard) => (line.isSlow ? of(heard).pipe(delay(SLOW_MS, time)) : of(heard))))
        : bus.hear(room),
    advance: (fence, request) =>
      defer(() => {
        if (request.step.to === 'teams') line.back ??= remember(world.bus);
        line.isSlow = true;
        const advanced$ = bus.advance(fence, request);
        return request.step.to === 'cancelled' ? timer(2 * SLOW_MS, time).pipe(concatMap(() => advanced$)) : advanced$;
      }),
  });
  const times = { heartbeatMs: 5000, silenceMs: 20_000 };
  const world = new TestWorld({
    nodes: ['L', 'A', 'B'],
    players: { bob: SLOW },
    wire: slowOf,
    config: { queues: { ranked: { times } } },
  }).start();
  world.add('A', 'joe', 1000).add('B', 'bob', 1000);
  while (world.of('begun').length < 1) world.run(1);
  line.back?.();
  world.run(OVER_MS);
  assert.ok(world.notices('joe').includes('begun'), 'it was heard too late');
  assert.is(world.notices('joe').at(-1), 'void');
  assert.equal(world.value(world.bus.snapshot('ranked')).matches, []);
  assert.is(world.value(world.bus.player('joe')).presence, null);
});

test('a server that began in the moment that is lost has its name at once: who was added there waits on, and others can be', () => {
  const world = new TestWorld({ nodes: ['L', 'A'] }).start().run(40_000);
  world.kill('A').run(500);
  const back = remember(world.bus);
  world.launch('A').start().subscribe();
  world.run(1100).add('A', 'joe', 1000).run(50);
  back();
  world.run(1000);
  const { tickets } = world.value(world.bus.snapshot('ranked'));
  assert.equal(
    tickets.map(({ actor }) => actor.id),
    ['joe'],
  );
  world.tryAdd('A', { id: 'ann', elo: 3000 });
  assert.equal(world.of('rival'), []);
  assert.equal(world.of('withdrawn'), []);
});

test.run();
