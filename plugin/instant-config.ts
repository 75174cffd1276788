/** What users of an instant match may say of themselves: the owner's fields, checked, and as the matcher takes them. */
import type { InstantFields, InstantSettings } from '../bus/options.ts';
import type { Field, Fields } from '../matcher/index.ts';
import { type Problem, problem } from './errors.ts';

const FIELD_NAME = /^[A-Za-z][A-Za-z0-9]{0,31}$/;
const MOST_FIELDS = 32;

export function problemsOfInstant({ fields = {}, lifeMs = 15_000, renewMs = 5000 }: InstantSettings, path: string): Problem[] {
  const problems: Problem[] = [];
  const wrong = (at: string, expected: string, found: unknown): void =>
    void problems.push(problem(`${path}.${at}`, expected, found));
  const names = Object.keys(fields);
  if (names.length > MOST_FIELDS) wrong('fields', `at most ${MOST_FIELDS} fields`, names.length);
  for (const name of names) {
    const { type, values, min, max } = fields[name] as InstantFields[string];
    const at = `fields.${name}`;
    if (!FIELD_NAME.test(name)) wrong(at, 'a name of 1 to 32 letters and digits', name);
    const isText = type === 'text' || type === 'list';
    // Whatever a user could say freely could tell who it is.
    if (isText && !values) wrong(`${at}.values`, 'the values that are allowed', values);
    if (!isText && values) wrong(`${at}.values`, 'no such key', values);
    if (type !== 'number' && min !== undefined) wrong(`${at}.min`, 'no such key', min);
    if (type !== 'number' && max !== undefined) wrong(`${at}.max`, 'no such key', max);
    if ((min ?? -1e9) > (max ?? 1e9)) wrong(`${at}.max`, `at least min (${min})`, max);
  }
  if (renewMs * 2 > lifeMs) wrong('lifeMs', `at least twice renewMs (${renewMs})`, lifeMs);
  return problems;
}

export const fieldsOf = (fields: InstantFields): Fields =>
  new Map(
    Object.entries(fields).map(([name, { type, values = [], min = -1e9, max = 1e9 }]): [string, Field] => {
      if (type === 'boolean') return [name, { type }];
      return type === 'number' ? [name, { type, min, max }] : [name, { type, values: new Set(values) }];
    }),
  );
