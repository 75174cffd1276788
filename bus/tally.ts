/** How a node and the bus find out whether they hold the same tickets: number, and sum of hashes. A few lines of Lua do the same. */
import type { Tally } from './bus.ts';
import { crypto } from './pieces.ts';

const MODULUS = 2 ** 48;

export function tallyOf(tickets: Iterable<string>): Tally {
  const { createHash } = crypto();
  let count = 0;
  let sum = 0;
  for (const ticket of tickets) {
    count++;
    sum = (sum + Number.parseInt(createHash('sha1').update(ticket).digest('hex').slice(0, 12), 16)) % MODULUS;
  }
  return { count, hash: String(sum) };
}
