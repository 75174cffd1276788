/** Who is offered a match is in this offer alone, and its answer counts until the deadline and not afterwards. */
import type { OfferRequest } from '../../../../bus/bus.ts';
import { type MakeChecker, rememberAll } from '../checker.ts';

export const locks: MakeChecker = (view, fail) => {
  const deadlineOf = new Map<string, number>();
  const counted = new Set<string>();
  return {
    remembered: () => rememberAll(deadlineOf, counted),
    asked: ({ verb, args }) => {
      if (verb !== 'offer') return;
      const { offerId } = args[1] as OfferRequest;
      const store = view.store();
      const made = store.offers.get(offerId);
      if (made) deadlineOf.set(offerId, deadlineOf.get(offerId) ?? made.deadline);
      for (const offer of store.offers.values())
        for (const ticket of [offer.head, offer.candidate]) {
          const record = store.tickets.get(ticket);
          if (record && record.offerId !== offer.offerId)
            fail(`${record.actor.id} is in offer ${offer.offerId}, and its ticket is in ${record.offerId}`, record.actor.id);
        }
    },
    answered: ({ verb, args }, answer) => {
      if (verb !== 'reply' || answer !== 'done') return;
      const [offerId, ticket] = args as [string, string];
      const offer = view.store().offers.get(offerId);
      const past = Math.floor(view.busNow()) - (deadlineOf.get(offerId) ?? Number.POSITIVE_INFINITY);
      const isNew = offer && !counted.has(`${offerId} ${ticket}`);
      counted.add(`${offerId} ${ticket}`);
      if (isNew && past > 0)
        fail(
          `the answer to offer ${offerId} counts ${past} ms after its deadline`,
          view.store().tickets.get(ticket)?.actor.id ?? '',
        );
    },
  };
};
