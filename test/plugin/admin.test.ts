/** The owner's hand on a world of nodes in virtual time. */
import { defer, interval, mergeMap, NEVER, type Observable, switchMap, throwError } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command, CommandAnswer } from '../../bus/admin.ts';
import { type Bus, BusUnreachable } from '../../bus/bus.ts';
import type { SignRecord } from '../../bus/records.ts';
import { Asking } from '../../plugin/admin.ts';
import { agreementOf } from '../../plugin/agreement.ts';
import { configOf } from '../../plugin/config.ts';
import { AddError, AdminError } from '../../plugin/errors.ts';
import { logLine } from '../../plugin/lines.ts';
import { lossy, TestWorld, type WorldGiven } from './world.ts';

const test = suite('the owner and a world of nodes');

let asked = 0;
const owner = (world: TestWorld, bus: Bus = world.bus, withinMs = 10_000): Asking =>
  new Asking({ bus, scheduler: world.time, newId: () => `command-${asked++}` }, { who: 'olivia', withinMs });

const worldOf = (given: WorldGiven = {}): TestWorld => new TestWorld(given).start();

/** Two who fight: joe on A, jeff on B. */
function battle(given: WorldGiven = {}): { world: TestWorld; matchId: string } {
  const players = { joe: { battle: 'silent' }, jeff: { battle: 'silent' } } as const;
  const world = worldOf({ players, ...given });
  world.add('A', 'joe').add('B', 'jeff').run(10_000);
  assert.equal(world.stages().at(-1), 'battle');
  return { world, matchId: world.of('begun')[0]?.matchId as string };
}

function fails(world: TestWorld, work$: Observable<unknown>, ms: number): AdminError {
  try {
    world.value(work$, ms);
  } catch (error) {
    if (error instanceof AdminError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

const bar = (player: string): Command => ({ kind: 'bar', player, until: null, reason: 'cheated' });

test('a battle is made void: both sides hear it, nobody keeps an Elo, the incident says who asked', () => {
  const { world, matchId } = battle();
  const asking = owner(world);
  const answer = world.value(asking.void(matchId, 'a bug'), 100);
  assert.is(answer.says, 'match made void in stage battle');
  assert.equal(
    world
      .of('void')
      .map(({ id, reason, detail }) => [id, reason, detail])
      .sort(),
    [
      ['jeff', 'Admin', 'a bug'],
      ['joe', 'Admin', 'a bug'],
    ],
  );
  assert.is(world.stages().at(-1), 'void', 'the arena knows of it');
  assert.equal(world.of('elo'), []);
  const view = world.value(asking.player('joe'));
  assert.equal(view, { presence: null, bar: null, ratings: { ranked: null } });
  const [incident, ...more] = world.value(asking.incidents());
  assert.equal(more, []);
  assert.equal([incident?.kind, incident?.who, incident?.matchId, incident?.nodes], ['Admin', 'olivia', matchId, ['B', 'A']]);
  const [said] = world.of('command');
  assert.equal([said?.node, said?.who, said?.command, said?.outcome], ['A', 'olivia', 'void', 'done']);
  assert.is(logLine(said as never), '[jaeger A] olivia: void done: match made void in stage battle');
  world.add('A', 'joe').run(10);
  assert.is(world.of('entered').length, 3, 'its players may queue again');
});

test('what cannot be done is refused, and the error says why', () => {
  const { world, matchId } = battle();
  const asking = owner(world);
  assert.match(fails(world, asking.void('nothing', 'a bug'), 100).message, /no such match/);
  const playing = fails(world, asking.remove('joe', 'stuck'), 100);
  assert.is(playing.why, 'refused');
  assert.match(playing.message, /void the match instead/);
  assert.match(fails(world, asking.remove('nobody', 'stuck'), 100).message, /nobody to remove/);
  const elo = fails(world, asking.command({ kind: 'elo', queue: 'ranked', player: 'joe', elo: 1, reason: '' }), 100);
  assert.match(elo.message, /waiting or playing/);
  world.value(asking.void(matchId, ''), 100);
  assert.match(fails(world, asking.void(matchId, ''), 100).message, /no such open match/);
});

test('wrong commands never reach the inbox, and everything wrong with them is listed', () => {
  const world = worldOf();
  const asking = owner(world);
  const wrong: [unknown, RegExp][] = [
    [{ kind: 'bar', player: '', until: -1, reason: 'x'.repeat(2000) }, /player.*\n.*until.*\n.*reason/],
    [{ kind: 'elo', queue: 'ranked', player: 'joe', elo: Number.NaN, reason: '' }, /elo/],
    [{ kind: 'elo', queue: 'a b', player: 'joe', elo: 1, reason: '' }, /queue: expected a name/],
    [{ kind: 'flush' }, /kind: expected one of void, remove/],
    [{ kind: 'toString' }, /kind: expected one of/],
    [{ ...bar('joe'), force: true }, /force: expected no such key/],
    [null, /kind: expected one of/],
  ];
  for (const [input, says] of wrong) {
    const error = fails(world, asking.command(input as Command), 100);
    assert.is(error.why, 'invalid');
    assert.match(error.message, says);
  }
  assert.match(fails(world, asking.adopt('ranked', { pool: { base: -1 } }), 1).message, /queues.ranked.pool.base/);
  assert.throws(() => new Asking({ bus: world.bus, scheduler: world.time, newId: () => '' }, { who: '' }), /who/);
  assert.throws(() => owner(world, world.bus, 0.5), /withinMs/);
  assert.is(fails(world, asking.waiting('ranked', { most: 1e9 }), 10).why, 'invalid');
  assert.equal(world.value(world.bus.pending('ranked', 10)), []);
});

test('who is offered a match is removed: told so, and the other one is back', () => {
  const world = worldOf({ players: { joe: { accept: 'silent' }, jeff: { accept: 'silent' } } });
  world.add('A', 'joe').add('B', 'jeff').run(1000);
  assert.is(world.of('asked').length, 2);
  world.value(owner(world).remove('joe', 'asked for it'), 1000);
  assert.equal(
    world.of('withdrawn').map(({ id, reason }) => [id, reason]),
    [['joe', 'asked for it']],
  );
  assert.equal(world.notices('jeff').at(-1), 'back');
  const overview = world.value(owner(world).overview());
  assert.equal(
    overview.queues.map(({ waiting, offers, matches }) => [waiting, offers, matches]),
    [[1, 0, 0]],
  );
});

test('who was removed before the match began is out of it, the other one is in the queue again', () => {
  const world = worldOf({
    wire: (bus, node) => (node === 'B' ? lossy(bus, ({ kind }) => (kind === 'SUCCESS' ? 0 : 1)) : bus),
  });
  world.add('A', 'joe').add('B', 'jeff').run(3000);
  assert.is(world.of('matched').length, 1);
  world.value(owner(world).remove('jeff', 'stuck'), 100);
  assert.is(world.stages().at(-1), 'cancelled');
  assert.equal(world.notices('joe').at(-1), 'back');
});

test('a barred player is removed and may not come back until it is allowed again', () => {
  const world = worldOf();
  const asking = owner(world);
  world.add('B', 'jeff').run(100);
  world.value(asking.command(bar('jeff')), 100);
  assert.equal(
    world.of('withdrawn').map(({ id }) => id),
    ['jeff'],
  );
  assert.throws(
    () => world.tryAdd('A', { id: 'jeff' }),
    (error: unknown) => error instanceof AddError && /jeff, barred for good: cheated/.test(error.message),
  );
  world.value(asking.command({ kind: 'allow', player: 'jeff' }), 100);
  world.tryAdd('A', { id: 'jeff' });
});

for (const [kind, how] of [
  ['drain', 'drained'],
  ['block', 'blocked'],
] as const)
  test(`a node that is ${how} takes nobody in, its waiting players are told, and others play on`, () => {
    const world = worldOf({ nodes: ['A', 'B', 'C'] });
    world.add('A', 'joe', 1000).add('B', 'zoe', 5000).run(100);
    world.value(owner(world).command({ kind, node: 'A', reason: 'an update' }), 100);
    assert.equal(
      world.of('withdrawn').map(({ id, reason }) => [id, reason]),
      [['joe', `the server is ${how}: an update`]],
    );
    assert.throws(
      () => world.tryAdd('A', { id: 'bob' }),
      (error: unknown) => error instanceof AddError && new RegExp(`A, ${how} by the owner: an update`).test(error.message),
    );
    world.add('B', 'jeff').add('C', 'ann').run(20_000);
    assert.is(world.of('elo').length, 2);
    const [node] = world.value(owner(world).overview()).nodes;
    assert.equal([node?.node, node?.waiting, node?.closed.map((each) => each.how)], ['A', 0, [how]]);
  });

test('a player whose server is blocked while an offer is open is told so at its end, and does not rest for it', () => {
  const config = { queues: { ranked: { declines: { restMs: 30_000 } } } };
  const world = worldOf({ nodes: ['C', 'A', 'B'], players: { joe: { acceptAfterMs: 5000 } }, config });
  world.add('A', 'joe').add('B', 'jeff').run(1000);
  world.value(owner(world).command({ kind: 'block', node: 'A', reason: 'modified' }), 100);
  world.run(20_000);
  assert.equal(
    world.of('withdrawn').map(({ id, reason }) => [id, reason]),
    [['joe', 'the server is blocked: modified']],
  );
  assert.is(world.notices('jeff').at(-1), 'back');
  world.tryAdd('B', { id: 'joe' });
});

test('a battle of a drained node goes on to its Elo', () => {
  const world = worldOf();
  world.add('A', 'joe').add('B', 'jeff').run(6000);
  world.value(owner(world).command({ kind: 'drain', node: 'A', reason: 'an update' }), 100);
  world.run(20_000);
  assert.is(world.of('elo').length, 2);
});

test('a match of a blocked node is void in the end, nobody keeps an Elo', () => {
  const { world } = battle();
  world.value(owner(world).command({ kind: 'block', node: 'B', reason: 'modified' }), 100);
  world.run(11 * 60_000);
  assert.is(world.stages().at(-1), 'void');
  assert.equal(world.of('elo'), []);
});

test('a command is executed once, whatever of its questions and answers is lost', () => {
  let [executions, questions] = [0, 0];
  // The first two executions are done, and their answers lost; so is every second question for what is pending.
  const flaky = (bus: Bus): Bus => ({
    ...bus,
    execute: (fence, record) =>
      bus
        .execute(fence, record)
        .pipe(mergeMap((answer) => (executions++ < 2 ? throwError(() => new BusUnreachable('lost')) : [answer]))),
    pending: (queue, most) =>
      defer(() => (questions++ % 2 === 0 ? throwError(() => new BusUnreachable('lost')) : bus.pending(queue, most))),
  });
  const world = worldOf({ wire: flaky });
  const submit = { ...world.bus };
  let submits = 0;
  submit.submit = (request) =>
    world.bus
      .submit(request)
      .pipe(mergeMap((answer) => (submits++ === 0 ? throwError(() => new BusUnreachable('lost')) : [answer])));
  const { says } = world.value(
    owner(world, submit).command({ kind: 'elo', queue: 'ranked', player: 'joe', elo: 1234, reason: '' }),
    5000,
  );
  assert.is(says, 'Elo from none to 1234');
  assert.ok(submits > 1 && executions > 2 && questions > 1);
  assert.is(world.value(world.bus.incidents(null, 10)).length, 1);
  assert.is(world.of('command').length, 1);
});

test('the leader is gone in mid-command: the successor answers the same, and nothing is done twice', () => {
  let lost = 0;
  // The first leader executes and hears no answer, ever.
  const deaf = (bus: Bus): Bus => ({
    ...bus,
    execute: (fence, record) =>
      bus.execute(fence, record).pipe(
        mergeMap(() => {
          lost++;
          return throwError(() => new BusUnreachable('lost'));
        }),
      ),
  });
  const { world, matchId } = battle({ nodes: ['C', 'A', 'B'], wire: (bus, node) => (node === 'C' ? deaf(bus) : bus) });
  assert.is(world.of('leading')[0]?.node, 'C');
  const answers: CommandAnswer[] = [];
  owner(world)
    .void(matchId, 'a bug')
    .subscribe((answer) => answers.push(answer));
  world.run(600);
  assert.ok(lost > 0);
  assert.is(world.of('command').length, 0);
  world.node('C').stop().subscribe();
  world.run(5000);
  assert.is(answers.length, 1);
  assert.is(world.of('void').length, 2);
  assert.is(world.value(world.bus.incidents(null, 10)).length, 1);
  assert.is(world.value(world.bus.log(matchId, 1, 100)).filter(({ entry }) => entry.kind === 'VOID').length, 1);
});

test('the leader never gets to execute before it is gone: the successor does', () => {
  const never = (bus: Bus): Bus => ({ ...bus, execute: () => throwError(() => new BusUnreachable('lost')) });
  const world = worldOf({ wire: (bus, node) => (node === 'A' ? never(bus) : bus) });
  const answers: CommandAnswer[] = [];
  owner(world)
    .command(bar('joe'))
    .subscribe((answer) => answers.push(answer));
  world.run(3000);
  assert.is(answers.length, 0);
  world.node('A').stop().subscribe();
  world.run(1000);
  assert.equal(
    answers.map(({ says }) => says),
    ['barred'],
  );
});

test('no message about the inbox arrives: the command is executed all the same', () => {
  const deaf = (bus: Bus): Bus => ({ ...bus, hearInbox: () => NEVER });
  const world = worldOf({ wire: deaf });
  assert.is(world.value(owner(world, deaf(world.bus)).command(bar('joe')), 2600).says, 'barred');
});

test('nobody leads: the command is not executed, also not later, and the error says so', () => {
  const world = new TestWorld();
  const error = fails(world, owner(world).command(bar('joe')), 11_000);
  assert.is(error.why, 'expired');
  assert.match(error.message, /was not executed, and will not be/);
  world.start().run(5000);
  assert.is(world.value(owner(world).player('joe')).bar, null);
});

/** Errs each time that a command is submitted, in this order, at last with the last one again and again. */
const failing = (world: TestWorld, ...errors: readonly BusUnreachable[]): Bus => {
  let asked = 0;
  const submit = () => defer(() => throwError(() => errors[Math.min(asked++, errors.length - 1)]));
  return { ...world.bus, submit };
};
const lost = (): BusUnreachable => new BusUnreachable('Command timed out');
const unsent = (): BusUnreachable => new BusUnreachable('connect ECONNREFUSED', true);
const lockedOut = (): BusUnreachable => new BusUnreachable('WRONGPASS invalid username-password pair', true);

test('Redis is out of reach: the error says that nobody knows', () => {
  const world = worldOf();
  const gone = (): Observable<never> => throwError(lost);
  const unsubmitted = fails(world, owner(world, { ...world.bus, submit: gone }).command(bar('joe')), 11_000);
  assert.is(unsubmitted.why, 'unknown');
  assert.match(
    unsubmitted.message,
    /did not answer within 10000 ms \(Command timed out\)\. The command may have been executed/,
  );
  const unanswered = fails(world, owner(world, { ...world.bus, answer: gone }).command(bar('joe')), 11_000);
  assert.is(unanswered.why, 'unknown');
  assert.match(unanswered.message, /may have been executed/);
});

test('Redis is out of reach all the time, and nothing was sent: the error does not say that it may have been executed', () => {
  const world = worldOf();
  const since = world.time.now();
  const asked = (...errors: readonly BusUnreachable[]) => owner(world, failing(world, ...errors)).command(bar('joe'));
  assert.throws(
    () => world.value(asked(unsent()), 11_000),
    (error: unknown) => error instanceof BusUnreachable && error.message === 'connect ECONNREFUSED' && error.nothingDone,
  );
  assert.ok(world.time.now() - since >= 10_000, 'it is tried until its time is over');
  for (const errors of [
    [lost(), unsent()],
    [unsent(), unsent(), lost(), unsent()],
  ])
    assert.is(fails(world, asked(...errors), 11_000).why, 'unknown');
});

test('Redis lets nobody in: said at once, for nothing was executed; unless something was asked before that was not answered', () => {
  const world = worldOf();
  for (const error of [lockedOut(), new BusUnreachable('NOAUTH Authentication required.', true)])
    assert.throws(
      () => world.value(owner(world, failing(world, error)).command(bar('joe'))),
      (thrown: unknown) => thrown === error,
    );
  const lostBefore = owner(world, failing(world, lost(), lockedOut()));
  assert.is(fails(world, lostBefore.command(bar('joe')), 11_000).why, 'unknown');
});

test('a node with another configuration does not lead, and says what differs; it does once the owner adopts its own', () => {
  const pool = { base: 11, growth: 1.6 };
  const world = new TestWorld({ nodes: ['A'] });
  const agreed = agreementOf(configOf({ queues: { ranked: { pool } } }).queues.get('ranked') as never);
  // Z goes on having it.
  const agree$ = defer(() => world.bus.agree({ queue: 'ranked', ...agreed, secret: '', node: 'Z', unseenMs: 1 }));
  world.value(agree$);
  const others = interval(5000, world.time)
    .pipe(switchMap(() => agree$))
    .subscribe();
  world.start();
  assert.equal(world.of('leading'), []);
  const [said, ...more] = world.of('configDiffers');
  assert.equal(more, []);
  assert.is(said?.by, 'Z');
  assert.equal(
    said?.problems.map(({ path, expected, found }) => [path, expected, found]),
    [
      ['pool.base', '11', '10'],
      ['pool.growth', '1.6', '1.5'],
    ],
  );
  assert.match(
    logLine(said as never) as string,
    /ranked is not led by this server: .*, by Z, is another one: pool.base is 11, here 10; pool.growth is 1.6, here 1.5$/,
  );
  world.run(20_000);
  assert.equal(world.of('leading'), [], 'nor later');
  others.unsubscribe();
  // Nobody leads, and still the owner's word is heard.
  assert.is(world.value(owner(world).adopt('ranked', {}), 1000).outcome, 'done');
  world.run(1000);
  assert.is(world.of('leading').length, 1);
  world.add('A', 'joe').add('A', 'jeff').run(20_000);
  assert.is(world.of('elo').length, 2);
});

test('a server that was changed and started again leads with what it has now, unless the owner adopted something else', () => {
  const world = new TestWorld({ nodes: ['A'] });
  const before = agreementOf(configOf({ queues: { ranked: { elo: { k: 16 } } } }).queues.get('ranked') as never);
  world.value(world.bus.agree({ queue: 'ranked', ...before, secret: '', node: 'A', unseenMs: 1 }));
  world.start();
  assert.equal(world.of('leading'), []);
  assert.is(world.of('configDiffers').length, 1);
  world.run(15_000);
  assert.is(world.of('leading').length, 1);
  assert.is(world.of('configDiffers').length, 1);
  world.value(owner(world).adopt('ranked', { elo: { k: 16 } }), 1000);
  world.run(60_000);
  assert.is(world.of('leading').length, 1, 'not again');
  assert.is(world.of('configDiffers').length, 2);
});

test('a leader whose configuration is the realm’s no more stops leading; how long its steps are is its own affair', () => {
  const world = new TestWorld({ config: { queues: { ranked: { budgetMs: 2 } } } }).start();
  assert.equal(
    world.of('leading').map(({ node }) => node),
    ['A'],
  );
  world.value(owner(world).adopt('ranked', { budgetMs: 9 }), 1000);
  assert.equal(world.of('configDiffers'), []);
  world.value(owner(world).adopt('ranked', { elo: { k: 16 } }), 1000);
  world.run(1000);
  assert.equal(
    world
      .of('configDiffers')
      .map(({ node }) => node)
      .sort(),
    ['A', 'B'],
  );
  assert.is(world.value(world.bus.leader('ranked')), null);
  world.add('A', 'joe').add('B', 'jeff').run(20_000);
  assert.equal(world.of('found'), []);
});

test('a season ends: everybody begins anew, the old ladder can be read', () => {
  const world = worldOf();
  world.add('A', 'joe').add('B', 'jeff').run(20_000);
  world.value(owner(world).command({ kind: 'season', queue: 'ranked', name: 'spring' }), 100);
  assert.equal(world.value(owner(world).ladder('ranked')), { size: 0, page: [] });
  assert.equal(world.value(owner(world).ladder('ranked', { season: 'spring' })), {
    size: 2,
    page: [
      { player: 'jeff', elo: 1016 },
      { player: 'joe', elo: 984 },
    ],
  });
  assert.is(world.tryAdd('A', { id: 'joe' }).elo, 1000);
});

test('what is there can be read: queues, nodes, who waits in which place, a match with its log', () => {
  const { world, matchId } = battle();
  const asking = owner(world);
  world.add('A', 'ann', 3000).run(1500).add('B', 'bob', 9000).run(500);
  const overview = world.value(asking.overview());
  const [leader] = world.of('leading');
  const config = configOf({}).queues.get('ranked');
  assert.equal(overview.queues, [
    {
      ...{ queue: 'ranked', waiting: 2, instants: 0, offers: 0, matches: 1, leader: { node: 'A', epoch: leader?.epoch } },
      matchesPerMinute: 1 / (9 + (overview.at % 60_000) / 60_000),
      configHash: agreementOf(config as never).hash,
    },
  ]);
  assert.equal(
    overview.nodes.map(({ sign: _, ...node }) => node),
    [
      { node: 'A', waiting: 1, matches: 1, leads: ['ranked'], closed: [] },
      { node: 'B', waiting: 1, matches: 1, leads: [], closed: [] },
    ],
  );
  const { size, page } = world.value(asking.waiting('ranked', { from: 1, most: 1 }));
  assert.is(size, 2);
  assert.equal(
    page.map(({ id, node, elo, place, state }) => [id, node, elo, place, state]),
    [['bob', 'B', 9000, 2, 'waiting']],
  );
  assert.ok((page[0]?.waitedMs as number) >= 500 && (page[0]?.waitedMs as number) < 600);
  const found = world.value(asking.match(matchId), 10);
  assert.equal(
    found?.log.map(({ entry }) => entry.kind),
    ['BEGIN', 'TEAM', 'TEAM', 'START'],
  );
  assert.is(found?.match.stage, 'battle');
  assert.is(world.value(asking.match('nothing')), null);
  assert.is(world.value(asking.matches('ranked')).size, 1);
  assert.is(world.value(asking.player('joe')).presence?.place, 'playing');
});

test('the nodes that are seen are those of the heartbeats: also one that has nobody, and one that said goodbye', () => {
  const world = new TestWorld({ nodes: ['A', 'B', 'idle'], ruleset: (node) => `rules of ${node}` }).start().add('B', 'joe');
  world.run(40_000);
  const nodes = () => world.value(owner(world).overview()).nodes;
  const signs = world.value(world.bus.lastSigns());
  assert.equal(
    nodes().map(({ node, waiting, sign }) => [node, waiting, sign?.gone, sign?.queues['ranked']]),
    [
      ['A', 0, null, { ruleset: 'rules of A', tickets: 0 }],
      ['B', 1, null, { ruleset: 'rules of B', tickets: 1 }],
      ['idle', 0, null, { ruleset: 'rules of idle', tickets: 0 }],
    ],
  );
  for (const { node, sign } of nodes()) {
    const { at, boot, since } = signs.find((each) => each.node === node) as SignRecord;
    assert.equal([sign?.at, sign?.boot, sign?.since], [at, boot, since]);
  }
  world.node('idle').stop().subscribe();
  world.run(100);
  assert.is(nodes()[2]?.sign?.gone, 'gone');
});

test.run();
