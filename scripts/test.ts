/**
 * `npm test [-- pattern]`: runs uvu over `test/`, and ends with uvu's totals and one line `N passed, N failed`. Files that mostly wait (for
 * leases, deadlines, servers) have a process each and run beside the others, so that a core that would wait has something to do.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const uvu = join(root, 'node_modules', 'uvu', 'bin.js');
/** Besides all of `simulation/`; the first has much to do and much to keep. Longest first: what begins last decides when all is over. */
const WAITING = [
  ...[
    'plugin/instant-race',
    'plugin/conformance',
    'scripts/processes',
    'simulation/leaders',
    'bus/redis/leavings',
    'simulation/owner',
    'simulation/redis',
    'simulation/stages',
    'simulation/wires',
  ],
  ...[
    'bus/redis/sentinels',
    'simulation/mutants',
    'simulation/results',
    'bus/redis/chaos',
    'plugin/shared',
    'plugin/sentinels',
    'bus/redis/leaders',
    'bus/redis/holes',
  ],
  ...[
    'bus/redis/data-loss',
    'bus/redis/ear',
    'scripts/build',
    'plugin/cli',
    'plugin/cli-size',
    'plugin/cli-places',
    'scripts/demo',
    'bus/redis/whole',
    'plugin/warnings',
    'simulation/sampler',
  ],
].map((file) => `${file}.test.ts`);
const AT_ONCE = 2;
/** A file that takes longer is named at the end. */
const SLOW_MS = 5000;

interface Ran {
  readonly total: number;
  readonly passed: number;
  readonly skipped: number;
  readonly failed: number;
}

const children = new Set<ChildProcess>();
let interrupted = false;
const took: { readonly file: string; readonly ms: number }[] = [];

/** Runs files one after the other in one process. Passes on what it says file by file, for others speak at the same time. */
const run = (files: readonly string[]): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const pattern = `^(${files.map((file) => file.replaceAll('.', '\\.')).join('|')})$`;
    const args = [uvu, '-r', 'tsx/cjs', 'test', pattern];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    children.add(child);
    let [text, file, since] = ['', '', performance.now()];
    const pass = (end: number, next = ''): void => {
      process.stdout.write(text.slice(0, end));
      text = text.slice(end);
      if (file) took.push({ file, ms: performance.now() - since });
      [file, since] = [next, performance.now()];
    };
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      text += data;
      for (;;) {
        // What is kept begins with the heading of the file that runs.
        const seen = file ? text.indexOf('\n') : 0;
        const heading = /^\S+\.test\.ts\S*\n/m.exec(text.slice(seen));
        if (!heading) return;
        pass(seen + heading.index, stripVTControlCharacters(heading[0]).trim());
      }
    });
    child.on('error', reject);
    child.on('close', (code) => {
      children.delete(child);
      const end = text.search(/\n\s+Total: /);
      const totals = stripVTControlCharacters(end < 0 ? '' : text.slice(end));
      pass(end < 0 ? text.length : end);
      process.stdout.write('\n');
      const count = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(totals)?.[1] ?? 0);
      const [total, passed, skipped] = [count('Total'), count('Passed'), count('Skipped')];
      if (total === 0) process.stderr.write(`test: no test ran in ${files.join(', ')}\n`);
      resolve({ total, passed, skipped, failed: Math.max(total - passed - skipped, code === 0 && total > 0 ? 0 : 1) });
    });
  });

async function runAll(files: readonly string[]): Promise<Ran> {
  const waiting = files.filter((file) => WAITING.includes(file) || /^(?:simulation|e2e)\//.test(file));
  waiting.sort((a, b) => WAITING.indexOf(a) - WAITING.indexOf(b));
  const others = files.filter((file) => !waiting.includes(file));
  const jobs = [...(others.length > 0 ? [others] : []), ...waiting.map((file) => [file])];
  const rans: Ran[] = [];
  const lane = async (): Promise<void> => {
    for (let job = jobs.shift(); job && !interrupted; job = jobs.shift()) rans.push(await run(job));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const sum = (name: keyof Ran): number => rans.reduce((all, ran) => all + ran[name], 0);
  return { total: sum('total'), passed: sum('passed'), skipped: sum('skipped'), failed: sum('failed') };
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    interrupted = true;
    for (const child of children) child.kill(signal);
  });
const [pattern = ''] = process.argv.slice(2);
const wanted = new RegExp(pattern, 'i');
const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).map((file) => file.split(sep).join('/'));
const started = performance.now();
runAll(files.filter((file) => file.endsWith('.test.ts') && wanted.test(file))).then(
  ({ total, passed, skipped, failed }) => {
    const slow = took.filter(({ ms }) => ms >= SLOW_MS).sort((a, b) => b.ms - a.ms);
    const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
    if (slow.length > 0)
      process.stdout.write(`\n  Slow:      ${slow.map(({ file, ms }) => `${file} ${seconds(ms)}`).join(', ')}`);
    process.stdout.write(`\n  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   ${skipped}`);
    process.stdout.write(`\n  Duration:  ${seconds(performance.now() - started)}\n\n`);
    process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
    if (total === 0) process.stderr.write('test: no test ran\n');
    process.exitCode = failed > 0 || total === 0 ? 1 : 0;
  },
  (error: Error) => {
    process.stderr.write(`test: cannot run uvu: ${error.message}\n`);
    process.exitCode = 1;
  },
);
