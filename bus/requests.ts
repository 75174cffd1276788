/** What a host passes in. */
import type { tags } from 'typia';
import type { Elo, Name } from './messages.ts';

/** An actor that wants to be matched. */
export interface ActorRequest {
  /** Id of the actor: a player's id, or a party's own. The same on every server of the realm. */
  id: Name;
  /** Name to show. Default: the id. */
  name?: Name;
  /** Ids of the players in it. Default: the actor's id alone. */
  members?: Name[] & tags.MinItems<1> & tags.MaxItems<64> & tags.UniqueItems;
  /** Name of the queue. Default: the only queue, where there is one. */
  queue?: string;
  /**
   * Elo, where the host keeps its own ratings: one, or one for each of the members, of which the party's is made. Default: the ratings
   * that the realm keeps, or that of a new player.
   */
  elo?: Elo | (Elo[] & tags.MinItems<1> & tags.MaxItems<64>);
  /** Ids of players that this actor must not meet. */
  blocks?: Name[] & tags.MaxItems<256>;
  /** Is a player who waits elsewhere moved here? Default: false, it is refused. */
  move?: boolean;
}

/** A user who wants an instant match: one player alone. */
export interface InstantMatchRequest {
  /** Id of the player. The same on every server of the realm. */
  id: Name;
  /** Name to show to the opponent, once there is one. Default: the id. */
  name?: Name;
  /** Name of the queue. Default: the only queue with instant match, where there is one. */
  queue?: string;
  /** Elo, where the host keeps its own ratings. Default: the rating that the realm keeps. */
  elo?: Elo;
  /** Ids of players that this user must not meet. */
  blocks?: Name[] & tags.MaxItems<256>;
  /** What the other one has to be like: conditions on its data, as an object or as JSON text. Default: anybody. */
  preferences?: unknown;
  /** What this user says of itself, by field; everybody who waits gets to see it. Default: nothing. */
  data?: unknown;
  /** Is a player who waits elsewhere moved here? Default: false, it is refused. */
  move?: boolean;
}
