/** Records that are none, written by somebody who may: they are told once each, and stop nobody else. */
import { Redis } from 'ioredis';
import { firstValueFrom, type Observable, Subscription } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Fence, UnreadableRecord } from '../../../bus/bus.ts';
import { PROTOCOL_VERSION } from '../../../bus/messages.ts';
import { type RedisBus, redisBus } from '../../../bus/redis.ts';
import { realScheduler } from '../../../plugin/runtime.ts';
import { type RedisServer, startRedis } from '../../../scripts/redis.ts';
import { drawn } from '../../seed.ts';
import { entering, settling } from '../conformance/scene.ts';

const test = suite('records that cannot be read');
const ask = <T>(verb: Observable<T>): Promise<T> => firstValueFrom(verb);
const TABLES = ['tickets', 'offers', 'matches', 'signs'] as const;
const LONG = 8 * 1024 * 1024;
const arriving = (node: string, boot: string) => ({
  ...{ protocol: PROTOCOL_VERSION, node, boot, since: null, silenceMs: 60_000 },
});

let server: RedisServer;
let redis: Redis;
let bus: RedisBus;
let fence: Fence;
const told: UnreadableRecord[] = [];
const work = new Subscription();

test.before(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
  bus = redisBus(server.url, { scheduler: realScheduler, random: drawn('unreadable'), realm: 'evil' });
  work.add(bus.unreadable$.subscribe((record) => told.push(record)));
  fence = await new Promise((resolve) => {
    work.add(bus.holdLease('duel', 'A').subscribe((lease) => lease && resolve(lease)));
  });
  for (const node of ['A', 'B']) await ask(bus.arrive(arriving(node, 'boot-1')));
  for (const id of ['joe', 'bob', 'ann', 'eve', 'zoe']) await ask(bus.enter(entering(id)));
  for (const [offerId, head, candidate] of [
    ['o1', 'joe', 'bob'],
    ['o2', 'ann', 'eve'],
  ] as const)
    await ask(bus.offer(fence, { offerId, head, candidate, windowMs: 60_000 }));
  for (const ticket of ['joe', 'bob']) await ask(bus.reply('o1', ticket, 'confirmed'));
  await ask(bus.settle(fence, settling({ offerId: 'o1', outcome: 'match', matchId: 'm1' })));
});
test.after(async () => {
  work.unsubscribe();
  await bus.close();
  redis.disconnect();
  await server.stop();
});

/** What a leader reads. */
const read = async (): Promise<unknown> => [await ask(bus.snapshot('duel')), await ask(bus.lastSigns())];

for (const table of TABLES)
  test(`what is no record in ${table} is left out, and told once`, async () => {
    const before = await read();
    const key = `{jg:evil}:${table}`;
    const texts = ['{', 'null', '[]', '{}', '{"queue":"duel","number":1,"body":"{}","sides":[{},{}]}', 'x'.repeat(LONG)];
    for (const [number, text] of texts.entries()) {
      const field = `evil ${number}`;
      told.length = 0;
      await redis.hset(key, field, text);
      for (let time = 0; time < 2; time++) assert.equal(await read(), before, text.slice(0, 60));
      const fields = told.map((each) => [each.key, each.field]);
      assert.equal(fields, [[key, field]]);
      if (text.length === LONG) assert.match(told[0]?.found as string, `${LONG} bytes`);
      assert.is(await redis.hget(key, field), text, 'nothing is deleted');
      await redis.hdel(key, field);
    }
  });

test('a match whose lineup cannot be read is left out', async () => {
  const key = '{jg:evil}:lineups';
  const lineup = (await redis.hget(key, 'm1')) as string;
  told.length = 0;
  await redis.hset(key, 'm1', '{');
  assert.equal((await ask(bus.snapshot('duel'))).matches, []);
  assert.is(await ask(bus.match('m1')), null);
  assert.equal(await ask(bus.seats('A', 'duel', 'boot-2', 'open', 10)), []);
  assert.equal(
    told.map(({ field }) => field),
    ['m1'],
  );
  await redis.hset(key, 'm1', lineup);
  assert.is((await ask(bus.snapshot('duel'))).matches.length, 1);
  await redis.hset(key, 'm1', '{');
  await ask(bus.snapshot('duel'));
  assert.is(told.length, 2, 'it was sound meanwhile');
  await redis.hset(key, 'm1', lineup);
});

test('a server arrives beside a sign that cannot be read, and one of whose tickets one cannot be read loses the others', async () => {
  await redis.hset('{jg:evil}:signs', 'evil', '{');
  assert.ok('since' in (await ask(bus.arrive(arriving('C', 'boot-1')))));
  await redis.hset('{jg:evil}:tickets', 'zoe', '{');
  assert.equal(await ask(bus.wipe(fence, 'A', Number.MAX_SAFE_INTEGER)), { tickets: ['ann', 'eve'], more: false });
  assert.is(await redis.hget('{jg:evil}:tickets', 'zoe'), '{');
});

test.run();
