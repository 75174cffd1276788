/** The bus is out of reach: the game server goes on, everybody is told once, and it heals by itself. In virtual time. */
import { concat, concatMap, defer, NEVER, type Observable, of, Subject, throwError } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Bus, BusUnreachable, type Reach } from '../../bus/bus.ts';
import type { Added } from '../../plugin/stays.ts';
import { TestWorld } from './world.ts';

const AWAY: Reach = { reachable: false, reason: 'the connection is gone' };
const HERE: Reach = { reachable: true };

/** A world whose bus is out of reach while it is told so. */
function given(first: Reach = HERE) {
  const reach$ = new Subject<Reach>();
  const line = { away: !first.reachable, loses: false };
  const gone = throwError(() => new BusUnreachable('gone'));
  const flaky = <A extends unknown[], T>(verb: (...args: A) => Observable<T>) => {
    return (...args: A) =>
      defer((): Observable<T> => {
        if (line.away) return gone;
        return line.loses ? verb(...args).pipe(concatMap(() => gone)) : verb(...args);
      });
  };
  const wire = (bus: Bus): Bus => ({
    ...bus,
    reach$: concat(of(first), reach$, NEVER),
    enter: flaky(bus.enter),
    requestInstantMatch: flaky(bus.requestInstantMatch),
    leave: flaky(bus.leave),
  });
  const world = new TestWorld({ wire, config: { queues: { ranked: { instant: {} } } } }).start();
  const tell = (reach: Reach): void => {
    line.away = !reach.reachable;
    reach$.next(reach);
  };
  return { world, line, tell, reach$ };
}

interface Outcome<T> {
  value?: T;
  error?: unknown;
}

function outcome<T>(asked$: Observable<T>): Outcome<T> {
  const result: Outcome<T> = {};
  asked$.subscribe({ next: (value) => (result.value = value), error: (error: unknown) => (result.error = error) });
  return result;
}

/** What comes of adding somebody. */
const adding = (world: TestWorld, id: string): Outcome<Added> => outcome(world.node('A').add({ id }));
const changes = ({ events }: TestWorld): string[] =>
  events.filter(({ kind, node }) => node === 'A' && /^(un)?reachable$/.test(kind)).map(({ kind }) => kind);

test('out of reach at the start: it starts all the same, says so once, refuses who comes, and heals', () => {
  const { world, tell } = given(AWAY);
  assert.is(world.of('started').length, 2);
  assert.equal(
    world.of('unreachable').map(({ reason }) => reason),
    ['the connection is gone', 'the connection is gone'],
    'one a node',
  );
  const { error } = adding(world, 'joe');
  assert.instance(error, BusUnreachable);
  assert.match((error as Error).message, /out of reach.*the connection is gone.*not added/);
  tell(HERE);
  world.run(10);
  assert.equal(changes(world), ['unreachable', 'reachable']);
  assert.is(world.tryAdd('A', { id: 'joe' }).queue, 'ranked');
});

test('out of reach later: who waits is told once, keeps the place, and is told again when it goes on', () => {
  const { world, tell } = given();
  world.add('A', 'joe').run(10);
  tell(AWAY);
  tell(AWAY);
  world.run(60_000);
  assert.equal(changes(world), ['unreachable']);
  assert.equal(world.notices('joe'), ['queued', 'unreachable']);
  tell(HERE);
  world.run(10);
  assert.equal(changes(world), ['unreachable', 'reachable']);
  assert.equal(world.notices('joe'), ['queued', 'unreachable', 'reachable']);
  world.add('B', 'bob').run(90_000);
  assert.is(world.of('elo').length, 2);
});

test('lost while somebody is being added: refused, and what was done all the same is undone before the next try', () => {
  const { world, line, tell } = given();
  line.loses = true;
  const first = adding(world, 'joe');
  world.run(100);
  assert.equal(first, {}, 'asked again until it is known to be away');
  tell(AWAY);
  assert.instance(first.error, BusUnreachable);
  assert.equal(world.value(world.bus.snapshot('ranked')).tickets.length, 1, 'it had been done');
  assert.is(world.value(world.node('A').remove('nobody')), 'nothing');
  world.run(5000);
  line.loses = false;
  tell(HERE);
  const second = adding(world, 'joe');
  world.run(1000);
  assert.ok(second.value, String(second.error));
  assert.equal(
    world.value(world.bus.snapshot('ranked')).tickets.map(({ ticket }) => ticket),
    [second.value?.ticket],
  );
  assert.equal(world.of('fault'), []);
});

test('lost while somebody asks for an instant match: refused, and undone before the next try, here or in the queue', () => {
  for (const next of ['instant', 'add'] as const) {
    const { world, line, tell } = given();
    line.loses = true;
    const first = outcome(world.node('A').instant({ id: 'joe' }));
    world.run(100);
    assert.equal(first, {}, 'asked again until it is known to be away');
    const place = (): string | undefined => world.value(world.bus.player('joe')).presence?.place;
    tell(AWAY);
    assert.instance(first.error, BusUnreachable);
    assert.is(place(), 'instant', 'it had been done');
    line.loses = false;
    tell(HERE);
    const second = outcome<unknown>(world.node('A')[next]({ id: 'joe' }));
    world.run(1000);
    assert.ok(second.value, String(second.error));
    assert.is(place(), next === 'add' ? 'queued' : 'instant');
    assert.equal(world.of('fault'), []);
  }
});

test('who leaves while the next try waits for what is undone is in no queue and on no list', () => {
  for (const next of ['instant', 'add'] as const) {
    const { world, line, tell } = given();
    line.loses = true;
    const first = adding(world, 'joe');
    world.run(100);
    tell(AWAY);
    assert.instance(first.error, BusUnreachable);
    tell(HERE);
    outcome<unknown>(world.node('A')[next]({ id: 'joe' }));
    const removed = outcome(world.node('A').remove('joe'));
    world.run(100);
    line.loses = false;
    world.run(2000);
    assert.is(removed.value, next === 'add' ? 'queued' : 'nothing', 'a request that nobody had listed');
    assert.is(world.value(world.bus.player('joe')).presence, null);
    assert.equal(world.of('fault'), []);
  }
});

test('stopped and started while it is out of reach', () => {
  const { world, tell } = given(AWAY);
  world.value(world.node('A').stop(), 3000);
  world.value(world.node('A').start(), 10);
  assert.equal(changes(world), ['unreachable', 'unreachable']);
  tell(HERE);
  assert.is(world.tryAdd('A', { id: 'joe' }).queue, 'ranked');
});

test('whoever is being removed when it stops is told', () => {
  const { world, tell } = given();
  world.add('A', 'joe').run(10);
  tell(AWAY);
  const errors: unknown[] = [];
  world
    .node('A')
    .remove('joe')
    .subscribe({ error: (error: unknown) => errors.push(error) });
  world.run(10);
  world.node('A').stop().subscribe();
  world.run(5000);
  assert.match(String(errors), /stopped/);
  const { time } = world;
  world.node('B').stop().subscribe();
  world.run(10_000);
  assert.is(time.nextAt, undefined, 'nothing goes on');
});

test.run();
