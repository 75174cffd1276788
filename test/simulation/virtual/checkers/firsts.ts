/** Nobody loses the time that it has waited: a ticket's first time never changes, wherever it goes and comes back from. */
import { type MakeChecker, rememberAll } from '../checker.ts';

/** For so long after a loss comes what was asked before it: a first request that the second one, asked because nothing was answered, has overtaken. */
const UNDER_WAY_MS = 2500;

export const firsts: MakeChecker = (view, fail) => {
  const known = new Map<string, number>();
  /** Added anew by such a request, which knows of no first time: the store could not tell. */
  const anew = new Set<string>();
  const see = (ticket: string, first: number, player: string, where: string): void => {
    if (anew.has(ticket)) return;
    const before = known.get(ticket);
    if (before !== undefined && before !== first)
      fail(`ticket ${ticket} of ${player} was first considered at ${before}, ${where} says ${first}`, player);
    known.set(ticket, first);
  };
  return {
    said: (_, message) => {
      if (message.kind !== 'ENTERED') return;
      const { ticket, firstConsidered, actor } = message.entry;
      const isNow = firstConsidered === Math.floor(view.busNow());
      if (isNow && view.now() <= (view.lostAt() ?? Number.NEGATIVE_INFINITY) + UNDER_WAY_MS) anew.add(ticket);
      see(ticket, firstConsidered, actor.id, 'ENTERED');
    },
    // Who is not acknowledged yet is added anew; of the others the acknowledgement says it.
    lost: () => known.clear(),
    // Who was acknowledged since is asserted with that time, as the acknowledgement says it.
    remembered: () => rememberAll(known),
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
