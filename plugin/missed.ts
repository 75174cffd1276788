/**
 * What a stay has missed: the record of its ticket, said as the message that would have told it. A room is deaf while its connection is
 * away, and nothing in it is said twice.
 */
import type { Standing } from '../bus/bus.ts';
import { type AreYouThere, PROTOCOL_VERSION, type Taken, type WaitingRoomMessage } from '../bus/messages.ts';

export type StoryMessage = Exclude<WaitingRoomMessage, AreYouThere | Taken>;

/** What the stay knows. */
export interface Known {
  readonly ticket: string;
  readonly queue: string;
  readonly state: 'waiting' | 'offered' | 'matched';
  readonly offerId: string | undefined;
  readonly matchId: string | undefined;
}

const base = ({ ticket, queue }: Known) => ({ v: PROTOCOL_VERSION, queue, generation: 0, epoch: 0, ticket }) as const;

/** That the ticket is out of the queue, and why. */
export const withdrawnOf = (known: Known, reason: string): StoryMessage => ({ ...base(known), kind: 'WITHDRAWN', reason });

/** The news in where the ticket stands, or undefined when there is none. */
export function missedOf(standing: Standing, known: Known): StoryMessage | undefined {
  const { ticket, state, offerId, matchId } = known;
  switch (standing.at) {
    case 'queue': {
      const { offer, now } = standing;
      if (offer) {
        const reply = offer.head === ticket ? offer.headReply : offer.candidateReply;
        if (reply !== 'pending' || offer.offerId === offerId || offer.deadline <= now) return undefined;
        const { deadline } = offer;
        return { ...base(known), kind: 'OFFER', offerId: offer.offerId, deadline, windowMs: deadline - now };
      }
      if (standing.ticket.state === 'locked' || state === 'waiting') return undefined;
      const reason = state === 'offered' ? 'the offer is over' : 'the match was cancelled';
      return { ...base(known), kind: 'BACK', reason };
    }
    case 'match': {
      const { match } = standing;
      if (match.matchId === matchId) return undefined;
      const side = match.sides[0].ticket === ticket ? 0 : 1;
      const { challengeRoom, deadline } = match;
      return { ...base(known), kind: 'SUCCESS', matchId: match.matchId, challengeRoom, side, deadline };
    }
    case 'gone':
      return withdrawnOf(known, standing.reason);
    case 'unknown':
      return undefined;
  }
}
