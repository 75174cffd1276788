/** What the bus holds of a node and what the node does come apart, and are one again. In virtual time. */
import { concatMap, defer, delay, EMPTY, map, of, Subject, timer } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bus, EnterRequest, HoldingsRequest } from '../../bus/bus.ts';
import type { Options } from '../../bus/options.ts';
import { Healing } from '../../plugin/healing.ts';
import { VirtualTime } from '../../scripts/virtual-time.ts';
import { lossy, TestWorld } from './world.ts';

const QUEUE = 'ranked';
const apart: Options = { queues: { ranked: { pool: { curve: 'none' } } } };
/** Two signs of life, and the time between the two lists. */
const HEALED_MS = 62_000;
/** Longer than a tombstone is kept. */
const FORGOTTEN_MS = 601_000;

const waiting = (world: TestWorld): string[] =>
  world
    .value(world.bus.snapshot(QUEUE))
    .tickets.map(({ actor }) => actor.id)
    .sort();

/** A ticket of node A that A knows nothing of. */
function stray(world: TestWorld, id: string, more: Partial<EnterRequest> = {}): string {
  const sign = world.value(world.bus.lastSigns()).find(({ node }) => node === 'A');
  const entered = world.value(
    world.bus.enter({
      ...{ ticket: `stray-${id}`, queue: QUEUE, node: 'A', boot: sign?.boot ?? '', ruleset: '', elo: 3000, initialElo: 1000 },
      ...{ actor: { id, name: id, members: [id], blocks: [] }, partyElo: 'mean', maxWaiting: 1000, ...more },
    }),
  );
  assert.ok('entered' in entered, JSON.stringify(entered));
  return entered.entered.ticket;
}

/** The bus as A has it, with another way to read what it holds. */
const reading =
  (holdings: (bus: Bus, request: HoldingsRequest) => ReturnType<Bus['holdings']>) =>
  (bus: Bus, node: string): Bus =>
    node === 'A' ? { ...bus, holdings: (request) => holdings(bus, request) } : bus;

test('a ticket that its server knows nothing of is removed, and its player may queue; the others stay', () => {
  const world = new TestWorld({ nodes: ['L', 'A', 'B'], config: apart }).start().add('A', 'joe').add('B', 'bob', 2000).run(500);
  stray(world, 'ghost');
  assert.equal(waiting(world), ['bob', 'ghost', 'joe']);
  world.run(HEALED_MS);
  assert.equal(waiting(world), ['bob', 'joe']);
  assert.equal(
    world.of('healed').map(({ node, queue, removed }) => [node, queue, removed]),
    [['A', QUEUE, 1]],
  );
  assert.type(world.tryAdd('A', { id: 'ghost', elo: 5000 }).ticket, 'string');
  world.run(HEALED_MS);
  assert.is(world.of('healed').length, 1);
  assert.equal(world.of('withdrawn'), []);
});

test('hundreds of them, in pages of a bounded size', () => {
  const asked: HoldingsRequest[] = [];
  const wire = reading((bus, request) => {
    asked.push(request);
    return bus.holdings(request);
  });
  const world = new TestWorld({ nodes: ['L', 'A'], config: apart, wire }).start().add('A', 'joe').run(500);
  for (let number = 0; number < 250; number++) stray(world, `ghost-${number}`);
  world.run(HEALED_MS);
  assert.equal(waiting(world), ['joe']);
  assert.is(world.of('healed')[0]?.removed, 250);
  assert.ok(asked.every(({ most }) => most <= 100));
});

test('nothing is read while both hold the same', () => {
  let reads = 0;
  const wire = reading((bus, request) => {
    reads++;
    return bus.holdings(request);
  });
  const world = new TestWorld({ nodes: ['L', 'A', 'B'], wire }).start().add('A', 'joe').add('B', 'bob').run(200_000);
  assert.is(world.of('elo').length, 2);
  world.add('A', 'joe', 1000).add('A', 'far', 9000).run(200_000);
  assert.is(reads, 0);
});

/** A server that thinks that `kept` are in the queue, and a bus that answers with these lists, one after the other, each in two pages. */
function comparison(kept: readonly string[], lists: readonly (readonly string[])[]) {
  const time = new VirtualTime();
  const [left, looked, begun$] = [[] as string[], [] as string[], new Subject<number>()];
  let list = -1;
  const bus = {
    holdings: ({ after }: HoldingsRequest) =>
      defer(() => {
        if (after === '') begun$.next(++list);
        const tickets = lists[list] ?? [];
        return of(after === '' ? { generation: 1, tickets, next: 'x' } : { generation: 1, tickets: [], next: null });
      }).pipe(delay(10, time)),
    leave: (_: string, ticket: string) => defer(() => of(left.push(ticket) > 0 ? ('queued' as const) : ('nothing' as const))),
  } as Partial<Bus> as Bus;
  const known = { all: new Set(kept), kept: new Set(kept) };
  const runtime = { bus, scheduler: time, newId: () => '', elapsedMs: () => 0 };
  const of_ = { nodeId: 'A', boot: 'b', queue: QUEUE };
  const healing = new Healing({ runtime, ...of_, known: () => known, look: (ticket) => void looked.push(ticket) });
  return {
    ...{ healing, begun$, left, looked },
    heal: (): void => {
      healing.heal(1).subscribe();
      time.runUntil(time.now() + 5000);
    },
  };
}

test('what both lists say is done', () => {
  const { heal, left, looked } = comparison(
    ['mine', 'lost'],
    [
      ['mine', 'ghost'],
      ['mine', 'ghost'],
    ],
  );
  heal();
  assert.equal([left, looked], [['ghost'], ['lost']]);
});

test('what one list alone says is not done', () => {
  const { heal, left, looked } = comparison(
    ['mine', 'lost'],
    [
      ['mine', 'ghost'],
      ['lost', 'another'],
    ],
  );
  heal();
  assert.equal([left, looked], [[], []]);
});

for (const changedIn of [0, 1])
  test(`what changes while list ${changedIn + 1} is read is proved nothing by it`, () => {
    const { healing, begun$, heal, left, looked } = comparison(
      ['mine', 'lost', 'lost-2'],
      [
        ['mine', 'ghost', 'ghost-2'],
        ['mine', 'ghost', 'ghost-2'],
      ],
    );
    begun$.subscribe((list) => {
      if (list !== changedIn) return;
      healing.changed('ghost');
      healing.changed('lost');
    });
    heal();
    assert.equal([left, looked], [['ghost-2'], ['lost-2']]);
  });

test('who comes and goes while the lists are read is proved nothing by them', () => {
  let slow = false;
  const wire = (bus: Bus, node: string, time: TestWorld['time']): Bus =>
    reading((real, request) =>
      // What is answered is as old as the answer is late, or as new.
      slow ? concatLate(real.holdings(request), time) : real.holdings(request),
    )(bus, node);
  const concatLate = (page$: ReturnType<Bus['holdings']>, time: TestWorld['time']): ReturnType<Bus['holdings']> =>
    timer(2000, time).pipe(concatMap(() => page$.pipe(delay(2000, time))));
  const world = new TestWorld({ nodes: ['L', 'A'], config: apart, wire }).start().add('A', 'joe').run(500);
  stray(world, 'ghost');
  slow = true;
  world.run(24_000);
  // Somebody comes and somebody goes in every second from here on.
  for (let number = 0; number < 40; number++) {
    world.add('A', `p${number}`, 10_000 + 100 * number).run(500);
    if (number >= 3)
      world
        .node('A')
        .remove(`p${number - 3}`)
        .subscribe();
    world.run(500);
  }
  assert.equal(waiting(world), ['joe', 'p37', 'p38', 'p39']);
  assert.is(world.of('healed')[0]?.removed, 1);
  assert.equal(world.of('withdrawn'), []);
});

test('who was removed in the bus, and was not told, is told', () => {
  const world = new TestWorld({ nodes: ['L', 'A'], config: apart }).start();
  const { ticket } = world.tryAdd('A', { id: 'joe' });
  world.run(500);
  assert.is(world.value(world.bus.leave('A', ticket)), 'queued');
  world.run(HEALED_MS);
  assert.equal(
    world.of('withdrawn').map(({ id, reason }) => [id, reason]),
    [['joe', 'removed from the queue']],
  );
  assert.equal(world.notices('joe').slice(-1), ['withdrawn']);
  assert.type(world.tryAdd('A', { id: 'joe' }).ticket, 'string');
});

test('a ticket that the bus does not know any more is not added again: the stay is over, and the player told', () => {
  let deaf = false;
  const wire = (bus: Bus, node: string): Bus =>
    node === 'A'
      ? { ...lossy(bus, () => (deaf ? 0 : 1)), alive: (request) => defer(() => (deaf ? EMPTY : bus.alive(request))) }
      : bus;
  const world = new TestWorld({ nodes: ['L', 'A'], config: apart, wire }).start().add('A', 'joe').run(500);
  deaf = true;
  // It is wiped, and its tombstone is let go.
  world.run(FORGOTTEN_MS + 120_000);
  assert.equal(waiting(world), []);
  assert.equal(world.of('withdrawn'), []);
  deaf = false;
  world.run(HEALED_MS);
  assert.equal(
    world.of('withdrawn').map(({ id, reason }) => [id, reason]),
    [['joe', 'the queue knows nothing of it']],
  );
  assert.equal(waiting(world), []);
  assert.type(world.tryAdd('A', { id: 'joe' }).ticket, 'string');
});

test('where data may be lost nobody is given up: the ticket is added again', () => {
  let losses = 0;
  let lose = (): void => undefined;
  const wire = (bus: Bus, node: string): Bus =>
    node === 'A'
      ? {
          ...bus,
          // All that the bus held is lost between the lists and what is made of them.
          standing: (ticket) =>
            defer(() => {
              if (++losses === 1) lose();
              return bus.standing(ticket);
            }),
          holdings: (request) =>
            bus.holdings(request).pipe(map((page) => ('tickets' in page ? { ...page, tickets: [] } : page))),
          alive: (request) =>
            bus.alive(request).pipe(map((lives) => ('tally' in lives ? { ...lives, tally: { count: 9, hash: '9' } } : lives))),
        }
      : bus;
  const world = new TestWorld({ nodes: ['L', 'A'], config: apart, wire }).start().add('A', 'joe').run(500);
  lose = () => world.bus.lose();
  world.run(HEALED_MS);
  assert.ok(losses > 0);
  assert.equal(world.of('withdrawn'), []);
  assert.equal(waiting(world), ['joe']);
});

test('a match that was cancelled, and nobody was told: the ticket waits again', () => {
  let deaf = false;
  const wire = (bus: Bus, node: string): Bus =>
    lossy(bus, (message) => (deaf && node === 'A' && (message.kind === 'CANCELLED' || message.kind === 'BACK') ? 0 : 1));
  // Bob's server never enters the challenge room.
  const absent = (bus: Bus, node: string): Bus => {
    const wired = wire(bus, node);
    return node === 'B' ? { ...wired, joined: () => EMPTY } : wired;
  };
  const world = new TestWorld({ nodes: ['L', 'A', 'B'], wire: absent }).start().add('A', 'joe').add('B', 'bob').run(3000);
  assert.is(world.of('matched').length, 2);
  deaf = true;
  world.run(7000);
  assert.equal(
    world.of('back').filter(({ id }) => id === 'joe'),
    [],
  );
  // Sooner than a sign of life shows it: who hears nothing of a match looks where the ticket stands.
  world.run(20_000);
  assert.ok(world.of('back').some(({ id, reason }) => id === 'joe' && reason === 'the match was cancelled'));
});

test.run();
