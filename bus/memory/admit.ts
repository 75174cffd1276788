/** May players come in, or be moved from where they wait? */
import type { Entered } from '../bus.ts';
import { PROTOCOL_VERSION } from '../messages.ts';
import type { InstantRecord, TicketRecord } from '../records.ts';
import { barsAgainst } from './entrance.ts';
import type { Store } from './store.ts';
import { depart } from './tickets.ts';
import { dropInstant } from './wait-list.ts';

type Waits = { readonly ticket: TicketRecord } | { readonly instant: InstantRecord };
export type Refused = Extract<Entered, { refused: 'closed' | 'barred' | 'present' }>;

/** `leaving`: where they wait and are moved from. */
export function admit(
  store: Store,
  node: string,
  players: readonly string[],
  move: boolean,
): Refused | { readonly leaving: readonly Waits[] } {
  const closed = store.closedAt(node);
  if (closed) return { refused: 'closed', closed };
  const bars = barsAgainst(store, players);
  if (bars.length > 0) return { refused: 'barred', bars };
  const leaving = new Map<string, Waits>();
  const stays: string[] = [];
  for (const player of players) {
    const { ticket, instant } = store.whereIs(player);
    if (move && ticket) leaving.set(ticket.ticket, { ticket });
    else if (move && instant) leaving.set(instant.ticket, { instant });
    else stays.push(player);
  }
  const presences = store.presencesOf(stays);
  if (presences.length > 0) return { refused: 'present', presences };
  return { leaving: [...leaving.values()] };
}

/** Whoever is moved leaves where it was, and its node is told. */
export function moveOut(store: Store, leaving: readonly Waits[]): void {
  for (const each of leaving) {
    const { ticket, node } = 'ticket' in each ? each.ticket : each.instant;
    if ('ticket' in each) depart(store, each.ticket, 'moved');
    else {
      dropInstant(store, each.instant);
      store.entomb(ticket, 'moved', { removed: 'instant', node });
    }
    const room = 'ticket' in each ? store.rooms.waiting(ticket) : store.rooms.instant(each.instant.secret);
    store.publish(room, { v: PROTOCOL_VERSION, kind: 'MOVED', ticket });
  }
}
