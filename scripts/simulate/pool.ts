/** Processes that run simulated worlds: bundled first, as what is shipped is, and each given one order after the other. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/**
 * Most of what a run makes is garbage at once: a large nursery saves looking at it. Each worker is to have a core, so it compiles and collects
 * on its own; and what one run has compiled the next ones need again.
 */
const FLAGS = [
  '--max-semi-space-size=64',
  '--single-threaded',
  '--no-flush-bytecode',
  '--max-inlined-bytecode-size-cumulative=460',
];

export class Pool<Order, Report> {
  private readonly folder = mkdtempSync(join(tmpdir(), 'jaeger-simulate-'));
  private readonly children = new Set<ChildProcess>();
  private isClosed = false;

  constructor() {
    buildSync({
      ...{ absWorkingDir: root, entryPoints: ['test/simulation/virtual/worker.ts'], outfile: join(this.folder, 'worker.js') },
      ...{ bundle: true, platform: 'node', format: 'cjs', target: 'node20', sourcemap: true, logLevel: 'warning' },
      alias: {
        rxjs: './node_modules/rxjs/dist/esm/index.js',
        'jsonc-parser': './node_modules/jsonc-parser/lib/esm/main.js',
      },
    });
  }

  /** Hands out orders, as many at a time as there are workers, until there are none or `done` says that it is enough. Rejects when a worker dies. */
  async work(workers: number, orders: Iterator<Order>, done: (report: Report) => boolean): Promise<void> {
    let isEnough = false;
    const lane = async (): Promise<void> => {
      const child = this.start();
      try {
        for (let next = orders.next(); !next.done && !isEnough && !this.isClosed; next = orders.next()) {
          const report = await ask<Report>(child, next.value as object);
          if (report !== undefined && done(report)) isEnough = true;
        }
      } finally {
        this.children.delete(child);
        child.kill('SIGKILL');
      }
    };
    await Promise.all(Array.from({ length: workers }, lane));
  }

  /** Ends everything, whatever is being done. */
  close(): void {
    this.isClosed = true;
    for (const child of this.children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private start(): ChildProcess {
    const execArgv = ['--enable-source-maps', ...FLAGS];
    // Ctrl-C in a terminal goes to all processes: it is this one's to end the others.
    const child = fork(join(this.folder, 'worker.js'), [], {
      execArgv,
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.children.add(child);
    return child;
  }
}

/** Undefined when the worker was ended. */
function ask<Report>(child: ChildProcess, order: object): Promise<Report | undefined> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      child.off('message', told);
      child.off('exit', ended);
    };
    const told = (report: unknown): void => {
      stop();
      resolve(report as Report);
    };
    const ended = (code: number | null): void => {
      stop();
      if (code === null) resolve(undefined);
      else reject(new Error(`a worker ended with code ${code}`));
    };
    child.on('message', told);
    child.on('exit', ended);
    child.send(order);
  });
}
