/** The README's tables of options are those of the schema; each of its code blocks is run as it stands, here or by another test. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fileText } from '../../plugin/cli/init.ts';
import type { JaegerEvent } from '../../plugin/events.ts';
import * as api from '../../plugin/index.ts';
import { Logger, textOfLine } from '../../plugin/logger.ts';
import { withTables } from '../../scripts/option-tables.ts';
import { blocksOf, isOfPackage, isOfShowdown, root } from '../readme.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');

test('the tables of options are those of the schema: `npm run tables` writes them', () => {
  assert.equal(
    [...readme.matchAll(/<!-- options: (\w+) -->/g)].map(([, type]) => type),
    ['Options', 'QueueOptions', 'RedisSettings'],
  );
  assert.is(withTables(readme), readme);
  for (const path of ['nodeId', 'kept.ticketsMs', 'pool.base', 'elo.provisional', 'instant.fields', 'sentinelTls'])
    assert.match(readme, `| \`${path}\` |`);
});

test('an option that has changed is noticed', () => {
  const changed = readme.replace(/\| `maxWaiting` \| [^\n]*/, '| `maxWaiting` | another text | 7 |');
  assert.is.not(changed, readme);
  assert.is(withTables(changed), readme);
  assert.throws(() => withTables('<!-- options: Nothing -->\n\n<!-- end -->'), /there are no options Nothing/);
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
  const required = (name: string): unknown => {
    assert.is(name, './dist/jaeger.js');
    return api;
  };
  const run = new Function('require', 'game', `${block?.text}\nreturn server;`);
  const server = inFolder((file) => {
    // As `jaeger init` writes it, with comments and trailing commas, but for the log.
    const text = fileText({ nodeId: '', redis: '', queue: 'ranked' }, undefined);
    writeFileSync(file, text.replace(/^\{$/m, '{ "log": "none",'));
    return run(required, game) as api.Jaeger;
  });
  const entered = new Promise((resolve) => {
    server.events$.subscribe(({ kind }) => kind === 'entered' && resolve(undefined));
  });
  await entered;
  await server.stop();
  assert.is(told[0], 'joe queued');
});

test.run();
