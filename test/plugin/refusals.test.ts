import { Subject } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BusFault } from '../../bus/bus.ts';
import type { Reason } from '../../bus/refusals.ts';
import type { NodeEvent } from '../../plugin/events.ts';
import { refusalsOf } from '../../plugin/refusals.ts';
import { VirtualTime } from '../../scripts/virtual-time.ts';

const fault = (reason: Reason, room: string): BusFault => ({ reason, room, kind: '', malformed: [] });

/** Reason, count and room of what was told, and when. */
function telling() {
  const time = new VirtualTime();
  const faults$ = new Subject<BusFault>();
  const told: [number, string, number, string][] = [];
  refusalsOf(faults$, time).subscribe((event: NodeEvent) => {
    if (event.kind === 'refused') told.push([time.now(), event.reason, event.count, event.room]);
  });
  return { time, faults$, told };
}

test('the first is told at once, those after it as a sum a minute with the newest, each once', () => {
  const { time, faults$, told } = telling();
  for (let index = 1; index <= 10_000; index++) faults$.next(fault('forged', `r${index}`));
  assert.equal(told, [[0, 'forged', 1, 'r1']]);
  time.runUntil(90_000);
  faults$.next(fault('forged', 'late'));
  time.runUntil(600_000);
  assert.equal(told.slice(1), [
    [60_000, 'forged', 9999, 'r10000'],
    [120_000, 'forged', 1, 'late'],
  ]);
});

test('after a minute without any the next one is told at once again', () => {
  const { time, faults$, told } = telling();
  faults$.next(fault('forged', 'a'));
  time.runUntil(60_001);
  faults$.next(fault('forged', 'b'));
  assert.equal(
    told.map(([at, , count, room]) => [at, count, room]),
    [
      [0, 1, 'a'],
      [60_001, 1, 'b'],
    ],
  );
  assert.ok(time.nextAt !== undefined);
  time.runUntil(500_000);
  assert.is(time.nextAt, undefined, 'and nothing ticks any more');
});

test('each reason is told by itself', () => {
  const { faults$, told } = telling();
  for (const reason of ['forged', 'replayed', 'forged', 'rate', 'replayed'] as const) faults$.next(fault(reason, 'r'));
  assert.equal(
    told.map(([, reason]) => reason),
    ['forged', 'replayed', 'rate'],
  );
});

test.run();
