/** When a Redis counts as out of reach: in virtual time. */
import { of, Subject, throwError } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BusUnreachable, type Reach } from '../../../bus/bus.ts';
import { PATIENCE_MS, reachOf } from '../../../bus/redis/reach.ts';
import { VirtualTime } from '../../../scripts/virtual-time.ts';

const test = suite('reach');

function watched(answers = true, error: Error = new BusUnreachable('gone')) {
  const time = new VirtualTime();
  const troubles$ = new Subject<void>();
  const world = { answers, probes: 0, said: [] as Reach[] };
  const probe = () => {
    world.probes++;
    return world.answers ? of(1) : throwError(() => error);
  };
  const reach$ = reachOf({ scheduler: time, troubles$, probe });
  const subscription = reach$.subscribe((reach) => world.said.push(reach));
  const run = (ms: number): void => void time.runUntil(time.now() + ms);
  return { time, troubles$, world, reach$, subscription, run };
}
const words = (said: readonly Reach[]) => said.map(({ reachable }) => reachable);

test('said at once at the start, and then once a change, however long it lasts', () => {
  const { world, run } = watched(false);
  run(1);
  assert.equal(world.said, [{ reachable: false, reason: 'gone' }]);
  run(60_000);
  assert.is(world.said.length, 1);
  world.answers = true;
  run(300);
  assert.equal(words(world.said), [false, true]);
  run(60_000);
  world.answers = false;
  run(5000 + PATIENCE_MS + 300);
  assert.equal(words(world.said), [false, true, false]);
});

test('what was not answered is a reason to look; what comes back at once is not said', () => {
  const { world, run, troubles$ } = watched();
  run(1);
  world.answers = false;
  troubles$.next();
  run(PATIENCE_MS);
  world.answers = true;
  run(10_000);
  assert.equal(words(world.said), [true]);
  world.answers = false;
  troubles$.next();
  run(PATIENCE_MS + 600);
  assert.equal(words(world.said), [true, false]);
});

test('however many are not answered, there is one probe at a time', () => {
  const { world, run, troubles$ } = watched();
  run(1);
  const before = world.probes;
  for (let count = 0; count < 1000; count++) troubles$.next();
  run(1000);
  assert.ok(world.probes - before <= 2, `${world.probes - before} probes`);
});

test('a Redis that refuses for good is there', () => {
  const { world, run } = watched(false, new Error('NOPERM'));
  run(20_000);
  assert.equal(words(world.said), [true]);
});

test('who comes later is told how it is; when nobody watches nothing is asked', () => {
  const { time, world, run, reach$, subscription } = watched();
  run(1);
  const late: Reach[] = [];
  const other = reach$.subscribe((reach) => late.push(reach));
  assert.equal(words(late), [true]);
  assert.is(world.probes, 1);
  other.unsubscribe();
  subscription.unsubscribe();
  assert.is(time.nextAt, undefined);
});

test.run();
