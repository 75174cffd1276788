/** Whole networks in virtual time: fixed seeds, and one that is another one with each commit; the same seed is the same run. */
import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Pool } from '../../scripts/simulate/pool.ts';
import { failureText, type Ran } from '../../scripts/simulate/report.ts';

type Report = { readonly ran: Ran } | { readonly broke: string };

const test = suite('whole networks in virtual time');
const SHORT_HOURS = 0.02;
const FIXED = 500;
const WORKERS = 2;
const pool = new Pool<object, Report>();
test.after(() => pool.close());

async function runs(orders: readonly object[], workers: number): Promise<Ran[]> {
  const rans: Ran[] = [];
  await pool.work(workers, orders[Symbol.iterator](), (report) => {
    if ('broke' in report) throw new Error(report.broke);
    rans.push(report.ran);
    return false;
  });
  return rans;
}
const order = (seed: string, hours: number, more: object = {}): object => ({
  do: 'run',
  seed,
  hours,
  swarm: true,
  trace: false,
  ...more,
});
const failures = (rans: readonly Ran[], hours: number): string =>
  rans
    .filter(({ problems }) => problems.length > 0)
    .map(({ seed, problems }) => failureText({ seed, hours, problem: problems[0], mutant: undefined }))
    .join('\n\n');

/** The commit, where there is one. */
function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'no commit';
  }
}

test(`${FIXED} fixed seeds, each with faults for ${60 * SHORT_HOURS} minutes`, async () => {
  const rans = await runs(
    Array.from({ length: FIXED }, (_, number) => order(`fixed-${number + 1}`, SHORT_HOURS)),
    WORKERS,
  );
  assert.is(failures(rans, SHORT_HOURS), '');
  assert.is(rans.length, FIXED);
  assert.ok(rans.reduce((sum, { counts }) => sum + counts.matches, 0) > 5 * FIXED);
});

test('the commit as a seed, with faults for half an hour', async () => {
  const seed = commit();
  assert.is(failures(await runs([order(seed, 0.5)], 1), 0.5), '');
});

/** A few that are found soon; `npm run simulate -- --mutants` looks for all. Where two checkers can see it, the seed decides which is first. */
const FOUND_SOON: Readonly<Record<string, readonly string[]>> = {
  lockNotChecked: ['locks', 'preference'],
  firstTimeLost: ['firsts', 'preference'],
  ownInputAtOnce: ['turns'],
  teamShownEarly: ['turns'],
  eloWithoutMatchId: ['elo'],
  presenceKept: ['admissions'],
};
const MOST_TRIED = 10;

test('a product that is broken in one place is found out, by the checker that is for it', async () => {
  for (const [mutant, checkers] of Object.entries(FOUND_SOON)) {
    let found: string | undefined;
    const orders = Array.from({ length: MOST_TRIED }, (_, number) => order(`mutant-${number + 1}`, 0.1, { mutant }));
    await pool.work(1, orders[Symbol.iterator](), (report) => {
      if ('broke' in report) throw new Error(report.broke);
      found = report.ran.problems[0]?.checker;
      return found !== undefined;
    });
    assert.ok(checkers.includes(found ?? ''), `${mutant}: ${found}`);
  }
});

test('the same seed is the same run in two processes, line by line, and another seed is another one', async () => {
  const same = order('same', 0.2, { trace: true });
  const [one, other] = await Promise.all([runs([same], 1), runs([same], 1)]);
  assert.ok((one[0]?.lines.length ?? 0) > 1000);
  assert.is(one[0]?.lines.join('\n'), other[0]?.lines.join('\n'));
  const [different] = await runs([order('different', 0.2, { trace: true })], 1);
  assert.is.not(different?.hash, one[0]?.hash);
});

test.run();
