/** The redis-server is fetched once, whoever else looks for it at the same time, and whatever became of those who began. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cachedBinary, type Fetch, redisBinary } from '../../scripts/redis-binary.ts';

const test = suite('the redis-server is fetched');
let folder = '';
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'jaeger-cache-'));
});
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

const made: Fetch = (root) => {
  for (const name of ['bin', 'lib']) mkdirSync(join(root, 'usr', name), { recursive: true });
  writeFileSync(join(root, 'usr', 'bin', 'redis-server'), '');
  return '';
};
const server = (cache: string): string => join(cache, 'redis', 'usr', 'bin', 'redis-server');

test('three processes that find an empty cache at once all start a server, and one of them fetched it', async () => {
  // Before they do: this may have to fetch the real one, in whose place they fetch.
  redisBinary();
  const [cache, fetches] = [join(folder, 'cache'), join(folder, 'fetches')];
  const program = join(__dirname, 'redis-fetcher.ts');
  const said = await Promise.all(
    [1, 2, 3].map(
      () =>
        new Promise<string>((resolve) => {
          const child = spawn(process.execPath, ['--import', 'tsx', program, cache, fetches]);
          let text = '';
          for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += String(data)));
          child.on('close', (code) => resolve(`${code} ${text.trim()}`));
        }),
    ),
  );
  assert.equal(said, ['0 +PONG', '0 +PONG', '0 +PONG']);
  assert.is(readFileSync(fetches, 'utf8').trim().split('\n').length, 1, 'fetches');
  assert.equal(readdirSync(cache), ['redis'], 'nothing else is left');
});

test('who fetches one while another one has been given its place takes that one', () => {
  const binary = cachedBinary(folder, (root) => {
    // As one does who took the lock from us.
    made(join(folder, 'redis'));
    writeFileSync(server(folder), 'theirs');
    return made(root);
  });
  assert.is(typeof binary === 'string' ? binary : binary.file, server(folder));
  assert.is(readFileSync(server(folder), 'utf8'), 'theirs');
  assert.equal(readdirSync(folder), ['redis']);
});

test('the lock of a process that is gone holds nobody up', () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  writeFileSync(join(folder, 'redis.lock'), String(pid));
  const since = performance.now();
  assert.type(cachedBinary(folder, made), 'object');
  assert.ok(performance.now() - since < 5000);
});

test('what cannot be fetched is said, and the next one tries again', () => {
  assert.is(
    cachedBinary(folder, () => 'there is no network'),
    'there is no network',
  );
  assert.throws(
    () =>
      cachedBinary(folder, () => {
        throw new Error('the disk is full');
      }),
    /the disk is full/,
  );
  assert.equal(readdirSync(folder), []);
  assert.type(cachedBinary(folder, made), 'object');
  assert.ok(existsSync(server(folder)));
});

test.run();
