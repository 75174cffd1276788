/** Queues full of actors, for benches. */
import { exact, Queue, type QueueOptions, type Ticket } from '../../matcher/index.ts';
import { DEFAULTS } from '../../plugin/config.ts';
import { type Random, randomOf } from '../random.ts';

/** Bus time at which a crowd enters. */
export const ENTERED = 1_800_000_000_000;

export interface Crowd {
  readonly count: number;
  readonly seed: number | string;
  eloOf(random: Random, index: number): number;
  /** How long ago somebody entered, in ms. Default: now. */
  waitedOf?(random: Random, index: number): number;
  readonly nodes?: number;
  rulesetOf?(random: Random, index: number): string;
}

export const normalElo = (random: Random): number => random.normal(1000, 200);

/** Players as servers have them: ids that begin alike, on 20 servers. */
export function ticketsOf({ count, seed, eloOf, waitedOf = () => 0, nodes = 20, rulesetOf = () => '' }: Crowd): Ticket[] {
  const random = randomOf(seed, 'crowd');
  return Array.from({ length: count }, (_, index) => {
    const id = `player${random.integer(0, 0x7fffffff).toString(36)}`;
    const elo = exact(eloOf(random, index));
    return {
      ticket: `${index}-${random.integer(0, 0x7fffffff).toString(36)}`,
      actor: { id, name: id, members: [id], elo, blocks: [] },
      node: `node-${random.integer(1, nodes)}`,
      ruleset: rulesetOf(random, index),
      firstConsidered: ENTERED - waitedOf(random, index),
    };
  });
}

/** A queue of the default configuration, in which they all wait. */
export function queueOf(tickets: readonly Ticket[], options: Partial<QueueOptions> = {}): Queue {
  const queue = new Queue({ ...DEFAULTS.queue, ...options });
  for (const ticket of tickets) queue.enter(ticket);
  return queue;
}

/** The garbage of before is not measured; node runs with --expose-gc. */
export const collectGarbage = (): void => (globalThis as { gc?: () => void }).gc?.();
