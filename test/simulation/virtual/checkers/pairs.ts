/** Who is offered a match may meet: neither blocks the other, and each is in the other's reach. */
import type { OfferRequest } from '../../../../bus/bus.ts';
import { Pool, STEP_MS } from '../../../../matcher/index.ts';
import type { MakeChecker } from '../checker.ts';

/** Reach grows while an offer is on its way; by so much a leader's clock may be ahead. */
const SLACK_MS = 5000;
/** For so long a leader may not know that the store's clock was set: until it has renewed its lease, or leads no more. */
const UNKNOWN_MS = 15_000;

export const pairs: MakeChecker = (view, fail) => ({
  answered: ({ verb, args }, answer) => {
    if (verb !== 'offer' || typeof answer !== 'object' || answer === null || !('offer' in answer)) return;
    const { head, candidate } = args[1] as OfferRequest;
    const [one, other] = [view.store().tickets.get(head), view.store().tickets.get(candidate)];
    if (!one || !other) return;
    const queue = view.config.queues.get(one.queue);
    if (!queue) return;
    const names = [one.actor.id, other.actor.id];
    if (one.actor.blocks.includes(other.actor.id) || other.actor.blocks.includes(one.actor.id))
      fail(`${names.join(' is offered ')}, whom one of them blocks`, ...names);
    if (!queue.sameNode && one.node === other.node) fail(`${names.join(' is offered ')} of the same server`, ...names);
    const pool = new Pool(queue.pool);
    const reach = (first: number): number =>
      pool.after((view.busNow() - first + SLACK_MS + view.jumpedSince(view.now() - UNKNOWN_MS)) / STEP_MS);
    const difference = Math.abs(one.actor.elo - other.actor.elo);
    if (difference >= reach(one.firstConsidered) + reach(other.firstConsidered))
      fail(`${names.join(' is offered ')}, and they are ${difference} apart`, ...names);
  },
});
