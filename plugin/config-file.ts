/** `jaeger.json` as its owner wrote it: read, understood, and completed from the environment; or everything that is wrong with it, and where. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Options } from '../bus/options.ts';
import { configOf } from './config.ts';
import { type Environment, overridden } from './environment.ts';
import { ConfigError, type ConfigProblem, NO_SUCH_KEY } from './errors.ts';
import { namesIn, readJsonText } from './json-text.ts';

/** Its name, unless said otherwise. */
export const CONFIG_FILE = 'jaeger.json';
const MOST_BYTES = 1_000_000;

/**
 * The options that a file says. Comments and trailing commas are allowed in it.
 * @throws ConfigError that lists everything wrong with it, each with line and column
 */
export function readConfigFile(file: string, environment: Environment): Options {
  const bytes = bytesOf(file);
  const text = textOf(bytes, file);
  const read = readJsonText(text);
  if ('problems' in read) throw wrong(file, read.problems);
  const { options, from } = overridden(read.value, environment);
  try {
    configOf(options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const variableOf = (path: string): string | undefined =>
      from.get(path) ?? (path === 'redis' ? [...from].find(([each]) => each.startsWith('redis.'))?.[1] : undefined);
    const placed = error.problems.map((problem): ConfigProblem => {
      const variable = variableOf(problem.path);
      if (variable !== undefined) return { ...problem, variable };
      return { ...problem, ...read.placeOf(namesIn(problem.path), problem.expected === NO_SUCH_KEY ? 'key' : 'value') };
    });
    throw wrong(file, placed);
  }
  return options as Options;
}

function wrong(file: string, problems: readonly ConfigProblem[]): ConfigError {
  const inOrder = [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  return new ConfigError(`${basename(file)} is wrong:`, inOrder);
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'no file of that name: `jaeger init` writes one',
  EACCES: 'one that this user may not read: give it the right to (chmod)',
  EPERM: 'one that this user may not read: give it the right to (chmod)',
  EISDIR: 'a directory',
  ENOTDIR: 'a path that leads through something that is no directory',
};

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new ConfigError(`${file} cannot be read:`, [
      { path: file, expected: 'a file that can be read', found: WHY[code] ?? (code || 'something else') },
    ]);
  }
}

/** UTF-8, with or without the mark that some editors put before it. */
function textOf(bytes: Buffer, file: string): string {
  const no = (expected: string, found: string, place: Pick<ConfigProblem, 'line' | 'column'> = {}): ConfigError =>
    wrong(file, [{ path: '', expected, found, ...place }]);
  if (bytes.length > MOST_BYTES) throw no(`a file of at most ${MOST_BYTES} bytes`, `one of ${bytes.length}`);
  const isUtf16 = /^(?:\xff\xfe|\xfe\xff|\0[^\0]|[^\0]\0)/.test(bytes.toString('latin1', 0, 2));
  if (isUtf16) throw no('text in UTF-8: save the file anew with that encoding', 'text in UTF-16');
  const text = bytes.toString('utf8');
  if (Buffer.from(text).equals(bytes)) return text.replace(/^\uFEFF/, '');
  const back = Buffer.from(text);
  const at = bytes.findIndex((byte, index) => byte !== back[index]);
  const before = bytes.toString('utf8', 0, at).split(/\r\n|\r|\n/);
  throw no('text in UTF-8: save the file anew with that encoding', 'a character in another encoding', {
    line: before.length,
    column: (before.at(-1) as string).length + 1,
  });
}
