/**
 * The users of one node who wait for an instant match. Each is found under the most selective equality that it demands, and under
 * everything that it says of itself: a newcomer is compared with those alone who may fit.
 */
import { type Equality, fit, type Scalar, type User } from './wishes.ts';

interface Entry<T> {
  readonly user: User;
  readonly of: T;
  /** In order of arrival. */
  readonly number: number;
  /** Where it stands by what it demands; none: it may fit anybody. */
  readonly demands: readonly string[];
  /** The last search that came by. */
  search: number;
}

const keyOf = (field: string, value: Scalar): string => `${field}\n${value}`;
const keysOf = ({ field, values }: Equality): string[] => values.map((value) => keyOf(field, value));
const saidOf = ({ data }: User): string[] =>
  [...data.values].flatMap(([field, values]) => values.map((value) => keyOf(field, value)));

export class WaitList<T> {
  /** How many pairs were compared so far. */
  compared = 0;
  private readonly entries = new Map<string, Entry<T>>();
  private readonly byDemand = new Map<string, Set<Entry<T>>>();
  private readonly bySaid = new Map<string, Set<Entry<T>>>();
  /** Those without an equality. */
  private readonly open = new Set<Entry<T>>();
  private arrivals = 0;
  private searches = 0;

  get size(): number {
    return this.entries.size;
  }

  add(ticket: string, user: User, of: T): void {
    this.remove(ticket);
    const demands = this.mostSelective(user);
    const entry: Entry<T> = { user, of, number: ++this.arrivals, demands, search: 0 };
    this.entries.set(ticket, entry);
    for (const key of demands) put(this.byDemand, key, entry);
    if (demands.length === 0) this.open.add(entry);
    for (const key of saidOf(user)) put(this.bySaid, key, entry);
  }

  remove(ticket: string): void {
    const entry = this.entries.get(ticket);
    if (!entry) return;
    this.entries.delete(ticket);
    for (const key of entry.demands) take(this.byDemand, key, entry);
    this.open.delete(entry);
    for (const key of saidOf(entry.user)) take(this.bySaid, key, entry);
  }

  /** Those who fit a user, both ways, who waits longest first. */
  fitting(user: User): T[] {
    const search = ++this.searches;
    const found: Entry<T>[] = [];
    for (const entries of this.mayFit(user))
      for (const entry of entries) {
        if (entry.search === search) continue;
        entry.search = search;
        this.compared++;
        if (fit(user, entry.user)) found.push(entry);
      }
    return found.sort((a, b) => a.number - b.number).map(({ of }) => of);
  }

  /** Whichever is less: whose demand this user may meet, or who says what this user demands. */
  private mayFit(user: User): readonly ReadonlySet<Entry<T>>[] {
    const meet = [this.open, ...setsOf(this.byDemand, saidOf(user))];
    const say = user.wishes.equalities.map((equality) => setsOf(this.bySaid, keysOf(equality)));
    return [meet, ...say].reduce((least, sets) => (count(sets) < count(least) ? sets : least));
  }

  /** Of a user's equalities the one that the fewest of those who wait would meet. */
  private mostSelective({ wishes }: User): readonly string[] {
    const all = wishes.equalities.map((equality) => keysOf(equality));
    const met = (keys: readonly string[]): number => count(setsOf(this.bySaid, keys));
    return (
      all.reduce<readonly string[] | undefined>((best, keys) => (!best || met(keys) < met(best) ? keys : best), undefined) ?? []
    );
  }
}

type Sets<T> = Map<string, Set<Entry<T>>>;

function put<T>(sets: Sets<T>, key: string, entry: Entry<T>): void {
  const set = sets.get(key);
  if (set) set.add(entry);
  else sets.set(key, new Set([entry]));
}

function take<T>(sets: Sets<T>, key: string, entry: Entry<T>): void {
  const set = sets.get(key);
  set?.delete(entry);
  if (set?.size === 0) sets.delete(key);
}

const setsOf = <T>(sets: Sets<T>, keys: readonly string[]): Set<Entry<T>>[] => keys.flatMap((key) => sets.get(key) ?? []);

const count = (sets: readonly ReadonlySet<unknown>[]): number => sets.reduce((sum, { size }) => sum + size, 0);
