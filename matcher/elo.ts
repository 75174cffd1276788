/** Elo: a result → the change of both ratings. Source of the formula: A. Elo, The Rating of Chessplayers, 1978. */

export interface EloOptions {
  /** Largest change of one game. */
  readonly k: number;
  /** No rating falls below this. */
  readonly floor: number;
}

export interface KOptions {
  readonly k: number;
  /** Of who has played fewer games than that. */
  readonly provisional: { readonly games: number; readonly k: number };
  /** Of who is rated `from` or more; of several the highest counts. */
  readonly kByRating: readonly { readonly from: number; readonly k: number }[];
}

/** Of one side. Provisional goes before rating. */
export function kOf(elo: number, games: number, { k, provisional, kByRating }: KOptions): number {
  if (games < provisional.games) return provisional.k;
  const steps = kByRating.filter(({ from }) => elo >= from);
  return steps.reduce((highest, step) => (step.from >= highest.from ? step : highest), { from: Number.NEGATIVE_INFINITY, k }).k;
}

/** Of a match: the mean of both sides' own, so that what one gains the other loses. */
export const kOfMatch = (sides: readonly [Rated, Rated], options: KOptions): number =>
  (kOf(sides[0].elo, sides[0].games, options) + kOf(sides[1].elo, sides[1].games, options)) / 2;

export interface Rated {
  readonly elo: number;
  /** How many rated games it has played; of a party the fewest of its members'. */
  readonly games: number;
}

/** No rating rises above this; what is above it already stays. */
export const ELO_CEILING = 1_000_000;

/** What side 0 scored: 1 won, ½ drew, 0 lost. */
export type Score = 0 | 0.5 | 1;

/** The expected score of a rating `a` against a rating `b`: 1 / (1 + 10^((b − a) / 400)). */
export const expectedScore = (a: number, b: number): number => 1 / (1 + 10 ** ((b - a) / 400));

/** A party's Elo, of its members'. */
export const partyEloOf = (elos: readonly number[], of: 'mean' | 'max'): number =>
  of === 'max' ? Math.max(...elos) : elos.reduce((sum, elo) => sum + elo, 0) / elos.length;

/**
 * The whole number that side 0 gains and side 1 loses (negative: the other way round). One number for both sides, so that
 * the sum of Elo stays what it was; who loses never falls below the floor, nor rises who wins above the ceiling, and the other
 * then changes that much less.
 */
export function eloDelta(a: number, b: number, score: Score, { k, floor }: EloOptions): number {
  const raw = Math.round(k * (score - expectedScore(a, b)));
  const room = (winner: number, loser: number): number =>
    Math.max(0, Math.floor(Math.min(loser - floor, ELO_CEILING - winner)));
  return raw >= 0 ? Math.min(raw, room(a, b)) : -Math.min(-raw, room(b, a)) || 0;
}
