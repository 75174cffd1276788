/**
 * `npm run build`: what is shipped. The bundle that a game server loads (`jaeger.js`; `jaeger.mjs` is its door for `import`), the command line
 * (`cli.js`), the types for authors of adapters, the JSON schema of the configuration, and the licences of what is inside. Twice the same sources make the same bytes.
 */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build/dist.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
for (const file of build(root, dist)) {
  const kilobytes = Math.round(statSync(join(dist, file)).size / 1000);
  process.stdout.write(`${`dist/${file}`.padEnd(28)} ${String(kilobytes).padStart(6)} kB\n`);
}
