/** The keys of a realm, by the names that the scripts' headers have. All under one hash tag: one slot of a cluster holds a realm. */
import { tagOf } from '../rooms.ts';
import type { Script } from './link.ts';

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

/** The keys of scripts. Those that are the realm's own are written out once, for every call names a dozen of them. */
export class Keys {
  private readonly realm: string;
  private readonly prefix: string | undefined;
  private readonly known = new Map<Script, { readonly keys: readonly string[]; readonly owned: readonly number[] }>();

  constructor(realm: string, prefix: string | undefined) {
    this.realm = realm;
    this.prefix = prefix;
  }

  /** In the order of the script's header. */
  of(script: Script, owner: KeyOwner): readonly string[] {
    const { keys, owned } = this.known.get(script) ?? this.learn(script);
    if (owned.length === 0) return keys;
    const all = keys.slice();
    for (const at of owned) all[at] = this.key(script.keys[at] as string, owner);
    return all;
  }

  private learn(script: Script): { keys: string[]; owned: number[] } {
    const isOwned = (name: string): boolean => OF_QUEUE.has(name) || OF_MATCH.has(name) || OF_SEASON.has(name);
    const keys = script.keys.map((name) => (isOwned(name) ? '' : this.key(name, {})));
    const owned = [...script.keys.keys()].filter((at) => isOwned(script.keys[at] as string));
    this.known.set(script, { keys, owned });
    return { keys, owned };
  }

  private key(name: string, owner: KeyOwner): string {
    return keyOf(this.realm, name, { ...owner, prefix: this.prefix });
  }
}
