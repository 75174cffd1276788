/** Every kind of message, by its generated schema: a new kind is tested as soon as it is there. */
import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Decoded, decode, encode } from '../../bus/codec.ts';
import { validators } from '../../bus/generated/validate.ts';
import { type Message, MOST_DATA } from '../../bus/messages.ts';
import { breaksOf, KINDS, limitsOf, longest, placesOf, schemaOf, valid } from './arbitrary.ts';

const RUNS = { numRuns: 30, includeErrorInReport: true };
/** Each message is broken in every way, which is some hundred ways. */
const BROKEN_RUNS = { ...RUNS, numRuns: 5 };

const decodeValue = (value: unknown): Decoded => decode(encode(value as Message));
const passes = (value: unknown, why: string): void =>
  assert.equal(decodeValue(value), { message: JSON.parse(JSON.stringify(value)) }, why);

/** typia writes a key that is a word of JavaScript in brackets: `sides[0]["new"]`. */
const plain = (path: string): string => path.replace(/\["(\w+)"\]/g, '.$1');

/** Is it refused, naming the place? A list where an object has to be is refused by the keys that it lacks. */
function refuses(value: unknown, path: string, how: string, instead: unknown): void {
  const decoded = decodeValue(value);
  const why = `${path} ${how}: ${JSON.stringify(decoded).slice(0, 300)}`;
  assert.ok('malformed' in decoded, why);
  const isNamed = (at: string): boolean => at === path || (Array.isArray(instead) && at.startsWith(`${path}.`));
  assert.ok(
    decoded.malformed.some((problem) => isNamed(plain(problem.path))),
    why,
  );
  for (const { expected, found } of decoded.malformed) assert.ok(expected.length > 0 && found.length > 0, why);
}

test('every kind has its schema and its validator, and its schema is of that kind', () => {
  assert.equal([...KINDS].sort(), Object.keys(validators).sort());
  for (const kind of KINDS) assert.equal(schemaOf(kind).properties?.['kind'], { const: kind });
});

for (const kind of KINDS) {
  const schema = schemaOf(kind);
  const message = valid(schema);

  test(`${kind}: what is encoded is decoded again`, () => {
    fc.assert(
      fc.property(message, (value) => passes(value, kind)),
      RUNS,
    );
  });

  test(`${kind}: one part broken, and it is refused with the path of that part`, () => {
    let broken = 0;
    fc.assert(
      fc.property(message, (value) => {
        for (const place of placesOf(schema, value)) {
          if (place.path === '') continue;
          for (const { how, value: instead } of breaksOf(place)) {
            refuses(place.put(instead), place.path, how, instead);
            broken++;
          }
        }
      }),
      BROKEN_RUNS,
    );
    assert.ok(broken >= BROKEN_RUNS.numRuns * Object.keys(schema.properties ?? {}).length);
  });

  test(`${kind}: each part at its limits passes`, () => {
    const [value] = fc.sample(message, { numRuns: 1, seed: 1 });
    for (const place of placesOf(schema, value))
      for (const { how, value: instead } of limitsOf(place)) passes(place.put(instead), `${place.path} ${how}`);
  });

  test(`${kind}: every text and list is bounded`, () => {
    for (const { schema: one, path } of placesOf(schema, longest(schema))) {
      if (one.type === 'string') assert.ok(one.maxLength !== undefined || one.pattern !== undefined, path);
      if (one.type === 'array') assert.ok(one.maxItems !== undefined || one.prefixItems !== undefined, path);
    }
  });

  test(`${kind}: the longest that is valid can be sent`, () => passes(longest(schema), kind));

  test(`${kind}: keys that only a newer node knows pass`, () => {
    fc.assert(
      fc.property(message, fc.jsonValue(), (value, more) => {
        for (const place of placesOf(schema, value))
          if (place.schema.type === 'object')
            passes(place.put({ ...(place.value as object), newerKey: more }), `${place.path}.newerKey`);
      }),
      RUNS,
    );
  });
}

test('a team and a turn carry MOST_DATA characters, not one more', () => {
  for (const kind of ['TEAM', 'TURN']) {
    const [value] = fc.sample(valid(schemaOf(kind)), { numRuns: 1, seed: 1 }) as [object];
    passes({ ...value, data: '\0'.repeat(MOST_DATA) }, kind);
    refuses({ ...value, data: 'a'.repeat(MOST_DATA + 1) }, 'data', 'too long', '');
  }
});

test.run();
