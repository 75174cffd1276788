/** The five properties of instant match, each on whole nodes over a real Redis, of which everything that is said is read. */
import { Redis } from 'ioredis';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Host, type InstantMatchRequest, type Jaeger, type JaegerEvent, jaeger } from '../../plugin/index.ts';
import { randomOf } from '../../scripts/random.ts';
import { pause, type RedisServer, startRedis, until } from '../../scripts/redis.ts';

const test = suite('the five properties of instant match');
const host: Host = {
  tell: () => undefined,
  accept: () => false,
  team: () => new Promise<string>(() => undefined),
  validate: () => null,
  battle: () => undefined,
};
const REGIONS = ['eu', 'na', 'asia'];
const INSTANT = { fields: { mic: { type: 'boolean' as const }, region: { type: 'text' as const, values: REGIONS } } };
const MIC = { field: 'mic', eq: true };
/** Of one who waits, in Redis: with short preferences, and with the longest. */
const MOST_BYTES = 2000;
const MOST_BYTES_LONGEST = 10_000;

let server: RedisServer;
let raw: Redis;
let ear: Redis;
let said: { readonly room: string; readonly text: string }[];
let events: JaegerEvent[];
let nodes: Map<string, Jaeger>;
let realms = 0;

test.before(async () => {
  server = await startRedis();
  raw = new Redis(server.url);
  ear = new Redis(server.url);
  await ear.psubscribe('*');
  ear.on('pmessage', (_, room: string, text: string) => said.push({ room, text }));
});
test.after(async () => {
  raw.disconnect();
  ear.disconnect();
  await server.stop();
});
test.before.each(async () => {
  said = [];
  events = [];
  const realm = `properties-${++realms}`;
  nodes = new Map(
    ['Helsinki', 'Singapore', 'Wellington'].map((nodeId) => {
      const queue = { instant: INSTANT, times: { teamMs: 600_000 } };
      const node = jaeger(
        { nodeId, realm, redis: server.url, secret: 'nobody guesses this one', queues: { duel: queue } },
        host,
      );
      node.events$.subscribe((event) => events.push(event));
      return [nodeId, node];
    }),
  );
  await Promise.all([...nodes.values()].map((node) => node.start()));
});
test.after.each(async () => {
  await Promise.all([...nodes.values()].map((node) => node.stop()));
  await raw.flushall();
});

const wants = (node: string, request: InstantMatchRequest) => (nodes.get(node) as Jaeger).instant(request);
const of = <K extends JaegerEvent['kind']>(kind: K) =>
  events.filter((event): event is Extract<JaegerEvent, { kind: K }> => event.kind === kind);
/** Behind the seal. */
const read = (text: string): object => JSON.parse(text.slice(text.indexOf('{"'))) as object;
const kindOf = (text: string): unknown => (read(text) as { kind: unknown }).kind;
const saidOf = (kind: string) => said.filter(({ text }) => text.includes(`"kind":"${kind}"`));

test('1: no user knows anything identifiable about any other user in the waiting list', async () => {
  await wants('Helsinki', {
    id: 'joseph-1',
    name: 'Josephine Doe',
    elo: 123456,
    blocks: ['janette'],
    preferences: MIC,
    data: {},
  });
  await wants('Singapore', {
    id: 'robert-2',
    name: 'Roberta Roe',
    preferences: { field: 'region', eq: 'eu' },
    data: { region: 'na' },
  });
  await until('both are made known', () => saidOf('INSTANT_MATCH_WAITLIST').length === 2);
  for (const { room, text } of saidOf('INSTANT_MATCH_WAITLIST')) {
    assert.match(room, /INSTANT_MATCH_WAITLIST/);
    assert.not.match(text, /joseph|robert|123456|janette|helsinki|singapore|wellington/i, text);
    assert.equal(Object.keys(read(text)).sort(), ['data', 'kind', 'preferences', 'room', 'ticket', 'v']);
  }
});

test('2: memory for one who waits is bounded, and given back', async () => {
  const COUNT = 200;
  const used = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await raw.info('memory'))?.[1]);
  const before = await used();
  for (let number = 0; number < COUNT; number++)
    await wants('Helsinki', { id: `u${number}`, preferences: MIC, data: { region: 'eu' } });
  const each = ((await used()) - before) / COUNT;
  assert.ok(each < MOST_BYTES, `${each} bytes`);
  for (let number = 0; number < COUNT; number++) await (nodes.get('Helsinki') as Jaeger).remove(`u${number}`);
  assert.is(await raw.hlen(`{jg:properties-${realms}}:instants`), 0);
  // So many conditions as may be, each as long as may be.
  const longest = { and: Array.from({ length: 31 }, () => ({ field: 'region', in: REGIONS, nin: REGIONS, exists: true })) };
  const start = await used();
  for (let number = 0; number < COUNT; number++) await wants('Helsinki', { id: `l${number}`, preferences: longest, data: {} });
  const most = ((await used()) - start) / COUNT;
  assert.ok(most < MOST_BYTES_LONGEST && most > each, `${most} bytes`);
});

test('3: a session is created only when a match is found', async () => {
  await wants('Helsinki', { id: 'joe', preferences: MIC, data: {} });
  await wants('Singapore', { id: 'bob', preferences: MIC, data: {} });
  await pause(300);
  const keys = await raw.keys('*');
  assert.equal(
    keys.filter((key) => /:(matches|entries|matchOfTicket|log)/.test(key)),
    [],
  );
  assert.equal(
    said.map(({ text }) => kindOf(text)).filter((kind) => kind === 'INSTANT_MATCH' || kind === 'OPENED'),
    [],
  );
  await wants('Wellington', { id: 'ann', data: { mic: true } });
  await until('two have met', () => of('begun').length === 2);
  assert.is(await raw.hlen(`{jg:properties-${realms}}:matches`), 1);
});

test('4: where preferences were not met both ways no session is formed', async () => {
  const random = randomOf(process.env['JAEGER_SEED'] ?? 4, 'properties');
  const one = <T>(values: readonly T[]): T => values[random.integer(0, values.length - 1)] as T;
  const users = new Map<string, { region: string; wants: string; mic: boolean; needs: boolean }>();
  for (let number = 0; number < 60; number++) {
    const user = { region: one(REGIONS), wants: one(REGIONS), mic: random.fraction() < 0.5, needs: random.fraction() < 0.5 };
    users.set(`u${number}`, user);
    const preferences = { and: [{ field: 'region', eq: user.wants }, ...(user.needs ? [MIC] : [])] };
    const request = { id: `u${number}`, preferences, data: { region: user.region, mic: user.mic } };
    await wants(one(['Helsinki', 'Singapore', 'Wellington']), request);
  }
  type User = { region: string; wants: string; mic: boolean; needs: boolean };
  const likes = (a: User, b: User): boolean => a.wants === b.region && (!a.needs || b.mic);
  const fits = (a: string, b: string): boolean =>
    likes(users.get(a) as User, users.get(b) as User) && likes(users.get(b) as User, users.get(a) as User);
  const left = (): string[] => [...users.keys()].filter((id) => !of('begun').some((event) => event.id === id));
  await until('no two who fit are left', () => !left().some((a) => left().some((b) => a < b && fits(a, b))));
  for (const { id, opponent } of of('begun')) assert.ok(fits(id, opponent), `${id} and ${opponent}`);
  assert.ok(of('begun').length > 10);
});

test('5: session data is sent only to the two, and the one who was faster has it', async () => {
  // Two who want the same third; a fourth looks on.
  for (const [node, id] of [
    ['Helsinki', 'joe'],
    ['Singapore', 'bob'],
    ['Wellington', 'eve'],
  ] as const)
    await wants(node, { id, preferences: id === 'eve' ? { field: 'region', eq: 'asia' } : MIC, data: {} });
  const { ticket } = await wants('Wellington', { id: 'ann', data: { mic: true } });
  await until('two have met', () => of('begun').length === 2 && of('late').length === 1);
  const [first] = of('begun');
  const sessions = saidOf('INSTANT_MATCH').filter(({ text }) => kindOf(text) === 'INSTANT_MATCH');
  assert.is(sessions.length, 2);
  assert.is(new Set(sessions.map(({ room }) => room)).size, 2, 'a room for each');
  assert.is(sessions.filter(({ text }) => text.includes(ticket)).length, 1);
  for (const { room, text } of sessions) {
    const { challengeRoom } = read(text) as { challengeRoom: string };
    // The room of the session, and those in which the two were told of it, are in nothing that is said to anybody else.
    for (const secret of [challengeRoom, room.slice(room.lastIndexOf(':') + 1)])
      for (const other of said)
        if (kindOf(other.text) !== 'INSTANT_MATCH' && !other.room.includes(secret))
          assert.not.ok(other.text.includes(secret), other.text);
    const [, listeners] = (await raw.pubsub('NUMSUB', room)) as [string, number];
    assert.ok(listeners <= 1, 'nobody else hears it');
  }
  assert.ok(first && ['joe', 'bob'].includes(first.id === 'ann' ? first.opponent : first.id));
});

test.run();
