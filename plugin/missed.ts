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

/** The news in where the ticket stands, or undefined when there is none. */
export function missedOf(standing: Standing, { ticket, queue, state, offerId, matchId }: Known): StoryMessage | undefined {
  const base = { v: PROTOCOL_VERSION, queue, generation: 0, epoch: 0, ticket } as const;
  switch (standing.at) {
    case 'queue': {
      const { offer, now } = standing;
      if (offer) {
        const reply = offer.head === ticket ? offer.headReply : offer.candidateReply;
        if (reply !== 'pending' || offer.offerId === offerId || offer.deadline <= now) return undefined;
        const { deadline } = offer;
        return { ...base, kind: 'OFFER', offerId: offer.offerId, deadline, windowMs: deadline - now };
      }
      if (standing.ticket.state === 'locked' || state === 'waiting') return undefined;
      const reason = state === 'offered' ? 'the offer is over' : 'the match was cancelled';
      return { ...base, kind: 'BACK', reason };
    }
    case 'match': {
      const { match } = standing;
      if (match.matchId === matchId) return undefined;
      const side = match.sides[0].ticket === ticket ? 0 : 1;
      const { challengeRoom, deadline } = match;
      return { ...base, kind: 'SUCCESS', matchId: match.matchId, challengeRoom, side, deadline };
    }
    case 'gone':
      return { ...base, kind: 'WITHDRAWN', reason: standing.reason };
    case 'unknown':
      return undefined;
  }
}
