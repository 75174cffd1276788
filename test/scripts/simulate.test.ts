/** The simulation as a developer runs it: what it says of a run that fails, and that this can be had again. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = join(__dirname, '..', '..');

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const simulate = (args: readonly string[]): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/simulate.ts', ...args], { cwd: root });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });

const foundIn = (text: string, what: RegExp): string => {
  const found = what.exec(text)?.[1];
  if (found === undefined) throw new Error(`${what} is not in ${text.slice(0, 2000)}`);
  return found;
};

/** Found where an answer is lost, and so in every third of such short runs: it takes a fault. */
const MUTANT = 'turnAppendedTwice';
const RUNS = 5;
const HOURS = '0.05';

test('a run that fails: its seed, the faults that it takes, and a command that shows it again, by the same checker', async () => {
  const broken = ['--hours', HOURS, '--usual', '--mutant', MUTANT];
  const many = await simulate(['--seed', 'line', '--runs', String(RUNS), '--workers', '2', '--no-shrink', ...broken]);
  assert.is(many.code, 1, many.out);
  assert.match(many.out, new RegExp(`${RUNS} of ${RUNS} runs of ${HOURS} virtual h .* [1-9]\\d* failed`));
  const seed = foundIn(many.out, /^FAILED {2}seed (line-\d+)$/m);

  const { code, out } = await simulate(['--seed', seed, ...broken]);
  assert.is(code, 1, out);
  assert.match(out, new RegExp(`^seed ${seed} fails: `, 'm'));
  const smallest = out.slice(out.indexOf(`FAILED  seed ${seed}\n`));
  const failure = foundIn(smallest, /^(\w+: .*)$/m);
  const most = Number(foundIn(smallest, /It fails with the first (\d+) faults?/));
  assert.ok(most > 0);

  const again = foundIn(smallest, /^again: {2}npm run simulate -- (.*)$/m).split(' ');
  assert.is(again[again.indexOf('--faults') + 1], String(most));
  const fewer = again.map((word, at) => (again[at - 1] === '--faults' ? String(most - 1) : word));
  const [same, less] = await Promise.all([again, fewer].map((args) => simulate([...args, '--no-shrink'])));
  assert.is(same?.code, 1);
  assert.match(same?.out ?? '', new RegExp(`1 of 1 runs .* ${most} faults, 1 failed`));
  assert.ok(same?.out.includes(`seed ${seed} fails: ${failure}`), 'it fails by the same checker, of the same');
  assert.match(less?.out ?? '', new RegExp(`1 of 1 runs .* ${most - 1} faults, `));
  const checker = failure.split(':')[0];
  assert.ok(!less?.out.includes(`seed ${seed} fails: ${checker}: `), 'with one fault fewer it does not');
});

test('runs in which nothing fails exit with 0, and without a defect that there is not there is no run', async () => {
  const [well, unknown] = await Promise.all([
    simulate(['--seed', 'line', '--hours', '0.02']),
    simulate(['--hours', '0.02', '--mutant', 'noSuchOne']),
  ]);
  assert.is(well.code, 0, well.out);
  assert.match(well.out, /1 of 1 runs .* 0 failed/);
  assert.is(unknown.code, 2);
  assert.is(unknown.out, '');
  assert.match(unknown.err, /there is no mutant noSuchOne; there are .*fencingOff/);
});

test.run();
