/**
 * A Redis bus for the conformance suite: a real server and real connections under a clock that the test sets. The scripts' one reading
 * of time is replaced by a reading of what the test wrote, between bus and server; nothing else is. (Lives of keys stay real: none
 * of them decides anything within a test, for a lease lasts 300 s there, and records have their end written in them.)
 */
import { createHash } from 'node:crypto';
import { Observable, tap } from 'rxjs';
import { BusUnreachable } from '../../../bus/bus.ts';
import { scripts } from '../../../bus/generated/lua.ts';
import type { Target } from '../../../bus/redis/connection.ts';
import type { Link, Script, Text } from '../../../bus/redis/link.ts';
import { scriptsOf } from '../../../bus/redis/rights.ts';
import { linkTo, type RedisBusOptions, redisBusOver } from '../../../bus/redis.ts';
import { tagOf } from '../../../bus/rooms.ts';
import { randomOf } from '../../../scripts/random.ts';
import { VirtualTime } from '../../../scripts/virtual-time.ts';
import type { World } from '../conformance.ts';

const START_MS = 1_700_000_000_123;
const LEASE = { renewMs: 100_000, deadlineMs: 200_000, leaseMs: 300_000 };

/** The reading of time that is replaced, and what replaces it. */
const REAL_TIME = "redis.call('TIME')";
const SET_TIME = "redis.call('HMGET', string.match(KEYS[1], '^{[^}]*}') .. ':test:now', 's', 'us')";

const steered = new Map<string, Script>();

export function rewritten(script: Script, from: string, to: string): Script {
  const source = script.source.replaceAll(from, to);
  return { ...script, source, sha: createHash('sha1').update(source).digest('hex') };
}

function steer(script: Script): Script {
  const known = steered.get(script.name) ?? rewritten(script, REAL_TIME, SET_TIME);
  steered.set(script.name, known);
  return known;
}

const writer: Script = {
  name: 'test:now',
  keys: ['now'],
  args: ['s', 'us'],
  source: "return redis.call('HSET', KEYS[1], 's', ARGV[1], 'us', ARGV[2])",
  sha: createHash('sha1').update("return redis.call('HSET', KEYS[1], 's', ARGV[1], 'us', ARGV[2])").digest('hex'),
};

let realms = 0;

/** One who may do least comes first: so each asks what nobody below may. */
const ROLES = ['node', 'reader', 'owner', 'leader'] as const;
/** The user that asks for what `ROLES` has to be asked for. */
export type Users = Readonly<Record<(typeof ROLES)[number], Target>>;

export async function redisWorld(
  /** Where Redis is; or what says it, once it knows the realm; of each role, if each is another user. */
  where: Target | ((realm: string) => Promise<Target | { readonly users: Users }>),
  options: Partial<RedisBusOptions> = {},
): Promise<World & { bus: ReturnType<typeof redisBusOver> }> {
  const time = new VirtualTime(START_MS);
  const realm = `conformance-${process.pid}-${++realms}`;
  const random = randomOf('conformance', String(realms));
  const target = typeof where === 'function' ? await where(realm) : where;
  const linked = (to: Target): Link => linkTo(to, { scheduler: time, random: () => 0.5, realm });
  const bases = new Map<Target, Link>();
  const baseAs = (role: (typeof ROLES)[number]): Link => {
    const as = typeof target === 'object' && 'users' in target ? target.users[role] : target;
    const known = bases.get(as) ?? linked(as);
    bases.set(as, known);
    return known;
  };
  /** Who asks for it. */
  const baseOf = ({ name }: Script): Link =>
    baseAs(ROLES.find((role) => scriptsOf(role).some((each) => scripts[each].name === name)) ?? 'leader');
  const base = baseAs('node');
  /** What was asked and not yet answered, and everything that ever happened. */
  let open = 0;
  let events = 0;
  let wake = (): void => undefined;
  const event = (): void => {
    events++;
    wake();
  };
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise<void>((resolve) => (wake = resolve));
  };

  /** Counts a stream as open until `settled` says that it is answered. */
  const counted = <T>(stream$: Observable<T>, settled: (value: T) => boolean): Observable<T> =>
    new Observable<T>((subscriber) => {
      let waiting = true;
      open++;
      const answered = (): void => {
        if (waiting) open--;
        waiting = false;
        event();
      };
      const subscription = stream$
        .pipe(tap({ next: (value) => (settled(value) ? answered() : event()), error: answered, complete: answered }))
        .subscribe(subscriber);
      return () => {
        subscription.unsubscribe();
        if (waiting) open--;
        waiting = false;
        wake();
      };
    });

  // Rooms that the suite names itself: the tests share a server, and what one has said may be on its way when the next one begins.
  const ownRoom = (room: string): string => (room.startsWith(tagOf(realm)) ? room : `${tagOf(realm)}:${room}`);
  const link: Link = {
    run: (script, keys, [first = '', ...args]) => {
      const values = script.args.length === 0 ? [] : [script.name === 'say' ? ownRoom(first) : first, ...args];
      return counted(baseOf(script).run(steer(script), keys, values), () => true);
    },
    hear: (channel) => counted<Text>(base.hear(ownRoom(channel)), ({ listening }) => listening),
    settings: () => baseAs('leader').settings(),
    close: async () => {
      await Promise.all([...bases.values()].map((each) => each.close()));
    },
  };

  const barrier = `${tagOf(realm)}:test:barrier`;
  let passed = 0;
  await new Promise<void>((resolve) => {
    base.hear(barrier).subscribe((heard) => {
      if (heard.listening) resolve();
      else {
        passed++;
        wake();
      }
    });
  });
  const run = (script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> =>
    new Promise((resolve, reject) => baseOf(script).run(script, keys, args).subscribe({ next: resolve, error: reject }));
  const set = (ms: number): Promise<unknown> =>
    run(writer, [`${tagOf(realm)}:test:now`], [String(Math.floor(ms / 1000)), String((ms % 1000) * 1000)]);

  const settle = async (): Promise<void> => {
    for (let before = -1; before !== events; ) {
      before = events;
      time.runUntil(time.now());
      await until(() => open === 0);
      // What was published before has arrived when this has: the same two connections, in order.
      const next = passed + 1;
      await run(scripts.say, [`${tagOf(realm)}:seq`], [barrier, '']);
      await until(() => passed >= next);
      time.runUntil(time.now());
      if (open > 0) events++;
    }
  };
  // The first connection may fail like any other; a world that cannot be made leaves nothing open.
  for (let attempt = 1; ; attempt++) {
    try {
      await set(START_MS);
      break;
    } catch (error) {
      if (error instanceof BusUnreachable && attempt < 5) continue;
      await link.close();
      throw error;
    }
  }
  return {
    bus: redisBusOver(link, { scheduler: time, random: () => random.fraction(), realm, lease: LEASE, ...options }),
    settle,
    advance: async (ms) => {
      const end = time.now() + ms;
      for (let at = time.nextAt; at !== undefined && at <= end; at = time.nextAt) {
        await set(at);
        time.runUntil(at);
        await settle();
      }
      await set(end);
      time.runUntil(end);
    },
    close: async () => link.close(),
  };
}
