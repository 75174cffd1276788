/** `npm run build`: the bundle that a game server loads, the JSON schema of its configuration, and the licences of what is inside. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync, type Metafile } from 'esbuild';
import { optionsSchema } from '../bus/generated/validate.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

/** The packages of which something is in the bundle. */
export const packagesIn = ({ inputs }: Metafile): string[] => [
  ...new Set(
    Object.keys(inputs).flatMap((input) => {
      const found = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
      return found ? [found[1] as string] : [];
    }),
  ),
];

/** Name, version and licence text of each package. Throws when one has no licence text. */
function thirdParty(packages: readonly string[]): string {
  const texts = [...packages].sort().map((name) => {
    const folder = join(root, 'node_modules', name);
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string>;
    const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    if (!file) throw new Error(`build: ${name} has no licence text`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  return `jaeger.js contains parts of:\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
const { metafile } = buildSync({
  absWorkingDir: root,
  entryPoints: ['plugin/index.ts'],
  outfile: 'dist/jaeger.js',
  bundle: true,
  minify: true,
  sourcemap: true,
  metafile: true,
  platform: 'node',
  format: 'cjs',
  target: 'es2020',
  // RxJS gives Node its CommonJS build, which cannot be tree-shaken.
  alias: { rxjs: './node_modules/rxjs/dist/esm/index.js' },
  legalComments: 'none',
  logLevel: 'warning',
});
const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', ...optionsSchema.schemas[0], ...definitions() };
writeFileSync(join(dist, 'jaeger.schema.json'), `${JSON.stringify(schema, null, 2)}\n`);
writeFileSync(join(dist, 'THIRD_PARTY.txt'), thirdParty(packagesIn(metafile)));
for (const file of readdirSync(dist).sort()) {
  const kilobytes = Math.round(statSync(join(dist, file)).size / 1000);
  process.stdout.write(`${`dist/${file}`.padEnd(28)} ${String(kilobytes).padStart(6)} kB\n`);
}

/** The schema's own definitions, where typia's references point to. */
function definitions(): object {
  return { components: optionsSchema.components };
}
