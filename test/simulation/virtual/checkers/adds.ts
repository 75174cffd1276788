/** Nobody who was added vanishes, and nobody is left behind in the store whom no server knows. */
import type { TicketRecord } from '../../../../bus/records.ts';
import type { Checker, MakeChecker } from '../checker.ts';
import type { StayRecord } from '../players.ts';

/** By then a sign of life has shown the difference, and both lists that prove it were taken. */
const PATIENCE_MS = 100_000;
const NOBODY: readonly never[] = [];
const GONE: ReadonlySet<string> = new Set(['closed', 'cancelled', 'void']);

export const adds: MakeChecker = (view, fail) => {
  /** Since when each open stay is missing in the store, and each ticket of the store has no stay. */
  const missing = new Map<StayRecord, number>();
  const strays = new Map<string, number>();
  const isThere = ({ ticket, matchId, player }: StayRecord): boolean => {
    const store = view.store();
    if (ticket !== undefined && (store.tickets.has(ticket) || store.instants.has(ticket))) return true;
    const match = store.matches.get(matchId ?? '') ?? store.matches.get(store.matchOfTicket.get(ticket ?? '') ?? '');
    if (!match || GONE.has(match.stage)) return false;
    const side = match.sides.find(({ actor }) => actor.id === player);
    return match.stage !== 'rated' || side?.eloTaken === false;
  };
  const isHeld = ({ ticket, node, boot }: TicketRecord): boolean => {
    const server = view.server(node);
    const sign = view.store().signs.get(node);
    if (!server?.isUp || sign?.boot !== boot) return false;
    // One that is not acknowledged yet may be anybody's.
    for (const stay of view.open) if (stay.server === server && (stay.ticket ?? ticket) === ticket) return true;
    return false;
  };
  /** Those of which it holds for longer than patience lasts, while nothing was wrong. */
  function overdue<K>(since: Map<K, number>, now: readonly K[], calmSince: (key: K) => number): readonly K[] {
    if (since.size === 0 && now.length === 0) return NOBODY;
    for (const key of since.keys()) if (!now.includes(key)) since.delete(key);
    for (const key of now) if (!since.has(key)) since.set(key, view.now());
    return now.filter((key) => view.now() - Math.max(since.get(key) as number, calmSince(key)) > PATIENCE_MS);
  }
  const vanished = (): StayRecord[] => {
    const found: StayRecord[] = [];
    for (const stay of view.open) if (stay.ticket !== undefined && stay.server.isUp && !isThere(stay)) found.push(stay);
    return found;
  };
  const left = (): TicketRecord[] => {
    const found: TicketRecord[] = [];
    for (const record of view.store().tickets.values()) if (!isHeld(record)) found.push(record);
    return found;
  };
  const checker: Checker = {
    look: () => {
      for (const { player, ticket, server } of overdue(missing, vanished(), (stay) => calm(stay.server.name)))
        fail(`${player} was added on ${server.name} as ${ticket}, and the store knows nothing of it`, player);
      const tickets = left().map(({ ticket }) => ticket);
      const calmOf = (ticket: string): number => calm(view.store().tickets.get(ticket)?.node ?? '');
      for (const ticket of overdue(strays, tickets, calmOf))
        fail(
          `ticket ${ticket} is in the queue, and its server knows nothing of it`,
          view.store().tickets.get(ticket)?.actor.id ?? '',
        );
    },
    end: () => {
      for (const { player, ticket, server } of vanished())
        fail(`${player} was added on ${server.name} as ${ticket} and vanished`, player);
      for (const { ticket, actor, node } of left())
        fail(`${actor.id} was left behind in the queue as ${ticket} of ${node}`, actor.id);
      for (const { player, server, since, ticket } of view.open)
        if (ticket === undefined && server.isUp)
          fail(`${player} was never told whether it was added on ${server.name}, since ${since}`, player);
    },
  };
  const calm = (name: string): number => {
    const leader = view.leader([...view.config.queues.keys()][0] ?? '');
    return Math.max(
      view.faults.calmSince(name),
      leader ? Math.max(leader.since, view.faults.calmSince(leader.node)) : view.now(),
    );
  };
  return checker;
};
