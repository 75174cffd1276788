/** The keys of a realm, by the names that the scripts' headers have. All under one hash tag: one slot of a cluster holds a realm. */
import { tagOf } from '../rooms.ts';

/** What a key is of: most are the realm's, these a queue's or a match's. */
const OF_QUEUE = new Set(['lease', 'epoch', 'line', 'heir', 'ratings']);
const OF_MATCH = new Set(['log', 'parts']);

export interface KeyOwner {
  readonly queue?: string;
  readonly matchId?: string;
  /** What stands before the hash tag. */
  readonly prefix?: string;
}

/** Throws when a key of a queue or match is asked for without saying of which. */
export function keyOf(realm: string, name: string, { queue, matchId, prefix }: KeyOwner): string {
  const key = `${tagOf(realm, prefix)}:${name}`;
  const owner = OF_QUEUE.has(name) ? queue : OF_MATCH.has(name) ? matchId : '';
  if (owner === undefined) throw new Error(`redis: the key ${name} of which queue or match?`);
  return owner === '' ? key : `${key}:${owner}`;
}
