import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inSlices } from '../../plugin/slices.ts';
import { VirtualTime } from '../../scripts/virtual-time.ts';

/** Work of so many pieces, each of which takes 0.1 ms; what is done by when. */
function worked(pieces: number, budgetMs: number, failAt = -1) {
  const scheduler = new VirtualTime(0);
  let elapsed = 0;
  const done: number[] = [];
  const events: string[] = [];
  function* work(): Generator<void> {
    for (let piece = 0; piece < pieces; piece++) {
      if (piece === failAt) throw new Error('broken');
      elapsed += 0.1;
      done.push(scheduler.now());
      yield;
    }
  }
  const subscription = inSlices(work, { scheduler, elapsedMs: () => elapsed }, budgetMs).subscribe({
    next: () => events.push('done'),
    error: (error: Error) => events.push(error.message),
    complete: () => events.push('complete'),
  });
  return { scheduler, done, events, subscription };
}

test('a slice ends soon after its budget is used, and the event loop is free in between', () => {
  const { scheduler, done, events } = worked(200, 4);
  assert.equal(done, [], 'nothing is done before the first turn');
  scheduler.runUntil(1000);
  assert.equal(events, ['done', 'complete']);
  assert.is(done.length, 200);
  const slices = [...new Set(done)].map((at) => done.filter((each) => each === at).length);
  assert.equal(slices, [64, 64, 64, 8], 'the stopwatch is looked at after every 32nd piece');
});

test('unsubscribing leaves the rest undone; what throws errors it', () => {
  const { scheduler, done, events, subscription } = worked(200, 4);
  scheduler.runUntil(0);
  subscription.unsubscribe();
  scheduler.runUntil(1000);
  assert.is(done.length, 64);
  assert.equal(events, []);
  const broken = worked(200, 4, 70);
  broken.scheduler.runUntil(1000);
  assert.equal(broken.events, ['broken']);
});

test.run();
