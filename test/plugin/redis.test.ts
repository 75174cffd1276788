/** `redis` and `lease` of the configuration: what is right, what is wrong, and that no password is ever told. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LeaseSettings } from '../../bus/redis/settings.ts';
import { configOf } from '../../plugin/config.ts';
import { ConfigError, type Host, jaeger, memoryBus, redisBus } from '../../plugin/index.ts';

const SECRET = 'hunter2';

function refusal(input: unknown): ConfigError {
  try {
    configOf(input);
  } catch (error) {
    assert.instance(error, ConfigError);
    return error as ConfigError;
  }
  throw new Error(`accepted: ${JSON.stringify(input)}`);
}
const found = (redis: unknown): object | undefined => configOf({ nodeId: 'A', redis } as never).redis?.target;

test('one server: a URL taken apart, alone or in an object', () => {
  assert.equal(found('redis://localhost'), { host: 'localhost', port: 6379, db: 0 });
  assert.equal(found(`rediss://joe:${encodeURIComponent('a@b/c:d')}@h:7000/3`), {
    ...{ host: 'h', port: 7000, db: 3 },
    ...{ username: 'joe', password: 'a@b/c:d', tls: true },
  });
  assert.equal(found('redis://:pw@[::1]:1'), { host: '::1', port: 1, db: 0, password: 'pw' });
  assert.equal(found({ url: 'redis://h', username: 'u', password: 'p', db: 2, tls: true }), {
    ...{ host: 'h', port: 6379, db: 2 },
    ...{ username: 'u', password: 'p', tls: true },
  });
  assert.equal(configOf({}).redis, null);
});

test('Sentinels and clusters', () => {
  const sentinels = [{ host: 'a' }, { host: 'b', port: 7 }];
  assert.equal(found({ sentinels, name: 'm', password: 'p', sentinelPassword: 's', sentinelTls: true, db: 1 }), {
    sentinels: [
      { host: 'a', port: 26_379 },
      { host: 'b', port: 7 },
    ],
    ...{ name: 'm', password: 'p', sentinelPassword: 's', sentinelTls: true, db: 1 },
  });
  assert.equal(found({ cluster: [{ host: 'a' }, { host: 'b', port: 7 }], username: 'u', password: 'p' }), {
    cluster: [
      { host: 'a', port: 6379 },
      { host: 'b', port: 7 },
    ],
    ...{ username: 'u', password: 'p' },
  });
  assert.equal(found({ cluster: ['rediss://:p@a', 'rediss://:p@b:7'] }), {
    cluster: [
      { host: 'a', port: 6379 },
      { host: 'b', port: 7 },
    ],
    ...{ password: 'p', tls: true },
  });
});

test('TLS: files are read, relative to where the server was started', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jaeger-tls-'));
  try {
    const texts = {
      ca: '# ours\n-----BEGIN CERTIFICATE-----\nca',
      cert: '-----BEGIN CERTIFICATE-----\ncert',
      key: '-----BEGIN EC PARAMETERS-----\n-----END EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----\nkey',
    };
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
    const tls = { ca: join(folder, 'ca'), cert: join(folder, 'cert'), key: join(folder, 'key'), servername: 'redis' };
    assert.equal(found({ url: 'rediss://h', tls }), {
      ...{ host: 'h', port: 6379, db: 0 },
      tls: { ...texts, servername: 'redis' },
    });
    const { problems } = refusal({ nodeId: 'A', redis: { url: 'rediss://h', tls: { ...tls, ca: join(folder, 'no') } } });
    assert.equal(problems, [
      { path: 'redis.tls.ca', expected: 'a file that can be read', found: `${join(folder, 'no')} (ENOENT)` },
    ]);
    const swapped = { ca: tls.key, cert: tls.key, key: tls.cert };
    assert.equal(
      refusal({ nodeId: 'A', redis: { url: 'rediss://h', tls: swapped } }).problems.map(
        ({ path, expected, found }) => `${path}: ${expected}, ${found}`,
      ),
      [
        `redis.tls.ca: a PEM file with a certificate, ${tls.key}, which has none`,
        `redis.tls.cert: a PEM file with a certificate, ${tls.key}, which has none`,
        `redis.tls.key: a PEM file with a private key, ${tls.cert}, which has none`,
      ],
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const URL_WITH_IT = `redis://joe:${SECRET}@h:1`;
const WRONG: readonly [string, unknown, string[]][] = [
  ['not a URL', SECRET, ['redis']],
  ['a URL of something else', `http://joe:${SECRET}@h`, ['redis']],
  ['a URL without a host', 'redis://', ['redis']],
  ['a URL with options', `${URL_WITH_IT}?enableOfflineQueue=true`, ['redis']],
  ['a URL whose path is no number', `${URL_WITH_IT}/zero`, ['redis']],
  ['a password that is wrongly written in a URL', 'redis://joe:%zzhunter2@h', ['redis']],
  ['a number', 5, ['redis']],
  ['null', null, ['redis']],
  ['a list', [URL_WITH_IT], ['redis']],
  ['nothing in it', {}, ['redis']],
  ['two at once', { url: URL_WITH_IT, cluster: [{ host: 'h' }] }, ['redis']],
  ['a misspelt key', { url: 'redis://h', pasword: SECRET }, ['redis.pasword']],
  ['a password that is no text', { url: 'redis://h', password: [SECRET] }, ['redis.password']],
  ['an empty password', { url: 'redis://h', password: '' }, ['redis.password']],
  ['a URL that is no text', { url: { href: URL_WITH_IT } }, ['redis.url']],
  ['a URL in an object that is none', { url: `h:${SECRET}` }, ['redis.url']],
  ['two users', { url: URL_WITH_IT, username: 'jeff', password: SECRET }, ['redis.username', 'redis.password']],
  ['a user without a password', { cluster: [{ host: 'h' }], username: 'u' }, ['redis.password']],
  ['TLS and not', { url: `rediss://:${SECRET}@h`, tls: false }, ['redis.tls']],
  ['half a certificate', { url: 'rediss://h', tls: { cert: 'x', key: undefined } }, ['redis.tls', 'redis.tls.cert']],
  ['a misspelt TLS option', { url: 'rediss://h', tls: { rejectUnauthorised: false } }, ['redis.tls.rejectUnauthorised']],
  ['Sentinels without a name', { sentinels: [{ host: 'h' }], password: SECRET }, ['redis.name']],
  ['no Sentinels', { sentinels: [], name: 'm' }, ['redis.sentinels']],
  ['a port that is none', { sentinels: [{ host: 'h', port: 70_000 }], name: 'm' }, ['redis.sentinels[0].port']],
  ['Sentinel options without Sentinels', { url: 'redis://h', sentinelPassword: SECRET }, ['redis.sentinelPassword']],
  ['a cluster with a database', { cluster: [{ host: 'h' }], db: 3 }, ['redis.db']],
  ['a URL in a cluster that has one', { cluster: ['redis://h/3'] }, ['redis.cluster[0]']],
  ['a cluster with two passwords', { cluster: [`redis://:${SECRET}@a`, 'redis://:other@b'] }, ['redis.cluster']],
  ['a bad URL in a cluster', { cluster: [{ host: 'h' }, `h:${SECRET}`] }, ['redis.cluster[1]']],
  ['a prefix that would be a hash tag', { url: 'redis://h', keyPrefix: '{x}' }, ['redis.keyPrefix']],
];
for (const [name, redis, paths] of WRONG)
  test(`refused, and no password told: ${name}`, () => {
    const error = refusal({ nodeId: 'A', redis });
    assert.equal(error.problems.map(({ path }) => path).sort(), [...paths].sort());
    for (const { expected, found } of error.problems) assert.ok(expected && found);
    assert.not.match(inspect(error, { depth: 9, showHidden: true }), SECRET);
  });

test('a password in a URL that has to be written otherwise there is told so, one that begins with something else is not', () => {
  for (const password of ['a#b', 'a/b', 'a?b', 'a%b'])
    assert.match(
      refusal({ nodeId: 'A', redis: `redis://joe:${password}@h` }).problems[0]?.expected ?? '',
      / %23 for #, %2F for \//,
    );
  assert.not.match(refusal({ nodeId: 'A', redis: 'http://joe@h' }).problems[0]?.expected ?? '', /%23/);
});

test('no password is told where it stands in the wrong place', () => {
  for (const input of [
    [{ redis: URL_WITH_IT }],
    URL_WITH_IT,
    { redsi: URL_WITH_IT },
    { nodeId: 'A', redis: 'redis://h', queues: { ranked: { redis: { password: SECRET } } } },
  ])
    assert.not.match(inspect(refusal(input), { depth: 9, showHidden: true }), SECRET);
});

test('what may be shown is shown', () => {
  const { message } = refusal({ nodeId: 'A', redis: { sentinels: [{ host: 'h', port: 0 }], name: 'm' } });
  assert.match(message, /redis\.sentinels\[0\]\.port: expected a whole number from 1 to 65535, found 0/);
  assert.match(refusal({ nodeId: 'A', redis: 'tcp://h' }).message, 'redis: expected a URL such as redis://');
});

test('who shares a Redis has a name of its own, and no second bus', () => {
  assert.equal(
    refusal({ redis: 'redis://h' }).problems.map(({ path }) => path),
    ['nodeId'],
  );
  const host = { tell: () => 0, accept: () => true, team: () => '', validate: () => null, battle: () => 0 } as Host;
  assert.throws(
    () => jaeger({ nodeId: 'A', redis: 'redis://h' }, host, { bus: memoryBus() }),
    (error: ConfigError) => error.problems.map(({ path }) => path).join() === 'redis',
  );
  assert.throws(
    () => redisBus(`redis//${SECRET}`),
    (error: Error) => error instanceof ConfigError && !error.message.includes(SECRET),
  );
});

test('lease times: a leader has time to renew before it stops, and stops before it is succeeded', () => {
  const lease = (given: LeaseSettings) => configOf({ lease: given }).lease;
  assert.equal(lease({}), { renewMs: 1000, deadlineMs: 2000, leaseMs: 3000 });
  assert.equal(lease({ renewMs: 100, deadlineMs: 200, leaseMs: 300 }), { renewMs: 100, deadlineMs: 200, leaseMs: 300 });
  const paths = (given: unknown): string[] => refusal({ lease: given }).problems.map(({ path }) => path);
  assert.equal(paths({ renewMs: 2000 }), ['lease.renewMs']);
  assert.equal(paths({ leaseMs: 2000 }), ['lease.deadlineMs']);
  assert.equal(paths({ renewMs: 9000, deadlineMs: 8000 }), ['lease.renewMs', 'lease.deadlineMs']);
  assert.equal(paths({ renewMs: 0 }), ['lease.renewMs']);
  assert.equal(paths({ renewMS: 10 }), ['lease.renewMS']);
});

test.run();
