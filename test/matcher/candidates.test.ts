import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { highest, lowest, POOL_CLAMP, Queue, type QueueOptions, type Ticket } from '../../matcher/index.ts';
import { type Random, randomOf } from '../../scripts/random.ts';
import { seedCandidates } from './oracle.ts';
import { bob, idsOf, janet, jeff, joe, NOW, ticket } from './tickets.ts';

const OPTIONS: QueueOptions = {
  pool: { base: 10, scale: 40, growth: 1.5, period: 15, curve: 'exponential', max: POOL_CLAMP },
  sameNode: true,
  maxDifference: POOL_CLAMP,
};

function queueOf(tickets: readonly Ticket[], options: Partial<QueueOptions> = {}): Queue {
  const queue = new Queue({ ...OPTIONS, ...options });
  for (const each of tickets) queue.enter(each);
  return queue;
}

test("the seed's tables: pool, lowest and highest of Joe, Jeff, Bob and Janet", () => {
  const queue = queueOf([joe, jeff, bob, janet]);
  const table = [jeff, bob, joe, janet].map((each) => {
    const pool = queue.pool(each, NOW);
    return [each.actor.id, each.actor.elo, pool, lowest(each.actor.elo, pool), highest(each.actor.elo, pool)];
  });
  assert.equal(table, [
    ['Jeff', 1080, 10, 1070, 1090],
    ['Bob', 1070, 10, 1060, 1080],
    ['Joe', 1050, 30, 1020, 1080],
    ['Janet', 950, 10, 940, 960],
  ]);
});

test("the seed's candidates for Joe: Bob (20), Jeff (30), and not Janet", () => {
  const queue = queueOf([joe, jeff, bob, janet]);
  const found = queue.find(joe, NOW);
  assert.equal(
    found.map(({ actor }) => [actor.id, Math.abs(actor.elo - joe.actor.elo)]),
    [
      ['Bob', 20],
      ['Jeff', 30],
    ],
  );
});

test('the worked example is the same by the seed written out', () => {
  const waiting = [jeff, bob, janet].map(({ actor: { id, elo } }) => ({ id, elo, pool: 10 }));
  assert.equal(seedCandidates({ id: 'Joe', elo: 1050, pool: 30 }, waiting), ['Bob', 'Jeff']);
});

test('the overlap is strict on both sides', () => {
  const foundAt = (elo: number, base = 10): string[] =>
    idsOf(
      queueOf([ticket('Joe', 1000), ticket('Other', elo)], { pool: { ...OPTIONS.pool, base } }).find(ticket('Joe', 1000), 0),
    );
  assert.equal(foundAt(1020), []);
  assert.equal(foundAt(980), []);
  assert.equal(foundAt(1020 - 1 / 64), ['Other']);
  assert.equal(foundAt(980 + 1 / 64), ['Other']);
  assert.equal(foundAt(1000, 0), [], 'nobody is in reach of a pool of nothing');
});

/** So many actors, with Elos that often coincide and waiting times that differ. */
const waiting = (most: number) =>
  fc.uniqueArray(
    fc.record({
      id: fc.string({ minLength: 1, maxLength: 4 }),
      elo: fc.oneof(
        fc.constant(1000),
        fc.integer({ min: 900, max: 1100 }),
        fc.integer({ min: 57_600, max: 70_400 }).map((n) => n / 64),
      ),
      since: fc.integer({ min: 0, max: 60_000 }),
    }),
    { selector: ({ id }) => id, minLength: 1, maxLength: most },
  );

test("with at most 30 others the candidates are the seed's, exactly and in order", () => {
  fc.assert(
    fc.property(waiting(31), (who) => {
      const tickets = who.map(({ id, elo, since }) => ticket(id, elo, since));
      const queue = queueOf(tickets);
      const now = 60_000;
      const plain = tickets.map((each) => ({ id: each.actor.id, elo: each.actor.elo, pool: queue.pool(each, now) }));
      for (const [index, head] of tickets.entries()) {
        const others = plain.filter((_, other) => other !== index);
        assert.equal(idsOf(queue.find(head, now)), seedCandidates(plain[index] as (typeof plain)[0], others));
      }
    }),
    { numRuns: 300 },
  );
});

test('in a fuller queue they are the 30 best by brute force, also where many Elos are equal', () => {
  fc.assert(
    fc.property(waiting(150), (who) => {
      const tickets = who.map(({ id, elo, since }) => ticket(id, elo, since));
      const queue = queueOf(tickets);
      const now = 60_000;
      const head = tickets[0] as Ticket;
      const difference = (each: Ticket): number => Math.abs(each.actor.elo - head.actor.elo);
      const best = tickets
        .filter((each) => each !== head && difference(each) < queue.pool(each, now) + queue.pool(head, now))
        .sort((a, b) => difference(a) - difference(b) || (a.actor.id < b.actor.id ? 1 : -1))
        .slice(0, 30);
      assert.equal(idsOf(queue.find(head, now)), idsOf(best));
    }),
    { numRuns: 300 },
  );
});

for (const [name, eloOf, sinceOf] of [
  ['whole Elos, all as young', (r) => Math.round(r.normal(1000, 200)), () => 59_000],
  ['whole Elos, waiting times of all kinds', (r) => Math.round(r.normal(1000, 200)), (r) => r.integer(0, 60_000)],
  [
    'fractional Elos, few have waited long',
    (r) => r.integer(0, 320_000) / 64,
    (r) => (r.fraction() < 0.001 ? -200_000 : 59_950),
  ],
  [
    'five Elos, few have waited',
    (r) => 1000 + 100 * r.integer(0, 4),
    (r) => (r.fraction() < 0.002 ? r.integer(0, 30_000) : 59_950),
  ],
  ['everybody at exactly 1000', () => 1000, (r) => r.integer(0, 60_000)],
] as readonly [string, (random: Random) => number, (random: Random) => number][])
  test(`10,000 waiting, ${name}: the 30 best by brute force, also after half have come and gone`, () => {
    const random = randomOf(2, name);
    const now = 60_000;
    let tickets = Array.from({ length: 10_000 }, (_, index) =>
      ticket(`${random.integer(0, 46_655).toString(36)}-${index}`, eloOf(random), sinceOf(random)),
    );
    const queue = queueOf(tickets);
    for (const each of tickets.slice(0, 5000)) queue.leave(each.ticket);
    const again = tickets.slice(0, 2500).map((each) => ticket(`${each.ticket}-again`, eloOf(random), sinceOf(random)));
    for (const each of again) queue.enter(each);
    tickets = [...tickets.slice(5000), ...again];
    for (let times = 0; times < 60; times++) {
      const head = tickets[random.integer(0, tickets.length - 1)] as Ticket;
      const difference = (each: Ticket): number => Math.abs(each.actor.elo - head.actor.elo);
      const best = tickets
        .filter((each) => each !== head && difference(each) < queue.pool(each, now) + queue.pool(head, now))
        .sort((a, b) => difference(a) - difference(b) || (a.actor.id < b.actor.id ? 1 : -1));
      assert.equal(idsOf(queue.find(head, now)), idsOf(best.slice(0, 30)));
      assert.equal(idsOf(queue.find(head, now, 1)), idsOf(best.slice(0, 1)));
    }
  });

for (const sameNode of [true, false])
  test(`far apart, few of enormous pools, while they come and go one by one and whole bands of Elo leave: the 30 best by brute force${sameNode ? '' : ', each of another server'}`, () => {
    const random = randomOf(3, String(sameNode));
    const now = 300_000;
    let count = 0;
    const come = (): Ticket => {
      const elo = random.integer(0, 900_000);
      const since = random.fraction() < 0.005 ? random.integer(0, now) : now - 50 * random.integer(0, 20);
      // Servers have their strong and their weak players.
      const node = `n${random.fraction() < 0.02 ? random.integer(0, 2) : Math.floor(elo / 300_000)}`;
      return ticket(`${random.integer(0, 46_655).toString(36)}-${count++}`, elo, since, { node });
    };
    let tickets = Array.from({ length: 7000 }, come);
    const queue = queueOf(tickets, { sameNode });
    for (let times = 0; times < 150; times++) {
      const from = random.integer(0, 900_000);
      const leave = tickets.filter(
        ({ actor: { elo } }, index) => index % 500 === times || (times % 60 === 30 && elo > from && elo < from + 300_000),
      );
      for (const each of leave) queue.leave(each.ticket);
      const more = Array.from({ length: leave.length }, come);
      for (const each of more) queue.enter(each);
      tickets = [...tickets.filter((each) => !leave.includes(each)), ...more];
      const head = tickets[random.integer(0, tickets.length - 1)] as Ticket;
      const difference = (each: Ticket): number => Math.abs(each.actor.elo - head.actor.elo);
      const best = tickets
        .filter((each) => each !== head && (sameNode || each.node !== head.node))
        .filter((each) => difference(each) < queue.pool(each, now) + queue.pool(head, now))
        .sort((a, b) => difference(a) - difference(b) || (a.actor.id < b.actor.id ? 1 : -1));
      assert.equal(idsOf(queue.find(head, now)), idsOf(best.slice(0, 30)));
    }
  });

test('a few old ones are found wherever they stand among thousands of one Elo, z to a, from above and from below', () => {
  const now = 600_000;
  const random = randomOf(3, 'run');
  for (let times = 0; times < 40; times++) {
    const isOld = (): boolean => random.fraction() < 0.002;
    const crowd = Array.from({ length: 1500 }, (_, index) => ticket(`c${index}`, 1100, isOld() ? 550_000 : now));
    const heads = [ticket('Low', 1000, now), ticket('High', 1200, now)];
    const queue = queueOf([...crowd, ...heads]);
    const old = crowd.filter((each) => each.firstConsidered !== now).sort((a, b) => (a.actor.id < b.actor.id ? 1 : -1));
    for (const head of heads) assert.equal(idsOf(queue.find(head, now)), idsOf(old));
  }
});

test('the hard cap is inclusive, to the 64th', () => {
  const cap = { maxDifference: 10 + 1 / 128 };
  assert.equal(idsOf(queueOf([joe, ticket('Other', 1060)], cap).find(joe, NOW)), ['Other']);
  assert.equal(queueOf([joe, ticket('Other', 1060 + 1 / 64)], cap).find(joe, NOW), []);
});

test('one old waiter is found wherever it stands, over thousands who cannot reach', () => {
  const now = 600_000;
  const count = 9000;
  const young = Array.from({ length: count }, (_, index) => ticket(`y${index}`, index * 100, now));
  const queue = queueOf(young);
  // Where there is room, nothing is moved for who comes.
  for (const each of young.slice(1, -1)) if (each.actor.elo % 300 === 0) queue.leave(each.ticket);
  for (let place = 0; place < count; place += 15) {
    queue.enter(ticket('Old', place * 100 + 50, 0));
    for (const head of [young[0], young[count - 1]] as Ticket[]) assert.equal(idsOf(queue.find(head, now)), ['Old']);
    queue.leave('Old');
  }
  assert.equal(queue.find(young[0] as Ticket, now), []);
});

test('and while all others around it leave and come back', () => {
  const now = 600_000;
  const count = 9000;
  const band = 900;
  const young = Array.from({ length: count }, (_, index) => ticket(`y${index}`, index * 100, now));
  const queue = queueOf(young);
  const heads = [young[0], young[count - 1]] as Ticket[];
  for (const at of [1000, 4500, 8000]) {
    queue.enter(ticket('Old', at * 100 + 50, 0));
    const isFound = (): void => {
      for (const head of heads) assert.equal(idsOf(queue.find(head, now)), ['Old']);
    };
    for (const way of [1, -1])
      for (let from = 1; from < count - 1; from += band) {
        const some = young.slice(from, Math.min(from + band, count - 1));
        if (way < 0) some.reverse();
        for (const [index, each] of some.entries()) {
          queue.leave(each.ticket);
          if (index % 100 === 0) isFound();
        }
        isFound();
        for (const [index, each] of some.entries()) {
          queue.enter(each);
          if (index % 100 === 0) isFound();
        }
      }
    queue.leave('Old');
  }
});

test('forbidden pairs are never candidates, and it is said why', () => {
  const other = (more: Partial<Ticket>): Ticket => ticket('Other', 1050, 0, more);
  const cases: [Ticket, Partial<QueueOptions>, string][] = [
    [other({ node: 'A' }), { sameNode: false }, 'sameNode'],
    [other({ ruleset: 'gen9' }), {}, 'ruleset'],
    [ticket('Other', 1061), { maxDifference: 10 }, 'maxDifference'],
    [other({ actor: { ...joe.actor, id: 'Other', members: ['a', 'b'] } }), {}, 'partySize'],
    [other({ actor: { ...joe.actor, id: 'Other', members: ['Joe'] } }), {}, 'ownParty'],
    [other({ actor: { ...joe.actor, id: 'Other', members: ['x'], blocks: ['Joe'] } }), {}, 'blocked'],
    [other({ actor: { ...joe.actor, ticket: 'x' } as Ticket['actor'] }), {}, 'sameActor'],
  ];
  for (const [opponent, options, why] of cases) {
    const queue = queueOf([joe, opponent], options);
    assert.is(queue.forbidden(joe, opponent, NOW), why);
    assert.is(queue.forbidden(opponent, joe, NOW), why);
    assert.equal(queue.find(joe, NOW), []);
  }
  assert.equal(idsOf(queueOf([joe, other({ node: 'B' })], { sameNode: false }).find(joe, NOW)), ['Other']);
});

test('an avoided pair may meet again when its time is over', () => {
  const queue = queueOf([joe, bob]);
  queue.avoid(bob, joe, NOW + 60_000, NOW);
  assert.is(queue.forbidden(joe, bob, NOW + 59_999), 'avoided');
  assert.is(queue.forbidden(joe, bob, NOW + 60_000), undefined);
});

test('the locked, the resting and the gone are nobody’s candidates; who comes back is again', () => {
  const queue = queueOf([joe, bob, jeff]);
  assert.ok(queue.lock('Bob'));
  assert.not(queue.lock('Bob'), 'locked already');
  queue.rest('Jeff', NOW + 5000);
  assert.equal(queue.find(joe, NOW), []);
  assert.equal(idsOf(queue.find(joe, NOW + 5000)), ['Jeff']);
  assert.ok(queue.comeBack('Bob'));
  assert.not(queue.comeBack('Bob'), 'not locked any more');
  assert.equal(idsOf(queue.find(joe, NOW)), ['Bob']);
  assert.is(queue.leave('Bob'), bob);
  assert.is(queue.leave('Bob'), undefined);
  assert.equal(queue.find(joe, NOW), []);
  assert.is(queue.waiting, 2);
});

test('a ticket enters once', () => {
  assert.throws(() => queueOf([joe, joe]), /already in the queue/);
});

test.run();
