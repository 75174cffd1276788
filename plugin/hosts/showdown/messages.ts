/** What a player is told, in a private message of the server's own kind. */
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
