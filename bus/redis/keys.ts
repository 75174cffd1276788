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

type OwnedBy = 'queue' | 'matchId' | 'season';
const ownerOf = (name: string): OwnedBy | undefined =>
  OF_QUEUE.has(name) ? 'queue' : OF_MATCH.has(name) ? 'matchId' : OF_SEASON.has(name) ? 'season' : undefined;

function idOf(name: string, by: OwnedBy, owner: KeyOwner): string {
  const id = owner[by];
  if (id === undefined) throw new Error(`redis: the key ${name} of which queue, match or season?`);
  return id;
}

/** Throws when a key of a queue, match or season is asked for without saying of which. */
export function keyOf(realm: string, name: string, owner: KeyOwner): string {
  const key = `${tagOf(realm, owner.prefix)}:${name}`;
  const by = ownerOf(name);
  return by === undefined ? key : `${key}:${idOf(name, by, owner)}`;
}

/** A key that is not the realm's own: where it stands, and what it begins with. */
interface Owned {
  readonly at: number;
  readonly name: string;
  readonly by: OwnedBy;
  readonly begins: string;
}

/** The keys of scripts. What is the realm's own of them is written out once, for every call names a dozen of them. */
export class Keys {
  private readonly realm: string;
  private readonly prefix: string | undefined;
  private readonly known = new Map<Script, { readonly keys: readonly string[]; readonly owned: readonly Owned[] }>();

  constructor(realm: string, prefix: string | undefined) {
    this.realm = realm;
    this.prefix = prefix;
  }

  /** In the order of the script's header. */
  of(script: Script, owner: KeyOwner): readonly string[] {
    const { keys, owned } = this.known.get(script) ?? this.learn(script);
    if (owned.length === 0) return keys;
    const all = keys.slice();
    for (const { at, name, by, begins } of owned) all[at] = begins + idOf(name, by, owner);
    return all;
  }

  private learn(script: Script): { keys: string[]; owned: Owned[] } {
    const tag = tagOf(this.realm, this.prefix);
    const keys = script.keys.map((name) => `${tag}:${name}`);
    const owned = script.keys.flatMap((name, at): Owned[] => {
      const by = ownerOf(name);
      return by === undefined ? [] : [{ at, name, by, begins: `${tag}:${name}:` }];
    });
    this.known.set(script, { keys, owned });
    return { keys, owned };
  }
}
