/** One says, many hear, each with a connection of its own: how many messages a second are heard, by the bus and by ioredis alone. */
import type { Redis } from 'ioredis';
import { encode } from '../../../bus/codec.ts';
import type { Message } from '../../../bus/messages.ts';
import { type RedisBus, redisBus } from '../../../bus/redis.ts';
import { realScheduler } from '../../../plugin/runtime.ts';
import { rawClient } from '../raw.ts';
import type { Report } from '../report.ts';
import { median } from '../statistics.ts';
import type { Task } from '../task.ts';

const HEARERS = 50;
const MESSAGES = 1000;
const REPETITIONS = 5;

const message: Message = { v: 1, kind: 'NEWEST', matchId: 'x'.repeat(22), side: 0, turn: 1, away: null };

/** Says so many; resolves with how many a second were heard when all have heard all. */
async function heardPerSecond(say: () => void, onHeard: (each: () => void) => void): Promise<number> {
  const startedMs = performance.now();
  await new Promise<void>((resolve) => {
    let heard = 0;
    onHeard(() => {
      if (++heard === HEARERS * MESSAGES) resolve();
    });
    for (let count = 0; count < MESSAGES; count++) say();
  });
  return ((HEARERS * MESSAGES) / (performance.now() - startedMs)) * 1000;
}

export async function fanOut(report: Report, { url }: Task): Promise<void> {
  report.section(
    `One says ${MESSAGES.toLocaleString('en')} messages, ${HEARERS} connections of one process hear them (medians of ${REPETITIONS})`,
  );
  let then = (): void => undefined;
  const onHeard = (each: () => void): void => {
    then = each;
  };
  const options = { scheduler: realScheduler, random: Math.random, realm: 'bench', messagesPerSecond: 10_000_000 };
  const buses: RedisBus[] = [];
  const ears: Redis[] = [];
  for (let count = 0; count < HEARERS; count++) {
    const bus = redisBus(url, options);
    buses.push(bus);
    await new Promise<void>((resolve) => {
      bus.hear('room').subscribe((heard) => (heard.listening ? resolve() : then()));
    });
    const ear = rawClient(url);
    ears.push(ear);
    await ear.subscribe('raw');
    ear.on('message', () => then());
  }
  const asks = rawClient(url);
  const text = encode(message);
  const ours: number[] = [];
  const raw: number[] = [];
  // The first is for warming up.
  for (let repetition = 0; repetition <= REPETITIONS; repetition++) {
    const byBus = await heardPerSecond(() => void (buses[0] as RedisBus).say('room', message).subscribe(), onHeard);
    const alone = await heardPerSecond(() => void asks.publish('raw', text), onHeard);
    if (repetition === 0) continue;
    ours.push(byBus);
    raw.push(alone);
  }
  report.figure('messages heard, decoded and validated', median(ours), '/s');
  report.figure('raw: texts heard by ioredis alone', median(raw), '/s');
  for (const bus of buses) await bus.close();
  for (const ear of [...ears, asks]) ear.disconnect();
}
