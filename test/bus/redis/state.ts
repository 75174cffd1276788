/**
 * Everything that a bus holds, in one shape: what the embedded bus has in its store, and what Redis has in its keys. A section is a table; its names are
 * those of Redis's keys, for Redis has more of them: what one side keeps only to find something is made for the other side of its records. What is past
 * its keeping is left out, for it is let go of now or later, and so is an empty table.
 */
import { isDeepStrictEqual } from 'node:util';

/** By section, then by id, name or queue. */
export type State = Readonly<Record<string, unknown>>;

/** Throws on what is neither compared nor listed: something new has to be one of the two. */
export function checkKnown(what: string, names: Iterable<string>, ...known: readonly object[]): void {
  for (const name of names)
    if (!known.some((table) => Object.hasOwn(table, name)))
      throw new Error(`${what}: ${name} is neither compared nor listed as not compared`);
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;

/** Sections of all parts together, without those that are empty. */
export const stateOf = (parts: readonly State[]): State =>
  Object.fromEntries(
    parts
      .flatMap((part) => Object.entries(part))
      .filter(([, value]) => !isEmpty(value) && !(Array.isArray(value) && value.length === 0))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

const brief = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 200));

/** Where the two differ, a line each. */
export function differences(actual: unknown, expected: unknown, path = ''): string[] {
  if (isDeepStrictEqual(actual, expected)) return [];
  const isTable = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
  if (!isTable(actual) || !isTable(expected) || Array.isArray(actual) !== Array.isArray(expected))
    return [`${path}: Redis has ${brief(actual)}, the embedded bus ${brief(expected)}`];
  const names = new Set([...Object.keys(actual), ...Object.keys(expected)]);
  return [...names].flatMap((name) => differences(actual[name], expected[name], path === '' ? name : `${path} / ${name}`));
}

/** By the queue of each, in the order in which they stand. */
export function byQueue<T extends { readonly queue: string }>(records: Iterable<T>): Record<string, T[]> {
  const found: Record<string, T[]> = {};
  for (const record of records) found[record.queue] = [...(found[record.queue] ?? []), record];
  return found;
}

export const minuteOf = (now: number): number => Math.floor(now / 60_000);
export const DAY_MS = 86_400_000;
/** How long is kept what became of an owner's command. */
export const ANSWER_MS = DAY_MS;
