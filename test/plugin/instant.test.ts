/** Instant match on whole nodes: who fits meets, everybody else waits, and each claim has one winner. */
import {
  concat,
  concatMap,
  delay,
  filter,
  ignoreElements,
  type MonoTypeOperatorFunction,
  map,
  NEVER,
  Observable,
  of as rxOf,
  timer,
} from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bus, BusUnreachable, Reach } from '../../bus/bus.ts';
import { decode, encode } from '../../bus/codec.ts';
import type { InstantSettings, Options, QueueOptions } from '../../bus/options.ts';
import type { InstantMatchRequest } from '../../bus/requests.ts';
import { AddError } from '../../plugin/errors.ts';
import { randomOf } from '../../scripts/random.ts';
import { lossy, TestWorld, type WorldGiven } from './world.ts';

const INSTANT: InstantSettings = {
  fields: {
    mic: { type: 'boolean' },
    region: { type: 'text', values: ['eu', 'na', 'asia'] },
    languages: { type: 'list', values: ['en', 'de', 'fi'] },
    age: { type: 'number', min: 0, max: 120 },
  },
};
const configOf = (queue: QueueOptions = {}): Options => ({ queues: { duel: { instant: INSTANT, ...queue } } });

const worldOf = (given: WorldGiven = {}, queue: QueueOptions = {}): TestWorld =>
  new TestWorld({ config: configOf(queue), ...given }).start();

function wants(world: TestWorld, node: string, id: string, more: Partial<InstantMatchRequest> = {}): TestWorld {
  world
    .node(node)
    .instant({ id, ...more })
    .subscribe({ error: () => undefined });
  return world;
}

const delaySubscription =
  <T>(ms: number, time: TestWorld['time']): MonoTypeOperatorFunction<T> =>
  (source) =>
    timer(ms, time).pipe(concatMap(() => source));
const delayed = <T>(ms: number, time: TestWorld['time']): MonoTypeOperatorFunction<T> =>
  ms === 0 ? (source) => source : delay<T>(ms, time);
const MIC = { field: 'mic', eq: true };
const met = (world: TestWorld): string[] =>
  world
    .of('begun')
    .map(({ id, opponent }) => `${id}-${opponent}`)
    .sort();

test('whoever leads misses that a match was opened, and all that is said of it: found as soon as there was no news for as long as between two heartbeats', () => {
  let misses = false;
  // A leads: it began first.
  const world = worldOf({ wire: (bus, node) => (node === 'A' ? lossy(bus, () => (misses ? 0 : 1)) : bus) });
  world.run(1000);
  misses = true;
  wants(world, 'B', 'joe', { preferences: MIC, data: { mic: true } }).run(1000);
  wants(world, 'B', 'bob', { data: { mic: true } }).run(5000);
  misses = false;
  assert.equal(met(world), []);
  world.run(30_000);
  assert.equal(met(world), ['bob-joe', 'joe-bob']);
});

test('two who fit, on two servers: a match, fought, and nobody rated', () => {
  const world = worldOf();
  wants(world, 'A', 'joe', { preferences: MIC, data: { mic: true } }).run(3000);
  assert.equal(world.notices('joe'), ['waiting']);
  wants(world, 'B', 'bob', { preferences: MIC, data: { mic: true } }).run(30_000);
  assert.equal(world.stages(), ['joining', 'teams', 'validating', 'battle', 'rated', 'closed']);
  for (const player of ['joe', 'bob']) assert.equal(world.notices(player).slice(0, 4), ['waiting', 'matched', 'begun', 'elo']);
  assert.equal(
    world.of('elo').map(({ delta }) => delta),
    [0, 0],
  );
  assert.equal([...world.of('fault'), ...world.of('incident'), ...world.of('refused')], []);
});

test('with `rated` they play for Elo', () => {
  const world = worldOf({}, { instant: { ...INSTANT, rated: true } });
  wants(world, 'A', 'joe').run(10);
  wants(world, 'B', 'bob').run(30_000);
  assert.equal(
    world.of('elo').map(({ delta }) => Math.abs(delta)),
    [16, 16],
  );
});

test('who does not fit both ways goes on waiting, for a later one who does', () => {
  const world = worldOf();
  wants(world, 'A', 'joe', { preferences: MIC, data: {} });
  wants(world, 'B', 'bob', { preferences: { field: 'region', eq: 'eu' }, data: { mic: true, region: 'na' } }).run(70_000);
  assert.equal(met(world), []);
  wants(world, 'A', 'ann', { preferences: {}, data: { mic: true, region: 'eu' } }).run(5000);
  assert.equal(met(world), ['ann-joe', 'joe-ann'], 'who waits longest');
  assert.equal(world.notices('bob').at(-1), 'late');
  wants(world, 'B', 'eve', { preferences: MIC, data: { region: 'eu' } }).run(5000);
  assert.equal(met(world).length, 4);
});

test('two race for one: one is told that it was late, and goes on waiting', () => {
  const world = worldOf({ nodes: ['A', 'B', 'C'] }).run(1000);
  for (const [node, id] of [
    ['A', 'joe'],
    ['B', 'bob'],
  ] as const)
    wants(world, node, id, { preferences: { field: 'mic', eq: true }, data: { mic: false } });
  wants(world.run(1000), 'C', 'ann', { preferences: {}, data: { mic: true } }).run(5000);
  assert.is(met(world).length, 2);
  const [late] = world.of('late');
  assert.ok(late && world.of('late').length === 1);
  assert.is(world.notices(late.id).at(-1), 'late');
  wants(world, 'C', 'eve', { data: { mic: true } }).run(5000);
  assert.is(met(world).length, 4);
});

test('nobody meets itself, two of one server meet, with `sameNode: false` they do not', () => {
  const world = worldOf();
  wants(world, 'A', 'joe').run(40_000);
  assert.equal(met(world), []);
  wants(world, 'A', 'ann').run(1000);
  assert.is(met(world).length, 2);
  const apart = worldOf({}, { sameNode: false });
  wants(wants(apart, 'A', 'joe'), 'A', 'ann').run(40_000);
  assert.equal(met(apart), []);
});

test('what is wrong with a request is said with its place, and nothing is requested', () => {
  const world = worldOf();
  const problems = (request: unknown): string[] => {
    try {
      world.value(world.node('A').instant(request as InstantMatchRequest));
    } catch (error) {
      assert.instance(error, AddError);
      return (error as AddError).problems.map(({ path, expected }) => `${path}: ${expected}`);
    }
    throw new Error('accepted');
  };
  assert.match(
    problems({ id: 'joe', preferences: { field: 'mik', eq: true } })[0] as string,
    /^preferences\.field: .*did you mean mic\?/,
  );
  assert.match(problems({ id: 'joe', data: { region: 'mars' } })[0] as string, /^data\.region: one of eu, na, asia/);
  assert.match(problems({ id: 'joe', queue: 'ranked' })[0] as string, /^queue: one of the queues with instant match: duel/);
  assert.match(problems({ id: 'joe\ud83d' }).join(), /^id: text of whole characters/);
  assert.match(problems({ id: '', prefrences: {} }).join(), /id: .*prefrences: no such key/);
  assert.equal(problems({ id: 'joe', preferences: `"${'x'.repeat(10_000_000)}"` }), ['preferences: at most 4096 characters']);
  assert.match(problems(null).join(), /id/);
  assert.match(problems('joe').join(), /id/);
  const off = new TestWorld().start();
  assert.throws(() => off.value(off.node('A').instant({ id: 'joe' })), /there is none/);
  assert.equal(world.of('waits'), []);
});

test('the same request again has the same answer; another one, or another queue, only with `move`', () => {
  const world = new TestWorld({
    config: { queues: { duel: { instant: INSTANT }, ladder: {} } },
  }).start();
  const ask = (request: object) => world.value(world.node('A').instant({ id: 'joe', ...request }));
  const first = ask({ preferences: MIC });
  assert.equal(ask({ preferences: MIC }), first);
  assert.throws(() => ask({}), /joe, instant in duel on A/);
  assert.throws(() => world.tryAdd('B', { id: 'joe', queue: 'ladder' }), /joe, instant in duel on A/);
  assert.not.equal(ask({ move: true }).ticket, first.ticket);
  world.tryAdd('B', { id: 'joe', queue: 'ladder', move: true });
  world.run(10);
  assert.equal(world.notices('joe'), ['waiting', 'withdrawn', 'waiting', 'withdrawn', 'queued']);
  assert.throws(() => world.tryAdd('A', { id: 'joe', queue: 'duel' }), /joe, queued in ladder on B/);
  ask({ move: true });
  world.run(10);
  assert.is(world.value(world.bus.player('joe')).presence?.place, 'instant');
  assert.is(world.value(world.node('A').remove('joe')), 'instant');
  assert.is(world.value(world.bus.player('joe')).presence, null);
  // Moved by its own server, from one queue to another.
  world.tryAdd('A', { id: 'bob', queue: 'duel' });
  assert.throws(() => world.tryAdd('A', { id: 'bob', queue: 'ladder' }), /bob/);
  world.tryAdd('A', { id: 'bob', queue: 'ladder', move: true });
  world.run(10);
  assert.is(world.value(world.bus.player('bob')).presence?.queue, 'ladder');
  assert.is(world.value(world.node('A').remove('bob')), 'queued');
});

/** Where the bus has a user. */
const placeOf = (world: TestWorld, player: string): string | undefined =>
  world.value(world.bus.player(player), 10).presence?.place;

test('a user who waits waits on, and can leave, whatever else it asked for in vain meanwhile', () => {
  const region = (eq: string) => ({ preferences: { field: 'region', eq } });
  const world = worldOf();
  wants(world, 'A', 'joe', { preferences: MIC }).run(100);
  wants(wants(world, 'A', 'joe', region('eu')), 'A', 'joe', region('na')).run(500);
  assert.is(placeOf(world, 'joe'), 'instant');
  assert.is(world.value(world.node('A').remove('joe'), 10), 'instant');
  assert.is(placeOf(world, 'joe'), undefined);
  // While the second request is being refused.
  wants(world, 'A', 'bob', { preferences: MIC }).run(100);
  wants(world, 'A', 'bob', region('eu'));
  assert.is(world.value(world.node('A').remove('bob'), 100), 'instant');
  assert.is(placeOf(world, 'bob'), undefined);
  // The server stops: who waits is told, and free at once.
  wants(world, 'A', 'ann', { preferences: MIC }).run(100);
  wants(wants(world, 'A', 'ann', region('eu')), 'A', 'ann', region('na')).run(500);
  world.node('A').stop().subscribe();
  world.run(500);
  assert.is(placeOf(world, 'ann'), undefined);
  assert.is(world.notices('ann').at(-1), 'withdrawn');
});

test('who leaves while the request is on its way is not listed by it afterwards', () => {
  const world = worldOf({
    wire: (bus, node, time) =>
      node === 'A'
        ? {
            ...bus,
            // Sent: that nobody awaits the answer any more does not take it back.
            requestInstantMatch: (request) =>
              new Observable((subscriber) => {
                time.schedule(() => bus.requestInstantMatch(request).subscribe(subscriber), 100);
              }),
          }
        : bus,
  });
  wants(world, 'A', 'joe', { preferences: MIC }).run(50);
  assert.is(world.value(world.node('A').remove('joe'), 1000), 'instant');
  world.run(1000);
  assert.is(placeOf(world, 'joe'), undefined);
});

test('one claim at a time for a user, however late each is answered; none is kept once it is', () => {
  let under = 0;
  let most = 0;
  const open = new Set<unknown>();
  const world = worldOf({
    wire: (bus, node, time) =>
      node === 'A'
        ? {
            ...bus,
            instantMatch: () =>
              new Observable((subscriber) => {
                most = Math.max(most, ++under);
                open.add(subscriber);
                const answer = time.schedule(() => {
                  under--;
                  subscriber.next({ refused: 'taken' });
                  subscriber.complete();
                }, 100);
                return () => {
                  answer.unsubscribe();
                  open.delete(subscriber);
                };
              }),
          }
        : bus,
  });
  wants(world, 'A', 'joe', { data: { mic: true }, preferences: { field: 'region', eq: 'eu' } }).run(50);
  for (let number = 0; number < 6; number++) {
    const known = { v: 1, kind: 'INSTANT_MATCH_WAITLIST', ticket: `t${number}`, room: 'r' } as const;
    const said = { ...known, preferences: '{"and":[]}', data: '{"region":"eu"}' };
    world.bus.say(world.bus.rooms.instantWaitlist('duel'), said).subscribe();
    world.run(30);
  }
  world.run(3000);
  assert.is(most, 1);
  assert.is(open.size, 0);
  const { instants } = (world.node('A') as unknown as { meetings: { instants: Map<string, { claims: Set<unknown> }> } })
    .meetings;
  assert.is(instants.get('duel')?.claims.size, 0);
  assert.is(world.of('late').length, 6);
});

test('a user is renewed and made known again for as long as it waits, and is gone soon after its server', () => {
  const known: string[] = [];
  const world = worldOf();
  world.bus
    .hear(world.bus.rooms.instantWaitlist('duel'))
    .subscribe((heard) => heard.listening || known.push(heard.message.kind));
  wants(world, 'A', 'joe').run(65_500);
  assert.is(known.length, 3, 'at once and every 30 s');
  assert.is(world.value(world.bus.player('joe')).presence?.place, 'instant');
  world.kill('A').run(15_001);
  assert.is(world.value(world.bus.player('joe')).presence, null);
  wants(world, 'B', 'bob').run(20_000);
  assert.equal(met(world), []);
});

test('who stops says so: its users are gone at once, and told', () => {
  const world = worldOf();
  wants(world, 'A', 'joe').run(100);
  world.node('A').stop().subscribe();
  world.run(100);
  assert.is(world.value(world.bus.player('joe')).presence, null);
  assert.is(world.notices('joe').at(-1), 'withdrawn');
});

test('a lost broadcast costs time, never the match', () => {
  let lost = 0;
  const wire = (bus: Bus): Bus => lossy(bus, ({ kind }) => (kind === 'INSTANT_MATCH_WAITLIST' && lost++ < 4 ? 0 : 1));
  const world = worldOf({ wire });
  wants(world, 'A', 'joe').run(10);
  wants(world, 'B', 'bob').run(1000);
  assert.equal(met(world), []);
  world.run(36_000);
  assert.is(met(world).length, 2);
});

test('the news of the session, and of its end, may be lost: the records have it', () => {
  for (const dropped of ['INSTANT_MATCH', 'OPENED', 'CANCELLED']) {
    const wire = (bus: Bus): Bus => lossy(bus, ({ kind }) => (kind === dropped ? 0 : 1));
    const world = worldOf({ wire });
    wants(world, 'A', 'joe').run(10);
    wants(world, 'B', 'bob').run(dropped === 'CANCELLED' ? 3000 : 60_000);
    // Without news of its opening the leader finds it when something else makes it load the queue.
    if (dropped === 'OPENED') world.add('A', 'zoe').run(60_000);
    assert.is(met(world).length, 2, dropped);
    assert.equal(world.of('fault'), [], dropped);
  }
});

test('a match that opens while its leader loads the queue has its arena, whenever it opens', () => {
  for (let openedAtMs = 0; openedAtMs <= 80; openedAtMs += 10) {
    // The leader reads the records, and has them 50 ms later.
    const wire = (bus: Bus, node: string, time: TestWorld['time']): Bus =>
      node === 'A' ? { ...bus, snapshot: (queue) => bus.snapshot(queue).pipe(delay(50, time)) } : bus;
    const world = new TestWorld({ config: configOf(), wire, nodes: ['A', 'B', 'C'] });
    for (const node of world.nodes.values()) node.start().subscribe();
    world.run(openedAtMs);
    wants(wants(world, 'B', 'joe'), 'C', 'bob').run(3000);
    assert.equal(met(world), ['bob-joe', 'joe-bob'], `${openedAtMs}`);
  }
});

test('where a user stood before it was matched is no news: it plays', () => {
  for (const how of ['renewInstantMatch', 'rebroadcastInstantMatch'] as const) {
    // What joe's server asks is answered half a second late, and bob comes a second late.
    const wire = (bus: Bus, node: string, time: TestWorld['time']): Bus =>
      node === 'A'
        ? { ...bus, [how]: (ticket: string, of: string, boot: string) => bus[how](ticket, of, boot).pipe(delay(500, time)) }
        : { ...bus, joined: (...of) => bus.joined(...of).pipe(delaySubscription(1000, time)) };
    const world = worldOf({ wire });
    wants(world, 'A', 'joe', { preferences: MIC }).run(how === 'renewInstantMatch' ? 5100 : 30_100);
    wants(world, 'B', 'bob', { data: { mic: true } }).run(3000);
    assert.equal(world.notices('joe').slice(0, 3), ['waiting', 'matched', 'begun'], how);
    assert.equal(met(world), ['bob-joe', 'joe-bob'], how);
  }
});

test('whose request was never answered is matched all the same: told that it was not added, it leaves, and nothing breaks', () => {
  const wire = (bus: Bus, node: string, time: TestWorld['time']): Bus =>
    node === 'A'
      ? {
          ...bus,
          reach$: timer(1000, time).pipe(map((): Reach => ({ reachable: false, reason: 'cut off' }))),
          // It is done, and the answers are lost.
          requestInstantMatch: (request) => concat(bus.requestInstantMatch(request).pipe(ignoreElements()), NEVER),
        }
      : bus;
  const world = new TestWorld({ config: configOf(), wire, nodes: ['B', 'A'] });
  for (const node of world.nodes.values()) node.start().subscribe();
  const errors: unknown[] = [];
  wants(world.run(100), 'B', 'bob').run(100);
  world
    .node('A')
    .instant({ id: 'joe' })
    .subscribe({ error: (error: unknown) => errors.push(error) });
  world.run(5000);
  assert.ok(world.notices('bob').includes('matched'));
  assert.is((errors[0] as BusUnreachable).code, 'BusUnreachable');
  assert.equal(world.of('fault'), []);
});

test('a request that is made once more, for the bus had lost it, and is answered late: whoever plays by then plays on', () => {
  for (const lateMs of [500, 1500, 3000]) {
    let asked = 0;
    let isLost = false;
    const world = worldOf({
      wire: (bus, node, time) =>
        node === 'A'
          ? {
              ...bus,
              renewInstantMatch: (...of) => {
                if (!isLost) return bus.renewInstantMatch(...of);
                isLost = false;
                return rxOf({ at: 'unknown' as const });
              },
              // Its ticket stands for a match by the time that it is asked again.
              requestInstantMatch: (request) =>
                asked++ === 0
                  ? bus.requestInstantMatch(request)
                  : rxOf({ refused: 'removed' as const }).pipe(delayed(lateMs, time)),
            }
          : bus,
    });
    wants(world, 'A', 'joe', { preferences: MIC, data: { mic: true } }).run(4900);
    isLost = true;
    world.run(200);
    assert.is(asked, 2);
    wants(world, 'B', 'bob', { data: { mic: true } }).run(10_000);
    assert.ok(!world.notices('joe').includes('withdrawn'), `${lateMs}: ${world.notices('joe')}`);
    assert.ok(world.notices('joe').includes('elo'), `${lateMs}: ${world.notices('joe')}`);
  }
});

test('who does not come is waited for in vain once: the other one waits again, and meets somebody else', () => {
  const wire = (bus: Bus, node: string): Bus =>
    node === 'B'
      ? {
          ...bus,
          joined: () =>
            bus.clock().pipe(
              filter(() => false),
              map(() => 'late' as const),
            ),
        }
      : bus;
  const world = worldOf({ wire, nodes: ['A', 'B', 'C'] });
  wants(world, 'A', 'joe', { data: { mic: true } }).run(10);
  wants(world, 'B', 'bob').run(11_000);
  assert.equal(world.notices('joe'), ['waiting', 'matched', 'back']);
  wants(world, 'C', 'ann', { preferences: MIC }).run(3000);
  assert.equal(
    met(world).filter((pair) => !pair.includes('bob')),
    ['ann-joe', 'joe-ann'],
  );
});

test('the data is lost while users wait: they wait on, and meet', () => {
  const world = worldOf();
  wants(world, 'A', 'joe', { preferences: MIC }).run(1000);
  world.bus.lose();
  wants(world.run(20_000), 'B', 'bob', { data: { mic: true } }).run(10_000);
  assert.is(met(world).length, 2);
});

/** A server claims a match with joe, who wants what the other has not: `m`. */
function claimUnfit(world: ReturnType<typeof worldOf>): void {
  wants(world, 'A', 'joe', { preferences: MIC }).run(100);
  const { bus } = world;
  const body = { ruleset: '', actor: { id: 'eve', name: 'eve', members: ['eve'], blocks: [] }, elo: null, initialElo: 1000 };
  const evil = {
    ...body,
    ticket: 'evil',
    queue: 'duel',
    node: 'E',
    boot: 'e',
    room: 'r',
    secret: 's',
    preferences: '{}',
    data: '{}',
    lifeMs: 60_000,
    maxWaiting: 9,
    move: false,
  };
  const joe = world.told.length && world.of('waits').length;
  assert.is(joe, 1);
  const tickets: string[] = [];
  bus.hear(bus.rooms.instantWaitlist('duel')).subscribe((heard) => {
    if (!heard.listening && heard.message.kind === 'INSTANT_MATCH_WAITLIST') tickets.push(heard.message.ticket);
  });
  world.run(31_000);
  world.value(bus.requestInstantMatch(evil));
  const claim = {
    ticket: tickets[0] as string,
    matchedTicket: 'evil',
    node: 'E',
    matchId: 'm',
    challengeRoom: 'c',
    joinMs: 10_000,
    rated: false,
    sameNode: true,
    pairRestMs: 60_000,
  };
  assert.ok('session' in world.value(bus.instantMatch(claim)));
}

test('a server that claims what does not fit gets no match of it: an incident, and the user waits on', () => {
  const world = worldOf();
  claimUnfit(world);
  world.run(20_000);
  assert.equal(
    world.of('incident').map(({ code }) => code),
    ['UnfitMatch'],
  );
  assert.equal(met(world), []);
  wants(world, 'B', 'bob', { data: { mic: true } }).run(3000);
  assert.equal(met(world), ['bob-joe', 'joe-bob']);
});

test('a match that does not fit and is made void by the owner is over for its user too, who may wait again', () => {
  const world = worldOf();
  claimUnfit(world);
  const command = { id: 'c', queue: 'duel', who: 'owner', forMs: 30_000 };
  assert.ok(
    'submitted' in
      world.value(world.bus.submit({ ...command, command: { kind: 'void', queue: 'duel', matchId: 'm', reason: 'no' } })),
  );
  world.run(20_000);
  assert.equal(world.notices('joe'), ['waiting', 'withdrawn']);
  wants(world, 'A', 'joe', { preferences: MIC });
  wants(world, 'B', 'bob', { data: { mic: true } }).run(3000);
  assert.equal(met(world), ['bob-joe', 'joe-bob']);
});

test('nothing that is broadcast tells who waits or where, byte by byte', () => {
  const texts: string[] = [];
  const world = worldOf({ nodes: ['Oslo', 'Lima'] });
  world.bus
    .hear(world.bus.rooms.instantWaitlist('duel'))
    .subscribe((heard) => heard.listening || texts.push(encode(heard.message)));
  wants(world, 'Oslo', 'joe-the-player', {
    name: 'Joe Doe',
    elo: 1234,
    blocks: ['jane'],
    preferences: MIC,
    data: { mic: true, age: 20 },
  });
  wants(world, 'Lima', 'bob', { preferences: { field: 'age', gt: 50 } }).run(65_000);
  assert.ok(texts.length >= 6);
  for (const text of texts) {
    assert.not.match(text, /joe|doe|1234|jane|oslo|lima|boot|node|secret|actor/i);
    const { message } = decode(text) as { message: object };
    assert.equal(Object.keys(message).sort(), ['data', 'kind', 'preferences', 'room', 'ticket', 'v']);
  }
});

test('property: with every message of two requests in any order the two always meet', () => {
  // Both request within a moment; what each node hears is late by so much, in every combination.
  const delays = [0, 1, 3];
  let worlds = 0;
  for (const after of delays)
    for (const first of delays)
      for (const second of delays)
        for (const verbs of delays) {
          const slow = (bus: Bus, node: string, time: TestWorld['time']): Bus => {
            const late =
              <T>(ms: number) =>
              (source: Observable<T>): Observable<T> =>
                source.pipe(delayed(ms, time));
            const hears = node === 'A' ? first : second;
            return {
              ...bus,
              hear: (room) => bus.hear(room).pipe(late(room.includes('INSTANT_MATCH') ? hears : 0)),
              requestInstantMatch: (request) => bus.requestInstantMatch(request).pipe(late(node === 'A' ? verbs : 0)),
              instantMatch: (request) => bus.instantMatch(request).pipe(late(node === 'B' ? verbs : 0)),
            };
          };
          const world = worldOf({ wire: slow });
          wants(world, 'A', 'joe').run(after);
          wants(world, 'B', 'bob').run(4000);
          assert.equal(met(world), ['bob-joe', 'joe-bob'], `${after} ${first} ${second} ${verbs}`);
          worlds++;
        }
  assert.is(worlds, delays.length ** 4);
});

test('a crowd: only who fits meets, nobody twice, and at the end no two who fit are left', () => {
  for (let seed = 0; seed < 5; seed++) {
    const random = randomOf(seed, 'crowd');
    const one = <T>(values: readonly T[]): T => values[random.integer(0, values.length - 1)] as T;
    const world = worldOf({ nodes: ['A', 'B', 'C', 'D'] });
    const users = new Map<string, { region: string; wants: string; mic: boolean; needsMic: boolean }>();
    for (let index = 0; index < 60; index++) {
      const user = {
        region: one(['eu', 'na', 'asia']),
        wants: one(['eu', 'na', 'asia']),
        mic: random.fraction() < 0.5,
        needsMic: random.fraction() < 0.4,
      };
      users.set(`p${index}`, user);
      const preferences = { and: [{ field: 'region', eq: user.wants }, ...(user.needsMic ? [MIC] : [])] };
      wants(world, one(['A', 'B', 'C', 'D']), `p${index}`, { preferences, data: { region: user.region, mic: user.mic } }).run(
        random.integer(0, 40),
      );
    }
    world.run(8000);
    type User = { region: string; wants: string; mic: boolean; needsMic: boolean };
    const likes = (a: User, b: User): boolean => a.wants === b.region && (!a.needsMic || b.mic);
    const fits = (a: string, b: string): boolean => {
      const [one_, two] = [users.get(a) as User, users.get(b) as User];
      return likes(one_, two) && likes(two, one_);
    };
    const pairs = world.of('begun').map(({ id, opponent }) => [id, opponent] as const);
    assert.ok(pairs.length > 10, `seed ${seed}: ${pairs.length}`);
    for (const [a, b] of pairs) assert.ok(fits(a, b), `seed ${seed}: ${a} ${b}`);
    assert.is(new Set(pairs.map(([id]) => id)).size, pairs.length, 'nobody twice');
    const left = [...users.keys()].filter((id) => !pairs.some(([each]) => each === id));
    for (const a of left) for (const b of left) assert.not(a < b && fits(a, b), `seed ${seed}: ${a} and ${b} are left`);
    assert.equal(world.of('fault'), []);
  }
});

test.run();
