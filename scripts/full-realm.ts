/** A realm in which much is going on, made by the bus's own verbs: for what has to bear it. */
import { concatMap, filter, firstValueFrom, from, lastValueFrom, mergeMap, type Observable, range, toArray } from 'rxjs';
import type { Bus, Fence } from '../bus/bus.ts';

const AT_ONCE = 100;
const WINDOW_MS = 60_000;

/** So many wait in `ranked`, on two servers, and so many matches are open. Somebody leads, until the returned function is called. */
export async function fillRealm(bus: Bus, waiting: number, matches: number): Promise<() => void> {
  const held$ = bus.holdLease('ranked', 'A').pipe(filter((lease) => lease !== null));
  let fence: Fence | undefined;
  const holding = held$.subscribe((lease) => {
    fence = lease;
  });
  const enter = (at: number): Observable<unknown> =>
    bus.enter({
      ...{ ticket: `t${at}`, queue: 'ranked', node: at % 2 === 0 ? 'A' : 'B', boot: 'boot', ruleset: '' },
      ...{ elo: 1000 + (at % 800), initialElo: 1000, partyElo: 'mean' as const, maxWaiting: 100_000 },
      actor: { id: `player-${at}`, name: `Player ${at}`, members: [`player-${at}`], blocks: [] },
    });
  const open = (at: number): Observable<unknown> => {
    const [head, candidate, offerId] = [`t${2 * at}`, `t${2 * at + 1}`, `o${at}`];
    const by = fence as Fence;
    const match = { matchId: `m${at}`, challengeRoom: `c${at}`, joinMs: WINDOW_MS, ratedSameNode: true };
    return bus.offer(by, { offerId, head, candidate, windowMs: WINDOW_MS }).pipe(
      concatMap(() => from([head, candidate])),
      concatMap((ticket) => bus.reply(offerId, ticket, 'confirmed')),
      toArray(),
      concatMap(() => bus.settle(by, { offerId, outcome: 'match', ...match })),
    );
  };
  await lastValueFrom(range(0, waiting + 2 * matches).pipe(mergeMap(enter, AT_ONCE), toArray()));
  if (!fence) await firstValueFrom(held$);
  await lastValueFrom(range(0, matches).pipe(mergeMap(open, AT_ONCE), toArray()));
  return () => holding.unsubscribe();
}
