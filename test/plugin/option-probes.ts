/** What a test can see of a configuration: small worlds in virtual time, and what comes of each. */
import { memoryBus } from '../../bus/memory.ts';
import type { Options, QueueOptions } from '../../bus/options.ts';
import { commandClient } from '../../bus/redis/connection.ts';
import { configOf } from '../../plugin/config.ts';
import { AddError } from '../../plugin/errors.ts';
import type { JaegerEvent } from '../../plugin/events.ts';
import type { Host } from '../../plugin/host.ts';
import { Logger } from '../../plugin/logger.ts';
import { JaegerNode } from '../../plugin/node.ts';
import { VirtualTime } from '../../scripts/virtual-time.ts';
import { type PlayerScript, TestWorld } from './world.ts';

type Players = Readonly<Record<string, PlayerScript>>;
export type Probe = (config: Options) => unknown;

export const queueOf = (queue: QueueOptions): Options => ({ queues: { ranked: queue } });
const worldOf = (config: Options, players: Players = {}): TestWorld => new TestWorld({ config, players }).start();

/** What is wrong with a request, by its paths; nothing where it is taken. */
function refusalOf(world: TestWorld, node: string, request: Parameters<JaegerNode['add']>[0]): string {
  try {
    world.tryAdd(node, request);
    return '';
  } catch (error) {
    if (!(error instanceof AddError)) throw error;
    return error.problems.map(({ path, found }) => `${path} ${found}`).join();
  }
}

const SECOND_MS = 1000;

/** In which second two are offered each other, the second one having come so much later; null: not within a minute. */
export const offeredAfter =
  (elos: readonly [number, number], laterMs = 0, second: 'A' | 'B' = 'B'): Probe =>
  (config) => {
    const world = worldOf(config).add('A', 'joe', elos[0]).run(laterMs).add(second, 'bob', elos[1]);
    for (let seconds = 0; seconds < 60; seconds++) {
      world.run(SECOND_MS);
      if (world.of('offered').length > 0) return seconds;
    }
    return null;
  };

/** By how much the Elo of both changes in each of two games in a row; left out: the ladder's. */
export const deltas =
  (elo?: number, second: 'A' | 'B' = 'B'): Probe =>
  (config) => {
    const world = worldOf(config);
    for (let game = 0; game < 2; game++) world.add('A', 'joe', elo).add(second, 'bob', elo).run(40_000);
    return world.of('elo').map(({ delta }) => delta);
  };

export const addedElo: Probe = (config) => worldOf(config).tryAdd('A', { id: 'joe' }).elo;
export const bringsElo: Probe = (config) => refusalOf(worldOf(config), 'A', { id: 'joe', elo: 2000 });

/** How many results are kept of somebody who has played two games. */
export const keptResults: Probe = (config) => {
  const world = worldOf(config);
  for (let game = 0; game < 2; game++) world.add('A', 'joe').add('B', 'bob').run(40_000);
  return world.value(world.bus.history('ranked', null, 'joe')).last.length;
};

/** Are three taken in who do not fit? */
export const takesThree: Probe = (config) => {
  const world = worldOf(config);
  return [1000, 50_000, 90_000].map((elo) => refusalOf(world, 'A', { id: `p${elo}`, elo }) === '');
};

export const takesParty: Probe = (config) => refusalOf(worldOf(config), 'A', { id: 'us', members: ['joe', 'ann'] });
export const partyElo: Probe = (config) =>
  worldOf(config).tryAdd('A', { id: 'us', members: ['joe', 'ann'], elo: [1000, 2000] }).elo;
export const partyMeetsOne: Probe = (config) => {
  const world = worldOf(config);
  world.tryAdd('A', { id: 'us', members: ['joe', 'ann'], elo: 1000 });
  return world.add('B', 'bob', 1000).run(5000).of('offered').length;
};

/** Four who fit two by two and never answer: how many offers are open at once? */
export const runsAtOnce: Probe = (config) => {
  const silent: PlayerScript = { accept: 'silent' };
  const world = worldOf(config, { a: silent, b: silent, c: silent, d: silent });
  world.add('A', 'a', 1000).add('A', 'b', 1000).add('B', 'c', 9000).add('B', 'd', 9000);
  return world.run(3000).of('offered').length;
};

/** One who is offered many, of whom each may only meet that one, and all decline: how many in the first run? */
export const offersARun: Probe = (config) => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const world = worldOf(config, Object.fromEntries(names.map((name) => [name, { accept: false }])));
  world.add('A', 'joe', 1000).run(1000);
  for (const name of names) world.add('B', name, 1000);
  world.run(20_000);
  return Math.max(...world.of('offered').map(({ asked }) => asked));
};

/** Where every look at the stopwatch takes 1 ms: how long until two at the end of a long list are found. */
export const stepsOfARound: Probe = (config) => {
  const time = new VirtualTime();
  let elapsed = 0;
  let ids = 0;
  const bus = memoryBus({ scheduler: time });
  const host: Host = {
    ...{ tell: () => undefined, accept: () => true, team: () => '', validate: () => null, battle: () => undefined },
  };
  const runtime = { bus, scheduler: time, newId: () => `id${ids++}`, elapsedMs: () => elapsed++ };
  const node = new JaegerNode(configOf(config), host, runtime);
  let foundAt: number | undefined;
  node.events$.subscribe((event) => {
    if (event.kind === 'found') foundAt ??= time.now();
  });
  node.start().subscribe();
  time.runUntil(time.now() + 1000);
  const began = time.now();
  for (let at = 0; at < 60; at++) node.add({ id: `loner-${at}`, elo: 1000 * (at + 2) }).subscribe();
  for (const id of ['joe', 'bob']) node.add({ id: `z-${id}`, elo: 500 }).subscribe();
  time.runUntil(began + 10_000);
  return foundAt === undefined ? null : foundAt - began;
};

/** Whose server never hands over a team, with a pause between the matches: is it refused at last? */
export const barred =
  (matches: number, pauseMs = 0): Probe =>
  (config) => {
    const world = worldOf(config, { bob: { team: 'silent' } });
    for (let match = 0; match < matches; match++) {
      world.add('A', 'joe', 1000).add('B', 'bob', 1000).run(40_000).run(pauseMs);
    }
    return refusalOf(world, 'B', { id: 'bob', elo: 1000 }) !== '';
  };

/** The same: is another player of that server refused? */
export const nodeBarred: Probe = (config) => {
  const world = worldOf(config, { bob: { team: 'silent' } });
  for (let match = 0; match < 2; match++) world.add('A', 'joe', 1000).add('B', 'bob', 1000).run(40_000);
  return refusalOf(world, 'B', { id: 'zoe' }) !== '';
};

/** Who has declined twice: is it refused 3 s later? */
export const restsAfterTwo: Probe = (config) => {
  const world = worldOf(config, { bob: { accept: false, acceptAfterMs: 100 } });
  world.add('A', 'joe', 1000);
  for (let time = 0; time < 2; time++) world.run(10_000).add('B', 'bob', 1000).run(1500);
  return refusalOf(world, 'B', { id: 'bob', elo: 1000 }) !== '';
};

const instantly = (world: TestWorld, node: string, id: string, data: unknown = {}, preferences: unknown = {}): string => {
  try {
    world.value(world.node(node).instant({ id, data, preferences }), 10);
    return '';
  } catch (error) {
    if (!(error instanceof AddError)) throw error;
    return error.problems.map(({ path }) => path).join();
  }
};
export const says =
  (data: object): Probe =>
  (config) =>
    instantly(worldOf(config), 'A', 'joe', data);
export const instantDeltas: Probe = (config) => {
  const world = worldOf(config);
  for (const [node, id] of [
    ['A', 'joe'],
    ['B', 'bob'],
  ] as const)
    instantly(world, node, id);
  return world
    .run(20_000)
    .of('elo')
    .map(({ delta }) => delta !== 0);
};
export const takesThreeInstantly: Probe = (config) => {
  const world = worldOf(config);
  const picky = { field: 'mic', eq: true };
  return ['a', 'b', 'c'].map((id) => instantly(world, 'A', id, { mic: false }, picky) === '');
};

/** Two who play, and once more: how both Elos changed in the games that there were. */
export const rematched: Probe = (config) => {
  const world = worldOf(config).add('A', 'joe', 1000).add('B', 'bob', 1000).run(20_000);
  for (const [node, id] of [
    ['A', 'joe'],
    ['B', 'bob'],
  ] as const)
    world
      .node(node)
      .rematch(id, true)
      .subscribe({ error: () => undefined });
  return world
    .run(20_000)
    .of('elo')
    .map(({ delta }) => delta !== 0);
};

export const leaders: Probe = (config) => worldOf(config).of('leading').length;
export const nameSaid: Probe = (config) => {
  const time = new VirtualTime();
  const bus = memoryBus({ scheduler: time });
  const host = { ...{ tell: () => 0, accept: () => true, team: () => '', validate: () => null, battle: () => 0 } };
  const node = new JaegerNode(configOf(config), host, { bus, scheduler: time, newId: () => 'id', elapsedMs: () => 0 });
  const names: string[] = [];
  node.events$.subscribe((event) => names.push(event.node));
  node.start().subscribe();
  time.runUntil(time.now() + 1000);
  return names[0];
};

export const logged: Probe = (config) => {
  const levels: string[] = [];
  const logger = new Logger(configOf(config).log, ({ level }) => levels.push(level));
  for (const kind of ['started', 'warning', 'fault', 'late'])
    logger.event({ at: 0, node: 'A', kind, text: '', where: '', error: '' } as unknown as JaegerEvent);
  return levels;
};

/** With what ioredis would connect, and under which prefix everything is kept; nothing does. */
export const connection: Probe = (config) => {
  const { redis } = configOf({ nodeId: 'A', ...config });
  if (!redis) throw new Error('no Redis in this configuration');
  const client = commandClient({ target: redis.target, random: () => 0 });
  const { startupNodes } = client as unknown as { readonly startupNodes?: unknown };
  const { retryStrategy, sentinelRetryStrategy, Connector, clusterRetryStrategy, ...options } = client.options as Record<
    string,
    unknown
  >;
  return JSON.stringify([options, startupNodes, redis.keyPrefix]);
};
