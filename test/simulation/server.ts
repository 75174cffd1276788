/** A node process, as the test holds it. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { Added, JaegerEvent } from '../../plugin/index.ts';
import type { Hold, NodeSetup, Order, Report } from './orders.ts';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
let program: string | undefined;

/** The node as one file, so that a process of it is there in a moment. */
function programFile(): string {
  if (program) return program;
  const folder = mkdtempSync(join(tmpdir(), 'jaeger-node-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  program = join(folder, 'node.cjs');
  buildSync({
    absWorkingDir: root,
    entryPoints: ['test/simulation/node.ts'],
    outfile: program,
    ...{ bundle: true, platform: 'node', format: 'cjs', target: 'es2022', logLevel: 'warning' },
    alias: {
      rxjs: './node_modules/rxjs/dist/esm/index.js',
      'jsonc-parser': './node_modules/jsonc-parser/lib/esm/main.js',
    },
  });
  return program;
}

/** Ends the processes whose pids it was told when it hears nothing more from us: also those that stand still, also when we are killed. */
const KEEPER = `pids=
while read pid; do pids="$pids $pid"; done
[ -z "$pids" ] || kill -9 $pids 2> /dev/null`;

let boots = 0;

export interface NodeHears {
  heard(event: JaegerEvent, server: NodeServer): void;
  /** It is killed, stopped or held up from now on. */
  lost(server: NodeServer): void;
}

export class NodeServer {
  readonly nodeId: string;
  /** Which of all starts this is. */
  readonly boot = boots++;
  readonly events: JaegerEvent[] = [];
  readonly held: { readonly player: string; readonly at: Hold }[] = [];
  /** Errors that nobody handled there. */
  readonly unhandled: string[] = [];
  /** Was it killed or ended? */
  ended = false;
  private readonly child: ChildProcess;
  private readonly keeper: ChildProcess;
  private readonly gone: Promise<void>;
  private readonly waiting = new Map<number, { done(result: unknown): void; failed(error: Error): void }>();
  private orders = 0;
  private readonly ready: Promise<void>;

  private readonly hears: NodeHears;

  constructor(setup: NodeSetup, hears: NodeHears) {
    this.nodeId = setup.nodeId;
    this.hears = hears;
    this.keeper = spawn('sh', ['-c', KEEPER], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.keeper.stdin?.on('error', () => undefined);
    // Whatever the test was started with (a loader, an inspector) is not for these processes.
    this.child = fork(programFile(), [JSON.stringify(setup)], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.keeper.stdin?.write(`${this.child.pid}\n`);
    let isReady = (): void => undefined;
    this.ready = new Promise((resolve) => (isReady = resolve));
    this.gone = new Promise((resolve) =>
      this.child.on('exit', (code, signal) => {
        if (!this.ended && code !== 0) this.unhandled.push(`the process ended with ${code ?? signal}`);
        this.end();
        resolve();
      }),
    );
    this.child.on('error', (error) => this.unhandled.push(error.message));
    this.child.on('message', (message) => {
      const report = message as Report;
      switch (report.kind) {
        case 'ready':
          return isReady();
        case 'done':
          this.waiting.get(report.number)?.done(report.result);
          return this.waiting.delete(report.number);
        case 'failed':
          this.waiting.get(report.number)?.failed(Object.assign(new Error(report.error), { code: report.code }));
          return this.waiting.delete(report.number);
        case 'event':
          this.events.push(report.event);
          return hears.heard(report.event, this);
        case 'held':
          return this.held.push(report);
        case 'unhandled':
          return this.unhandled.push(report.error);
      }
    });
  }

  private end(): void {
    this.ended = true;
    for (const { failed } of this.waiting.values())
      failed(Object.assign(new Error(`${this.nodeId} is gone`), { code: 'Gone' }));
    this.waiting.clear();
  }

  /** Carries out an order; what came of it. */
  async tell(order: Order): Promise<unknown> {
    await this.ready;
    if (order.do === 'stop' || order.do === 'block') this.hears.lost(this);
    return new Promise((done, failed) => {
      if (this.ended) return failed(Object.assign(new Error(`${this.nodeId} is gone`), { code: 'Gone' }));
      const number = ++this.orders;
      this.waiting.set(number, { done, failed });
      this.child.send({ ...order, number });
    });
  }

  add(player: string, blocks: readonly string[] = []): Promise<Added> {
    return this.tell({ do: 'add', player, blocks }) as Promise<Added>;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (signal === 'SIGSTOP') this.hears.lost(this);
    this.child.kill(signal);
  }

  /** Ends the process as a power cut would; resolves when it is gone. */
  async kill(): Promise<void> {
    this.hears.lost(this);
    this.end();
    this.child.kill('SIGKILL');
    await this.gone;
    // It has nobody to look after any more.
    this.keeper.kill('SIGKILL');
  }

  of<K extends JaegerEvent['kind']>(kind: K): (JaegerEvent & { kind: K })[] {
    return this.events.filter((event): event is JaegerEvent & { kind: K } => event.kind === kind);
  }
}
