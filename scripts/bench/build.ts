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

/** Loads the file, and says how many milliseconds that took. */
const TIMED = `const before = process.hrtime.bigint(); require(process.argv[1]);
process.stdout.write(String(Number(process.hrtime.bigint() - before) / 1e6));`;

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
  const times = Array.from({ length: RUNS }, () => Number(node('-e', TIMED, file)));
  report.figure('loading it, the fastest of 30', Math.min(...times), 'ms');
  report.figure('loading it, the median', quantile(times, 0.5), 'ms', { atMost: MOST_MS });
}

runPart({ load }).catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
