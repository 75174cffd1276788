/** Writes everything that is shipped into one folder. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type BuildOptions, buildSync, type OutputFile } from 'esbuild';
import { licencesOf, packagesIn } from './licences.ts';
import { type Piece, packedBundle } from './pack.ts';
import { schemaOf } from './schema.ts';
import { declarationsOf } from './types.ts';

/** What a game server gets is the plugin that it knows, and nothing besides. */
const EXPORTED = 'module.exports=module.exports.exported;';

/** What `bus/pieces.ts` loads when it is first asked for, by the name of its piece. */
const PIECES = { redis: 'ioredis', validate: './bus/generated/validate.ts', lua: './bus/generated/lua.ts' };

interface Bundle {
  readonly text: string;
  readonly map: string;
  readonly packages: string[];
}

/** `to` is the name that its source map says. */
function bundle(root: string, from: string, to: string, options: Pick<BuildOptions, 'external' | 'footer'> = {}): Bundle {
  const { metafile, outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: [from],
    outfile: join(root, 'dist', to),
    write: false,
    bundle: true,
    minify: true,
    // Of an error that nobody catches Node shows the line: it is to fit on a screen.
    lineLimit: 240,
    sourcemap: true,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    target: 'es2020',
    alias: {
      // RxJS gives Node its CommonJS build, which cannot be tree-shaken, and the parser one that cannot be bundled.
      rxjs: './node_modules/rxjs/dist/esm/index.js',
      'jsonc-parser': './node_modules/jsonc-parser/lib/esm/main.js',
    },
    legalComments: 'none',
    logLevel: 'warning',
    ...options,
  });
  const [map, { text }] = outputFiles as [OutputFile, OutputFile];
  return { text, map: map.text, packages: packagesIn(metafile) };
}

/** A file is asked for as seen from `dist/`. */
const asked = ({ name, from, text }: Bundle & { readonly name: string; readonly from: string }): Piece => ({
  name,
  text,
  asked: `require("${from.replace(/^\.\//, '../')}")`,
});

/** What a game server loads, with its source maps, in one folder. The names of the packages of which something is inside. */
export function buildJaeger(root: string, dist: string): string[] {
  const main = bundle(root, 'plugin/bundle.ts', 'jaeger.js', { external: Object.values(PIECES), footer: { js: EXPORTED } });
  const pieces = Object.entries(PIECES).map(([name, from]) => ({ name, from, ...bundle(root, from, `jaeger.${name}.js`) }));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
  const title = `Jaeger ${version}, MIT licence; of what else is inside see THIRD_PARTY.txt.`;
  writeFileSync(join(dist, 'jaeger.js'), packedBundle(title, main.text, pieces.map(asked)));
  writeFileSync(join(dist, 'jaeger.js.map'), main.map);
  for (const { name, map } of pieces) writeFileSync(join(dist, `jaeger.${name}.js.map`), map);
  return [main, ...pieces].flatMap(({ packages }) => packages);
}

/** The names of the files, in order. */
export function build(root: string, dist: string): string[] {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const write = (file: string, text: string): void => writeFileSync(join(dist, file), text);
  const inJaeger = buildJaeger(root, dist);
  const cli = bundle(root, 'plugin/cli.ts', 'cli.js');
  write('cli.js', cli.text);
  write('cli.js.map', cli.map);
  // One copy of everything however it is loaded, so that an error is of the class that was imported.
  const names = Object.keys(createRequire(join(dist, 'jaeger.js'))(join(dist, 'jaeger.js')) as object).sort();
  write('jaeger.mjs', `import all from './jaeger.js';\nexport const { ${names.join(', ')} } = all;\n`);
  write('jaeger.d.ts', declarationsOf(root, join(root, 'plugin', 'index.ts')));
  write('jaeger.d.mts', "export * from './jaeger.js';\n");
  write('jaeger.schema.json', `${JSON.stringify(schemaOf(), null, 2)}\n`);
  write('THIRD_PARTY.txt', licencesOf(root, { 'jaeger.js': inJaeger, 'cli.js': cli.packages }));
  return readdirSync(dist).sort();
}
