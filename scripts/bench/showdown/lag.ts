/**
 * What the plugin costs a game server while 20 battles are fought at once: how late the server's event loop is, how long a turn takes, and what goes through Redis.
 * Beside it two servers without the plugin, on which the same number of battles is simulated, each among players of its own. Turn by turn the two kinds have the same work for
 * the simulator; rounds alternate, so that both have the same machine.
 */
import type { Redis } from 'ioredis';
import { randomOf } from '../../random.ts';
import { AS_ADVISED, pause, until } from '../../redis.ts';
import { Network } from '../../showdown/network.ts';
import { ShowdownServer } from '../../showdown/server.ts';
import { commandStats, rawClient } from '../raw.ts';
import type { Report } from '../report.ts';
import { median, quantile } from '../statistics.ts';
import type { Task } from '../task.ts';
import { isOver, latenciesOf, local, type Round, ranked, turnsOf } from './pairs.ts';
import { type Lag, lagOf, PROBED, resetLag } from './probe.ts';

const BATTLES = 20;
const ROUNDS = 3;
/** Quicker than people, so that turns come as often as in many more battles of people. */
const THINKS_MS = [150, 450] as const;

interface Measured {
  readonly lag: Lag;
  readonly latencies: number[];
  readonly turns: number;
  /** Calls of each command of Redis meanwhile. */
  readonly commands: ReadonlyMap<string, number>;
}

/** From the first command until half of the battles are over: later there would be less and less to do. */
async function measured(round: Round, raw: Redis): Promise<Measured> {
  for (const server of round.servers) await resetLag(server);
  const before = await commandStats(raw);
  const battles = await round.begin();
  while (battles.filter(isOver).length < battles.length / 2) await pause(20);
  const lags = await Promise.all(round.servers.map(lagOf));
  const after = await commandStats(raw);
  const turns = battles.reduce((sum, battle) => sum + turnsOf(battle), 0);
  const latencies = battles.flatMap(latenciesOf);
  for (const { players, rooms } of battles) players[0].send(`${rooms[0]}|/forfeit`);
  await until('all are over', () => battles.every(isOver), 30_000);
  // Until everything else that an end brings along has happened.
  await pause(1000);
  const of = (name: 'p50' | 'p99' | 'max', sum: (values: number[]) => number): number => sum(lags.map((lag) => lag[name]));
  const highest = (values: number[]): number => Math.max(...values);
  return {
    lag: { p50: of('p50', highest), p99: of('p99', highest), max: of('max', highest) },
    ...{ latencies, turns },
    commands: new Map([...after].map(([name, { calls }]) => [name, calls - (before.get(name)?.calls ?? 0)])),
  };
}

export async function lag(report: Report, { seed }: Task): Promise<void> {
  report.section(
    `${BATTLES} battles at once, between two servers; and on each of two without the plugin (medians of ${ROUNDS} rounds)`,
  );
  const network = await Network.start({ node: PROBED, redis: AS_ADVISED });
  const raw = rawClient(network.redis.url);
  const plain: ShowdownServer[] = [];
  try {
    for (let count = 0; count < 2; count++) plain.push(await ShowdownServer.start({ node: PROBED }));
    const [with_, without] = [await ranked(network, BATTLES), await local(plain, BATTLES)];
    const random = randomOf(seed, 'thinking');
    const found: { with: Measured; without: Measured }[] = [];
    for (let count = 0; count <= ROUNDS; count++) {
      // The first is for warming up, in haste.
      for (const client of [...with_.clients, ...without.clients])
        client.thinks = count === 0 ? () => 0 : () => random.integer(...THINKS_MS);
      const each = { without: await measured(without, raw), with: await measured(with_, raw) };
      if (count > 0) found.push(each);
    }
    const lagIn = (kind: 'with' | 'without', what: keyof Lag): number => median(found.map((each) => each[kind].lag[what]));
    for (const what of ['p50', 'p99', 'max'] as const) {
      report.figure(`event loop, without the plugin: ${what}`, lagIn('without', what), 'ms');
      report.figure(`event loop, with the plugin: ${what}`, lagIn('with', what), 'ms');
    }
    report.figure('event loop: p99 that the plugin adds', lagIn('with', 'p99') - lagIn('without', 'p99'), 'ms', { atMost: 5 });
    for (const share of [0.5, 0.99])
      for (const kind of ['without', 'with'] as const)
        report.figure(
          `last choice to next request, ${kind} the plugin: p${share * 100}`,
          median(found.map((each) => quantile(each[kind].latencies, share))),
          'ms',
        );
    const turns = found.reduce((sum, each) => sum + each.with.turns, 0);
    const perTurn = (...names: string[]): number =>
      found.reduce((sum, each) => sum + names.reduce((all, name) => all + (each.with.commands.get(name) ?? 0), 0), 0) / turns;
    report.figure('turns of battles that were counted', turns, '');
    report.figure('messages that Redis passes on, per turn', perTurn('publish', 'spublish'), '');
    report.figure('scripts that Redis runs, per turn', perTurn('evalsha', 'eval', 'fcall'), '');
  } finally {
    raw.disconnect();
    await network.stop();
    for (const server of plain) await server.stop();
  }
}
