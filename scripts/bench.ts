/**
 * `npm run bench -- <name>`: measures, prints each figure beside its bound, and exits with 1 when one falls short. What is measured is
 * bundled first, as the build does it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { buildSync } from 'esbuild';
import { type Figure, summary } from './bench/report.ts';
import { AS_ADVISED, type RedisServer, startRedis } from './redis.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

interface Bench {
  readonly parts: readonly string[];
  readonly minutes: number;
  /** Each part gets a Redis of its own, kept as the README advises. */
  readonly needsRedis?: true;
  /** What it measures is bundled by itself, and it runs from its source. */
  readonly fromSource?: true;
}

const BENCHES: Readonly<Record<string, Bench>> = {
  matcher: { parts: ['rounds', 'ticks', 'loop', 'quality'], minutes: 3 },
  build: { parts: ['load'], minutes: 1 },
  cli: { parts: ['status'], minutes: 1, needsRedis: true },
  bus: { parts: ['roundTrip', 'verbs', 'fanOut', 'snapshot'], minutes: 1, needsRedis: true },
  instant: { parts: ['cost', 'growth', 'load', 'rate'], minutes: 1, needsRedis: true },
  showdown: { parts: ['lag', 'memory'], minutes: 4, fromSource: true },
  e2e: { parts: ['latency', 'throughput', 'recovery'], minutes: 3, needsRedis: true },
};

const whole = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('not a whole number.');
  return value;
};

const inWords = Object.entries(BENCHES)
  .map(([name, { parts, minutes }]) => `${name} (about ${minutes} min): ${parts.join(', ')}`)
  .join('; ');
const command = new Command()
  .name('npm run bench --')
  .description('Measures a room, or the whole. A machine that does nothing else gives steadier figures.')
  .addArgument(new Argument('<name>', 'what to measure').choices(Object.keys(BENCHES)))
  .option('--only <parts...>', `some of its parts; ${inWords}`)
  .option('--seed <n>', 'of the crowds that are measured', whole, 1)
  .option('--json', 'the last line is one object with every figure')
  .allowExcessArguments(false)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();

const [name] = command.processedArgs as [string];
const { seed, json = false, only = [] } = command.opts<{ seed: number; json?: boolean; only?: string[] }>();
const { parts, needsRedis, fromSource } = BENCHES[name] as Bench;
const unknown = only.filter((part) => !parts.includes(part));
if (unknown.length > 0) {
  process.stderr.write(`error: ${name} has no part ${unknown.join(', ')}; it has ${parts.join(', ')}\n`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'jaeger-bench-'));
const file = join(folder, 'bench.js');
if (!fromSource)
  buildSync({
    absWorkingDir: root,
    entryPoints: [`scripts/bench/${name}.ts`],
    outfile: file,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: 'es2020',
    alias: {
      rxjs: './node_modules/rxjs/dist/esm/index.js',
      'jsonc-parser': './node_modules/jsonc-parser/lib/esm/main.js',
    },
    logLevel: 'warning',
  });

let running: ChildProcess | undefined;
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    interrupted = true;
    running?.kill(signal);
  });

/** A part in a process of its own: what another one leaves in the heap does not weigh on it. Resolves with its figures. */
function measure(part: string, redis: RedisServer | undefined): Promise<Figure[]> {
  const task = { seed, part, ...(redis ? { url: redis.url, redisPid: redis.pid } : {}) };
  const program = fromSource ? ['--import', 'tsx', join(root, 'scripts', 'bench', `${name}.ts`)] : ['--expose-gc', file];
  const child = spawn(process.execPath, [...program, JSON.stringify(task)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  running = child;
  return new Promise((resolve, reject) => {
    let figures: Figure[] | undefined;
    child.on('message', (message) => {
      figures = message as Figure[];
    });
    child.on('error', reject);
    child.on('close', (code) =>
      figures ? resolve(figures) : reject(new Error(`${part} ended with ${code}, without figures`)),
    );
  });
}

async function main(): Promise<number> {
  process.stdout.write(`${name} bench, seed ${seed}, Node ${process.version}\n`);
  const figures: Figure[] = [];
  for (const part of parts) {
    if (interrupted || (only.length > 0 && !only.includes(part))) continue;
    const redis = needsRedis ? await startRedis({ args: AS_ADVISED }) : undefined;
    try {
      figures.push(...(await measure(part, redis)));
    } finally {
      await redis?.stop();
    }
  }
  return summary(name, seed, figures, json);
}

main()
  .catch((error: Error) => {
    if (!interrupted) process.stderr.write(`bench: ${error.message}\n`);
    return interrupted ? 130 : 1;
  })
  .then((code) => {
    process.exitCode = code;
    rmSync(folder, { recursive: true, force: true });
  });
