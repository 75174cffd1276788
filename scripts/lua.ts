/**
 * `bus/redis/lua/*.lua` as one TypeScript module: each transition with the shared files that it uses, its keys and arguments by name, and
 * the SHA-1 under which Redis knows it. The header of each file is checked against what stands in it.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

interface Header {
  readonly keys: readonly string[];
  readonly args: readonly string[];
  readonly uses: readonly string[];
  readonly flags: readonly string[];
  readonly body: string;
}

/** The words of the header line `-- NAME …`, or undefined where there is none. */
function words(text: string, name: string): string[] | undefined {
  const line = new RegExp(`^-- ${name}\\b(.*)$`, 'm').exec(text)?.[1];
  return line?.split(/\s+/).filter(Boolean);
}

function parse(file: string): Header {
  const text = readFileSync(file, 'utf8');
  const [keys, args, uses, flags] = ['KEYS', 'ARGV', 'USES', 'FLAGS'].map((name) => words(text, name) ?? []);
  const body = text
    .split('\n')
    .filter((line) => line !== '' && !/^\s*--/.test(line))
    .join('\n');
  return { keys, args, uses, flags, body } as Header;
}

/** The shared files in the order in which they have to stand, each once. */
function assemble(folder: string, uses: readonly string[], done: string[] = []): string[] {
  for (const name of uses) {
    if (done.includes(name)) continue;
    assemble(folder, parse(join(folder, `${name}.lua`)).uses, done);
    done.push(name);
  }
  return done;
}

const list = (names: Iterable<string>): string => [...names].join(' ') || 'none';

export interface Script {
  readonly name: string;
  readonly sha: string;
  readonly keys: readonly string[];
  readonly args: readonly string[];
  readonly source: string;
}

/** One transition. Throws when its header lacks a key that it uses, or has one that it does not use. */
export function scriptOf(folder: string, file: string): Script {
  const name = basename(file, '.lua');
  const text = readFileSync(join(folder, file), 'utf8');
  if (!words(text, 'KEYS') || !words(text, 'ARGV') || !words(text, 'RETURNS'))
    throw new Error(`lua: ${file} does not say its KEYS, ARGV and RETURNS`);
  const { keys, args, uses, flags, body } = parse(join(folder, file));
  const shared = join(folder, 'shared');
  const parts = [...assemble(shared, uses).map((each) => parse(join(shared, `${each}.lua`)).body), body];
  const used = new Set(parts.join('\n').match(/(?<=\bKEY\.)\w+/g) ?? []);
  const missing = [...used].filter((key) => !keys.includes(key));
  // Every script has a key, for in a cluster the key says where it runs.
  const idle = keys.filter((key) => !used.has(key) && keys.length > 1 && !body.includes('KEY['));
  if (missing.length > 0 || idle.length > 0 || keys.length === 0)
    throw new Error(`lua: the KEYS of ${file} lack ${list(missing)}, and do not use ${list(idle)}`);
  const source = [
    `#!lua${flags.length > 0 ? ` flags=${flags.join(',')}` : ''}`,
    `local KEY = { ${keys.map((key, index) => `${key} = KEYS[${index + 1}]`).join(', ')} }`,
    ...(args.length > 0 ? [`local ${args.join(', ')} = ${args.map((_, index) => `ARGV[${index + 1}]`).join(', ')}`] : []),
    ...parts,
  ].join('\n');
  return { name, sha: createHash('sha1').update(source).digest('hex'), keys, args, source };
}

export function luaModule(folder: string): string {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.lua'))
    .sort();
  const entries = files.map((file) => {
    const script = scriptOf(folder, file);
    const name = script.name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    return `  ${name}: ${JSON.stringify(script)},`;
  });
  return `// Generated from bus/redis/lua/ by scripts/generate.ts. Do not edit.\nexport const scripts = {\n${entries.join('\n')}\n} as const;\n`;
}
