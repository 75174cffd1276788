/**
 * From saying a message to hearing it, with everything in between: encoded, published, heard, decoded and validated. Beside it what ioredis alone
 * takes for PUBLISH of the same text, until it is heard. Both in turns, so that whatever else the machine does is in both.
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

export async function roundTrip(report: Report, { url }: Task): Promise<void> {
  report.section(`From saying a message to hearing it (p50 of ${TRIPS} trips, medians of ${ROUNDS} rounds of both in turns)`);
  const [asks, hears] = [rawClient(url), rawClient(url)];
  await hears.subscribe('raw');
  const bus = redisBus(url, { scheduler: realScheduler, random: Math.random, realm: 'bench' });
  for (const [name, message] of MESSAGES) {
    const ways = [rawTrips(asks, hears, encode(message)), await busTrips(bus, message)] as const;
    const took: [number[], number[]] = [[], []];
    const p99: [number[], number[]] = [[], []];
    const ratios: number[] = [];
    for (let round = -5; round < ROUNDS; round++) {
      const both: number[] = [];
      for (const [index, trips] of ways.entries()) {
        const each = await trips(TRIPS);
        both.push(median(each));
        // The first are for warming up.
        if (round < 0) continue;
        took[index as 0 | 1].push(median(each));
        p99[index as 0 | 1].push(quantile(each, 0.99));
      }
      if (round >= 0) ratios.push((both[1] as number) / (both[0] as number));
    }
    report.figure(`${name}: p50`, median(took[1]), 'µs');
    report.figure(`${name}: raw PUBLISH to message by ioredis alone: p50`, median(took[0]), 'µs');
    report.figure(`${name}: p50, to raw`, median(ratios), '×', { atMost: 2 });
    report.figure(`${name}: p99`, median(p99[1]), 'µs');
    report.figure(`${name}: raw: p99`, median(p99[0]), 'µs');
  }
  await bus.close();
  asks.disconnect();
  hears.disconnect();
}
