/** What is tried out: an adapter as on one server of two, and what its players do there. */
import type { BattleTurn } from '../battle-actor.ts';
import type { BattleSetup, Host } from '../host.ts';

/** An adapter on one server, and the hands of the players of that server. Each is called with the id of a player. */
export interface AdapterUnderTest {
  readonly host: Host;
  /** The player answers the offer that it was asked about, as by a button; where there is none (any more), nothing happens. Left out: the game asks nobody. */
  answer?(player: string, accepts: boolean): unknown;
  /**
   * The player does what is next in its battle, where there is something to do. Called again and again, until the battle is over, and after that
   * too: then nothing happens.
   */
  play(player: string): unknown;
  /** The player takes back what it did last. Left out: the game has no such thing. */
  undo?(player: string): unknown;
  /** The player gives its battle up. Left out: the game has no such thing. */
  forfeit?(player: string): unknown;
}

/** Makes the adapter of a server: two run side by side, and none may know of the other but through Jaeger. */
export type MakeAdapter = (server: string) => AdapterUnderTest;

export interface ConformanceOptions {
  /** What is queued for. Default: `ranked`. */
  readonly queue?: string;
  /** Who plays: the first on server A, the second on server B. Default: `anna` and `berta`. */
  readonly players?: readonly [string, string];
  /** How long the game may take for any one answer, in ms. Default: 2000. */
  readonly withinMs?: number;
  /** Within how many turns of both a battle is over. Default: 1000. */
  readonly mostTurns?: number;
  /** Only these of the checks. */
  readonly only?: readonly CheckName[];
}

export type CheckName =
  | 'shape'
  | 'ruleset'
  | 'accept'
  | 'tell'
  | 'team'
  | 'validate'
  | 'battle'
  | 'inputs'
  | 'digests'
  | 'result'
  | 'end'
  | 'again'
  | 'replay'
  | 'declined'
  | 'unanswered'
  | 'answeredTwice'
  | 'cancelled'
  | 'refused'
  | 'foreignTeam'
  | 'foreignInput'
  | 'undo'
  | 'forfeit'
  | 'away'
  | 'idle'
  | 'void'
  | 'lost'
  | 'stopWaiting'
  | 'stopPlaying';

/** `skipped`: there was nothing to try, and `says` has the reason. */
export interface Check {
  readonly name: CheckName;
  readonly outcome: 'held' | 'failed' | 'skipped';
  /** What was tried, or what went wrong and where. */
  readonly says: string;
  /** What to do about it; empty where it held. */
  readonly remedy: string;
}

/** A battle as it was played: replayed anywhere, it has to come out the same. */
export interface Recording {
  readonly setup: Omit<BattleSetup, 'side'>;
  readonly turns: readonly BattleTurn[];
  /** The digests that the game gave, by the number of the turn after which each was taken. */
  readonly digests: Readonly<Record<number, string>>;
}

export interface Conformance {
  /** Nothing failed. */
  readonly passed: boolean;
  readonly checks: readonly Check[];
  /** The battle that was played, if one was. */
  readonly recording: Recording | undefined;
  /** All of it as lines, to be printed. */
  readonly text: string;
}

/** What fails a check. */
export class Broken extends Error {
  readonly remedy: string;
  /** The check that it fails, where that is not the one that runs. */
  readonly of: CheckName | undefined;

  constructor(says: string, remedy: string, of?: CheckName) {
    super(says);
    this.remedy = remedy;
    this.of = of;
  }
}
