/** Preferences of an instant match: what they mean, what is refused and how fast, and who is found among those who wait. */
import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Data,
  dataOf,
  type Fields,
  fit,
  MOST_CONDITIONS,
  MOST_DEPTH,
  type User,
  WaitList,
  type Wishes,
  wishesOf,
} from '../../matcher/index.ts';

const LANGUAGES = ['en', 'de', 'fi', 'pt'];
const REGIONS = ['eu', 'na', 'asia'];
const FIELDS: Fields = new Map([
  ['mic', { type: 'boolean' }],
  ['age', { type: 'number', min: 0, max: 120 }],
  ['region', { type: 'text', values: new Set(REGIONS) }],
  ['languages', { type: 'list', values: new Set(LANGUAGES) }],
] as const);

const wishes = (input: unknown): Wishes => {
  const read = wishesOf(input, FIELDS);
  assert.ok('wishes' in read, JSON.stringify(read));
  return read.wishes;
};
const data = (input: unknown): Data => {
  const read = dataOf(input, FIELDS);
  assert.ok('data' in read, JSON.stringify(read));
  return read.data;
};
const fits = (wish: unknown, said: unknown): boolean => wishes(wish).fits(data(said));
const problems = (input: unknown): [string, ...string[]] => {
  const read = wishesOf(input, FIELDS);
  assert.ok('problems' in read, 'accepted');
  return read.problems.map(({ path, expected, found }) => `${path}: ${expected} / ${found}`) as [string];
};

test('every operator, on what is said and on what is not', () => {
  const said = { mic: true, age: 20, region: 'eu', languages: ['en', 'fi'] };
  for (const [wish, of, ofNothing] of [
    [{ field: 'mic', eq: true }, true, false],
    [{ field: 'mic', ne: true }, false, true],
    [{ field: 'region', in: ['eu', 'na'] }, true, false],
    [{ field: 'region', nin: ['eu', 'na'] }, false, true],
    [{ field: 'age', gt: 20 }, false, false],
    [{ field: 'age', gte: 20 }, true, false],
    [{ field: 'age', lt: 20 }, false, false],
    [{ field: 'age', lte: 20 }, true, false],
    [{ field: 'age', gt: 10, lt: 30 }, true, false],
    [{ field: 'age', gt: 10, lt: 15 }, false, false],
    [{ field: 'mic', exists: true }, true, false],
    [{ field: 'mic', exists: false }, false, true],
    [{ field: 'languages', eq: 'fi' }, true, false],
    [{ field: 'languages', nin: ['fi', 'de'] }, false, true],
    [
      {
        and: [
          { field: 'mic', eq: true },
          { field: 'region', eq: 'na' },
        ],
      },
      false,
      false,
    ],
    [
      {
        or: [
          { field: 'mic', eq: true },
          { field: 'region', eq: 'na' },
        ],
      },
      true,
      false,
    ],
    [{ not: { field: 'mic', eq: true } }, false, true],
    [{}, true, true],
    [undefined, true, true],
    [null, true, true],
    ['{"field":"mic","eq":true}', true, false],
  ] as const) {
    assert.is(fits(wish, said), of, `${JSON.stringify(wish)} of what is said`);
    assert.is(fits(wish, {}), ofNothing, `${JSON.stringify(wish)} of nothing`);
  }
});

test('what is wrong is said with its path: misspelt fields and operators with the one that was meant', () => {
  assert.match(
    problems({ and: [{}, { field: 'langauges', eq: 'en' }] })[0],
    /^preferences\.and\[1\]\.field: .*did you mean languages\? \/ langauges$/,
  );
  assert.match(problems({ field: 'mic', equ: true })[0], /^preferences\.equ: .*did you mean eq\?/);
  assert.match(problems({ feild: 'mic', eq: true })[0], /^preferences\.field: .*nothing$/);
  assert.match(problems({ field: 'mic', gt: true })[0], /^preferences\.gt: one of eq, ne, in, nin, exists, and/);
  assert.equal(problems({ field: 'mic', eq: 'yes' }), ['preferences.eq: true or false / yes']);
  assert.equal(problems({ field: 'region', in: ['eu', 'mars'] }), ['preferences.in[1]: one of eu, na, asia / mars']);
  assert.equal(problems({ not: { or: [{ field: 'age', gte: 200 }] } }), [
    'preferences.not.or[0].gte: a number from 0 to 120 / 200',
  ]);
  assert.equal(problems({ field: 'mic' }), ['preferences: one of eq, ne, in, nin, exists / none']);
  assert.equal(problems({ not: {}, and: [] }), ['preferences: nothing beside not / not, and']);
  assert.equal(problems('{"field":'), ['preferences: JSON / {"field":']);
  const said = dataOf({ mci: true, age: '20', languages: 'en' }, FIELDS);
  assert.equal('problems' in said && said.problems.map(({ path, found }) => `${path} ${found}`), [
    'data.mci mci',
    'data.age 20',
    'data.languages en',
  ]);
  const none = wishesOf({ field: 'mic', eq: true }, new Map());
  assert.match(('problems' in none && none.problems[0]?.expected) || '', 'this queue names no fields');
});

function nested(levels: number): unknown {
  let wish: unknown = { field: 'mic', eq: true };
  for (let level = 0; level < levels; level++) wish = { not: wish };
  return wish;
}
const circle: { and: unknown[] } = { and: [] };
circle.and.push(circle);
const MB10 = 10_000_000;
const HOSTILE: readonly [string, () => unknown][] = [
  ['deep', () => nested(100_000)],
  ['deep text', () => `${'{"not":'.repeat(500)}{}${'}'.repeat(500)}`],
  ['a circle', () => circle],
  ['wide', () => ({ and: Array.from({ length: 1_000_000 }, () => ({ field: 'mic', eq: true })) })],
  [
    'wide within the limits of each list',
    () => ({ or: Array.from({ length: 32 }, () => ({ or: Array.from({ length: 32 }, () => ({})) })) }),
  ],
  ['10 MB of text', () => `"${'x'.repeat(MB10)}"`],
  ['a field of 10 MB', () => ({ field: 'x'.repeat(MB10), eq: true })],
  ['an operator of 4 KB', () => ({ field: 'mic', ['x'.repeat(4000)]: true })],
  ['a value of 10 MB', () => ({ field: 'region', eq: 'x'.repeat(MB10) })],
  ['a list of 10 MB', () => ({ field: 'region', in: Array.from({ length: 2_000_000 }, () => 'eu') })],
  [
    'many wrong values',
    () => ({
      and: Array.from({ length: 32 }, () => ({ field: 'region', in: Array.from({ length: 32 }, () => 'x'.repeat(1000)) })),
    }),
  ],
  ['the prototype as text', () => '{"__proto__":{"field":"mic"},"constructor":1}'],
  ['a field of the prototype', () => ({ field: '__proto__', eq: true })],
  ['the constructor as a field', () => ({ field: 'constructor', exists: true })],
  ['an operator of the prototype', () => ({ field: 'age', toString: 1 })],
  ['NaN', () => ({ field: 'age', gt: Number.NaN })],
  ['infinity', () => ({ field: 'age', lt: Number.POSITIVE_INFINITY })],
  ['a number', () => 5],
  ['a list', () => [[[[]]]]],
  ['a function', () => () => true],
  ['a function as a value', () => ({ field: 'mic', eq: () => true })],
  ['a symbol', () => ({ field: Symbol('mic'), eq: true })],
  ['a date', () => ({ field: 'age', eq: new Date(0) })],
  [
    'a getter that throws',
    () => ({
      get field() {
        throw new Error('got');
      },
      eq: true,
    }),
  ],
  [
    'a proxy that throws',
    () =>
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('keys');
          },
        },
      ),
  ],
  ['nothing but null', () => ({ field: null, eq: null })],
];

for (const [name, make] of HOSTILE)
  test(`hostile preferences are refused with path and reason within 1 ms: ${name}`, () => {
    const input = make();
    // The quickest of some: what else the machine does is not meant.
    let quickestMs = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 20; round++) {
      const startedAt = performance.now();
      const read = wishesOf(input, FIELDS);
      quickestMs = Math.min(quickestMs, performance.now() - startedAt);
      assert.ok('problems' in read && read.problems.length > 0, 'accepted');
      for (const { path, expected, found } of read.problems) {
        assert.match(path, /^preferences/);
        assert.ok(expected.length > 0 && found.length > 0 && JSON.stringify({ path, expected, found }).length < 5000);
      }
      assert.ok('problems' in dataOf(input, FIELDS));
    }
    assert.ok(quickestMs < 1, `${quickestMs} ms`);
  });

test('the limits themselves are allowed, one more is not', () => {
  assert.ok('wishes' in wishesOf(nested(7), FIELDS));
  assert.ok('problems' in wishesOf(nested(8), FIELDS));
  const many = (length: number) => ({ and: Array.from({ length }, () => ({ field: 'mic', exists: true })) });
  assert.ok('wishes' in wishesOf(many(31), FIELDS));
  assert.ok('problems' in wishesOf(many(32), FIELDS));
});

// The meaning written out anew: nothing compiled, nothing indexed.
type Said = Record<string, unknown>;
function holds(wish: Record<string, unknown>, said: Said): boolean {
  if ('and' in wish) return (wish['and'] as Said[]).every((each) => holds(each, said));
  if ('or' in wish) return (wish['or'] as Said[]).some((each) => holds(each, said));
  if ('not' in wish) return !holds(wish['not'] as Said, said);
  const of = said[wish['field'] as string];
  const values = of === undefined ? [] : Array.isArray(of) ? of : [of];
  return Object.entries(wish).every(([operator, value]) => {
    switch (operator) {
      case 'field':
        return true;
      case 'eq':
        return values.some((each) => each === value);
      case 'ne':
        return values.every((each) => each !== value);
      case 'in':
        return values.some((each) => (value as unknown[]).some((one) => one === each));
      case 'nin':
        return values.every((each) => (value as unknown[]).every((one) => one !== each));
      case 'exists':
        return value === values.length > 0;
      case 'gt':
        return values.some((each) => each > (value as number));
      case 'gte':
        return values.some((each) => each >= (value as number));
      case 'lt':
        return values.some((each) => each < (value as number));
      default:
        return values.some((each) => each <= (value as number));
    }
  });
}

const some = <T>(values: fc.Arbitrary<T>) => fc.array(values, { minLength: 1, maxLength: 3 });
const conditionOf = (field: string, value: fc.Arbitrary<unknown>) =>
  fc.oneof(
    fc.record({ field: fc.constant(field), eq: value }),
    fc.record({ field: fc.constant(field), ne: value }),
    fc.record({ field: fc.constant(field), in: some(value) }),
    fc.record({ field: fc.constant(field), nin: some(value) }),
    fc.record({ field: fc.constant(field), exists: fc.boolean() }),
  );
const age = fc.integer({ min: 18, max: 22 });
const condition = fc.oneof(
  conditionOf('mic', fc.boolean()),
  conditionOf('region', fc.constantFrom(...REGIONS)),
  conditionOf('languages', fc.constantFrom(...LANGUAGES)),
  conditionOf('age', age),
  fc.record({ field: fc.constant('age'), gte: age, lt: age }),
  fc.record({ field: fc.constant('age'), gt: age }),
  fc.record({ field: fc.constant('age'), lte: age }),
);
/** How many conditions and combinations. */
const sizeOf = (wish: Said): number => {
  const parts = wish['and'] ?? wish['or'] ?? ('not' in wish ? [wish['not']] : []);
  return (parts as Said[]).reduce((sum, part) => sum + sizeOf(part), 1);
};
const anyWish = fc.letrec<{ wish: Said }>((tie) => ({
  wish: fc.oneof(
    // A condition in so many combinations lies at the deepest level that is allowed.
    { depthSize: 'small', withCrossShrink: true, maxDepth: MOST_DEPTH - 1 },
    condition as fc.Arbitrary<Said>,
    fc.record({ and: fc.array(tie('wish'), { maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('wish'), { minLength: 1, maxLength: 2 }) }),
    fc.record({ not: tie('wish') }),
  ),
})).wish;
const wish = anyWish.filter((each) => sizeOf(each) <= MOST_CONDITIONS);
const saying = fc.record(
  {
    mic: fc.boolean(),
    age,
    region: fc.constantFrom(...REGIONS),
    languages: fc.uniqueArray(fc.constantFrom(...LANGUAGES), { minLength: 1 }),
  },
  { requiredKeys: [] },
);
const someone = fc.record({ wish, said: saying });

test('property: what is compiled and indexed finds exactly whom brute force finds, who waits longest first', () => {
  let found = 0;
  let compared = 0;
  let pairs = 0;
  fc.assert(
    fc.property(
      fc.array(someone, { minLength: 1, maxLength: 25 }),
      fc.array(fc.nat(24), { maxLength: 5 }),
      someone,
      (waiting, left, newcomer) => {
        const list = new WaitList<number>();
        const user = ({ wish, said }: { wish: Said; said: Said }): User => ({ wishes: wishes(wish), data: data(said) });
        for (const [index, each] of waiting.entries()) list.add(`t${index}`, user(each), index);
        for (const index of left) list.remove(`t${index}`);
        const expected = waiting.flatMap((each, index) =>
          !left.includes(index) && holds(newcomer.wish, each.said) && holds(each.wish, newcomer.said) ? [index] : [],
        );
        assert.equal(list.fitting(user(newcomer)), expected);
        found += expected.length;
        compared += list.compared;
        pairs += list.size;
        // The text on the wire means the same.
        const again = { wishes: wishes(wishes(newcomer.wish).text), data: data(data(newcomer.said).text) };
        assert.equal(
          waiting.map((each) => fit(again, user(each))),
          waiting.map((each) => fit(user(newcomer), user(each))),
        );
      },
    ),
    { numRuns: 1500 },
  );
  assert.ok(found > 1000, `${found} fits`);
  assert.ok(compared < pairs * 0.9, `${compared} of ${pairs} compared`);
});

test('with many waiting only those are compared who may fit', () => {
  const list = new WaitList<number>();
  for (let index = 0; index < 3000; index++) {
    const region = REGIONS[index % 3];
    const wish = {
      and: [
        { field: 'mic', eq: true },
        { field: 'region', eq: region },
        { field: 'languages', eq: LANGUAGES[index % 4] },
      ],
    };
    list.add(`t${index}`, { wishes: wishes(wish), data: data({ region, mic: index % 100 === 0 }) }, index);
  }
  const newcomer = { wishes: wishes({ field: 'mic', eq: true }), data: data({ mic: true, region: 'eu', languages: ['fi'] }) };
  assert.is(list.fitting(newcomer).length, 0);
  assert.ok(list.compared <= 30, `${list.compared}`);
  for (let index = 0; index < 3000; index++) list.remove(`t${index}`);
  assert.is(list.size, 0);
  assert.equal(list.fitting(newcomer), []);
});

test.run();
