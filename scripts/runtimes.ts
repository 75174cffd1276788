/**
 * `npm run runtimes`: does what is shipped run on the versions of Node that it says it does? Each is fetched from npm once, into `.cache/node/`; with each the
 * bundle is loaded by `require` and by `import`, plays a match on the embedded bus and one over Redis and ends; and the command line checks a configuration.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build/dist.ts';
import { startRedis } from './redis.ts';

const VERSIONS = ['18', '20', '22'] as const;
const WITHIN_MS = 60_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const print = (text: string): void => void process.stdout.write(`${text}\n`);

function run(cwd: string, command: string, ...args: string[]): string {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: WITHIN_MS });
  if (status !== 0) throw new Error(error?.message ?? `ended with ${status ?? signal}: ${stderr.trim() || stdout.trim()}`);
  return stdout;
}

/** The newest Node of that major version, as npm has it for this machine. */
function runtime(major: string): string {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const folder = join(root, '.cache', 'node', major);
  const binary = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    const options = ['--prefix', folder, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
    run(folder, 'npm', 'i', ...options, `${name}@${major}`);
  }
  return binary;
}

/** Two players meet, and both get their Elo; then it stops, and nothing keeps the process. */
const MATCH = `
const [, , redis] = process.argv;
const server = jaeger({ nodeId: 'a', ...(redis ? { redis } : {}) }, {
  tell: () => undefined, accept: () => true, team: () => 'team', validate: () => null,
  battle: (setup, opponent) => { opponent.onTurn(() => opponent.over(0, 'end')); if (setup.side === 0) opponent.send('move'); },
});
const elos = [];
server.events$.subscribe((event) => {
  if (event.kind === 'fault') console.log(event.where + ': ' + event.error);
  if (event.kind !== 'elo') return;
  elos.push(event.new);
  if (elos.length === 2) server.stop().then(() => console.log(elos.sort().join()));
});
server.start().then(() => Promise.all(['joe', 'jeff'].map((id) => server.add({ id }))));
`;
const ELOS = '1016,984\n';

async function main(): Promise<number> {
  const home = mkdtempSync(join(tmpdir(), 'jaeger-runtimes-'));
  let failed = 0;
  try {
    build(root, join(home, 'dist'));
    writeFileSync(join(home, 'match.cjs'), `const { jaeger } = require('./dist/jaeger.js');${MATCH}`);
    writeFileSync(join(home, 'match.mjs'), `import { jaeger } from './dist/jaeger.mjs';${MATCH}`);
    run(home, process.execPath, join('dist', 'cli.js'), 'init', '--yes');
    for (const major of VERSIONS) {
      const node = runtime(major);
      const version = run(home, node, '--version').trim();
      const check = (what: string, expected: string | RegExp, ...args: string[]): void => {
        try {
          const said = run(home, node, ...args);
          const holds = typeof expected === 'string' ? said === expected : expected.test(said);
          if (!holds) throw new Error(`said ${said.trim()}`);
          print(`${version}  ${what}: ok`);
        } catch (error) {
          failed++;
          print(`${version}  ${what}: ${(error as Error).message}`);
        }
      };
      const redis = await startRedis();
      try {
        check('a match, by require', ELOS, 'match.cjs');
        check('a match, by import', ELOS, 'match.mjs');
        check('a match over Redis', ELOS, 'match.cjs', redis.url);
        check('the command line', /^2 ok, 0 warnings, 0 errors$/m, join('dist', 'cli.js'), 'check');
      } finally {
        await redis.stop();
      }
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  print(failed === 0 ? 'all of it runs on all of them' : `${failed} failed`);
  return failed === 0 ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    process.stderr.write(`runtimes: ${error.message}\n`);
    process.exitCode = 1;
  },
);
