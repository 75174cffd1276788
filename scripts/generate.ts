/**
 * Generates `bus/generated/`: from `bus/validate.ts` and `bus/schemas.ts` the validators and JSON schemas that typia writes as plain TypeScript, from
 * `bus/redis/lua/` the transitions as text, so that the one-file bundle has them too, and from the schema of the configuration the names of its options and the texts that players read.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { luaModule } from './lua.ts';
import { shortReports } from './reports.ts';
import { type Schemas, shapesModule } from './shapes.ts';
import { type Described, textsModule } from './texts.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const template = join(root, 'bus', 'template');
const generated = join(root, 'bus', 'generated');

// typia reads a directory; the copy lies as deep as its output, so that the imports of types fit both.
rmSync(template, { recursive: true, force: true });
rmSync(generated, { recursive: true, force: true });
mkdirSync(template);
for (const name of ['validate.ts', 'schemas.ts'])
  writeFileSync(join(template, name), readFileSync(join(root, 'bus', name), 'utf8').replaceAll("from './", "from '../"));
const typia = join(root, 'node_modules', 'typia', 'lib', 'executable', 'typia.js');
const run = spawnSync(
  process.execPath,
  [typia, 'generate', '--input', template, '--output', generated, '--project', join(root, 'tsconfig.json')],
  { cwd: root, encoding: 'utf8' },
);
rmSync(template, { recursive: true, force: true });
if (run.status !== 0) {
  process.stderr.write(`generate: typia failed\n${run.stdout}${run.stderr}`);
  process.exit(1);
}
const headed = (name: string, change = (text: string): string => text): string => {
  const file = join(generated, name);
  const header = `// Generated from bus/${name} by scripts/generate.ts. Do not edit.\n// @ts-nocheck\n`;
  writeFileSync(file, header + change(readFileSync(file, 'utf8')));
  return file;
};
headed('validate.ts', shortReports);
const schemas = headed('schemas.ts');
writeFileSync(join(generated, 'lua.ts'), luaModule(join(root, 'bus', 'redis', 'lua')));
import(pathToFileURL(schemas).href).then(({ optionsSchema }: { optionsSchema: Schemas & Described }) => {
  writeFileSync(join(generated, 'shapes.ts'), shapesModule(optionsSchema));
  writeFileSync(join(generated, 'texts.ts'), textsModule(optionsSchema));
});
