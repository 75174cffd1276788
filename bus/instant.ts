/** What the port asks and answers about instant matches and rematches: nobody leads there, one atomic step is the referee. */
import type { Observable } from 'rxjs';
import type { Answered, Entered } from './entered.ts';
import type { ActorBody, Side, TicketBody } from './messages.ts';
import type { MatchRecord } from './records.ts';

export interface InstantRequest {
  readonly ticket: string;
  readonly queue: string;
  readonly node: string;
  readonly boot: string;
  readonly ruleset: string;
  /** One player alone. */
  readonly actor: Omit<ActorBody, 'elo'>;
  /** Elo given by the host, or null: then the rating that the realm keeps, or `initialElo`. */
  readonly elo: number | null;
  readonly initialElo: number;
  /** A public label of this request. */
  readonly room: string;
  /** The room in which this user alone is told of its match. */
  readonly secret: string;
  /** As JSON. */
  readonly preferences: string;
  readonly data: string;
  /** How long the request lives without being renewed. */
  readonly lifeMs: number;
  readonly maxWaiting: number;
  /** Is whoever waits elsewhere moved here? */
  readonly move: boolean;
}

/** On the list; also where it has met somebody by now, when it is asked again. */
export type Requested = { readonly listed: TicketBody } | Exclude<Entered, { readonly entered: unknown }>;

/** Where a user stands. `unknown`: the bus does not know it, or has forgotten it for it was not renewed in time. */
export type InstantStanding =
  | { readonly at: 'list' }
  | { readonly at: 'match'; readonly match: MatchRecord }
  | { readonly at: 'gone'; readonly reason: string }
  | { readonly at: 'unknown' };

export interface ClaimRequest {
  /** Whose request was heard. */
  readonly ticket: string;
  /** The node's own user, who fits. */
  readonly matchedTicket: string;
  readonly node: string;
  readonly matchId: string;
  readonly challengeRoom: string;
  readonly joinMs: number;
  readonly rated: boolean;
  readonly sameNode: boolean;
  /** How long the two are not tried again when they do not both come. */
  readonly pairRestMs: number;
}

/** `taken`: the other one is not on the list any more; `own`: nor is the own one; `unfit`: they must not meet. */
export type Claimed = { readonly session: MatchRecord } | { readonly refused: 'taken' | 'own' | 'unfit' | 'foreign' };

export interface RematchRequest {
  readonly matchId: string;
  readonly side: Side;
  readonly node: string;
  readonly boot: string;
  readonly ruleset: string;
  /** Of the next stay. */
  readonly ticket: string;
  readonly secret: string;
  readonly actor: ActorBody;
  readonly withinMs: number;
  /** How many in a row. */
  readonly most: number;
  readonly ratedPerDay: number;
  readonly joinMs: number;
  /** Of the match that comes of it. */
  readonly nextMatchId: string;
  readonly challengeRoom: string;
}

/** `left`: the other one is elsewhere by now. `asked`: until when the other one may ask too, in bus time. */
export type Rematched =
  | { readonly session: MatchRecord }
  | { readonly asked: number }
  | { readonly refused: 'late' | 'foreign' | 'declined' | 'most' | 'left' }
  | Exclude<Entered, { readonly entered: unknown }>;

export interface InstantBus {
  /** A user goes on the wait list of a queue and is broadcast. */
  requestInstantMatch(request: InstantRequest): Observable<Requested>;
  /** The user still waits. */
  renewInstantMatch(ticket: string, node: string, boot: string): Observable<InstantStanding>;
  /** The user still waits, and is broadcast again. */
  rebroadcastInstantMatch(ticket: string, node: string, boot: string): Observable<InstantStanding>;
  /** Claims a match of two who wait; the first claim wins. */
  instantMatch(request: ClaimRequest): Observable<Claimed>;
  /** One side of an ended match asks to play once more; when both have, the match is there. */
  rematch(request: RematchRequest): Observable<Rematched>;
  declineRematch(matchId: string, side: Side, node: string, withinMs: number): Observable<Answered>;
}
