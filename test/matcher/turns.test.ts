import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TurnOrder } from '../../matcher/index.ts';

const after = (applied: number): TurnOrder => {
  const order = new TurnOrder();
  for (let turn = 1; turn <= applied; turn++) order.applied(turn);
  return order;
};

test('the expected turn is applied, an older one is a duplicate', () => {
  const order = after(2);
  assert.equal(order.arrived(3), { kind: 'expected' });
  order.applied(3);
  assert.equal(order.arrived(3), { kind: 'duplicate' });
  assert.equal(order.arrived(1), { kind: 'duplicate' });
  assert.is(order.duplicates, 2);
});

test('a gap of 1 to 3 is fetched quietly, a larger one is exceeded', () => {
  assert.equal(after(4).arrived(6), { kind: 'gap', from: 5, to: 5, exceeded: false });
  assert.equal(after(4).arrived(8), { kind: 'gap', from: 5, to: 7, exceeded: false });
  assert.equal(after(4).arrived(9), { kind: 'gap', from: 5, to: 8, exceeded: true });
});

test('exceeded counts once per gap, none further until caught up, and the third is a time-out', () => {
  const order = after(0);
  const exceeded = (turn: number): boolean => {
    const verdict = order.arrived(turn);
    return verdict.kind === 'gap' && verdict.exceeded;
  };
  const catchUp = (to: number): void => {
    for (let turn = order.expected; turn <= to; turn++) order.applied(turn);
  };
  assert.ok(exceeded(5));
  assert.not(exceeded(6), 'the same gap');
  catchUp(5);
  assert.not(exceeded(10), 'turn 6 is still missing: not caught up');
  catchUp(10);
  assert.ok(exceeded(15));
  catchUp(15);
  assert.not(order.timedOut);
  assert.ok(exceeded(20));
  assert.ok(order.timedOut);
  assert.is(order.exceeded, 3);
});

test('a turn number that the log does not have ends with the log: the next gap counts again', () => {
  const order = after(0);
  order.arrived(4_000_000_000);
  assert.is(order.exceeded, 1);
  order.caughtUp();
  order.arrived(5);
  assert.is(order.exceeded, 2);
});

test('a turn out of order is an invariant of the caller', () => {
  assert.throws(() => after(2).applied(5), /turn 5 applied, 3 expected/);
});

test('whatever is doubled, lost or reordered: every turn is applied once and in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 200 }), (arrivals) => {
      const order = new TurnOrder();
      const applied: number[] = [];
      const apply = (turn: number): void => {
        order.applied(turn);
        applied.push(turn);
      };
      for (const turn of arrivals) {
        const verdict = order.arrived(turn);
        if (verdict.kind === 'duplicate') continue;
        if (verdict.kind === 'gap') for (let missing = verdict.from; missing <= verdict.to; missing++) apply(missing);
        apply(turn);
      }
      const newest = Math.max(0, ...arrivals);
      assert.equal(
        applied,
        Array.from({ length: newest }, (_, index) => index + 1),
      );
    }),
  );
});

test.run();
