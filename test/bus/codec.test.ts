import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decode, encode, inWords, type Malformed, problemsOf, show } from '../../bus/codec.ts';
import { type Here, MOST_TEXT, type TurnMessage } from '../../bus/messages.ts';

const here: Here = { v: 1, kind: 'HERE', ask: 'a', ticket: 't' };
const turn = (data: string): TurnMessage => ({
  v: 1,
  kind: 'TURN',
  matchId: 'm',
  turn: 1,
  side: 0,
  counter: 1,
  data,
  digest: '',
  after: 0,
});
const malformed = (text: string): Malformed => {
  const decoded = decode(text);
  assert.ok('malformed' in decoded, `accepted: ${text.slice(0, 100)}`);
  assert.is(decoded.malformed.length, 1);
  return decoded;
};
const tooLong = (length: number): Malformed => ({
  kind: '',
  malformed: [{ path: '', expected: `at most ${MOST_TEXT} characters`, found: `${length} characters` }],
});

test('a text that is too long is refused before it is parsed', () => {
  const message = encode(here);
  assert.equal(malformed('{'.repeat(MOST_TEXT + 1)), tooLong(MOST_TEXT + 1));
  assert.equal(malformed(message.padEnd(MOST_TEXT + 1)), tooLong(MOST_TEXT + 1));
  assert.equal(decode(message.padEnd(MOST_TEXT)), { message: here });
  assert.is(malformed('{'.repeat(MOST_TEXT)).malformed[0]?.expected, 'JSON');
});

test('a text that is no JSON', () => {
  for (const text of ['', ' ', '{', '{"kind":', 'undefined', 'NaN', "{'kind':'HERE'}", '{"kind":"HERE",}', '\0', '\u2028']) {
    const { kind, malformed: problems } = malformed(text);
    assert.is(kind, '');
    assert.equal(problems, [{ path: '', expected: 'JSON', found: JSON.stringify(text) }]);
  }
});

test('JSON that is no object', () => {
  for (const text of ['[]', '[{"kind":"HERE","v":1}]', 'null', '1', 'true', '"HERE"'])
    assert.equal(malformed(text), { kind: '', malformed: [{ path: '', expected: 'an object', found: text }] });
});

test('a kind that nobody knows, or none', () => {
  const kindOf = (kind: unknown): unknown => malformed(JSON.stringify({ ...here, kind })).malformed;
  const expected = 'a known kind of message';
  assert.equal(kindOf('HEAR'), [{ path: 'kind', expected, found: '"HEAR"' }]);
  assert.equal(kindOf('here'), [{ path: 'kind', expected, found: '"here"' }]);
  assert.equal(kindOf(['HERE']), [{ path: 'kind', expected, found: '["HERE"]' }]);
  assert.equal(kindOf(null), [{ path: 'kind', expected, found: 'null' }]);
  assert.equal(kindOf(undefined), [{ path: 'kind', expected, found: 'nothing' }]);
});

test('a kind that every object has as a key', () => {
  for (const kind of [...Object.getOwnPropertyNames(Object.prototype), 'prototype'])
    assert.is(malformed(JSON.stringify({ ...here, kind })).malformed[0]?.path, 'kind', kind);
});

test('a prototype that comes as a key gives a message nothing that it lacks', () => {
  const { kind, malformed: problems } = malformed('{"kind":"HERE","v":1,"ask":"a","__proto__":{"ticket":"t"}}');
  assert.is(kind, 'HERE');
  assert.is(problems[0]?.path, 'ticket');
  assert.is(malformed('{"__proto__":{"kind":"HERE","v":1,"ask":"a","ticket":"t"}}').malformed[0]?.path, 'kind');
  assert.is(({} as { ticket?: string }).ticket, undefined);
});

test('another major version of the protocol', () => {
  for (const v of [0, 2, 1.5, '1', null, true])
    assert.equal(malformed(JSON.stringify({ ...here, v })), {
      kind: 'HERE',
      malformed: [{ path: 'v', expected: '1', found: JSON.stringify(v) }],
    });
  const unversioned = { ...here, v: undefined };
  assert.equal(malformed(JSON.stringify(unversioned)).malformed, [{ path: 'v', expected: '1', found: 'nothing' }]);
});

test('a number that JSON has and JavaScript does not', () => {
  const decoded = malformed('{"kind":"NEWEST","v":1,"matchId":"m","side":0,"turn":1e999,"away":null}');
  assert.is(decoded.malformed[0]?.path, 'turn');
  assert.is(decoded.malformed[0]?.found, 'Infinity');
  const change = '{"old":1,"new":1,"delta":-1e999}';
  const elo = `{"kind":"ELO","v":1,"queue":"q","generation":1,"epoch":1,"matchId":"m","turn":1,"winner":0,"sides":[${change},${change}]}`;
  const problems = decode(elo) as Malformed;
  assert.equal(
    problems.malformed.map(({ path, found }) => [path, found]),
    [
      ['sides[0].delta', '-Infinity'],
      ['sides[1].delta', '-Infinity'],
    ],
  );
});

test('a message that is too long is not sent', () => {
  const room = MOST_TEXT - encode(turn('')).length;
  assert.is(encode(turn('a'.repeat(room))).length, MOST_TEXT);
  assert.throws(
    () => encode(turn('a'.repeat(room + 1))),
    (error: unknown) =>
      error instanceof RangeError && error.message.includes('TURN') && error.message.includes(`${MOST_TEXT + 1}`),
  );
  assert.throws(() => encode(turn('\0'.repeat(room / 5))), /at most/, 'what counts is the escaped text');
});

test('no text makes decoding throw', () => {
  const texts = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.json(), fc.json({ stringUnit: 'binary', maxDepth: 5 }));
  fc.assert(
    fc.property(texts, (text) => {
      const decoded = decode(text);
      assert.ok('malformed' in decoded && decoded.malformed.length > 0);
    }),
    { numRuns: 2000 },
  );
});

test('no JSON of a known kind makes decoding throw', () => {
  const keys = fc.constantFrom('kind', 'v', 'ticket', 'actor', 'entry', 'members', 'sides', '__proto__', 'length', 'revision');
  const bodies = fc.dictionary(keys, fc.jsonValue(), { maxKeys: 8 });
  fc.assert(
    fc.property(bodies, fc.constantFrom('ENTERED', 'BEGIN', 'ELO'), (body, kind) => {
      const text = JSON.stringify({ ...body, kind, v: 1 });
      assert.ok('malformed' in decode(text));
    }),
    { numRuns: 1000 },
  );
});

test('nothing nests so deep that decoding throws', () => {
  const deep = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);
  const nested = deep('[', ']', 500_000);
  assert.ok('malformed' in decode(nested));
  assert.ok('malformed' in decode(`{"kind":"BEGIN","v":1,"sides":${nested}}`));
  assert.ok('malformed' in decode(`{"kind":"HERE","v":1,"ask":${deep('{"a":', '}', 150_000).replace(':}', ':1}')}}`));
  assert.ok(
    'message' in decode(`{"kind":"HERE","v":1,"ask":"a","ticket":"t","newerKey":${nested}}`),
    'an extra key is not read',
  );
});

test('a value is shown in one short line, whatever it is', () => {
  const circle: unknown[] = [];
  circle.push(circle);
  const hostile = {
    toJSON() {
      throw new Error('no');
    },
  };
  assert.is(show('a'), '"a"');
  assert.is(show({ a: [1] }), '{"a":[1]}');
  assert.is(show(undefined), 'nothing');
  assert.is(show({ toJSON: () => undefined }), 'nothing');
  assert.is(show(Number.NaN), 'NaN');
  assert.is(show(1n), '1');
  assert.is(show(Symbol('s')), 'Symbol(s)');
  assert.is(
    show(() => 1),
    'a function',
  );
  for (const value of [circle, hostile, { a: 1n }]) assert.is(show(value), 'something that JSON cannot hold');
  assert.is(show('a'.repeat(1000)), `"${'a'.repeat(59)}…`);
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, withSparseArray: true }), (value) => {
      const shown = show(value);
      assert.ok(shown.length > 0 && !shown.includes('\n'));
    }),
    { numRuns: 1000 },
  );
});

test('a value that JSON cannot hold is shortened too', () => {
  for (const value of [10n ** 1000n, Symbol('s'.repeat(1000))]) assert.ok(show(value).length <= 61, typeof value);
});

test("a validator's errors become problems: the path from the whole on, a wrong key by its name", () => {
  const problems = problemsOf([
    { path: '$input', expected: 'Options', value: 1 },
    { path: '$input.queues["a b"].pool', expected: 'PoolSettings', value: 'x'.repeat(100) },
    { path: '$input.relm', expected: 'undefined', value: 'jaeger' },
  ]);
  assert.equal(problems, [
    { path: '', expected: 'an object', found: '1' },
    { path: 'queues["a b"].pool', expected: 'an object', found: `"${'x'.repeat(59)}…` },
    { path: 'relm', expected: 'no such key', found: '"jaeger"' },
  ]);
});

test('what was expected is said in words, not in types', () => {
  const said: readonly [string, string][] = [
    ['((number & Type<"uint32"> & Minimum<1> & Maximum<86400000>) | undefined)', 'a whole number from 1 to 86400000'],
    ['(number & Type<"uint32">)', 'a whole number from 0 to 4294967295'],
    ['number & Minimum<-1000000>', 'a number of at least -1000000'],
    ['string & Pattern<"^[A-Za-z0-9_-]{1,64}$">', 'a name of 1 to 64 letters, digits, _ or -'],
    ['(string & MinLength<1> & MaxLength<128>)', 'text from 1 to 128 characters'],
    ['Array<> & MinItems<1>', 'a list of at least 1 entry'],
    ['Array<> & MinItems<2>', 'a list of at least 2 entries'],
    ['string & MinLength<1>', 'text of at least 1 character'],
    ['("boolean" | "list" | "number" | "text")', 'one of "boolean", "list", "number", "text"'],
    [
      '((Array<Elo> & MinItems<1> & MaxItems<64>) | (number & Minimum<-1000000> & Maximum<1000000>) | undefined)',
      'a number from -1000000 to 1000000, or a list from 1 to 64 entries',
    ],
    ['(Array<(A | "b")> | RedisSettings | string | null)', 'an object, or text, or a list'],
    ['(0 | 1 | "draw")', 'one of 0, 1, "draw"'],
    ['(Array<Name> & MinItems<1> & MaxItems<64> & UniqueItems<true>)', 'a list from 1 to 64 entries'],
    ['Array<> & UniqueItems', 'a list in which nothing stands twice'],
    ['(boolean | undefined)', 'true or false'],
    ['("exponential" | "linear" | "none" | undefined)', 'one of "exponential", "linear", "none"'],
    ['(0 | 1)', 'one of 0, 1'],
    ['(__type | undefined)', 'an object'],
    ['undefined', 'no such key'],
  ];
  for (const [type, words] of said) assert.is(inWords(type), words, type);
});

test.run();
