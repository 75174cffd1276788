/** Does a game server keep something of battles that are over? 200 of them, in haste; what is in use after each 20, when the server has done away with its rooms. */
import { AS_ADVISED, pause, until } from '../../redis.ts';
import { Network } from '../../showdown/network.ts';
import { ShowdownServer } from '../../showdown/server.ts';
import type { Report } from '../report.ts';
import { isOver, local, type Round, ranked } from './pairs.ts';
import { type Heap, heapOf, PROBED } from './probe.ts';

const BATTLES = 20;
const ROUNDS = 10;
/** A battle that stays takes hundreds; the server itself, without the plugin, keeps some for a log or a cache. */
const MOST_KB = 10;

/** Least squares. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [up, down] = values.reduce(
    ([above, below], value, index) => [above + (index - middle) * (value - mean), below + (index - middle) ** 2],
    [0, 0],
  );
  return up / down;
}

/** By server, what was in use at the beginning and after each round. */
async function heaps(round: Round): Promise<Heap[][]> {
  const found: Heap[][] = round.servers.map(() => []);
  // The first are for warming up.
  for (let count = -2; count <= ROUNDS; count++) {
    if (count > -2) {
      const battles = await round.begin();
      await until('all are over', () => battles.every(isOver), 120_000);
      await pause(500);
    }
    for (const [at, server] of round.servers.entries()) {
      const heap = await heapOf(server);
      if (count >= 0) found[at]?.push(heap);
    }
  }
  return found;
}

export async function memory(report: Report): Promise<void> {
  report.section(`Memory over ${BATTLES * ROUNDS} battles, ${BATTLES} at once`);
  const network = await Network.start({ node: PROBED, redis: AS_ADVISED });
  const plain: ShowdownServer[] = [];
  try {
    const withPlugin = await heaps(await ranked(network, BATTLES));
    plain.push(await ShowdownServer.start({ node: PROBED }));
    const without = await heaps(await local(plain, BATTLES));
    for (const [name, found] of [
      ['without the plugin', without],
      ['with the plugin', withPlugin],
    ] as const) {
      const used = found.map((each) => each.map(({ heapUsed }) => heapUsed / 1024));
      for (const each of used) report.line(`  ${name}, KB: ${each.map((kb) => Math.round(kb)).join(' ')}`);
    }
    const worst = (found: readonly Heap[][], what: keyof Heap): number =>
      Math.max(...found.map((each) => slope(each.map((heap) => heap[what])) / BATTLES));
    report.figure('heap, without the plugin: more for each battle', worst(without, 'heapUsed') / 1024, 'KB');
    report.figure('heap, with the plugin: more for each battle', worst(withPlugin, 'heapUsed') / 1024, 'KB', {
      atMost: MOST_KB,
    });
    report.figure('users that stay, for each battle', worst(withPlugin, 'users'), '', { atMost: 0 });
    report.figure('rooms that stay, for each battle', worst(withPlugin, 'rooms'), '', { atMost: 0 });
  } finally {
    await network.stop();
    for (const server of plain) await server.stop();
  }
}
