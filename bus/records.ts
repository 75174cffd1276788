/** What the bus keeps: tickets, offers, matches. A record is the truth, a message only its news. */
import type { Refusal, SideState, Sign, Stage, Step } from '../matcher/index.ts';
import type { ActorBody, Digest, Id, LogEntry, Side, TicketBody, WinnerSide } from './messages.ts';

/** A player is in at most one place. */
export type Place = 'queued' | 'offered' | 'instant' | 'playing';

export interface TicketRecord extends TicketBody {
  queue: string;
  state: 'waiting' | 'locked';
  /** The offer it is part of, or null. */
  offerId: Id | null;
  /** Has it confirmed an offer of the run that holds it? Its confirmation stands for the run. */
  confirmed: boolean;
  /** How often in a row it did not enter its challenge room. */
  missedJoins: number;
}

export type ReplyRecord = 'pending' | 'confirmed' | 'declined' | 'removed';

export interface OfferRecord {
  offerId: Id;
  queue: string;
  head: Id;
  candidate: Id;
  deadline: number;
  headReply: ReplyRecord;
  candidateReply: ReplyRecord;
}

export interface SideRecord extends SideState {
  actor: ActorBody;
  boot: Id;
  ruleset: Digest;
  firstConsidered: number;
  games: number;
  joined: boolean;
  left: boolean;
  teamIn: boolean;
  valid: boolean;
  refusal: Refusal | null;
  result: { winner: WinnerSide; digest: Digest } | null;
  eloTaken: boolean;
  missedJoins: number;
  /** Where no leader has arranged the match: what this side wants and says, and the secret room in which it is told. */
  wanted?: Wanted;
}

export interface Wanted {
  room: string;
  secret: Id;
  preferences: string;
  data: string;
  lifeMs: number;
}

export interface MatchRecord {
  matchId: Id;
  queue: string;
  /** The secret of the challenge room's name. */
  challengeRoom: Id;
  stage: Stage;
  revision: number;
  deadline: number;
  lastEntryAt: number;
  firstOverAt: number | null;
  rated: boolean;
  /** Who arranged it, where that was not the leader: two who fit, or two who play once more. */
  how?: 'instant' | 'rematch';
  /** The how manieth rematch in a row it is. */
  rematches?: number;
  /** Was the first of the row rated? */
  firstRated?: boolean;
  /** How long the two are not tried again when they do not both come. */
  pairRestMs?: number;
  /** How many entries the log has. */
  turns: number;
  sides: [SideRecord, SideRecord];
}

/** A user on the wait list of instant matches. */
export interface InstantRecord extends TicketBody, Wanted {
  queue: string;
  missedJoins: number;
  /** Counts as gone from then on. */
  expiresAt: number;
  /** The last one that it met in vain, and until when the two are not tried again. */
  avoided: Id | null;
  avoidedUntil: number;
}

/** A side of a match. */
export interface SeatRecord {
  side: Side;
  match: MatchRecord;
}

/** A node's last sign of life. */
export interface SignRecord extends Sign {
  /** Another boot that gave a sign of life after this one had begun, or null. */
  rival: Id | null;
  /** How far its own clock was ahead of the bus's then, in ms; null where it did not say. What counts is the bus's. */
  skewMs: number | null;
  /** By queue: its rules, and its tickets as it counts them. */
  queues: { [queue: string]: { ruleset: Digest; count: number; hash: string } };
}

/** The verbs whose answers and steps are counted where they change nothing. */
export const COUNTED_VERBS = [
  ...(['enter', 'leave', 'reply', 'joined', 'team', 'judge', 'append', 'over', 'takeElo'] as const),
  ...(['offer', 'settle', 'release', 'drop', 'advance'] as const),
] as const;
export type CountedVerb = (typeof COUNTED_VERBS)[number];

/**
 * Why something changed nothing. `late`: past the deadline or the stage; `doubled`: it had been done; `foreign`: no such record, or another's;
 * `changed`, `headTaken`, `candidateTaken`: a leader's step, on what is not there any more.
 */
export type Why = 'late' | 'doubled' | 'foreign' | 'size' | 'counter' | 'tooMany' | 'changed' | 'headTaken' | 'candidateTaken';

/** How often that happened in the realm, by `<verb> <why>`; what never did is not named. */
export type Counts = { readonly [name in `${CountedVerb} ${Why}`]?: number };

/** What a new leader loads of a queue. */
export interface Snapshot {
  /** The revision of the newest script message that is in it. */
  revision: number;
  tickets: TicketRecord[];
  offers: OfferRecord[];
  /** Those that are not closed, cancelled or void. */
  matches: MatchRecord[];
}

/** An entry of a match's log with the bus time at which it was appended. */
export interface Logged {
  at: number;
  entry: LogEntry;
}

export type { Step };
