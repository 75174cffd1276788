/** The tables of the embedded bus. Records are never changed in place: a new one takes the old one's place. */
import type { AgreedConfig, Bar, Closed, History, Season } from '../admin.ts';
import type { Presence, Removed } from '../bus.ts';
import type { KeptTimes } from '../kept.ts';
import type { Message, ScriptMessage, TicketBody } from '../messages.ts';
import { PROTOCOL_VERSION } from '../messages.ts';
import type {
  CountedVerb,
  Counts,
  InstantRecord,
  Logged,
  MatchRecord,
  OfferRecord,
  SignRecord,
  TicketRecord,
  Wanted,
  Why,
} from '../records.ts';
import type { Rooms } from '../rooms.ts';
import { Begun } from './begun.ts';
import { Conduct } from './conduct.ts';
import { Inbox } from './inbox.ts';
import { Incidents } from './incidents.ts';
import { TicketTable } from './ticket-table.ts';

interface PresenceRecord extends Omit<Presence, 'player'> {
  /** Ticket or match that it points to. */
  readonly of: string;
}

interface Tombstone {
  readonly keptUntil: number;
  readonly removed: Removed;
  /** Whose node removed it, or null where it was not asked to. */
  readonly node: string | null;
  readonly reason: string;
  /** Who left an offer by that. */
  readonly players?: readonly string[];
}

/** What only the store needs of a match. */
export interface MatchParts {
  readonly log: Logged[];
  /** Teams that are in and not yet shown, by side. */
  readonly teams: [string | null, string | null];
  /** Turn numbers of each side's own messages, by counter − 1. */
  readonly turnsBySide: [number[], number[]];
  /** How many messages of each side were appended in which second. */
  readonly rate: [{ second: number; count: number }, { second: number; count: number }];
}

/** One of two between whom a match is opened that no leader has arranged. */
export type SessionSide = TicketBody & Wanted & { readonly missedJoins: number };

/** Who of an ended match wants to play once more. */
export interface RematchAsks {
  readonly asks: readonly [SessionSide | null, SessionSide | null];
  readonly declined: boolean;
  /** The match that came of it. */
  readonly opened: string | null;
}

export const noParts = (): MatchParts => ({
  log: [],
  teams: [null, null],
  turnsBySide: [[], []],
  rate: [
    { second: 0, count: 0 },
    { second: 0, count: 0 },
  ],
});

/** Into a list in order of time: at its end, unless the clock was set back. */
function put<T extends { readonly at: number }>(list: T[], one: T): void {
  let place = list.length;
  while (place > 0 && (list[place - 1] as T).at > one.at) place--;
  list.splice(place, 0, one);
}

/** Takes off the front of a list in order of time whatever is due. */
function takeDue<T extends { readonly at: number }>(list: T[], now: number): T[] {
  let count = 0;
  while (count < list.length && (list[count] as T).at <= now) count++;
  return count === 0 ? [] : list.splice(0, count);
}

export class Store {
  readonly tickets = new TicketTable();
  readonly offers = new Map<string, OfferRecord>();
  readonly matches = new Map<string, MatchRecord>();
  readonly parts = new Map<string, MatchParts>();
  /** The newest match of a ticket. */
  readonly matchOfTicket = new Map<string, string>();
  /** Who waits for an instant match, by ticket, and when it is let go; how many, by queue. */
  readonly instants = new Map<string, InstantRecord>();
  readonly instantsDue = new Map<string, number>();
  readonly instantsWaiting = new Map<string, number>();
  /** Who wants to play once more, by match, and when it is let go. */
  readonly rematches = new Map<string, RematchAsks>();
  readonly rematchesDue = new Map<string, number>();
  /** Of two in a queue, on the day of the last of them. */
  readonly ratedGames = new Map<string, { readonly day: number; readonly count: number }>();
  readonly ratings = new Map<string, number>();
  /** By queue and player, as ratings are. */
  readonly histories = new Map<string, History>();
  readonly waiting = new Map<string, number>();
  /** By node. */
  readonly signs = new Map<string, SignRecord>();
  /** Removed tickets, and what `leave` of which node removed them from, to be said again when it is asked again. */
  readonly tombstones = new Map<string, Tombstone>();
  /** What changed nothing, by verb and reason. */
  readonly counts: { [name in keyof Counts]: Counts[name] } = {};
  /** What leaders write, and what nodes report. */
  readonly incidents: Incidents;
  readonly reports: Incidents;
  readonly inbox: Inbox;
  readonly conduct: Conduct;
  readonly begun: Begun;
  /** Players by id. */
  readonly bars = new Map<string, Bar>();
  /** By how and node. */
  readonly closed = new Map<string, Closed>();
  /** By queue. */
  readonly configs = new Map<string, AgreedConfig>();
  /** When a node that has the queue's configuration last asked. */
  readonly configsSeen = new Map<string, number>();
  readonly seasons = new Map<string, readonly Season[]>();
  /** By queue and season: Elo by player. */
  readonly archive = new Map<string, ReadonlyMap<string, number>>();
  /** By queue and season: histories by player. */
  readonly annals = new Map<string, ReadonlyMap<string, History>>();
  /** Which its leaders speak; null before the first. */
  protocol: number | null = null;
  private readonly presences = new Map<string, PresenceRecord>();
  private readonly revisions = new Map<string, number>();
  private readonly oldTombstones: { at: number; ticket: string }[] = [];
  private readonly endedMatches: { at: number; matchId: string }[] = [];

  readonly rooms: Rooms;
  private readonly publishText: (room: string, message: Message) => void;
  private readonly time: () => number;
  private readonly kept: KeptTimes;

  /** Grows when the data is lost, by the clock. */
  readonly generation: number;

  constructor(
    rooms: Rooms,
    publish: (room: string, message: Message) => void,
    time: () => number,
    kept: KeptTimes,
    generation = 0,
  ) {
    this.kept = kept;
    this.rooms = rooms;
    this.publishText = publish;
    this.time = time;
    this.generation = Math.max(generation + 1, Math.floor(time()));
    this.incidents = new Incidents(() => this.now(), 0);
    this.reports = new Incidents(() => this.now(), 1);
    this.conduct = new Conduct(() => this.now());
    this.begun = new Begun(() => this.now());
    this.inbox = new Inbox(() => this.now());
  }

  /** The bus's time in ms; what is past its keeping is let go. */
  now(): number {
    const now = Math.floor(this.time());
    // It may have another one by now, which is newer.
    for (const { ticket } of takeDue(this.oldTombstones, now))
      if ((this.tombstones.get(ticket)?.keptUntil ?? now) <= now) this.tombstones.delete(ticket);
    for (const { matchId } of takeDue(this.endedMatches, now)) this.forgetMatch(matchId);
    return now;
  }

  /** Something was asked that changed nothing. */
  count<W extends Why>(verb: CountedVerb, why: W): W {
    const name = `${verb} ${why}` as const;
    this.counts[name] = (this.counts[name] ?? 0) + 1;
    return why;
  }

  publish(room: string, message: Message): void {
    this.publishText(room, message);
  }

  /** Says to a queue's leader what a node's script did. */
  announce(queue: string, message: DistributiveOmit<ScriptMessage, 'v' | 'revision'>): void {
    const revision = this.revision(queue) + 1;
    this.revisions.set(queue, revision);
    this.publish(this.rooms.jaeger(queue), { ...message, v: PROTOCOL_VERSION, revision } as ScriptMessage);
  }

  revision(queue: string): number {
    return this.revisions.get(queue) ?? 0;
  }

  entomb(
    ticket: string,
    reason: string,
    by: Omit<Tombstone, 'reason' | 'keptUntil'> = { removed: 'nothing', node: null },
  ): void {
    const keptUntil = this.now() + this.kept.ticketsMs;
    this.tombstones.set(ticket, { keptUntil, reason, ...by });
    put(this.oldTombstones, { at: keptUntil, ticket });
  }

  matchEnded(matchId: string): void {
    put(this.endedMatches, { at: this.now() + this.kept.matchesMs, matchId });
  }

  /** Where these players are, one entry a player that is somewhere. A presence that points to no record counts for nothing. */
  presencesOf(players: readonly string[]): Presence[] {
    return players.flatMap((player) => {
      const presence = this.presences.get(player);
      if (!presence) return [];
      if (!this.tickets.has(presence.of) && !this.matches.has(presence.of) && !this.liveInstant(presence.of)) return [];
      const { of: _, ...where } = presence;
      return [{ player, ...where }];
    });
  }

  /** The ticket, the match or the place on a wait list that a player's presence points to. */
  whereIs(player: string): {
    readonly ticket: TicketRecord | undefined;
    readonly match: MatchRecord | undefined;
    readonly instant: InstantRecord | undefined;
  } {
    const of = this.presences.get(player)?.of ?? '';
    return { ticket: this.tickets.get(of), match: this.matches.get(of), instant: this.liveInstant(of) };
  }

  /** A user on the wait list; one that was not renewed in time counts as gone. */
  liveInstant(ticket: string): InstantRecord | undefined {
    const record = this.instants.get(ticket);
    return record && record.expiresAt > this.now() ? record : undefined;
  }

  /** Does a player's presence point to this? */
  isPlaced(player: string, of: string): boolean {
    return this.presences.get(player)?.of === of;
  }

  /** Why a node takes nobody in, or undefined. */
  closedAt(node: string): Closed | undefined {
    const barred = this.closed.get(`barred ${node}`);
    const isOver = barred?.until !== undefined && barred.until <= this.now();
    return this.closed.get(`blocked ${node}`) ?? this.closed.get(`drained ${node}`) ?? (isOver ? undefined : barred);
  }

  isBlocked(node: string): boolean {
    return this.closed.has(`blocked ${node}`);
  }

  /** Is this ticket of the season that its queue is in? It is if it was first considered since that began. */
  ofSeason(queue: string, { firstConsidered }: { readonly firstConsidered: number }): boolean {
    const last = this.seasons.get(queue)?.at(-1);
    return !last || firstConsidered > last.endedAt;
  }

  place(players: Iterable<string>, presence: PresenceRecord): void {
    for (const player of players) this.presences.set(player, presence);
  }

  /** Takes the players away from a ticket or match; one that is elsewhere by now stays there. */
  unplace(players: Iterable<string>, of: string): void {
    for (const player of players) if (this.presences.get(player)?.of === of) this.presences.delete(player);
  }

  /** Has the server of a side said goodbye, begun anew, or been silent for so long? */
  isSilent({ node, boot }: { readonly node: string; readonly boot: string }, forMs: number): boolean {
    const sign = this.signs.get(node);
    if (!sign) return true;
    if (sign.boot !== boot) return this.now() >= sign.since + forMs;
    return sign.gone === 'gone' || this.now() >= sign.at + forMs;
  }

  private forgetMatch(matchId: string): void {
    const match = this.matches.get(matchId);
    this.matches.delete(matchId);
    this.parts.delete(matchId);
    for (const side of match?.sides ?? [])
      if (this.matchOfTicket.get(side.ticket) === matchId) this.matchOfTicket.delete(side.ticket);
  }
}

export type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** Everybody whom a presence is kept of: the players and the actor itself. */
export const playersOf = (actor: { readonly id: string; readonly members: readonly string[] }): Set<string> =>
  new Set([actor.id, ...actor.members]);

/** The sign as it counts now, and whether it was one from the future: it was given before the clock was set back, and counts as given now, once. */
export function currentSign(store: Store, node: string): { readonly sign: SignRecord | undefined; readonly isAhead: boolean } {
  const now = store.now();
  const kept = store.signs.get(node);
  if (!kept || (kept.at <= now && kept.since <= now)) return { sign: kept, isAhead: false };
  const sign = { ...kept, at: Math.min(kept.at, now), since: Math.min(kept.since, now) };
  store.signs.set(node, sign);
  return { sign, isAhead: kept.at > now };
}

/** Is this boot not the one that its node's name belongs to, and that one not gone? */
export const isSuperseded = (sign: SignRecord | undefined, boot: string): sign is SignRecord =>
  sign !== undefined && sign.boot !== boot && sign.gone === null;

export const ratingKey = (queue: string, player: string): string => `${queue}\n${player}`;
