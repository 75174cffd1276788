/**
 * The redis-server of tests and demo: found on this machine, or fetched into `.cache/redis`, once, however many processes look for it at
 * the same time. Who fetches does it in a folder of its own, holding a lock; what is whole is given its place by one renaming and never
 * taken away again, so that a lock which was wrongly taken over costs a second fetch and nothing else.
 */
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = join(dirname(dirname(fileURLToPath(import.meta.url))), '.cache');
/** Debian's redis-server is redis-check-rdb under another name; the package of the server itself would want to be installed. */
const PACKAGES = ['redis-tools', 'libjemalloc2', 'liblzf1'];
/** Whoever holds the lock for longer hangs. */
const FETCHED_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 50;

export interface Binary {
  readonly file: string;
  /** Where its libraries are, when they are not the system's. */
  readonly libraries?: string;
}

/** Puts `usr/bin/redis-server`, and its libraries into `usr/lib`, in a folder. Returns what went wrong, or an empty text. */
export type Fetch = (folder: string) => string;

export const environment = (libraries: string | undefined): NodeJS.ProcessEnv =>
  libraries === undefined ? process.env : { ...process.env, LD_LIBRARY_PATH: libraries };
const runs = ({ file, libraries }: Binary): boolean =>
  spawnSync(file, ['--version'], { env: environment(libraries) }).status === 0;

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
function inCache(cache: string): Binary | undefined {
  const file = join(cache, 'redis', 'usr', 'bin', 'redis-server');
  if (!existsSync(file)) return undefined;
  const lib = join(cache, 'redis', 'usr', 'lib');
  const libraries = readdirSync(lib).map((folder) => join(lib, folder));
  return { file, libraries: libraries.join(delimiter) };
}

/** Unpacks Debian's packages; nothing of the system changes. */
const fetchDebian: Fetch = (folder) => {
  const run = (command: string, ...args: string[]) => spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  let download = run('apt-get', 'download', ...PACKAGES);
  if (download.status !== 0) {
    run('apt-get', 'update');
    download = run('apt-get', 'download', ...PACKAGES);
  }
  if (download.status !== 0) return download.error?.message ?? download.stderr.trim();
  for (const file of readdirSync(folder).filter((each) => each.endsWith('.deb'))) {
    const unpack = run('dpkg-deb', '-x', file, '.');
    if (unpack.status !== 0) return unpack.error?.message ?? unpack.stderr.trim();
    rmSync(join(folder, file));
  }
  symlinkSync('redis-check-rdb', join(folder, 'usr', 'bin', 'redis-server'));
  return '';
};

/** Is whoever holds the lock gone without giving it back? One that was made a moment ago has no name in it yet. */
function isLeft(lock: string): boolean {
  try {
    const owner = readFileSync(lock, 'utf8');
    if (owner !== '') process.kill(Number(owner), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function takes(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The server in the cache; who finds none fetches it, one at a time. What went wrong, if it could not be fetched. */
export function cachedBinary(cache: string, fetch: Fetch): Binary | string {
  mkdirSync(cache, { recursive: true });
  const lock = join(cache, 'redis.lock');
  for (const end = performance.now() + FETCHED_WITHIN_MS; !takes(lock); ) {
    if (isLeft(lock) || performance.now() > end) rmSync(lock, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS);
  }
  const own = mkdtempSync(join(cache, 'fetch-'));
  try {
    const known = inCache(cache);
    if (known) return known;
    const folder = join(own, 'root');
    mkdirSync(folder);
    const problem = fetch(folder);
    if (problem) return problem;
    try {
      renameSync(folder, join(cache, 'redis'));
    } catch (error) {
      // Somebody who took the lock from us was faster.
      if (!inCache(cache)) return (error as Error).message;
    }
    return inCache(cache) ?? 'what was fetched has no redis-server';
  } finally {
    rmSync(own, { recursive: true, force: true });
    rmSync(lock, { force: true });
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
  const binary = file === undefined ? (inCache(CACHE) ?? cachedBinary(CACHE, fetchDebian)) : { file };
  if (typeof binary === 'string' || !runs(binary))
    throw new Error(
      `redis: no redis-server. Install Redis 7 or Valkey, or say where it is: REDIS_SERVER_BIN=/path/to/redis-server${
        typeof binary === 'string' ? `\n(it could not be fetched: ${binary})` : ''
      }`,
    );
  found = binary;
  return found;
}
