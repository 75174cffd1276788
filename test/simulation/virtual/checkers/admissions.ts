/** Who is nowhere may come in, and who was removed does not come back by itself. */
import type { Entered, EnterRequest } from '../../../../bus/bus.ts';
import { type MakeChecker, rememberAll } from '../checker.ts';

const OPEN: ReadonlySet<string> = new Set(['joining', 'teams', 'validating', 'battle']);

export const admissions: MakeChecker = (view, fail) => {
  /** Tickets of which it was answered that they are removed. */
  const removed = new Set<string>();
  /** Those of before the store's last loss: what was on its way then may still add one, as nothing is left of its removal. */
  const forgotten = new Set<string>();
  const isSomewhere = (player: string): boolean => {
    const store = view.store();
    return (
      [...store.tickets.values()].some(({ actor }) => actor.id === player) ||
      [...store.instants.values()].some(({ actor }) => actor.id === player) ||
      [...store.matches.values()].some(({ stage, sides }) => OPEN.has(stage) && sides.some(({ actor }) => actor.id === player))
    );
  };
  return {
    remembered: () => rememberAll(removed),
    // Who was not answered does not know that it is removed, and asks for that once more.
    lost: () => {
      for (const { ticket } of view.open) if (ticket !== undefined) removed.delete(ticket);
      for (const ticket of removed) forgotten.add(ticket);
    },
    answered: ({ verb, args }, answer) => {
      if (verb === 'leave' && (answer === 'queued' || answer === 'offered')) removed.add(args[1] as string);
      if (verb !== 'enter' && verb !== 'requestInstantMatch') return;
      const { ticket, actor, again } = args[0] as EnterRequest;
      const isLate = again === undefined && forgotten.has(ticket);
      if (removed.has(ticket) && !isLate && view.store().tickets.has(ticket))
        fail(`ticket ${ticket} of ${actor.id} was removed, and is in the queue again`, actor.id);
      const entered = answer as Entered;
      if (!('refused' in entered) || entered.refused !== 'present') return;
      for (const { player } of entered.presences)
        if (!isSomewhere(player)) fail(`${player} is refused for being somewhere, and is nowhere`, player);
    },
  };
};
