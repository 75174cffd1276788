/**
 * What two users of an instant match want of each other: preferences are data, conditions on what the other one says of itself, over the
 * fields that the owner has named. What comes from outside is looked at with bounds on depth, number and length, so that nothing
 * hostile costs more than a glance; `ne` is "not `eq`" and `nin` is "not `in`", also where the other one says nothing.
 */

/** What may be said of a field. Of a list several of its values; an operator that holds for one of them holds. */
export type Field =
  | { readonly type: 'boolean' }
  | { readonly type: 'number'; readonly min: number; readonly max: number }
  | { readonly type: 'text' | 'list'; readonly values: ReadonlySet<string> };
export type Fields = ReadonlyMap<string, Field>;

export type Scalar = boolean | number | string;

/** What a user says of itself: only what the owner has named. */
export interface Data {
  /** As JSON. */
  readonly text: string;
  /** By field; a single value is a list of one. */
  readonly values: ReadonlyMap<string, readonly Scalar[]>;
}

export interface Wishes {
  /** As JSON. */
  readonly text: string;
  fits(data: Data): boolean;
  /** Each of these has to hold, or nothing fits: the field has one of the values. */
  readonly equalities: readonly Equality[];
}

export interface Equality {
  readonly field: string;
  readonly values: readonly Scalar[];
}

/** What is wrong, and where. */
export interface WishProblem {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}
interface Wrong {
  readonly problems: readonly WishProblem[];
}

/** Largest text of preferences, and of data, as JSON in UTF-16 units. */
export const MOST_WISHES = 4096;
export const MOST_SAID = 2048;
/** How deep `and`, `or` and `not` may lie in each other, how many conditions and combinations there may be, and how many values one may name. */
export const MOST_DEPTH = 8;
export const MOST_CONDITIONS = 32;
export const MOST_VALUES = 32;
const MOST_PROBLEMS = 8;
const MOST_SHOWN = 40;

type Test = (values: Data['values']) => boolean;
interface Compiled {
  readonly test: Test;
  readonly equalities: readonly Equality[];
  /** A clean copy. */
  readonly wish: unknown;
}
const ANYBODY: Compiled = { test: () => true, equalities: [], wish: { and: [] } };

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
};
const OPERATORS = ['eq', 'ne', 'in', 'nin', 'exists'];
const COMBINATIONS = ['and', 'or', 'not'];

/** What a user wants, understood, or everything that is wrong with it. `input`: JSON text, or what such a text holds; nothing at all is anybody. */
export function wishesOf(input: unknown, fields: Fields, path = 'preferences'): { readonly wishes: Wishes } | Wrong {
  const reader = new Reader(fields);
  const compiled = reader.guarded(path, () => {
    const given = reader.given(input, path, MOST_WISHES);
    return given === undefined ? ANYBODY : reader.wish(given, path, 1);
  });
  const text = JSON.stringify((compiled ?? ANYBODY).wish);
  if (text.length > MOST_WISHES) reader.wrong(path, `at most ${MOST_WISHES} characters as JSON`, `${text.length}`);
  if (!compiled || reader.problems.length > 0) return { problems: reader.problems };
  const { test, equalities } = compiled;
  return { wishes: { text, equalities, fits: ({ values }) => test(values) } };
}

/** What a user says of itself, understood, or everything that is wrong with it. */
export function dataOf(input: unknown, fields: Fields, path = 'data'): { readonly data: Data } | Wrong {
  const reader = new Reader(fields);
  const values = new Map<string, readonly Scalar[]>();
  const said: [string, unknown][] = [];
  reader.guarded(path, () => {
    const given = reader.given(input, path, MOST_SAID);
    if (given === undefined) return;
    for (const [name, value] of reader.entries(given, path, fields.size)) {
      const field = reader.field(name, `${path}.${name}`);
      const of = field && reader.said(field, value, `${path}.${name}`);
      if (!of) continue;
      values.set(name, of);
      said.push([name, field.type === 'list' ? of : of[0]]);
    }
  });
  const text = JSON.stringify(Object.fromEntries(said));
  if (text.length > MOST_SAID) reader.wrong(path, `at most ${MOST_SAID} characters as JSON`, `${text.length}`);
  return reader.problems.length > 0 ? { problems: reader.problems } : { data: { text, values } };
}

export interface User {
  readonly wishes: Wishes;
  readonly data: Data;
}

/** Do two users fit, both ways? */
export const fit = (one: User, other: User): boolean => one.wishes.fits(other.data) && other.wishes.fits(one.data);

class Reader {
  readonly problems: WishProblem[] = [];
  private readonly fields: Fields;
  private conditions = 0;

  constructor(fields: Fields) {
    this.fields = fields;
  }

  wrong(path: string, expected: string, found: unknown): undefined {
    if (this.problems.length < MOST_PROBLEMS) this.problems.push({ path, expected, found: shown(found) });
  }

  /** What looks like data may throw when it is looked at. */
  guarded<T>(path: string, read: () => T): T | undefined {
    try {
      return read();
    } catch {
      return this.wrong(path, 'plain data', 'something that cannot be read');
    }
  }

  given(input: unknown, path: string, most: number): unknown {
    if (input === null) return undefined;
    if (typeof input !== 'string') return input;
    if (input.length > most) return this.wrong(path, `at most ${most} characters`, `${input.length} characters`);
    try {
      return JSON.parse(input) ?? undefined;
    } catch {
      return this.wrong(path, 'JSON', input);
    }
  }

  entries(input: unknown, path: string, most: number): [string, unknown][] {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      this.wrong(path, 'an object', input);
      return [];
    }
    const keys = Object.keys(input);
    if (keys.length > most) {
      this.wrong(path, `at most ${most} keys`, `${keys.length}`);
      return [];
    }
    return keys
      .map((key): [string, unknown] => [key, (input as Record<string, unknown>)[key]])
      .filter(([, value]) => value !== undefined);
  }

  field(name: unknown, path: string): Field | undefined {
    const field = typeof name === 'string' ? this.fields.get(name) : undefined;
    if (field) return field;
    if (this.fields.size === 0) return this.wrong(path, 'nothing, for this queue names no fields', name);
    const near = typeof name === 'string' ? nearest(name, [...this.fields.keys()]) : undefined;
    const named = `one of the fields ${[...this.fields.keys()].join(', ')}`;
    return this.wrong(path, near === undefined ? named : `${named}; did you mean ${near}?`, name);
  }

  /** The values that a user says of a field. */
  said(field: Field, value: unknown, path: string): readonly Scalar[] | undefined {
    if (field.type !== 'list') {
      const one = this.value(field, value, path);
      return one === undefined ? undefined : [one];
    }
    return this.values(field, value, path);
  }

  private values(field: Field, input: unknown, path: string): readonly Scalar[] | undefined {
    if (!Array.isArray(input)) return this.wrong(path, 'a list of values', input);
    if (input.length === 0 || input.length > MOST_VALUES)
      return this.wrong(path, `a list of 1 to ${MOST_VALUES} values`, `${input.length}`);
    const values = input.map((value: unknown, index) => this.value(field, value, `${path}[${index}]`));
    return values.includes(undefined) ? undefined : [...new Set(values as Scalar[])];
  }

  private value(field: Field, value: unknown, path: string): Scalar | undefined {
    switch (field.type) {
      case 'boolean':
        return typeof value === 'boolean' ? value : this.wrong(path, 'true or false', value);
      case 'number': {
        const { min, max } = field;
        const isRight = typeof value === 'number' && value >= min && value <= max;
        // -0 is 0.
        return isRight ? value + 0 : this.wrong(path, `a number from ${min} to ${max}`, value);
      }
      default:
        if (typeof value === 'string' && field.values.has(value)) return value;
        return this.wrong(path, `one of ${shown([...field.values].join(', '))}`, value);
    }
  }

  wish(input: unknown, path: string, depth: number): Compiled | undefined {
    if (depth > MOST_DEPTH) return this.wrong(path, `at most ${MOST_DEPTH} levels`, 'more');
    if (++this.conditions > MOST_CONDITIONS) return this.wrong(path, `at most ${MOST_CONDITIONS} conditions`, 'more');
    const entries = this.entries(input, path, 1 + OPERATORS.length + Object.keys(COMPARISONS).length);
    const combination = entries.find(([key]) => COMBINATIONS.includes(key));
    if (!combination) return entries.length === 0 ? ANYBODY : this.condition(new Map(entries), path);
    const [how, parts] = combination;
    if (entries.length > 1) return this.wrong(path, `nothing beside ${how}`, entries.map(([key]) => key).join(', '));
    if (how === 'not') {
      const inner = this.wish(parts, `${path}.not`, depth + 1);
      return inner && { test: (values) => !inner.test(values), equalities: [], wish: { not: inner.wish } };
    }
    return this.combined(how as 'and' | 'or', parts, `${path}.${how}`, depth);
  }

  private combined(how: 'and' | 'or', parts: unknown, path: string, depth: number): Compiled | undefined {
    if (!Array.isArray(parts)) return this.wrong(path, 'a list of conditions', parts);
    if (parts.length > MOST_CONDITIONS || (how === 'or' && parts.length === 0))
      return this.wrong(path, `a list of ${how === 'or' ? 1 : 0} to ${MOST_CONDITIONS} conditions`, `${parts.length}`);
    const all: Compiled[] = [];
    for (const [index, part] of parts.entries()) {
      const inner = this.wish(part, `${path}[${index}]`, depth + 1);
      if (!inner && this.conditions > MOST_CONDITIONS) return undefined;
      if (inner) all.push(inner);
    }
    if (all.length < parts.length) return undefined;
    const wish = { [how]: all.map((each) => each.wish) };
    if (how === 'or') {
      const equalities = all.length === 1 ? (all[0] as Compiled).equalities : [];
      return { test: (values) => all.some(({ test }) => test(values)), equalities, wish };
    }
    return {
      test: (values) => all.every(({ test }) => test(values)),
      equalities: all.flatMap((each) => each.equalities),
      wish,
    };
  }

  /** One field, and what has to hold of it, all at once. */
  private condition(entries: ReadonlyMap<string, unknown>, path: string): Compiled | undefined {
    const name = entries.get('field') as string;
    const field = this.field(name, `${path}.field`);
    if (!field) return undefined;
    const operators = [...OPERATORS, ...(field.type === 'number' ? Object.keys(COMPARISONS) : [])];
    const given = [...entries].filter(([key]) => key !== 'field');
    if (given.length === 0) return this.wrong(path, `one of ${operators.join(', ')}`, 'none');
    const before = this.problems.length;
    const equalities: Equality[] = [];
    const tests = given.map(([operator, value]): Test => {
      const at = `${path}.${operator}`;
      const test = operators.includes(operator) ? this.operator(field, operator, value, at) : undefined;
      if (!operators.includes(operator)) {
        const known = `one of ${[...operators, ...COMBINATIONS].join(', ')}`;
        const near = nearest(operator, [...operators, 'field']);
        this.wrong(at, near === undefined ? known : `${known}; did you mean ${near}?`, operator);
      }
      if (!test) return () => false;
      if (test.values) equalities.push({ field: name, values: test.values });
      return (values) => test.holds(values.get(name) ?? []);
    });
    if (this.problems.length > before) return undefined;
    return {
      test: (values) => tests.every((test) => test(values)),
      equalities,
      wish: Object.fromEntries([['field', name], ...given]),
    };
  }

  private operator(field: Field, operator: string, input: unknown, path: string): Operator | undefined {
    if (operator === 'exists') {
      if (typeof input !== 'boolean') return this.wrong(path, 'true or false', input);
      return { holds: (said) => said.length > 0 === input };
    }
    const compares = COMPARISONS[operator];
    if (compares) {
      const bound = this.value(field, input, path);
      return bound === undefined
        ? undefined
        : { holds: (said) => said.some((each) => compares(each as number, bound as number)) };
    }
    const isOne = operator === 'eq' || operator === 'ne';
    const one = isOne ? this.value(field, input, path) : undefined;
    const wanted = isOne ? (one === undefined ? undefined : [one]) : this.values(field, input, path);
    if (!wanted) return undefined;
    const has = (said: readonly Scalar[]): boolean => said.some((each) => wanted.includes(each));
    return operator === 'eq' || operator === 'in' ? { holds: has, values: wanted } : { holds: (said) => !has(said) };
  }
}

interface Operator {
  holds(said: readonly Scalar[]): boolean;
  /** Where it holds only for one of these. */
  readonly values?: readonly Scalar[];
}

/** A value in a few characters; nothing of it is called. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value.length > MOST_SHOWN ? `${value.slice(0, MOST_SHOWN)}…` : value;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : value === undefined ? 'nothing' : String(value);
}

/** The name that was most likely meant, if one is near. */
function nearest(name: string, names: readonly string[]): string | undefined {
  if (name.length > MOST_SHOWN) return undefined;
  const far = (one: string): number => distance(name.toLowerCase(), one.toLowerCase());
  const [best] = [...names].sort((a, b) => far(a) - far(b) || (a < b ? -1 : 1));
  return best !== undefined && far(best) <= Math.max(1, Math.floor(best.length / 2)) ? best : undefined;
}

/** How many characters have to be put in, taken out or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
