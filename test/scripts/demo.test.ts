/** The demo as a person runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = join(__dirname, '..', '..');

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the demo; `meanwhile` sees the process at its first output. */
const demo = (args: readonly string[], meanwhile?: (child: ChildProcess) => void): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/demo.ts', ...args], { cwd: root });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (out === '') meanwhile?.(child);
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });

interface Line {
  readonly kind: string;
  readonly id?: string;
  readonly matchId?: string;
  readonly digest?: string;
}

test('the story of the seeds: Joe meets Bob, Janet meets Jeff, both copies of each battle are equal', async () => {
  const { code, out, err } = await demo(['--speed', '0', '--seed', '7']);
  assert.is(err, '');
  assert.is(code, 0);
  assert.match(out, /Joe – Bob .*equal/);
  assert.match(out, /(Janet – Jeff|Jeff – Janet) .*equal/);
  assert.match(out, /in reach Bob 1070 \(20 away\), Jeff 1080 \(30 away\)/);
  assert.match(out, /2 matches, 2 rated, 0 void, 0 unfinished; digests equal in all 2; sum of Elo 4150 before, 4150 after/);
  assert.not(out.includes('\u001b'), 'colour only on a terminal');
});

test('the same seed gives the same stream, byte for byte; everybody plays once; digests are equal; Elo is kept', async () => {
  const args = ['--players', '16', '--nodes', '4', '--seed', '7', '--json', '--speed', '0'];
  const [one, two] = await Promise.all([demo(args), demo(args)]);
  assert.is(one.code, 0, one.err);
  assert.ok(one.out === two.out, 'the two streams differ');
  const lines = one.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  const over = lines.filter(({ kind }) => kind === 'over');
  assert.is(over.length, 16);
  assert.is(new Set(over.map(({ id }) => id)).size, 16, 'every player at most once');
  const digests = new Map<string, Set<string>>();
  for (const { matchId = '', digest = '' } of over) digests.set(matchId, (digests.get(matchId) ?? new Set()).add(digest));
  assert.is(digests.size, 8);
  for (const both of digests.values()) assert.is(both.size, 1);
  const summary = lines.at(-1) as unknown as Record<string, unknown>;
  assert.is(summary['kind'], 'summary');
  assert.is(summary['eloBefore'], summary['eloAfter']);
});

test('the last one to come is waited for: two players always meet', async () => {
  const runs = await Promise.all(
    ['1', '2'].map((seed) => demo(['--players', '2', '--speed', '0', '--rate', '0.05', '--seed', seed])),
  );
  for (const { code, out } of runs) {
    assert.is(code, 0);
    assert.match(out, /1 matches, 1 rated/);
  }
});

test('another seed gives another stream', async () => {
  const args = ['--players', '2', '--json', '--speed', '0', '--seed'];
  const [one, two] = await Promise.all([demo([...args, '1']), demo([...args, '2'])]);
  assert.not(one.out === two.out);
});

test('Ctrl-C ends it cleanly: what there is, no stack trace, exit 130', async () => {
  const { code, out, err } = await demo(['--speed', '1'], (child) => setTimeout(() => child.kill('SIGINT'), 300));
  assert.is(code, 130);
  assert.is(err, '');
  assert.match(out, /interrupted/);
  assert.match(out, /no digests to compare/);
});

test('--help says what there is, wrong options say what is right', async () => {
  const help = await demo(['--help']);
  assert.is(help.code, 0);
  for (const option of ['--players', '--nodes', '--rate', '--speed', '--seed', '--json']) assert.match(help.out, option);
  const wrong: readonly [string[], RegExp][] = [
    [['--players', 'many'], /--players.*whole number from 2 to/s],
    [['--players', '1'], /whole number from 2 to/],
    [['--nodes', '27'], /whole number from 2 to 26/],
    [['--speed', '-1'], /number from 0 to/],
    [['--rate', '0'], /number from 0.001/],
    [['--seed', ''], /1 to 64 characters/],
    [['--fast'], /unknown option '--fast'/],
    [['fast'], /too many arguments/],
  ];
  const results = await Promise.all(wrong.map(([args]) => demo(args)));
  for (const [index, [args, message]] of wrong.entries()) {
    assert.is(results[index]?.code, 2, args.join(' '));
    assert.match(results[index]?.err ?? '', message);
    assert.not.match(results[index]?.err ?? '', /\n\s+at /, 'no stack trace');
  }
});

test.run();
