/** The connection that hears, when the process that it belongs to stands still. */
import { Redis } from 'ioredis';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Text } from '../../../bus/redis/link.ts';
import { linkTo } from '../../../bus/redis.ts';
import { pause, startRedis, until } from '../../../scripts/redis.ts';
import { VirtualTime } from '../../../scripts/virtual-time.ts';

const PING_MS = 5000;
/** Longer than Redis is waited for. */
const STILL_MS = 1300;
const TEXTS = 100;

test('a process that stands still after a PING keeps its ear, and hears what was said meanwhile', async () => {
  const redis = await startRedis();
  const says = new Redis(redis.url);
  const time = new VirtualTime();
  const link = linkTo(redis.url, { scheduler: time, random: () => 0 });
  const heard: Text[] = [];
  const subscription = link.hear('room').subscribe((text) => heard.push(text));
  try {
    await until('the room is heard', () => heard.length === 1);
    await says.ping();
    time.runUntil(PING_MS);
    for (let index = 0; index < TEXTS; index++) says.publish('room', `text ${index}`).catch(() => undefined);
    const end = performance.now() + STILL_MS;
    while (performance.now() < end);
    await until('all was heard', () => heard.length >= 1 + TEXTS);
    await pause(100);
    assert.equal(
      heard.map((text) => (text.listening ? 'listening' : text.text)),
      ['listening', ...Array.from({ length: TEXTS }, (_, index) => `text ${index}`)],
    );
  } finally {
    subscription.unsubscribe();
    await link.close();
    says.disconnect();
    await redis.stop();
  }
});

test.run();
