/** What the files of tests share: a network for all tests of a file, and two new players for each of them. */
import { suite } from 'uvu';
import { until } from '../../../scripts/redis.ts';
import type { Client } from '../../../scripts/showdown/client.ts';
import { Network, type NetworkOptions, RANDOM } from '../../../scripts/showdown/network.ts';

export const WON = /You won\./;
export const LOST = /You lost\./;

export interface Scene {
  /** `a` plays on the first server, `b` on the second. */
  test(name: string, run: (a: Client, b: Client) => Promise<void>): void;
  /** One without players, of what the others left behind. */
  last(name: string, run: () => Promise<void>): void;
  run(): void;
  network(): Network;
  /** Of the test that runs: no other one's players have it in their names. */
  number(): number;
}

export interface SceneOptions {
  before(): NetworkOptions | Promise<NetworkOptions>;
  /** After each test, whatever came of it. */
  afterEach?(a: Client, b: Client): void;
  after?(): void;
}

/** `ONLY=pattern` in the environment: only tests whose names fit. */
export function sceneOf(name: string, { before, afterEach, after }: SceneOptions): Scene {
  const tests = suite(name);
  let network: Network;
  let number = 0;
  tests.before(async () => {
    network = await Network.start(await before());
  });
  tests.after(async () => {
    await network.stop();
    after?.();
  });
  return {
    test(title, run) {
      if (!new RegExp(process.env['ONLY'] ?? '').test(title)) return;
      tests(title, async () => {
        const which = ++number;
        const [a, b] = await Promise.all([network.join(`anna ${which}`, 0), network.join(`berta ${which}`, 1)]);
        try {
          await run(a, b);
        } catch (error) {
          process.stderr.write(`${network.output}\n${[a, b].map(lastOf).join('\n---\n')}\n`);
          throw error;
        } finally {
          afterEach?.(a, b);
          network.leave();
        }
      });
    },
    last: (title, run) => void tests(title, run),
    run: () => tests.run(),
    network: () => network,
    number: () => number,
  };
}

const lastOf = ({ lines }: Client): string =>
  lines
    .slice(-15)
    .map((line) => line.slice(0, 200))
    .join('\n');

/** Both in a battle, each asked for its first choice; nobody chooses for a turn by itself. */
export async function inBattle(a: Client, b: Client, queue = RANDOM): Promise<[roomA: string, roomB: string]> {
  a.plays = b.plays = 'switches';
  for (const client of [a, b]) client.say(`/ranked ${queue}`);
  await bothAsked(a, b);
  return [roomOf(a), roomOf(b)];
}

/** In their first battle, or since they have forgotten the ones before. */
export const bothAsked = (a: Client, b: Client): Promise<void> =>
  until('both are asked', () => a.requests.size === 1 && b.requests.size === 1, 60_000);

/** The room in which it is asked. Not its first one: what was said last in a battle before may come when that is forgotten. */
export const roomOf = ({ requests }: Client): string => [...requests.keys()][0] as string;

/** Lets them play on, to the end. */
export function playOn(...clients: Client[]): void {
  for (const client of clients) {
    client.plays = true;
    for (const room of client.battles) client.choose(room);
  }
}

/** All are told their Elo. */
export const end = (...clients: Client[]): Promise<unknown> =>
  Promise.all(clients.map((client) => client.hears(/Your Elo: /, 120_000)));

/** What everybody but its own server calls the player. */
export const idOf = ({ name }: Client): string => name.replaceAll(' ', '');
