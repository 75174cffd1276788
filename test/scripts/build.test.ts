/** What is shipped, packed and installed in an empty folder without a network, as a person does. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { build } from '../../scripts/build/dist.ts';
import { blocksOf, isOfPackage } from '../readme.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const test = suite('what is shipped');
let folder: string;
let home: string;

function run(cwd: string, command: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '0' },
  });
  return { status, stdout, stderr };
}
const node = (...args: string[]) => run(home, process.execPath, ...args);

/** The package as `npm pack` makes it, installed in an empty project. */
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'jaeger-dist-'));
  build(root, join(folder, 'package', 'dist'));
  for (const file of ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE'])
    cpSync(join(root, file), join(folder, 'package', file));
  // What was just built is what is packed.
  const packed = run(join(folder, 'package'), 'npm', 'pack', '--ignore-scripts', '--json');
  assert.is(packed.status, 0, packed.stderr);
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  home = join(folder, 'empty');
  mkdirSync(home);
  const installed = run(home, 'npm', 'i', '--offline', '--no-audit', '--no-fund', join(folder, 'package', filename));
  assert.is(installed.status, 0, installed.stderr);
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

test('the package has no dependency, and these files', () => {
  const installed = join(home, 'node_modules', 'jaeger-match');
  assert.equal(
    readdirSync(join(home, 'node_modules')).filter((name) => !name.startsWith('.')),
    ['jaeger-match'],
  );
  assert.equal(readdirSync(join(installed, 'dist')).sort(), [
    'THIRD_PARTY.txt',
    'cli.js',
    'cli.js.map',
    'jaeger.d.mts',
    'jaeger.d.ts',
    'jaeger.js',
    'jaeger.js.map',
    'jaeger.lua.js.map',
    'jaeger.mjs',
    'jaeger.redis.js.map',
    'jaeger.schema.json',
    'jaeger.validate.js.map',
  ]);
});

const TRIES = `
const server = jaeger({ log: 'none', queues: { ranked: { times: { restMs: 100 } } } }, {
  tell: () => undefined, accept: () => true, team: () => 'team', validate: () => null,
  battle: (setup, opponent) => { opponent.onTurn(() => opponent.over(0, 'end')); if (setup.side === 0) opponent.send('move'); },
});
const elos = [];
server.events$.subscribe((event) => {
  if (event.kind !== 'elo') return;
  elos.push(event.new);
  if (elos.length === 2) server.stop().then(() => console.log(elos.sort().join()));
});
server.start().then(() => Promise.all(['joe', 'jeff'].map((id) => server.add({ id, elo: 1000 }))));
`;

test('by require and by import, two players meet and both get their Elo; the process ends', () => {
  writeFileSync(join(home, 'try.cjs'), `const { jaeger } = require('jaeger-match');${TRIES}`);
  writeFileSync(join(home, 'try.mjs'), `import { jaeger } from 'jaeger-match';${TRIES}`);
  for (const file of ['try.cjs', 'try.mjs']) {
    const { status, stdout, stderr } = node(file);
    assert.equal([status, stdout.trim(), stderr], [0, '1016,984', ''], file);
  }
});

test('both doors lead to the same copy', () => {
  const script = `import * as m from 'jaeger-match'; import { createRequire } from 'node:module';
    const c = createRequire(import.meta.url)('jaeger-match');
    console.log(Object.keys(c).sort().join() === Object.keys(m).filter((key) => key !== 'default').sort().join(), c.ConfigError === m.ConfigError);`;
  writeFileSync(join(home, 'doors.mjs'), script);
  assert.is(node('doors.mjs').stdout.trim(), 'true true');
});

test('what a game server loads is 350 kB at most', () => {
  const { size } = statSync(join(home, 'node_modules', 'jaeger-match', 'dist', 'jaeger.js'));
  assert.ok(size <= 350_000, `${size} bytes`);
});

test('loading it opens nothing, starts no timer and leaves what is asked for later where it is; making a server has the validators alone', () => {
  // A pipe is this process's own stderr, at which a library looks whether it has colours.
  const script = `const open = () => process.getActiveResourcesInfo().filter((each) => each !== 'PipeWrap');
    const { jaeger } = require('jaeger-match'); const loaded = open();
    const later = () => [...require.cache[require.resolve('jaeger-match')].children.map(({ id }) => id),
      ...['crypto', 'http', 'tls'].filter((name) => process.moduleLoadList.includes('NativeModule ' + name))];
    const first = later();
    jaeger({ nodeId: 'a', redis: 'redis://127.0.0.1:1' }, Object.fromEntries(['tell', 'accept', 'team', 'validate', 'battle'].map((name) => [name, () => null])));
    console.log(JSON.stringify([loaded, first, open(), later()]));`;
  // In a file: Node's -e loads cryptography for a text that has the word.
  writeFileSync(join(home, 'later.cjs'), script);
  const { stdout, stderr } = node('later.cjs');
  assert.equal([stdout.trim(), stderr], ['[[],[],[],["validate"]]', '']);
});

test('an error inside it names the line of its source, where Node is asked to', () => {
  const script = `try { require('jaeger-match').jaeger({ noedId: 1 }, {}); } catch (error) { console.log(error.stack); }`;
  assert.match(node('--enable-source-maps', '-e', script).stdout, /plugin[/\\]index\.ts:\d+/);
});

test('an error that nobody catches is a screenful at most', () => {
  const script = "require('jaeger-match').jaeger({ noedId: 1 }, {});";
  const { status, stderr } = node('-e', script);
  assert.is(status, 1);
  assert.match(stderr, /ConfigError/);
  assert.ok(stderr.length < 5000, `${stderr.length} characters`);
});

test('it reaches Redis with the ioredis inside', () => {
  const script = `const { redisBus, admin, jaeger } = require('jaeger-match');
    const bus = redisBus('redis://127.0.0.1:1');
    admin(bus, { who: 'me' }).overview().catch((error) => console.log(error.name)).then(() => bus.close());`;
  const { stdout, stderr } = node('-e', script);
  assert.equal([stdout.trim(), stderr], ['BusUnreachable', '']);
});

test('readConfig reads the file that is there', () => {
  writeFileSync(join(home, 'jaeger.json'), '{ "nodeId": "a", // mine\n }');
  assert.is(node('-p', "require('jaeger-match').readConfig().nodeId").stdout.trim(), 'a');
  writeFileSync(join(home, 'jaeger.json'), '{ "noedId": "a" }');
  assert.match(
    node('-e', "try { require('jaeger-match').readConfig() } catch (e) { console.log(e.message) }").stdout,
    /Did you mean nodeId\?/,
  );
});

test('an author of an adapter has all types, and needs no other package for them', () => {
  const adapter = `import { jaeger, logLine, readConfig, type Host, type JaegerEvent, type Notice } from 'jaeger-match';
const host: Host = {
  tell: (actor, notice: Notice) => { if (notice.kind === 'elo') say(\`\${actor.name}: \${notice.new.toFixed()}\`); },
  accept: async (_actor, offer) => offer.windowMs > 0,
  team: (actor) => actor.id,
  validate: () => null,
  battle: (setup, opponent) => { opponent.onTurn((turn) => { opponent.over(setup.side, turn.data); }); opponent.send('move'); },
};
declare function say(text: string): void;
const server = jaeger(readConfig(), host);
server.events$.subscribe((event: JaegerEvent) => { const line = logLine(event); if (line !== undefined) say(line); });
void server.start().then(() => server.add({ id: 'joe' })).then(({ ticket }) => say(ticket));
// @ts-expect-error: there is no such option
jaeger({ noedId: 'a' }, host);
// @ts-expect-error: an Elo is a number
void server.add({ id: 'joe', elo: '1000' });
`;
  const names = ['adapter.mts', 'adapter.cts'];
  for (const name of names) writeFileSync(join(home, name), adapter);
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', '--module', 'nodenext'];
  const checked = node(tsc, ...options, '--lib', 'es2022', ...names);
  assert.equal([checked.status, checked.stdout], [0, '']);
});

test('what the README has a server owner type, in an empty folder with the packed file', () => {
  const place = join(folder, 'owner');
  mkdirSync(place);
  const [packed] = readdirSync(join(folder, 'package')).filter((name) => name.endsWith('.tgz'));
  cpSync(join(folder, 'package', packed as string), join(place, packed as string));
  const blocks = blocksOf().filter(isOfPackage);
  assert.ok(blocks.length >= 2);
  for (const { text, line } of blocks) {
    const { status, stdout, stderr } = run(place, 'sh', '-ec', `export npm_config_offline=true\n${text}`);
    assert.is(status, 0, `line ${line}: ${stderr}`);
    if (text.includes('acl')) assert.is(stdout.match(/^ACL SETUSER /gm)?.length ?? 0, 4, stdout);
    else assert.match(stdout, /^2 ok, 0 warnings, 0 errors$/m);
  }
  const jaeger = (...args: string[]) => run(place, join('node_modules', '.bin', 'jaeger'), ...args);
  const text = readFileSync(join(place, 'jaeger.json'), 'utf8');
  assert.match(text, /"\$schema": ".\/node_modules\/jaeger-match\/dist\/jaeger.schema.json"/);
  const check = jaeger('check');
  assert.equal([check.status, check.stderr], [0, '']);
  assert.match(check.stdout, /^2 ok, 0 warnings, 0 errors$/m);
  assert.is(jaeger('status').status, 2);
  const wrong = jaeger('staus');
  assert.is(wrong.status, 2);
  assert.match(wrong.stderr, /Did you mean status\?/);
});

test('the licence of everything inside is there', () => {
  const text = readFileSync(join(home, 'node_modules', 'jaeger-match', 'dist', 'THIRD_PARTY.txt'), 'utf8');
  for (const name of ['ioredis', 'rxjs', 'jsonc-parser', 'typia', 'denque'])
    assert.match(text, new RegExp(`^${name} [\\d.]+ \\(`, 'm'));
});

test('twice the same sources make the same bytes', () => {
  const again = join(folder, 'again', 'dist');
  const files = build(root, again);
  const hash = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
  for (const file of files) assert.is(hash(join(again, file)), hash(join(folder, 'package', 'dist', file)), file);
});

test.run();
