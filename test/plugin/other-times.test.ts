/** The times of the configuration that are not a queue's `times`: each has the protocol's default and is kept to the millisecond, here or where it says. */
import { NEVER, type Observable, of, tap } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bus } from '../../bus/bus.ts';
import type { QueueOptions } from '../../bus/options.ts';
import { campaign, LEASE_TIMES } from '../../bus/redis/lease.ts';
import { DEFAULTS } from '../../plugin/config.ts';
import { AddError } from '../../plugin/errors.ts';
import { VirtualTime } from '../../scripts/virtual-time.ts';
import { type Deadline, keepsTimes, type Running, until } from './deadline.ts';
import { type PlayerScript, TestWorld } from './world.ts';

/** The times that the test changes, by path. */
type Given = Readonly<Record<string, number>>;

/** Two of one queue, Joe on A and Bob on B, who comes 1 s later. */
function worldOf(queue: QueueOptions, players: Readonly<Record<string, PlayerScript>> = {}): TestWorld {
  const world = new TestWorld({ players, config: { queues: { ranked: queue } } });
  return world.start().add('A', 'joe', 1000).run(1000).add('B', 'bob', 1000);
}

/** Joe waits for an instant match; how often this verb was asked. */
function waiting(verb: 'renewInstantMatch' | 'rebroadcastInstantMatch'): Running {
  let asked = 0;
  const wire = (bus: Bus): Bus => ({
    ...bus,
    [verb]: (...args: Parameters<Bus[typeof verb]>) =>
      bus[verb](...(args as [string, string, string])).pipe(tap({ subscribe: () => asked++ })),
  });
  const world = new TestWorld({ wire, config: { queues: { ranked: { instant: {} } } } }).start();
  const from = world.time.now();
  world.value(world.node('A').instant({ id: 'joe' }), 0);
  return { world, from, happened: () => asked > 0 };
}

function adds(world: TestWorld, node: string, id: string): boolean {
  try {
    return world.value(world.node(node).add({ id, elo: 1000 }), 0).ticket !== '';
  } catch (error) {
    assert.instance(error, AddError);
    return false;
  }
}

/** A holder of whom a lease hears nothing more after its first answer. */
function holder(happens: 'renewed' | 'stopped'): Running {
  const time = new VirtualTime();
  const seen = { renewed: 0, stopped: 0 };
  const renew = (): Observable<readonly string[]> => {
    seen.renewed++;
    return NEVER;
  };
  campaign({
    ...{ queue: 'ranked', times: LEASE_TIMES, scheduler: time, random: () => 0, renew },
    released$: of({ listening: true }),
    acquire: () => of(['held', '1', '1', '0']),
    resign: () => NEVER,
  }).subscribe((lease) => {
    if (lease === null) seen.stopped++;
  });
  const world = { time, run: (ms: number) => time.runUntil(time.now() + ms) } as unknown as TestWorld;
  return { world, from: 0, happened: () => seen[happens] > 0 };
}

const DEADLINES: { readonly [path: string]: Deadline<Given> } = {
  'lease.renewMs': { byDefault: 1000, starts: [() => holder('renewed')] },
  'lease.deadlineMs': { byDefault: 2000, starts: [() => holder('stopped')] },
  'kept.ticketsMs': {
    byDefault: 600_000,
    starts: [
      () => {
        const world = new TestWorld().start();
        const { ticket } = world.tryAdd('A', { id: 'joe' });
        assert.is(world.value(world.node('A').remove('joe'), 0), 'queued');
        const from = world.time.now();
        return { world, from, happened: () => world.value(world.bus.standing(ticket), 0).at === 'unknown' };
      },
    ],
  },
  'kept.matchesMs': {
    byDefault: 3_600_000,
    starts: [
      () => {
        const world = worldOf({});
        const from = until(world, () => world.stages().includes('closed'));
        const matchId = world.of('matched')[0]?.matchId ?? '';
        // A bus lets go of what is past its time when it looks at its clock.
        const read = () => [
          world.value(world.bus.clock(), 0),
          world.value(world.bus.match(matchId), 0),
          world.value(world.bus.log(matchId, 1, 1), 0)[0],
        ];
        assert.ok(read().every(Boolean));
        return { world, from, happened: () => !read().slice(1).some(Boolean) };
      },
    ],
  },
  'kept.resultsMs': {
    byDefault: 120_000,
    starts: [
      () => {
        // Each looks at a world of its own, for who looks takes the data away.
        const worlds = [0, 1].map(() => worldOf({}));
        const from = Math.max(...worlds.map((world) => until(world, () => world.of('elo').length === 2)));
        const [first] = worlds as [TestWorld, TestWorld];
        const happened = (): boolean => {
          const world = worlds.shift() as TestWorld;
          world.time.runUntil(first.time.now());
          world.bus.lose();
          const later = world.time.now() + 1000;
          while (world.time.now() < later) world.time.step();
          return world.of('incident').length === 0;
        };
        return { world: first, from, happened };
      },
    ],
  },
  'queue.voids.barMs': {
    byDefault: 3_600_000,
    starts: [
      () => {
        const world = worldOf({ voids: { max: 1 } }, { bob: { team: 'silent' } });
        until(world, () => world.stages().includes('void'));
        world.run(100).add('A', 'joe', 1000).add('B', 'bob', 1000);
        const from = until(world, () => world.stages().filter((stage) => stage === 'void').length === 2);
        return { world, from, happened: () => adds(world, 'B', 'bob') };
      },
    ],
  },
  'queue.declines.restMs': {
    byDefault: 0,
    given: 30_000,
    starts: [
      (given) => {
        const world = worldOf({ declines: { restMs: given['queue.declines.restMs'] as number } }, { bob: { accept: false } });
        const from = until(world, () => world.notices('bob').includes('withdrawn'));
        return { world, from, happened: () => adds(world, 'B', 'bob') };
      },
    ],
  },
  'queue.rematch.withinMs': {
    byDefault: 30_000,
    starts: [
      () => {
        const world = worldOf({});
        const from = until(world, () => world.notices('joe').includes('rematch'));
        return { world, from, happened: () => world.of('rematch').some(({ said }) => said === 'over') };
      },
    ],
  },
  'instant.renewMs': { byDefault: 5000, starts: [() => waiting('renewInstantMatch')] },
  'instant.againMs': { byDefault: 30_000, starts: [() => waiting('rebroadcastInstantMatch')] },
};

/** Times that only the bus keeps; its suite sets its clock to both sides of each. */
const OF_THE_BUS = {
  'lease.leaseMs': 3000,
  'queue.declines.mostMs': 1_800_000,
  'queue.declines.fadeMs': 3_600_000,
  'instant.lifeMs': 15_000,
};

test('every time of the configuration is here, with the default of the protocol', () => {
  const times = (of: object, path: string): [string, number][] =>
    Object.entries(of).flatMap(([name, value]) => {
      if (typeof value === 'object' && value !== null) return name === 'times' ? [] : times(value, `${path}${name}.`);
      // How long a step may hold the game server is no time that is waited for.
      return name.endsWith('Ms') && name !== 'budgetMs' ? [[`${path}${name}`, value as number]] : [];
    });
  const here = Object.entries(DEADLINES).map(([path, { byDefault }]) => [path, byDefault]);
  assert.equal(Object.fromEntries([...here, ...Object.entries(OF_THE_BUS)]), Object.fromEntries(times(DEFAULTS, '')));
});

keepsTimes(DEADLINES);
test.run();
