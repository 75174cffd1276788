/**
 * The owner's hand: commands that wait in the inbox until a leader executes them, their answers, and incidents. The tags are limits that the
 * generated validators check.
 */
import type { tags } from 'typia';
import type { Stage } from '../matcher/index.ts';
import type { Digest, Elo, Id, Label, Millis, Name, Reason, Side } from './messages.ts';

/** How many commands may wait at once; more are refused. */
export const MOST_COMMANDS = 1000;
/** How long a command may wait at most. */
export const MOST_COMMAND_MS = 600_000;
/** Largest text of a command in UTF-16 units. */
export const MOST_COMMAND_TEXT = 65_536;
/** How long an answer is kept. */
export const ANSWER_KEPT_MS = 86_400_000;
/** How many incidents are kept of those that leaders write, and how many that nodes report; the oldest go. */
export const MOST_INCIDENTS = 10_000;
/** Largest text of a report in bytes, and how long ago it may say that it was. */
export const MOST_REPORT = 16_384;
export const MOST_AGO_MS = 86_400_000;
/** How many players may be barred, how many nodes drained or blocked, and how many seasons of a queue are kept. */
export const MOST_BARS = 100_000;
export const MOST_CLOSED = 10_000;
export const MOST_SEASONS = 1000;

/** Closes an open match without a result. */
export interface VoidCommand {
  kind: 'void';
  queue: Label;
  matchId: Id;
  reason: Reason;
}
/** Removes somebody from a queue, or from a match that has not begun. */
export interface RemoveCommand {
  kind: 'remove';
  queue: Label;
  /** A ticket, an actor, or one of its players. */
  whom: Name;
  reason: Reason;
}
interface Closing {
  node: Name;
  reason: Reason;
}
/** A node takes nobody in any more; its waiting tickets are removed, its matches go on. */
export interface DrainCommand extends Closing {
  kind: 'drain';
}
/** A node takes nobody in and is not listened to any more; its waiting tickets are removed. */
export interface BlockCommand extends Closing {
  kind: 'block';
}
export interface UndrainCommand {
  kind: 'undrain';
  node: Name;
}
/** Of a node that is barred for its matches without a result, too. */
export interface UnblockCommand {
  kind: 'unblock';
  node: Name;
}
/** A player may not queue until a time (bus time in ms), or for ever (null). */
export interface BarCommand {
  kind: 'bar';
  player: Name;
  until: Millis | null;
  reason: Reason;
}
/** Whoever is barred, by the owner or for what it did, may queue again; that is forgotten. */
export interface AllowCommand {
  kind: 'allow';
  player: Name;
}
/** Sets the Elo of a player who is not in the queue. */
export interface EloCommand {
  kind: 'elo';
  queue: Label;
  player: Name;
  elo: Elo;
  reason: Reason;
}
/** From now on this is the queue's configuration: nodes with another one do not lead it. */
export interface ConfigCommand {
  kind: 'config';
  queue: Label;
  /** As JSON. */
  config: string & tags.MinLength<2> & tags.MaxLength<16384>;
  hash: Digest;
}
/** Keeps the ladder as it is under a name; everybody begins anew. */
export interface SeasonCommand {
  kind: 'season';
  queue: Label;
  name: Label;
}

export type Command =
  | VoidCommand
  | RemoveCommand
  | DrainCommand
  | UndrainCommand
  | BlockCommand
  | UnblockCommand
  | BarCommand
  | AllowCommand
  | EloCommand
  | ConfigCommand
  | SeasonCommand;
export type CommandKind = Command['kind'];
export type CommandOf<K extends CommandKind> = Extract<Command, { kind: K }>;

export interface CommandRequest {
  readonly id: Id;
  /** Who asks. */
  readonly who: Name;
  readonly command: Command;
  /** How long it may wait: a leader that comes to it later does not execute it. */
  readonly forMs: number;
}

/** A command in the inbox. */
export interface CommandRecord {
  id: Id;
  who: Name;
  at: Millis;
  expiresAt: Millis;
  command: Command;
}

export type Submitted = { readonly submitted: CommandRecord } | { readonly refused: 'full' | 'size' };

/** What became of a command, in words. Kept, and given again when it is asked again. */
export interface CommandAnswer {
  id: Id;
  at: number;
  /** Whose leader answered. */
  queue: string;
  outcome: 'done' | 'refused';
  says: string;
}

/** Something that the owner should know of. */
export interface IncidentRecord {
  id: string;
  /** Grows as they come: even where a leader wrote it, odd where a node reported it. */
  number: number;
  /** Bus time in ms. */
  at: number;
  /** `Admin`, the reason of a void match, or what a node reports. */
  kind: string;
  detail: string;
  /** Who asked for it, of kind `Admin`. */
  who: string | null;
  queue: string | null;
  matchId: string | null;
  /** In which the match was. */
  stage: Stage | null;
  /** Side 0 first. */
  actors: string[];
  nodes: string[];
  /** The side it is counted against. */
  against: Side | null;
  lastEntryAt: number | null;
  firstOverAt: number | null;
  /** Where the battle's log is kept: `log:<match>` is the bus's own, as long as it keeps the match. */
  log: string | null;
}

/** What a node reports. What the bus knows of the match is put to it. */
export interface IncidentReport {
  readonly id: string;
  readonly kind: string;
  readonly detail: string;
  readonly queue: string;
  readonly matchId: string;
  /** In which the match was, as far as the node knows. */
  readonly stage: Stage | null;
  /** Whom and which nodes the node knows of, side 0 first; at least one. */
  readonly actors: readonly string[];
  readonly nodes: readonly string[];
  readonly log: string | null;
  /** How long ago it happened. */
  readonly agoMs: number;
}

export interface Bar {
  readonly player: string;
  /** Bus time in ms, or null: for ever. */
  readonly until: number | null;
  readonly reason: string;
}

/** A node that takes nobody in: by the owner's command, or for a while, for too many of its matches were void. */
export interface Closed {
  readonly node: string;
  readonly how: 'drained' | 'blocked' | 'barred';
  readonly reason: string;
  /** Of who is barred, bus time in ms. */
  readonly until?: number;
}

/** A node's configuration of a queue. */
export interface AgreeRequest {
  readonly queue: string;
  /** As JSON. */
  readonly config: string;
  readonly hash: string;
  /** The `secretMark` of the node. */
  readonly secret: string;
  readonly node: string;
  readonly unseenMs: number;
}

/** A queue's configuration, as the realm has it. */
export interface AgreedConfig {
  /** As JSON. */
  readonly config: string;
  readonly hash: string;
  /** The `secretMark` of those who lead; undefined until one that has the configuration has asked. */
  readonly secret?: string;
  readonly at: number;
  /** The node that wrote it first, or the owner. */
  readonly by: string;
  /** Then it stands until the owner adopts another one. */
  readonly byOwner: boolean;
}

/** A season that is over. */
export interface Season {
  readonly name: string;
  readonly endedAt: number;
}

/** A rated game of one player. */
export interface PlayedGame {
  /** Bus time in ms. */
  readonly at: number;
  readonly matchId: string;
  /** Id of the actor that it was against. */
  readonly opponent: string;
  readonly result: 'won' | 'lost' | 'drawn';
  readonly old: number;
  readonly new: number;
  readonly delta: number;
}

/** What a player has played in a queue. */
export interface History {
  /** How many rated games in all. */
  readonly games: number;
  /** The last of them, newest first. */
  readonly last: readonly PlayedGame[];
}

/** How many results of a player are kept unless said otherwise. */
export const KEPT_RESULTS = 20;

export interface Rank {
  readonly player: string;
  readonly elo: number;
}

/** Which queue's leader has to execute a command; null: any will do. */
export const queueOf = (command: Command): string | null => ('queue' in command ? command.queue : null);
