import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Explanation, Queue, type QueueOptions, type Ticket } from '../../matcher/index.ts';
import { DEFAULTS } from '../../plugin/config.ts';
import { randomOf } from '../../scripts/random.ts';
import { bob, janet, jeff, joe, NOW, ticket } from './tickets.ts';

function explained(
  tickets: readonly Ticket[],
  id: string,
  options: Partial<QueueOptions> = {},
  prepare?: (queue: Queue) => void,
) {
  const queue = new Queue({ ...DEFAULTS.queue, ...options });
  for (const each of tickets) queue.enter(each);
  prepare?.(queue);
  return queue.explain(id, NOW) as Explanation;
}

const why = ({ nearest }: Explanation): unknown[] =>
  nearest.map(({ id, difference, ...rest }) => [id, difference, (rest as { why: string }).why]);

test('place, range, growth, and the nearest others: who is in reach, and who will be when', () => {
  const janets = explained([joe, bob, jeff, janet], 'Janet');
  assert.equal([janets.place, janets.waiting, janets.state, janets.waitedSeconds], [3, 4, 'waiting', 0]);
  assert.equal([janets.elo, janets.pool, janets.lowest, janets.highest], [950, 10, 940, 960]);
  // 40 · (1.5^(1/15) − 1), in 64ths.
  assert.is(janets.growth, Math.round((10 + 40 * (1.5 ** (1 / 15) - 1)) * 64) / 64 - 10);
  assert.equal(why(janets), [
    ['Joe', 100, 'outOfReach'],
    ['Bob', 120, 'outOfReach'],
    ['Jeff', 130, 'outOfReach'],
  ]);
  const [nearest] = janets.nearest;
  assert.ok(nearest?.why === 'outOfReach');
  assert.is(nearest.by, 100 - 30 - 10);
  const seconds = nearest.inSeconds as number;
  const reach = (after: number): number => {
    const queue = new Queue(DEFAULTS.queue);
    return queue.pool(janet, NOW + after * 1000) + queue.pool(joe, NOW + after * 1000);
  };
  assert.ok(reach(seconds) > 100 && reach(seconds - 1) <= 100, `${seconds} s is the first second`);
  assert.equal(why(explained([joe, bob, jeff, janet], 'Joe')), [
    ['Bob', 20, 'soon'],
    ['Jeff', 30, 'soon'],
    ['Janet', 100, 'outOfReach'],
  ]);
});

test('why not yet: forbidden by which rule, locked, resting; never in reach', () => {
  const other = (id: string, more: Partial<Ticket>): Ticket => ticket(id, 1050, NOW, more);
  const actor = { id: 'Party', name: 'Party', members: ['x', 'y'], elo: 1050, blocks: [] };
  const crowd = [
    joe,
    other('Rules', { ruleset: 'other' }),
    other('Party', { actor }),
    other('Locked', {}),
    other('Busy', {}),
    ticket('Far', 9000),
  ];
  const joes = explained(crowd, 'Joe', { maxDifference: 500 }, (queue) => {
    queue.lock('Locked');
    queue.rest('Busy', NOW + 5000);
  });
  const reasons = Object.fromEntries(joes.nearest.map(({ id, ...rest }) => [id, 'rule' in rest ? rest.rule : rest.why]));
  assert.equal(reasons, { Rules: 'ruleset', Party: 'partySize', Locked: 'locked', Busy: 'resting', Far: 'maxDifference' });
  const none = explained([joe, ticket('Far', 9000)], 'Joe', { pool: { ...DEFAULTS.queue.pool, curve: 'none' } });
  assert.equal(none.nearest[0]?.why === 'outOfReach' && none.nearest[0].inSeconds, null);
  assert.equal(none.estimate, { median: null, p90: null }, 'nobody came yet, and nobody who waits will do');
});

test('who is locked has no place; who is not here is not explained', () => {
  const locked = explained([joe, bob], 'Joe', {}, (queue) => queue.lock('Joe'));
  assert.equal([locked.state, locked.place, locked.waiting], ['locked', null, 1]);
  assert.is(explained([joe], 'Bob'), undefined);
});

test('the estimate is honest: half or more wait less than the median, nine in ten less than p90', () => {
  for (const rate of [0.1, 0.5]) {
    const random = randomOf(1, `estimate ${rate}`);
    const queue = new Queue(DEFAULTS.queue);
    const promised = new Map<string, { since: number; median: number; p90: number }>();
    let [arrived, inMedian, inP90, counted] = [0, 0, 0, 0];
    let nextAt = 0;
    for (let now = 0; arrived < 2500; now += 50) {
      for (; nextAt <= now; nextAt += random.exponential(1000 / rate)) {
        const id = `p${arrived++}`;
        queue.enter(ticket(id, Math.round(random.normal(1500, 300)), Math.floor(nextAt)));
        const { median, p90 } = (queue.explain(id, now) as Explanation).estimate;
        if (arrived > 400 && median !== null && p90 !== null) promised.set(id, { since: nextAt, median, p90 });
      }
      queue.beginRound(now);
      for (let head = queue.nextHead(now); head; head = queue.nextHead(now)) {
        const [opponent] = queue.find(head, now, 1);
        if (!opponent) continue;
        for (const { ticket: id } of [head, opponent]) {
          queue.leave(id);
          const promise = promised.get(id);
          if (!promise) continue;
          const waited = (now - promise.since) / 1000;
          counted++;
          // Whole seconds were promised.
          if (waited <= promise.median + 1) inMedian++;
          if (waited <= promise.p90 + 1) inP90++;
        }
      }
    }
    const [half, most] = [inMedian / counted, inP90 / counted];
    assert.ok(half > 0.45 && half < 0.8, `${rate} a second: ${half} of ${counted} waited less than the median`);
    assert.ok(most > 0.85, `${rate} a second: ${most} waited less than p90`);
  }
});

test.run();
