/** `jaeger.json` as people write it. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { configOf } from '../../plugin/config.ts';
import { strangeVariables, VARIABLES } from '../../plugin/environment.ts';
import { ConfigError, readConfig } from '../../plugin/index.ts';
import { BROKEN } from './broken-configs.ts';

const test = suite('jaeger.json');
let folder: string;
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'jaeger-config-'));
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

const write = (content: string | Buffer): string => {
  const file = join(folder, 'jaeger.json');
  writeFileSync(file, content);
  return file;
};

function refused(file: string, environment: Record<string, string> = {}): ConfigError {
  try {
    readConfig(file, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('accepted');
}

test('the smallest file is {}, with or without the mark of UTF-8, comments and trailing commas', () => {
  for (const text of ['{}', '\ufeff{}', '// nothing\n{ /* at all */ }\n', '{\r\n}\r\n'])
    assert.equal(readConfig(write(text), {}), {});
  assert.equal(readConfig(write('{ "queues": { "duel": {}, }, }'), {}), { queues: { duel: {} } });
});

for (const { name, content, says } of BROKEN)
  test(`wrong: ${name}`, () => {
    const { message, problems } = refused(write(content));
    const [summary, ...lines] = message.split('\n');
    assert.is(summary, 'jaeger.json is wrong:');
    assert.is(lines.length, says.length, message);
    assert.is(problems.length, says.length);
    for (const pattern of says) assert.is(lines.filter((line) => pattern.test(line)).length, 1, `${pattern}\n${message}`);
    assert.not.match(message, /mumble/);
  });

test('problems stand in the order of the file', () => {
  const { problems } = refused(write('{ "x": 1,\n "queues": { "a": { "y": 1 } },\n "realm": 5, "z": 1 }'));
  assert.equal(
    problems.map(({ path, line }) => [path, line]),
    [
      ['x', 1],
      ['queues.a.y', 2],
      ['realm', 3],
      ['z', 3],
    ],
  );
});

test('no file, a directory, no right to read', () => {
  assert.match(
    refused(join(folder, 'none.json')).message,
    /none\.json cannot be read:\n.*no file of that name: `jaeger init` writes one/,
  );
  mkdirSync(join(folder, 'directory'));
  assert.match(refused(join(folder, 'directory')).message, /found a directory$/);
  const file = write('{}');
  chmodSync(file, 0);
  chmodSync(folder, 0o755);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    assert.match(refused(file).message, /found one that this user may not read: give it the right to \(chmod\)$/);
  } finally {
    if (isRoot) process.seteuid?.(0);
    chmodSync(file, 0o644);
  }
});

const SECRET = 'mumble-mumble-mumble';
const target = (content: unknown, environment: Record<string, string>): unknown =>
  configOf(readConfig(write(JSON.stringify(content)), environment)).redis?.target;

test('each variable takes the place of its option', () => {
  const file = write('{ "nodeId": "eu-1", "secret": "sixteen letters!" }');
  const { nodeId, secret } = configOf(readConfig(file, { JAEGER_NODE_ID: 'eu-2', JAEGER_SECRET: SECRET }));
  assert.equal([nodeId, secret], ['eu-2', SECRET]);
  const url = { JAEGER_REDIS_URL: 'redis://joe:old@there:7000/2' };
  const there = { host: 'there', port: 7000, db: 2 };
  assert.equal(target({ nodeId: 'a' }, url), { ...there, username: 'joe', password: 'old' });
  assert.equal(target({ nodeId: 'a', redis: 'redis://here' }, url), { ...there, username: 'joe', password: 'old' });
  assert.equal(target({ nodeId: 'a', redis: { url: 'redis://here', db: 3 } }, url), {
    ...there,
    username: 'joe',
    password: 'old',
    db: 3,
  });
  const access = { JAEGER_REDIS_USERNAME: 'jeff', JAEGER_REDIS_PASSWORD: SECRET };
  const { username, password } = target({ nodeId: 'a', redis: url.JAEGER_REDIS_URL }, access) as Record<string, unknown>;
  assert.equal([username, password], ['jeff', SECRET], 'also of what the URL says');
  const sentinels = { sentinels: [{ host: 's' }], name: 'm', sentinelUsername: 'x', sentinelPassword: 'y' };
  const of = { JAEGER_REDIS_SENTINEL_USERNAME: 'sam', JAEGER_REDIS_SENTINEL_PASSWORD: SECRET };
  const { sentinelUsername, sentinelPassword } = target({ nodeId: 'a', redis: sentinels }, of) as Record<string, unknown>;
  assert.equal([sentinelUsername, sentinelPassword], ['sam', SECRET]);
  const tested = ['JAEGER_NODE_ID', 'JAEGER_SECRET', ...Object.keys({ ...url, ...access, ...of })];
  assert.equal(Object.keys(VARIABLES).sort(), tested.sort());
});

test('a variable that is empty is not set', () => {
  const empty = Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, '']));
  assert.equal(readConfig(write('{ "nodeId": "a" }'), empty), { nodeId: 'a' });
});

test('what is wrong with a variable names it, and never shows it', () => {
  const wrong: [unknown, Record<string, string>, RegExp][] = [
    [{}, { JAEGER_SECRET: 'mumble' }, /^ {2}JAEGER_SECRET: secret: expected text from 16 to 1024 characters, found text$/m],
    [{ nodeId: 'a' }, { JAEGER_REDIS_URL: 'http://u:mumble@x' }, /^ {2}JAEGER_REDIS_URL: redis\.url: expected a URL such as/m],
    [{ nodeId: 'a' }, { JAEGER_REDIS_PASSWORD: SECRET }, /^ {2}JAEGER_REDIS_PASSWORD: redis: expected exactly one of url/m],
    [
      { nodeId: 'a', redis: { cluster: ['redis://a'] } },
      { JAEGER_REDIS_URL: 'redis://u:mumble@b' },
      /^ {2}JAEGER_REDIS_URL: redis: expected exactly one of url, sentinels, cluster, found url, cluster$/m,
    ],
    [{ redis: 5 }, { JAEGER_REDIS_URL: 'redis://u:mumble@b' }, /^ {2}line 1, column 10: redis: expected a URL/m],
  ];
  for (const [content, environment, says] of wrong) {
    const { message, problems, stack } = refused(write(JSON.stringify(content)), environment);
    assert.match(message, says);
    assert.not.match(JSON.stringify([message, problems, stack]), /mumble/);
  }
});

test('variables that are none are told, with the one that was meant', () => {
  assert.equal(
    strangeVariables({ JAEGER_SECERT: 'x', JAEGER_REDIS_URL: 'x', JAEGER_CONFIG: 'x', JAEGER_COLOUR: 'x', PATH: 'x' }),
    [
      { name: 'JAEGER_COLOUR', nearest: undefined },
      { name: 'JAEGER_SECERT', nearest: 'JAEGER_SECRET' },
    ],
  );
});

test.run();
