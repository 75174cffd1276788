/**
 * The best pairing of actors on a line: most pairs, then the smallest sum of differences, where a and b may be paired when
 * |elo(a) − elo(b)| < pool(a) + pool(b). Both programmes are exact for that; nothing here is used by the matcher.
 *
 * Elos and pools are in 1/64 (whole numbers), shapes are `[n]` in order of Elo; a pairing is `partner[n]`: the place of the
 * one paired with, or −1.
 */

/** Nobody. */
export const ALONE = -1;

export interface Pairing {
  /** By place in the order of Elo: the partner's place, or `ALONE`. */
  readonly partner: Int32Array;
  readonly pairs: number;
  /** Sum of the differences of all pairs, in 1/64. */
  readonly differences: number;
}

/** Places of the actors in order of (Elo, id): shape `[n]`, each the index of an actor. */
export function orderOf(elo: ArrayLike<number>, ids: readonly string[]): Uint32Array {
  const order = new Uint32Array(elo.length);
  for (let index = 0; index < order.length; index++) order[index] = index;
  return order.sort((a, b) => {
    const difference = (elo[a] as number) - (elo[b] as number);
    if (difference !== 0) return difference;
    const [idA, idB] = [ids[a] as string, ids[b] as string];
    return idA < idB ? -1 : idA > idB ? 1 : 0;
  });
}

/**
 * Equal pools for all: `reach` is twice the pool. O(n).
 *
 * Why neighbours are enough: of two crossing or nested pairs over a ≤ b ≤ c ≤ d, (a, b) and (c, d) are as many, each no wider
 * than the widest of the two and so in reach, of no larger sum; and who is left alone inside a pair may take an end's place.
 *
 * @param elo in order, in 1/64
 * @param reach a pair's difference is below this, in 1/64
 */
export function neighbourPairing(elo: ArrayLike<number>, reach: number): Pairing {
  const n = elo.length;
  const partner = new Int32Array(n).fill(ALONE);
  if (n < 2) return { partner, pairs: 0, differences: 0 };
  // One more pair outweighs every sum of differences: the pairs lie side by side, so their sum is at most the whole span.
  const worth = (elo[n - 1] as number) - (elo[0] as number) + 1;
  const paired = new Uint8Array(n);
  let beforeLast = 0;
  let last = 0;
  for (let at = 1; at < n; at++) {
    const difference = (elo[at] as number) - (elo[at - 1] as number);
    const together = difference < reach ? beforeLast + worth - difference : -1;
    beforeLast = last;
    if (together > last) {
      last = together;
      paired[at] = 1;
    }
  }
  let pairs = 0;
  let differences = 0;
  for (let at = n - 1; at > 0; at--) {
    if (paired[at] === 0) continue;
    partner[at] = at - 1;
    partner[at - 1] = at;
    pairs++;
    differences += (elo[at] as number) - (elo[at - 1] as number);
    at--;
  }
  return { partner, pairs, differences };
}

/**
 * The limit of speed for actors who all entered at once: they are put in order, then paired. Partners are places in that order.
 *
 * @param elo in any order, in 1/64
 * @param reach a pair's difference is below this, in 1/64: twice the pool
 */
export function pairAtOnce(elo: Int32Array, ids: readonly string[], reach: number): Pairing & { order: Uint32Array } {
  const order = orderOf(elo, ids);
  const sorted = new Int32Array(order.length);
  for (let place = 0; place < sorted.length; place++) sorted[place] = elo[order[place] as number] as number;
  return { order, ...neighbourPairing(sorted, reach) };
}

/** What a prefix of the line may have become: who still waits for somebody above, and what all choices are worth. */
interface State {
  readonly value: number;
  /** Places of the open ones, in ascending order of highest = elo + pool. */
  readonly open: readonly number[];
  readonly before: State | undefined;
  /** The pair that this choice closed, its lower place, or `ALONE`. */
  readonly closed: number;
}

/**
 * Any pools. The line is swept upward; everybody is left alone, opens a pair or closes one.
 *
 * The sum is that of the closing Elos less that of the opening ones, whoever closes whom, and o may be closed by c when
 * highest(o) > lowest(c). So c closes, of those open to it, the one of smallest `highest`: any other could take that one's
 * later partner over. A state is the set of the open, and one that can do whatever another can, for as
 * much, drops it. Time and space are linear in n, but grow with how many pools of different sizes overlap at one Elo,
 * exponentially at worst: a hundred actors of whom tens reach each other take some ms.
 *
 * @param elo in order, in 1/64
 * @param pool in 1/64
 */
export function widePairing(elo: ArrayLike<number>, pool: ArrayLike<number>): Pairing {
  const n = elo.length;
  const highest = (at: number): number => (elo[at] as number) + (pool[at] as number);
  const lowest = (at: number): number => (elo[at] as number) - (pool[at] as number);
  // One more pair outweighs every sum of differences: at most n / 2 of them, none above the span.
  const above = (at: number): number => (elo[at] as number) - (elo[0] as number);
  const worth = n < 2 ? 1 : (above(n - 1) * n) / 2 + 1;
  // The smallest `lowest` of all who come at or after a place: who does not overlap it is closed by nobody any more.
  const lowestFrom = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
  for (let at = n - 1; at >= 0; at--) lowestFrom[at] = Math.min(lowestFrom[at + 1] as number, lowest(at));

  let states: State[] = [{ value: 0, open: [], before: undefined, closed: ALONE }];
  for (let at = 0; at < n; at++) {
    const next: State[] = [];
    const opens = highest(at) > (lowestFrom[at + 1] as number);
    for (const state of states) {
      next.push({ value: state.value, open: state.open, before: state, closed: ALONE });
      const closes = state.open.findIndex((place) => highest(place) > lowest(at));
      if (closes >= 0) {
        const open = state.open.filter((_, index) => index !== closes);
        const closed = state.open[closes] as number;
        next.push({ value: state.value + worth - above(at), open, before: state, closed });
      }
      if (!opens) continue;
      const place = state.open.findIndex((other) => highest(other) > highest(at));
      const open = state.open.toSpliced(place < 0 ? state.open.length : place, 0, at);
      next.push({ value: state.value + above(at), open, before: state, closed: ALONE });
    }
    const reachable = lowestFrom[at + 1] as number;
    // The one of smallest `highest` is the first that nobody can close any more.
    states = undominated(
      next.filter(({ open }) => open.length === 0 || highest(open[0] as number) > reachable),
      highest,
      worth - above(at),
    );
  }
  return traced(states, elo);
}

/**
 * Those that no other dominates: one with as many open or fewer, each closable for as long as the other's, and worth as much
 * even if every further open one of the other is closed at once (`most`, in the units of value).
 */
function undominated(states: State[], highest: (place: number) => number, most: number): State[] {
  const kept: State[] = [];
  states.sort((a, b) => b.value - a.value);
  for (const state of states) {
    const { value, open } = state;
    const isDominated = kept.some(
      (other) =>
        other.open.length <= open.length &&
        other.value >= value + (open.length - other.open.length) * most &&
        other.open.every((place, index) => highest(place) >= highest(open[index] as number)),
    );
    if (!isDominated) kept.push(state);
  }
  return kept;
}

/** Follows the choices of the state that is left, in which nobody is open, back to the first. */
function traced(states: readonly State[], elo: ArrayLike<number>): Pairing {
  const partner = new Int32Array(elo.length).fill(ALONE);
  let pairs = 0;
  let differences = 0;
  let at = elo.length - 1;
  for (let state = states[0]; state?.before !== undefined; state = state.before) {
    if (state.closed !== ALONE) {
      partner[at] = state.closed;
      partner[state.closed] = at;
      pairs++;
      differences += (elo[at] as number) - (elo[state.closed] as number);
    }
    at--;
  }
  return { partner, pairs, differences };
}
