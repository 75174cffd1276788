/** The keys of a realm, by the names that the scripts' headers have. All under one hash tag: one slot of a cluster holds a realm. */
import { scripts } from '../pieces.ts';
import { tagOf } from '../rooms.ts';

/** What a key is of: most are the realm's, these a queue's or a match's. */
const OF_QUEUE = new Set(['lease', 'epoch', 'line', 'heir', 'ratings', 'history']);
const OF_MATCH = new Set(['log', 'parts']);
const OF_SEASON = new Set(['archive', 'annals']);

export interface KeyOwner {
  readonly queue?: string;
  readonly matchId?: string;
  /** `<queue>:<name>`. */
  readonly season?: string;
  /** What stands before the hash tag. */
  readonly prefix?: string | undefined;
}

/** Throws when a key of a queue, match or season is asked for without saying of which. */
export function keyOf(realm: string, name: string, { queue, matchId, season, prefix }: KeyOwner): string {
  const key = `${tagOf(realm, prefix)}:${name}`;
  const owner = OF_QUEUE.has(name) ? queue : OF_MATCH.has(name) ? matchId : OF_SEASON.has(name) ? season : '';
  if (owner === undefined) throw new Error(`redis: the key ${name} of which queue, match or season?`);
  return owner === '' ? key : `${key}:${owner}`;
}

/** Those that are the realm's own, by name: written out once, for every call names a dozen of them. */
export function realmKeysOf(realm: string, prefix: string | undefined): ReadonlyMap<string, string> {
  const names = new Set<string>(Object.values(scripts()).flatMap(({ keys }) => keys));
  const own = [...names].filter((name) => !OF_QUEUE.has(name) && !OF_MATCH.has(name) && !OF_SEASON.has(name));
  return new Map(own.map((name) => [name, keyOf(realm, name, { prefix })]));
}
