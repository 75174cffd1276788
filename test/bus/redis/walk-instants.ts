/** Moves of those who wait for an instant match, and of those who want to play once more. */
import type { InstantRequest, RematchRequest } from '../../../bus/instant.ts';
import type { Side } from '../../../bus/messages.ts';
import type { MatchRecord } from '../../../bus/records.ts';
import type { Random } from '../../../scripts/random.ts';
import { actorOf, QUEUE } from '../conformance/scene.ts';
import type { Move } from './move.ts';

/** Tickets of requests, and of rematches; the room in which each is told is called after it. */
export const REQUESTS = Array.from({ length: 24 }, (_, index) => `i${index}`);
export const secretOf = (ticket: string): string => `secret-${ticket}`;
const LIFE_MS = 15_000;

export const wanted = (id: string, ticket: string, node: string, more: Partial<InstantRequest> = {}): InstantRequest => ({
  ...{ ticket, queue: QUEUE, node, boot: 'boot-1', ruleset: 'rules-1', actor: actorOf(id), elo: null, initialElo: 1000 },
  ...{ room: 'a "label"', secret: secretOf(ticket), preferences: '{"and":[]}', data: '{"mic":true,"é":"\\"/\\\\"}' },
  ...{ lifeMs: LIFE_MS, maxWaiting: 100, move: false },
  ...more,
});

export const claimed = (ticket: string, matchedTicket: string, node: string, matchId: string): Move => [
  `claim ${ticket} for ${matchedTicket} of ${node}`,
  (bus) =>
    bus.instantMatch({
      ...{ ticket, matchedTicket, node, matchId, challengeRoom: `s${matchId}`, joinMs: 10_000, rated: true, sameNode: true },
      pairRestMs: 5000,
    }),
];

export const again = ({ matchId, sides }: MatchRecord, side: Side, ticket: string, nextMatchId: string): RematchRequest => {
  const { node, actor } = sides[side];
  return {
    ...{ matchId, side, node, boot: 'boot-1', ruleset: 'rules-1', ticket, secret: secretOf(ticket), actor, withinMs: 600_000 },
    ...{ most: 2, ratedPerDay: 2, joinMs: 10_000, nextMatchId, challengeRoom: `s${nextMatchId}` },
  };
};

interface Drawn {
  readonly random: Random;
  readonly players: readonly string[];
  readonly nodes: readonly string[];
  readonly queues: readonly string[];
  readonly match: MatchRecord | null;
  matchId(): string;
}

/** Most moves are about what was asked for last, so that they meet what is there. */
export class InstantMoves {
  private readonly asked: { readonly ticket: string; readonly node: string }[] = [];

  next({ random, players, nodes, queues, match, matchId }: Drawn): Move {
    const one = <T>(list: readonly T[]): T => list[random.integer(0, list.length - 1)] as T;
    const chance = (of: number): boolean => random.fraction() < of;
    const known =
      chance(0.9) && this.asked.length > 1 ? this.asked.slice(-4) : REQUESTS.map((ticket) => ({ ticket, node: one(nodes) }));
    const mine = one(known);
    const { ticket } = mine;
    const node = chance(0.95) ? mine.node : one(nodes);
    const boot = chance(0.95) ? 'boot-1' : 'boot-2';
    const kinds = ['request', 'request', 'claim', 'claim', 'claim', 'renew', 'rebroadcast', chance(0.3) ? 'leave' : 'claim'];
    switch (one([...kinds, ...(match ? ['rematch', 'rematch', 'rematch', chance(0.2) ? 'decline' : 'rematch'] : [])])) {
      case 'request': {
        const queue = chance(0.9) ? QUEUE : one(queues);
        const fresh = { ticket: one(REQUESTS), node: one(nodes.slice(0, 2)) };
        this.asked.push(fresh);
        const request = wanted(one(players), fresh.ticket, fresh.node, {
          ...{ queue, boot, elo: one([null, 1234.5]), maxWaiting: one([2, 100]), move: chance(0.6) },
          ruleset: chance(0.95) ? 'rules-1' : 'others',
        });
        return [`request ${JSON.stringify(request)}`, (bus) => bus.requestInstantMatch(request)];
      }
      case 'claim':
        return claimed(one(known).ticket, ticket, node, matchId());
      case 'renew':
        return [`renew ${ticket} ${node} ${boot}`, (bus) => bus.renewInstantMatch(ticket, node, boot)];
      case 'rebroadcast':
        return [`rebroadcast ${ticket} ${node} ${boot}`, (bus) => bus.rebroadcastInstantMatch(ticket, node, boot)];
      case 'leave':
        return [`leave ${ticket} ${node}`, (bus) => bus.leave(node, ticket)];
      case 'decline': {
        const side = one<Side>([0, 1]);
        const ended = match as MatchRecord;
        const of = chance(0.9) ? ended.sides[side].node : node;
        return [`decline ${ended.matchId} ${side}`, (bus) => bus.declineRematch(ended.matchId, side, of, 600_000)];
      }
      default: {
        const request = again(match as MatchRecord, one<Side>([0, 1]), one(REQUESTS), matchId());
        return [`rematch ${JSON.stringify(request)}`, (bus) => bus.rematch(request)];
      }
    }
  }
}
