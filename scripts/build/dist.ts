/** Writes everything that is shipped into one folder. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';
import { licencesOf, packagesIn } from './licences.ts';
import { schemaOf } from './schema.ts';
import { declarationsOf } from './types.ts';

/** Each bundle by where it begins. */
const BUNDLES = { 'jaeger.js': 'plugin/bundle.ts', 'cli.js': 'plugin/cli.ts' } as const;

/** What a game server gets is the plugin that it knows, and nothing besides. */
const EXPORTED = 'module.exports=module.exports.exported;';

export function bundle(root: string, from: string, to: string): Metafile {
  const { metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: [from],
    outfile: to,
    bundle: true,
    minify: true,
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
    ...(from === BUNDLES['jaeger.js'] ? { footer: { js: EXPORTED } } : {}),
    legalComments: 'none',
    logLevel: 'warning',
  });
  return metafile;
}

/** The names of the files, in order. */
export function build(root: string, dist: string): string[] {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const write = (file: string, text: string): void => writeFileSync(join(dist, file), text);
  const packages = new Map<string, string[]>();
  for (const [file, entry] of Object.entries(BUNDLES)) packages.set(file, packagesIn(bundle(root, entry, join(dist, file))));
  // One copy of everything however it is loaded, so that an error is of the class that was imported.
  const names = Object.keys(createRequire(join(dist, 'jaeger.js'))(join(dist, 'jaeger.js')) as object).sort();
  write('jaeger.mjs', `import all from './jaeger.js';\nexport const { ${names.join(', ')} } = all;\n`);
  write('jaeger.d.ts', declarationsOf(root, join(root, 'plugin', 'index.ts')));
  write('jaeger.d.mts', "export * from './jaeger.js';\n");
  write('jaeger.schema.json', `${JSON.stringify(schemaOf(), null, 2)}\n`);
  write('THIRD_PARTY.txt', licencesOf(root, packages));
  return readdirSync(dist).sort();
}
