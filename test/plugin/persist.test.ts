/** What the bus does not answer is asked again, and leaves nothing behind however often. */
import { Observable, Subscriber, type TeardownLogic, throwError, VirtualTimeScheduler } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BusUnreachable } from '../../bus/bus.ts';
import { persist } from '../../plugin/runtime.ts';

const test = suite('asking until it is answered');

/** Knows what has to be tidied up after it. */
class Counting extends Subscriber<number> {
  readonly kept = new Set<unknown>();

  override add(one: TeardownLogic): void {
    this.kept?.add(one);
    super.add(one);
  }

  override remove(one: Parameters<Subscriber<number>['remove']>[0]): void {
    this.kept?.delete(one);
    super.remove(one);
  }
}

test('a hundred times in vain, then answered', () => {
  // rxjs' own: its actions, as those of the servers' real time, stay with who asked until they are removed.
  const time = new VirtualTimeScheduler();
  let asked = 0;
  const answers: number[] = [];
  const verb = new Observable<number>((subscriber) => {
    if (++asked <= 100) throwError(() => new BusUnreachable('gone')).subscribe(subscriber as Subscriber<unknown>);
    else subscriber.next(asked);
  });
  const next = (answer: number): unknown => answers.push(answer);
  const subscriber = new Counting({ next, error: () => undefined, complete: () => undefined });
  persist(time)(verb).subscribe(subscriber);
  time.flush();
  assert.equal(answers, [101]);
  assert.is(time.now(), 25_000);
  assert.ok(subscriber.kept.size < 5, String(subscriber.kept.size));
});

test.run();
