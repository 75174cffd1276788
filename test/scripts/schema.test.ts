/** The schema of `jaeger.json`, from the comments of the types: complete, and as the defaults really are. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { validateOptions } from '../../bus/generated/validate.ts';
import { POOL_CLAMP } from '../../matcher/index.ts';
import { DEFAULTS } from '../../plugin/config.ts';
import { type Schema, schemaOf } from '../../scripts/build/schema.ts';
import { defaultIn } from '../../scripts/defaults.ts';

const definitions = schemaOf().components.schemas as Readonly<Record<string, Schema>>;
const target = (schema: Schema): Schema =>
  schema.$ref ? { ...definitions[schema.$ref.split('/').at(-1) as string], ...schema } : schema;

/** Every option below one, by its path: of names that the owner gives, and of lists, with a star. */
function* optionsBelow(schema: Schema, path: string): Generator<{ path: string; option: Schema }> {
  const whole = target(schema);
  for (const one of whole.oneOf ?? []) yield* optionsBelow(one, path);
  if (whole.items) yield* optionsBelow(whole.items, `${path}.*`);
  if (typeof whole.additionalProperties === 'object') yield* optionsBelow(whole.additionalProperties, `${path}.*`);
  for (const [key, option] of Object.entries(whole.properties ?? {})) {
    const at = path === '' ? key : `${path}.${key}`;
    yield { path: at, option: target(option) };
    yield* optionsBelow(option, at);
  }
}
const all = [...optionsBelow(schemaOf() as Schema, '')];

test('every option says what it is', () => {
  assert.ok(all.length > 90, String(all.length));
  for (const { path, option } of all) assert.ok((option.description ?? '').length > 10, path);
});

test('every number has its limits, every text its length, every time its unit', () => {
  for (const { path, option } of all) {
    if (option.type === 'number' || option.type === 'integer') {
      assert.type(option.minimum, 'number', path);
      assert.type(option.maximum, 'number', path);
    }
    const isBounded =
      option.maxLength !== undefined || option.pattern !== undefined || option.enum || option.const !== undefined;
    if (option.type === 'string' && path !== '$schema') assert.ok(isBounded, path);
    if (path.endsWith('Ms')) assert.match(option.description as string, /\bin ms\b/, path);
  }
});

/** What `DEFAULTS` has for a path of the schema. */
function realDefault(path: string): unknown {
  const keys = path.split('.');
  let at: unknown = DEFAULTS;
  if (keys[0] === 'queues') at = DEFAULTS.queue;
  const rest = keys[0] === 'queues' ? keys.slice(2) : keys;
  if (rest[0] === 'instant') {
    at = DEFAULTS.instant;
    rest.shift();
  }
  for (const key of rest) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  return at;
}

test('the default that an option names is its default, and none is left out', () => {
  let compared = 0;
  for (const { path, option } of all) {
    // What has to be given has no default.
    if (/^redis|provisional\./.test(path) || path.includes('.*.', 'queues.*.'.length)) continue;
    const real = realDefault(path);
    if (typeof real === 'object' || real === undefined) continue;
    const isNone = real === POOL_CLAMP || real === 2 * POOL_CLAMP;
    assert.equal(isNone ? defaultIn(option.description) : option.default, isNone ? 'none' : real, path);
    compared++;
  }
  assert.ok(compared > 60, String(compared));
});

test('an unknown option is an error in the editor too; comments are none', () => {
  for (const [name, { properties, additionalProperties }] of Object.entries(definitions))
    if (properties) assert.is(typeof additionalProperties === 'object' || additionalProperties === false, true, name);
  assert.is(schemaOf().allowComments, true);
});

test('each limit of the schema is that of the validator', () => {
  const optionsWith = (path: string, value: unknown): unknown =>
    path
      .split('.')
      .reverse()
      .reduce<unknown>((inner, key) => ({ [key === '*' ? 'a' : key]: inner }), value);
  let checked = 0;
  for (const { path, option } of all) {
    if ((option.type !== 'number' && option.type !== 'integer') || /sentinels|cluster|kByRating|provisional|fields/.test(path))
      continue;
    const { minimum = 0, maximum = 0 } = option;
    const isRight = (value: number): boolean => validateOptions(optionsWith(path, value)).success;
    assert.equal([minimum, maximum].map(isRight), [true, true], path);
    assert.equal([minimum - 1, maximum + 1, Number.NaN].map(isRight), [false, false, false], path);
    if (option.type === 'integer') assert.is(isRight(minimum + 0.5), false, path);
    checked++;
  }
  assert.ok(checked > 50, String(checked));
});

test.run();
