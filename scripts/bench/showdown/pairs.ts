/** Pairs of players who fight at once: between two servers with the plugin, or each on one server without it. */
import { until } from '../../redis.ts';
import { Client, type Moment } from '../../showdown/client.ts';
import { type Network, RANDOM } from '../../showdown/network.ts';
import type { ShowdownServer } from '../../showdown/server.ts';

/** A battle as its two players see it. */
export interface Fought {
  readonly players: readonly [Client, Client];
  readonly rooms: readonly [string, string];
}

export const isOver = ({ players, rooms }: Fought): boolean =>
  players.every(({ ended }, side) => ended.has(rooms[side as 0 | 1]));

/** How many turns were begun. */
export const turnsOf = ({ players: [player], rooms: [room] }: Fought): number =>
  player.rooms.get(room)?.filter((line) => line.startsWith('|turn|')).length ?? 0;

/** From the choice that was made last until the next request is there, in ms, for each request of each player that both were asked after. */
export function latenciesOf({ players, rooms }: Fought): number[] {
  const [one, two] = players.map((player, side) => player.moments.get(rooms[side as 0 | 1]) ?? []) as [Moment[], Moment[]];
  return one.slice(0, -1).flatMap(({ chose }, index) => {
    const last = Math.max(chose ?? 0, two[index]?.chose ?? 0);
    const next = [one[index + 1], two[index + 1]].flatMap((moment) => (moment ? [moment.asked - last] : []));
    return last > 0 ? next : [];
  });
}

/** The names of both, as this client's room has them. */
const namesIn = (client: Client, room: string): string[] =>
  (client.rooms.get(room) ?? []).flatMap((line) => /^\|player\|p[12]\|([^|]+)\|/.exec(line)?.[1] ?? []);

const nameOfOther = (client: Client): string | undefined => {
  const [room = ''] = client.battles;
  return client.requests.has(room) ? namesIn(client, room).find((name) => name !== client.name) : undefined;
};

/** Resolves when all are in a battle, and asked. */
async function battlesOf(clients: readonly Client[]): Promise<Fought[]> {
  await until('all are in a battle', () => clients.every((client) => nameOfOther(client) !== undefined), 60_000);
  const named = new Map(clients.map((client) => [client.name, client]));
  return clients.flatMap((one) => {
    // Who is of the other server has it behind the name.
    const two = named.get((nameOfOther(one) as string).replace(/ \(\w+\)$/, '')) as Client;
    return one.name < two.name ? [{ players: [one, two], rooms: [one.battles[0] as string, two.battles[0] as string] }] : [];
  });
}

export interface Round {
  /** Everybody begins. Resolves when all are in a battle. */
  begin(): Promise<Fought[]>;
  readonly clients: readonly Client[];
  readonly servers: readonly ShowdownServer[];
}

/** `count` battles between two servers. */
export async function ranked(network: Network, count: number): Promise<Round> {
  const clients = await Promise.all(Array.from({ length: 2 * count }, (_, n) => network.join(`ranked ${n}`, n % 2)));
  return {
    ...{ clients, servers: network.servers },
    async begin() {
      for (const client of clients) client.forget();
      for (const client of clients) client.say(`/ranked ${RANDOM}`);
      return battlesOf(clients);
    },
  };
}

/** As many on each of these servers, among its own players. */
export async function local(servers: readonly ShowdownServer[], count: number): Promise<Round> {
  const clients = await Promise.all(
    servers.flatMap(({ port }, at) =>
      Array.from({ length: 2 * count }, (_, n) => new Client(`local ${at}${n}`, 1000 * (at + 1) + n).connect(port)),
    ),
  );
  return {
    ...{ clients, servers },
    async begin() {
      for (const client of clients) client.forget();
      const pairs = clients.flatMap((one, index) => (index % 2 === 0 ? [[one, clients[index + 1] as Client] as const] : []));
      for (const [one, two] of pairs) one.say(`/challenge ${two.name}, ${RANDOM}`);
      for (const [one, two] of pairs) {
        await two.hears(new RegExp(`\\|pm\\|.${one.name}\\|.*\\|/challenge ${RANDOM}`), 30_000);
        two.say(`/accept ${one.name}`);
      }
      return battlesOf(clients);
    },
  };
}
