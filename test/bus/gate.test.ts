/** What passes the gate of a realm with a secret, and for what reason the rest does not. */
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encode } from '../../bus/codec.ts';
import { Gate, type GateOptions } from '../../bus/gate.ts';
import { type Here, type Message, MOST_TEXT } from '../../bus/messages.ts';
import type { Reason } from '../../bus/refusals.ts';
import { FRESH_MS } from '../../bus/senders.ts';
import { MOST_HEADER, openSeal } from '../../bus/signature.ts';
import { KINDS, placesOf, schemaOf, valid } from './arbitrary.ts';

const SECRET = 'a secret that nobody can guess';
const ROOM = '{jg:r}:jaeger:duel';
const START_MS = 1_700_000_000_123;
const here: Here = { v: 1, kind: 'HERE', ask: 'a', ticket: 't' };

let now = START_MS;
const test = suite('the gate');
test.before.each(() => {
  now = START_MS;
});

const gate = (more: Partial<GateOptions> = {}): Gate =>
  new Gate({ realm: 'r', signing: { secret: SECRET, node: 'A' }, messagesPerSecond: 1e6, busNow: () => now, ...more });
const unsigned = (): Gate => gate({ signing: undefined });

/** As `lua/shared/rooms.lua` signs what a script says; that both do the same is what the suite over Redis proves. */
function byScript(seal: string, number: number, room: string, text: string): string {
  const sha1 = (of: string): string => createHash('sha1').update(of).digest('hex');
  const [key, signed] = [seal.slice(0, 64), `${seal.slice(64)}${number},${JSON.stringify(room)}]\n${text}`];
  return `c${sha1(key + sha1(key + signed))} ${signed}`;
}
const SAYING = {
  'said by a node': (from: Gate, message: Message, room = ROOM) => from.out(room, message),
  'said by a script': (from: Gate, message: Message, room = ROOM) => byScript(from.seal(), 0, room, encode(message)),
};

/** What becomes of a text: the message, or why it is refused. Never both, and what is refused is counted and told once. */
function outcome(at: Gate, text: string, room = ROOM): Message | Reason {
  const before = { ...at.refused };
  const told: Reason[] = [];
  const watch = at.faults$.subscribe(({ reason }) => told.push(reason));
  const message = at.in(room, text);
  watch.unsubscribe();
  const counted = Object.keys(before).filter((reason) => at.refused[reason as Reason] !== before[reason as Reason]);
  assert.equal(counted, told);
  assert.is(told.length, message ? 0 : 1);
  return message ?? (told[0] as Reason);
}

for (const [how, say] of Object.entries(SAYING)) {
  for (const kind of KINDS)
    test(`${kind} ${how}: heard as it was said, refused with any other letter`, () => {
      const [from, at] = [gate(), gate()];
      const messages = valid(schemaOf(kind)) as fc.Arbitrary<Message>;
      fc.assert(
        fc.property(messages, fc.nat(), fc.integer({ min: 1, max: 0xffff }), (message, where, change) => {
          const text = say(from, message);
          const place = where % text.length;
          const other = String.fromCharCode(text.charCodeAt(place) ^ change);
          const altered = text.slice(0, place) + other + text.slice(place + 1);
          // Half of a surrogate pair never arrives: the wire has none.
          if (!/\p{Surrogate}/u.test(altered)) assert.type(outcome(at, altered), 'string', `altered at ${place}: ${other}`);
          assert.equal(outcome(at, text), JSON.parse(encode(message)));
        }),
        { numRuns: 60 },
      );
    });

  test(`no part of a message ${how} can be another one`, () => {
    const [from, at] = [gate(), gate()];
    for (const kind of KINDS) {
      const schema = schemaOf(kind);
      const [message] = fc.sample(valid(schema), { numRuns: 1, seed: 7 });
      const text = say(from, message as Message);
      const header = text.slice(0, text.indexOf('\n') + 1);
      for (const place of placesOf(schema, message)) {
        if (place.path === '' || 'const' in place.schema) continue;
        const others = fc.sample(valid(place.schema), { numRuns: 5, seed: 8 });
        const other = others.find((one) => JSON.stringify(one) !== JSON.stringify(place.value));
        if (other === undefined) continue;
        assert.is(outcome(at, header + JSON.stringify(place.put(other))), 'forged', `${kind} ${place.path}`);
      }
      assert.type(outcome(at, text), 'object', kind);
    }
  });

  test(`a header of what was ${how} that says something else`, () => {
    const [from, at] = [gate(), gate()];
    const text = say(from, here);
    const sealed = openSeal(text);
    assert.ok(sealed);
    const { node, boot, sequence, number, mac } = sealed;
    const header: readonly unknown[] = [node, boot, sequence, sealed.at, number, ROOM];
    const other: readonly unknown[] = ['B', `${boot}x`, sequence + 1, sealed.at + 1, number + 1];
    for (const [index, value] of other.entries())
      assert.is(outcome(at, `${mac} ${JSON.stringify(header.with(index, value))}\n${sealed.text}`), 'forged', `${value}`);
    for (const wrong of [-1, 0.5, 1e300, '1', null, [1]])
      for (const index of [2, 3, 4])
        assert.is(outcome(at, `${mac} ${JSON.stringify(header.with(index, wrong))}\n${sealed.text}`), 'unsigned', `${wrong}`);
    for (const odd of ['[]', '{}', '1', '', `[${'['.repeat(100)}`, JSON.stringify([...header, 1]), 'x'.repeat(MOST_HEADER)])
      assert.is(outcome(at, `${mac} ${odd}\n${sealed.text}`), 'unsigned', odd.slice(0, 20));
    assert.equal(outcome(at, text), here);
  });

  test(`${how}: twice, in another room, in another realm, under another secret`, () => {
    const text = say(gate(), here);
    const at = gate();
    assert.is(outcome(at, text, `${ROOM} `), 'room');
    assert.is(outcome(gate({ realm: 'other' }), text), 'forged');
    assert.is(outcome(gate({ signing: { secret: `${SECRET}.`, node: 'A' } }), text), 'forged');
    assert.equal(outcome(at, text), here);
    for (let times = 0; times < 3; times++) assert.is(outcome(at, text), 'replayed');
    assert.equal(outcome(gate(), text), here, 'another one hears it for the first time');
  });

  test(`${how}: thrown back at who said it, it is heard once like by anybody`, () => {
    const from = gate();
    const text = say(from, here);
    assert.equal(outcome(from, text), here);
    assert.is(outcome(from, text), 'replayed');
  });

  test(`a new sender gives the time; what was ${how} long ago is not heard by who was not there`, () => {
    const from = gate();
    const [first, second] = [say(from, here), say(from, here)];
    const witness = gate();
    assert.equal(outcome(witness, first), here);
    now += FRESH_MS + 1;
    assert.is(outcome(gate(), second), 'stale');
    assert.equal(outcome(witness, second), here, 'who knows the sender goes by its sequence');
    now -= 2 * (FRESH_MS + 1);
    assert.is(outcome(gate(), second), 'stale', 'nor from the future');
  });
}

test('messages that overtake each other are all heard, within bounds', () => {
  const [from, at] = [gate(), gate()];
  const texts = Array.from({ length: 5000 }, () => from.out(ROOM, here));
  for (const index of [4000, 1000, 3999, 0]) assert.equal(outcome(at, texts[index] as string), here, `${index}`);
  assert.is(outcome(at, texts[1000] as string), 'replayed');
  assert.equal(outcome(at, texts[4999] as string), here);
  assert.is(outcome(at, texts[1] as string), 'replayed', 'too far behind to be told apart');
  assert.is(outcome(at, texts[4000] as string), 'replayed');
  assert.equal(outcome(at, texts[4998] as string), here);
});

test('what is said after much that was not heard here', () => {
  const [from, at] = [gate(), gate()];
  assert.equal(outcome(at, from.out(ROOM, here)), here);
  const passed = Array.from({ length: 10_000 }, () => from.out('elsewhere', here));
  const last = from.out(ROOM, here);
  assert.equal(outcome(at, last), here);
  assert.is(outcome(at, last), 'replayed');
  assert.is(outcome(at, passed[0] as string, 'elsewhere'), 'replayed');
  assert.equal(outcome(at, passed[9999] as string, 'elsewhere'), here);
});

test('a script says several things under one seal, each once', () => {
  const [from, at] = [gate(), gate()];
  const seal = from.seal();
  const texts = [0, 1, 2].map((number) => byScript(seal, number, ROOM, encode(here)));
  for (const text of texts) assert.equal(outcome(at, text), here);
  for (const text of texts) assert.is(outcome(at, text), 'replayed');
  assert.is(outcome(at, byScript(from.seal(), 0, ROOM, '{}')), 'malformed');
});

test('the key of a call is good for no other call, and for nothing that a node says', () => {
  const [from, at] = [gate(), gate()];
  const [one, two] = [from.seal(), from.seal()];
  assert.is(outcome(at, byScript(one.slice(0, 64) + two.slice(64), 0, ROOM, encode(here))), 'forged');
  const said = from.out(ROOM, here);
  assert.is(outcome(at, `c${said.slice(1, 41)} ${said.slice(66)}`), 'forged');
  assert.is(outcome(at, `s${one.slice(0, 64)} ${one.slice(64)}0,${JSON.stringify(ROOM)}]\n${encode(here)}`), 'forged');
});

test('some have the secret, some have none: each says what is wrong', () => {
  const [one, none] = [gate(), unsigned()];
  const found: string[] = [];
  for (const at of [one, none]) at.faults$.subscribe(({ malformed }) => found.push(malformed[0]?.expected ?? ''));
  assert.is(outcome(one, none.out(ROOM, here)), 'unsigned');
  assert.is(outcome(none, one.out(ROOM, here)), 'signed');
  assert.match(found[0] ?? '', /this node has the realm's secret, who said this has none/);
  assert.match(found[1] ?? '', /who said this has the realm's secret, this node has none/);
  assert.equal(outcome(none, none.out(ROOM, here)), here);
});

test('nothing that is refused or told has the secret in it', () => {
  const [at, other] = [gate(), gate({ signing: { secret: 'another one of these secrets', node: 'B' } })];
  const faults: unknown[] = [];
  at.faults$.subscribe((fault) => faults.push(fault));
  at.in(ROOM, other.out(ROOM, here));
  at.in(ROOM, at.out(ROOM, { kind: 'HAIR' } as never));
  assert.is(faults.length, 2);
  assert.not.match(JSON.stringify([faults, at.refused, at.out(ROOM, here), at.seal()]), /secret that nobody|of these secrets/);
});

test('size is looked at before anything else, and the longest message with the longest header is heard', () => {
  const long = (length: number): Message => ({ ...here, more: 'x'.repeat(length) }) as Message;
  const at = gate();
  const room = MOST_TEXT - encode(long(0)).length;
  const from = gate({ signing: { secret: SECRET, node: '\0'.repeat(128) } });
  assert.type(outcome(at, from.out(ROOM, long(room))), 'object');
  assert.is(outcome(at, 'x'.repeat(MOST_TEXT + MOST_HEADER + 1)), 'size');
  assert.is(outcome(unsigned(), 'x'.repeat(MOST_TEXT + 1)), 'size');
  assert.is(outcome(at, byScript(from.seal(), 0, ROOM, 'x'.repeat(MOST_TEXT + 1))), 'size');
});

test('more than so many a second are dropped: of one sender, and of all who do not sign', () => {
  for (const signing of [{ secret: SECRET, node: 'A' }, undefined]) {
    const at = gate({ signing, messagesPerSecond: 100 });
    const [one, two] = [gate({ signing }), gate({ signing })];
    const passed = (from: Gate, count: number): number => {
      let heard = 0;
      for (let index = 0; index < count; index++) if (outcome(at, from.out(ROOM, here)) !== 'rate') heard++;
      return heard;
    };
    assert.is(passed(one, 150), 100);
    assert.is(at.refused.rate, 50);
    assert.is(passed(two, 150), signing ? 100 : 0, 'another sender');
    now += 500;
    assert.is(passed(one, 150), 50);
    now += 5000;
    assert.is(passed(one, 150), 100, 'silence is not saved up');
  }
});

test('forged messages cost the one whose name is on them nothing', () => {
  const at = gate({ messagesPerSecond: 100 });
  const from = gate();
  const text = from.out(ROOM, here);
  for (let index = 0; index < 1000; index++) assert.is(outcome(at, `${text} `), 'forged');
  assert.equal(outcome(at, text), here);
});

test('a thousand senders are known; more wait until some have been silent for a minute', () => {
  const at = gate();
  const first = gate();
  const replayed = first.out(ROOM, here);
  assert.equal(outcome(at, replayed), here);
  now += 1000;
  for (let index = 1; index < 1024; index++) assert.equal(outcome(at, gate().out(ROOM, here)), here);
  const [late, known] = [gate(), first.out(ROOM, here)];
  assert.is(outcome(at, late.out(ROOM, here)), 'senders');
  assert.equal(outcome(at, known), here, 'who is known is heard');
  now += FRESH_MS + 1;
  assert.equal(outcome(at, late.out(ROOM, here)), here);
  for (const old of [replayed, known]) assert.is(outcome(at, old), 'stale', 'what a forgotten one said is too old by then');
});

test('no text makes the gate throw', () => {
  const [one, none] = [gate(), unsigned()];
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc
      .tuple(fc.constantFrom('s', 'c'), fc.json(), fc.json())
      .map(([mark, header, text]) => `${mark}${'0'.repeat(mark === 's' ? 64 : 40)} ${header}\n${text}`),
  );
  fc.assert(
    fc.property(texts, (text) => {
      assert.type(outcome(one, text), 'string');
      assert.type(outcome(none, text), 'string');
    }),
    { numRuns: 2000 },
  );
});

test.run();
