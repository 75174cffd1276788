import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { factoryRun, POOL_CLAMP, Queue, type RunEvent, resumeOffer, type Ticket } from '../../matcher/index.ts';
import { VirtualTime } from '../../scripts/virtual-time.ts';
import { type Script, ScriptedPort } from './port.ts';
import { bob, idsOf, janet, jeff, joe, NOW } from './tickets.ts';

const OPTIONS = {
  pool: { base: 10, scale: 40, growth: 1.5, period: 15, curve: 'exponential', max: POOL_CLAMP },
  sameNode: true,
  maxDifference: POOL_CLAMP,
} as const;

interface Ran {
  readonly events: RunEvent[];
  readonly story: string[];
  readonly said: string[];
  readonly queue: Queue;
  readonly time: VirtualTime;
  readonly overAt: number | undefined;
}

const tell = (event: RunEvent): string => {
  switch (event.kind) {
    case 'asked':
      return `asked ${event.candidate.actor.id}`;
    case 'notThere':
      return `${event.answer.kind} ${event.ticket.actor.id}`;
    case 'offered':
      return `offered ${event.candidate.actor.id}, asked ${event.asked}`;
    case 'settled':
      return event.outcome;
    case 'matched':
      return 'matched';
    case 'discarded':
    case 'back':
      return `${event.kind} ${event.why}`;
  }
};

interface Given {
  readonly offersPerRun?: number;
  readonly refusals?: number;
  /** Something that happens meanwhile. */
  readonly at?: readonly [ms: number, what: (queue: Queue) => void];
}

/** Joe's run over Bob and Jeff, with these scripts. */
function run(scripts: Record<string, Script>, { offersPerRun = 3, refusals = 0, at }: Given = {}): Ran {
  const time = new VirtualTime(NOW);
  const queue = new Queue(OPTIONS);
  for (const each of [joe, jeff, bob, janet]) queue.enter(each);
  const port = new ScriptedPort(time, scripts);
  port.refusals = refusals;
  const events: RunEvent[] = [];
  let overAt: number | undefined;
  const found = { head: joe, candidate: bob, at: NOW };
  const limits = { answerMs: 1000, restMs: 5000, offersPerRun };
  factoryRun(found, { queue, port, limits, scheduler: time, busNow: () => time.now() }).subscribe({
    next: (event) => events.push(event),
    complete: () => {
      overAt = time.now() - NOW;
    },
  });
  if (at) time.after(at[0], () => at[1](queue));
  time.runUntil(NOW + 200_000);
  return { events, story: events.map(tell), said: port.said, queue, time, overAt };
}

const waitingAt = ({ queue }: Ran): string[] => idsOf(queue.order(NOW + 200_000).map(({ ticket }) => ticket)).sort();

test('both are there, both confirm: one match, and both are out of the queue', () => {
  const ran = run({});
  assert.equal(ran.story, ['asked Bob', 'offered Bob, asked 1', 'match', 'matched']);
  assert.equal(ran.said, ['ask Joe', 'ask Bob', 'offer Joe Bob', 'settle match']);
  assert.equal(waitingAt(ran), ['Janet', 'Jeff']);
  assert.is(ran.overAt, 1001);
});

for (const presence of ['SILENT', { kind: 'BUSY', reason: 'in a shop' }] as const)
  test(`a candidate that is ${typeof presence === 'string' ? presence : presence.kind}: the next one, the head is asked once, who was not there rests`, () => {
    const ran = run({ Bob: { presence } });
    const kind = typeof presence === 'string' ? presence : presence.kind;
    assert.equal(ran.story, ['asked Bob', `${kind} Bob`, 'asked Jeff', 'offered Jeff, asked 2', 'match', 'matched']);
    assert.equal(
      ran.said.filter((line) => line === 'ask Joe'),
      ['ask Joe'],
    );
    assert.ok(ran.queue.isWaiting('Bob'));
  });

test('an answer counts up to 1 s, not after', () => {
  assert.is(run({ Bob: { answerAfterMs: 999 } }).story[1], 'offered Bob, asked 1');
  assert.is(run({ Bob: { answerAfterMs: 1001 } }).story[1], 'SILENT Bob');
});

test('who was silent is neither head nor candidate for 5 s', () => {
  const time = new VirtualTime(NOW);
  const queue = new Queue(OPTIONS);
  for (const each of [joe, bob]) queue.enter(each);
  const port = new ScriptedPort(time, { Bob: { presence: 'SILENT' } });
  const limits = { answerMs: 1000, restMs: 5000, offersPerRun: 3 };
  const found = { head: joe, candidate: bob, at: NOW };
  factoryRun(found, { queue, port, limits, scheduler: time, busNow: () => time.now() }).subscribe();
  time.runUntil(NOW + 1000);
  assert.equal(queue.find(joe, NOW + 5999), []);
  assert.equal(idsOf(queue.find(joe, NOW + 6000)), ['Bob']);
});

test('a candidate that is not there either rests too when its head is not there', () => {
  const ran = run({ Joe: { presence: 'SILENT' }, Bob: { presence: 'SILENT' } });
  assert.equal(ran.story, ['asked Bob', 'SILENT Joe', 'SILENT Bob', 'discarded headNotThere']);
});

test('a candidate that its node does not know is dropped', () => {
  const ran = run({ Bob: { presence: { kind: 'GONE' } } });
  assert.equal(ran.story.slice(0, 2), ['asked Bob', 'GONE Bob']);
  assert.ok(ran.said.includes('drop Bob'));
  assert.is(ran.queue.get('Bob'), undefined);
});

test('a head that is not there: the run is discarded and nobody lost anything', () => {
  const ran = run({ Joe: { presence: 'SILENT' } });
  assert.equal(ran.story, ['asked Bob', 'SILENT Joe', 'discarded headNotThere']);
  assert.equal(waitingAt(ran), ['Bob', 'Janet', 'Jeff', 'Joe']);
  assert.equal(
    ran.queue.order(NOW).map(({ penalty }) => penalty),
    [0, 0, 0, 0],
    'a discarded run costs no ranks',
  );
});

for (const reply of ['declined', 'removed', 'silent'] as const)
  test(`a candidate that is ${reply}: withdrawn, the next one is offered, the head's confirmation stands`, () => {
    const ran = run({ Bob: { reply } });
    assert.equal(ran.story, [
      'asked Bob',
      'offered Bob, asked 1',
      'candidateFailed',
      'asked Jeff',
      'offered Jeff, asked 2',
      'match',
      'matched',
    ]);
    assert.equal(waitingAt(ran), ['Janet']);
    const second = ran.events.filter((event) => event.kind === 'offered')[1];
    assert.is(second?.kind === 'offered' && second.offer.headReply, 'confirmed');
  });

for (const reply of ['declined', 'removed', 'silent'] as const)
  test(`a head that is ${reply}: withdrawn, the candidate goes back with its old time`, () => {
    const ran = run({ Joe: { reply } });
    assert.equal(ran.story, ['asked Bob', 'offered Bob, asked 1', 'headFailed']);
    assert.equal(waitingAt(ran), ['Bob', 'Janet', 'Jeff']);
    assert.is(ran.queue.get('Bob')?.firstConsidered, NOW);
  });

test('both silent: both withdrawn, at the deadline and not before', () => {
  const ran = run({ Joe: { reply: 'silent' }, Bob: { reply: 'silent' } });
  assert.equal(ran.story.slice(2), ['bothFailed']);
  assert.equal(waitingAt(ran), ['Janet', 'Jeff']);
  assert.is(ran.overAt, 20_002);
});

test('a confirmation counts up to 20 s, not after', () => {
  assert.is(run({ Bob: { replyAfterMs: 19_999 } }).story.at(-1), 'matched');
  assert.is(run({ Bob: { replyAfterMs: 20_001 } }).story[2], 'candidateFailed');
});

test('when all fail the head goes back, with its old time', () => {
  const ran = run({ Bob: { reply: 'declined' }, Jeff: { reply: 'declined' } });
  assert.is(ran.story.at(-1), 'back nobodyLeft');
  assert.ok(ran.said.includes('release Joe'));
  assert.equal(waitingAt(ran), ['Janet', 'Joe']);
  assert.is(ran.queue.get('Joe')?.firstConsidered, 0);
});

test('so many offers a run and no more', () => {
  const ran = run({ Bob: { reply: 'declined' } }, { offersPerRun: 1 });
  assert.is(ran.story.at(-1), 'back offersUsed');
  assert.equal(waitingAt(ran), ['Janet', 'Jeff', 'Joe']);
});

test('a candidate that is locked already: the next one; a head: discarded, and the asked room is told TAKEN', () => {
  assert.equal(run({ Bob: { taken: true } }).story, ['asked Bob', 'asked Jeff', 'offered Jeff, asked 2', 'match', 'matched']);
  const head = run({ Joe: { taken: true } });
  assert.equal(head.story, ['asked Bob', 'discarded headTaken']);
  assert.ok(head.said.includes('taken Bob'));
});

test('a backup that has left meanwhile is not asked', () => {
  const ran = run({ Bob: { reply: 'declined', replyAfterMs: 2000 } }, { at: [1000, (queue) => void queue.leave('Jeff')] });
  assert.is(ran.story.at(-1), 'back nobodyLeft');
  assert.not(ran.said.includes('ask Jeff'));
});

test('a refused settlement is looked at again', () => {
  const ran = run({}, { refusals: 2 });
  assert.is(ran.story.at(-1), 'matched');
});

test('the head of a run, and whom it asks, are not head until the run is over', () => {
  const time = new VirtualTime(NOW);
  const queue = new Queue(OPTIONS);
  for (const each of [joe, bob, jeff]) queue.enter(each);
  const port = new ScriptedPort(time, { Bob: { presence: 'SILENT' }, Jeff: { presence: 'SILENT' } });
  const limits = { answerMs: 1000, restMs: 5000, offersPerRun: 3 };
  queue.beginRound(0);
  const head = queue.nextHead(NOW) as Ticket;
  const found = { head, candidate: bob, at: NOW };
  factoryRun(found, { queue, port, limits, scheduler: time, busNow: () => time.now() }).subscribe();
  queue.beginRound(0);
  assert.is(queue.nextHead(NOW), jeff);
  assert.is(queue.nextHead(NOW), undefined);
  time.runUntil(NOW + 1000);
  queue.beginRound(0);
  assert.is(queue.nextHead(NOW + 1000), undefined, 'Bob rests, Jeff is asked');
  time.runUntil(NOW + 2000);
  queue.beginRound(0);
  assert.is(queue.nextHead(NOW + 2000), joe);
});

test('a successor goes on with an offer and the time it has left', () => {
  const time = new VirtualTime(NOW);
  const queue = new Queue(OPTIONS);
  for (const each of [joe, bob]) {
    queue.enter(each);
    queue.lock(each.ticket);
  }
  const port = new ScriptedPort(time, { Joe: { replyAfterMs: 100 }, Bob: { reply: 'silent' } });
  port.offer(joe, bob).subscribe();
  const events: RunEvent[] = [];
  let overAt = 0;
  time.runUntil(NOW + 5000);
  port.offer$('o0').subscribe((offer) => {
    const limits = { answerMs: 1000, restMs: 5000, offersPerRun: 3 };
    resumeOffer(offer, { queue, port, limits, scheduler: time, busNow: () => time.now() }).subscribe({
      next: (event) => events.push(event),
      complete: () => {
        overAt = time.now() - NOW;
      },
    });
  });
  time.runUntil(NOW + 60_000);
  assert.equal(events.map(tell), ['candidateFailed', 'back nobodyLeft']);
  assert.is(overAt, 20_001);
  assert.ok(queue.isWaiting('Joe'));
});

test.run();
