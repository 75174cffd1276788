/** Every player is in at most one place: in a queue, on a wait list, or in a match. */
import { playersOf } from '../../../../bus/memory/store.ts';
import type { MakeChecker } from '../checker.ts';

/** What puts players somewhere. */
const MOVES: ReadonlySet<string> = new Set(['enter', 'requestInstantMatch', 'instantMatch', 'rematch', 'settle', 'advance']);
const OPEN: ReadonlySet<string> = new Set(['joining', 'teams', 'validating', 'battle']);

export const places: MakeChecker = (view, fail) => {
  const all = (): void => {
    const store = view.store();
    const now = view.busNow();
    const where = new Map<string, string>();
    const put = (player: string, of: string, what: string): void => {
      const other = where.get(player);
      if (other !== undefined) fail(`${player} is in two places: ${other} and ${what}`, player);
      where.set(player, what);
      if (!store.isPlaced(player, of)) fail(`${player} is in ${what}, and its presence says otherwise`, player);
    };
    for (const { ticket, actor } of store.tickets.values())
      for (const player of playersOf(actor)) put(player, ticket, `the queue as ${ticket}`);
    for (const { ticket, actor, expiresAt } of store.instants.values())
      if (expiresAt > now) put(actor.id, ticket, `the wait list as ${ticket}`);
    for (const { matchId, stage, sides } of store.matches.values())
      if (OPEN.has(stage))
        for (const { actor } of sides) for (const player of playersOf(actor)) put(player, matchId, `match ${matchId}`);
  };
  return {
    asked: ({ verb }) => {
      if (MOVES.has(verb)) all();
    },
    look: all,
  };
};
