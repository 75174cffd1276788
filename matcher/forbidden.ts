/** Forbidden pairs: predicates, never scores. A question here reads only what it is given and changes nothing. */
import type { Ticket } from './actor.ts';

export interface PairRules {
  /** May two actors of one node meet? */
  readonly sameNode: boolean;
  /** Largest difference of Elo between two opponents, however long they wait. */
  readonly maxDifference: number;
  /** May parties of different size meet? Default: false. */
  readonly unequalParties?: boolean;
}

export type Forbidden =
  | 'sameActor'
  | 'sameNode'
  | 'ruleset'
  | 'maxDifference'
  | 'partySize'
  | 'ownParty'
  | 'blocked'
  | 'avoided';

/** Why these two may never meet, or undefined when they may. */
export function forbidden(a: Ticket, b: Ticket, rules: PairRules): Forbidden | undefined {
  if (a.actor.id === b.actor.id) return 'sameActor';
  if (a.ruleset !== b.ruleset) return 'ruleset';
  if (!rules.sameNode && a.node === b.node) return 'sameNode';
  if (Math.abs(a.actor.elo - b.actor.elo) > rules.maxDifference) return 'maxDifference';
  if (!rules.unequalParties && a.actor.members.length !== b.actor.members.length) return 'partySize';
  if (a.actor.members.some((member) => b.actor.members.includes(member))) return 'ownParty';
  if (blocks(a, b) || blocks(b, a)) return 'blocked';
  return undefined;
}

const blocks = (a: Ticket, b: Ticket): boolean =>
  a.actor.blocks.length > 0 && b.actor.members.some((member) => a.actor.blocks.includes(member));
