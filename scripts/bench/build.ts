/** What is shipped: how large it is, and how long a game server takes to load it, each time in a process of its own. */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from './report.ts';
import { quantile } from './statistics.ts';
import { runPart } from './task.ts';

const RUNS = 30;
const MOST_BYTES = 350_000;
const MOST_MS = 60;

/** Loads the file and makes a server, and says how many milliseconds each took. */
const TIMED = `const host = Object.fromEntries(['tell', 'accept', 'team', 'validate', 'battle'].map((name) => [name, () => null]));
const before = performance.now(); const { jaeger } = require(process.argv[1]); const loaded = performance.now();
jaeger({ log: 'none' }, host); process.stdout.write(JSON.stringify([loaded - before, performance.now() - loaded]));`;

const node = (...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
};

async function load(report: Report): Promise<void> {
  node(join('node_modules', 'tsx', 'dist', 'cli.mjs'), join('scripts', 'build.ts'));
  const file = join(process.cwd(), 'dist', 'jaeger.js');
  report.section('dist/jaeger.js');
  report.figure('size', statSync(file).size, 'bytes', { atMost: MOST_BYTES });
  const { sourcesContent } = JSON.parse(readFileSync(`${file}.map`, 'utf8')) as { readonly sourcesContent: readonly string[] };
  report.figure('of so many source files', sourcesContent.length, '');
  const runs = Array.from({ length: RUNS }, () => JSON.parse(node('-e', TIMED, file)) as [number, number]);
  const times = runs.map(([loading]) => loading);
  report.figure('loading it, the fastest of 30', Math.min(...times), 'ms');
  report.figure('loading it, the median', quantile(times, 0.5), 'ms', { atMost: MOST_MS });
  report.figure(
    'making a server after that, the median',
    quantile(
      runs.map(([, making]) => making),
      0.5,
    ),
    'ms',
  );
}

runPart({ load }).catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
