/** The leader dies at random moments between a result and its Elo: no result is lost, none is applied twice. */
import { concatMap, defer, delay, type Observable, timer } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bus } from '../../bus/bus.ts';
import { type Random, randomOf } from '../../scripts/random.ts';
import type { VirtualTime } from '../../scripts/virtual-time.ts';
import { SEED } from '../seed.ts';
import { TestWorld } from './world.ts';

const DEATHS = 200;
const LATENCY_MS = 20;
/** What is asked once, and answered. Rooms and leases are streams. */
const STREAMS = new Set(['hear', 'say', 'holdLease', 'hearInbox', 'lose', 'close']);

/** A bus that takes its time on the way there and on the way back: who asks may be dead by then. */
function slow(bus: Bus, time: VirtualTime, random: Random): Bus {
  const slowed =
    (verb: (...args: unknown[]) => Observable<unknown>) =>
    (...args: unknown[]): Observable<unknown> =>
      defer(() =>
        timer(random.integer(0, LATENCY_MS), time).pipe(
          concatMap(() => verb(...args)),
          delay(random.integer(0, LATENCY_MS), time),
        ),
      );
  const verbs = Object.entries(bus).map(([name, verb]) => [
    name,
    typeof verb === 'function' && !STREAMS.has(name) ? slowed(verb as (...args: unknown[]) => Observable<unknown>) : verb,
  ]);
  return { ...bus, ...Object.fromEntries(verbs) };
}

test(`the leader dies ${DEATHS} times, one of three times its successor too`, () => {
  let between = 0;
  for (let number = 0; number < DEATHS; number++) {
    const random = randomOf(SEED, `death ${number}`);
    const says = `JAEGER_SEED=${SEED}, death ${number}`;
    const world = new TestWorld({
      nodes: ['A', 'D', 'B', 'C'],
      players: { bob: { overAfterMs: random.integer(0, 200) } },
      wire: (bus, _node, time) => slow(bus, time, random),
    });
    world.start().run(1000).add('B', 'joe', 1000).add('C', 'bob', 1000);
    while (world.of('over').length === 0 && world.time.now() < 60_000) world.run(1);
    assert.is(world.of('over').length > 0, true, says);
    world.run(random.integer(0, 300));
    const applied = world.value(world.bus.rating('ranked', 'joe'), 0) !== null;
    if (!applied) between++;
    world.kill('A');
    if (random.fraction() < 1 / 3) {
      world.run(random.integer(0, 100));
      world.kill('D');
    }
    world.run(20_000);
    const changes = world.of('elo').map(({ id, side, old, new: now, delta }) => [id, old, now, side === 0 ? delta : -delta]);
    const won = (id: string): boolean => world.of('elo').find((elo) => elo.id === id)?.side === 0;
    const changed = (id: string) => [id, 1000, won(id) ? 1016 : 984, 16];
    assert.equal(changes.sort(), [changed('bob'), changed('joe')], says);
    const [joe, bob] = ['joe', 'bob'].map((player) => world.value(world.bus.rating('ranked', player)));
    assert.is((joe as number) + (bob as number), 2000, says);
    assert.is(Math.abs((joe as number) - 1000), 16, says);
    assert.equal(world.of('void'), [], says);
    const led = world.of('stage').filter(({ takenOver }) => !takenOver);
    assert.is(new Set(led.map(({ stage }) => stage)).size, led.length, `${says}: a stage is told twice`);
    const { matches, tickets, offers } = world.value(world.bus.snapshot('ranked'));
    assert.equal([matches, tickets, offers], [[], [], []], says);
  }
  assert.ok(between > DEATHS / 10, `only ${between} died before the Elo`);
});

test.run();
