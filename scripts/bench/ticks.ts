/** One tick, entering and leaving while 100,000 wait: the median of each over repetitions, then quantiles over all of them; and memory. */
import { Queue, type QueueOptions, type Ticket } from '../../matcher/index.ts';
import { DEFAULTS } from '../../plugin/config.ts';
import { randomOf } from '../random.ts';
import { type Crowd, collectGarbage, ENTERED, normalElo, queueOf, ticketsOf } from './crowd.ts';
import type { Report } from './report.ts';
import { median, medians, quantile } from './statistics.ts';

const COUNT = 100_000;
const TICKS = 4000;
const REPETITIONS = 11;

interface Scene extends Omit<Crowd, 'count' | 'seed'> {
  readonly name: string;
  readonly most: number;
  readonly options?: Partial<QueueOptions>;
  readonly medianUs?: number;
}

const HOUR_MS = 3_600_000;
const sparse = (_: unknown, index: number): number => index * 9;
/** They came over the last 50 s, 2,000 a second. */
const overTime = (_: unknown, index: number): number => (COUNT - index) / 2;
const NARROW = { pool: { ...DEFAULTS.queue.pool, base: 4, curve: 'none' } } as const;

const SCENES: readonly Scene[] = [
  { name: 'finds nobody: nobody near', most: 1, eloOf: sparse, options: NARROW, medianUs: 0.5 },
  { name: 'finds 30', most: 30, eloOf: normalElo, medianUs: 3 },
  { name: 'finds its best candidate', most: 1, eloOf: normalElo },
  {
    name: 'finds nobody but one, of an enormous pool, who waits far off',
    most: 30,
    eloOf: sparse,
    options: { pool: { ...DEFAULTS.queue.pool, base: 4 } },
    waitedOf: (_, index) => (index === 50_000 ? HOUR_MS : 0),
  },
  {
    // Thirty that stand far apart are found one by one.
    name: 'among a hundred of enormous pools',
    most: 30,
    eloOf: (random) => random.integer(0, 900_000),
    waitedOf: (random) => (random.fraction() < 0.001 ? random.integer(0, 5 * 60_000) : 0),
  },
  { name: 'everybody at exactly 1000', most: 30, eloOf: () => 1000 },
  { name: 'ten Elos, nobody else in reach', most: 30, eloOf: (random) => 1000 + 100 * random.integer(0, 9), options: NARROW },
  {
    name: 'finds nobody: all 38 in reach play by other rules',
    most: 1,
    eloOf: (_, index) => index,
    rulesetOf: (_, index) => `rules ${index % 20}`,
    options: { pool: { ...DEFAULTS.queue.pool, base: 9.5, curve: 'none' } },
  },
  { name: 'finds nobody: all are on its own server', most: 30, eloOf: normalElo, nodes: 1, options: { sameNode: false } },
  { name: 'two servers, which must differ', most: 30, eloOf: normalElo, nodes: 2, options: { sameNode: false } },
];

export function ticks(report: Report, seed: number): void {
  report.section(`One tick while ${COUNT.toLocaleString('en')} wait (head and candidates; each the median of ${REPETITIONS})`);
  // The compiler has seen every kind of tick before anything is measured.
  for (const { most, options, ...crowd } of SCENES) {
    const queue = queueOf(ticketsOf({ waitedOf: overTime, ...crowd, count: 2 * TICKS, seed }), options);
    for (let times = 0; times < 8; times++) tickTimes(queue, most);
  }
  const stopwatch = stopwatchUs();
  report.figure('the stopwatch by itself, which is not counted', stopwatch, 'µs');
  for (const { name, most, options, medianUs, ...crowd } of SCENES) {
    const queue = queueOf(ticketsOf({ waitedOf: overTime, ...crowd, count: COUNT, seed }), options);
    const us = medians(Array.from({ length: REPETITIONS + 2 }, () => tickTimes(queue, most)).slice(2)).map(
      (each) => each - stopwatch,
    );
    report.figure(`${name}: median`, median(us), 'µs', medianUs === undefined ? {} : { atMost: medianUs });
    report.figure(`${name}: p99`, quantile(us, 0.99), 'µs', { atMost: 10 });
    report.figure(`${name}: worst`, quantile(us, 1), 'µs', { atMost: 100 });
  }
}

/** What looking at the stopwatch twice costs by itself, in µs: it is not counted. */
function stopwatchUs(): number {
  const times = new Float64Array(100_000);
  for (let index = 0; index < times.length; index++) {
    const startedMs = performance.now();
    times[index] = 1000 * (performance.now() - startedMs);
  }
  return quantile(times, 0.5);
}

/** In µs, the same heads each time. */
function tickTimes(queue: Queue, most: number): Float64Array {
  queue.beginRound(ENTERED);
  const times = new Float64Array(TICKS);
  for (let tick = 0; tick < TICKS; tick++) {
    const startedMs = performance.now();
    const head = queue.nextHead(ENTERED) as Ticket;
    const found = queue.find(head, ENTERED, most);
    if (found.length === 0) queue.moveBack(head);
    times[tick] = 1000 * (performance.now() - startedMs);
  }
  return times;
}

export function comings(report: Report, seed: number): void {
  report.section(`Entering and leaving while ${COUNT.toLocaleString('en')} wait (each the median of ${REPETITIONS})`);
  for (const [kind, eloOf] of [
    ['fractional Elos', normalElo],
    ['everybody at exactly 1000', () => 1000],
  ] as const) {
    const queue = queueOf(ticketsOf({ count: COUNT, seed, eloOf, waitedOf: overTime }));
    // They come later than all who wait, one after another.
    const newcomers = ticketsOf({ count: TICKS, seed: `${seed} newcomers`, eloOf, waitedOf: (_, index) => -index });
    const order = randomOf(seed, 'leaving');
    const leavers = newcomers
      .map((ticket) => [order.fraction(), ticket] as const)
      .sort(([a], [b]) => a - b)
      .map(([, ticket]) => ticket);
    const runs = Array.from({ length: REPETITIONS + 2 }, () => ({
      enter: times(newcomers, (ticket) => queue.enter(ticket)),
      leave: times(leavers, (ticket) => queue.leave(ticket.ticket)),
    })).slice(2);
    for (const what of ['enter', 'leave'] as const) {
      const us = medians(runs.map((run) => run[what]));
      report.figure(`${what}, ${kind}: median`, median(us), 'µs', { atMost: 4 });
      report.figure(`${what}, ${kind}: p99`, quantile(us, 0.99), 'µs', { atMost: 10 });
    }
  }
}

function times(tickets: readonly Ticket[], work: (ticket: Ticket) => void): Float64Array {
  return Float64Array.from(tickets, (ticket) => {
    const startedMs = performance.now();
    work(ticket);
    return 1000 * (performance.now() - startedMs);
  });
}

/** Bytes beside the host's own objects. */
export function memory(report: Report, seed: number): void {
  report.section('Memory');
  const tickets = ticketsOf({ count: COUNT, seed, eloOf: normalElo });
  const used = (): number => {
    // What array buffers held is let go of by a second collection.
    for (let times = 0; times < 3; times++) collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  const queue = new Queue(DEFAULTS.queue);
  for (const ticket of tickets) queue.enter(ticket);
  const bytes = (used() - before) / COUNT;
  if (queue.waiting !== COUNT) throw new Error('not all of them entered');
  report.figure('bytes per waiting actor, beside its ticket', bytes, 'bytes', { atMost: 200 });
}
