/** Nobody loses the time that it has waited: a ticket's first time never changes, wherever it goes and comes back from. */
import type { MakeChecker } from '../checker.ts';

export const firsts: MakeChecker = (view, fail) => {
  const known = new Map<string, number>();
  const see = (ticket: string, first: number, player: string, where: string): void => {
    const before = known.get(ticket);
    if (before !== undefined && before !== first)
      fail(`ticket ${ticket} of ${player} was first considered at ${before}, ${where} says ${first}`, player);
    known.set(ticket, first);
  };
  return {
    said: (_, message) => {
      if (message.kind === 'ENTERED')
        see(message.entry.ticket, message.entry.firstConsidered, message.entry.actor.id, 'ENTERED');
    },
    // Who is not acknowledged yet is added anew; of the others the acknowledgement says it.
    lost: () => known.clear(),
    look: () => {
      const store = view.store();
      for (const { ticket, firstConsidered, actor } of store.tickets.values())
        see(ticket, firstConsidered, actor.id, 'the queue');
      for (const { sides, stage, how } of store.matches.values())
        if (stage === 'joining' && !how)
          for (const { ticket, firstConsidered, actor } of sides) see(ticket, firstConsidered, actor.id, 'its match');
      for (const { ticket, first, player } of view.open)
        if (ticket !== undefined && first !== undefined) see(ticket, first, player, 'add');
    },
  };
};
