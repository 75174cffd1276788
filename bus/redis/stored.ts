/** Records as Redis keeps them, and as the port has them. Lua has no null: what is null is left out; bodies stay the text that they were. */
import type { Bar, Closed, History, PlayedGame } from '../admin.ts';
import type { TicketBody } from '../messages.ts';
import type { MatchRecord, OfferRecord, SideRecord, SignRecord, TicketRecord } from '../records.ts';

interface Numbered {
  /** In the order in which they came. */
  readonly number: number;
}

interface StoredTicket extends Numbered {
  readonly queue: string;
  readonly state: TicketRecord['state'];
  readonly offerId?: string;
  readonly confirmed: boolean;
  readonly missedJoins: number;
  readonly body: string;
}

/** What every step of a match may change: what is false or none is left out. */
interface StoredSide extends Partial<Pick<SideRecord, 'joined' | 'left' | 'teamIn' | 'valid' | 'eloTaken'>> {
  readonly node: string;
  /** Not that of the body where its server began anew. */
  readonly boot: string;
  /** As JSON. */
  readonly refusal?: string;
  readonly lost?: boolean;
  readonly result?: string;
}

/** What never changes of it. */
interface StoredPlace extends Pick<SideRecord, 'ticket' | 'elo' | 'missedJoins' | 'wanted'> {
  readonly body: string;
}

interface StoredMatch
  extends Numbered,
    Pick<MatchRecord, 'matchId' | 'queue' | 'challengeRoom' | 'stage' | 'revision' | 'deadline' | 'rated'>,
    Pick<MatchRecord, 'how' | 'rematches' | 'firstRated' | 'pairRestMs'> {
  readonly firstOverAt?: number;
  readonly sides: readonly [StoredSide, StoredSide];
}

export interface Kept<T> extends Numbered {
  readonly record: T;
}

export function ticketOf(text: string): Kept<TicketRecord> {
  const { number, queue, state, offerId, confirmed, missedJoins, body } = JSON.parse(text) as StoredTicket;
  const record = { ...(JSON.parse(body) as TicketBody), queue, state, offerId: offerId ?? null, confirmed, missedJoins };
  return { number, record };
}

export function offerOf(text: string): Kept<OfferRecord> {
  const { number, ...record } = JSON.parse(text) as OfferRecord & Numbered;
  return { number, record };
}

/** `entries`: how many entries its log has, and when the last one came. `lineup`: who plays, or what is known of that. */
export function matchOf(text: string, entries: string, lineup: string | Lineup): Kept<MatchRecord> {
  const stored = JSON.parse(text) as StoredMatch;
  const [turns, lastEntryAt] = entries.split(' ').map(Number) as [number, number];
  const { matchId, queue, challengeRoom, stage, revision, deadline, rated, firstOverAt, sides, number } = stored;
  const places = typeof lineup === 'string' ? lineupOf(lineup) : lineup;
  const { how, rematches, firstRated, pairRestMs } = stored;
  const record: MatchRecord = {
    matchId,
    queue,
    challengeRoom,
    stage,
    revision,
    deadline,
    lastEntryAt,
    firstOverAt: firstOverAt ?? null,
    rated,
    turns,
    sides: [sideOf(sides[0], places[0]), sideOf(sides[1], places[1])],
  };
  if (how) record.how = how;
  if (how === 'rematch') Object.assign(record, { rematches, firstRated });
  if (how === 'instant') Object.assign(record, { pairRestMs });
  return { number, record };
}

/** One literal: a leader makes these at each step of a match, and objects that are spread into each other are dearer to make and to read. */
function sideOf(stored: StoredSide, place: Place): SideRecord {
  const { ticket, actor, ruleset, firstConsidered, games, elo, missedJoins, wanted } = place;
  const { node, boot, joined, left, teamIn, valid, eloTaken, refusal, lost, result } = stored;
  const side: SideRecord = {
    ticket,
    actor,
    node,
    boot,
    ruleset,
    firstConsidered,
    games,
    elo,
    missedJoins,
    joined: joined === true,
    left: left === true,
    teamIn: teamIn === true,
    valid: valid === true,
    eloTaken: eloTaken === true,
    refusal: refusal === undefined ? null : (JSON.parse(refusal) as SideRecord['refusal']),
    result: result === undefined ? null : (JSON.parse(result) as SideRecord['result']),
  };
  if (lost) Object.assign(side, { lost });
  if (wanted) side.wanted = wanted;
  return side;
}

export function historyOf(text: string | null): History {
  const [games = '0', ...last] = text?.split('\n') ?? [];
  return { games: Number(games), last: last.map((line) => JSON.parse(line) as PlayedGame) };
}

export function barOf(text: string): Bar {
  const { player, until = null, reason } = JSON.parse(text) as Bar;
  return { player, until, reason };
}

export const closedOf = (text: string): Closed => {
  const { node, how, reason, until } = JSON.parse(text) as Closed;
  return { node, how, reason, ...(until === undefined ? {} : { until }) };
};

export function signOf(text: string): SignRecord {
  const { gone, rival, skewMs, ...sign } = JSON.parse(text) as Omit<SignRecord, 'gone' | 'rival' | 'skewMs'> &
    Partial<SignRecord>;
  return { ...sign, gone: gone ?? null, rival: rival ?? null, skewMs: skewMs ?? null };
}

type Place = Omit<TicketBody, 'node' | 'boot'> & Omit<StoredPlace, 'body'>;
export type Lineup = readonly [Place, Place];

/** A lineup never changes, and comes again and again: read once. */
const MOST_LINEUPS = 4096;
const lineups = new Map<string, Lineup>();

export function lineupOf(text: string): Lineup {
  const known = lineups.get(text);
  if (known) return known;
  const [one, two] = (JSON.parse(text) as readonly [StoredPlace, StoredPlace]).map(({ body, ...place }): Place => {
    const { actor, ruleset, firstConsidered, games } = JSON.parse(body) as TicketBody;
    return { ...place, actor, ruleset, firstConsidered, games };
  }) as [Place, Place];
  if (lineups.size === MOST_LINEUPS) lineups.clear();
  lineups.set(text, [one, two]);
  return [one, two];
}
