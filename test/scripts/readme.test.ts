/** The README's tables of options have every option that there is, and no other. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Schema, schemaOf } from '../../scripts/build/schema.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
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

test.run();
