/** Redis by ioredis alone: what the figures stand beside. */
import { Redis } from 'ioredis';

export const rawClient = (url: string): Redis =>
  new Redis(url, { enableOfflineQueue: true, maxRetriesPerRequest: 0, replyMapping: 'legacy' });

/** What Redis itself has used of a processor so far, in ms. */
export async function redisCpuMs(raw: Redis): Promise<number> {
  const info = await raw.info('cpu');
  const of = (name: string): number => Number(new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1] ?? 0) * 1000;
  return of('used_cpu_user') + of('used_cpu_sys');
}

export interface Commands {
  readonly calls: number;
  readonly usec: number;
}

/** How often each command was called so far, and how long Redis took for it. */
export async function commandStats(raw: Redis): Promise<ReadonlyMap<string, Commands>> {
  const info = await raw.info('commandstats');
  const found = info.matchAll(/^cmdstat_([^:]+):calls=(\d+),usec=(\d+)/gm);
  return new Map([...found].map(([, name, calls, usec]) => [name as string, { calls: Number(calls), usec: Number(usec) }]));
}

interface Trips {
  readonly asks: Redis;
  readonly hears: Redis;
  readonly channel: string;
  /** How many are under way at once. */
  readonly atOnce: number;
  readonly forMs: number;
}

/** A script that publishes: the least that one step of a match costs. */
const TRIP = "#!lua\nreturn redis.call('PUBLISH', KEYS[1], ARGV[1])";

/** How long each of many trips took, in ms: a script is asked for that publishes, until its message is heard on the other connection. */
export async function rawTrips({ asks, hears, channel, atOnce, forMs }: Trips): Promise<number[]> {
  const sha = (await asks.script('LOAD', TRIP)) as string;
  await hears.subscribe(channel);
  const took: number[] = [];
  const endMs = performance.now() + forMs;
  await new Promise<void>((resolve, reject) => {
    const startedMs = new Array<number>(atOnce).fill(0);
    let underWay = atOnce;
    const go = (slot: number): void => {
      startedMs[slot] = performance.now();
      asks.evalsha(sha, 1, channel, slot).catch(reject);
    };
    hears.on('message', (_, text: string) => {
      const slot = Number(text);
      const nowMs = performance.now();
      took.push(nowMs - (startedMs[slot] as number));
      if (nowMs < endMs) go(slot);
      else if (--underWay === 0) resolve();
    });
    for (let slot = 0; slot < atOnce; slot++) go(slot);
  });
  await hears.unsubscribe(channel);
  hears.removeAllListeners('message');
  return took;
}

/** Reads the tickets of a realm with ioredis alone: how many there are, and how long it takes, in ms. */
export async function rawRead(raw: Redis, realm: string): Promise<{ readonly count: number; readonly ms: number }> {
  const startedMs = performance.now();
  let count = 0;
  let cursor = '0';
  do {
    const [next, found] = await raw.hscan(`{jg:${realm}}:tickets`, cursor, 'COUNT', 250);
    for (let at = 1; at < found.length; at += 2) if (JSON.parse(found[at] as string)) count++;
    cursor = next;
  } while (cursor !== '0');
  return { count, ms: performance.now() - startedMs };
}
