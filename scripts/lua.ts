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
  /** Its first lines, which name the keys and arguments; the shared files that it uses, by name; and what stands in its own file. */
  readonly head: string;
  readonly uses: readonly string[];
  readonly body: string;
}

/** One transition. Throws when its header lacks a key that it uses, or has one that it does not use. */
export function scriptOf(folder: string, file: string): Script {
  const name = basename(file, '.lua');
  const text = readFileSync(join(folder, file), 'utf8');
  if (!words(text, 'KEYS') || !words(text, 'ARGV') || !words(text, 'RETURNS'))
    throw new Error(`lua: ${file} does not say its KEYS, ARGV and RETURNS`);
  const { keys, args, uses, flags, body } = parse(join(folder, file));
  const files = assemble(join(folder, 'shared'), uses);
  // What shared files need is not each verb's own affair: the bus itself gives it to every call.
  const all = [...args, ...files.flatMap((each) => parse(join(folder, 'shared', `${each}.lua`)).args)];
  const parts = [...files.map((each) => sharedOf(folder, each)), body];
  const used = new Set(parts.join('\n').match(/(?<=\bKEY\.)\w+/g) ?? []);
  const missing = [...used].filter((key) => !keys.includes(key));
  // Every script has a key, for in a cluster the key says where it runs.
  const idle = keys.filter((key) => !used.has(key) && keys.length > 1 && !body.includes('KEY['));
  if (missing.length > 0 || idle.length > 0 || keys.length === 0)
    throw new Error(`lua: the KEYS of ${file} lack ${list(missing)}, and do not use ${list(idle)}`);
  const head = [
    `#!lua${flags.length > 0 ? ` flags=${flags.join(',')}` : ''}`,
    `local KEY = { ${keys.map((key, index) => `${key} = KEYS[${index + 1}]`).join(', ')} }`,
    ...(all.length > 0 ? [`local ${all.join(', ')} = ${all.map((_, index) => `ARGV[${index + 1}]`).join(', ')}`] : []),
  ].join('\n');
  const sha = createHash('sha1')
    .update([head, ...parts].join('\n'))
    .digest('hex');
  return { name, sha, keys, args: all, head, uses: files, body };
}

const sharedOf = (folder: string, name: string): string => parse(join(folder, 'shared', `${name}.lua`)).body;

const camel = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The module's text: shared files stand in it once. */
export function luaModule(folder: string): string {
  const namesIn = (place: string): string[] =>
    readdirSync(place)
      .filter((file) => file.endsWith('.lua'))
      .sort();
  const shared = namesIn(join(folder, 'shared')).map((file) => {
    const name = basename(file, '.lua');
    return `const ${name} = ${JSON.stringify(sharedOf(folder, name))};`;
  });
  const entries = namesIn(folder).map((file) => {
    const { name, sha, keys, args, head, uses, body } = scriptOf(folder, file);
    const source = `[${[JSON.stringify(head), ...uses, JSON.stringify(body)].join(', ')}].join('\\n')`;
    const words = JSON.stringify({ name, sha, keys, args }).slice(1, -1);
    return `  ${camel(name)}: { ${words}, source: ${source} },`;
  });
  const title = '// Generated from bus/redis/lua/ by scripts/generate.ts. Do not edit.';
  return `${[title, ...shared, 'export const scripts = {', ...entries, '} as const;'].join('\n')}\n`;
}
