/** The README's tables of options have every option that there is, and no other; each of its code blocks is run as it stands, here or by another test. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { JaegerEvent } from '../../plugin/events.ts';
import * as api from '../../plugin/index.ts';
import { Logger, textOfLine } from '../../plugin/logger.ts';
import { type Schema, schemaOf } from '../../scripts/build/schema.ts';
import { blocksOf, isOfPackage, isOfShowdown, root } from '../readme.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const definitions = schemaOf().components.schemas as Readonly<Record<string, Schema>>;
const target = (schema: Schema): Schema =>
  schema.$ref ? { ...definitions[schema.$ref.split('/').at(-1) as string], ...schema } : schema;

/** The options of a type as the tables name them: what is in lists, and under names that the owner gives, is told with them. */
function* optionsOf(schema: Schema, path = ''): Generator<string> {
  for (const [key, option] of Object.entries(target(schema).properties ?? {})) {
    const at = path === '' ? key : `${path}.${key}`;
    const { properties, additionalProperties } = target(option);
    if (properties && typeof additionalProperties !== 'object') yield* optionsOf(option, at);
    else yield at;
  }
}
const named = (type: string): Schema => definitions[type] as Schema;

/** What stands in code in the first column of the table that begins with this line. */
function tabled(begins: string): string[] {
  const from = readme.indexOf(begins);
  assert.ok(from >= 0, `there is no table ${begins}`);
  const rows = readme.slice(from, readme.indexOf('\n\n', from)).split('\n').slice(2);
  return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([\w.]+)`/g)].map(([, name]) => name as string));
}
const TABLES = readme.split('\n').filter((line) => /^\| option \| meaning \| default \|$/.test(line));

const OWN = '| option | meaning | default |\n| --- | --- | --- |\n| `nodeId`';
const OF_QUEUE = '| option | meaning | default |\n| --- | --- | --- |\n| `pool.base`';
const OF_REDIS = '| option of `redis` | meaning | default |';

test('the options of the file itself', () => {
  assert.ok(TABLES.length >= 2);
  // `$schema` is an editor's; `showdown` is told with the server that it is for.
  const all = [...optionsOf(named('Options'))].filter((path) => path !== '$schema' && !path.startsWith('showdown.'));
  assert.equal(tabled(OWN).sort(), all.sort());
  assert.match(readme, /`"showdown": \{ "chat": false \}`/);
});

test('the options of a queue', () => {
  const isTold = (path: string): boolean => !/^elo\.provisional\./.test(path);
  const all = [...optionsOf(named('QueueOptions'))].filter(isTold);
  assert.equal(tabled(OF_QUEUE).sort(), [...all, 'elo.provisional'].sort());
});

test('the options of redis', () => {
  assert.equal(tabled(OF_REDIS).sort(), [...optionsOf(named('RedisSettings'))].sort());
});

const blocks = blocksOf();
const ofLanguage = (language: string) => blocks.filter((block) => block.language === language && block.notRun === undefined);

test('every code block is run by somebody, or says why not', () => {
  assert.is(blocks.length, (readme.match(/^ *```/gm)?.length ?? 0) / 2);
  assert.ok(blocks.length > 12, String(blocks.length));
  const runsHere = new Set([...ofLanguage('json'), ...ofLanguage('js'), ...ofLanguage('')]);
  for (const block of blocks) {
    const isRun = runsHere.has(block) || isOfPackage(block) || isOfShowdown(block);
    assert.is(isRun, block.notRun === undefined, `README.md, line ${block.line}`);
  }
  // Those who run the rest.
  for (const [file, which] of [
    ['scripts/build.test.ts', 'isOfPackage'],
    ['e2e/showdown/five-minutes.test.ts', 'isOfShowdown'],
  ] as const)
    assert.match(readFileSync(join(root, 'test', file), 'utf8'), new RegExp(`blocksOf\\(\\)\\.filter\\(${which}\\)`));
});

/** A folder as an owner has it, with the certificate that the README names. */
function inFolder<T>(work: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'jaeger-readme-'));
  const before = process.cwd();
  mkdirSync(join(folder, 'certificates'));
  cpSync(join(root, 'test', 'bus', 'redis', 'tls', 'ca.pem'), join(folder, 'certificates', 'ca.pem'));
  try {
    process.chdir(folder);
    return work(join(folder, 'jaeger.json'));
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  }
}

test('every configuration is one that is taken', () => {
  const all = ofLanguage('json');
  assert.ok(all.length >= 5);
  for (const { text, line } of all)
    inFolder((file) => {
      writeFileSync(file, text);
      try {
        api.readConfig(file, {});
      } catch (error) {
        assert.unreachable(`README.md, line ${line}: ${error}`);
      }
    });
});

test('what is printed is what is printed', () => {
  const [wrong, logged, ...more] = ofLanguage('');
  assert.equal(more, []);
  const text = '{\n  "queues": {\n    "ranked": {\n      "pol": {}\n    }\n  },\n  "lease": {\n\n    "renewMs": 5000\n  }\n}\n';
  inFolder((file) => {
    writeFileSync(file, text);
    assert.throws(
      () => api.readConfig(file, {}),
      (error: Error) => error.message === wrong?.text.trimEnd(),
    );
  });
  const event = {
    ...{ at: Date.parse('2026-11-21T20:15:02.114Z'), node: 'eu-1', kind: 'incident', code: 'TimeoutError', matchId: 'Zx81' },
    ...{
      id: 'joe',
      detail: 'no turn for 10 min',
      about: { queue: 'ranked', stage: 'battle', actors: ['joe'], nodes: ['eu-1'] },
    },
  } as JaegerEvent;
  const lines: string[] = [];
  new Logger('info', (line) => lines.push(textOfLine(line))).event(event);
  assert.equal(lines, [logged?.text.trimEnd()]);
});

test('the host of the README is one: its player queues, and is told', async () => {
  const [block, ...more] = ofLanguage('js');
  assert.equal(more, []);
  const told: string[] = [];
  const game = { message: (id: string, { kind }: api.Notice) => told.push(`${id} ${kind}`) };
  const required = (name: string): unknown => (name === './dist/jaeger.js' ? api : { readFileSync: () => '{ "log": "none" }' });
  const run = new Function('require', 'game', `${block?.text}\nreturn server;`);
  const server = run(required, game) as api.Jaeger;
  const entered = new Promise((resolve) => {
    server.events$.subscribe(({ kind }) => kind === 'entered' && resolve(undefined));
  });
  await entered;
  await server.stop();
  assert.is(told[0], 'joe queued');
});

test.run();
