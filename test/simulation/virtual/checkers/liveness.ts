/** Once all is well, everything that was begun comes to its end, and everybody with a possible opponent finds one. */
import type { InstantRecord, TicketRecord } from '../../../../bus/records.ts';
import { dataOf, fit, Pool, STEP_MS, type User, wishesOf } from '../../../../matcher/index.ts';
import { fieldsOf } from '../../../../plugin/instant-config.ts';
import { ledWellSince, wellSince } from '../calm.ts';
import type { MakeChecker } from '../checker.ts';

/** Who has met somebody in vain is not tried with them again for a minute; then they find each other. */
const FOUND_WITHIN_MS = 90_000;
const GONE: ReadonlySet<string> = new Set(['closed', 'cancelled', 'void']);

export const liveness: MakeChecker = (view, fail) => {
  const mayMeet = (one: TicketRecord | InstantRecord, other: TicketRecord | InstantRecord): boolean =>
    !one.actor.blocks.includes(other.actor.id) &&
    !other.actor.blocks.includes(one.actor.id) &&
    ((view.config.queues.get(one.queue)?.sameNode ?? true) || one.node !== other.node);
  const userOf = ({ queue, preferences, data }: InstantRecord): User | undefined => {
    const fields = fieldsOf(view.config.queues.get(queue)?.instant?.fields ?? {});
    const [wants, says] = [wishesOf(preferences, fields), dataOf(data, fields)];
    return 'wishes' in wants && 'data' in says ? { wishes: wants.wishes, data: says.data } : undefined;
  };
  const pairsOf = <T>(all: readonly T[]): [T, T][] =>
    all.flatMap((one, at) => all.slice(at + 1).map((other): [T, T] => [one, other]));
  /** Of two who wait and may meet: since when, in virtual ms. */
  const together = new Map<string, number>();
  const inReach = (one: TicketRecord, other: TicketRecord): boolean => {
    const queue = view.config.queues.get(one.queue);
    if (!queue) return false;
    const pool = new Pool(queue.pool);
    const reach = ({ firstConsidered }: TicketRecord): number => pool.after((view.busNow() - firstConsidered) / STEP_MS);
    return Math.abs(one.actor.elo - other.actor.elo) < Math.min(reach(one), reach(other));
  };
  return {
    look: () => {
      const store = view.store();
      const now = view.now();
      const seen = new Set<string>();
      const waiting = [...store.tickets.values()].filter(({ state, node }) => state === 'waiting' && view.server(node)?.isUp);
      for (const [one, other] of pairsOf(waiting)) {
        if (one.queue !== other.queue || !mayMeet(one, other) || !inReach(one, other)) continue;
        const key = `${one.ticket} ${other.ticket}`;
        seen.add(key);
        const since = together.get(key) ?? now;
        together.set(key, since);
        const well = Math.max(ledWellSince(view, one.queue), wellSince(view, one.node), wellSince(view, other.node));
        if (now - Math.max(since, well) > FOUND_WITHIN_MS)
          fail(`${one.actor.id} and ${other.actor.id} wait beside each other, and may meet`, one.actor.id, other.actor.id);
      }
      for (const key of together.keys()) if (!seen.has(key)) together.delete(key);
    },
    end: () => {
      const store = view.store();
      const now = view.busNow();
      for (const { offerId, head, candidate } of store.offers.values())
        fail(`offer ${offerId} is still open`, ...[head, candidate].map((ticket) => store.tickets.get(ticket)?.actor.id ?? ''));
      for (const { matchId, stage, sides } of store.matches.values())
        if (!GONE.has(stage)) fail(`match ${matchId} is still ${stage}`, ...sides.map(({ actor }) => actor.id));
      const tickets = [...store.tickets.values()];
      for (const { ticket, state, actor } of tickets)
        if (state !== 'waiting') fail(`ticket ${ticket} is still locked`, actor.id);
      for (const [one, other] of pairsOf(tickets))
        if (mayMeet(one, other))
          fail(`${one.actor.id} and ${other.actor.id} both wait, and may meet`, one.actor.id, other.actor.id);
      const users = [...store.instants.values()].filter(({ expiresAt }) => expiresAt > now);
      for (const [one, other] of pairsOf(users)) {
        const [a, b] = [userOf(one), userOf(other)];
        if (mayMeet(one, other) && a && b && fit(a, b))
          fail(`${one.actor.id} and ${other.actor.id} both wait for an instant match, and fit`, one.actor.id, other.actor.id);
      }
      for (const { player, server, kind, matchId } of view.open)
        if (matchId !== undefined && server.isUp)
          fail(`${player} was never told how its ${kind} match ${matchId} ended`, player);
    },
  };
};
