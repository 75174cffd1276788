/** From the second add to BEGIN, one pair after the other, on two servers: what a player waits whose opponent is there already. */
import { setTimeout as sleep } from 'node:timers/promises';
import { STEP_MS } from '../../../matcher/index.ts';
import { randomOf } from '../../random.ts';
import { rawClient, rawTrips } from '../raw.ts';
import type { Report } from '../report.ts';
import { median, quantile } from '../statistics.ts';
import type { Task } from '../task.ts';
import { Fleet } from './fleet.ts';

const REPETITIONS = 5;
const PAIRS = 30;
const RAW_MS = 500;
/** One after the other: hearing the waiting room, enter, ask, here, offer, reply, settle, hearing the challenge room, joined, advance. */
const TRIPS = 10;

export async function latency(report: Report, { url, seed }: Task): Promise<void> {
  report.section(`From the second add to BEGIN, on 2 processes (medians of ${REPETITIONS} times ${PAIRS} pairs)`);
  const fleet = new Fleet();
  const [asks, hears] = [rawClient(url), rawClient(url)];
  const random = randomOf(seed, 'latency');
  try {
    const options = { url, realm: 'bench', leads: true };
    const [a, b] = [await fleet.node({ ...options, nodeId: 'A' }), await fleet.node({ ...options, nodeId: 'B' })];
    await sleep(1000);
    const rounds: number[][] = [];
    const raw: number[] = [];
    for (let repetition = 0; repetition <= REPETITIONS; repetition++) {
      const took: number[] = [];
      for (let pair = 0; pair < PAIRS; pair++) {
        const [first, second] = pair % 2 === 0 ? [a, b] : [b, a];
        const id = `${repetition}-${pair}`;
        await first.add([{ id: `first-${id}`, elo: 1000 }]);
        // At any moment of the leader's step.
        await sleep(random.integer(1, 2 * STEP_MS));
        took.push(await second.addAndPlay({ id: `second-${id}`, elo: 1000 }));
      }
      const trips = await rawTrips({ asks, hears, channel: 'raw', atOnce: 1, forMs: RAW_MS });
      // The first is for warming up.
      if (repetition === 0) continue;
      rounds.push(took);
      raw.push(median(trips));
    }
    report.figure('second add to BEGIN: p50', median(rounds.map((took) => median(took))), 'ms', { atMost: 120 });
    report.figure('second add to BEGIN: p90', median(rounds.map((took) => quantile(took, 0.9))), 'ms');
    report.figure('second add to BEGIN: longest', Math.max(...rounds.flat()), 'ms');
    report.figure(`raw: the ${TRIPS} trips to Redis that it takes, by ioredis alone: p50`, TRIPS * median(raw), 'ms');
  } finally {
    fleet.end();
    asks.disconnect();
    hears.disconnect();
  }
}
