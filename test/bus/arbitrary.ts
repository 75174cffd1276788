/** From the JSON schema of a message: arbitrary valid ones, the ways to break each of its parts, and the limits that each still meets. */
import * as fc from 'fast-check';
import { messageSchemas } from '../../bus/generated/schemas.ts';

export interface Schema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'null';
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** One part of a value. */
export interface Place {
  readonly schema: Schema;
  readonly value: unknown;
  /** Such as `sides[1].elo`; empty for the whole. */
  readonly path: string;
  /** The whole with another value in this place; `undefined` takes the key away. */
  put(value: unknown): unknown;
}

export interface Change {
  readonly how: string;
  readonly value: unknown;
}

/** Longest generated text and list: the limits have tests of their own. */
const LONGEST_TEXT = 20;
const LONGEST_LIST = 3;
/** typia writes `uint32` as an integer without a maximum. */
const UINT32_MAX = 2 ** 32 - 1;

const components = messageSchemas.components.schemas as Readonly<Record<string, Schema>>;
const kinds = (messageSchemas.schemas[0] as Schema).properties ?? {};

export const KINDS: readonly string[] = Object.keys(kinds);
export const schemaOf = (kind: string): Schema => resolve(kinds[kind] ?? {});

function resolve(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const found = components[schema.$ref.replace('#/components/schemas/', '')];
  if (!found) throw new Error(`no schema ${schema.$ref}`);
  return resolve(found);
}

/** Of what may also be null: what else it may be. */
function besidesNull(schema: Schema): Schema | undefined {
  const choices = choicesOf(schema);
  return choices?.length === 2 && choices.some(({ type }) => type === 'null')
    ? choices.find(({ type }) => type !== 'null')
    : undefined;
}
const choicesOf = ({ oneOf, anyOf }: Schema): readonly Schema[] | undefined => (oneOf ?? anyOf)?.map(resolve);
const highestOf = ({ type, maximum }: Schema): number => maximum ?? (type === 'integer' ? UINT32_MAX : Number.MAX_VALUE);
const lowestOf = ({ minimum }: Schema): number => minimum ?? -Number.MAX_VALUE;

/** Any text, lone surrogates too: its length counts UTF-16 units, as the limits do. */
const text = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0, max: 0xffff })), { minLength, maxLength })
    .map((units) => String.fromCharCode(...units));

export function valid(of: Schema): fc.Arbitrary<unknown> {
  const schema = resolve(of);
  const choices = choicesOf(schema);
  if (choices) return fc.oneof(...choices.map(valid));
  if ('const' in schema) return fc.constant(schema.const);
  switch (schema.type) {
    case 'string':
      if (schema.pattern !== undefined) return fc.stringMatching(new RegExp(schema.pattern));
      return text(schema.minLength ?? 0, Math.min(schema.maxLength ?? LONGEST_TEXT, LONGEST_TEXT));
    case 'integer':
      return fc.maxSafeInteger().map((n) => lowestOf(schema) + (Math.abs(n) % (highestOf(schema) - lowestOf(schema))));
    case 'number':
      return fc.double({ min: lowestOf(schema), max: highestOf(schema), noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      if (schema.prefixItems) return fc.tuple(...schema.prefixItems.map(valid));
      const minLength = schema.minItems ?? 0;
      return fc.array(valid(schema.items ?? {}), { minLength, maxLength: Math.max(minLength, LONGEST_LIST) });
    }
    case 'object': {
      const properties = Object.entries(schema.properties ?? {}).map(([key, one]) => [key, valid(one)] as const);
      return fc.record(Object.fromEntries(properties), { requiredKeys: [...(schema.required ?? [])], noNullPrototype: true });
    }
    default:
      throw new Error(`a schema that this helper does not know: ${JSON.stringify(schema)}`);
  }
}

/** Every part of a value: itself, the values of its keys, the items of its lists. */
export function* placesOf(of: Schema, value: unknown, path = '', put: Place['put'] = (whole) => whole): Generator<Place> {
  const schema = resolve(of);
  yield { schema, value, path, put };
  if (schema.type === 'object') {
    const object = value as Readonly<Record<string, unknown>>;
    for (const [key, one] of Object.entries(schema.properties ?? {})) {
      if (object[key] === undefined) continue;
      const inner = (next: unknown): unknown => put({ ...object, [key]: next });
      yield* placesOf(one, object[key], path === '' ? key : `${path}.${key}`, inner);
    }
  } else if (schema.type === 'array') {
    const list = value as readonly unknown[];
    for (const [index, item] of list.entries()) {
      const inner = (next: unknown): unknown => put(list.with(index, next));
      yield* placesOf(schema.prefixItems?.[index] ?? schema.items ?? {}, item, `${path}[${index}]`, inner);
    }
  }
}

const SAMPLES: readonly unknown[] = [null, true, false, 0.5, -1, 2, '', '0', 'no such value', [], {}];
const UNLIKELY_TEXTS: readonly string[] = ['', ' ', 'a b', 'ä', 'a\n', '\0', '../a', 'x'.repeat(65), 'x'.repeat(100_000)];

/** A valid item for lists that have to grow. */
const itemOf = ({ items, prefixItems }: Schema): unknown =>
  fc.sample(valid(items ?? prefixItems?.[0] ?? {}), { numRuns: 1, seed: 1 })[0];
const listOf = (schema: Schema, length: number): unknown[] => new Array(length).fill(itemOf(schema));

const isOfType = (type: Schema['type'], value: unknown): boolean =>
  type === 'array'
    ? Array.isArray(value)
    : type === 'object'
      ? typeof value === 'object' && value !== null && !Array.isArray(value)
      : typeof value === (type === 'integer' ? 'number' : type);

/** Values that this place must not have. */
export function breaksOf({ schema, path, ...rest }: Place): Change[] {
  const other = besidesNull(schema);
  if (other) return breaksOf({ schema: other, path, ...rest }).filter(({ value }) => value !== null);
  // An item that is missing makes its list shorter: that is the list's to refuse.
  const isKey = path !== '' && !path.endsWith(']');
  const changes: Change[] = isKey ? [{ how: 'missing', value: undefined }] : [];
  const allowed = choicesOf(schema)?.map((choice) => choice.const) ?? ('const' in schema ? [schema.const] : undefined);
  const wrong = SAMPLES.filter((sample) => (allowed ? !allowed.includes(sample) : !isOfType(schema.type, sample)));
  changes.push(...wrong.map((value) => ({ how: `wrong: ${JSON.stringify(value)}`, value })));
  if (allowed) return changes;
  const { minLength = 0, maxLength, pattern, prefixItems, minItems = 0, maxItems } = schema;
  switch (schema.type) {
    case 'string':
      if (minLength > 0) changes.push({ how: 'too short', value: 'a'.repeat(minLength - 1) });
      if (maxLength !== undefined) changes.push({ how: 'too long', value: 'a'.repeat(maxLength + 1) });
      if (pattern !== undefined) {
        const unlike = UNLIKELY_TEXTS.filter((one) => !new RegExp(pattern).test(one));
        changes.push(...unlike.map((value) => ({ how: `not of the pattern: ${JSON.stringify(value.slice(0, 9))}`, value })));
      }
      break;
    case 'integer':
      changes.push({ how: 'too small', value: lowestOf(schema) - 1 }, { how: 'too large', value: highestOf(schema) + 1 });
      changes.push({ how: 'not whole', value: lowestOf(schema) + 0.5 });
      break;
    case 'number':
      changes.push({ how: 'too small', value: lowestOf(schema) - 0.5 }, { how: 'too large', value: highestOf(schema) + 0.5 });
      break;
    case 'array':
      for (const length of prefixItems
        ? [0, prefixItems.length - 1, prefixItems.length + 1]
        : [minItems - 1, (maxItems ?? -2) + 1])
        if (length >= 0) changes.push({ how: `${length} items`, value: listOf(schema, length) });
      break;
    default:
  }
  return changes;
}

/** Values that this place may just have. */
export function limitsOf({ schema, ...rest }: Place): Change[] {
  const other = besidesNull(schema);
  if (other) return [{ how: 'null', value: null }, ...limitsOf({ schema: other, ...rest })];
  const choices = choicesOf(schema);
  if (choices) return choices.map((choice) => ({ how: `choice ${choice.const}`, value: choice.const }));
  switch (schema.type) {
    case 'string':
      if (schema.pattern !== undefined) return [];
      return [schema.minLength ?? 0, schema.maxLength ?? 0].map((n) => ({ how: `${n} characters`, value: 'a'.repeat(n) }));
    case 'integer':
    case 'number':
      return [lowestOf(schema), highestOf(schema)].map((value) => ({ how: String(value), value }));
    case 'array':
      if (schema.prefixItems) return [];
      return [schema.minItems ?? 0, schema.maxItems ?? 0].map((n) => ({ how: `${n} items`, value: listOf(schema, n) }));
    default:
      return [];
  }
}

/** The valid value whose JSON is longest: every list and text as long as may be, and each unit escaped. */
export function longest(of: Schema): unknown {
  const schema = resolve(of);
  const choices = choicesOf(schema);
  if (choices) return choices.map(longest).sort((a, b) => JSON.stringify(b).length - JSON.stringify(a).length)[0];
  if ('const' in schema) return schema.const;
  switch (schema.type) {
    case 'string':
      return schema.pattern === undefined ? '\0'.repeat(schema.maxLength ?? 0) : 'x'.repeat(64);
    case 'integer':
    case 'number':
      return highestOf(schema);
    case 'boolean':
      return false;
    case 'null':
      return null;
    case 'array':
      return schema.prefixItems?.map(longest) ?? new Array(schema.maxItems ?? 0).fill(longest(schema.items ?? {}));
    default:
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, one]) => [key, longest(one)]));
  }
}
