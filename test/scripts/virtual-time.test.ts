import { asyncScheduler, delay, interval, map, of, type SchedulerAction, take, timer } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { VirtualTime } from '../../scripts/virtual-time.ts';

test('what is due runs in order of time, equal times in order of scheduling', () => {
  const time = new VirtualTime(1000);
  const seen: string[] = [];
  for (const [name, after] of [
    ['c', 30],
    ['a', 10],
    ['b', 10],
    ['now', 0],
  ] as const)
    time.schedule(() => seen.push(`${name} ${time.now()}`), after);
  time.runUntil(1030);
  assert.equal(seen, ['now 1000', 'a 1010', 'b 1010', 'c 1030']);
  assert.is(time.now(), 1030);
});

test('RxJS runs in it: timers, intervals, delays, and what is unsubscribed does not', () => {
  const time = new VirtualTime();
  const seen: string[] = [];
  interval(100, time)
    .pipe(
      take(3),
      map((n) => `interval ${n}`),
    )
    .subscribe((text) => seen.push(`${text} at ${time.now()}`));
  of('delayed')
    .pipe(delay(150, time))
    .subscribe((text) => seen.push(`${text} at ${time.now()}`));
  const dropped = timer(120, time).subscribe(() => seen.push('dropped'));
  dropped.unsubscribe();
  time.runUntil(10_000);
  assert.equal(seen, ['interval 0 at 100', 'delayed at 150', 'interval 1 at 200', 'interval 2 at 300']);
  assert.is(time.nextAt, undefined, 'nothing is left behind');
});

test('the same story as on the real clock', async () => {
  const story = (scheduler: VirtualTime | typeof asyncScheduler): Promise<number[]> =>
    new Promise((resolve) => {
      const seen: number[] = [];
      timer(5, 10, scheduler)
        .pipe(take(4))
        .subscribe({ next: (n) => seen.push(n), complete: () => resolve(seen) });
      if (scheduler instanceof VirtualTime) scheduler.runUntil(1000);
    });
  assert.equal(await story(new VirtualTime()), await story(asyncScheduler));
});

test('an action that schedules itself again goes on', () => {
  const time = new VirtualTime();
  const seen: number[] = [];
  time.schedule<number>(
    function (this: SchedulerAction<number>, count = 0) {
      seen.push(time.now());
      if (count < 3) this.schedule(count + 1, 10);
    },
    5,
    0,
  );
  time.runUntil(1000);
  assert.equal(seen, [5, 15, 25, 35]);
});

test.run();
