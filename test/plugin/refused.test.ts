/** The bus refuses a server everything for a while, as where a right is missing: nothing of what goes on there is given up. In virtual time. */
import { defer, type Observable, ReplaySubject, type Subject, throwError } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Bus, BusUnreachable, type Reach } from '../../bus/bus.ts';
import { FaultNews } from '../../plugin/lasting.ts';
import { VirtualTime } from '../../scripts/virtual-time.ts';
import { TestWorld, type WorldGiven } from './world.ts';

const REFUSED_MS = 3000;
const STEP_MS = 400;
/** From add to the Elo. */
const WAY_MS = 9000;
const OVER_MS = 60_000;
const NOPERM = 'NOPERM no permissions';

interface Refusing {
  readonly world: TestWorld;
  /** Which server. */
  refuses: string;
  error: Error;
  readonly reach$: Subject<Reach>;
}

/** A world whose bus refuses one server everything while it is told to. */
function refusing(given: WorldGiven = {}): Refusing {
  const state = { refuses: '', error: new Error(NOPERM), reach$: new ReplaySubject<Reach>(1) };
  const wire = (bus: Bus, node: string): Bus => {
    const verbs = Object.entries(bus).map(([name, verb]) => {
      if (typeof verb !== 'function' || name === 'hear' || name === 'hearInbox') return [name, verb];
      const asked = (...args: unknown[]) =>
        defer(() =>
          state.refuses === node ? throwError(() => state.error) : (Reflect.apply(verb, bus, args) as Observable<unknown>),
        );
      return [name, asked];
    });
    return { ...bus, ...Object.fromEntries(verbs), reach$: state.reach$ };
  };
  return Object.assign(state, { world: new TestWorld({ nodes: ['L', 'A', 'B'], wire, ...given }) });
}

for (const refused of ['B', 'L'])
  test(`a match is played, whenever ${refused === 'L' ? 'who leads' : 'a server'} is refused everything for 3 s; that is said once`, () => {
    for (let at = 100; at <= WAY_MS; at += STEP_MS) {
      const state = refusing();
      const { world } = state;
      world.start().add('A', 'joe', 1000).add('B', 'bob', 1000).run(at);
      state.refuses = refused;
      world.run(REFUSED_MS);
      state.refuses = '';
      world.run(OVER_MS);
      const ends = [...world.of('elo'), ...world.of('void'), ...world.of('withdrawn')].map(({ kind, id }) => `${kind} ${id}`);
      assert.equal(ends.sort(), ['elo bob', 'elo joe'], `after ${at} ms`);
      const faults = world.of('fault').map(({ node, where, error }) => `${node} ${where}: ${error}`);
      assert.is(new Set(faults).size, faults.length, `after ${at} ms: ${faults}`);
    }
  });

test('a server that gave no sign of life for being refused gives them again; whom it cost the place is told', () => {
  const times = { heartbeatMs: 2000, silenceMs: 4000 };
  const state = refusing({ config: { queues: { ranked: { times } } } });
  const { world } = state;
  world.start().add('B', 'bob', 1000).run(5000);
  state.refuses = 'B';
  world.run(10_000);
  assert.is(world.of('nodeLost').length, 1);
  assert.throws(() => world.tryAdd('B', { id: 'ann' }), /NOPERM/);
  assert.not(world.notices('bob').includes('withdrawn'));
  state.refuses = '';
  world.run(8000);
  assert.is(world.notices('bob').at(-1), 'withdrawn');
  assert.equal(
    world.of('withdrawn').map(({ id }) => id),
    ['bob'],
  );
  world.add('B', 'ann', 1500).run(20_000);
  assert.equal(world.notices('ann'), ['queued']);
  assert.is(world.value(world.bus.snapshot('ranked')).tickets.length, 1);
  const faults = world.of('fault').filter(({ where }) => where === 'presence');
  assert.equal(
    faults.map(({ node, error }) => `${node} ${error}`),
    [`B ${NOPERM}`],
  );
});

test('a user who waits for an instant match is made known again', () => {
  const state = refusing({ config: { queues: { ranked: { instant: {} } } } });
  const { world } = state;
  const ask = (node: string, id: string): void => void world.node(node).instant({ id, queue: 'ranked' }).subscribe();
  world.start();
  ask('B', 'bob');
  world.run(1000);
  state.refuses = 'B';
  world.run(20_000);
  state.refuses = '';
  world.run(6000);
  ask('A', 'joe');
  world.run(OVER_MS);
  assert.equal(
    world
      .of('begun')
      .map(({ id }) => id)
      .sort(),
    ['bob', 'joe'],
  );
});

test('whoever starts is told of a refusal; whoever could not reach the bus then, and is refused later, has its place when it may', () => {
  const state = refusing();
  const { world } = state;
  state.refuses = 'B';
  const errors: unknown[] = [];
  const start = (): void =>
    void world
      .node('B')
      .start()
      .subscribe({ error: (error: unknown) => errors.push(error) });
  start();
  world.run(100);
  assert.equal(errors.splice(0).map(String), [`Error: ${NOPERM}`]);
  state.error = new BusUnreachable('gone');
  state.reach$.next({ reachable: false, reason: 'gone' });
  world.start();
  start();
  assert.is(world.of('started').length, 3);
  state.error = new Error(NOPERM);
  world.run(5000);
  state.refuses = '';
  state.reach$.next({ reachable: true });
  world.run(1000).add('B', 'bob').run(100);
  assert.equal(world.notices('bob'), ['queued']);
  assert.equal(
    world.of('fault').map(({ where, error }) => `${where} ${error}`),
    [`arrival ${NOPERM}`],
  );
});

test('what happens again and again is news once, until it has not happened for a minute', () => {
  const time = new VirtualTime();
  const news = new FaultNews(time);
  const [one, other] = [new Error('one'), new Error('other')];
  const at = (ms: number, error: Error): boolean => {
    time.runUntil(ms);
    return news.happened(error);
  };
  assert.equal([at(0, one), at(1000, one), at(2000, other), at(60_999, one)], [true, false, true, false]);
  assert.equal([at(61_999, other), at(62_000, other), at(120_998, one), at(180_998, one)], [false, false, false, true]);
  for (let number = 0; number < 1000; number++) news.happened(new Error(String(number)));
  assert.ok(at(180_998, one), 'few are remembered');
});

test.run();
