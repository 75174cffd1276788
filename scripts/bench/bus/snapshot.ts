/** What a new leader reads: a queue of 10,000 and one of 100,000, page by page, and how long another's request has to wait meanwhile. */
import type { Redis } from 'ioredis';
import { from, lastValueFrom, mergeMap } from 'rxjs';
import { type RedisBus, redisBus } from '../../../bus/redis.ts';
import { realScheduler } from '../../../plugin/runtime.ts';
import { rawClient, rawRead } from '../raw.ts';
import type { Report } from '../report.ts';
import { median } from '../statistics.ts';
import type { Task } from '../task.ts';

const COUNTS = [10_000, 100_000] as const;
const REPETITIONS = 5;
const AT_ONCE = 100;

async function fill(bus: RedisBus, from_: number, to: number): Promise<void> {
  const options = {
    queue: 'ranked',
    node: 'node',
    boot: 'boot',
    ruleset: '',
    initialElo: 1000,
    partyElo: 'mean',
    maxWaiting: to,
  } as const;
  const numbers = Array.from({ length: to - from_ }, (_, index) => from_ + index);
  const enter$ = from(numbers).pipe(
    mergeMap((number) => {
      const id = `player${number}`;
      return bus.enter({
        ...options,
        ticket: `ticket${number}`,
        actor: { id, name: id, members: [id], blocks: [] },
        elo: number,
      });
    }, AT_ONCE),
  );
  await lastValueFrom(enter$);
}

export async function snapshot(report: Report, { url }: Task): Promise<void> {
  report.section(`A queue read page by page (medians of ${REPETITIONS})`);
  const raw = rawClient(url);
  // Whatever takes longer than this is noted, in µs.
  await raw.config('SET', 'slowlog-log-slower-than', 100);
  await raw.config('SET', 'slowlog-max-len', 10_000);
  const bus = redisBus(url, { scheduler: realScheduler, random: Math.random, realm: 'bench' });
  let filled = 0;
  for (const count of COUNTS) {
    await fill(bus, filled, count);
    filled = count;
    const took: number[] = [];
    const rawTook: number[] = [];
    const slowest: number[] = [];
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      await raw.slowlog('RESET');
      const startedMs = performance.now();
      const read = await lastValueFrom(bus.snapshot('ranked'));
      took.push(performance.now() - startedMs);
      slowest.push(await slowestMs(raw));
      if (read.tickets.length !== count) throw new Error(`${read.tickets.length} of ${count} were read`);
      rawTook.push((await rawRead(raw, 'bench')).ms);
    }
    const of = count.toLocaleString('en');
    report.figure(`${of} tickets: the snapshot`, median(took), 'ms');
    report.figure(`${of} tickets: raw: the same records by HSCAN and JSON.parse alone`, median(rawTook), 'ms');
    report.figure(`${of} tickets: the longest that Redis works on one page`, median(slowest), 'ms');
  }
  await bus.close();
  raw.disconnect();
}

/** The longest that Redis worked on one command since its notes were cleared, in ms. */
async function slowestMs(raw: Redis): Promise<number> {
  const notes = (await raw.slowlog('GET', 10_000)) as [number, number, number][];
  return Math.max(0, ...notes.map(([, , us]) => us)) / 1000;
}
