import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { configOf, DEFAULTS } from '../../plugin/config.ts';
import { ConfigError } from '../../plugin/errors.ts';

/** The paths that a configuration is refused for. */
function refused(input: unknown): string[] {
  try {
    configOf(input);
  } catch (error) {
    assert.instance(error, ConfigError);
    const { problems, message } = error as ConfigError;
    for (const { path, expected, found } of problems) {
      assert.ok(expected && found, `${path} says what was expected and found`);
      assert.ok(message.includes(path));
    }
    return problems.map(({ path }) => path);
  }
  throw new Error(`accepted: ${JSON.stringify(input)}`);
}

test('the smallest configuration is {}: one queue, every default', () => {
  const { nodeId, realm, queues } = configOf({});
  assert.equal([nodeId, realm, [...queues.keys()]], ['node', 'jaeger', ['ranked']]);
  assert.equal(queues.get('ranked'), DEFAULTS.queue);
});

test('what is given takes the place of its default, and of nothing else', () => {
  const { queues } = configOf({ queues: { duel: { pool: { base: 25 }, times: { offerMs: 5000 }, elo: { k: 16 } } } });
  assert.equal(queues.get('duel'), {
    ...DEFAULTS.queue,
    pool: { ...DEFAULTS.queue.pool, base: 25 },
    elo: { ...DEFAULTS.queue.elo, k: 16 },
    times: { ...DEFAULTS.queue.times, offerMs: 5000 },
  });
});

test('a secret, how many messages, and who may lead', () => {
  assert.equal([configOf({}).candidate, configOf({ candidate: false }).candidate], [true, false]);
  assert.equal([configOf({}).secret, configOf({}).messagesPerSecond], [null, 20_000]);
  const secret = 'sixteen letters!';
  assert.is(configOf({ secret }).secret, secret);
  assert.is(configOf({ secret: secret.repeat(64) }).secret?.length, 1024);
  assert.is(configOf({ messagesPerSecond: 100 }).messagesPerSecond, 100);
});

test('what may be the secret is never shown', () => {
  const secret = 'mumble-42';
  const long = secret.repeat(200);
  const wrong: readonly unknown[] = [
    ...[{ secret }, { secret: long }, { secret: [secret] }, { secret: { secret } }, { Secret: secret }, { secrte: long }],
    ...[
      JSON.stringify({ secret }),
      `{"secret":"${secret}`,
      [{ secret }],
      { realm: { secret } },
      { queues: { duel: { secret } } },
    ],
    ...[{ queues: [{ secret }] }, { nodeId: { password: secret } }],
  ];
  for (const input of wrong) {
    assert.throws(
      () => configOf(input),
      (error: unknown) => {
        const { problems, message, stack } = error as ConfigError;
        return error instanceof ConfigError && !JSON.stringify([problems, message, stack]).includes('mumble');
      },
      JSON.stringify(input),
    );
  }
});

const WRONG: readonly [string, unknown, string[]][] = [
  ['not an object', 'ranked', ['']],
  ['null', null, ['']],
  ['a list', [], ['']],
  ['a misspelt key', { nodeld: 'A' }, ['nodeld']],
  ['a misspelt key of a queue', { queues: { ranked: { pol: {} } } }, ['queues.ranked.pol']],
  ['an empty node id', { nodeId: '' }, ['nodeId']],
  ['a secret that is too short', { secret: 'fifteen letters' }, ['secret']],
  ['a secret that is too long', { secret: 'x'.repeat(1025) }, ['secret']],
  ['a secret that is no text', { secret: 1234567890123456 }, ['secret']],
  ['too few messages', { messagesPerSecond: 99 }, ['messagesPerSecond']],
  ['a realm with a space', { realm: 'my realm' }, ['realm']],
  ['no queues', { queues: {} }, ['queues']],
  ['a queue with an odd name', { queues: { 'a b': {} } }, ['queues["a b"]']],
  ['text for a number', { queues: { ranked: { pool: { base: '10' } } } }, ['queues.ranked.pool.base']],
  ['a number out of range', { queues: { ranked: { maxRuns: 0 } } }, ['queues.ranked.maxRuns']],
  ['half a millisecond', { queues: { ranked: { times: { offerMs: 0.5 } } } }, ['queues.ranked.times.offerMs']],
  ['not a number', { queues: { ranked: { elo: { k: Number.NaN } } } }, ['queues.ranked.elo.k']],
  ['an unknown curve', { queues: { ranked: { pool: { curve: 'cubic' } } } }, ['queues.ranked.pool.curve']],
  ['a largest pool below the first', { queues: { ranked: { pool: { base: 50, max: 20 } } } }, ['queues.ranked.pool.max']],
  ['newcomers below the floor', { queues: { ranked: { elo: { initial: 10, floor: 100 } } } }, ['queues.ranked.elo.initial']],
  [
    'matches that are gone before they can be played once more',
    { kept: { matchesMs: 20_000 }, queues: { ranked: { rematch: { withinMs: 20_000 } }, duel: {} } },
    ['kept.matchesMs'],
  ],
  ['tickets that are kept for no time', { kept: { ticketsMs: 0 } }, ['kept.ticketsMs']],
  [
    'idle for longer than a battle',
    { queues: { ranked: { times: { idleMs: 9000, battleMs: 5000 } } } },
    ['queues.ranked.times.idleMs'],
  ],
];
for (const [name, input, paths] of WRONG)
  test(`refused: ${name}`, () => {
    assert.equal(refused(input), paths);
  });

test('a default that what is given makes impossible gives way', () => {
  const { queues } = configOf({ queues: { ranked: { times: { battleMs: 300_000 }, elo: { floor: 1200 } } } });
  assert.is(queues.get('ranked')?.times.idleMs, 300_000);
  assert.is(queues.get('ranked')?.elo.initial, 1200);
});

test('a key that is undefined gives nothing, and changes no default', () => {
  const { queues } = configOf({ nodeId: undefined, queues: { ranked: { maxWaiting: undefined, pool: { base: undefined } } } });
  assert.equal(queues.get('ranked'), DEFAULTS.queue);
  assert.equal(refused({ queues: { ranked: undefined } }), ['queues.ranked']);
});

test('what is not plain data is refused, not thrown at the caller', () => {
  const trap = {
    get realm(): string {
      throw new Error('boom');
    },
  };
  assert.equal(refused(trap), ['']);
  assert.equal(refused({ queues: () => undefined }), ['']);
});

test('wrong types do not hide wrong relations elsewhere', () => {
  const paths = refused({ nodeId: 5, queues: { 'bad name!': {}, duel: { pool: { base: 50, max: 5 } } } });
  assert.equal(paths.sort(), ['nodeId', 'queues.duel.pool.max', 'queues["bad name!"]'].sort());
});

test('everything wrong is listed at once', () => {
  const paths = refused({ realm: 5, nodeld: 'A', queues: { ranked: { pool: { base: -1 }, maxRuns: 'many' } } });
  assert.equal(paths.sort(), ['nodeld', 'queues.ranked.maxRuns', 'queues.ranked.pool.base', 'realm']);
});

test.run();
