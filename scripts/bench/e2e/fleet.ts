/** The processes of the bench, as objects: what is asked of one goes over IPC. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Call, Method, Remote, Reply, StartOptions } from './node.ts';

export interface Member extends Remote {
  readonly pid: number;
  /** kill -9; resolves with the time at which it was sent. */
  kill(): Promise<number>;
  /** Ends the process. */
  end(): Promise<void>;
}

export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

const METHODS = [
  'start',
  'stop',
  'add',
  'addAndPlay',
  'loop',
  'endLoop',
  'counts',
  'rawTrips',
  'leaderNews',
] as const satisfies Method[];

export class Fleet {
  private readonly children = new Set<ChildProcess>();

  /** A node that is started. */
  async node(options: StartOptions): Promise<Member> {
    const [script] = process.argv.slice(1);
    const child = spawn(process.execPath, [...process.execArgv, script as string, JSON.stringify({ part: 'node' })], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.children.add(child);
    const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()));
    void exited.then(() => this.children.delete(child));
    const open = new Map<number, (reply: Reply) => void>();
    let calls = 0;
    child.on('message', (reply: Reply) => open.get(reply.id)?.(reply));
    const call = (method: Method, args: readonly unknown[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const id = ++calls;
        open.set(id, ({ result, error }) => {
          open.delete(id);
          if (error === undefined) resolve(result);
          else reject(new Error(`${options.nodeId}: ${error}`));
        });
        void exited.then(() => open.has(id) && reject(new Error(`${options.nodeId} ended`)));
        child.send({ id, method, args } satisfies Call);
      });
    const remote = Object.fromEntries(METHODS.map((method) => [method, (...args: unknown[]) => call(method, args)]));
    const member = {
      ...(remote as unknown as Remote),
      pid: child.pid as number,
      kill: async () => {
        const at = now();
        child.kill('SIGKILL');
        await exited;
        return at;
      },
      end: async () => {
        child.kill();
        await exited;
      },
    };
    await member.start(options);
    return member;
  }

  end(): void {
    for (const child of this.children) child.kill('SIGKILL');
  }
}
