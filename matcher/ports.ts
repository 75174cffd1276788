/**
 * What the factory and the arena need from outside, in the domain's verbs. Whoever implements these sees to it that nothing here
 * errors: a refusal is a value, a lost connection is tried again, a lost lease ends the leader's whole work.
 * Times are bus time in ms.
 */
import type { Observable } from 'rxjs';
import type { Ticket } from './actor.ts';
import type { Score } from './elo.ts';

/** A node's automatic answer to "are you there?". */
export type Answer = { readonly kind: 'HERE' } | { readonly kind: 'BUSY'; readonly reason: string } | { readonly kind: 'GONE' };
export const ANSWERS = ['HERE', 'BUSY', 'GONE'] as const satisfies readonly Answer['kind'][];

/** What a side has said to an offer so far. */
export const REPLIES = ['pending', 'confirmed', 'declined', 'removed'] as const;
export type Reply = (typeof REPLIES)[number];

export interface OfferState {
  readonly offerId: string;
  /** Tickets. */
  readonly head: string;
  readonly candidate: string;
  /** Replies are accepted up to this time. */
  readonly deadline: number;
  readonly headReply: Reply;
  readonly candidateReply: Reply;
}

export const OFFER_REFUSALS = ['headTaken', 'candidateTaken'] as const;
export type OfferRefusal = (typeof OFFER_REFUSALS)[number];

/** How an offer ends. Who failed is withdrawn from the queue; whose opponent failed goes back, or stays locked as head of its run. */
export const OUTCOMES = ['match', 'headFailed', 'candidateFailed', 'bothFailed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface FactoryPort {
  /** Asks a waiting room; emits the first answer, or nothing for ever. */
  ask(ticket: Ticket): Observable<Answer>;
  /** Locks both and offers, or neither. */
  offer(head: Ticket, candidate: Ticket): Observable<OfferState | OfferRefusal>;
  /** The offer as it stands, then as it changes. */
  offer$(offerId: string): Observable<OfferState>;
  /** Ends an offer; `refused` when its record says otherwise (`offer$` then emits what it says). */
  settle(offerId: string, outcome: Outcome): Observable<MatchState | 'settled' | 'refused'>;
  /** A locked head whose run is over goes back to the queue. */
  release(head: Ticket): Observable<void>;
  /** Removes an actor that its own node does not know any more. */
  drop(ticket: Ticket): Observable<void>;
  /** Tells a room that was asked in vain. */
  taken(ticket: Ticket): Observable<never>;
}

export type SideNumber = 0 | 1;

/** Why a server refuses a match, for which it is closed without a result. `NodeLost`: it has begun anew, and does not go on with it. */
export type RefusalCode = 'ValidationError' | 'TimeoutError' | 'DigestMismatch' | 'NodeLost';

export interface Refusal {
  readonly code: RefusalCode;
  readonly reason: string;
}

/** Who won, as one server saw it. */
export type Winner = SideNumber | 'draw';

export interface SideState {
  readonly ticket: string;
  readonly elo: number;
  /** How many rated games it had played; of a party the fewest of its members'. */
  readonly games: number;
  readonly node: string;
  /** New at each start of the node. */
  readonly boot: string;
  readonly joined: boolean;
  /** Removed by its player before BEGIN. */
  readonly left: boolean;
  readonly teamIn: boolean;
  readonly valid: boolean;
  /** Why this side's server refuses the match, or null. */
  readonly refusal: Refusal | null;
  /** Its node holds more of the match than the bus does. */
  readonly lost?: boolean;
  readonly result: { readonly winner: Winner; readonly digest: string } | null;
  readonly eloTaken: boolean;
}

export const STAGES = ['joining', 'teams', 'validating', 'battle', 'rated', 'closed', 'cancelled', 'void'] as const;
export type Stage = (typeof STAGES)[number];

export interface MatchState {
  readonly matchId: string;
  readonly stage: Stage;
  /** Counts the changes of the record; a transition names the one it was decided on. */
  readonly revision: number;
  /** When the stage has to be over. */
  readonly deadline: number;
  /** When the log got its newest entry. */
  readonly lastEntryAt: number;
  /** When the first BATTLE_OVER came in, or null. */
  readonly firstOverAt: number | null;
  /** Does it change Elo? */
  readonly rated: boolean;
  readonly sides: readonly [SideState, SideState];
}

/** The stages that a step leads to: a match begins with the only other one. */
export const STEPS = STAGES.filter((stage) => stage !== 'joining');

/** Why a match was closed without a result. */
export type VoidReason = 'ValidationError' | 'TimeoutError' | 'NodeLost' | 'ResultMismatch' | 'DigestMismatch' | 'StoreLost';

/** One transition of a match. */
export type Step =
  | { readonly to: 'teams' }
  | { readonly to: 'validating' }
  | { readonly to: 'battle' }
  | { readonly to: 'rated'; readonly score: Score; readonly delta: number }
  | { readonly to: 'closed' }
  | { readonly to: 'cancelled'; readonly failed: readonly SideNumber[]; readonly late: boolean }
  | {
      readonly to: 'void';
      readonly reason: VoidReason;
      readonly detail: string;
      /** The side it is counted against, or null. */
      readonly against: SideNumber | null;
      /** The void stands only if the log got no entry since; null: whatever the log got. */
      readonly idleSince: number | null;
      /** The void stands only while the servers of these sides give no sign of life, for so long by now; left out: whatever they give. */
      readonly silent?: { readonly sides: readonly SideNumber[]; readonly forMs: number };
    };

export interface ArenaPort {
  /** The match as it stands, then as it changes; repeated when a side says BATTLE_OVER again. */
  match$(matchId: string): Observable<MatchState>;
  /** Moves the match to a stage; `refused` when its record changed meanwhile (`match$` then emits it). */
  advance(state: MatchState, step: Step): Observable<'moved' | 'refused'>;
  /** OVER_OK: this side's result is durable. */
  acknowledge(matchId: string, side: SideNumber): Observable<never>;
}
