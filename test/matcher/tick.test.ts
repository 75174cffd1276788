import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Found, POOL_CLAMP, Queue, ticks } from '../../matcher/index.ts';
import { VirtualTime } from '../../scripts/virtual-time.ts';
import { bob, idsOf, janet, jeff, joe, NOW, ticket } from './tickets.ts';

const OPTIONS = {
  pool: { base: 10, scale: 40, growth: 1.5, period: 15, curve: 'exponential', max: POOL_CLAMP },
  sameNode: true,
  maxDifference: POOL_CLAMP,
} as const;

interface Given {
  readonly queue: Queue;
  /** What each look at the stopwatch adds to it, in ms. */
  readonly perLook?: number;
  readonly mayRun?: () => boolean;
  readonly startMs?: number;
  /** Does who has found somebody ask at once? */
  readonly asks?: boolean;
}

function ticking({ queue, perLook = 0, mayRun = () => true, startMs = NOW, asks = false }: Given) {
  const time = new VirtualTime(startMs);
  const found: (Found & { step: number })[] = [];
  let elapsed = 0;
  const subscription = ticks(queue, {
    scheduler: time,
    busNow: () => time.now(),
    elapsedMs: () => (elapsed += perLook),
    budgetMs: 4,
    mayRun,
  }).subscribe((each) => {
    found.push({ ...each, step: (time.now() - startMs) / 50 });
    if (!asks) return;
    queue.startRun(each.head.ticket);
    queue.ask(each.head.ticket, each.candidate.ticket);
  });
  return { time, found, subscription };
}

function queueOf(...tickets: Parameters<Queue['enter']>[0][]): Queue {
  const queue = new Queue(OPTIONS);
  for (const each of tickets) queue.enter(each);
  return queue;
}

test("the seed's tick: head Joe, his best candidate Bob, 1/20 s after the start", () => {
  const { time, found } = ticking({ queue: queueOf(joe, jeff, bob, janet) });
  time.runUntil(NOW + 49);
  assert.is(found.length, 0);
  time.runUntil(NOW + 50);
  assert.is(found[0]?.head, joe);
  assert.is(found[0]?.candidate, bob);
});

test('one round a step: every waiting actor is head once, and who found nobody moved back', () => {
  const { time, found } = ticking({ queue: queueOf(joe, jeff, bob, janet) });
  time.runUntil(NOW + 50);
  assert.equal(idsOf(found.map(({ head }) => head)), ['Joe', 'Bob', 'Jeff']);
  time.runUntil(NOW + 100);
  assert.equal(idsOf(found.map(({ head }) => head)), ['Joe', 'Bob', 'Jeff', 'Joe', 'Bob', 'Jeff']);
});

test("who is asked is neither head nor anybody else's candidate until the run asks another one or ends; nor is who asks its first", () => {
  const queue = queueOf(joe, bob, jeff);
  const { time, found } = ticking({ queue });
  const foundBy = (ms: number): string[] => {
    const before = found.length;
    time.runUntil(NOW + ms);
    return found.slice(before).map(({ head, candidate }) => `${head.actor.id} ${candidate.actor.id}`);
  };
  queue.startRun(jeff.ticket);
  queue.ask(jeff.ticket, bob.ticket);
  assert.equal(foundBy(50), [], 'Joe would ask Bob, then Jeff');
  queue.ask(jeff.ticket, joe.ticket);
  assert.equal(foundBy(100), ['Bob Jeff'], 'who was not there is asked by others, and so is who asked it');
  queue.endRun(jeff.ticket);
  assert.equal(foundBy(150), ['Joe Bob', 'Bob Jeff', 'Jeff Bob']);
});

test('a crowd of one Elo is paired in one step, and nobody is asked by two', () => {
  const queue = queueOf(...Array.from({ length: 1000 }, (_, index) => ticket(`p${(index * 617) % 1000}`, 1000, index)));
  const { time, found } = ticking({ queue, asks: true });
  time.runUntil(NOW + 50);
  assert.is(new Set(found.flatMap(({ head, candidate }) => [head.ticket, candidate.ticket])).size, 1000);
  assert.is(found.length, 500);
});

test('a step ends when its budget is used, and the round goes on in the next one', () => {
  const players = Array.from({ length: 10 }, (_, index) => ticket(`p${index}`, 1000, 0));
  const { time, found } = ticking({ queue: queueOf(...players), perLook: 1 });
  time.runUntil(NOW + 150);
  const steps = [1, 2, 3].map((step) => idsOf(found.filter((each) => each.step === step).map(({ head }) => head)));
  assert.equal(steps, [
    ['p0', 'p1', 'p2', 'p3'],
    ['p4', 'p5', 'p6', 'p7'],
    ['p8', 'p9'],
  ]);
});

test('while as many runs as may be are under way the round waits, and loses nobody', () => {
  let runs = 1;
  const queue = queueOf(joe, bob, jeff);
  const { time, found } = ticking({ queue, mayRun: () => runs > 0 && runs-- > 0 });
  time.runUntil(NOW + 200);
  assert.equal(idsOf(found.map(({ head }) => head)), ['Joe']);
  runs = 5;
  time.runUntil(NOW + 250);
  assert.equal(idsOf(found.map(({ head }) => head)), ['Joe', 'Bob', 'Jeff']);
});

test('unsubscribing ends the steps', () => {
  const { time, found, subscription } = ticking({ queue: queueOf(joe, bob) });
  subscription.unsubscribe();
  time.runUntil(NOW + 1000);
  assert.is(found.length, 0);
  assert.is(time.nextAt, undefined);
});

for (const [who, second] of [
  ['enters', (queue: Queue) => queue.enter(bob)],
  ['enters again', (queue: Queue) => queue.enterAgain(bob)],
  ['is not locked any more', (queue: Queue) => void queue.comeBack(bob.ticket)],
] as const)
  test(`while fewer than two wait there are no steps; they go on in time once a second one ${who}`, () => {
    const queue = queueOf(joe, ...(who === 'is not locked any more' ? [bob] : []));
    queue.lock(bob.ticket);
    const { time, found, subscription } = ticking({ queue });
    time.runUntil(NOW + 50);
    assert.is(time.nextAt, undefined, 'the first step has seen that there is nobody else');
    time.runUntil(NOW + 1020);
    second(queue);
    time.runUntil(NOW + 1049);
    assert.is(found.length, 0);
    time.runUntil(NOW + 1050);
    assert.equal(idsOf(found.map(({ head }) => head)).slice(0, 1), ['Joe']);
    queue.leave(bob.ticket);
    time.runUntil(NOW + 1100);
    assert.is(time.nextAt, undefined);
    subscription.unsubscribe();
    queue.enter(jeff);
    assert.is(time.nextAt, undefined, 'nobody listens');
  });

test('ranges grow while they wait: two 130 apart meet after 32 s', () => {
  const queue = queueOf(ticket('Janet', 950), ticket('Jeff', 1080));
  const { time, found } = ticking({ queue, startMs: 0 });
  time.runUntil(60_000);
  assert.is(found[0]?.at, 32_050);
});

test.run();
