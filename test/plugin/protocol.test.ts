/** Servers of another major version of the protocol refuse to start, and say why. */
import { Redis } from 'ioredis';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bus } from '../../bus/bus.ts';
import { PROTOCOL_VERSION } from '../../bus/messages.ts';
import { tagOf } from '../../bus/rooms.ts';
import { StateError } from '../../plugin/errors.ts';
import { jaeger } from '../../plugin/index.ts';
import { startRedis, until } from '../../scripts/redis.ts';
import { TestWorld } from './world.ts';

const NEXT = PROTOCOL_VERSION + 1;

test('a server of another version does not start while the realm speaks this one, the others go on', () => {
  const wire = (bus: Bus, node: string): Bus =>
    node === 'new' ? { ...bus, arrive: (request) => bus.arrive({ ...request, protocol: NEXT }) } : bus;
  const world = new TestWorld({ nodes: ['L', 'A'], wire }).start();
  const late = world.launch('new');
  assert.throws(
    () => world.value(late.start(), 5000),
    (error: unknown) =>
      error instanceof StateError &&
      error.message.startsWith(`the servers of realm "jaeger" speak version ${PROTOCOL_VERSION}`),
  );
  assert.equal(
    world.of('started').map(({ node }) => node),
    ['L', 'A'],
  );
  world.add('A', 'joe').add('L', 'bob').run(60_000);
  assert.is(world.of('elo').length, 2);
});

test('over Redis: the first leader writes it down; a server that speaks another one says what to do', async () => {
  const server = await startRedis();
  const client = new Redis(server.url);
  const key = `${tagOf('spoken')}:protocol`;
  const host = { tell: () => undefined, accept: () => true, team: () => '', validate: () => null, battle: () => undefined };
  const node = (nodeId: string) => jaeger({ nodeId, realm: 'spoken', redis: server.url }, host);
  const first = node('A');
  try {
    await first.start();
    await until('it is written', async () => (await client.get(key)) !== null);
    assert.is(await client.get(key), String(PROTOCOL_VERSION));
    await client.set(key, NEXT);
    const second = node('B');
    const refused = await second.start().then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.instance(refused, StateError);
    assert.match((refused as Error).message, `speak version ${NEXT} of the protocol, this one speaks ${PROTOCOL_VERSION}`);
    await second.stop();
    await client.del(key);
    const third = node('C');
    await third.start();
    await third.stop();
  } finally {
    await first.stop();
    client.disconnect();
    await server.stop();
  }
});

test.run();
