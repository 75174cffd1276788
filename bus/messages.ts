/**
 * All wire types. Every message has its `kind` and `v`, the major version of the protocol. Extra keys pass (rolling upgrades),
 * missing or wrong ones are refused. The tags are limits that the generated validators check.
 */
import type { tags } from 'typia';
import type { RefusalCode } from '../matcher/index.ts';

/** Major version of the protocol. */
export const PROTOCOL_VERSION = 1;

/** Largest text of a message in UTF-16 units: two teams of 64 KiB at the worst escaping, and the rest. */
export const MOST_TEXT = 1_048_576;

/** Largest team, and largest entry of a match's log, in UTF-16 units. */
export const MOST_DATA = 65_536;
/** Largest digest, and largest reason, in UTF-16 units. */
export const MOST_DIGEST = 128;
export const MOST_REASON = 1024;

/** Largest length of a range, and how far it grows. */
export const MOST_AMOUNT = 1e12;

/** A random id or secret made by Jaeger. */
export type Id = string & tags.MinLength<1> & tags.MaxLength<64>;
/** An id or name given by a host: of a player, an actor or a node. */
export type Name = string & tags.MinLength<1> & tags.MaxLength<128>;
/** The name of a queue or a realm. */
export type Label = string & tags.Pattern<'^[A-Za-z0-9_-]{1,64}$'>;
/** Elo, or a difference of Elos. */
export type Elo = number & tags.Minimum<-1000000> & tags.Maximum<1000000>;
/** Bus time or a length of time, in whole ms. */
export type Millis = number & tags.Type<'uint64'> & tags.Maximum<9007199254740991>;
/** A counter: 0, 1, 2 … */
export type Count = number & tags.Type<'uint32'>;
/** A turn number: 1, 2, 3 … */
export type Turn = number & tags.Type<'uint32'> & tags.Minimum<1>;
/** What a game sends and only a game reads. */
export type Data = string & tags.MaxLength<65536>;
/** A hash of a battle's state or of a queue's rules; empty when the game gives none. */
export type Digest = string & tags.MaxLength<128>;
/** A reason in words, for people. */
export type Reason = string & tags.MaxLength<1024>;
export type Side = 0 | 1;
export type WinnerSide = 0 | 1 | 'draw';

interface Versioned {
  v: 1;
}

/** What the leader says carries its lease: nodes drop what an older (generation, epoch) says. */
interface FromLeader extends Versioned, LeaderMark {}

export interface LeaderMark {
  queue: Label;
  generation: Millis;
  epoch: Millis;
}

/** What a node's script says to the leader: `revision` counts them per queue, so that the leader notices a lost one. */
interface FromScript extends Versioned {
  revision: Count;
}

/** Who takes part, as both sides see it. */
export interface Opponent {
  id: Name;
  name: Name;
  members: Name[] & tags.MinItems<1> & tags.MaxItems<64>;
  elo: Elo;
  node: Name;
}

/** One side of an actor's stay in a queue, as the bus keeps and announces it. */
export interface TicketBody {
  ticket: Id;
  actor: ActorBody;
  node: Name;
  boot: Id;
  ruleset: Digest;
  firstConsidered: Millis;
  /** How many rated games its player had played; of a party the fewest of its members'. */
  games: Count;
}

export interface ActorBody {
  id: Name;
  name: Name;
  members: Name[] & tags.MinItems<1> & tags.MaxItems<64>;
  elo: Elo;
  blocks: Name[] & tags.MaxItems<256>;
}

// Leader → the waiting room of a ticket.

export interface AreYouThere extends FromLeader {
  kind: 'ARE_YOU_THERE';
  ticket: Id;
  ask: Id;
}
/** The one who asked is served by somebody else. */
export interface Taken extends FromLeader {
  kind: 'TAKEN';
  ticket: Id;
}
export interface Offer extends FromLeader {
  kind: 'OFFER';
  ticket: Id;
  offerId: Id;
  deadline: Millis;
  /** How long there is to answer, for a node whose clock differs. */
  windowMs: Millis;
}
/** Out of the queue, and why. */
export interface Withdrawn extends FromLeader {
  kind: 'WITHDRAWN';
  ticket: Id;
  reason: Reason;
}
/** Back in the queue with the old time, and why. */
export interface Back extends FromLeader {
  kind: 'BACK';
  ticket: Id;
  reason: Reason;
}
/** Both confirmed: enter the challenge room. */
export interface Success extends FromLeader {
  kind: 'SUCCESS';
  ticket: Id;
  matchId: Id;
  challengeRoom: Id;
  side: Side;
  deadline: Millis;
}
/** Not both joined. `back`: this one is in the queue again. */
export interface Cancelled extends FromLeader {
  kind: 'CANCELLED';
  ticket: Id;
  matchId: Id;
  back: boolean;
  reason: Reason;
}

/** A range, or how it grows. */
export type Amount = number & tags.Minimum<-1000000000000> & tags.Maximum<1000000000000>;
export type Seconds = number & tags.Minimum<0> & tags.Maximum<1000000000000>;
/** Somebody else who waits, and why they are not paired yet. What does not apply is null; `inSeconds` also when it is not within an hour. */
export interface NearestBody {
  id: Name;
  name: Name;
  elo: Elo;
  difference: Amount;
  why: 'soon' | 'outOfReach' | 'forbidden' | 'locked' | 'resting';
  by: Amount | null;
  inSeconds: Seconds | null;
  rule: Label | null;
}
/** As the matcher's `Explanation`. */
export interface ExplanationBody {
  id: Name;
  state: 'waiting' | 'locked' | 'resting';
  place: Count | null;
  waiting: Count;
  waitedSeconds: Seconds;
  elo: Elo;
  pool: Amount;
  lowest: Amount;
  highest: Amount;
  growth: Amount;
  nearest: NearestBody[] & tags.MaxItems<10>;
  estimate: { median: Seconds | null; p90: Seconds | null };
}
/** The answer to EXPLAIN: why the ticket still waits. There is none where it is not in the leader's queue. */
export interface Explained extends FromLeader {
  kind: 'EXPLAINED';
  ticket: Id;
  ask: Id;
  explanation: ExplanationBody;
}

/** Its player has been moved elsewhere: out of the queue, or off the wait list. Said by the script that does it. */
export interface Moved extends Versioned {
  kind: 'MOVED';
  ticket: Id;
}

// Instant match: the wait list of a queue, and the secret room of one user.

/** Preferences, as JSON: each node reads them with bounds of its own. */
export type Preferences = string & tags.MaxLength<4096>;
/** What a user says of itself, as JSON. */
export type UserData = string & tags.MaxLength<2048>;

/** A user waits. Nothing of it tells who it is, or where. */
export interface InstantMatchWaitlist extends Versioned {
  kind: 'INSTANT_MATCH_WAITLIST';
  ticket: Id;
  room: Id;
  preferences: Preferences;
  data: UserData;
}
/** The session of two, told to each of them alone; `preferences` and `data` are the other one's. */
export interface InstantMatch extends Versioned {
  kind: 'INSTANT_MATCH';
  ticket: Id;
  queue: Label;
  matchId: Id;
  challengeRoom: Id;
  side: Side;
  deadline: Millis;
  preferences: Preferences;
  data: UserData;
}

// Leader → the challenge room. BEGIN, TEAM, START, ELO and VOID are entries of the match's log, like TURN.

export interface Begin extends FromLeader {
  kind: 'BEGIN';
  matchId: Id;
  turn: Turn;
  sides: [Opponent, Opponent];
  rated: boolean;
}
export interface Team extends FromLeader {
  kind: 'TEAM';
  matchId: Id;
  turn: Turn;
  side: Side;
  data: Data;
}
export interface Start extends FromLeader {
  kind: 'START';
  matchId: Id;
  turn: Turn;
  seed: Id;
}
export interface EloChange {
  old: Elo;
  new: Elo;
  delta: Elo;
}
export interface EloPublished extends FromLeader {
  kind: 'ELO';
  matchId: Id;
  turn: Turn;
  winner: WinnerSide;
  sides: [EloChange, EloChange];
}
export interface Void extends FromLeader {
  kind: 'VOID';
  matchId: Id;
  turn: Turn;
  reason: Label;
  detail: Reason;
}
export interface OverOk extends FromLeader {
  kind: 'OVER_OK';
  matchId: Id;
  side: Side;
}

// Node → the challenge room.

/**
 * An input of one side, in log order. `counter` is the sender's own: 1, 2, 3 … `digest`: of the sender's battle when it had applied the entries up to
 * `after`; empty where its host gives none.
 */
export interface TurnMessage extends Versioned {
  kind: 'TURN';
  matchId: Id;
  turn: Turn;
  side: Side;
  counter: Turn;
  data: Data;
  digest: Digest;
  after: Count;
}
/** The newest turn number that a side knows of. */
export interface Newest extends Versioned {
  kind: 'NEWEST';
  matchId: Id;
  side: Side;
  turn: Count;
  /** How long its player may still be away, in ms; null: its player is there. */
  away: Millis | null;
}

/** After the match: this side wants to play once more, or does not. */
export interface Rematch extends Versioned {
  kind: 'REMATCH';
  matchId: Id;
  side: Side;
  wants: boolean;
  /** Bus time until which the other side may ask. */
  until: Millis;
}

// Node → the Jaeger room of a queue.

export interface Here extends Versioned {
  kind: 'HERE';
  ask: Id;
  ticket: Id;
}
export interface Busy extends Versioned {
  kind: 'BUSY';
  ask: Id;
  ticket: Id;
  reason: Reason;
}
export interface Gone extends Versioned {
  kind: 'GONE';
  ask: Id;
  ticket: Id;
}
/** Why does this ticket still wait? */
export interface Explain extends Versioned {
  kind: 'EXPLAIN';
  ask: Id;
  ticket: Id;
}
export interface Entered extends FromScript {
  kind: 'ENTERED';
  entry: TicketBody;
}
/** A match that no leader has arranged: its arena is the leader's. */
export interface Opened extends FromScript {
  kind: 'OPENED';
  matchId: Id;
}
export interface Left extends FromScript {
  kind: 'LEFT';
  ticket: Id;
}
export interface Confirm extends FromScript {
  kind: 'CONFIRM';
  offerId: Id;
  ticket: Id;
}
export interface Decline extends FromScript {
  kind: 'DECLINE';
  offerId: Id;
  ticket: Id;
}
/** A side's part of a match's record changed; `change` is the record's own revision after it. */
interface OfMatch extends FromScript {
  matchId: Id;
  side: Side;
  change: Count;
}
export interface Joined extends OfMatch {
  kind: 'JOINED';
}
/** Removed by its player after SUCCESS and before BEGIN. */
export interface LeftMatch extends OfMatch {
  kind: 'LEFT_MATCH';
}
/** This side's team is in; both are shown together later. */
export interface TeamIn extends OfMatch {
  kind: 'TEAM_IN';
}
/** This side's server accepts both teams. */
export interface Valid extends OfMatch {
  kind: 'VALID';
}
export interface ValidationErrorMessage extends OfMatch {
  kind: 'VALIDATION_ERROR';
  code: RefusalCode;
  reason: Reason;
}
/** This side's node has begun anew, as this boot, and goes on with the match. */
export interface Rejoin extends OfMatch {
  kind: 'REJOIN';
  boot: Id;
}
/** This side's node holds more of the match than the bus does. */
export interface StoreLost extends OfMatch {
  kind: 'STORE_LOST';
}
export interface BattleOver extends OfMatch {
  kind: 'BATTLE_OVER';
  winner: WinnerSide;
  digest: Digest;
  /** When the first BATTLE_OVER of the match came in. */
  firstOverAt: Millis;
}
export interface EloTaken extends OfMatch {
  kind: 'ELO_TAKEN';
}

// The heartbeat room.

/** Leader → every node: give a sign of life. */
export interface Heartbeat extends FromLeader {
  kind: 'HEARTBEAT';
  /** Bus time before it was said: an answer to it is not older. */
  at: Millis;
}
/** Another server asks whether one of its own name is alive. */
export interface Hello extends Versioned {
  kind: 'HELLO';
  node: Name;
  boot: Id;
}
/** A node stops: its tickets are gone. `rejoin`: it means to be back for its open matches. */
export interface Goodbye extends Versioned {
  kind: 'GOODBYE';
  node: Name;
  boot: Id;
  rejoin: boolean;
}

/** Node → the Jaeger room of a queue: a sign of life was written. */
export interface Alive extends Versioned {
  kind: 'ALIVE';
  node: Name;
  boot: Id;
  generation: Millis;
  ruleset: Digest;
  /** Of its tickets in this queue. */
  count: Count;
  hash: Digest;
}

export type WaitingRoomMessage = AreYouThere | Taken | Offer | Withdrawn | Back | Success | Cancelled | Moved;
/** What the secret room of a user who waits for an instant match, or for a rematch, hears. */
export type InstantRoomMessage = InstantMatch | Cancelled | Withdrawn | Moved;
/** The entries of a match's log. */
export type LogEntry = Begin | Team | Start | TurnMessage | EloPublished | Void;
export type ChallengeRoomMessage = LogEntry | OverOk | Newest | Rematch;
export type MatchChange =
  | Joined
  | LeftMatch
  | TeamIn
  | Valid
  | ValidationErrorMessage
  | StoreLost
  | Rejoin
  | BattleOver
  | EloTaken;
export type ScriptMessage = Entered | Left | Opened | Confirm | Decline | MatchChange;
export type JaegerRoomMessage = Here | Busy | Gone | Explain | Alive | ScriptMessage;
export type HeartbeatRoomMessage = Heartbeat | Hello | Goodbye;
export type Message =
  | WaitingRoomMessage
  | Explained
  | ChallengeRoomMessage
  | JaegerRoomMessage
  | HeartbeatRoomMessage
  | InstantMatchWaitlist
  | InstantRoomMessage;
export type Kind = Message['kind'];
export type MessageOf<K extends Kind> = Extract<Message, { kind: K }>;
