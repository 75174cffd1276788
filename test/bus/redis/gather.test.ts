/** What is asked of Redis in one turn of the event loop goes out in one write, and nothing stays behind. */
import { EventEmitter, once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gather } from '../../../bus/redis/gather.ts';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('commands of one turn go out in one write, those of the next in another', async () => {
  const arrived = new EventEmitter();
  const server = createServer((socket: Socket) => socket.on('data', (data) => arrived.emit('data', data.toString())));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = new Redis({
    port,
    host: '127.0.0.1',
    enableReadyCheck: false,
    protocol: 2,
    lazyConnect: true,
    disableClientInfo: true,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const writes: string[] = [];
    const { stream } = client;
    const corked = () => stream.writableCorked;
    arrived.on('data', (text: string) => writes.push(text));
    for (const name of ['a', 'b', 'c']) {
      gather(client);
      client.publish(name, 'x').catch(() => undefined);
    }
    assert.is(corked(), 1);
    await nextTurn();
    assert.is(corked(), 0);
    while (writes.length === 0) await nextTurn();
    assert.equal(writes.join('').match(/publish/g)?.length, 3);
    assert.is(writes.length, 1);
    gather(client);
    client.publish('d', 'x').catch(() => undefined);
    while (writes.length === 1) await nextTurn();
    assert.is(writes.length, 2);
  } finally {
    client.disconnect();
    server.close();
  }
});

test('who is not connected is not waited for', () => {
  const client = new Redis({ lazyConnect: true });
  gather(client);
  client.disconnect();
});

test.run();
