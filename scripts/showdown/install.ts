/** The game server's package, fetched once from npm into the cache: without install scripts, so without native builds. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** What is fetched. */
const here = join(root, 'test', 'e2e', 'showdown');
/** Holds `node_modules`; copies of the server are made beside it. */
export const cache = join(root, '.cache', 'showdown');

/** Throws with npm's own words when it cannot be fetched. */
export function install(): void {
  if (existsSync(join(cache, 'node_modules', 'pokemon-showdown', 'package.json'))) return;
  // Elsewhere first: what is in the cache is whole.
  const fresh = `${cache}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(here, file), join(fresh, file));
  const args = ['ci', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund'];
  const { status, stderr } = spawnSync('npm', args, { cwd: fresh, encoding: 'utf8' });
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw new Error(`showdown: npm could not fetch the server:\n${stderr}`);
  }
  rmSync(cache, { recursive: true, force: true });
  renameSync(fresh, cache);
}
