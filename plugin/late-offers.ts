/**
 * An offer that was asked for, not answered, and refused when it was asked for again: what was asked first may arrive after that and
 * make the offer all the same, of which nobody who leads would know.
 */
import { concatMap, filter, forkJoin, from, map, type Observable, type SchedulerLike, take, timer } from 'rxjs';
import type { Bus, OfferRequest } from '../bus/bus.ts';
import type { OfferRecord } from '../bus/records.ts';

/** An offer that nobody knows of would hold two players for ever: so long after it was asked for it is not made any more. */
export const MADE_WITHIN_MS = 20_000;
/** How often it is looked whether it was made, and how many times: for longer than that. */
const LOOK_MS = 1000;
const LOOKS = 30;

export interface LateOffersContext {
  readonly bus: Bus;
  readonly scheduler: SchedulerLike;
  persist<T>(verb: Observable<T>): Observable<T>;
}

/** The offer, once it is found; completes also when it was not made by then. */
export function lateOffer({ offerId, head, candidate }: OfferRequest, context: LateOffersContext): Observable<OfferRecord> {
  const { bus, scheduler, persist } = context;
  const tickets = [head, candidate];
  // One of them may have left since; the offer holds the other one all the same.
  const look$ = forkJoin(tickets.map((ticket) => persist(bus.standing(ticket)))).pipe(
    concatMap((standings) => from(standings)),
    map((standing) => (standing.at === 'queue' ? standing.offer : null)),
    filter((offer): offer is OfferRecord => offer?.offerId === offerId),
    take(1),
  );
  return timer(LOOK_MS, LOOK_MS, scheduler).pipe(
    take(LOOKS),
    concatMap(() => look$),
    take(1),
  );
}
