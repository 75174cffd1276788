/** The licences of what is inside the bundles. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** The packages of which something is in a bundle. */
export const packagesIn = ({ inputs }: Metafile): string[] => [
  ...new Set(
    Object.keys(inputs).flatMap((input) => {
      const found = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
      return found ? [found[1] as string] : [];
    }),
  ),
];

/** Name, version and licence text of each package. Throws when one has no licence text. */
export function licencesOf(root: string, packages: Readonly<Record<string, readonly string[]>>): string {
  const names = [...new Set(Object.values(packages).flat())].sort();
  const texts = names.map((name) => {
    const folder = join(root, 'node_modules', name);
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string>;
    const file = readdirSync(folder)
      .sort()
      .find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    if (!file) throw new Error(`build: ${name} has no licence text`);
    const within = Object.entries(packages)
      .flatMap(([bundle, parts]) => (parts.includes(name) ? [bundle] : []))
      .join(', ');
    return `${name} ${version} (${license}), in ${within}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  return `Jaeger's bundles contain parts of:\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
