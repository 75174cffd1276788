/** What players read: every text in every language as the owner has it, and nothing that cannot be put in. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BusUnreachable } from '../../bus/bus.ts';
import { REASONS, TEXTS } from '../../bus/generated/texts.ts';
import type { Options } from '../../bus/options.ts';
import { AddError, ConfigError } from '../../plugin/errors.ts';
import type { Notice } from '../../plugin/host.ts';
import { jaeger, readConfig, textsOf } from '../../plugin/index.ts';
import type { TextKey } from '../../plugin/texts.ts';
import { TestWorld } from './world.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const namesOf = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
const sources = (folder: string, but: RegExp): string =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|lua)$/.test(file) && !but.test(file))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'))
    .join('\n');

const keys = Object.keys(TEXTS) as TextKey[];
const valuesOf = (text: string): never =>
  Object.fromEntries(namesOf(text).map((name) => [name, `<${name}>`])) as unknown as never;

test('every text can be another one, by language; what a language lacks is said in the other one, and then in English', () => {
  assert.ok(keys.length > 80, String(keys.length));
  for (const key of keys) {
    const english = textsOf({}).say(key, valuesOf(TEXTS[key]));
    for (const name of namesOf(TEXTS[key])) assert.ok(english.includes(`<${name}>`), key);
    const own = `${key}: ${namesOf(TEXTS[key])
      .map((name) => `{${name}}`)
      .reverse()
      .join(' ')}`;
    const options: Options = { language: 'fr', texts: { de: { [key]: own }, fr: {}, fi: { [key]: 'fi' } } };
    const values = valuesOf(TEXTS[key]);
    const written = own.replace(/[{}]/g, (brace) => (brace === '{' ? '<' : '>'));
    const texts = textsOf(options);
    assert.is(texts.say(key, values, 'de'), written);
    for (const language of ['fr', 'en', 'xx', '__proto__', null, undefined])
      assert.is(texts.say(key, values, language), english);
    const german = textsOf({ ...options, language: 'de' });
    for (const language of ['fr', 'xx', null]) assert.is(german.say(key, values, language), written);
    assert.is(german.say(key, values, 'fi'), 'fi');
    assert.is(german.say(key, values, 'en'), english);
    assert.is(textsOf({ texts: { en: { [key]: own } } }).say(key, values), written);
  }
});

test('every text is said somewhere', () => {
  const text = sources('plugin', /^(texts|errors)\.ts$/) + readFileSync(join(root, 'plugin', 'texts.ts'), 'utf8');
  const isNotice = /^(late|matched|unreachable|reachable|opponentBack|back|withdrawn)$/;
  for (const key of keys) assert.ok(isNotice.test(key) || text.includes(`'${key}'`), key);
});

test('every reason can be another one; what is in it is put in; any other reason is said as it is', () => {
  const reasons = Object.entries(REASONS) as [keyof typeof REASONS, string][];
  assert.ok(reasons.length > 40);
  for (const [key, said] of reasons) {
    const names = namesOf(said);
    const wire = said.replace(/\{(\w+)\}/g, '12 x');
    const own = `${key} ${names.map((name) => `{${name}}`).join(' ')}`;
    const texts = textsOf({ texts: { de: { reasons: { [key]: own } } } });
    assert.is(texts.reason(wire, 'de'), `${key} ${names.map(() => '12 x').join(' ')}`);
    assert.is(texts.reason(wire), wire);
    assert.is(texts.reason(`so: ${wire}!`, 'de'), `so: ${wire}!`);
  }
  const german = textsOf({ texts: { de: { reasons: { serverBarred: 'gesperrt: {reason}', voids: '{most} in {hours} h' } } } });
  assert.is(
    german.reason('the server is barred: more than 5 matches without a result within 24 h', 'de'),
    'gesperrt: 5 in 24 h',
  );
  assert.is(german.reason('I do not like you', 'de'), 'I do not like you');
});

test('the reasons are those that servers say', () => {
  const text = ['matcher', 'bus', 'plugin'].map((folder) => sources(folder, /generated|^texts\.ts$/)).join('\n');
  for (const [key, said] of Object.entries(REASONS))
    for (const part of said.split(/\{\w+\}|the server is (?:drained|blocked|barred): /))
      assert.ok(text.includes(part.trim()), `${key}: nobody says "${part}"`);
  const known: ReadonlySet<string> = new Set(Object.values(REASONS));
  const inLua = [...sources('bus/redis/lua', /^$/).matchAll(/'"([a-z]+ [a-z ]+)"'/g)].map(([, said]) => said as string);
  assert.ok(inLua.length > 8, String(inLua.length));
  for (const said of inLua) assert.ok(known.has(said), `there is no text for "${said}"`);
});

test('a language that nobody wrote, and what is no placeholder of a text, are errors with line and column', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jaeger-texts-'));
  const messageOf = (options: object): string => {
    const file = join(folder, 'jaeger.json');
    writeFileSync(file, JSON.stringify(options, null, 2));
    try {
      readConfig(file, {});
    } catch (error) {
      if (error instanceof ConfigError) return error.message;
      throw error;
    }
    return '';
  };
  const table: readonly [object, RegExp][] = [
    [{ language: 'de' }, /line 2, column 15: language: expected one of the languages of texts, or en: en, found "de"$/],
    [{ texts: { de: { qeued: 'x' } } }, /line 4, column 7: texts\.de\.qeued: there is no such option\. Did you mean queued\?$/],
    [
      { texts: { de: { reasons: { noTaem: 'x' } } } },
      /texts\.de\.reasons\.noTaem: there is no such option\. Did you mean noTeam\?$/,
    ],
    [
      { texts: { de: { queued: 'In {queu}.' } } },
      /line 4, column 17: texts\.de\.queued: expected of what is in braces only \{queue\}, \{elo\}, found \{queu\}\. Did you mean \{queue\}\?$/,
    ],
    [{ texts: { de: { accept: 'Ja {name}' } } }, /accept: expected a text without anything in braces, found \{name\}$/],
    [
      { texts: { de: { reasons: { turnsDiffer: '{trun}' } } } },
      /reasons\.turnsDiffer: expected .* only \{turn\}, found \{trun\}\. Did/,
    ],
    [{ texts: { de: { accept: 'Ja\nund nein' } } }, /accept: expected one line of text, found "Ja\\nund nein"$/],
    [{ texts: { de: { accept: '' } } }, /accept: expected text from 1 to 500 characters, found ""$/],
    [{ texts: { de: { accept: 5 } } }, /accept: expected text from 1 to 500 characters, found 5$/],
    [
      { texts: { 'd e': {} } },
      /texts\["d e"\]: expected a language such as en or pt-BR, of letters, digits and -, found "d e"$/,
    ],
    [{ texts: [] }, /texts: expected an object, found \[\]$/],
  ];
  try {
    for (const [options, message] of table) assert.match(messageOf(options), message);
    assert.is(messageOf({ language: 'de', texts: { de: { accept: 'Ja', reasons: { voids: '{hours} h' } } } }), '');
    // Each text as it is by default is right.
    assert.is(messageOf({ texts: { en: { ...TEXTS, reasons: REASONS } } }), '');
  } finally {
    rmSync(folder, { recursive: true });
  }
  const host = { tell: () => 0, accept: () => true, team: () => '', validate: () => null, battle: () => 0 };
  assert.throws(() => jaeger({ texts: { de: { queued: '{x}' } } }, host), /texts\.de\.queued/);
  assert.throws(() => textsOf({ language: 'de' }), /one of the languages/);
});

const NOTICES: readonly (readonly [Notice | Pick<Notice, 'kind'>, string | undefined])[] = [
  [{ kind: 'late' }, TEXTS.late],
  [{ kind: 'back', reason: 'the offer was declined' }, 'zurück: abgelehnt'],
  [
    { kind: 'rematch', matchId: 'm', may: 'ask', withinMs: 30_000 },
    'Once more? /rematch asks your opponent, within 30 seconds.',
  ],
  [
    { kind: 'rematch', matchId: 'm', may: 'agree', withinMs: 9400 },
    'Your opponent wants a rematch: /rematch agrees, within 9 seconds.',
  ],
  [{ kind: 'rematch', matchId: 'm', may: 'not', withinMs: 0 }, undefined],
  [{ kind: 'elo', matchId: 'm', winner: 1, side: 0, old: 1000, new: 984.4, delta: -15.6 }, 'verloren: 1000 → 984 (−16)'],
  [
    { kind: 'elo', matchId: 'm', winner: 'draw', side: 0, old: 1000, new: 1000, delta: 0 },
    'A draw. Your Elo: 1000 → 1000 (+0).',
  ],
];

test('a notice is a sentence in the language of its player', () => {
  const reasons = { offerDeclined: 'abgelehnt' };
  const texts = textsOf({ texts: { de: { back: 'zurück: {reason}', lost: 'verloren: {old} → {new} ({delta})', reasons } } });
  for (const [notice, sentence] of NOTICES) assert.is(texts.notice(notice as Notice, 'de'), sentence);
});

test('what add is refused with is a sentence too, whatever the reason', () => {
  const texts = textsOf({});
  const world = new TestWorld({ config: { queues: { ranked: { maxWaiting: 2 }, other: {} } } }).start();
  const refusalOf = (node: string, request: { id: string; queue: string; elo?: number }): string | undefined => {
    try {
      world.tryAdd(node, request);
    } catch (error) {
      assert.instance(error, AddError);
      return texts.refusal(error);
    }
    return undefined;
  };
  assert.is(refusalOf('A', { id: 'joe', queue: 'ranked', elo: 0 }), undefined);
  assert.is(refusalOf('B', { id: 'joe', queue: 'ranked' }), 'That is not possible: joe is in ranked already, on A.');
  assert.is(refusalOf('A', { id: 'joe', queue: 'other' }), 'That is not possible: joe is in ranked already, on A.');
  assert.is(refusalOf('A', { id: 'bob', queue: 'ranked', elo: 9000 }), undefined);
  assert.is(
    refusalOf('A', { id: 'jeff', queue: 'ranked' }),
    'That is not possible: 2 wait already, and there is no room for more.',
  );
  assert.is(
    refusalOf('A', { id: 'jeff', queue: 'rankd' }),
    'That is not possible: queue: "rankd"; expected one of the queues other, ranked.',
  );
  assert.is(texts.refusal(new BusUnreachable('no')), TEXTS.tryAgain);
  assert.is(texts.refusal(new Error('no')), undefined);
  try {
    world.value(world.node('A').rematch('joe', true));
  } catch (error) {
    assert.is(texts.refusal(error), 'That is not possible: there is no match that has just ended.');
  }
});

test.run();
