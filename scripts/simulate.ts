/**
 * `npm run simulate`: whole networks of game servers in virtual time, each from a seed, with faults. Says what fails, with the seed that
 * shows it again and as few faults as it takes; exits with 1 then.
 */
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Pool } from './simulate/pool.ts';
import { failureText, type Mutants, mutantsText, type Ran, type Shrank } from './simulate/report.ts';

const whole = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('not a whole number.');
  return value;
};
const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('not a number above 0.');
  return value;
};
const atLeastOne = (text: string): number => {
  if (whole(text) === 0) throw new InvalidArgumentError('at least 1.');
  return whole(text);
};
const list = (text: string): string[] => text.split(',').filter((part) => part !== '');

const options = new Command()
  .name('npm run simulate --')
  .description(
    'Five servers and forty players in virtual time, and everything that can go wrong between them. The same seed is the same run.',
  )
  .option('--seed <s>', 'of the run; with several runs they are <s>-1, <s>-2 …', '1')
  .option('--runs <n>', 'how many', atLeastOne, 1)
  .option(
    '--hours <h>',
    'how long faults are made in each, in virtual hours; then all is healed and has 5 min to come to its end',
    positive,
    0.5,
  )
  .option('--trace', 'print everything that happens, line by line')
  .option('--faults <n>', 'make the first <n> faults of a run, and no more', whole)
  .option('--without <names>', 'make none of these faults, separated by commas', list)
  .option('--usual', 'the usual odds, instead of odds drawn from the seed')
  .option('--no-shrink', 'do not look for the fewest faults that a failure takes')
  .option('--workers <n>', 'processes that run at the same time', atLeastOne, Math.min(availableParallelism(), 8))
  .option(
    '--mutants [names]',
    'put defects into the product, all or these, one after the other; fails where one is not found in so many runs',
  )
  .addOption(new Option('--mutant <name>', 'with this defect').conflicts('mutants'))
  .option('--json', 'the last line is one object with what was found')
  .allowExcessArguments(false)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse()
  .opts<{
    seed: string;
    runs: number;
    hours: number;
    trace?: boolean;
    faults?: number;
    without?: string[];
    usual?: boolean;
    shrink: boolean;
    workers: number;
    mutants?: boolean | string;
    mutant?: string;
    json?: boolean;
  }>();

type Report =
  | { readonly ran: Ran }
  | { readonly shrank: Shrank }
  | { readonly broke: string }
  | { readonly names: readonly string[] };

const pool = new Pool<object, Report>();
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    interrupted = true;
    pool.close();
  });

const { seed, runs, hours, trace = false, faults, without, usual = false, workers } = options;
const order = (of: string, more: object = {}): object => ({
  ...{ do: 'run', seed: of, hours, swarm: !usual, trace },
  ...(faults === undefined ? {} : { mostFaults: faults }),
  ...(without === undefined ? {} : { without }),
  ...(options.mutant === undefined ? {} : { mutant: options.mutant }),
  ...more,
});
function* seeds(most: number, more: object = {}): Generator<object> {
  if (most === 1) yield order(seed, more);
  else for (let number = 1; number <= most; number++) yield order(`${seed}-${number}`, more);
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const isTerminal = process.stderr.isTTY === true;
const progress = (text: string): void => {
  if (isTerminal) process.stderr.write(`\r\u001b[K${text}`);
};

/** One order, answered. */
async function once(of: object): Promise<Report | undefined> {
  let answer: Report | undefined;
  await pool.work(1, [of][Symbol.iterator](), (report) => {
    answer = report;
    return true;
  });
  if (answer && 'broke' in answer) throw new Error(answer.broke);
  return answer;
}

/** Runs all seeds; what failed. */
async function runAll(): Promise<{ readonly rans: number; readonly failed: readonly Ran[] }> {
  const failed: Ran[] = [];
  const sum = { rans: 0, matches: 0, faults: 0, cpuMs: 0 };
  const started = performance.now();
  await pool.work(Math.min(workers, runs), seeds(runs), (report) => {
    if ('broke' in report) throw new Error(report.broke);
    if (!('ran' in report)) return false;
    const { ran } = report;
    sum.rans++;
    sum.matches += ran.counts.matches;
    sum.faults += ran.faults;
    sum.cpuMs += ran.cpuMs;
    const [problem] = ran.problems;
    if (problem) {
      failed.push(ran);
      // At once: a long run may be interrupted.
      progress('');
      say(`seed ${ran.seed} fails: ${problem.checker}: ${problem.what}`);
    }
    if (trace && (runs === 1 || ran.problems.length > 0)) say(ran.lines.join('\n'));
    if (trace) say(`seed ${ran.seed}: trace ${ran.hash}`);
    const left = `${sum.rans} of ${runs} runs, ${failed.length} failed`;
    progress(left);
    if (!isTerminal && sum.rans % 100 === 0 && sum.rans < runs) say(left);
    return false;
  });
  progress('');
  const seconds = (performance.now() - started) / 1000;
  const each = sum.rans === 0 ? 0 : Math.round(sum.cpuMs / sum.rans);
  say(
    `${sum.rans} of ${runs} runs of ${hours} virtual h in ${seconds.toFixed(1)} s (${each} ms of processor each): ` +
      `${sum.matches} matches, ${sum.faults} faults, ${failed.length} failed`,
  );
  return { rans: sum.rans, failed };
}

async function explain(failed: readonly Ran[]): Promise<void> {
  const as = { hours, usual, mutant: options.mutant };
  for (const { seed: of, problems } of failed.slice(0, MOST_SHRUNK)) {
    if (interrupted) return;
    say('');
    if (!options.shrink) {
      say(failureText({ ...as, seed: of, problem: problems[0], mostFaults: faults, without }));
      continue;
    }
    progress(`looking for the fewest faults that seed ${of} takes`);
    const answer = await once(order(of, { do: 'shrink' }));
    progress('');
    if (answer && 'shrank' in answer) say(failureText({ ...as, seed: of, shrank: answer.shrank }));
  }
  const rest = failed.slice(MOST_SHRUNK);
  if (rest.length > 0) say(`\nand ${rest.length} more: ${rest.map((ran) => ran.seed).join(', ')}`);
}
const MOST_SHRUNK = 5;

/** How many runs it takes until each mutant is found, and by which checker. */
async function runMutants(names: readonly string[]): Promise<Mutants> {
  const table: Mutants = [];
  for (const mutant of names) {
    let rans = 0;
    let found: Ran | undefined;
    const took = { runs: 0 };
    await pool.work(Math.min(workers, runs), seeds(runs, { mutant }), (report) => {
      if ('broke' in report) throw new Error(report.broke);
      if (!('ran' in report)) return false;
      rans++;
      progress(`${mutant}: ${rans} of ${runs} runs`);
      if (report.ran.problems.length === 0 || found) return found !== undefined;
      found = report.ran;
      took.runs = rans;
      return true;
    });
    progress('');
    if (interrupted) break;
    const [problem] = found?.problems ?? [];
    table.push({ mutant, runs: found ? took.runs : rans, seed: found?.seed, checker: problem?.checker, what: problem?.what });
    say(mutantsText(table.slice(-1)));
  }
  return table;
}

/** The mutants that are asked for; undefined where there is no such one: that is said. */
async function mutantsAskedFor(): Promise<readonly string[] | undefined> {
  const known = await once({ do: 'names' });
  const all = known && 'names' in known ? known.names : [];
  const asked = options.mutant ?? options.mutants;
  const wanted = typeof asked === 'string' ? list(asked) : all;
  const unknown = wanted.filter((name) => !all.includes(name));
  if (unknown.length === 0) return wanted;
  process.stderr.write(`error: there is no mutant ${unknown.join(', ')}; there are ${all.join(', ')}\n`);
  return undefined;
}

async function main(): Promise<number> {
  const wanted = options.mutants === undefined && options.mutant === undefined ? [] : await mutantsAskedFor();
  if (!wanted) return 2;
  if (options.mutants !== undefined) {
    const table = await runMutants(wanted);
    const missed = table.filter(({ checker }) => checker === undefined);
    say(`${table.length - missed.length} of ${wanted.length} mutants found`);
    if (options.json) say(JSON.stringify({ mutants: table }));
    return interrupted ? 130 : missed.length > 0 ? 1 : 0;
  }
  const { rans, failed } = await runAll();
  await explain(failed);
  if (options.json) say(JSON.stringify({ rans, failed: failed.map((ran) => ({ seed: ran.seed, problem: ran.problems[0] })) }));
  return interrupted ? 130 : failed.length > 0 ? 1 : 0;
}

main().then(
  (code) => {
    pool.close();
    process.exitCode = code;
  },
  (error: Error) => {
    pool.close();
    process.stderr.write(`simulate: ${error.stack ?? error.message}\n`);
    process.exitCode = interrupted ? 130 : 1;
  },
);
