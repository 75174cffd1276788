import { concat, EMPTY, NEVER, Observable, of, Subject, type Subscriber, throwError } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { begin, hearEach, Successive } from '../../plugin/works.ts';

/** What comes of works that `set` begins, and the subscription to all of them. */
function together(set: (all: Subscriber<string>) => void) {
  const events: string[] = [];
  const subscription = new Observable<string>((all) => set(all)).subscribe({
    next: (event) => events.push(event),
    error: (error: Error) => events.push(`error: ${error.message}`),
    complete: () => events.push('complete'),
  });
  return { events, subscription };
}

test('a work that ends leaves the others, one that breaks ends them', () => {
  const going$ = new Subject<string>();
  const { events } = together((all) => {
    begin(all, of('short'));
    begin(all, going$);
    begin(all, concat(EMPTY, NEVER));
  });
  going$.next('on');
  assert.equal(events, ['short', 'on']);
  assert.is(going$.observed, true);
  going$.error(new Error('broken'));
  assert.equal(events, ['short', 'on', 'error: broken']);
});

test('who leaves, or breaks, lets go of every work', () => {
  const [left$, right$] = [new Subject<string>(), new Subject<string>()];
  const { subscription } = together((all) => {
    begin(all, left$);
    begin(all, right$);
  });
  subscription.unsubscribe();
  assert.equal([left$.observed, right$.observed], [false, false]);
  together((all) => {
    begin(all, left$);
    begin(all, right$);
    begin(
      all,
      throwError(() => new Error('broken')),
    );
  });
  assert.equal([left$.observed, right$.observed], [false, false]);
});

test('nothing begins once all is over', () => {
  let begun = 0;
  const work$ = new Observable<string>(() => void begun++);
  together((all) => {
    const successive = new Successive(all);
    all.complete();
    begin(all, work$);
    successive.begin(work$);
  });
  assert.is(begun, 0);
});

test('of successive works each ends the one before, one that is begun within another too', () => {
  const [first$, second$] = [new Subject<string>(), new Subject<string>()];
  let successive: Successive<string> | undefined;
  const { events } = together((all) => {
    successive = new Successive(all);
    successive.begin(first$);
  });
  successive?.begin(
    new Observable<string>((subscriber) => {
      successive?.begin(second$);
      subscriber.next('late');
    }),
  );
  assert.is(first$.observed, false);
  second$.next('newest');
  assert.equal(events, ['newest']);
  successive?.stop();
  assert.is(second$.observed, false);
});

test('what is heard is taken until all is over; taking it throws into all', () => {
  const source$ = new Subject<number>();
  const taken: number[] = [];
  const { events } = together((all) => {
    hearEach(all as Subscriber<never>, source$, (value) => {
      if (value === 3) throw new Error('three');
      taken.push(value);
    });
  });
  source$.next(1);
  source$.next(2);
  source$.next(3);
  source$.next(4);
  assert.equal(taken, [1, 2]);
  assert.equal(events, ['error: three']);
  assert.is(source$.observed, false);
});

test.run();
