/** A ladder, best first; equal ones by name from the end of the alphabet, as the order of a sorted set is. */
import { exact, partyEloOf } from '../../matcher/index.ts';
import type { History, PlayedGame, Rank } from '../admin.ts';
import { ratingKey, type Store } from './store.ts';

const bytes = new TextEncoder();

/** By code points, which is the order of UTF-8. */
function later(a: string, b: string): number {
  const [first, second] = [bytes.encode(a), bytes.encode(b)];
  for (let at = 0; at < Math.min(first.length, second.length); at++) {
    const difference = (second[at] as number) - (first[at] as number);
    if (difference !== 0) return difference;
  }
  return second.length - first.length;
}

export function ladder(
  store: Store,
  queue: string,
  season: string | null,
  from: number,
  most: number,
): { size: number; ranks: Rank[] } {
  const prefix = ratingKey(queue, '');
  const ranks: Rank[] = [];
  if (season === null) {
    for (const [key, elo] of store.ratings) if (key.startsWith(prefix)) ranks.push({ player: key.slice(prefix.length), elo });
  } else for (const [player, elo] of store.archive.get(`${queue}\n${season}`) ?? []) ranks.push({ player, elo });
  ranks.sort((a, b) => b.elo - a.elo || later(a.player, b.player));
  return { size: ranks.length, ranks: ranks.slice(from, from + most) };
}

const NOTHING_PLAYED: History = { games: 0, last: [] };

export const history = (store: Store, queue: string, season: string | null, player: string): History =>
  (season === null ? store.histories.get(ratingKey(queue, player)) : store.annals.get(`${queue}\n${season}`)?.get(player)) ??
  NOTHING_PLAYED;

/** The games of the one of these players who has played the fewest. */
export const fewestGames = (store: Store, queue: string, members: readonly string[]): number =>
  Math.min(...members.map((player) => history(store, queue, null, player).games));

export function recordGame(store: Store, queue: string, player: string, game: PlayedGame, kept: number): void {
  const { games, last } = history(store, queue, null, player);
  store.histories.set(ratingKey(queue, player), { games: games + 1, last: [game, ...last].slice(0, kept) });
}

/** The Elo of these players together, as the ladder has it. */
export function ladderElo(
  store: Store,
  queue: string,
  members: readonly string[],
  { initialElo, partyElo }: { readonly initialElo: number; readonly partyElo: 'mean' | 'max' },
): number {
  const ratings = members.map((player) => store.ratings.get(ratingKey(queue, player)) ?? initialElo);
  return exact(partyEloOf(ratings, partyElo));
}
