/** What a newcomer costs a server with many users who wait and do not fit. */
import { lastValueFrom } from 'rxjs';
import type { InstantRequest } from '../../../bus/instant.ts';
import { redisBus } from '../../../bus/redis.ts';
import { dataOf, type Fields, type User, WaitList, wishesOf } from '../../../matcher/index.ts';
import { realScheduler } from '../../../plugin/runtime.ts';
import { randomOf } from '../../random.ts';
import type { Report } from '../report.ts';
import { median } from '../statistics.ts';
import type { Task } from '../task.ts';

const WAITING = [10, 100, 1000, 10_000];
const NEWCOMERS = 200;
const REGIONS = Array.from({ length: 20 }, (_, index) => `region-${index}`);
const LANGUAGES = Array.from({ length: 10 }, (_, index) => `language-${index}`);
const FIELDS: Fields = new Map([
  ['mic', { type: 'boolean' }],
  ['region', { type: 'text', values: new Set(REGIONS) }],
  ['languages', { type: 'list', values: new Set(LANGUAGES) }],
] as const);

export async function growth(report: Report, { seed, url }: Task): Promise<void> {
  const random = randomOf(seed, 'growth');
  const one = <T>(values: readonly T[]): T => values[random.integer(0, values.length - 1)] as T;
  // Everybody has a microphone and wants somebody without: nobody meets, and that is not what they are found by.
  const texts = (): { preferences: string; data: string } => ({
    preferences: JSON.stringify({
      and: [
        { field: 'region', eq: one(REGIONS) },
        { field: 'languages', in: [one(LANGUAGES), one(LANGUAGES)] },
        { field: 'mic', ne: true },
      ],
    }),
    data: JSON.stringify({ mic: true, region: one(REGIONS), languages: [one(LANGUAGES)] }),
  });
  const userOf = ({ preferences, data }: { preferences: string; data: string }): User => {
    const [wishes, says] = [wishesOf(preferences, FIELDS), dataOf(data, FIELDS)];
    if ('problems' in wishes || 'problems' in says) throw new Error('growth: a user that is wrong');
    return { wishes: wishes.wishes, data: says.data };
  };
  report.section('A newcomer on a server with so many who wait, in 20 regions (medians)');
  const bus = redisBus(url, { scheduler: realScheduler, random: Math.random, realm: 'growth' });
  let asked = 0;
  const request = (): InstantRequest => {
    const id = `u${asked++}`;
    return {
      ...{ ticket: id, queue: 'duel', node: 'A', boot: 'boot', ruleset: '', elo: null, initialElo: 1000, move: false },
      ...{ actor: { id, name: id, members: [id], blocks: [] }, room: `r${id}`, secret: `s${id}`, ...texts() },
      ...{ lifeMs: 600_000, maxWaiting: 1_000_000 },
    };
  };
  for (const waiting of WAITING) {
    const list = new WaitList<number>();
    for (let index = 0; index < waiting; index++) list.add(`w${index}`, userOf(texts()), index);
    const took: number[] = [];
    for (let count = 0; count < NEWCOMERS; count++) {
      const newcomer = texts();
      const startedMs = performance.now();
      list.fitting(userOf(newcomer));
      took.push((performance.now() - startedMs) * 1000);
    }
    const name = waiting.toLocaleString('en');
    const compared = list.compared / NEWCOMERS;
    report.figure(`${name}: compared with`, compared, '', { atMost: Math.max(10, waiting / 8) });
    report.figure(`${name}: read and compared`, median(took), 'µs', { atMost: 2000 });
    while (asked < waiting)
      await Promise.all(Array.from({ length: 50 }, () => lastValueFrom(bus.requestInstantMatch(request()))));
    const trips: number[] = [];
    for (let count = 0; count < NEWCOMERS; count++) {
      const next = request();
      const startedMs = performance.now();
      await lastValueFrom(bus.requestInstantMatch(next));
      trips.push((performance.now() - startedMs) * 1000);
    }
    report.figure(`${name}: the request to Redis and back`, median(trips), 'µs');
  }
  await bus.close();
}
