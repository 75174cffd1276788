/**
 * What a user of Redis has to be allowed, read off the scripts that it runs: their commands, the keys that they read, and those that they write. Redis asks
 * twice, for the call of a script with all its keys, and for every command in it; only the second says what is done to a key, so the first is allowed
 * for the whole realm.
 */
import { scripts } from '../pieces.ts';
import { tagOf } from '../rooms.ts';
import { keyOf } from './keys.ts';

/** `leader`: a node that may lead. `node`: one that never does. `owner`: who gives the owner's commands. `reader`: who only looks. */
export type Role = 'leader' | 'node' | 'owner' | 'reader';
type Name = keyof ReturnType<typeof scripts>;

/** What everybody asks. */
const READS: readonly Name[] = ['clock', 'ticket', 'match', 'log', 'rating', 'closed', 'lastSigns', 'counts'];
const BY_NODE: readonly Name[] = [
  ...READS,
  ...([
    'probe',
    'enter',
    'leave',
    'reply',
    'joined',
    'team',
    'judge',
    'append',
    'over',
    'takeElo',
    'say',
    'report',
    'alive',
    'arrive',
    'goodbye',
    'announce',
    'outbox',
    'vouch',
    'standing',
    'holdings',
    'requestInstantMatch',
    'renewInstantMatch',
    'rebroadcastInstantMatch',
    'instantMatch',
    'rematch',
    'declineRematch',
    'seats',
    'rejoin',
  ] as const),
];
const BY_READER: readonly Name[] = [
  ...READS,
  ...([
    'position',
    'page',
    'changes',
    'leader',
    'queues',
    'player',
    'ladder',
    'history',
    'seasons',
    'incidents',
    'agreed',
    'answer',
  ] as const),
];
const BY_OWNER: readonly Name[] = [...BY_READER, 'submit'];
/** A leader is a node too; only the owner writes into the inbox. */
const BY_LEADER = (Object.keys(scripts()) as Name[]).filter((name) => name !== 'submit');
const SCRIPTS: Readonly<Record<Role, readonly Name[]>> = {
  leader: BY_LEADER,
  node: BY_NODE,
  owner: BY_OWNER,
  reader: BY_READER,
};

/** The scripts that a role may run. */
export const scriptsOf = (role: Role): readonly Name[] => SCRIPTS[role];

const OF_NODES = ['jaeger:*', 'waiting:*', 'challenge:*', 'heartbeat:*', 'INSTANT_MATCH_WAITLIST:*', 'INSTANT_MATCH:*'];
const ROOMS: Readonly<Record<Role, readonly string[]>> = {
  leader: [...OF_NODES, 'lease:*', 'inbox'],
  node: OF_NODES,
  owner: ['inbox'],
  reader: [],
};

/** Of the connections. INFO: is Redis ready, and how is it set. The last three are of a cluster. */
const COMMANDS = ['info', 'select', 'script|load', 'script|exists', 'client|setname', 'cluster|slots', 'cluster|info'];
/** Of who hears rooms: PING asks whether the wire is alive, KEYSLOT where in a cluster to hear; WAIT: what is said waits for replicas. */
const OF_HEARING = ['ping', 'subscribe', 'unsubscribe', 'wait', 'cluster|keyslot'];

const WRITES = new Set('SET SETNX DEL INCR PEXPIRE RENAME RPUSH LTRIM HSET HSETNX HDEL HINCRBY ZADD ZREM ZPOPMIN'.split(' '));

export interface Rights {
  readonly commands: ReadonlySet<string>;
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
}

/** Those of one script. A function that it brings along and never calls counts for nothing. Throws where it cannot tell what is written. */
export function rightsOf({ name, source, keys }: { name: string; source: string; keys: readonly string[] }): Rights {
  const bodies = new Map<string, string>();
  const main = source.replace(/^local function (\w+)\(.*\n(?:(?!end\b).*\n)*end\b/gm, (body: string, called: string) => {
    bodies.set(called, `${bodies.get(called) ?? ''}${body.slice(body.indexOf('\n'))}`);
    return '';
  });
  const reached = [main];
  for (const part of reached)
    for (const [called, body] of bodies)
      if (!reached.includes(body) && new RegExp(`\\b${called}\\(`).test(part)) reached.push(body);
  const commands = new Set<string>();
  const writes = new Set<string>();
  for (const [, command = '', args = ''] of reached.join('\n').matchAll(/redis\.call\('(\w+)'(?=(.*))/g)) {
    commands.add(command.toLowerCase());
    if (!WRITES.has(command)) continue;
    const [, first, second] = /^, KEY\.(\w+)(?:, KEY\.(\w+))?/.exec(args) ?? [];
    if (first === undefined) throw new Error(`acl: ${name} writes ${command}${args}, to which key?`);
    writes.add(first);
    if (second !== undefined && command === 'RENAME') writes.add(second);
  }
  // The others only say of which realm the call is.
  const named = new Set([...reached.join('\n').matchAll(/\bKEY\.(\w+)/g)].map(([, key = '']) => key));
  return { commands, reads: new Set(keys.filter((key) => named.has(key))), writes };
}

export interface AclOptions {
  readonly realm: string;
  readonly keyPrefix?: string;
  readonly role: Role;
}

/** The rules of `ACL SETUSER`, but for its name and password. */
export function rulesOf({ realm, keyPrefix, role }: AclOptions): string[] {
  const prefix = keyPrefix === undefined ? {} : { prefix: keyPrefix };
  const tag = tagOf(realm, keyPrefix);
  const pattern = (key: string): string => keyOf(realm, key, { queue: '*', matchId: '*', season: '*', ...prefix });
  const all = SCRIPTS[role].map((name) => rightsOf(scripts()[name]));
  const sorted = (sets: readonly ReadonlySet<string>[]): string[] => [...new Set(sets.flatMap((set) => [...set]))].sort();
  const writes = sorted(all.map(({ writes }) => writes));
  const reads = sorted(all.map(({ reads }) => reads)).filter((key) => !writes.includes(key));
  const isNode = role === 'leader' || role === 'node';
  const commands = new Set([...COMMANDS, ...(isNode ? OF_HEARING : []), ...sorted(all.map(({ commands }) => commands))]);
  return [
    ...['resetkeys', 'resetchannels', '-@all'],
    ...writes.map((key) => `~${pattern(key)}`),
    ...reads.map((key) => `%R~${pattern(key)}`),
    ...ROOMS[role].map((room) => `&${tag}:${room}`),
    ...[...commands].map((command) => `+${command}`),
    `(+evalsha_ro +eval_ro %R~${tag}:*)`,
    // What writes is called with all keys that it may read too: of the owner that is the inbox.
    ...(role === 'reader'
      ? []
      : [`(+evalsha +eval ${role === 'owner' ? writes.map((key) => `~${pattern(key)}`).join(' ') : `~${tag}:*`})`]),
  ];
}
