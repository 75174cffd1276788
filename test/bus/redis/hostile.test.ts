/** Somebody who may publish and hear everything in Redis, and has no secret, against nodes that play. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Gate } from '../../../bus/gate.ts';
import { type Message, MOST_TEXT, PROTOCOL_VERSION } from '../../../bus/messages.ts';
import { roomsOf } from '../../../bus/rooms.ts';
import {
  type Host,
  type Jaeger,
  type JaegerEvent,
  jaeger,
  type RedisBus,
  readConfig,
  redisBus,
} from '../../../plugin/index.ts';
import { pause, type RedisServer, startRedis, until } from '../../../scripts/redis.ts';

const SECRET = 'a secret that nobody can guess';
const JUNK = 10_000;
/** So long that nobody leads anew because this process stood still: what is said in the Jaeger room while nobody leads is heard by nobody, and not counted. */
const LEASE = { renewMs: 10_000, deadlineMs: 60_000, leaseMs: 90_000 };

/** Accepts, plays one move a side, and side 0 wins. */
const host: Host = {
  tell: () => undefined,
  accept: () => true,
  team: (actor) => `team of ${actor.id}`,
  validate: () => null,
  battle: (setup, opponent) => {
    let turns = 0;
    opponent.onTurn(() => {
      if (++turns === 2) opponent.over(0, 'end');
    });
    opponent.send(`move of ${setup.side}`);
  },
};

interface Node {
  readonly server: Jaeger;
  readonly bus: RedisBus;
  readonly events: JaegerEvent[];
}

const test = suite('a hostile client');
let redis: RedisServer;
let hostile: Redis;
let ear: Redis;
/** Everything that was ever published, as it was. */
let heard: { room: string; text: string }[] = [];
const nodes: Node[] = [];
test.before(async () => {
  redis = await startRedis();
  hostile = new Redis(redis.url);
  ear = new Redis(redis.url);
  await ear.psubscribe('*');
  ear.on('pmessage', (_pattern: string, room: string, text: string) => heard.push({ room, text }));
});
test.after.each(async () => {
  for (const { server, bus } of nodes.splice(0)) {
    await server.stop();
    await bus.close();
  }
  heard = [];
});
test.after(async () => {
  hostile.disconnect();
  ear.disconnect();
  await redis.stop();
});

async function start(nodeId: string, realm: string, secret?: string): Promise<Node> {
  const signing = secret === undefined ? {} : { secret };
  const bus = redisBus(redis.url, { realm, nodeId, lease: LEASE, ...signing });
  const server = jaeger({ nodeId, realm, ...signing }, host, { bus });
  const events: JaegerEvent[] = [];
  server.events$.subscribe((event) => events.push(event));
  const node = { server, bus, events };
  nodes.push(node);
  await server.start();
  return node;
}

const ofKind = <K extends JaegerEvent['kind']>({ events }: Node, kind: K): Extract<JaegerEvent, { kind: K }>[] =>
  events.filter((event): event is Extract<JaegerEvent, { kind: K }> => event.kind === kind);
const sum = (of: Node, ...reasons: (keyof RedisBus['refused'])[]): number =>
  reasons.reduce((total, reason) => total + of.bus.refused[reason], 0);

/** Two who are too far from each other to be matched at once, A leading, and the rooms in which they are heard. */
async function waiting(realm: string, secret?: string) {
  const a = await start('A', realm, secret);
  await until('A leads', () => ofKind(a, 'leading').length === 1);
  const b = await start('B', realm, secret);
  const { ticket } = await b.server.add({ id: 'joe', elo: 1000 });
  await b.server.add({ id: 'jeff', elo: 1500 });
  const rooms = roomsOf(realm);
  return { a, b, ticket, joe: rooms.waiting(ticket), jaegerRoom: rooms.jaeger('ranked') };
}

/** What hostile texts did not change: nobody was told anything, and those who fit are matched and rated. */
async function playsOn(a: Node, b: Node): Promise<void> {
  for (const kind of ['withdrawn', 'back', 'asked', 'matched', 'fault'] as const)
    assert.equal([...ofKind(a, kind), ...ofKind(b, kind)], []);
  await a.server.add({ id: 'bob', elo: 1000 });
  await until('joe and bob are rated', () => [a, b].every((one) => ofKind(one, 'elo').length === 1));
  assert.equal([...ofKind(a, 'elo'), ...ofKind(b, 'elo')].map(({ id }) => id).sort(), ['bob', 'joe']);
  assert.is(await b.server.remove('jeff'), 'queued');
  assert.equal([...ofKind(a, 'fault'), ...ofKind(b, 'fault')], []);
}

const publish = async (texts: readonly (readonly [room: string, text: string])[]): Promise<void> => {
  const pipeline = hostile.pipeline();
  for (const [room, text] of texts) pipeline.publish(room, text);
  await pipeline.exec();
};

/** Forged ones of the kinds that would do most harm. */
function forgeries(ticket: string, epoch: number): { toJoe: Message[]; toLeader: Message[] } {
  const mark = { v: PROTOCOL_VERSION, queue: 'ranked', generation: 1, epoch: epoch + 1 } as const;
  const actor = { id: 'ghost', name: 'ghost', members: ['ghost'], elo: 1000, blocks: [] };
  const entry = { ticket: 'ghost', actor, node: 'A', boot: 'b', ruleset: '', firstConsidered: 1, games: 0 };
  const revisions = Array.from({ length: 20 }, (_, index) => index + 1);
  return {
    toJoe: [
      { ...mark, kind: 'WITHDRAWN', ticket, reason: 'because' },
      { ...mark, kind: 'OFFER', ticket, offerId: 'forged', deadline: 9e15, windowMs: 1000 },
      { ...mark, kind: 'SUCCESS', ticket, matchId: 'm', challengeRoom: 'c', side: 0, deadline: 9e15 },
      { ...mark, kind: 'BACK', ticket, reason: 'because' },
    ],
    toLeader: revisions.flatMap((revision): Message[] => [
      { v: PROTOCOL_VERSION, kind: 'ENTERED', revision, entry },
      { v: PROTOCOL_VERSION, kind: 'LEFT', revision, ticket },
    ]),
  };
}

test('forges, alters, repeats and moves messages: all are refused, counted, told in a few events, and the players notice nothing', async () => {
  const { a, b, ticket, joe, jaegerRoom } = await waiting('signed', SECRET);
  const { toJoe, toLeader } = forgeries(ticket, ofKind(a, 'leading')[0]?.epoch ?? 0);
  const other = (realm: string, secret: string): Gate =>
    new Gate({ realm, signing: { secret, node: 'A' }, messagesPerSecond: 1, busNow: () => Date.now() });
  const [wrongSecret, wrongRealm] = [other('signed', `${SECRET}?`), other('other', SECRET)];
  for (const message of toJoe) {
    await publish([
      [joe, JSON.stringify(message)],
      [joe, wrongSecret.out(joe, message)],
      [joe, wrongRealm.out(joe, message)],
    ]);
  }
  for (const message of toLeader) await publish([[jaegerRoom, JSON.stringify(message)]]);
  await until('they were refused', () => sum(b, 'unsigned', 'forged') === 12 && a.bus.refused.unsigned === 40);
  assert.is(b.bus.refused.forged, 8);

  // What was really said: again, in another room, and with other letters at its end.
  const said = heard.filter(({ room, text }) => room === jaegerRoom && /^[sc].*"ENTERED"/s.test(text));
  assert.ok(said.length >= 2, 'joe and jeff entered');
  for (const { text } of said)
    await publish([
      [jaegerRoom, text],
      [joe, text],
      [jaegerRoom, text.replace('"kind"', ' "kind"')],
    ]);
  await until(
    'they were refused',
    () => b.bus.refused.room === said.length && a.bus.refused.replayed + a.bus.refused.forged === 2 * said.length,
  );
  assert.equal([a.bus.refused.replayed, a.bus.refused.forged], [said.length, said.length]);

  for (const at of [a, b]) {
    const told = ofKind(at, 'refused');
    assert.is(new Set(told.map(({ reason }) => reason)).size, told.length, 'each reason once');
    assert.not.match(JSON.stringify(at.events), new RegExp(SECRET));
  }
  await playsOn(a, b);
});

for (const secret of [SECRET, undefined])
  test(`floods the rooms with junk, and with texts that are too long, ${secret ? 'signed' : 'not signed'}`, async () => {
    const { a, b, joe, jaegerRoom } = await waiting(secret ? 'junk-signed' : 'junk', secret);
    const bomb = `{"kind":"HERE","v":1,"ask":${'['.repeat(100_000)}`;
    const proto = '{"__proto__":{"kind":"WITHDRAWN"},"constructor":1}';
    const texts = ['', 'junk', '{}', '[]', 'null', proto, 's', `c${'0'.repeat(40)} [1]\n{}`];
    const junk = Array.from(
      { length: JUNK },
      (_, index) => [index % 2 ? joe : jaegerRoom, texts[index % texts.length] as string] as const,
    );
    for (let from = 0; from < JUNK; from += 500) await publish(junk.slice(from, from + 500));
    const long = 'x'.repeat(5_000_000);
    await publish([
      [joe, bomb],
      [jaegerRoom, bomb],
      [joe, long],
      [jaegerRoom, long],
    ]);
    const all = (at: Node): number => Object.values(at.bus.refused).reduce((total, count) => total + count, 0);
    await until('all were refused', () => all(a) === JUNK / 2 + 2 && all(b) === JUNK / 2 + 2, 20_000);
    assert.equal([a.bus.refused.size, b.bus.refused.size], [1, 1]);
    for (const at of [a, b]) assert.ok(ofKind(at, 'refused').length <= 5, 'and few are told');
    await playsOn(a, b);
  });

test('some nodes have the secret and others none: each says what is wrong with the other', async () => {
  const a = await start('A', 'mixed', SECRET);
  await until('A leads', () => ofKind(a, 'leading').length === 1);
  const b = await start('B', 'mixed');
  const expected = (at: Node, reason: string): string =>
    ofKind(at, 'refused').find((event) => event.reason === reason)?.problems[0]?.expected ?? '';
  await b.server.add({ id: 'joe', elo: 1000 });
  await until('A refuses', () => expected(a, 'unsigned') !== '');
  assert.match(expected(a, 'unsigned'), /this node has the realm's secret, who said this has none/);
  await hostile.publish(roomsOf('mixed').jaeger('ranked'), '{}');
  const { ticket } = await b.server.add({ id: 'jeff', elo: 1000 });
  const gate = new Gate({
    realm: 'mixed',
    signing: { secret: SECRET, node: 'A' },
    messagesPerSecond: 1,
    busNow: () => Date.now(),
  });
  const room = roomsOf('mixed').waiting(ticket);
  await hostile.publish(room, gate.out(room, { v: 1, kind: 'HERE', ask: 'a', ticket }));
  await until('B refuses', () => expected(b, 'signed') !== '');
  assert.match(expected(b, 'signed'), /who said this has the realm's secret, this node has none/);
});

test('cuts a hearer off with more than Redis keeps for it: it hears again, and goes on', async () => {
  const { a, b, joe } = await waiting('cut', SECRET);
  await hostile.config('SET', 'client-output-buffer-limit', 'pubsub 1mb 1mb 0');
  try {
    for (let times = 0; times < 3; times++) await publish([[joe, 'x'.repeat(20_000_000)]]);
    await pause(100);
  } finally {
    await hostile.config('SET', 'client-output-buffer-limit', 'pubsub 32mb 8mb 60');
  }
  await playsOn(a, b);
});

test('what a server hears of those who do not sign is as much as its jaeger.json says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jaeger-rate-'));
  /** For what it refuses some of 1,000 texts that are none of its own. */
  async function reasons(realm: string, more: object): Promise<readonly string[]> {
    const file = join(folder, `${realm}.json`);
    writeFileSync(file, JSON.stringify({ realm, nodeId: 'A', redis: redis.url, log: 'none', ...more }));
    const server = jaeger(readConfig(file, {}), host);
    const seen = new Set<string>();
    server.events$.subscribe((event) => void (event.kind === 'refused' && seen.add(event.reason)));
    await server.start();
    try {
      const { heartbeat } = roomsOf(realm);
      // Redis knows of a hearer before that one takes what is said for heard.
      await until('it hears', async () => {
        await publish([[heartbeat, '{}']]);
        return seen.has('malformed');
      });
      await publish(Array.from({ length: 1000 }, () => [heartbeat, '{}'] as const));
      // What is said afterwards is heard afterwards.
      await publish([[heartbeat, `jaeger 1 ${'x'.repeat(MOST_TEXT * 2)}`]]);
      await until('it has heard all', () => seen.has('size'));
      return [...seen].sort();
    } finally {
      await server.stop();
    }
  }
  try {
    assert.equal(await reasons('few', { messagesPerSecond: 100 }), ['malformed', 'rate', 'size']);
    assert.equal(await reasons('usual', {}), ['malformed', 'size']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
