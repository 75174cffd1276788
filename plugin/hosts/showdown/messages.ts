/** What a player is told, in a private message of the server's own kind. */
import type { Notice } from '../../index.ts';
import { escaped, type ShowdownUser } from './server.ts';

const SENDER = ' Jaeger';

const sent = (user: ShowdownUser | null, text: string): void => user?.send(`|pm|${SENDER}|${user.getIdentity()}|${text}`);

/** A message that a later one of the same name takes the place of. */
export const message = (user: ShowdownUser | null, name: string, html: string): void =>
  sent(user, `/uhtml ${name},${html.replace(/\n/g, '')}`);

export const withdrawn = (user: ShowdownUser | null, name: string): void => sent(user, `/uhtmlchange ${name},`);

/** Plain text. */
export const told = (user: ShowdownUser | null, text: string): void =>
  sent(user, `/raw <div class="infobox">${escaped(text).replace(/\n/g, '<br />')}</div>`);

/** A notice as a sentence, or undefined where a player has nothing of it. */
export function sentenceOf(notice: Notice): string | undefined {
  const seconds = (ms: number): string => `${Math.round(ms / 1000)} seconds`;
  switch (notice.kind) {
    case 'queued':
      return `You are in the queue for ${notice.queue}, with an Elo of ${Math.round(notice.elo)}. /ranked status says how it stands, /ranked cancel takes you out.`;
    case 'waiting':
      return `You wait for an instant match of ${notice.queue}. /ranked cancel takes you out.`;
    case 'late':
      return 'Somebody fitted, but another player was quicker. You go on waiting.';
    case 'rematch':
      if (notice.may === 'ask') return `Once more? /rematch asks your opponent, within ${seconds(notice.withinMs)}.`;
      return notice.may === 'agree'
        ? `Your opponent wants a rematch: /rematch agrees, within ${seconds(notice.withinMs)}.`
        : undefined;
    case 'matched':
      return 'You are matched: the battle is being opened.';
    case 'back':
      return `It did not come to a match (${notice.reason}). You are in the queue again, with the time that you have waited.`;
    case 'withdrawn':
      return `You are out of the queue: ${notice.reason}.`;
    case 'unreachable':
      return 'The servers cannot reach each other for now. You keep your place; it heals by itself.';
    case 'reachable':
      return 'The servers reach each other again.';
    case 'begun': {
      const { match } = notice;
      const { name, node, elo } = match.sides[match.side === 0 ? 1 : 0];
      return `Your opponent is ${name} of ${node}, with an Elo of ${Math.round(elo)}.`;
    }
    case 'opponentAway':
      return `Your opponent dropped out and has ${seconds(notice.forMs)} to come back.`;
    case 'opponentBack':
      return 'Your opponent is back.';
    case 'void':
      return `The match is void and nobody's Elo changes: ${notice.detail}`;
    case 'elo': {
      const result = notice.winner === 'draw' ? 'A draw' : notice.winner === notice.side ? 'You won' : 'You lost';
      const sign = notice.delta >= 0 ? '+' : '−';
      return `${result}. Your Elo: ${Math.round(notice.old)} → ${Math.round(notice.new)} (${sign}${Math.abs(Math.round(notice.delta))}).`;
    }
  }
}
