/** What one side of a match has to do with: its node, its host, its player. */
import type { Observable } from 'rxjs';
import type { LeaderMark, Side } from '../bus/messages.ts';
import type { QueueConfig } from './config.ts';
import type { About } from './events.ts';
import type { Host, LocalActor, Notice } from './host.ts';
import type { Runtime } from './runtime.ts';

/** A match that has its end. */
export interface Result {
  readonly matchId: string;
  /** Did it end without a result? */
  readonly isVoid: boolean;
  readonly side: Side;
  readonly id: string;
  /** How many entries its log has. */
  readonly turns: number;
  readonly about: About;
}

export interface MatchContext {
  readonly runtime: Runtime;
  readonly host: Host;
  readonly nodeId: string;
  readonly actor: LocalActor;
  readonly times: QueueConfig['times'];
  /** May the leader of this (generation, epoch) still speak? Remembers the newest. */
  admits(message: LeaderMark): boolean;
  /** Does this server stop? That it is away is no news to its own players. */
  isStopping(): boolean;
  /** The match has its end: it is vouched for a while longer. */
  ended(result: Result): void;
  /** Data of the bus may have been lost; which generation is over with that. */
  readonly dataLost$: Observable<number>;
  /** The newest of these that was told before the match. */
  readonly lostUnder?: number;
  /** The bus has lost the match with its data: what it may hold of the actor instead is taken out. */
  readonly lost?: () => Observable<unknown>;
  /** Nothing was heard of the match for a while. */
  readonly silent?: () => void;
  /** Tells the player something, whatever the host makes of it. */
  tell(notice: Notice): Observable<never>;
}

/** Which side of which match. */
export interface Seat {
  readonly matchId: string;
  readonly side: Side;
  /** What is known of the match by now. */
  readonly about: About;
  /** The bus may have lost what it has taken of this side: it is said again. */
  readonly again$: Observable<unknown>;
}
