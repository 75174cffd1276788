/** Instant matches and rematches on Redis. */
import { map } from 'rxjs';
import type { Answered, Entered } from '../bus.ts';
import type { Claimed, InstantBus, InstantStanding, Rematched, Requested } from '../instant.ts';
import type { ActorBody, TicketBody } from '../messages.ts';
import { enteredOf, type Strings } from './answers.ts';
import { type Ask, json } from './scripts.ts';
import { matchOf } from './stored.ts';

/** The body of a ticket as JSON, up to its Elo. */
export const headOf = ({
  actor: { id, name, members, blocks },
  ...of
}: Pick<TicketBody, 'ticket' | 'node' | 'boot' | 'ruleset'> & { actor: Omit<ActorBody, 'elo'> }): string => {
  const { ticket, node, boot, ruleset } = of;
  return json({ ticket, node, boot, ruleset, actor: { id, name, members, blocks } }).slice(1, -2);
};

const sessionOf = ([, ...stored]: Strings): Extract<Claimed, { session: unknown }> => ({
  session: matchOf(...(stored as [string, string, string])).record,
});

function standingOf([answer, first = '', second = '', third = '']: Strings): InstantStanding {
  switch (answer) {
    case 'list':
      return { at: 'list' };
    case 'match':
      return { at: 'match', match: matchOf(first, second, third).record };
    case 'gone':
      return { at: 'gone', reason: JSON.parse(first) as string };
    default:
      return { at: 'unknown' };
  }
}

type Refused = Exclude<Entered, { entered: unknown }>;

function requestedOf(reply: Strings, player: string): Requested {
  if (reply[0] === 'waiting') return { listed: JSON.parse(reply[1] as string) as TicketBody };
  return enteredOf(reply, [player]) as Refused;
}

function claimedOf(reply: Strings): Claimed {
  const [answer] = reply;
  if (answer === 'match') return sessionOf(reply);
  return { refused: answer as Extract<Claimed, { refused: unknown }>['refused'] };
}

const SAID = new Set(['late', 'foreign', 'declined', 'most', 'left']);

function rematchedOf(reply: Strings, players: Strings): Rematched {
  const [answer, first] = reply;
  if (answer === 'match') return sessionOf(reply);
  if (answer === 'asked') return { asked: Number(first) };
  if (SAID.has(answer as string)) return { refused: answer as 'late' };
  return enteredOf(reply, players) as Refused;
}

export function instantVerbs(answer: Ask): InstantBus {
  return {
    requestInstantMatch: ({ actor, elo, ruleset, ...rest }) => {
      const head = headOf({ ...rest, ruleset, actor });
      const { ticket, queue, node, boot, initialElo, room, secret, preferences, data, lifeMs, maxWaiting, move } = rest;
      const request = { ticket, queue, node, boot, initialElo, room, secret, preferences, data, lifeMs, maxWaiting, move };
      const asked = { ...request, player: actor.id, head, elo: elo ?? '' };
      return answer<Strings, 'requestInstantMatch'>('requestInstantMatch', asked, { queue }).pipe(
        map((reply) => requestedOf(reply, actor.id)),
      );
    },
    renewInstantMatch: (ticket, node, boot) =>
      answer<Strings, 'renewInstantMatch'>('renewInstantMatch', { ticket, node, boot }).pipe(map(standingOf)),
    rebroadcastInstantMatch: (ticket, node, boot) =>
      answer<Strings, 'rebroadcastInstantMatch'>('rebroadcastInstantMatch', { ticket, node, boot }).pipe(map(standingOf)),
    instantMatch: (request) => answer<Strings, 'instantMatch'>('instantMatch', { ...request }).pipe(map(claimedOf)),
    rematch: ({ actor, ruleset, ...rest }) => {
      const { ticket, node, boot } = rest;
      const request = { ...rest, head: headOf({ ticket, node, boot, ruleset, actor }), elo: actor.elo };
      const players = [...new Set([actor.id, ...actor.members])];
      return answer<Strings, 'rematch'>('rematch', request).pipe(map((reply) => rematchedOf(reply, players)));
    },
    declineRematch: (matchId, side, node, withinMs) =>
      answer<Answered, 'declineRematch'>('declineRematch', { matchId, side, node, withinMs }),
  };
}
