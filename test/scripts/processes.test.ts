/** The demo over real processes and a real Redis, as a person runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ask, type RedisServer, startRedis, until } from '../../scripts/redis.ts';

const root = join(__dirname, '..', '..');
const test = suite('the demo over processes');
let redis: RedisServer;
test.before(async () => {
  redis = await startRedis();
});
test.after(() => redis.stop());

interface Line {
  readonly kind: string;
  readonly node?: string;
  readonly pid?: number;
  readonly matchId?: string;
  readonly digest?: string;
  readonly [key: string]: unknown;
}

interface Ran {
  readonly code: number | null;
  readonly lines: readonly Line[];
  readonly out: string;
  readonly err: string;
}

/** Runs the demo; `meanwhile` sees the process and what it has said, at each line. */
const demo = (args: readonly string[], meanwhile?: (child: ChildProcess, lines: readonly Line[]) => void): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/demo.ts', ...args], { cwd: root });
    let out = '';
    let err = '';
    const lines = (): Line[] =>
      out
        .split('\n')
        .filter((line) => line.startsWith('{') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as Line);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      meanwhile?.(child, lines());
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, lines: lines(), out, err }));
  });

const pids = (lines: readonly Line[]): number[] => lines.flatMap(({ kind, pid }) => (kind === 'process' && pid ? [pid] : []));

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const noneRuns = (all: readonly number[]): Promise<void> => until('no process is left', () => !all.some(runs));

test('three processes over a Redis: everybody plays once, copies are equal, Elo is kept, nothing is left', async () => {
  const args = ['--redis', redis.url, '--processes', '3', '--players', '6', '--seed', '5', '--speed', '50', '--json'];
  const { code, lines, err } = await demo(args);
  assert.is(code, 0, err);
  assert.is(new Set(pids(lines)).size, 3);
  const over = lines.filter(({ kind }) => kind === 'over');
  assert.is(over.length, 6);
  assert.is(new Set(over.map(({ id }) => id)).size, 6);
  const digests = new Map<string, Set<string>>();
  for (const { matchId = '', digest = '' } of over) digests.set(matchId, (digests.get(matchId) ?? new Set()).add(digest));
  assert.equal(
    [...digests.values()].map(({ size }) => size),
    [1, 1, 1],
  );
  const summary = lines.at(-1) as Line;
  assert.equal([summary.kind, summary['rated'], summary['faults']], ['summary', 3, []]);
  assert.is(summary['eloBefore'], summary['eloAfter']);
  await noneRuns(pids(lines));
  assert.is(((await ask(redis.port, 'DBSIZE')) ?? '').trim(), ':0', 'its realm is taken away');
});

test('the story, over a Redis of its own', async () => {
  const { code, out, err } = await demo(['--redis', '--seed', '7', '--speed', '50']);
  assert.is(err, '');
  assert.is(code, 0);
  assert.match(out, /node B is process \d+/);
  assert.match(out, /Joe \(1050\) queues on A/);
  assert.match(out, /2 matches, 2 rated, 0 void, 0 unfinished; digests equal in all 2; sum of Elo 4150 before, 4150 after/);
});

test('a process that dies is reported, the others are ended, the exit code is 1', async () => {
  let killed = false;
  const { code, lines, err } = await demo(['--redis', redis.url, '--json'], (_, told) => {
    const { pid } = told.find(({ kind, node }) => kind === 'process' && node === 'B') ?? {};
    if (killed || !pid || !told.some(({ kind }) => kind === 'entered')) return;
    killed = true;
    process.kill(pid, 'SIGKILL');
  });
  assert.is(code, 1);
  assert.match(err, /the process of node B ended by itself: SIGKILL/);
  await noneRuns(pids(lines));
});

test('Ctrl-C ends all of it: exit 130, no process is left', async () => {
  let pressed = false;
  const { code, lines, err } = await demo(['--redis', redis.url, '--json', '--speed', '1'], (child, told) => {
    if (pressed || !told.some(({ kind }) => kind === 'entered')) return;
    pressed = true;
    child.kill('SIGINT');
  });
  assert.is(code, 130);
  assert.is(err, '');
  assert.is(lines.at(-1)?.['interrupted'], true);
  await noneRuns(pids(lines));
});

test('killed itself: its processes end too', async () => {
  let killed = false;
  const { lines } = await demo(['--redis', redis.url, '--json', '--speed', '1'], (child, told) => {
    if (killed || !told.some(({ kind }) => kind === 'entered')) return;
    killed = true;
    child.kill('SIGKILL');
  });
  assert.ok(killed);
  await noneRuns(pids(lines));
});

test('what is wrong is said, and no password', async () => {
  const wrong: readonly [string[], number, RegExp][] = [
    [['--processes', '2'], 2, /--processes.*needs --redis/],
    [['--redis', '--nodes', '3'], 2, /--nodes.*--processes/],
    [['--redis', '--speed', '0'], 2, /--speed.*above 0 and up to 50/],
    [['--redis', '--processes', '1'], 2, /whole number from 2 to 26/],
    [['--redis', 'http://:hunter2@h'], 2, /--redis.*a URL such as redis:\/\//],
    [['--redis', 'redis://:hunter2@127.0.0.1:1'], 1, /no Redis answers at 127\.0\.0\.1:1: .*ECONNREFUSED/],
  ];
  const results = await Promise.all(wrong.map(([args]) => demo(args)));
  for (const [index, [args, code, message]] of wrong.entries()) {
    const { err, ...ran } = results[index] as Ran;
    assert.match(err, message);
    assert.is(ran.code, code, args.join(' '));
    assert.not.match(err, /hunter2|\n\s+at /);
  }
  const help = await demo(['--help']);
  for (const option of ['--redis', '--processes']) assert.match(help.out, option);
});

test.run();
