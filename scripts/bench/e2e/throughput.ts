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

/** So many that there is always something to do: with 100 the two processors were idle a fifth of the time. */
const PAIRS = 200;
const ELO_APART = 100;
const WARM_UP_MS = 4000;
const WINDOW_MS = 4000;
const REPETITIONS = 5;
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

export async function throughput(report: Report, { url }: Task): Promise<void> {
  report.section(
    `Full matches, add to Elo, ${2 * INPUTS} turns each, of ${PAIRS} pairs on 2 processes (medians of ${REPETITIONS} times ${WINDOW_MS / 1000} s)`,
  );
  const fleet = new Fleet();
  const raw = rawClient(url);
  try {
    const options = { url, realm: 'bench', leads: true };
    const nodes = [await fleet.node({ ...options, nodeId: 'A' }), await fleet.node({ ...options, nodeId: 'B' })];
    const players = (name: string): Player[] =>
      Array.from({ length: PAIRS }, (_, index) => ({ id: `${name}${index}`, elo: index * ELO_APART }));
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
    const rawCounts = [];
    for (let repetition = 0; repetition < REPETITIONS; repetition++)
      rawCounts.push(await Promise.all(nodes.map((node) => node.rawTrips(url, PAIRS, RAW_MS))));
    const trips = median(rawCounts.map((counts) => (counts.reduce((sum, count) => sum + count, 0) / RAW_MS) * 1000));
    const scripts = median(windows.map((window) => window.scripts));
    const of = (value: (window: Window) => number): number => median(windows.map(value));
    const wrong = before.counts.reduce((sum, counts) => sum + counts.wrong, 0);
    report.figure(
      'matches',
      of(({ perSecond }) => perSecond),
      '/s',
      { atLeast: 300 },
    );
    report.figure('matches: the best window', Math.max(...windows.map(({ perSecond }) => perSecond)), '/s');
    report.figure('raw: trips to Redis by ioredis alone, as many at once', trips, '/s');
    report.figure('raw: matches of as many such trips', trips / scripts, '/s');
    report.figure('scripts a match', scripts, '');
    report.figure(
      'messages published a match',
      of(({ messages }) => messages),
      '',
    );
    report.figure(
      'add to BEGIN under this load: p50',
      of(({ beginMs }) => median(beginMs)),
      'ms',
    );
    report.figure(
      'add to BEGIN under this load: p99',
      of(({ beginMs }) => quantile(beginMs, 0.99)),
      'ms',
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
    report.figure('faults, voids and withdrawals', wrong, '', { atMost: 0 });
  } finally {
    fleet.end();
    raw.disconnect();
  }
}
