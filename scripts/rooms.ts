/** Which room may import what. The rules of the house, as data, and what breaks them. */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize, relative, sep } from 'node:path';
import ts from 'typescript';

export const ROOMS = ['matcher', 'bus', 'plugin', 'scripts', 'test'] as const;
type Room = (typeof ROOMS)[number];

/** Rooms and packages that each room may import; `node:` stands for every Node built-in, `*` for every package. */
const MAY_IMPORT: Readonly<Record<Room, readonly string[]>> = {
  matcher: ['rxjs'],
  bus: ['matcher', 'rxjs', 'typia', 'ioredis', 'node:crypto'],
  plugin: ['bus', 'matcher', 'rxjs', 'jsonc-parser', 'commander', 'node:'],
  scripts: ['plugin', 'bus', 'matcher', 'node:', '*'],
  test: ['scripts', 'plugin', 'bus', 'matcher', 'node:', '*'],
};

/** What the seed itself finds: tests and benches compare with it. */
const ORACLE = 'test/matcher/oracle.ts';

/** The only file of the matcher that other rooms may import. */
const DOOR = 'matcher/index.ts';

export interface Arrow {
  readonly from: string;
  /** A file of the house, or the name of a package or built-in. */
  readonly to: string;
}

/** Every TypeScript file of the rooms, as a path from the root with `/`. */
export function filesOf(root: string, rooms: readonly Room[] = ROOMS): string[] {
  return rooms
    .flatMap((room) => readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((file) => join(room, file)))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.split(sep).join('/'))
    .sort();
}

/** Every import of these files, of types too. */
export function arrowsOf(root: string, files: readonly string[]): Arrow[] {
  return files.flatMap((from) =>
    ts.preProcessFile(readFileSync(join(root, from), 'utf8'), true, true).importedFiles.map(({ fileName }) => ({
      from,
      to: fileName.startsWith('.')
        ? relative(root, normalize(join(root, dirname(from), fileName)))
            .split(sep)
            .join('/')
        : fileName,
    })),
  );
}

const roomOf = (file: string): string => file.slice(0, file.indexOf('/'));
const isFile = (to: string): boolean => to.endsWith('.ts');
const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

/** Every arrow that the rules do not have, as a sentence. */
export function wrongArrows(arrows: readonly Arrow[]): string[] {
  return arrows.flatMap(({ from, to }) => {
    const room = roomOf(from) as Room;
    const allowed = MAY_IMPORT[room] ?? [];
    if (isFile(to)) {
      if (roomOf(to) === room || (to === ORACLE && from.startsWith('scripts/bench/'))) return [];
      if (!allowed.includes(roomOf(to))) return [`${from} imports ${to}: ${room}/ may not import ${roomOf(to)}/`];
      if (roomOf(to) === 'matcher' && to !== DOOR && room !== 'test')
        return [`${from} imports ${to}: the matcher is entered by ${DOOR}`];
      return [];
    }
    if (isBuiltin(to))
      return allowed.includes('node:') || allowed.includes(to)
        ? []
        : [`${from} imports ${to}: ${room}/ may not import this of Node`];
    const fine = allowed.includes('*') || allowed.includes(packageOf(to));
    return fine ? [] : [`${from} imports ${to}: ${room}/ may not import this package`];
  });
}

/** One circle of imports between files, if there is any, such as `a.ts → b.ts → a.ts`. */
export function circleOf(arrows: readonly Arrow[]): string | undefined {
  const next = new Map<string, string[]>();
  for (const { from, to } of arrows) if (isFile(to)) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(' → ');
    if (done.has(file)) return undefined;
    path.push(file);
    for (const to of next.get(file) ?? []) {
      const circle = visit(to);
      if (circle) return circle;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of next.keys()) {
    const circle = visit(file);
    if (circle) return circle;
  }
  return undefined;
}

/** Test files that would run nothing: uvu exits 0 for a file that never calls `run()`. */
export const idleTests = (root: string): string[] =>
  filesOf(root, ['test'])
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => !/\.run\(\)/.test(readFileSync(join(root, file), 'utf8')));
