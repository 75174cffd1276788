/**
 * Private Redis servers for tests and the demo: on a free port of this machine, keeping nothing on disk unless asked to, and
 * gone with the process that started them, however it ends.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer, connect as openSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Binary, environment, redisBinary } from './redis-binary.ts';

export interface RedisServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Of the server itself. */
  readonly pid: number;
  /** Ends it, by its pid, and removes what it kept. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Default: one that is free. */
  readonly port?: number;
  /** Where it keeps what it keeps; stays when the server ends. Default: a temporary one that goes with it. */
  readonly folder?: string;
  /** The configuration of a Sentinel, which this is then; it has to name the port too. */
  readonly sentinel?: string;
  /** Default: the one that is found or fetched. */
  readonly binary?: Binary;
  /** More arguments, such as `--appendonly yes`. */
  readonly args?: readonly string[];
}

/** How the README advises to keep it. */
export const AS_ADVISED = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction'];

const HOST = '127.0.0.1';
const START_WITHIN_MS = 10_000;

/** A port that was free a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, HOST, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** Asks a server one thing, in its own words; the answer's text, or undefined when there is none. */
export const ask = (port: number, command: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = openSocket(port, HOST, () => socket.write(`${command}\r\n`));
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(undefined));
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
  });

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function until(what: string, isSo: () => Promise<boolean> | boolean, withinMs = START_WITHIN_MS): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`redis: not within ${withinMs} ms: ${what}`);
    await pause(5);
  }
}

/** Starts the server, says its pid, and ends it when it hears nothing more from us: also when we are killed. */
const KEEPER = `folder=$1; shift
"$@" & pid=$!
echo $pid
cat > /dev/null
kill -9 $pid 2> /dev/null; wait $pid 2> /dev/null
if [ -n "$folder" ]; then rm -rf "$folder"; fi`;

/** Starts a server and waits until it answers. */
export async function startRedis(options: StartOptions = {}): Promise<RedisServer> {
  const { file, libraries } = options.binary ?? redisBinary();
  for (let attempt = 0; ; attempt++) {
    const port = options.port ?? (await freePort());
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'jaeger-redis-'));
    const own = ['--port', String(port), '--bind', HOST, '--dir', folder, '--save', ''];
    const args = options.sentinel === undefined ? [...own, ...(options.args ?? [])] : [options.sentinel, '--sentinel'];
    const keeper = spawn('sh', ['-c', KEEPER, 'keeper', options.folder === undefined ? folder : '', file, ...args], {
      env: environment(libraries),
      stdio: ['pipe', 'pipe', 'inherit'],
      // A Ctrl-C in the terminal is for us, who end it.
      detached: true,
    });
    let output = '';
    keeper.stdout.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-2000)));
    keeper.stdin.on('error', () => undefined);
    const ended = new Promise<void>((resolve) => keeper.on('close', () => resolve()));
    await until('its pid', () => output.includes('\n'));
    const pid = Number.parseInt(output, 10);
    const stop = async (): Promise<void> => {
      keeper.stdin.end();
      await ended;
    };
    try {
      await until('it answers', async () => (await ask(port, 'PING')) !== undefined && isAlive(pid));
      // Who answers may be another one, which has the port, while ours is about to end.
      const own = /process_id:(\d+)/.exec((await ask(port, 'INFO server')) ?? '')?.[1] ?? String(pid);
      if (!isAlive(pid) || own !== String(pid)) throw new Error('it ended');
      return { host: HOST, port, url: `redis://${HOST}:${port}`, pid, stop };
    } catch (error) {
      await stop();
      // Somebody else may have taken the port.
      if (options.port !== undefined || attempt === 3)
        throw new Error(`redis: ${file} did not start: ${output}`, { cause: error });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const SLOTS = 16_384;

/** What makes a server a node of a cluster. */
export const clusterArgs = async (): Promise<string[]> => [
  ...['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())],
  ...['--cluster-announce-ip', HOST],
];

/** A cluster of masters that share all slots. */
export async function startCluster(count: number): Promise<RedisServer[]> {
  const nodes: RedisServer[] = [];
  try {
    for (let index = 0; index < count; index++) {
      nodes.push(await startRedis({ args: await clusterArgs() }));
      const [first, last] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / count)) as [number, number];
      await ask((nodes[index] as RedisServer).port, `CLUSTER ADDSLOTSRANGE ${first} ${last - 1}`);
      await ask((nodes[index] as RedisServer).port, `CLUSTER SET-CONFIG-EPOCH ${index + 1}`);
      if (index > 0)
        await ask((nodes[index] as RedisServer).port, `CLUSTER MEET ${HOST} ${nodes[0]?.port} ${await busPortOf(nodes[0])}`);
    }
    for (const { port } of nodes)
      await until('the cluster is whole', async () => {
        const info = (await ask(port, 'CLUSTER INFO')) ?? '';
        return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${count}`);
      });
    return nodes;
  } catch (error) {
    for (const node of nodes) await node.stop();
    throw error;
  }
}

async function busPortOf(node: RedisServer | undefined): Promise<string> {
  const config = (await ask(node?.port ?? 0, 'CONFIG GET cluster-port')) ?? '';
  return config.trim().split('\r\n').at(-1) ?? '';
}
