/** What happened, for whoever watches: plain data, one object an event. `at` is the node's clock in ms. */

import type { CommandKind } from '../bus/admin.ts';
import type { Removed } from '../bus/bus.ts';
import type { Problem } from '../bus/codec.ts';
import type { LogEntry, Opponent } from '../bus/messages.ts';
import type { Reason } from '../bus/refusals.ts';
import type { Discard, Outcome, SideNumber, Stage, Winner } from '../matcher/index.ts';

/** A waiting actor as the leader sees it at a tick. */
export interface WaitingView {
  readonly id: string;
  readonly name: string;
  readonly node: string;
  readonly elo: number;
  /** Pool difference, and the range that it makes. */
  readonly pool: number;
  readonly lowest: number;
  readonly highest: number;
  readonly waitedMs: number;
}

/** Of the leader, in the order of the stages. */
export type LeaderEvent =
  | { readonly kind: 'leading'; readonly queue: string; readonly epoch: number }
  | { readonly kind: 'found'; readonly queue: string; readonly head: WaitingView; readonly candidate: WaitingView }
  | { readonly kind: 'notThere'; readonly queue: string; readonly id: string; readonly answer: string }
  | {
      readonly kind: 'offered';
      readonly queue: string;
      readonly offerId: string;
      readonly head: WaitingView;
      readonly candidate: WaitingView;
      readonly difference: number;
      /** How many candidates this head's run has asked by now, this one included. */
      readonly asked: number;
    }
  | {
      readonly kind: 'settled';
      readonly queue: string;
      readonly offerId: string;
      readonly outcome: Outcome;
      readonly head: string;
      readonly candidate: string;
    }
  /** A server gave no sign of life until it was asked again; so many tickets were removed. */
  | { readonly kind: 'nodeLost'; readonly queue: string; readonly server: string; readonly tickets: number }
  /** Redis has lost data, or may have: nobody is matched until the servers have said what they hold. */
  | { readonly kind: 'dataLost'; readonly queue: string; readonly generation: number }
  | { readonly kind: 'nodeBack'; readonly queue: string; readonly server: string }
  | { readonly kind: 'discarded' | 'backInQueue'; readonly queue: string; readonly id: string; readonly why: Discard }
  /** A command of the owner was executed or refused. */
  | {
      readonly kind: 'command';
      readonly queue: string;
      readonly id: string;
      readonly who: string;
      readonly command: CommandKind;
      readonly outcome: 'done' | 'refused';
      readonly says: string;
    }
  /** This node does not lead the queue: the realm's configuration of it is another one, by the node or owner who wrote it. */
  | { readonly kind: 'configDiffers'; readonly queue: string; readonly by: string; readonly problems: readonly Problem[] }
  | {
      readonly kind: 'stage';
      readonly queue: string;
      readonly matchId: string;
      readonly stage: Stage;
      readonly sides: readonly [Opponent, Opponent];
      /** It came to this stage under a leader before, who has told it as a rule: this one takes the match up. */
      readonly takenOver: boolean;
    };

export type RematchSaid = 'asked' | 'declined' | 'otherAsked' | 'otherDeclined' | 'over';

/** Of one actor on its node. */
export type ActorEvent =
  | { readonly kind: 'entered'; readonly queue: string; readonly id: string; readonly name: string; readonly elo: number }
  /** On the wait list of instant matches. */
  | { readonly kind: 'waits'; readonly queue: string; readonly id: string; readonly name: string }
  /** Somebody else was quicker to match one who fits; this one goes on waiting. */
  | { readonly kind: 'late'; readonly id: string }
  /** After a match: what this side (`asked`, `declined`) or the other one said about playing once more; `over`: the chance is. */
  | { readonly kind: 'rematch'; readonly id: string; readonly matchId: string; readonly said: RematchSaid }
  | { readonly kind: 'removed'; readonly id: string; readonly from: Removed }
  | { readonly kind: 'asked'; readonly id: string; readonly offerId: string; readonly windowMs: number }
  | { readonly kind: 'replied'; readonly id: string; readonly offerId: string; readonly reply: 'confirmed' | 'declined' }
  | { readonly kind: 'back' | 'withdrawn'; readonly id: string; readonly reason: string }
  | { readonly kind: 'matched'; readonly id: string; readonly matchId: string; readonly side: SideNumber }
  | { readonly kind: 'begun'; readonly id: string; readonly matchId: string; readonly opponent: string }
  /** The host says that its player dropped out of the battle, or came back. */
  | { readonly kind: 'dropped' | 'returned'; readonly id: string; readonly matchId: string }
  /** This server began anew, and goes on with a match of before. */
  | { readonly kind: 'rejoined'; readonly id: string; readonly matchId: string }
  | { readonly kind: 'battle'; readonly id: string; readonly matchId: string; readonly seed: string }
  | {
      readonly kind: 'over';
      readonly id: string;
      readonly matchId: string;
      readonly winner: Winner;
      readonly digest: string;
      /** Inputs of both sides that this side applied. */
      readonly turns: number;
    }
  | {
      readonly kind: 'elo';
      readonly id: string;
      readonly matchId: string;
      readonly winner: Winner;
      readonly side: SideNumber;
      readonly old: number;
      readonly new: number;
      readonly delta: number;
    }
  | { readonly kind: 'void'; readonly id: string; readonly matchId: string; readonly reason: string; readonly detail: string };

/** What a side knows of its match. */
export interface About {
  readonly queue: string;
  readonly stage: Stage;
  /** Side 0 first; before BEGIN only the own side is known. */
  readonly actors: readonly string[];
  readonly nodes: readonly string[];
}

/** Something that an admin should look at: also kept in the bus, where the owner reads it. */
export interface IncidentEvent {
  readonly kind: 'incident';
  /** That of one of the classes of match errors. */
  readonly code: string;
  readonly matchId: string;
  /** The actor on this server. */
  readonly id: string;
  readonly detail: string;
  readonly about: About;
  /** The log of the battle as this server has applied it: with it the battle can be played again. */
  readonly log?: readonly LogEntry[];
}

/** Of a node as a whole. */
export type NodeEvent =
  | { readonly kind: 'started' | 'stopped' }
  /** The bus is out of reach, `reason` says why; it is asked again until it answers. One event a change. */
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** The bus can be reached again. */
  | { readonly kind: 'reachable' }
  /** A setting of the bus that may cost players their place or their result, and what to do; each once, after the start. */
  | { readonly kind: 'warning'; readonly text: string }
  | IncidentEvent
  /** The bus held so many tickets in the name of this server that it knew nothing of: they were removed from the queue. */
  | { readonly kind: 'healed'; readonly queue: string; readonly removed: number }
  /** Redis may have lost data: this server has said what it holds in a queue. */
  | { readonly kind: 'asserted'; readonly queue: string; readonly generation: number }
  /**
   * Another server runs under this one's name. `superseded`: it has taken this one's place in the realm, and nobody can be added here
   * until it is gone; else the other one's place was taken.
   */
  | { readonly kind: 'rival'; readonly boot: string; readonly superseded: boolean }
  /** A function of the host failed, or an invariant broke; Jaeger goes on. */
  | { readonly kind: 'fault'; readonly where: string; readonly error: string }
  /** Messages were refused: the first for a reason is told at once, those after it as a sum a minute, of which the newest is shown. */
  | {
      readonly kind: 'refused';
      readonly reason: Reason;
      readonly count: number;
      readonly room: string;
      /** What kind of message it was, as far as it could be read. */
      readonly message: string;
      readonly problems: readonly Problem[];
    };

export type JaegerEvent = { readonly at: number; readonly node: string } & (LeaderEvent | ActorEvent | NodeEvent);
/** An event before its time and node are put to it. */
export type EventBody = LeaderEvent | ActorEvent | NodeEvent;
