/**
 * A Redis bus for the conformance suite: a real server and real connections under a clock that the test sets. The scripts' one reading
 * of time is replaced by a reading of what the test wrote, between bus and server; nothing else is. (Lives of keys stay real, unless
 * they are asked for in the same time: none of them decides anything within a test, for a lease lasts 300 s there, and records have their end written in them.)
 */
import { createHash } from 'node:crypto';
import { Observable, type SchedulerLike, tap } from 'rxjs';
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
const NEVER_MS = 1e12;
const LEASE = { renewMs: 100_000, deadlineMs: 200_000, leaseMs: 300_000 };

/** The reading of time that is replaced, and what replaces it. */
const REAL_TIME = "redis.call('TIME')";
const SET_TIME = "redis.call('HMGET', string.match(KEYS[1], '^{[^}]*}') .. ':test:now', 's', 'us')";

const steered = new Map<string, Script>();

export function rewritten(script: Script, from: string, to: string): Script {
  const source = script.source.replaceAll(from, to);
  return { ...script, source, sha: createHash('sha1').update(source).digest('hex') };
}

/** Goes before a script: a key's life is written down, and ends when the time that the test sets is past it. */
const SET_LIVES = `local real, LIVES = redis.call, string.match(KEYS[1], '^{[^}]*}') .. ':test:lives'
local function live(key, ms)
  local now = real('HMGET', string.match(KEYS[1], '^{[^}]*}') .. ':test:now', 's', 'us')
  real('HSET', LIVES, key, string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000) + ms))
end
local redis = { sha1hex = redis.sha1hex }
function redis.call(command, key, ...)
  local args = { ... }
  if command == 'PEXPIRE' then
    if real('EXISTS', key) == 0 then return 0 end
    live(key, args[1])
    return 1
  elseif command == 'SET' then
    real('HDEL', LIVES, key)
    if args[2] == 'PX' then live(key, args[3]) end
    return real('SET', key, args[1])
  elseif command == 'PTTL' then
    local now = real('HMGET', string.match(KEYS[1], '^{[^}]*}') .. ':test:now', 's', 'us')
    local ends = real('HGET', LIVES, key)
    return ends and ends - now[1] * 1000 - math.floor(now[2] / 1000) or -1
  elseif command == 'DEL' then real('HDEL', LIVES, key) end
  return real(command, key, ...)
end
`;

/** The script as it runs here. */
export function steer(script: Script, lives: Lives): Script {
  const name = `${script.name} ${lives}`;
  const known = steered.get(name) ?? steerAnew(script, lives);
  steered.set(name, known);
  return known;
}

function steerAnew(script: Script, lives: Lives): Script {
  const timed = rewritten(script, REAL_TIME, SET_TIME);
  return lives === 'real' ? timed : rewritten(timed, /^(#!.*\n)/.exec(script.source)?.[1] ?? '', `$&${SET_LIVES}`);
}

const WRITE_TIME = `redis.call('HSET', KEYS[1], 's', ARGV[1], 'us', ARGV[2])
if ARGV[3] == 'real' then return end
local lives = string.gsub(KEYS[1], ':now$', ':lives')
local all = redis.call('HGETALL', lives)
for at = 1, #all, 2 do
  if all[at + 1] - ARGV[1] * 1000 - math.floor(ARGV[2] / 1000) <= 0 then
    redis.call('DEL', all[at])
    redis.call('HDEL', lives, all[at])
  end
end`;

const writer: Script = {
  name: 'test:now',
  keys: ['now'],
  args: ['s', 'us', 'lives'],
  source: WRITE_TIME,
  sha: createHash('sha1').update(WRITE_TIME).digest('hex'),
};

/** How long keys live that are to end: in Redis's own time, or in the one that the test sets. */
type Lives = 'real' | 'set';

let realms = 0;

/** One who may do least comes first: so each asks what nobody below may. */
const ROLES = ['node', 'reader', 'owner', 'leader'] as const;
/** The user that asks for what `ROLES` has to be asked for. */
export type Users = Readonly<Record<(typeof ROLES)[number], Target>>;

export async function redisWorld(
  /** Where Redis is; or what says it, once it knows the realm; of each role, if each is another user. */
  where: Target | ((realm: string) => Promise<Target | { readonly users: Users }>),
  options: Partial<RedisBusOptions> = {},
  lives: Lives = 'real',
): Promise<World & { bus: ReturnType<typeof redisBusOver> }> {
  const time = new VirtualTime(START_MS);
  const realm = `conformance-${process.pid}-${++realms}`;
  const random = randomOf('conformance', String(realms));
  const target = typeof where === 'function' ? await where(realm) : where;
  // Days may pass here, in which a wire would ask every few seconds whether it is alive.
  const wire: SchedulerLike = {
    now: () => time.now(),
    schedule: (work, ms = 0, state) => time.schedule(work, ms < 1000 ? ms : NEVER_MS, state),
  };
  const linked = (to: Target): Link => linkTo(to, { scheduler: wire, random: () => 0.5, realm });
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
      return counted(baseOf(script).run(steer(script, lives), keys, values), () => true);
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
  let behindMs = 0;
  const set = (at: number): Promise<unknown> => {
    const ms = at - behindMs;
    return run(writer, [`${tagOf(realm)}:test:now`], [String(Math.floor(ms / 1000)), String((ms % 1000) * 1000), lives]);
  };

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
    setBack: async (ms) => {
      behindMs += ms;
      await set(time.now());
    },
    close: async () => link.close(),
  };
}
