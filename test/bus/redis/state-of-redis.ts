/** What Redis holds, key by key, as it lies there: no verb of the bus is asked. */
import type { Redis } from 'ioredis';
import { playersOf } from '../../../bus/memory/store.ts';
import type { TicketBody } from '../../../bus/messages.ts';
import { ANSWER_MS, byQueue, checkKnown, minuteOf, type State, stateOf } from './state.ts';

/** Of one key: its life is in the bus's time, as `world.ts` keeps it. */
interface Key {
  readonly kind: string;
  readonly flat: readonly string[];
  readonly until: number | undefined;
}

/** By name, then by the queue, match or season that it is of. */
type Dump = ReadonlyMap<string, ReadonlyMap<string, Key>>;

const READ = `local found = {}
for _, key in ipairs(redis.call('KEYS', ARGV[1] .. ':*')) do
  local kind = redis.call('TYPE', key).ok
  local value = kind == 'hash' and redis.call('HGETALL', key) or kind == 'list' and redis.call('LRANGE', key, 0, -1)
    or kind == 'zset' and redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') or kind == 'string' and { redis.call('GET', key) } or {}
  found[#found + 1] = { string.sub(key, #ARGV[1] + 2), kind, redis.call('PTTL', key), value }
end
return found`;

/** Keys that are not compared. */
const NOT_COMPARED = {
  seq: 'a counter for numbers of records and arrivals; the embedded bus has the order of its maps',
  changes: 'what a snapshot reads again; see `checkChanges`',
  store: 'which Redis process this is',
  test: "the test's own clock and lives of keys",
} as const;

/** In the order of the map: pairs of a hash or of a sorted set. */
function* pairs({ flat }: Key): Generator<[string, string]> {
  for (let at = 0; at < flat.length; at += 2) yield [flat[at] as string, flat[at + 1] as string];
}
const NOTHING: Key = { kind: 'none', flat: [], until: undefined };

function hash<T>(key: Key, read: (text: string, field: string) => T): Record<string, T> {
  const found: Record<string, T> = {};
  for (const [field, text] of pairs(key)) found[field] = read(text, field);
  return found;
}
const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const live = <T>(record: Readonly<Record<string, T>>, counts: (value: T) => boolean): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => counts(value)));
const mapped = <T, U>(record: Readonly<Record<string, T>>, change: (value: T, id: string) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([id, value]) => [id, change(value, id)]));
/** cjson writes an empty list as an object. */
const list = (value: unknown): unknown => (JSON.stringify(value) === '{}' ? [] : value);
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A body is text in the record, and some of it stands beside it, for the scripts: that has to be the same. */
function bodied({ body: text, players, elo, ...rest }: Record<string, unknown>): Record<string, unknown> {
  const body = JSON.parse(text as string) as TicketBody;
  const whole: Record<string, unknown> = { ...body, ...rest };
  if (players !== undefined && !same(players, [...playersOf(body.actor)])) whole['players'] = players;
  if (elo !== body.actor.elo) whole['elo beside the body'] = elo;
  for (const name of ['ticket', 'node'] as const)
    if (name in rest && rest[name] !== body[name]) whole[`${name} of the body`] = body[name];
  return whole;
}

interface Queued extends Record<string, unknown> {
  readonly queue: string;
}

const ticket = (text: string) => {
  const { number, ...rest } = json(text);
  const whole = bodied(rest);
  return {
    number: number as number,
    record: { ...whole, offerId: rest['offerId'] ?? null } as unknown as Queued,
  };
};

/** What a side of a match has not done is left out of its record. */
const NOT_DONE = { joined: false, left: false, teamIn: false, valid: false, eloTaken: false };

function side(stored: Record<string, unknown>): Record<string, unknown> {
  const { refusal, result, ...rest } = stored;
  const { elo } = stored;
  const parsed = (text: unknown): unknown => (text === undefined ? null : JSON.parse(text as string));
  return { ...bodied(rest), elo, refusal: parsed(refusal), result: parsed(result) };
}

interface Match extends Record<string, unknown> {
  readonly matchId: string;
  readonly queue: string;
}

/** What stands beside its record. */
interface Beside {
  readonly entries: string | undefined;
  readonly lineup: string | undefined;
}

function match(text: string, { entries, lineup = '[]' }: Beside): { number: number; record: Match } {
  const { number, sides, firstOverAt = null, ...rest } = json(text);
  const [turns, lastEntryAt] = entries?.split(' ').map(Number) ?? [];
  const places = JSON.parse(lineup) as Record<string, unknown>[];
  const both = (sides as Record<string, unknown>[]).map((changes, at) => side({ ...places[at], ...NOT_DONE, ...changes }));
  const whole = { ...rest, firstOverAt, turns, lastEntryAt, sides: both };
  return { number: number as number, record: whole as unknown as Match };
}

const inOrder = <T extends { queue: string }>(kept: readonly { readonly number: number; readonly record: T }[]) =>
  byQueue([...kept].sort((a, b) => a.number - b.number).map(({ record }) => record));

/** What is said of an incident, and else is null or none. */
const SAID = {
  ...{ who: null, queue: null, matchId: null, stage: null, actors: [], nodes: [] },
  ...{ against: null, lastEntryAt: null, firstOverAt: null, log: null },
};

function history(text: string): unknown {
  const [games, ...last] = text.split('\n');
  return { games: Number(games), last: last.map(json) };
}

function logged(line: string): unknown {
  const [, at, entry] = /^(\d+) (.*)$/s.exec(line) as RegExpExecArray;
  return { at: Number(at), entry: json(entry as string) };
}

function part(key: Key): unknown {
  const {
    team0 = null,
    team1 = null,
    count0,
    count1,
    rate0,
    rate1,
    ...rest
  } = hash(key, (text) => text) as Record<string, string>;
  const turns: [number[], number[]] = [[], []];
  for (const [name, turn] of Object.entries(rest)) {
    const [, of, counter] = /^turn([01]):(\d+)$/.exec(name) ?? [];
    if (of === undefined) throw new Error(`Redis: parts have ${name}, which is not compared`);
    (turns[Number(of)] as number[])[Number(counter) - 1] = Number(turn);
  }
  [count0, count1].forEach((count, at) => {
    if (Number(count ?? 0) !== turns[at]?.length)
      throw new Error(`Redis: side ${at} has said ${turns[at]?.length}, not ${count}`);
  });
  const rates = [rate0, rate1].map((rate) => {
    const [second = 0, count = 0] = rate?.split(' ').map(Number) ?? [];
    return { second, count };
  });
  const parsed = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
  return { teams: [parsed(team0), parsed(team1)], turnsBySide: turns, rate: rates, until: key.until };
}

/** A field that names two players as JSON; cjson writes a slash with a backslash before it. */
const plain = (field: string): string => (field.startsWith('p:') ? `p:${JSON.stringify(JSON.parse(field.slice(2)))}` : field);

function asks(text: string): unknown {
  const { of0 = null, of1 = null, declined = false, opened = null, ...rest } = json(text);
  const ask = (value: unknown): unknown => (value === null ? null : bodied({ ...(value as object) }));
  return { asks: [ask(of0), ask(of1)], declined, opened, ...rest };
}

/** What is there though nothing holds it any more, or nothing will let go of it. */
function leaks(dump: Dump, now: number): State {
  const of = (name: string): Key => dump.get(name)?.get('') ?? NOTHING;
  const names = (key: Key): Set<string> => new Set([...pairs(key)].map(([field]) => field));
  const [open, ended, due] = [names(of('matches')), hash(of('ended'), json), names(of('due'))];
  const isKept = (id: string): boolean => open.has(id) || id in ended;
  const found: string[] = [];
  for (const id of Object.keys(ended)) {
    if (open.has(id)) found.push(`match ${id} is open and ended`);
    if (!due.has(`m:${id}`)) found.push(`nobody lets go of match ${id}`);
  }
  for (const id of names(of('tombstones'))) if (!due.has(`t:${id}`)) found.push(`nobody lets go of tombstone ${id}`);
  for (const [ticket, id] of pairs(of('matchOfTicket')))
    if (!isKept(id)) found.push(`ticket ${ticket} has the match ${id}, which is none`);
  for (const id of names(of('entries'))) if (!isKept(id)) found.push(`entries are counted of ${id}, which is no match`);
  for (const id of names(of('lineups'))) if (!isKept(id)) found.push(`a lineup is kept of ${id}, which is no match`);
  for (const name of ['log', 'parts'])
    for (const id of dump.get(name)?.keys() ?? [])
      if (!open.has(id) && !((ended[id]?.['keptUntil'] as number) > now)) found.push(`${name} of ${id}, which is no match`);
  for (const [table, order] of [
    ['conduct', 'conductDue'],
    ['rematches', 'rematchesDue'],
    ['answers', 'answersDue'],
    ['inbox', 'inboxOrder'],
    ['incidents', 'incidentOrder'],
    ['reports', 'reportOrder'],
    ['instants', 'instantsDue'],
  ] as const) {
    const placed = names(of(order));
    for (const id of names(of(table))) if (!placed.has(id)) found.push(`${table}: ${id} has no place in ${order}`);
  }
  return { leaks: found };
}

interface Context {
  readonly now: number;
  readonly dump: Dump;
  /** How soon leases are renewed, and how long they are kept. */
  readonly lease: { readonly renewMs: number; readonly leaseMs: number };
}

type Section = (of: ReadonlyMap<string, Key>, context: Context) => State;

const only = (read: (key: Key, context: Context) => State): Section => {
  return (of, context) => {
    const [[owner, key], more] = [...of] as [[string, Key], unknown];
    if (owner !== '' || more !== undefined || key.until !== undefined)
      throw new Error(`Redis: a key of ${owner}, or with a life`);
    return read(key, context);
  };
};
/** One key of each queue or season. */
const each = (name: string, read: (key: Key) => unknown): Section => {
  return (of) => ({
    [name]: Object.fromEntries(
      [...of].map(([owner, key]) => [owner, key.until === undefined ? read(key) : { value: read(key), until: key.until }]),
    ),
  });
};
const tableOf = (name: string, read: (text: string, field: string) => unknown): Section =>
  only((key) => ({ [name]: hash(key, read) }));
const scores = (key: Key): Record<string, number> => hash(key, Number);
const members = (key: Key): string[] => [...pairs(key)].map(([name]) => name).sort();
const besideOf = ({ dump }: Context): ((id: string) => Beside) => {
  const [entries, lineups] = ['entries', 'lineups'].map((name) => hash(dump.get(name)?.get('') ?? NOTHING, (text) => text));
  return (id) => ({ entries: entries?.[id], lineup: lineups?.[id] });
};
const endedOf = ({ dump, now }: Context): Record<string, Record<string, unknown>> =>
  live(hash(dump.get('ended')?.get('') ?? NOTHING, json), ({ keptUntil }) => (keptUntil as number) > now);
const isOpen = ({ dump }: Context, id: string): boolean =>
  [...pairs(dump.get('matches')?.get('') ?? NOTHING)].some(([matchId]) => matchId === id);

function numbered(name: string, order: string): readonly [Section, Section] {
  return [
    only((key) => ({ [name]: hash(key, (text) => ({ ...SAID, ...json(text) })) })),
    only((key) => ({ [order]: scores(key), [`${name} newest`]: [Math.max(...Object.values(scores(key)))] })),
  ];
}
const [incidents, incidentOrder] = numbered('incidents', 'incidentOrder');
const [reports, reportOrder] = numbered('reports', 'reportOrder');

const SECTIONS: Readonly<Record<string, Section>> = {
  tickets: only((key) => ({ tickets: inOrder([...pairs(key)].map(([, text]) => ticket(text))) })),
  offers: only((key) => ({
    offers: inOrder(
      [...pairs(key)].map(([, text]) => {
        const { number, ...record } = json(text);
        return { number: number as number, record: record as { queue: string } };
      }),
    ),
  })),
  matches: only((key, context) => {
    const beside = besideOf(context);
    return { matches: inOrder([...pairs(key)].map(([id, text]) => match(text, beside(id)))) };
  }),
  ended: only((_, context) => {
    const beside = besideOf(context);
    return { ended: mapped(endedOf(context), (record, id) => match(JSON.stringify(record), beside(id)).record) };
  }),
  // Read with the matches.
  entries: only(() => ({})),
  lineups: only(() => ({})),
  log: (of) => ({
    log: Object.fromEntries([...of].map(([id, { flat, until }]) => [id, { entries: flat.map(logged), until }])),
  }),
  parts: (of) => ({ parts: Object.fromEntries([...of].map(([id, key]) => [id, part(key)])) }),
  presences: tableOf('presences', json),
  matchOfTicket: only((key, context) => ({
    matchOfTicket: live(
      hash(key, (text) => text),
      (id) => isOpen(context, id) || id in endedOf(context),
    ),
  })),
  tombstones: only((key, { now }) => ({
    tombstones: live(
      hash(key, (text): Record<string, unknown> => {
        const { reason, node = null, ...rest } = json(text);
        return { ...rest, node, reason: JSON.parse(reason as string) };
      }),
      ({ keptUntil }) => (keptUntil as number) > now,
    ),
  })),
  due: only((key, { now }) => ({ due: live(scores(key), (at) => at > now) })),
  waiting: tableOf('waiting', Number),
  revisions: tableOf('revisions', Number),
  ratings: each('ratings', scores),
  history: each('history', (key) => hash(key, history)),
  archive: each('archive', scores),
  annals: each('annals', (key) => hash(key, history)),
  seasons: tableOf('seasons', json),
  seats: only((key) => ({ seats: members(key) })),
  held: only((key) => ({ held: members(key) })),
  tallies: tableOf('tallies', (text) => text),
  inbox: tableOf('inbox', json),
  inboxOrder: only((key) => ({ inboxOrder: scores(key) })),
  answers: only((key, { now }) => ({ answers: live(hash(key, json), ({ at }) => (at as number) + ANSWER_MS > now) })),
  answersDue: only((key, { now }) => ({ answersDue: live(scores(key), (at) => at > now) })),
  ...{ incidents, incidentOrder, reports, reportOrder },
  bars: tableOf('bars', (text) => ({ until: null, ...json(text) })),
  closed: tableOf('closed', json),
  conduct: only((key, { now }) => ({
    conduct: live(
      hash(key, (text): Record<string, unknown> => {
        const { voids, ...rest } = json(text);
        return { ...rest, voids: list(voids) };
      }),
      ({ keptUntil }) => (keptUntil as number) > now,
    ),
  })),
  conductDue: only((key, { now, dump }) => {
    // Whoever was forgotten keeps its place until that is due.
    const known = hash(dump.get('conduct')?.get('') ?? NOTHING, () => true);
    return { conductDue: Object.fromEntries(Object.entries(scores(key)).filter(([who, at]) => at > now && who in known)) };
  }),
  configs: tableOf('configs', json),
  configsSeen: tableOf('configsSeen', Number),
  begun: only((key, { now }) => {
    const begun: Record<string, { minute: number; count: number }[]> = {};
    for (const [slot, text] of pairs(key)) {
      const [, queue, number] = /^(.*) (\d)$/s.exec(slot) as unknown as [string, string, string];
      const [minute, count] = text.split(' ').map(Number) as [number, number];
      if (minute % 10 !== Number(number)) throw new Error(`Redis: minute ${minute} in slot ${number}`);
      if (minute > minuteOf(now) - 10) begun[queue] = [...(begun[queue] ?? []), { minute, count }];
    }
    return { begun: mapped(begun, (minutes) => minutes.sort((a, b) => a.minute - b.minute)) };
  }),
  counts: tableOf('counts', Number),
  signs: tableOf('signs', (text) => ({ gone: null, rival: null, skewMs: null, ...json(text) })),
  instants: tableOf('instants', (text) => ({ avoided: null, avoidedUntil: 0, ...bodied(json(text)) })),
  instantsDue: only((key) => ({ instantsDue: scores(key) })),
  instantsWaiting: tableOf('instantsWaiting', Number),
  rematches: only((key, { now, dump }) => {
    const due = scores(dump.get('rematchesDue')?.get('') ?? NOTHING);
    const known = Object.entries(hash(key, (text) => text))
      .filter(([field]) => (due[field] as number) > now)
      .map(([field, text]) => [plain(field), text] as const);
    const of = (kind: string, read: (text: string) => unknown): Record<string, unknown> =>
      Object.fromEntries(known.filter(([field]) => field[0] === kind).map(([field, text]) => [field.slice(2), read(text)]));
    const games = (text: string): unknown => {
      const [day, count] = text.split(' ').map(Number);
      return { day, count };
    };
    return { rematches: of('m', asks), ratedGames: of('p', games) };
  }),
  rematchesDue: only((key, { now }) => {
    const due = Object.entries(live(scores(key), (at) => at > now)).map(([field, at]) => [plain(field), at]);
    return { rematchesDue: Object.fromEntries(due) };
  }),
  lease: (of, { now, lease: { renewMs, leaseMs } }) => ({
    lease: Object.fromEntries(
      [...of].map(([queue, { flat, until = 0 }]) => {
        const [, epoch, node] = /^(\d+):(.*) [^ ]*$/s.exec(flat[0] as string) as RegExpExecArray;
        const left = until - now;
        return [queue, { epoch: Number(epoch), node, isRenewed: left <= leaseMs && left > leaseMs - renewMs }];
      }),
    ),
  }),
  epoch: each('epoch', ({ flat }) => Number(flat[0])),
  line: each('line', (key) =>
    [...pairs(key)]
      .map(([token, text]) => ({ node: token.replace(/ [^ ]*$/, ''), arrival: Number(text.split(' ')[0]) }))
      .sort((a, b) => a.arrival - b.arrival)
      .map(({ node }) => node),
  ),
  // There for a moment only, until who was first in line has it.
  heir: each('heir', ({ flat }) => flat),
  protocol: only(({ flat }) => ({ protocol: flat.map(Number) })),
  generation: only(({ flat }) => ({ generation: flat.map(Number) })),
};

export async function dumpOf(redis: Redis, tag: string): Promise<Dump> {
  const found = (await redis.eval(READ, 0, tag)) as [string, string, number, string[]][];
  const lives = hash({ kind: 'hash', flat: found.find(([key]) => key === 'test:lives')?.[3] ?? [], until: undefined }, Number);
  const dump = new Map<string, Map<string, Key>>();
  for (const [key, kind, life, flat] of found) {
    if (life !== -1) throw new Error(`Redis: the key ${key} has a life that is not in the bus's time`);
    const [, name, owner = ''] = /^([^:]*)(?::(.*))?$/s.exec(key) as unknown as [string, string, string?];
    const of = dump.get(name) ?? new Map<string, Key>();
    dump.set(name, of.set(owner, { kind, flat, until: lives[`${tag}:${key}`] }));
  }
  return dump;
}

export function stateOfRedis(dump: Dump, now: number, lease: Context['lease']): State {
  checkKnown('Redis', dump.keys(), SECTIONS, NOT_COMPARED);
  const context: Context = { now, dump, lease };
  const parts = [...dump].map(([name, of]): State => SECTIONS[name]?.(of, context) ?? {});
  return stateOf([...parts, leaks(dump, now)]);
}

/** Whatever changed of a ticket, an offer or a match is in the list of changes, after all that was there before. */
export function checkChanges(before: Dump, after: Dump): void {
  const of = (dump: Dump, name: string): Key => dump.get(name)?.get('') ?? NOTHING;
  const [old, { flat }] = [of(before, 'changes').flat, of(after, 'changes')];
  const newer = new Set(flat.slice(flat[0] === old[0] ? old.length : 1));
  for (const [name, kind] of [
    ['tickets', 't'],
    ['offers', 'o'],
    ['matches', 'm'],
  ] as const) {
    const [old, new_] = [before, after].map((dump) => hash(of(dump, name), (text) => text)) as [
      Record<string, string>,
      Record<string, string>,
    ];
    for (const id of new Set([...Object.keys(old), ...Object.keys(new_)]))
      if (old[id] !== new_[id] && !newer.has(`${kind}:${id}`))
        throw new Error(`Redis: ${name} ${id} changed, and the list of changes does not say so`);
  }
}
