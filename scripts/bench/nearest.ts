/**
 * How often the seed's own algorithm finds the nearest opponent in reach, and how often the queue does. It looks at the next 30 of two lists, and
 * what they have in common; where more wait, the nearest may be behind those 30.
 */
import { Queue, type Ticket } from '../../matcher/index.ts';
import { DEFAULTS } from '../../plugin/config.ts';
import { seedCandidates } from '../../test/matcher/oracle.ts';
import type { Random } from '../random.ts';
import { ENTERED, normalElo, ticketsOf } from './crowd.ts';
import type { Report } from './report.ts';

const SIZES = [31, 100, 1000, 10_000];
/** Of so many of a crowd the nearest is looked for by brute force. */
const MOST_HEADS = 300;
const MEAN_WAIT_MS = 30_000;

interface Missed {
  /** Heads with somebody in reach. */
  readonly heads: number;
  readonly nobody: number;
  readonly nearest: number;
  /** By the queue. */
  readonly own: number;
}

function missed(tickets: readonly Ticket[]): Missed {
  // Everybody may meet everybody: only reach counts.
  const queue = new Queue({ ...DEFAULTS.queue, sameNode: true });
  for (const ticket of tickets) queue.enter(ticket);
  const waiting = tickets.map((ticket) => ({ id: ticket.actor.id, elo: ticket.actor.elo, pool: queue.pool(ticket, ENTERED) }));
  const differences = new Map<string, number>();
  let [heads, nobody, nearest, own] = [0, 0, 0, 0];
  for (let index = 0; index < Math.min(tickets.length, MOST_HEADS); index++) {
    const [head, ticket] = [waiting[index] as (typeof waiting)[0], tickets[index] as Ticket];
    let least = Number.POSITIVE_INFINITY;
    for (const other of waiting) {
      const difference = Math.abs(other.elo - head.elo);
      differences.set(other.id, difference);
      if (other !== head && difference < other.pool + head.pool) least = Math.min(least, difference);
    }
    if (least === Number.POSITIVE_INFINITY) continue;
    heads++;
    const found = seedCandidates(
      head,
      waiting.filter((other) => other !== head),
    );
    if (found.length === 0) nobody++;
    if (differences.get(found[0] ?? head.id) !== least || found.length === 0) nearest++;
    const [first] = queue.find(ticket, ENTERED);
    if (!first || differences.get(first.actor.id) !== least) own++;
  }
  return { heads, nobody, nearest, own };
}

export function nearest(report: Report, seed: number): void {
  report.section(
    'Of those with somebody in reach, who does not find the nearest (all entered in the last minutes, default pools)',
  );
  for (const count of SIZES) {
    const waitedOf = (random: Random): number => Math.round(random.exponential(MEAN_WAIT_MS));
    const {
      heads,
      nobody,
      nearest: far,
      own,
    } = missed(ticketsOf({ count, seed: `${seed} nearest`, eloOf: normalElo, waitedOf }));
    const who = `${count.toLocaleString('en')} waiting`;
    report.figure(`${who}: the seed's algorithm finds nobody`, (100 * nobody) / heads, '%');
    report.figure(`${who}: the seed's algorithm finds not the nearest`, (100 * far) / heads, '%');
    report.figure(`${who}: the queue finds not the nearest`, (100 * own) / heads, '%', { atMost: 0 });
  }
}
