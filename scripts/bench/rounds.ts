/**
 * One round that matches all that can be matched, against a limit: ordering the actors by an index sort by (Elo, id) with a comparator,
 * and the exact programme for the best pairing on a line. Both start from the same tickets.
 *
 * A round begins the round, takes every head, finds its candidates and locks the pair, which takes both out of both orders; entering
 * is not counted, and leaving comes when both have confirmed. All have waited for 15 s, one period of the growth.
 */
import { Pool, type Queue, type Ticket } from '../../matcher/index.ts';
import { DEFAULTS } from '../../plugin/config.ts';
import type { Random } from '../random.ts';
import { collectGarbage, ENTERED, normalElo, queueOf, ticketsOf } from './crowd.ts';
import { neighbourPairing, pairAtOnce } from './pairing.ts';
import type { Report } from './report.ts';
import { median } from './statistics.ts';

const WAITED_MS = 15_000;
const MOST = 30;

interface Round {
  readonly ms: number;
  readonly pairs: number;
  /** Sum of the differences, in Elo. */
  readonly differences: number;
}

function round(queue: Queue, nowMs: number, most: number): Round {
  const startedMs = performance.now();
  let pairs = 0;
  let differences = 0;
  queue.beginRound(nowMs);
  for (let head = queue.nextHead(nowMs); head; head = queue.nextHead(nowMs)) {
    const candidate = queue.find(head, nowMs, most)[0];
    if (!candidate) {
      queue.moveBack(head);
      continue;
    }
    queue.lock(head.ticket);
    queue.lock(candidate.ticket);
    pairs++;
    differences += Math.abs(head.actor.elo - candidate.actor.elo);
  }
  return { ms: performance.now() - startedMs, pairs, differences };
}

/** In 1/64: below which difference two meet who have waited so long. */
const reachAfter = (ms: number): number => 2 * 64 * new Pool(DEFAULTS.queue.pool).after(ms / 50);

/** The limit, over the tickets. */
function limit(tickets: readonly Ticket[], reach: number): Round {
  const startedMs = performance.now();
  const order = new Uint32Array(tickets.length);
  for (let index = 0; index < order.length; index++) order[index] = index;
  order.sort((a, b) => {
    const [one, other] = [(tickets[a] as Ticket).actor, (tickets[b] as Ticket).actor];
    return one.elo - other.elo || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);
  });
  const sorted = new Int32Array(order.length);
  for (let place = 0; place < sorted.length; place++)
    sorted[place] = 64 * (tickets[order[place] as number] as Ticket).actor.elo;
  const { pairs, differences } = neighbourPairing(sorted, reach);
  return { ms: performance.now() - startedMs, pairs, differences: differences / 64 };
}

/** The limit where Elos and ids already lie in flat arrays. */
function flatLimit(tickets: readonly Ticket[], reach: number): number {
  const elos = Int32Array.from(tickets, ({ actor }) => 64 * actor.elo);
  const ids = tickets.map(({ actor }) => actor.id);
  const startedMs = performance.now();
  pairAtOnce(elos, ids, reach);
  return performance.now() - startedMs;
}

interface Prepared {
  readonly tickets: readonly Ticket[];
  readonly lazy: Queue;
  readonly all: Queue;
}

interface Measured {
  readonly limit: Round;
  readonly flat: number;
  readonly lazy: Round;
  readonly all: Round;
}

/** Large queues are all made before, so that what making them leaves behind is not collected in a round. */
function measure(
  runs: readonly number[],
  prepare: (run: number) => Prepared,
  count: number,
  now: number,
  reach: number,
): Measured[] {
  const prepared = count < LARGE ? [] : runs.map(prepare);
  collectGarbage();
  return runs.map((run, index) => {
    const { tickets, lazy, all } = prepared[index] ?? prepare(run);
    return {
      limit: limit(tickets, reach),
      flat: flatLimit(tickets, reach),
      lazy: round(lazy, now, 1),
      all: round(all, now, MOST),
    };
  });
}

const LARGE = 100_000;

/** The compiler has seen everything before anything is measured. */
function warmUpWith(seed: number): void {
  for (let run = 0; run < 20; run++) {
    const eloOf = run % 2 === 0 ? normalElo : (random: Random) => Math.round(normalElo(random));
    const tickets = ticketsOf({ count: 4000, seed: `${seed} warm-up ${run}`, eloOf });
    limit(tickets, reachAfter(WAITED_MS));
    for (const most of [1, MOST]) round(queueOf(tickets), ENTERED + WAITED_MS, most);
  }
}

export function rounds(report: Report, seed: number): void {
  report.section(
    'One round that matches all that can be matched (limit = index sort by (Elo, id) + the exact programme; medians)',
  );
  warmUpWith(seed);
  const now = ENTERED + WAITED_MS;
  const reach = reachAfter(WAITED_MS);
  for (const [count, repetitions, warmUp] of SIZES)
    for (const [kind, whole] of [
      ['whole', true],
      ['fractional', false],
    ] as const) {
      const eloOf = whole ? (random: Random) => Math.round(normalElo(random)) : normalElo;
      const prepare = (run: number): Prepared => {
        const tickets = ticketsOf({ count, seed: `${seed} ${run}`, eloOf });
        return { tickets, lazy: queueOf(tickets), all: queueOf(tickets) };
      };
      const measured = measure(
        Array.from({ length: warmUp + repetitions }, (_, run) => run),
        prepare,
        count,
        now,
        reach,
      ).slice(warmUp);
      const of = (ratio: (run: Measured) => number): number => median(measured.map(ratio));
      const who = `${count.toLocaleString('en')}, ${kind} Elos`;
      report.figure(
        `${who}: a round / limit`,
        of(({ lazy, limit: best }) => lazy.ms / best.ms),
        '×',
        { atMost: 1.5 },
      );
      report.figure(
        `${who}: a round with all 30 built / limit`,
        of(({ all, limit: best }) => all.ms / best.ms),
        '×',
        { atMost: 3.5 },
      );
      report.figure(
        `${who}: a round`,
        of(({ lazy }) => lazy.ms),
        'ms',
        count === 1000 ? { atMost: 1 } : {},
      );
      report.figure(
        `${who}: limit`,
        of(({ limit: best }) => best.ms),
        'ms',
      );
      report.figure(
        `${who}: a round / limit with Elos and ids taken out before`,
        of(({ lazy, flat }) => lazy.ms / flat),
        '×',
      );
      const pairs = of(({ lazy, limit: best }) => (100 * lazy.pairs) / best.pairs);
      report.figure(`${who}: pairs, of the exact pairing's`, pairs, '%', count >= 10_000 ? { atLeast: 99.9 } : {});
      report.figure(
        `${who}: mean difference`,
        of(({ lazy }) => lazy.differences / lazy.pairs),
        'Elo',
      );
      report.figure(
        `${who}: mean difference of the exact pairing`,
        of(({ limit: best }) => best.differences / best.pairs),
        'Elo',
      );
    }
  atOnce(report, seed);
}

/** How many actors, repetitions, and first runs that are not counted, in which the compiler is still at work. */
const SIZES = [
  [1000, 101, 101],
  [10_000, 11, 4],
  [100_000, 5, 2],
] as const;

/** Just entered, with pools of 10: greedy by order of waiting leaves some alone whom the exact pairing would pair otherwise. */
function atOnce(report: Report, seed: number): void {
  const tickets = ticketsOf({ count: 10_000, seed: `${seed} at once`, eloOf: normalElo });
  const { pairs } = round(queueOf(tickets), ENTERED, 1);
  report.figure(
    "10,000, not having waited: pairs, of the exact pairing's",
    (100 * pairs) / limit(tickets, reachAfter(0)).pairs,
    '%',
  );
}
