/**
 * From saying a message to hearing it, with everything in between: encoded, signed, published, heard, its signature checked, decoded and validated.
 * Beside it what ioredis alone takes for PUBLISH of the same message, until it is heard. All in turns, so that whatever else the machine does is in all.
 */
import type { Redis } from 'ioredis';
import type { Bus } from '../../../bus/bus.ts';
import { encode } from '../../../bus/codec.ts';
import type { Message } from '../../../bus/messages.ts';
import { redisBus } from '../../../bus/redis.ts';
import { realScheduler } from '../../../plugin/runtime.ts';
import { rawClient } from '../raw.ts';
import type { Report } from '../report.ts';
import { median, quantile } from '../statistics.ts';
import type { Task } from '../task.ts';

const ROUNDS = 25;
const WARM_UP = 10;
const TRIPS = 200;

const leader = { v: 1, queue: 'ranked', generation: 1, epoch: 1_790_000_000_000 } as const;
const opponent = (id: string) => ({ id, name: id, members: [id], elo: 1000, node: 'a game server' });
const MESSAGES: readonly (readonly [string, Message])[] = [
  ['ARE_YOU_THERE', { ...leader, kind: 'ARE_YOU_THERE', ticket: 'x'.repeat(22), ask: 'y'.repeat(22) }],
  [
    'BEGIN',
    { ...leader, kind: 'BEGIN', matchId: 'x'.repeat(22), turn: 1, sides: [opponent('joe'), opponent('jeff')], rated: true },
  ],
  ['TEAM of 2 KiB', { ...leader, kind: 'TEAM', matchId: 'x'.repeat(22), turn: 2, side: 0, data: 'x'.repeat(2048) }],
];

/** Trips one after the other: how long each took, in µs. */
type Trips = (count: number) => Promise<number[]>;

/** `say` says something; whoever hears it calls what it was given. */
async function tripsOf(count: number, say: () => void, heard: (then: () => void) => void): Promise<number[]> {
  const took: number[] = [];
  await new Promise<void>((resolve) => {
    let startedMs = 0;
    const go = (): void => {
      startedMs = performance.now();
      say();
    };
    heard(() => {
      took.push((performance.now() - startedMs) * 1000);
      if (took.length < count) go();
      else resolve();
    });
    go();
  });
  return took;
}

function rawTrips(asks: Redis, hears: Redis, text: string): Trips {
  let then = (): void => undefined;
  hears.on('message', () => then());
  return (count) =>
    tripsOf(
      count,
      () => void asks.publish('raw', text),
      (heard) => {
        then = heard;
      },
    );
}

async function busTrips(bus: Bus, message: Message): Promise<Trips> {
  let then = (): void => undefined;
  const room = bus.rooms.waiting(message.kind);
  await new Promise<void>((resolve) => {
    bus.hear(room).subscribe((heard) => (heard.listening ? resolve() : then()));
  });
  return (count) =>
    tripsOf(
      count,
      () => void bus.say(room, message).subscribe(),
      (heard) => {
        then = heard;
      },
    );
}

const WAYS = ['raw', 'unsigned', 'signed'] as const;
type Way = (typeof WAYS)[number];

export async function roundTrip(report: Report, { url }: Task): Promise<void> {
  report.section(
    `From saying a message to hearing it (p50 of ${TRIPS} trips, medians of ${ROUNDS} rounds of each way in turns)`,
  );
  const [asks, hears] = [rawClient(url), rawClient(url)];
  await hears.subscribe('raw');
  // One that says nothing else than these says more a second than any node should.
  const options = { scheduler: realScheduler, random: Math.random, realm: 'bench', messagesPerSecond: 1_000_000 };
  const plain = redisBus(url, options);
  const signing = redisBus(url, { ...options, realm: 'signed', signing: { secret: 'a secret of the bench', node: 'node' } });
  for (const [name, message] of MESSAGES) {
    const trips: Readonly<Record<Way, Trips>> = {
      raw: rawTrips(asks, hears, encode(message)),
      unsigned: await busTrips(plain, message),
      signed: await busTrips(signing, message),
    };
    const p50: Record<Way, number[]> = { raw: [], unsigned: [], signed: [] };
    const p99: Record<Way, number[]> = { raw: [], unsigned: [], signed: [] };
    // The first are for warming up.
    for (let round = -WARM_UP; round < ROUNDS; round++)
      for (const way of WAYS) {
        const took = await trips[way](TRIPS);
        if (round < 0) continue;
        p50[way].push(median(took));
        p99[way].push(quantile(took, 0.99));
      }
    const toRaw = (way: Way): number => median(p50[way].map((each, round) => each / (p50.raw[round] as number)));
    report.figure(`${name}: raw PUBLISH to message by ioredis alone: p50`, median(p50.raw), 'µs');
    report.figure(`${name}: validated: p50`, median(p50.unsigned), 'µs');
    report.figure(`${name}: validated: p50, to raw`, toRaw('unsigned'), '×', { atMost: 2 });
    report.figure(`${name}: signed and validated: p50`, median(p50.signed), 'µs');
    report.figure(`${name}: signed and validated: p50, to raw`, toRaw('signed'), '×', { atMost: 2 });
    report.figure(`${name}: raw: p99`, median(p99.raw), 'µs');
    report.figure(`${name}: signed and validated: p99`, median(p99.signed), 'µs');
  }
  await plain.close();
  await signing.close();
  asks.disconnect();
  hears.disconnect();
}
