/**
 * Full matches a second, from add to Elo: two servers with players who are added again as soon as they have their Elo. Each has its opponent
 * on the other server, of the same Elo and far from everybody else's: their pools meet at once.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { type Commands, commandStats, rawClient, redisCpuMs } from '../raw.ts';
import type { Report } from '../report.ts';
import { median, quantile } from '../statistics.ts';
import type { Task } from '../task.ts';
import { Fleet, type Member } from './fleet.ts';
import type { Counts, Player } from './node.ts';
import { INPUTS } from './player.ts';

/** What is sustained is what the load gives that gives most: with few the processors wait for one another, with many all wait in line. */
const LOADS = [100, 200, 400];
/** Everybody has one opponent; and all have the same Elo, as on a new ladder, where the best candidate of all is the same one. */
const ELO_APART = 100;
const NEW_LADDER = { pairs: 200, eloApart: 0 };
const WARM_UP_MS = 4000;
const WINDOW_MS = 4000;
const REPETITIONS = 4;
const RAW_REPETITIONS = 3;
const RAW_MS = 2000;

interface Moment {
  readonly at: number;
  readonly counts: readonly Counts[];
  readonly redisMs: number;
  readonly commands: ReadonlyMap<string, Commands>;
}

interface Window {
  readonly perSecond: number;
  /** From add to BEGIN. */
  readonly beginMs: readonly number[];
  /** Of a processor, for one match. */
  readonly redisMs: number;
  readonly nodesMs: readonly number[];
  readonly scripts: number;
  readonly messages: number;
}

async function momentOf(nodes: readonly Member[], raw: Redis): Promise<Moment> {
  const counts = await Promise.all(nodes.map((node) => node.counts()));
  const commands = await commandStats(raw);
  return { at: performance.now(), counts, redisMs: await redisCpuMs(raw), commands };
}

function between(before: Moment, after: Moment): Window {
  const matches = after.counts.reduce((sum, { rated }, index) => sum + rated - (before.counts[index] as Counts).rated, 0) / 2;
  const calls = (name: string): number =>
    ((after.commands.get(name)?.calls ?? 0) - (before.commands.get(name)?.calls ?? 0)) / matches;
  return {
    perSecond: (matches / (after.at - before.at)) * 1000,
    beginMs: after.counts.flatMap(({ addToBeginMs }) => addToBeginMs),
    redisMs: (after.redisMs - before.redisMs) / matches,
    nodesMs: after.counts.map(({ cpuMs }, index) => (cpuMs - (before.counts[index] as Counts).cpuMs) / matches),
    scripts: calls('evalsha'),
    messages: calls('publish'),
  };
}

interface Load {
  readonly pairs: number;
  readonly windows: readonly Window[];
  /** Trips to Redis a second, by ioredis alone, with as many at once. */
  readonly trips: number;
  readonly wrong: number;
}

async function loadOf(url: string, pairs: number, eloApart = ELO_APART): Promise<Load> {
  const fleet = new Fleet();
  const raw = rawClient(url);
  try {
    const options = { url, realm: `bench${pairs}-${eloApart}`, leads: true };
    const nodes = [await fleet.node({ ...options, nodeId: 'A' }), await fleet.node({ ...options, nodeId: 'B' })];
    const players = (name: string): Player[] =>
      Array.from({ length: pairs }, (_, index) => ({ id: `${name}${index}`, elo: index * eloApart }));
    await sleep(1000);
    await Promise.all(nodes.map((node, index) => node.loop(players('ab'[index] as string))));
    await sleep(WARM_UP_MS);
    const windows: Window[] = [];
    let before = await momentOf(nodes, raw);
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      await sleep(WINDOW_MS);
      const after = await momentOf(nodes, raw);
      windows.push(between(before, after));
      before = after;
    }
    await Promise.all(nodes.map((node) => node.endLoop()));
    await sleep(2000);
    const counts = [];
    for (let repetition = 0; repetition < RAW_REPETITIONS; repetition++)
      counts.push(await Promise.all(nodes.map((node) => node.rawTrips(url, pairs, RAW_MS))));
    const trips = median(counts.map((of) => (of.reduce((sum, count) => sum + count, 0) / RAW_MS) * 1000));
    return { pairs, windows, trips, wrong: before.counts.reduce((sum, { wrong }) => sum + wrong, 0) };
  } finally {
    fleet.end();
    raw.disconnect();
  }
}

const medianOf = ({ windows }: Load, value: (window: Window) => number): number => median(windows.map(value));
const perSecond = (load: Load): number => medianOf(load, (window) => window.perSecond);
const addToBegin = (load: Load, part: number): number => medianOf(load, ({ beginMs }) => quantile(beginMs, part));

export async function throughput(report: Report, { url }: Task): Promise<void> {
  report.section(
    `Full matches, add to Elo, ${2 * INPUTS} turns each, on 2 processes (medians of ${REPETITIONS} times ${WINDOW_MS / 1000} s)`,
  );
  const loads: Load[] = [];
  for (const pairs of LOADS) loads.push(await loadOf(url, pairs));
  for (const load of loads) {
    report.figure(`${load.pairs} pairs: matches`, perSecond(load), '/s');
    report.figure(`${load.pairs} pairs: add to BEGIN: p50`, addToBegin(load, 0.5), 'ms');
    report.figure(`${load.pairs} pairs: add to BEGIN: p99`, addToBegin(load, 0.99), 'ms');
  }
  const ladder = await loadOf(url, NEW_LADDER.pairs, NEW_LADDER.eloApart);
  const apart = loads.find(({ pairs }) => pairs === NEW_LADDER.pairs) as Load;
  report.figure(`${ladder.pairs} pairs of one Elo: matches`, perSecond(ladder), '/s');
  const scriptsOf = (load: Load): number => medianOf(load, (window) => window.scripts);
  report.figure('the same: scripts a match / where each has one opponent', scriptsOf(ladder) / scriptsOf(apart), '×', {
    atMost: 1.2,
  });
  const most = loads.reduce((best, load) => (perSecond(load) > perSecond(best) ? load : best));
  const of = (value: (window: Window) => number): number => medianOf(most, value);
  const scripts = of((window) => window.scripts);
  report.figure('matches, of the load that gives most', perSecond(most), '/s', { atLeast: 300 });
  report.line(`  All that follows is of that load, ${most.pairs} pairs`);
  report.figure('matches: the best window', Math.max(...most.windows.map((window) => window.perSecond)), '/s');
  report.figure('raw: trips to Redis by ioredis alone, as many at once', most.trips, '/s');
  report.figure('raw: matches of as many such trips', most.trips / scripts, '/s');
  report.figure('scripts a match', scripts, '');
  report.figure(
    'messages published a match',
    of(({ messages }) => messages),
    '',
  );
  const busy = (ms: (window: Window) => number): number => of((window) => (ms(window) * window.perSecond) / 10);
  const shares = [
    ["the leader's process", busy(({ nodesMs }) => Math.max(...nodesMs))],
    ['the other process', busy(({ nodesMs }) => Math.min(...nodesMs))],
    ['Redis', busy(({ redisMs }) => redisMs)],
  ] as const;
  for (const [name, share] of shares) report.figure(`busy: ${name}`, share, '%');
  const all = Math.round(shares.reduce((sum, [, share]) => sum + share, 0));
  const [name, share] = [...shares].sort(([, x], [, y]) => y - x)[0] as (typeof shares)[number];
  report.line(
    `  What limits it: ${name}, one thread, is busy ${Math.round(share)}% of the time; all three use ${all}% of ${availableParallelism() * 100}%`,
  );
  report.figure(
    "of a processor, a match: the leader's process",
    of(({ nodesMs }) => Math.max(...nodesMs)),
    'ms',
  );
  report.figure(
    'of a processor, a match: the other process',
    of(({ nodesMs }) => Math.min(...nodesMs)),
    'ms',
  );
  report.figure(
    'of a processor, a match: Redis',
    of(({ redisMs }) => redisMs),
    'ms',
  );
  report.figure(
    'faults, voids and withdrawals, of all loads',
    [...loads, ladder].reduce((sum, { wrong }) => sum + wrong, 0),
    '',
    { atMost: 0 },
  );
}
