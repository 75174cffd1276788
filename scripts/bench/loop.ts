/**
 * How long the event loop is held, for a game server shares it: while 100,000 wait and 2,000 a second enter and leave, and while a new
 * leader loads 100,000. Beside it an idle run, and a control that keeps the same objects in a Map and does nothing with them: what the
 * garbage collector takes for these is not the matcher's. Own code is what the collector's pauses, other threads and other processes leave of
 * an action. Each figure is the median over the repetitions, in ms.
 */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  asyncScheduler,
  concatMap,
  first,
  from,
  interval,
  last,
  lastValueFrom,
  mergeMap,
  type SchedulerAction,
  type SchedulerLike,
  tap,
} from 'rxjs';
import type { Bus } from '../../bus/bus.ts';
import { memoryBus } from '../../bus/memory.ts';
import type { Snapshot } from '../../bus/records.ts';
import { type Found, type Queue, STEP_MS, type Ticket, ticks } from '../../matcher/index.ts';
import { DEFAULTS } from '../../plugin/config.ts';
import { Counts } from '../../plugin/counts.ts';
import { lead } from '../../plugin/leader.ts';
import { ticketOf } from '../../plugin/ledger.ts';
import { inSlices } from '../../plugin/slices.ts';
import { randomOf } from '../random.ts';
import { type Crowd, collectGarbage, normalElo, queueOf, ticketsOf } from './crowd.ts';
import type { Report } from './report.ts';
import { median } from './statistics.ts';

const COUNT = 100_000;
const REPETITIONS = 5;
const RUN_MS = 4000;
/** 2,000 a second. */
const CHURN_MS = 10;
const CHURN = 20;

interface Held {
  readonly p99: number;
  readonly max: number;
  /** The longest that one action's own code ran. */
  readonly longest: number;
}

/** One action, in ms since the process began, and for how long a processor ran it. */
interface Action {
  readonly at: number;
  readonly ms: number;
  readonly processorMs: number;
}

/**
 * How long a processor has run this thread, in ms, the first number of Linux's schedstat. What else there is counts the whole process: the
 * threads that collect garbage and compile while this one waits for a processor that they have.
 */
function processorMs(): number {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ', 1)[0]) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}

/** Actions shorter than this are not kept. */
const SHORT_MS = 1;

/**
 * The real scheduler, which notes how long its actions run.
 *
 * An action's own code runs no longer than the action takes less the collector's pauses in it, and no longer than a processor runs its
 * thread meanwhile: while another thread or process has the processor, nothing of ours runs.
 */
class WatchedScheduler implements SchedulerLike {
  private readonly actions: Action[] = [];
  private readonly pauses: { readonly at: number; readonly ms: number }[] = [];
  private readonly observer = new PerformanceObserver((list) => this.note(list.getEntries()));

  now(): number {
    return asyncScheduler.now();
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T) {
    const { actions } = this;
    return asyncScheduler.schedule<T>(
      function (this: SchedulerAction<T>, given?: T) {
        const before = processorMs();
        const at = performance.now();
        work.call(this, given);
        const ms = performance.now() - at;
        if (ms < SHORT_MS) return;
        actions.push({ at, ms, processorMs: processorMs() - before });
      },
      delay,
      state,
    );
  }

  begin(): void {
    this.actions.length = this.pauses.length = 0;
    this.observer.observe({ entryTypes: ['gc'] });
  }

  /** The longest that one action's own code ran since `begin`, in ms. */
  end(): number {
    this.note(this.observer.takeRecords());
    this.observer.disconnect();
    const own = this.actions.map(({ at, ms, processorMs }) => {
      const pausedMs = this.pauses.reduce((sum, pause) => sum + (pause.at >= at && pause.at < at + ms ? pause.ms : 0), 0);
      return Math.min(ms - pausedMs, processorMs);
    });
    return Math.max(0, ...own);
  }

  private note(entries: readonly PerformanceEntry[]): void {
    for (const { startTime, duration } of entries) this.pauses.push({ at: startTime, ms: duration });
  }
}

/** Watches the event loop while `work` is done. */
async function watched(scheduler: WatchedScheduler, work: () => Promise<void>): Promise<Held> {
  collectGarbage();
  await sleep(100);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  scheduler.begin();
  await work();
  delay.disable();
  // The collector's pauses are reported a moment later.
  await sleep(10);
  return { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6, longest: scheduler.end() };
}

interface Churn {
  enter(ticket: Ticket): void;
  leave(ticket: Ticket): void;
}

/** So many enter and leave, in all 2,000 a second, for the length of a run. */
async function churned(tickets: readonly Ticket[], newcomers: Iterator<Ticket>, { enter, leave }: Churn): Promise<void> {
  const here = [...tickets];
  const random = randomOf(1, 'churn');
  const timer = setInterval(() => {
    for (let count = 0; count < CHURN; count++) {
      const index = random.integer(0, here.length - 1);
      leave(here[index] as Ticket);
      const newcomer = newcomers.next().value as Ticket;
      here[index] = newcomer;
      enter(newcomer);
    }
  }, CHURN_MS);
  await sleep(RUN_MS);
  clearInterval(timer);
}

function* newcomersOf(crowd: Crowd): Generator<Ticket> {
  for (let part = 0; ; part++) {
    const tickets = ticketsOf({ ...crowd, count: 1000, seed: `${crowd.seed} newcomers ${part}` });
    for (const ticket of tickets) yield { ...ticket, ticket: `${part} ${ticket.ticket}`, firstConsidered: Date.now() };
  }
}

/** The matcher's steps over a queue; whoever is found is locked for about a second, as by an offer. */
async function stepping(scheduler: WatchedScheduler, queue: Queue, churn: () => Promise<void>): Promise<void> {
  const random = randomOf(1, 'offers');
  let runs = 0;
  const timers = new Set<NodeJS.Timeout>();
  const take_ = ({ head, candidate }: Found): void => {
    runs++;
    queue.lock(head.ticket);
    queue.lock(candidate.ticket);
    const timer = setTimeout(
      () => {
        runs--;
        timers.delete(timer);
        queue.comeBack(head.ticket);
        queue.comeBack(candidate.ticket);
      },
      random.integer(500, 1500),
    );
    timers.add(timer);
  };
  const { budgetMs, maxRuns } = DEFAULTS.queue;
  const options = { scheduler, busNow: Date.now, elapsedMs: () => performance.now(), budgetMs, mayRun: () => runs < maxRuns };
  const steps = ticks(queue, options).subscribe(take_);
  await churn();
  steps.unsubscribe();
  for (const timer of timers) clearTimeout(timer);
}

/** The control of a step's own code: steps that use up their budget and do nothing. What they take beyond it is the machine's. */
function spending(scheduler: WatchedScheduler): Promise<Held> {
  const { budgetMs } = DEFAULTS.queue;
  const spend = (): void => {
    const startedMs = performance.now();
    while (performance.now() - startedMs < budgetMs);
  };
  return watched(scheduler, async () => {
    const steps = interval(STEP_MS, scheduler).subscribe(spend);
    await sleep(RUN_MS);
    steps.unsubscribe();
  });
}

async function repeated(run: () => Promise<Held>): Promise<Held> {
  const all: Held[] = [];
  for (let repetition = 0; repetition < REPETITIONS; repetition++) all.push(await run());
  const of = (key: keyof Held): number => median(all.map((held) => held[key]));
  return { p99: of('p99'), max: of('max'), longest: Math.max(...all.map(({ longest }) => longest)) };
}

/** A bus with a queue in which they all wait. */
async function busOf(scheduler: SchedulerLike, tickets: readonly Ticket[]): Promise<Bus> {
  const bus = memoryBus({ scheduler, realm: 'bench' });
  const options = { queue: 'ranked', boot: 'boot', initialElo: 1000, partyElo: 'mean', maxWaiting: COUNT } as const;
  const entered$ = from(tickets).pipe(
    mergeMap(({ ticket, node, ruleset, actor: { elo, id, name } }) =>
      bus.enter({ ...options, ticket, node, ruleset, elo, actor: { id, name, members: [id], blocks: [] } }),
    ),
    last(),
  );
  await lastValueFrom(entered$);
  return bus;
}

/** A new leader, from its election to its first tick. */
function loading(scheduler: WatchedScheduler, bus: Bus): Promise<Held> {
  let id = 0;
  const runtime = { bus, scheduler, elapsedMs: () => performance.now(), newId: () => `id${id++}` };
  const context = {
    runtime,
    nodeId: 'bench',
    queue: 'ranked',
    config: DEFAULTS.queue,
    explainers: new Map(),
    counts: new Counts(),
    known: () => 0,
    fault: (where: string, error: unknown) => {
      throw new Error(`fault in ${where}`, { cause: error });
    },
  };
  const first$ = lead(context).pipe(
    tap((event) => {
      if (event.kind === 'fault') throw new Error(event.error);
    }),
    first(({ kind }) => kind === 'found'),
  );
  return watched(scheduler, async () => void (await lastValueFrom(first$)));
}

/** The control of loading: the same objects are kept in a Map, in slices as long, and nothing is done with them. */
function keeping(scheduler: WatchedScheduler, bus: Bus): Promise<Held> {
  const byId = new Map<string, Ticket>();
  const { budgetMs } = DEFAULTS.queue;
  function* keep({ tickets }: Snapshot): Generator<void> {
    for (const record of tickets) {
      byId.set(record.ticket, ticketOf(record));
      yield;
    }
  }
  const kept$ = bus
    .snapshot('ranked')
    .pipe(
      concatMap((snapshot) => inSlices(() => keep(snapshot), { scheduler, elapsedMs: () => performance.now() }, budgetMs / 4)),
    );
  return watched(scheduler, () => lastValueFrom(kept$));
}

export async function loop(report: Report, seed: number): Promise<void> {
  report.section(`How long the event loop is held (medians of ${REPETITIONS} runs; own code: the longest of all)`);
  const scheduler = new WatchedScheduler();
  const idle = await repeated(() => watched(scheduler, () => sleep(RUN_MS)));
  report.figure('an idle run: p99', idle.p99, 'ms');
  report.figure('an idle run: longest', idle.max, 'ms');
  const spent = await repeated(() => spending(scheduler));
  report.figure(`steps that do nothing for ${DEFAULTS.queue.budgetMs} ms: own code, longest`, spent.longest, 'ms');
  for (const [name, crowd] of [
    ['100,000 wait, nobody in reach of anybody', { seed, eloOf: (random) => random.integer(0, 64_000_000) / 64, pool: 'none' }],
    ['100,000 wait, everybody in reach of thousands', { seed, eloOf: normalElo, pool: 'exponential' }],
  ] as const satisfies readonly [string, Omit<Crowd, 'count'> & { pool: 'none' | 'exponential' }][]) {
    const held = { ...crowd, count: COUNT };
    const options = { pool: { ...DEFAULTS.queue.pool, base: crowd.pool === 'none' ? 0 : 10, curve: crowd.pool } };
    const control = await repeated(() => {
      const tickets = ticketsOf(held);
      const byId = new Map(tickets.map((ticket) => [ticket.ticket, ticket]));
      const churn = {
        enter: (ticket: Ticket) => byId.set(ticket.ticket, ticket),
        leave: (ticket: Ticket) => byId.delete(ticket.ticket),
      };
      return watched(scheduler, () => churned(tickets, newcomersOf(held), churn));
    });
    const ours = await repeated(() => {
      const tickets = ticketsOf(held);
      const queue = queueOf(tickets, options);
      const churn = { enter: (ticket: Ticket) => queue.enter(ticket), leave: (ticket: Ticket) => queue.leave(ticket.ticket) };
      return watched(scheduler, () => stepping(scheduler, queue, () => churned(tickets, newcomersOf(held), churn)));
    });
    report.figure(`${name}: p99, above an idle run`, ours.p99 - idle.p99, 'ms', { atMost: 5 });
    report.figure(`${name}: a step's own code, longest`, ours.longest, 'ms', { atMost: 8 });
    report.figure(`${name}: longest`, ours.max, 'ms');
    report.figure(`${name}: longest of the control`, control.max, 'ms');
    report.figure(`${name}: longest, above the control's`, ours.max - control.max, 'ms', { atMost: 5 });
  }
  const bus = await busOf(scheduler, ticketsOf({ count: COUNT, seed, eloOf: normalElo }));
  const kept = await repeated(() => keeping(scheduler, bus));
  const load = await repeated(() => loading(scheduler, bus));
  report.figure('a new leader loads 100,000: p99, above an idle run', load.p99 - idle.p99, 'ms', { atMost: 5 });
  report.figure("a new leader loads 100,000: an action's own code, longest", load.longest, 'ms', { atMost: 8 });
  report.figure('a new leader loads 100,000: longest', load.max, 'ms');
  report.figure('a new leader loads 100,000: longest of the control', kept.max, 'ms');
  report.figure("a new leader loads 100,000: longest, above the control's", load.max - kept.max, 'ms', { atMost: 5 });
}
