/** What the embedded bus holds, field by field of its store. What Redis keeps besides, to find something, is made of its records here. */
import type {
  AgreedConfig,
  Bar,
  Closed,
  CommandAnswer,
  CommandRecord,
  History,
  IncidentRecord,
  Season,
} from '../../../bus/admin.ts';
import type { MatchParts, RematchAsks, SessionSide, Store } from '../../../bus/memory/store.ts';
import type { InstantRecord, MatchRecord, OfferRecord, SignRecord, TicketRecord } from '../../../bus/records.ts';
import { tallyOf } from '../../../bus/tally.ts';
import { ANSWER_MS, byQueue, checkKnown, DAY_MS, minuteOf, type State, stateOf } from './state.ts';

/** The store with what is its own. */
interface Inside {
  readonly tickets: { readonly byId: Map<string, TicketRecord>; readonly byQueue: Map<string, Map<string, TicketRecord>> };
  readonly offers: Map<string, OfferRecord>;
  readonly matches: Map<string, MatchRecord>;
  readonly parts: Map<string, MatchParts>;
  readonly matchOfTicket: Map<string, string>;
  readonly instants: Map<string, InstantRecord>;
  readonly instantsDue: Map<string, number>;
  readonly instantsWaiting: Map<string, number>;
  readonly rematches: Map<string, RematchAsks>;
  readonly rematchesDue: Map<string, number>;
  readonly ratedGames: Map<string, { readonly day: number; readonly count: number }>;
  readonly ratings: Map<string, number>;
  readonly histories: Map<string, History>;
  readonly waiting: Map<string, number>;
  readonly signs: Map<string, SignRecord>;
  readonly tombstones: Map<string, object>;
  readonly counts: Record<string, number>;
  readonly incidents: Table;
  readonly reports: Table;
  readonly inbox: { readonly waiting: Map<string, CommandRecord>; readonly answers: Map<string, CommandAnswer> };
  readonly conduct: { readonly records: Map<string, { readonly keptUntil: number }> };
  readonly begun: { readonly minutes: Map<string, { readonly minute: number; readonly count: number }[]> };
  readonly bars: Map<string, Bar>;
  readonly closed: Map<string, Closed>;
  readonly configs: Map<string, AgreedConfig>;
  readonly configsSeen: Map<string, number>;
  readonly seasons: Map<string, readonly Season[]>;
  readonly archive: Map<string, ReadonlyMap<string, number>>;
  readonly annals: Map<string, ReadonlyMap<string, History>>;
  readonly protocol: number | null;
  readonly generation: number;
  readonly presences: Map<string, object>;
  readonly revisions: Map<string, number>;
  readonly oldTombstones: { readonly at: number; readonly ticket: string }[];
  readonly endedMatches: { readonly at: number; readonly matchId: string }[];
}

interface Table {
  readonly records: Map<string, IncidentRecord>;
  readonly newest: number;
}

/** Fields that hold nothing of the realm. */
const NO_STATE = {
  rooms: 'names of rooms',
  publishText: 'says what is said',
  time: 'the clock',
  kept: 'what it was told when it was made',
} as const;

/** Of what lies in the store: fields that hold nothing of the realm. */
const NO_STATE_INSIDE = {
  now: 'the clock',
  parity: 'which numbers are its own',
  news$: 'says that there is something new',
} as const;

const SIDES = [0, 1] as const;
const OPEN = new Set(['teams', 'validating', 'battle']);
const ENDED = new Set(['closed', 'cancelled', 'void']);

const all = <T>(map: ReadonlyMap<string, T>): Record<string, T> => Object.fromEntries(map);
/** Those that still count. */
const live = <T>(map: ReadonlyMap<string, T>, counts: (value: T, id: string) => boolean): Record<string, T> =>
  Object.fromEntries([...map].filter(([id, value]) => counts(value, id)));
const mapped = <T, U>(record: Readonly<Record<string, T>>, change: (value: T, id: string) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([id, value]) => [id, change(value, id)]));

/** A table by `queue\nname` as one by queue, then name. */
function split<T>(map: ReadonlyMap<string, T>): Record<string, Record<string, T>> {
  const found: Record<string, Record<string, T>> = {};
  for (const [key, value] of map) {
    const [queue, name] = key.split(/\n(.*)/s) as [string, string];
    found[queue] = { ...found[queue], [name]: value };
  }
  return found;
}
/** One by `queue\nseason` as one by `queue:season`. */
const seasonal = <T>(map: ReadonlyMap<string, ReadonlyMap<string, T>>): Record<string, Record<string, T>> =>
  Object.fromEntries([...map].filter(([, of]) => of.size > 0).map(([key, of]) => [key.replace('\n', ':'), all(of)]));

const heldAs = (node: string): string => `${Buffer.byteLength(node)}:${node}:`;

function tallies(tickets: Iterable<TicketRecord>): Record<string, unknown> {
  const ids: Record<string, string[]> = {};
  for (const { queue, boot, node, ticket } of tickets) {
    const field = `${queue}:${boot}:${node}`;
    ids[field] = [...(ids[field] ?? []), ticket];
  }
  return mapped(ids, (of) => {
    const { count, hash } = tallyOf(of);
    return `${count} ${hash}`;
  });
}

const seatOf = (kind: 'o' | 'e', match: MatchRecord, side: 0 | 1): string =>
  `${kind}${heldAs(match.sides[side].node)}${match.queue}:${match.matchId}:${side}`;

function seats(matches: Iterable<MatchRecord>): string[] {
  const names: string[] = [];
  for (const match of matches)
    for (const side of SIDES) {
      if (OPEN.has(match.stage)) names.push(seatOf('o', match, side));
      if (match.stage === 'rated' && !match.sides[side].eloTaken) names.push(seatOf('e', match, side));
    }
  return names.sort();
}

/** Until when an ended match is kept. */
const keptUntil = ({ endedMatches }: Inside, id: string): number | undefined =>
  endedMatches.find(({ matchId }) => matchId === id)?.at;

/** The rest of a match: its log, what its sides said that is not shown, and how much they have said. */
function logsAndParts(inside: Inside): State {
  const logs: Record<string, unknown> = {};
  const parts: Record<string, unknown> = {};
  for (const [matchId, { log, teams, turnsBySide, rate, ...rest }] of inside.parts) {
    checkKnown('a part of a match', Object.keys(rest));
    const until = keptUntil(inside, matchId);
    if (log.length > 0) logs[matchId] = { entries: log, until };
    if (teams.some((team) => team !== null) || turnsBySide.some((turns) => turns.length > 0))
      parts[matchId] = { teams, turnsBySide, rate, until };
  }
  return { log: logs, parts };
}

const sessionOf = (side: SessionSide | null): unknown => {
  if (side === null) return null;
  // What nobody asked for, in a rematch.
  const { room: _room, preferences: _preferences, data: _data, lifeMs: _life, missedJoins: _missed, ...body } = side;
  return body;
};

function numbered({ records, newest }: Table, name: string, order: string): State {
  return {
    [name]: all(records),
    [order]: mapped(all(records), ({ number }) => number),
    [`${name} newest`]: newest > 0 ? [newest] : [],
  };
}

type Section = (inside: Inside, now: number) => State;

const SECTIONS: { readonly [field in keyof Inside]: Section } = {
  tickets: ({ tickets }) => ({
    tickets: mapped(
      live(tickets.byQueue, (of) => of.size > 0),
      (of) => [...of.values()],
    ),
    held: [...tickets.byId.values()].map(({ node, queue, ticket }) => `${heldAs(node)}${queue}:${ticket}`).sort(),
    tallies: tallies(tickets.byId.values()),
  }),
  offers: ({ offers }) => ({ offers: byQueue(offers.values()) }),
  matches: (inside) => {
    const matches = [...inside.matches.values()];
    return {
      matches: byQueue(matches.filter(({ stage }) => !ENDED.has(stage))),
      ended: Object.fromEntries(
        matches
          .filter(({ stage }) => ENDED.has(stage))
          .map((of) => [of.matchId, { ...of, keptUntil: keptUntil(inside, of.matchId) }]),
      ),
      seats: seats(matches),
    };
  },
  parts: logsAndParts,
  matchOfTicket: ({ matchOfTicket }) => ({ matchOfTicket: all(matchOfTicket) }),
  instants: ({ instants }) => ({ instants: all(instants) }),
  instantsDue: ({ instantsDue }) => ({ instantsDue: all(instantsDue) }),
  instantsWaiting: ({ instantsWaiting }) => ({ instantsWaiting: all(instantsWaiting) }),
  rematches: ({ rematches, rematchesDue }, now) => ({
    rematches: mapped(
      live(rematches, (_, id) => (rematchesDue.get(id) as number) > now),
      ({ asks, ...rest }) => ({ asks: asks.map(sessionOf), ...rest }),
    ),
  }),
  rematchesDue: ({ rematchesDue, ratedGames }, now) => ({
    rematchesDue: {
      ...Object.fromEntries([...rematchesDue].filter(([, at]) => at > now).map(([id, at]) => [`m:${id}`, at])),
      ...Object.fromEntries(
        [...ratedGames]
          .filter(([, { day }]) => (day + 1) * DAY_MS > now)
          .map(([pair, { day }]) => [`p:${pair}`, (day + 1) * DAY_MS]),
      ),
    },
  }),
  ratedGames: ({ ratedGames }, now) => ({ ratedGames: live(ratedGames, ({ day }) => (day + 1) * DAY_MS > now) }),
  ratings: ({ ratings }) => ({ ratings: split(ratings) }),
  histories: ({ histories }) => ({ history: split(histories) }),
  waiting: ({ waiting }) => ({ waiting: all(waiting) }),
  signs: ({ signs }) => ({ signs: all(signs) }),
  tombstones: ({ tombstones }) => ({ tombstones: all(tombstones) }),
  oldTombstones: ({ tombstones, endedMatches, matches }) => ({
    due: {
      ...Object.fromEntries(
        [...tombstones].map(([ticket, stone]) => [`t:${ticket}`, (stone as { keptUntil: number }).keptUntil]),
      ),
      ...Object.fromEntries(
        endedMatches.filter(({ matchId }) => matches.has(matchId)).map(({ at, matchId }) => [`m:${matchId}`, at]),
      ),
    },
  }),
  endedMatches: () => ({}),
  counts: ({ counts }) => ({ counts }),
  incidents: ({ incidents }) => numbered(incidents, 'incidents', 'incidentOrder'),
  reports: ({ reports }) => numbered(reports, 'reports', 'reportOrder'),
  inbox: ({ inbox: { waiting, answers } }, now) => {
    const kept = live(answers, ({ at }) => at + ANSWER_MS > now);
    return {
      inbox: all(waiting),
      inboxOrder: mapped(all(waiting), ({ expiresAt }) => expiresAt),
      answers: kept,
      answersDue: mapped(kept, ({ at }) => at + ANSWER_MS),
    };
  },
  conduct: ({ conduct }, now) => {
    const kept = live(conduct.records, (record) => record.keptUntil > now);
    return { conduct: kept, conductDue: mapped(kept, (record) => record.keptUntil) };
  },
  begun: ({ begun }, now) => ({
    begun: mapped(
      live(begun.minutes, (minutes) => minutes.some(({ minute }) => minute > minuteOf(now) - 10)),
      (minutes) => minutes.filter(({ minute }) => minute > minuteOf(now) - 10),
    ),
  }),
  bars: ({ bars }) => ({ bars: all(bars) }),
  closed: ({ closed }) => ({ closed: all(closed) }),
  configs: ({ configs }) => ({ configs: all(configs) }),
  configsSeen: ({ configsSeen }) => ({ configsSeen: all(configsSeen) }),
  seasons: ({ seasons }) => ({ seasons: all(seasons) }),
  archive: ({ archive }) => ({ archive: seasonal(archive) }),
  annals: ({ annals }) => ({ annals: seasonal(annals) }),
  protocol: ({ protocol }) => ({ protocol: protocol === null ? [] : [protocol] }),
  generation: ({ generation }) => ({ generation: [generation] }),
  presences: ({ presences }) => ({ presences: all(presences) }),
  revisions: ({ revisions }) => ({ revisions: all(revisions) }),
};

/** What lies in the store as a thing of its own, and which of its fields are looked at above. */
const THINGS: { readonly [field in keyof Inside]?: readonly string[] } = {
  tickets: ['byId', 'byQueue'],
  incidents: ['records', 'newest'],
  reports: ['records', 'newest'],
  inbox: ['waiting', 'answers'],
  conduct: ['records'],
  begun: ['minutes'],
};

/** Who leads a queue, and who waits to, as the embedded bus has told them; the newest epoch. */
export interface Leading {
  readonly queue: string;
  readonly epoch: number | undefined;
  readonly line: readonly string[];
}

function leases(leading: readonly Leading[]): State {
  const led = leading.filter(({ line }) => line.length > 0);
  const known = leading.filter(({ epoch }) => epoch !== undefined);
  return {
    lease: Object.fromEntries(led.map(({ queue, epoch, line: [node] }) => [queue, { epoch, node, isRenewed: true }])),
    epoch: Object.fromEntries(known.map(({ queue, epoch }) => [queue, epoch])),
    line: Object.fromEntries(led.filter(({ line }) => line.length > 1).map(({ queue, line: [, ...rest] }) => [queue, rest])),
  };
}

export function stateOfMemory(store: Store, leading: readonly Leading[]): State {
  const now = store.now();
  const inside = store as unknown as Inside;
  checkKnown('the store', Object.keys(store), SECTIONS, NO_STATE);
  for (const [field, known] of Object.entries(THINGS))
    checkKnown(
      `the store's ${field}`,
      Object.keys(inside[field as keyof Inside] as object),
      Object.fromEntries((known as string[]).map((name) => [name, true])),
      NO_STATE_INSIDE,
    );
  return stateOf([...Object.values(SECTIONS).map((section) => section(inside, now)), leases(leading)]);
}
