/** Every option of `jaeger.json` changes something: each has a row here, with two values of it and what a test sees of them. A new one without a row fails. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { problemsOf } from '../../bus/codec.ts';
import { REASONS, TEXTS } from '../../bus/generated/texts.ts';
import { validateOptions } from '../../bus/generated/validate.ts';
import type { Options, QueueOptions } from '../../bus/options.ts';
import type { RedisSettings } from '../../bus/redis/settings.ts';
import { memoryBus as sharedBus, textsOf } from '../../plugin/index.ts';
import { type Schema, schemaOf } from '../../scripts/build/schema.ts';
import {
  addedElo,
  barred,
  bringsElo,
  connection,
  deltas,
  instantDeltas,
  keptResults,
  leaders,
  logged,
  nameSaid,
  nodeBarred,
  offeredAfter,
  offersARun,
  type Probe,
  partyElo,
  partyMeetsOne,
  queueOf,
  rematched,
  restsAfterTwo,
  runsAtOnce,
  says,
  stepsOfARound,
  takesParty,
  takesThree,
  takesThreeInstantly,
} from './option-probes.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

interface Row {
  readonly one: Options;
  readonly other: Options;
  readonly probe: Probe;
}
const row = (probe: Probe, one: Options, other: Options): Row => ({ probe, one, other });
const queue = (probe: Probe, other: QueueOptions, one: QueueOptions = {}): Row => row(probe, queueOf(one), queueOf(other));
const redis = (one: RedisSettings, other: RedisSettings): Row => row(connection, { redis: one }, { redis: other });
const URL_ONLY: RedisSettings = { url: 'redis://h' };
const sentinel = (more: object = {}): RedisSettings => ({ sentinels: [{ host: 's' }], name: 'm', ...more });
const secret = 'sixteen characters and more';
const file = join(root, 'test', 'bus', 'redis', 'tls');
const pem = (name: string): string => join(file, name);

const apart = offeredAfter([1000, 1150]);
const late = offeredAfter([1000, 1060], 20_000);
const fieldsOf = (field: object): QueueOptions => ({ instant: { fields: { age: field as never } } });
const instant = { fields: { mic: { type: 'boolean' as const } } };
const DAY_MS = 86_400_000;
const TWO: QueueOptions = { maxParty: 2 };
const german = { texts: { de: { accept: 'Ja' } } };
const accepts: Probe = (config) => textsOf(config).say('accept', {});
/** Each text, and each reason, as it is by default and as another one. */
const TEXT_ROWS = Object.fromEntries([
  ...Object.keys(TEXTS).map((key) => [
    `texts.*.${key}`,
    row((config) => textsOf(config).say(key as 'accept', {}), {}, { texts: { en: { [key]: 'another' } } }),
  ]),
  ...Object.entries(REASONS).map(([key, reason]) => [
    `texts.*.reasons.${key}`,
    row((config) => textsOf(config).reason(reason), {}, { texts: { en: { reasons: { [key]: 'another' } } } }),
  ]),
]) as Readonly<Record<string, Row>>;

const ROWS: Readonly<Record<string, Row>> = {
  ...TEXT_ROWS,
  language: row(accepts, german, { ...german, language: 'de' }),
  nodeId: row(nameSaid, {}, { nodeId: 'east' }),
  realm: row(({ realm }) => sharedBus(realm === undefined ? {} : { realm }).rooms.heartbeat, {}, { realm: 'other' }),
  secret: row((config) => sharedBus({ nodeId: 'A', ...config }).signs, {}, { secret }),
  candidate: row(leaders, {}, { candidate: false }),
  log: row(logged, {}, { log: 'error' }),
  'redis.url': redis(URL_ONLY, { url: 'redis://other' }),
  'redis.sentinels.*.host': redis(sentinel(), sentinel({ sentinels: [{ host: 't' }] })),
  'redis.sentinels.*.port': redis(sentinel(), sentinel({ sentinels: [{ host: 's', port: 7 }] })),
  'redis.name': redis(sentinel(), sentinel({ name: 'n' })),
  'redis.cluster.*.host': redis({ cluster: [{ host: 'c' }] }, { cluster: [{ host: 'd' }] }),
  'redis.cluster.*.port': redis({ cluster: [{ host: 'c' }] }, { cluster: [{ host: 'c', port: 7 }] }),
  'redis.username': redis({ ...URL_ONLY, password: 'p' }, { ...URL_ONLY, username: 'u', password: 'p' }),
  'redis.password': redis(URL_ONLY, { ...URL_ONLY, password: 'p' }),
  'redis.db': redis(URL_ONLY, { ...URL_ONLY, db: 3 }),
  'redis.tls': redis(URL_ONLY, { ...URL_ONLY, tls: true }),
  'redis.tls.servername': redis({ ...URL_ONLY, tls: {} }, { ...URL_ONLY, tls: { servername: 'x' } }),
  'redis.tls.rejectUnauthorized': redis({ ...URL_ONLY, tls: {} }, { ...URL_ONLY, tls: { rejectUnauthorized: false } }),
  'redis.tls.ca': redis({ ...URL_ONLY, tls: {} }, { ...URL_ONLY, tls: { ca: pem('ca.pem') } }),
  'redis.tls.cert': redis({ ...URL_ONLY, tls: {} }, { ...URL_ONLY, tls: { cert: pem('server.pem'), key: pem('server.key') } }),
  'redis.sentinelPassword': redis(sentinel(), sentinel({ sentinelPassword: 'p' })),
  'redis.sentinelUsername': redis(
    sentinel({ sentinelPassword: 'p' }),
    sentinel({ sentinelPassword: 'p', sentinelUsername: 'u' }),
  ),
  'redis.sentinelTls': redis(sentinel(), sentinel({ sentinelTls: true })),
  'redis.keyPrefix': redis(URL_ONLY, { ...URL_ONLY, keyPrefix: 'x:' }),
  'queues.*.pool.base': queue(apart, { pool: { base: 50 } }),
  'queues.*.pool.scale': queue(apart, { pool: { scale: 400 } }),
  'queues.*.pool.growth': queue(apart, { pool: { growth: 3 } }),
  'queues.*.pool.period': queue(apart, { pool: { period: 5 } }),
  'queues.*.pool.curve': queue(apart, { pool: { curve: 'none' } }),
  'queues.*.pool.max': queue(apart, { pool: { max: 20 } }),
  'queues.*.pool.adaptive': queue(late, { pool: { adaptive: true } }),
  'queues.*.pool.share': queue(late, { pool: { share: 'mean' } }),
  'queues.*.elo.initial': queue(addedElo, { elo: { initial: 1500 } }),
  'queues.*.elo.k': queue(deltas(1000), { elo: { k: 10 } }),
  'queues.*.elo.floor': queue(deltas(110), { elo: { floor: 100 } }),
  'queues.*.elo.provisional.games': queue(
    deltas(1000),
    { elo: { provisional: { games: 1, k: 100 } } },
    { elo: { provisional: { games: 5, k: 100 } } },
  ),
  'queues.*.elo.provisional.k': queue(
    deltas(1000),
    { elo: { provisional: { games: 5, k: 60 } } },
    { elo: { provisional: { games: 5, k: 100 } } },
  ),
  'queues.*.elo.kByRating.*.from': queue(
    deltas(1000),
    { elo: { kByRating: [{ from: 2000, k: 10 }] } },
    { elo: { kByRating: [{ from: 500, k: 10 }] } },
  ),
  'queues.*.elo.kByRating.*.k': queue(
    deltas(1000),
    { elo: { kByRating: [{ from: 500, k: 20 }] } },
    { elo: { kByRating: [{ from: 500, k: 10 }] } },
  ),
  'queues.*.elo.keptResults': queue(keptResults, { elo: { keptResults: 1 } }),
  'queues.*.ratings': queue(bringsElo, { ratings: 'ladder' }),
  'queues.*.sameNode': queue(offeredAfter([1000, 1000], 0, 'A'), { sameNode: false }),
  'queues.*.ratedSameNode': queue(deltas(1000, 'A'), { ratedSameNode: false }),
  'queues.*.maxDifference': queue(apart, { maxDifference: 100 }),
  'queues.*.maxWaiting': queue(takesThree, { maxWaiting: 2 }),
  'queues.*.maxParty': queue(takesParty, TWO),
  'queues.*.party.elo': queue(partyElo, { ...TWO, party: { elo: 'max' } }, TWO),
  'queues.*.party.unequal': queue(partyMeetsOne, { ...TWO, party: { unequal: true } }, TWO),
  'queues.*.maxRuns': queue(runsAtOnce, { maxRuns: 1 }),
  'queues.*.offersPerRun': queue(offersARun, { sameNode: false, offersPerRun: 1 }, { sameNode: false }),
  'queues.*.budgetMs': queue(stepsOfARound, { budgetMs: 50 }, { budgetMs: 0.1 }),
  'queues.*.voids.max': queue(barred(2), { voids: { max: 1 } }),
  'queues.*.voids.hours': queue(
    barred(2, 60_000),
    { voids: { max: 1, hours: 0.01, barMs: DAY_MS } },
    { voids: { max: 1, hours: 1, barMs: DAY_MS } },
  ),
  'queues.*.voids.nodeMax': queue(nodeBarred, { voids: { nodeMax: 1 } }),
  'queues.*.declines.growth': queue(
    restsAfterTwo,
    { declines: { restMs: 100, growth: 100 } },
    { declines: { restMs: 100, growth: 1 } },
  ),
  'queues.*.instant.fields.*.type': queue(says({ age: 30 }), fieldsOf({ type: 'boolean' }), fieldsOf({ type: 'number' })),
  'queues.*.instant.fields.*.values': queue(
    says({ age: 'old' }),
    fieldsOf({ type: 'text', values: ['young'] }),
    fieldsOf({ type: 'text', values: ['old'] }),
  ),
  'queues.*.instant.fields.*.min': queue(
    says({ age: 30 }),
    fieldsOf({ type: 'number', min: 40 }),
    fieldsOf({ type: 'number' }),
  ),
  'queues.*.instant.fields.*.max': queue(
    says({ age: 30 }),
    fieldsOf({ type: 'number', max: 20 }),
    fieldsOf({ type: 'number' }),
  ),
  'queues.*.instant.rated': queue(instantDeltas, { instant: { ...instant, rated: true } }, { instant }),
  'queues.*.instant.maxWaiting': queue(takesThreeInstantly, { instant: { ...instant, maxWaiting: 2 } }, { instant }),
  'queues.*.rematch.most': queue(rematched, { rematch: { most: 0 } }),
  'queues.*.rematch.ratedPerDay': queue(rematched, { rematch: { ratedPerDay: 1 } }),
};

/** Of which whole files are: these have to name it, and fail without it. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  messagesPerSecond: 'bus/redis/hostile.test.ts',
  'metrics.port': 'plugin/metrics.test.ts',
  'metrics.host': 'plugin/metrics.test.ts',
  'showdown.chat': 'e2e/showdown/failures.test.ts',
};

const definitions = schemaOf().components.schemas as Readonly<Record<string, Schema>>;
const whole = (schema: Schema): Schema =>
  schema.$ref ? { ...definitions[schema.$ref.split('/').at(-1) as string], ...schema } : schema;

/** The options that hold a value themselves. */
function* leaves(schema: Schema, path: string): Generator<string> {
  const { oneOf = [], items, properties, additionalProperties } = whole(schema);
  const inner = oneOf.filter((one) => {
    const { properties: has, items: lists } = whole(one);
    return has !== undefined || lists !== undefined;
  });
  if (path !== '' && (inner.length < oneOf.length || (oneOf.length === 0 && !items && !properties))) yield path;
  for (const one of inner) yield* leaves(one, path);
  if (items) yield* leaves(items, whole(items).properties || whole(items).oneOf ? `${path}.*` : path);
  if (typeof additionalProperties === 'object') yield* leaves(additionalProperties, `${path}.*`);
  for (const [key, one] of Object.entries(properties ?? {})) yield* leaves(one, path === '' ? key : `${path}.${key}`);
}

test('every option is here, but for times, which are kept to the millisecond elsewhere', () => {
  // The schema is an editor's; a URL alone is one of an object; a key goes with its certificate; the Sentinels' TLS is like Redis's own.
  const isSame = /^(\$schema|redis|redis\.cluster\.\*|redis\.tls\.key|redis\.sentinelTls\..*)$/;
  const isTime = (path: string): boolean => path.endsWith('Ms') && !path.endsWith('.budgetMs');
  const all = [...new Set(leaves(schemaOf() as Schema, ''))].filter((path) => !isTime(path) && !isSame.test(path));
  assert.ok(all.length > 60, String(all.length));
  assert.equal([...Object.keys(ROWS), ...Object.keys(ELSEWHERE)].sort(), all.sort());
  for (const [path, name] of Object.entries(ELSEWHERE)) {
    const text = existsSync(join(root, 'test', name)) ? readFileSync(join(root, 'test', name), 'utf8') : '';
    assert.match(text, new RegExp(`\\b${path.split('.').at(-1)}\\b`), `${name} has nothing of ${path}`);
  }
});

/** The numbers among the options, each with what makes a configuration that has this one there. */
function* numbers(schema: Schema, path: string, put: (value: unknown) => unknown): Generator<[string, Schema, typeof put]> {
  const { oneOf = [], type, items, properties, additionalProperties } = whole(schema);
  if (type === 'integer' || type === 'number') yield [path, whole(schema), put];
  for (const one of oneOf) yield* numbers(one, path, put);
  if (items) yield* numbers(items, `${path}[0]`, (value) => put([value]));
  if (typeof additionalProperties === 'object') yield* numbers(additionalProperties, `${path}.x`, (value) => put({ x: value }));
  for (const [key, one] of Object.entries(properties ?? {}))
    yield* numbers(one, path === '' ? key : `${path}.${key}`, (value) => put({ [key]: value }));
}

test('of a number that is wrong it is said whether it is a whole one, and from where to where, whatever is wrong with it', () => {
  const all = [...numbers(schemaOf() as Schema, '', (value) => value)];
  assert.ok(all.length > 60, String(all.length));
  for (const [path, { type, minimum, maximum }, put] of all) {
    const isWhole = type === 'integer';
    const expected = `${isWhole ? 'a whole number' : 'a number'} from ${minimum ?? 0} to ${maximum}`;
    for (const value of ['1', Number(maximum) + 1, Number(minimum ?? 0) - 1, ...(isWhole ? [Number(maximum) - 0.5] : [])]) {
      const { errors = [] } = validateOptions(put(value)) as { errors?: Parameters<typeof problemsOf>[0] };
      assert.is(problemsOf(errors).find((each) => each.path === path)?.expected, expected, `${path} ${value}`);
    }
  }
});

for (const [path, { probe, one, other }] of Object.entries(ROWS))
  test(`${path} changes something`, () => {
    const [first, again, second] = [one, one, other].map((config) => JSON.stringify(probe(config) ?? null));
    assert.is(again, first, 'the same comes of the same');
    assert.is.not(second, first);
  });

test.run();
