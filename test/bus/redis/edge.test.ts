/** The small rules of the Redis bus: times of leases, retries, names of keys, what counts as out of reach, headers of scripts. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BusUnreachable } from '../../../bus/bus.ts';
import { scripts } from '../../../bus/generated/lua.ts';
import { retryMs } from '../../../bus/redis/connection.ts';
import { keyOf } from '../../../bus/redis/keys.ts';
import { checkLeaseTimes, LEASE_TIMES } from '../../../bus/redis/lease.ts';
import { unreachable } from '../../../bus/redis/unreachable.ts';
import { redisBus } from '../../../bus/redis.ts';
import { luaModule, scriptOf } from '../../../scripts/lua.ts';
import { VirtualTime } from '../../../scripts/virtual-time.ts';

const test = suite('the edge of the Redis bus');

test('a holder renews before it stops, and stops before it is succeeded', () => {
  checkLeaseTimes(LEASE_TIMES);
  for (const wrong of [
    { renewMs: 0 },
    { renewMs: 2000 },
    { deadlineMs: 3000 },
    { deadlineMs: Number.NaN },
    { leaseMs: 1500 },
  ]) {
    assert.throws(() => checkLeaseTimes({ ...LEASE_TIMES, ...wrong }), /renewMs < deadlineMs < leaseMs/);
    const options = { scheduler: new VirtualTime(), random: () => 0 };
    assert.throws(() => redisBus('redis://127.0.0.1:1', { ...options, lease: wrong }), /renewMs/);
  }
});

test('making a bus starts nothing: no connection, no timer', async () => {
  const time = new VirtualTime();
  const bus = redisBus('redis://127.0.0.1:1', { scheduler: time, random: () => 0 });
  bus.hear('room');
  bus.clock();
  bus.holdLease('duel', 'A');
  assert.is(time.nextAt, undefined);
  bus.close();
});

test('retries double from 50 ms to 2 s, each a random part of at least half', () => {
  assert.equal(
    [1, 2, 3, 7, 100].map((attempt) => retryMs(attempt, 0)),
    [25, 50, 100, 1000, 1000],
  );
  assert.equal(
    [1, 2, 100].map((attempt) => retryMs(attempt, 1)),
    [50, 100, 2000],
  );
});

test('all keys of a realm are under one hash tag', () => {
  const owner = { queue: 'duel', matchId: 'm', season: 'duel:spring' };
  for (const { keys } of Object.values(scripts)) for (const key of keys) assert.match(keyOf('a', key, owner), /^\{jg:a\}:\w/);
  assert.is(keyOf('a', 'lease', owner), '{jg:a}:lease:duel');
  assert.is(keyOf('a', 'log', owner), '{jg:a}:log:m');
  assert.is(keyOf('a', 'archive', owner), '{jg:a}:archive:duel:spring');
  assert.throws(() => keyOf('a', 'lease', {}), /of which queue/);
});

test('what may pass is out of reach; what stays is the error itself', () => {
  const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });
  for (const error of [
    new Error('Command timed out'),
    'closed',
    reply('LOADING Redis is loading'),
    reply('READONLY no'),
    reply('OOM full'),
  ])
    assert.instance(unreachable(error), BusUnreachable);
  for (const error of [reply('ERR no such command'), reply('NOPERM no'), reply('WRONGTYPE no')])
    assert.is(unreachable(error), error);
});

test('what the library or Redis says in a way that leads nobody to the cause is said in words, and nothing else of it', () => {
  const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });
  const all = (last: string): Error =>
    new Error(`All sentinels are unreachable. Retrying from scratch after 12ms. Last error: ${last}`);
  const said: readonly (readonly [Error, string])[] = [
    [all('ERR No such master with that name'), 'the Sentinels know no master of this name'],
    [all('Command timed out'), 'no Sentinel answers: Command timed out'],
    [all('Connection is closed.'), 'no Sentinel answers'],
    [all('NOAUTH HELLO must be called'), 'no Sentinel lets this server in (NOAUTH)'],
    [reply("ERR unknown command 'evalsha_ro', with args"), 'this is a Sentinel, or a Redis before version 7'],
    [reply('ERR unknown command `evalsha_ro`, with args'), 'this is a Sentinel, or a Redis before version 7'],
    [reply('ERR This instance has cluster support disabled'), 'this is no node of a cluster'],
    [reply('MOVED 3119 h:1'), 'MOVED 3119 h:1: this is one node of a cluster'],
    [new Error('Failed to refresh slots cache.'), 'no node of the cluster answers'],
    [new Error("Cluster isn't ready and enableOfflineQueue options is false"), 'the cluster is not ready'],
    [new Error("Stream isn't writeable and enableOfflineQueue options is false"), 'there is no connection'],
    [new Error('connect ECONNREFUSED h:1'), 'connect ECONNREFUSED h:1'],
  ];
  for (const [error, words] of said) {
    assert.instance(unreachable(error), BusUnreachable);
    assert.is(unreachable(error).message, words);
  }
});

test('a script whose header lacks a key, has one too many, or says nothing is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jaeger-lua-'));
  mkdirSync(join(folder, 'shared'));
  try {
    const refused = (lines: readonly string[], expected: RegExp): void => {
      writeFileSync(join(folder, 'one.lua'), lines.join('\n'));
      assert.throws(() => scriptOf(folder, 'one.lua'), expected);
      assert.throws(() => luaModule(folder), expected);
    };
    refused(['-- KEYS a', '-- ARGV x', '-- RETURNS y', 'return KEY.b'], /lack b/);
    refused(['-- KEYS a b', '-- ARGV x', '-- RETURNS y', 'return KEY.b'], /do not use a/);
    refused(['-- KEYS a', 'return KEY.a'], /does not say/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
