/**
 * Private Redis servers for tests and the demo: found or fetched, on a free port of this machine, keeping nothing on disk unless asked to, and
 * gone with the process that started them, however it ends.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createServer, connect as openSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = join(dirname(dirname(fileURLToPath(import.meta.url))), '.cache');
const fetched = join(cache, 'redis');
/** Debian's redis-server is redis-check-rdb under another name; the package of the server itself would want to be installed. */
const PACKAGES = ['redis-tools', 'libjemalloc2', 'liblzf1'];

export interface Binary {
  readonly file: string;
  /** Where its libraries are, when they are not the system's. */
  readonly libraries?: string;
}

const runs = ({ file, libraries }: Binary): boolean =>
  spawnSync(file, ['--version'], { env: environment(libraries) }).status === 0;
const environment = (libraries: string | undefined): NodeJS.ProcessEnv =>
  libraries === undefined ? process.env : { ...process.env, LD_LIBRARY_PATH: libraries };

function onPath(name: string): string | undefined {
  const files = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name));
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The server that was fetched before, if there is one. */
function inCache(): Binary | undefined {
  const file = join(fetched, 'usr', 'bin', 'redis-server');
  if (!existsSync(file)) return undefined;
  const lib = join(fetched, 'usr', 'lib');
  const libraries = readdirSync(lib).map((folder) => join(lib, folder));
  return { file, libraries: libraries.join(delimiter) };
}

/** Unpacks Debian's packages beside the project; nothing of the system changes. Returns what went wrong. */
function fetchDebian(): string {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'fetch-'));
  const run = (command: string, ...args: string[]) => spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  try {
    let download = run('apt-get', 'download', ...PACKAGES);
    if (download.status !== 0) {
      run('apt-get', 'update');
      download = run('apt-get', 'download', ...PACKAGES);
    }
    if (download.status !== 0) return download.error?.message ?? download.stderr.trim();
    for (const file of readdirSync(folder).filter((each) => each.endsWith('.deb'))) {
      const unpack = run('dpkg-deb', '-x', file, 'root');
      if (unpack.status !== 0) return unpack.error?.message ?? unpack.stderr.trim();
    }
    symlinkSync('redis-check-rdb', join(folder, 'root', 'usr', 'bin', 'redis-server'));
    rmSync(fetched, { recursive: true, force: true });
    renameSync(join(folder, 'root'), fetched);
    return '';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let found: Binary | undefined;

/** A redis-server or valkey-server. Throws, saying what to do, when there is none and none can be fetched. */
export function redisBinary(): Binary {
  if (found) return found;
  const given = process.env['REDIS_SERVER_BIN'];
  if (given !== undefined) {
    if (!runs({ file: given })) throw new Error(`redis: REDIS_SERVER_BIN is ${given}, which does not run`);
    found = { file: given };
    return found;
  }
  const file = onPath('redis-server') ?? onPath('valkey-server');
  let binary: Binary | undefined = file === undefined ? inCache() : { file };
  const problem = binary ? '' : fetchDebian();
  binary ??= inCache();
  if (!binary || !runs(binary))
    throw new Error(
      `redis: no redis-server. Install Redis 7 or Valkey, or say where it is: REDIS_SERVER_BIN=/path/to/redis-server${
        problem ? `\n(it could not be fetched: ${problem})` : ''
      }`,
    );
  found = binary;
  return found;
}

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
  const { file, libraries } = redisBinary();
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
