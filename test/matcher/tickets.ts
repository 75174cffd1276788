/** Tickets for tests: the seeds' Joe, Jeff, Bob and Janet, and any other. */
import type { Ticket } from '../../matcher/index.ts';

/** An actor alone, whose ticket is its id. */
export const ticket = (id: string, elo: number, firstConsidered = 0, more: Partial<Ticket> = {}): Ticket => ({
  ticket: id,
  node: 'A',
  ruleset: '',
  firstConsidered,
  actor: { id, name: id, members: [id], elo, blocks: [] },
  ...more,
});

/** The time of the seeds' example: Joe has waited 15 s, the others have just come. */
export const NOW = 15_000;
export const joe = ticket('Joe', 1050, 0);
export const jeff = ticket('Jeff', 1080, NOW, { node: 'B' });
export const bob = ticket('Bob', 1070, NOW, { node: 'B' });
export const janet = ticket('Janet', 950, NOW);

export const idsOf = (tickets: readonly Ticket[]): string[] => tickets.map(({ actor }) => actor.id);
