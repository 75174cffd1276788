/** The user of this server who sits in the place of the player on the other one. The server wants a real one: it has a connection that leads nowhere. */
import { idOf, type ShowdownUser, server } from './server.ts';

const present = new Set<ShowdownUser>();
let made = 0;

export const isStandIn = (user: ShowdownUser): boolean => present.has(user);

export interface StandIn {
  readonly user: ShowdownUser;
  /** Again is no error. */
  dismiss(): void;
}

/** `home`: the server of the player, which its name shows; so it is nobody's name here. */
export function standIn(name: string, home: string): StandIn {
  const { Users } = server();
  const id = `jaeger-${++made}`;
  const worker = { workerid: 0, stream: { write: () => undefined } };
  const connection = new Users.Connection(id, worker, id, null, '0.0.0.0', 'jaeger');
  const user = new Users.User(connection);
  connection.user = user;
  present.add(user);
  for (let number = 1; !user.forceRename(shownName(name, home, number), false); number++);
  return {
    user,
    dismiss(): void {
      if (!present.delete(user)) return;
      user.resetName();
      user.disconnectAll();
      user.destroy();
    },
  };
}

/** Without what ends a line's parts, whatever the other server says. */
const plain = (text: string): string => text.replace(/[|,\n\r\u2028\u2029]/g, '').trim();

function shownName(name: string, home: string, number: number): string {
  const shown = `${plain(name)} (${plain(home)})${number > 1 ? ` ${number}` : ''}`;
  return idOf(shown) === '' ? `Player ${made} ${number}` : shown;
}
