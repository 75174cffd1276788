/**
 * The Redis bus: nodes of many processes share one Redis 7 or Valkey. Every transition is one script (`redis/lua/`), atomic and idempotent
 * by the ids that it is given; what it says is published by the same script. Nothing connects before something is asked.
 */
import { concatMap, defer, map, type Observable, retry, type SchedulerLike, Subject, tap, throwError, timer } from 'rxjs';
import type { Answered, Bus, Entered, EnterRequest, Fence, Heard, Removed } from './bus.ts';
import { BusUnreachable } from './bus.ts';
import type { DeclineRules } from './conduct.ts';
import { Gate } from './gate.ts';
import { KEPT_TIMES, type KeptTimes } from './kept.ts';
import { type Message, MOST_DATA, MOST_DIGEST, MOST_REASON, PROTOCOL_VERSION } from './messages.ts';
import { scripts } from './pieces.ts';
import { advice, type Place } from './redis/advice.ts';
import { Announcer } from './redis/announcer.ts';
import {
  appendedOf,
  arrivedOf,
  countsOf,
  departedOf,
  doneOf,
  enteredOf,
  holdingsOf,
  livesOf,
  loggedOf,
  offeredOf,
  type Strings,
  seatsOf,
  settledOf,
  signsOf,
  standingOf,
  wipedOf,
} from './redis/answers.ts';
import { Commands } from './redis/commands.ts';
import type { Target } from './redis/connection.ts';
import { instantVerbs } from './redis/instant.ts';
import { type KeyOwner, Keys } from './redis/keys.ts';
import { campaign, checkLeaseTimes, HANDOVER_MS, LEASE_TIMES, type LeaseTimes } from './redis/lease.ts';
import type { Link, Text } from './redis/link.ts';
import { ownerVerbs, type Right } from './redis/owner.ts';
import { asking, passing, saying } from './redis/pipes.ts';
import { reachOf } from './redis/reach.ts';
import { type Args, json, type Name } from './redis/scripts.ts';
import { readSnapshot, type Table } from './redis/snapshot.ts';
import { advancing } from './redis/steps.ts';
import { ticketOf } from './redis/stored.ts';
import { Subscriber } from './redis/subscriber.ts';
import { Unreadable } from './redis/unreadable.ts';
import { roomsOf, tagOf } from './rooms.ts';
import { MESSAGES_PER_SECOND } from './senders.ts';
import type { SigningOptions } from './signature.ts';

export interface RedisBusOptions {
  /** Its timers, and a clock that never jumps. */
  readonly scheduler: SchedulerLike;
  /** At least 0, below 1: spreads out retries, and names campaigners. */
  random(): number;
  /** Default: `jaeger`. */
  readonly realm?: string;
  readonly lease?: Partial<LeaseTimes>;
  /** What all keys and channels begin with. Default: nothing. */
  readonly keyPrefix?: string;
  /** As what the configuration names it. Default: one server. */
  readonly place?: Place;
  /** Default: nobody signs. */
  readonly signing?: SigningOptions | undefined;
  /** How long is kept what is over. Default: a ticket 10 min, a match 1 h. */
  readonly kept?: KeptTimes | undefined;
  /** Of one node; where nobody signs, of all together. What is more is dropped. Default: 20000. */
  readonly messagesPerSecond?: number;
}

export interface RedisBus extends Bus {
  /** Ends the connections once what was asked is answered, 1 s at most; nothing can be asked afterwards. */
  close(): Promise<void>;
}

const REALM = 'jaeger';
/** How often a bus that signs looks at Redis's clock. */
const CLOCK_MS = 60_000;
/** How soon the settings of a Redis that is out of reach are asked for again. */
const SETTINGS_MS = 1000;

/** The connections to a Redis. */
export function linkTo(
  target: Target,
  { scheduler, random, realm = REALM, keyPrefix }: Pick<RedisBusOptions, 'scheduler' | 'random' | 'realm' | 'keyPrefix'>,
): Link {
  const commands = new Commands({ target, random });
  const subscriber = new Subscriber({ target, random, scheduler, owner: () => commands.ownerOf(tagOf(realm, keyPrefix)) });
  const hasSentinels = typeof target === 'object' && 'sentinels' in target;
  const waiting = hasSentinels ? new Commands({ target, random }) : undefined;
  const announcer = waiting && new Announcer({ commands, waiting, scheduler, tag: tagOf(realm, keyPrefix) });
  return {
    run: (script, keys, args) => (announcer ?? commands).run(script, keys, args),
    hear: (channel) => subscriber.hear(channel),
    settings: () => commands.settings(),
    close: async () => {
      subscriber.close();
      await commands.close();
      announcer?.close();
      await waiting?.close();
    },
  };
}

/** What the scripts are told of how long who declines rests. */
const restOf = (rules: DeclineRules | undefined) => ({
  ...{ restMs: rules?.restMs ?? 0, restGrowth: rules?.growth ?? 1 },
  ...{ mostRestMs: rules?.mostMs ?? 0, fadeMs: rules?.fadeMs ?? 1 },
});
/** What is broadcast by these must not tell which server says it. */
const ANONYMOUS: ReadonlySet<Name> = new Set(['requestInstantMatch', 'renewInstantMatch', 'rebroadcastInstantMatch']);

/** Of keys that are the realm's own. */
const NOBODY: KeyOwner = {};

/** Without its braces. */
const parts = (value: object): string => json(value).slice(1, -1);

/** @throws RangeError for lease times that cannot work */
export function redisBus(target: Target, options: RedisBusOptions): RedisBus {
  const of = typeof target === 'object' ? target : {};
  const place = { hasSentinels: 'sentinels' in of, isCluster: 'cluster' in of };
  return redisBusOver(linkTo(target, options), { ...options, place });
}

export function redisBusOver(
  link: Link,
  {
    scheduler,
    random,
    realm = REALM,
    lease = {},
    kept = KEPT_TIMES,
    keyPrefix,
    place,
    signing,
    messagesPerSecond = MESSAGES_PER_SECOND,
  }: RedisBusOptions,
): RedisBus {
  const times = { ...LEASE_TIMES, ...lease };
  checkLeaseTimes(times);
  const [keptTicketsMs, keptMatchesMs] = [text(kept.ticketsMs), text(kept.matchesMs)];
  const tag = tagOf(realm, keyPrefix);
  const keys = new Keys(realm, keyPrefix);
  const unreadable = new Unreadable((name) => `${tag}:${name}`);
  const rooms = roomsOf(realm, keyPrefix);
  const troubles$ = new Subject<unknown>();
  /** The newest generation of the realm that was heard of here. */
  let newestGeneration = 0;
  const known = <T extends object>(answer: T): T => {
    if ('generation' in answer) newestGeneration = Math.max(newestGeneration, Number(answer.generation));
    return answer;
  };
  let offsetMs: number | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const gate = new Gate({ realm, signing, messagesPerSecond, busNow: () => scheduler.now() + (offsetMs ?? 0) });

  const noticed = (error: unknown): void => {
    if (error instanceof BusUnreachable) troubles$.next(error);
  };
  const run = <N extends Name>(name: N, args: Args<N>, owner: KeyOwner = NOBODY): Observable<unknown> => {
    const script = scripts()[name];
    const given = args as Readonly<Record<string, string | number | boolean>>;
    const asks = keys.of(script, owner);
    // What is asked again is sealed anew.
    const values = (): string[] => {
      const texts: string[] = [];
      for (const arg of script.args) {
        if (arg === 'seal') texts.push(gate.seal(ANONYMOUS.has(name)));
        else if (arg === 'keptTicketsMs') texts.push(keptTicketsMs);
        else texts.push(arg === 'keptMatchesMs' ? keptMatchesMs : text(given[arg]));
      }
      return texts;
    };
    const asked$ = asking(() => link.run(script, asks, values()), name === 'probe' ? undefined : noticed);
    return (script.args as readonly string[]).includes('seal') ? inTime(asked$) : asked$;
  };
  const clock = (): Observable<number> =>
    run('clock', {}).pipe(
      map(Number),
      tap((now) => {
        lookedAt = scheduler.now();
        offsetMs = now - lookedAt;
      }),
    );
  /** Who signs gives the time; clocks drift apart, and Redis may go on on another machine. */
  const lookAtClock = (): void => {
    if (!gate.signs || scheduler.now() - lookedAt < CLOCK_MS) return;
    lookedAt = scheduler.now();
    clock().subscribe({ error: () => undefined });
  };
  /** What is going to be signed: not before Redis's clock is known. */
  const inTime = <T>(asked$: Observable<T>): Observable<T> => {
    if (!gate.signs) return asked$;
    return defer(() => {
      if (offsetMs === undefined) return clock().pipe(concatMap(() => asked$));
      lookAtClock();
      return asked$;
    });
  };
  const answer = <T, N extends Name>(name: N, args: Args<N>, owner?: KeyOwner): Observable<T> =>
    run(name, args, owner) as Observable<T>;

  const marks = new WeakMap<Fence, ReturnType<Right>>();
  /** What every verb of the leader has: its right, and how its messages begin. Written once a lease. */
  const right: Right = (fence) => {
    const known = marks.get(fence);
    if (known) return known;
    const { queue, generation, epoch } = fence;
    const made = { queue, generation, epoch, mark: parts({ v: PROTOCOL_VERSION, queue, generation, epoch }) };
    marks.set(fence, made);
    return made;
  };

  // All who hear a room here are told of the same text one after the other, and a message passes the gate once.
  let newest: { readonly heard: Text; readonly message: Message | undefined } | undefined;
  const passed = (room: string, heard: Extract<Text, { listening: false }>): Message | undefined => {
    if (newest?.heard !== heard) newest = { heard, message: gate.in(room, heard.text) };
    return newest.message;
  };
  const hear = (room: string): Observable<Heard> =>
    passing(
      () => {
        lookAtClock();
        return link.hear(room);
      },
      (heard) => {
        if (heard.listening) return heard;
        const message = passed(room, heard);
        return message && { listening: false, message };
      },
    );

  const enter = (request: EnterRequest): Observable<Entered> =>
    defer(() => {
      const { ticket, queue, node, boot, ruleset, actor, elo, initialElo, partyElo, maxWaiting, move = false, again } = request;
      const { id, name, members, blocks } = actor;
      const players = [...new Set([id, ...members])];
      const head = json({ ticket, node, boot, ruleset, actor: { id, name, members, blocks } }).slice(1, -2);
      const before = { first: again?.firstConsidered ?? '', under: again?.under ?? '', lastElo: again?.elo ?? '' };
      const own = { ticket, queue, node, boot, initialElo, partyElo, maxWaiting, move, elo: elo ?? '', head, ...before };
      const asked = answer<Strings, 'enter'>('enter', { ...own, players: json(players), members: json(members) }, { queue });
      return asked.pipe(map((reply) => enteredOf(reply, players)));
    });

  const holdLease: Bus['holdLease'] = (queue, node) =>
    defer(() => {
      const { leaseMs } = times;
      const name = `${random().toString(36).slice(2)}${random().toString(36).slice(2)}`;
      // How long it asks for is in it: nodes may differ in that, and who waits knows by it what cannot be left.
      const token = `${node} ${leaseMs}-${name}`;
      return campaign({
        ...{ queue, times, scheduler, random },
        released$: link.hear(`${tag}:lease:${queue}`),
        acquire: () => answer('acquire', { token, leaseMs, protocol: PROTOCOL_VERSION, newest: newestGeneration }, { queue }),
        renew: ({ epoch, generation }) => answer('renew', { token, epoch, generation, leaseMs }, { queue }),
        resign: () => run('resign', { token, queue, leaseMs, handoverMs: HANDOVER_MS }, { queue }),
      });
    });

  return {
    realm,
    rooms,
    faults$: gate.faults$,
    refused: gate.refused,
    signs: gate.signs,
    secretMark: gate.mark,
    unreadable$: unreadable.told$,
    reach$: reachOf({ scheduler, troubles$, probe: () => run('probe', {}) }),
    warnings$: link.settings().pipe(
      retry({
        delay: (error: unknown) => (error instanceof BusUnreachable ? timer(SETTINGS_MS, scheduler) : throwError(() => error)),
      }),
      concatMap((servers) => advice(servers, place)),
    ),
    close: () => link.close(),
    clock,
    hear,
    say: (room, message) => inTime(saying(() => run('say', { room, text: gate.out(room, message) }))),
    holdLease,

    enter,
    leave: (node, ticket) => answer<Removed, 'leave'>('leave', { node, ticket }),
    reply: (offerId, ticket, said) => answer<Answered, 'reply'>('reply', { offerId, ticket, said }),
    joined: (matchId, side, node) => answer<Answered, 'joined'>('joined', { matchId, side, node }),
    team: (matchId, side, node, data) => {
      const tooLong = data.length > MOST_DATA;
      return answer<Answered, 'team'>('team', { matchId, side, node, data: tooLong ? '' : json(data), tooLong }, { matchId });
    },
    judge: (matchId, side, node, refusal) => {
      const tooLong = (refusal?.reason.length ?? 0) > MOST_REASON;
      const texts = { code: json(refusal?.code ?? ''), reason: refusal === null ? '' : tooLong ? '""' : json(refusal.reason) };
      return answer<Answered, 'judge'>('judge', { matchId, side, node, tooLong, ...texts });
    },
    append: (matchId, side, node, counter, data, digest, after = 0) => {
      const tooLong = data.length > MOST_DATA || digest.length > MOST_DIGEST;
      const texts = tooLong ? { data: '', digest: '' } : { data: json(data), digest: json(digest) };
      const request = { matchId, side, node, counter, tooLong, after, ...texts };
      const asked = answer<Strings, 'append'>('append', request, { matchId });
      return asked.pipe(map(appendedOf));
    },
    over: (matchId, side, node, winner, digest) => {
      const tooLong = digest.length > MOST_DIGEST;
      const texts = { winner: json(winner), digest: tooLong ? '' : json(digest) };
      return answer<Answered, 'over'>('over', { matchId, side, node, tooLong, ...texts });
    },
    takeElo: (matchId, side, node) => answer<Answered, 'takeElo'>('takeElo', { matchId, side, node }),

    seats: (node, queue, boot, of, most) =>
      answer<Strings, 'seats'>('seats', { kind: of === 'open' ? 'o' : 'e', node, queue, boot, most }).pipe(
        map((reply) => seatsOf(reply, unreadable)),
      ),
    rejoin: (matchId, side, node, boot) =>
      answer<Answered, 'rejoin'>('rejoin', { matchId, side, node, boot, says: parts({ boot }) }),
    vouch: (matchId, side, node, turns) => answer('vouch', { matchId, side, node, turns }),
    arrive: ({ since, ...request }) =>
      answer<Strings, 'arrive'>('arrive', { ...request, since: since ?? '' }).pipe(map(arrivedOf), map(known)),
    alive: ({ node, boot, queue, ruleset, tally, silenceMs, clockMs }) => {
      const says = parts({ node, boot, ruleset, ...tally });
      const clock = clockMs === undefined ? '' : Math.round(clockMs);
      const request = { node, boot, queue, ruleset, ...tally, silenceMs, clockMs: clock, says };
      return answer<Strings, 'alive'>('alive', request).pipe(map(livesOf), map(known));
    },
    goodbye: (node, boot, rejoin) =>
      answer<Strings, 'goodbye'>('goodbye', { node, boot, rejoin, says: parts({ node, boot, rejoin }) }).pipe(map(departedOf)),

    offer: (fence, { until = '', ...request }) =>
      answer<Strings, 'offer'>('offer', { ...right(fence), ...request, until_: until }, fence).pipe(map(offeredOf)),
    settle: (fence, { declines, ...request }) =>
      answer<Strings, 'settle'>('settle', { ...right(fence), ...request, ...restOf(declines) }, fence).pipe(map(settledOf)),
    release: (fence, ticket) => answer<string, 'release'>('release', { ...right(fence), ticket }, fence).pipe(map(doneOf)),
    drop: (fence, ticket, reason) =>
      answer<string, 'drop'>('drop', { ...right(fence), ticket, reason: json(reason) }, fence).pipe(map(doneOf)),
    advance: advancing(answer, right),
    wipe: (fence, node, since) => answer<Strings, 'wipe'>('wipe', { ...right(fence), node, since }, fence).pipe(map(wipedOf)),
    ...ownerVerbs(answer, right, link.hear, `${tag}:inbox`),

    counts: () => answer<Strings, 'counts'>('counts', {}).pipe(map(countsOf)),
    ...instantVerbs(answer),

    snapshot: (queue) =>
      readSnapshot(queue, {
        unreadable,
        position: () => answer<string, 'position'>('position', {}),
        page: (table: Table, cursor, count) => answer<Strings, 'page'>('page', { table_: table, cursor, count }),
        changes: (since, most) => answer<Strings, 'changes'>('changes', { queue, since, most }),
      }),
    ticket: (ticket) =>
      answer<string | null, 'ticket'>('ticket', { ticket }).pipe(map((text) => (text === null ? null : ticketOf(text).record))),
    standing: (ticket) => answer<Strings, 'standing'>('standing', { ticket }).pipe(map(standingOf)),
    match: (matchId) =>
      answer<Strings, 'match'>('match', { matchId }).pipe(
        map(([, ...stored]) => {
          if (stored.length === 0) return null;
          return unreadable.match(matchId, ...(stored as [string, string, string]))?.record ?? null;
        }),
      ),
    log: (matchId, from, most) =>
      answer<Strings, 'log'>('log', { matchId, from, most }, { matchId }).pipe(map((lines) => lines.map(loggedOf))),
    holdings: (request) => answer<Strings, 'holdings'>('holdings', { ...request }).pipe(map(holdingsOf)),
    lastSigns: () => answer<Strings, 'lastSigns'>('lastSigns', {}).pipe(map((reply) => signsOf(reply, unreadable))),
    rating: (queue, player) =>
      answer<string | null, 'rating'>('rating', { player }, { queue }).pipe(
        map((text) => (text === null ? null : Number(text))),
      ),
  };
}

function text(value: string | number | boolean | undefined): string {
  if (value === undefined) throw new Error('redis: an argument is missing');
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
}
