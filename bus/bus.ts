/**
 * The bus: what nodes share, in the domain's verbs. Each is one atomic transition or one read, starts when it is subscribed to,
 * emits one value and completes (`hear`, `say` and `holdLease` apart). Refusals are values. A bus that is out of reach errors with `BusUnreachable`; since the request
 * may have been executed all the same, every transition can be asked again: it is idempotent by the ids that it is given.
 */
import type { Observable } from 'rxjs';
import type { Outcome, Refusal } from '../matcher/index.ts';
import type {
  AgreedConfig,
  AgreeRequest,
  Bar,
  Closed,
  CommandAnswer,
  CommandRecord,
  CommandRequest,
  History,
  IncidentRecord,
  IncidentReport,
  Rank,
  Season,
  Submitted,
} from './admin.ts';
import type { Malformed } from './codec.ts';
import type { DeclineRules, VoidRules } from './conduct.ts';
import type { Answered, Entered, Presence } from './entered.ts';
import type { InstantBus } from './instant.ts';
import type { ActorBody, Message, Side, WinnerSide } from './messages.ts';
import type {
  Counts,
  Logged,
  MatchRecord,
  OfferRecord,
  SeatRecord,
  SignRecord,
  Snapshot,
  Step,
  TicketRecord,
} from './records.ts';
import type { Reason, Refusals } from './refusals.ts';
import type { Rooms } from './rooms.ts';

export type { Answered, Entered, Presence } from './entered.ts';

/** What hearing a room yields. `listening`: now, and again after every reconnect: the moment to catch up from the records. */
export type Heard = { readonly listening: true } | { readonly listening: false; readonly message: Message };

/** `reason`: why not, as a line of text. */
export type Reach = { readonly reachable: true } | { readonly reachable: false; readonly reason: string };

export interface Lease {
  readonly queue: string;
  readonly generation: number;
  /** Grows with every new holder. Writes under an older one are refused. */
  readonly epoch: number;
  /** Bus time minus the scheduler's time, in ms; kept right while it is held, for clocks drift apart, and the bus's may be set. */
  readonly offsetMs: number;
}

/** The right to write as leader: every such verb first compares it. */
export type Fence = Pick<Lease, 'queue' | 'generation' | 'epoch'>;

export interface EnterRequest {
  readonly ticket: string;
  readonly queue: string;
  readonly node: string;
  readonly boot: string;
  readonly ruleset: string;
  readonly actor: Omit<ActorBody, 'elo'>;
  /** Elo given by the host, or null: then the rating that the realm keeps, or `initialElo`. */
  readonly elo: number | null;
  readonly initialElo: number;
  /** What of its players' ratings is a party's own. */
  readonly partyElo: 'mean' | 'max';
  readonly maxWaiting: number;
  /** Are players who wait elsewhere moved here? */
  readonly move?: boolean;
  /**
   * The bus has lost it: when it was first considered, and under which generation it was last known to be there; with which Elo, which counts where none is
   * given and the ladder is lost too.
   */
  readonly again?: { readonly firstConsidered: number; readonly under: number; readonly elo: number };
}

/** What was removed, from which stage. `PLAYING`: too late, leaving a battle is a forfeit. */
export type Removed = 'nothing' | 'queued' | 'offered' | 'instant' | 'joining' | 'PLAYING';

export type Appended = { readonly turn: number } | { readonly refused: 'late' | 'foreign' | 'counter' | 'size' | 'tooMany' };

export interface OfferRequest {
  readonly offerId: string;
  readonly head: string;
  readonly candidate: string;
  readonly windowMs: number;
  /** Bus time after which it is not made any more, for whoever asked has given it up. Left out: whenever it comes. */
  readonly until?: number;
}

export type Offered = { readonly offer: OfferRecord } | { readonly refused: 'headTaken' | 'candidateTaken' | 'late' } | Fenced;
export type Fenced = { readonly refused: 'fenced' };

export interface SettleRequest {
  readonly offerId: string;
  readonly outcome: Outcome;
  /** Of the match that comes of it. */
  readonly matchId: string;
  readonly challengeRoom: string;
  readonly joinMs: number;
  readonly ratedSameNode: boolean;
  /** How long who fails the other one rests; left out: not at all. */
  readonly declines?: DeclineRules;
}

export type Settled =
  | { readonly settled: MatchRecord | null }
  | { readonly refused: 'changed'; readonly offer: OfferRecord | null }
  | Fenced;

export interface AdvanceRequest {
  readonly matchId: string;
  /** The record's revision that the step was decided on. */
  readonly revision: number;
  readonly step: Step;
  /** How long the stage that begins may take. */
  readonly windowMs: number;
  /** Of the battle. */
  readonly seed: string;
  readonly floor: number;
  /** Whom a void bars; left out: nobody. */
  readonly voids?: VoidRules;
  /** How many of a player's last results are kept. Default: 20. */
  readonly keptResults?: number;
  /** Given where the ladder alone rates: what is not its Elo changes none. */
  readonly ladder?: { readonly initialElo: number; readonly partyElo: 'mean' | 'max' } | null;
}

export type Advanced =
  /** `back`: the tickets that are waiting again. */
  | { readonly match: MatchRecord; readonly back: readonly TicketRecord[] }
  | { readonly refused: 'changed'; readonly now: MatchRecord | null }
  | Fenced;

export interface ArriveRequest {
  /** Major version of the protocol that the node speaks. */
  readonly protocol: number;
  readonly node: string;
  readonly boot: string;
  /** When the boot began, by the bus's time; null: it begins now, and takes the place of whatever boot there was. */
  readonly since: number | null;
  /** How long another boot counts as alive after its last sign of life. */
  readonly silenceMs: number;
}

/** `more`: there are more tickets of earlier boots to remove; ask again. */
export type Arrived =
  | { readonly since: number; readonly generation: number; readonly more: boolean }
  /** The realm's leaders speak this major version, another one. */
  | { readonly refused: 'protocol'; readonly spoken: number }
  | { readonly refused: 'superseded'; readonly by: string };

/** How many tickets, and the sum of their ids' hashes: two that are alike hold the same tickets. */
export interface Tally {
  readonly count: number;
  readonly hash: string;
}

export interface AliveRequest {
  readonly node: string;
  readonly boot: string;
  readonly queue: string;
  readonly ruleset: string;
  /** The tickets of this queue that the node holds. */
  readonly tally: Tally;
  readonly silenceMs: number;
  /** What its own clock says, in ms, so that the owner hears of one that is wrong. */
  readonly clockMs?: number;
}

/** `tally`: what the bus holds of this boot's tickets. `rival`: another boot of the same name that is alive too. */
export type Lives =
  | { readonly generation: number; readonly tally: Tally; readonly rival: string | null }
  | { readonly refused: 'superseded'; readonly by: string }
  /** This boot has said goodbye. */
  | { readonly refused: 'gone' };

/** A page of the tickets that the bus holds of a node's boot in a queue, in order of their ids. */
export interface HoldingsRequest {
  readonly node: string;
  readonly boot: string;
  readonly queue: string;
  /** The page begins behind this ticket; empty: from the start. */
  readonly after: string;
  /** How many tickets are looked at. */
  readonly most: number;
}

/** `next`: behind which the next page begins; null: there is none. */
export type Holdings =
  | { readonly generation: number; readonly tickets: readonly string[]; readonly next: string | null }
  /** The bus may have lost data, and no leader has looked into it yet: what it holds proves nothing. */
  | { readonly refused: 'unsettled' };

/** The tickets that were removed; `more`: there are more, ask again. */
export interface Departed {
  readonly tickets: readonly string[];
  readonly more: boolean;
}

/** `alive`: the node gave a sign of life since. */
export type Wiped = Departed | { readonly refused: 'alive' } | Fenced;

/** Where a ticket stands, for a node that may have missed what was said of it. `unknown`: the bus has never heard of it, or long ago. */
export type Standing =
  | {
      readonly at: 'queue';
      readonly ticket: TicketRecord;
      /** The offer that it is part of. */
      readonly offer: OfferRecord | null;
      /** Bus time. */
      readonly now: number;
    }
  | { readonly at: 'match'; readonly match: MatchRecord }
  | { readonly at: 'gone'; readonly reason: string }
  | { readonly at: 'unknown' };

/** A message that was refused and dropped, and why. */
export type BusFault = Malformed & { readonly reason: Reason; readonly room: string };

/** A record that is none, and was left out wherever records are read. */
export interface UnreadableRecord {
  /** The hash, and its field. */
  readonly key: string;
  readonly field: string;
  /** What is there, shortened. */
  readonly found: string;
}

export interface Bus extends InstantBus {
  readonly realm: string;
  readonly rooms: Rooms;
  /** Every message that was refused. */
  readonly faults$: Observable<BusFault>;
  /** Every record that could not be read, once each. */
  readonly unreadable$: Observable<UnreadableRecord>;
  /** Can the bus be reached? As soon as it is known, and again at every change; never errors. */
  readonly reach$: Observable<Reach>;
  /** What its owner should change about its settings, each as a line; read once for each who asks. */
  readonly warnings$: Observable<string>;
  /** How many were refused so far. */
  readonly refused: Readonly<Refusals>;
  /** Are messages signed with the realm's secret? */
  readonly signs: boolean;
  /** The same on all who sign with the same secret, who sees it learns nothing of that; empty where nobody signs. */
  readonly secretMark: string;

  /** The bus's time in ms. */
  clock(): Observable<number>;
  /** Hears a room until unsubscribed. */
  hear(room: string): Observable<Heard>;
  /** Says a message in a room, and completes; whoever does not hear it at this moment never will. */
  say(room: string, message: Message): Observable<never>;
  /** Campaigns for a queue's lease until unsubscribed: emits it when it is held, null when it is lost. */
  holdLease(queue: string, node: string): Observable<Lease | null>;

  // A node's transitions.

  /** A ticket takes its place in a queue, all its players being nowhere else. */
  enter(request: EnterRequest): Observable<Entered>;
  /** Removes an actor's ticket, or a user who waits for an instant match, at every stage until BEGIN. */
  leave(node: string, ticket: string): Observable<Removed>;
  /** Confirms or declines an offer. */
  reply(offerId: string, ticket: string, reply: 'confirmed' | 'declined'): Observable<Answered>;
  joined(matchId: string, side: Side, node: string): Observable<Answered>;
  team(matchId: string, side: Side, node: string, data: string): Observable<Answered>;
  /** This side's server accepts both teams (null), or refuses the match for a reason. */
  judge(matchId: string, side: Side, node: string, refusal: Refusal | null): Observable<Answered>;
  /** Appends an input to the match's log and publishes it. `digest`: of the side's battle after the entry `after`, or empty. */
  append(
    matchId: string,
    side: Side,
    node: string,
    counter: number,
    data: string,
    digest: string,
    after?: number,
  ): Observable<Appended>;
  over(matchId: string, side: Side, node: string, winner: WinnerSide, digest: string): Observable<Answered>;
  takeElo(matchId: string, side: Side, node: string): Observable<Answered>;

  /** What earlier boots of a node left behind in a queue: sides of open matches, or of those that are rated and whose Elo it did not take. */
  seats(node: string, queue: string, boot: string, of: 'open' | 'rated', most: number): Observable<SeatRecord[]>;
  /** This side's node has begun anew, as this boot, and goes on with the match. */
  rejoin(matchId: string, side: Side, node: string, boot: string): Observable<Answered>;
  /** Says that a node holds a match, and so many entries of its log. `lost`: the bus does not, or has fewer and it is not rated: then it is void. */
  vouch(matchId: string, side: Side, node: string, turns: number): Observable<'known' | 'lost'>;
  /** A node's boot begins: the waiting tickets of its earlier boots are removed. Also said again later, when the bus lost its data. */
  arrive(request: ArriveRequest): Observable<Arrived>;
  /** A node's sign of life. */
  alive(request: AliveRequest): Observable<Lives>;
  /** A node stops: its waiting tickets are removed, and everybody is told. */
  goodbye(node: string, boot: string, rejoin: boolean): Observable<Departed>;

  // The leader's transitions.

  offer(fence: Fence, request: OfferRequest): Observable<Offered>;
  settle(fence: Fence, request: SettleRequest): Observable<Settled>;
  /** A locked ticket without an offer goes back to waiting, with its old time. */
  release(fence: Fence, ticket: string): Observable<'done' | Fenced>;
  /** Removes a ticket that its own node does not know any more. */
  drop(fence: Fence, ticket: string, reason: string): Observable<'done' | Fenced>;
  advance(fence: Fence, request: AdvanceRequest): Observable<Advanced>;
  /** Removes a node's tickets from the leader's queue, unless it gave a sign of life at `since` or later. */
  wipe(fence: Fence, node: string, since: number): Observable<Wiped>;

  // The owner's hand.

  /** Puts a command of the owner in the inbox, where it waits for a leader. */
  submit(request: CommandRequest): Observable<Submitted>;
  /** The commands that a queue's leader may execute and nobody has answered, at most `most`. */
  pending(queue: string, most: number): Observable<CommandRecord[]>;
  /** Executes a command, once: asked again, by whichever leader, it answers the same. One for another queue throws. */
  execute(fence: Fence, command: CommandRecord): Observable<CommandAnswer | Fenced>;
  answer(id: string): Observable<CommandAnswer | null>;
  /** Hears that a command came in or was answered, until unsubscribed; also whenever something may have been missed. */
  hearInbox(): Observable<void>;
  /** Keeps what a node reports to the owner, once by its id. */
  report(incident: IncidentReport): Observable<'done' | 'size'>;
  /**
   * The queue's configuration as the realm has it. Where it has none, or where no node that has it has asked for `unseenMs` and the
   * owner did not adopt it, this one is it from now on.
   */
  agree(request: AgreeRequest): Observable<AgreedConfig>;

  // Reads.

  /** Incidents, newest first, those with numbers below `below` (null: from the newest), at most `most`. */
  incidents(below: number | null, most: number): Observable<IncidentRecord[]>;
  agreed(queue: string): Observable<AgreedConfig | null>;
  /** Where a player is, and whether it is barred (also by a bar that has ended, while it is kept). */
  player(player: string): Observable<{ readonly presence: Presence | null; readonly bar: Bar | null }>;
  /** The nodes that are drained, blocked or barred. */
  closed(): Observable<Closed[]>;
  /** Ranks of a ladder from `from` (0 is the best) on, at most `most`, and its size; of a season that is over, or (null) of the one that is on. */
  ladder(
    queue: string,
    season: string | null,
    from: number,
    most: number,
  ): Observable<{ readonly size: number; readonly ranks: readonly Rank[] }>;
  /** What a player has played in a queue; of a season that is over, or (null) of the one that is on. */
  history(queue: string, season: string | null, player: string): Observable<History>;
  /** The seasons of a queue that are over, oldest first. */
  seasons(queue: string): Observable<Season[]>;
  /**
   * The queues of the realm, by name: how many tickets each holds, how many wait for an instant match (some of them past their time), and how many matches began
   * in this minute of the bus's clock and the 9 before it.
   */
  queues(): Observable<
    { readonly queue: string; readonly waiting: number; readonly instants: number; readonly begun: number }[]
  >;
  /** Who leads a queue, or null. */
  leader(queue: string): Observable<{ readonly node: string; readonly epoch: number } | null>;

  /** How many answers and steps changed nothing, since the realm began. */
  counts(): Observable<Counts>;
  snapshot(queue: string): Observable<Snapshot>;
  ticket(ticket: string): Observable<TicketRecord | null>;
  standing(ticket: string): Observable<Standing>;
  match(matchId: string): Observable<MatchRecord | null>;
  /** Entries of a match's log with turn numbers from `from` on, oldest first, at most `most`. */
  log(matchId: string, from: number, most: number): Observable<Logged[]>;
  holdings(request: HoldingsRequest): Observable<Holdings>;
  /** Every node's last sign of life. */
  lastSigns(): Observable<SignRecord[]>;
  /** The rating that the realm keeps of a player in a queue, or null. */
  rating(queue: string, player: string): Observable<number | null>;
}

/** The bus could not be reached, or did not answer in time. What was asked may have been done, unless it says that nothing was. */
export class BusUnreachable extends Error {
  readonly code = 'BusUnreachable';
  override readonly name = 'BusUnreachable';
  /** What was asked was never sent, or was refused as a whole. */
  readonly nothingDone: boolean;

  constructor(message: string, nothingDone = false) {
    super(message);
    this.nothingDone = nothingDone;
  }
}
