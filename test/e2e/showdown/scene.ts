/** What the files of tests of one network share. */
import type { Client } from '../../../scripts/showdown/client.ts';
import type { Network } from '../../../scripts/showdown/network.ts';

export interface Scene {
  test(name: string, run: (a: Client, b: Client) => Promise<void>): void;
  /** Both in a battle, each asked for its first choice; nobody chooses for a turn by itself. */
  inBattle(a: Client, b: Client): Promise<readonly [roomA: string, roomB: string]>;
  /** Lets both play on, to the end. */
  playOn(...clients: Client[]): void;
  network(): Network;
}
