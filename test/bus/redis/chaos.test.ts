/** What fails between a bus and its Redis, and what must hold then. Real time, real connections. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defer, firstValueFrom, type Observable } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BusUnreachable, type Heard, type Lease } from '../../../bus/bus.ts';
import { scripts } from '../../../bus/generated/lua.ts';
import type { Claimed } from '../../../bus/instant.ts';
import type { MatchRecord } from '../../../bus/records.ts';
import type { RedisBus } from '../../../bus/redis.ts';
import { ask, clusterArgs, freePort, pause, type RedisServer, startRedis, until } from '../../../scripts/redis.ts';
import { SEED } from '../../seed.ts';
import { entering, QUEUE, settling } from '../conformance/scene.ts';
import { busAt, chaosOf, isUnreachable, lead, listenings, outcome, persist, record } from './chaos.ts';
import { again, claimed, secretOf, wanted } from './walk-instants.ts';
import type { Wire } from './wire.ts';

const test = suite(`the Redis bus when things fail (JAEGER_SEED=${SEED})`);
const chaos = chaosOf(test);

/** Asks for what a lost reply makes it ask for again. */
const losing =
  (wire: Wire) =>
  async <T>(verb: () => Observable<T>): Promise<T> => {
    const before = wire.lost;
    wire.mode = 'loseReply';
    const { answer, failures } = await persist(defer(verb));
    assert.ok(failures > 0, 'the reply was lost');
    assert.is(wire.lost, before + 1);
    return answer;
  };

chaos('a reply that is lost: asked again, the answer is the same, and it was done once', async (given) => {
  const { bus, other, wire } = given;
  const fence = await lead(given, other);
  const messages = record(given, other.hear(other.rooms.jaeger('duel')));
  await until('listening', () => messages.length > 0);
  await firstValueFrom(bus.clock());
  const twice = losing(wire);
  for (const [id, node] of [
    ['joe', 'A'],
    ['jeff', 'B'],
  ] as const)
    assert.ok('entered' in (await twice(() => bus.enter(entering(id, { node, elo: 1000 })))));
  const offer = await twice(() => bus.offer(fence, { offerId: 'o', head: 'joe', candidate: 'jeff', windowMs: 20_000 }));
  assert.ok('offer' in offer);
  for (const id of ['joe', 'jeff']) assert.is(await twice(() => bus.reply('o', id, 'confirmed')), 'done');
  const settled = await twice(() => bus.settle(fence, settling({ offerId: 'o', matchId: 'm' })));
  assert.ok('settled' in settled && settled.settled);
  const advance = async (step: Parameters<typeof bus.advance>[1]['step']): Promise<void> => {
    const match = await firstValueFrom(other.match('m'));
    assert.ok(match);
    const request = { matchId: 'm', revision: match.revision, step, windowMs: 30_000, seed: 's', floor: 0 };
    const answer = await twice(() => bus.advance(fence, request));
    // It was moved by what the first asking did.
    assert.ok('now' in answer && answer.now?.stage === step.to, JSON.stringify(answer));
  };
  const both = async (verb: (side: 0 | 1, node: string) => Observable<unknown>): Promise<void> => {
    for (const side of [0, 1] as const) assert.is(await twice(() => verb(side, ['A', 'B'][side] as string)), 'done');
  };
  await both((side, node) => bus.joined('m', side, node));
  await advance({ to: 'teams' });
  await both((side, node) => bus.team('m', side, node, 'team'));
  await advance({ to: 'validating' });
  await both((side, node) => bus.judge('m', side, node, null));
  await advance({ to: 'battle' });
  assert.equal(await twice(() => bus.append('m', 0, 'A', 1, 'move', '')), { turn: 5 });
  await both((side, node) => bus.over('m', side, node, 0, 'end'));
  await advance({ to: 'rated', score: 1, delta: 16 });
  assert.equal(
    [await firstValueFrom(other.rating('duel', 'joe')), await firstValueFrom(other.rating('duel', 'jeff'))],
    [1016, 984],
  );
  const logged = await firstValueFrom(other.log('m', 1, 100));
  assert.equal(
    logged.map(({ entry }) => entry.kind),
    ['BEGIN', 'TEAM', 'TEAM', 'START', 'TURN', 'ELO'],
  );
  // A BATTLE_OVER is said again when it is asked again; everything else is said once.
  await until('the last message', () => messages.length === 1 + 2 + 2 + 2 + 2 + 2 + 4);
});

chaos('the reply to a request, a claim or a rematch is lost: one session, one rematch, told once', async (given) => {
  const { bus, other, wire } = given;
  const fence = await lead(given, other);
  await firstValueFrom(bus.clock());
  const twice = losing(wire);
  const told = ['i0', 'i1', 'i2', 'i3'].map((ticket) => record(given, other.hear(other.rooms.instant(secretOf(ticket)))));
  await until('listening', () => told.every((heard) => heard.length > 0));
  const messages = (): number[] => told.map((heard) => heard.length - 1);
  const open = async (): Promise<MatchRecord[]> => (await firstValueFrom(other.snapshot(QUEUE))).matches;

  for (const [player, ticket, node] of [
    ['joe', 'i0', 'A'],
    ['jeff', 'i1', 'B'],
  ] as const)
    assert.ok('listed' in (await twice(() => bus.requestInstantMatch(wanted(player, ticket, node)))));
  const [, claim] = claimed('i0', 'i1', 'B', 'm');
  const claimedTwice = (await twice(() => claim(bus))) as Claimed;
  assert.is('session' in claimedTwice && claimedTwice.session.matchId, 'm');
  // Another server that wants one of the two is late.
  await firstValueFrom(other.requestInstantMatch(wanted('bob', 'i4', 'B')));
  const [, late] = claimed('i0', 'i4', 'B', 'm2');
  assert.equal(await firstValueFrom(late(other)), { refused: 'taken' });
  assert.is((await open()).length, 1);
  await until('both are told', () => messages()[0] === 1 && messages()[1] === 1);

  const step = async (to: Parameters<typeof other.advance>[1]['step']): Promise<MatchRecord> => {
    const [match] = await open();
    assert.ok(match);
    const request = { matchId: 'm', revision: match.revision, step: to, windowMs: 30_000, seed: 's', floor: 0 };
    const answer = await firstValueFrom(other.advance(fence, request));
    assert.ok('match' in answer, JSON.stringify(answer));
    return answer.match;
  };
  const both = async (verb: (side: 0 | 1, node: string) => Observable<unknown>): Promise<void> => {
    for (const side of [0, 1] as const) assert.is(await firstValueFrom(verb(side, ['A', 'B'][side] as string)), 'done');
  };
  await both((side, node) => other.joined('m', side, node));
  await step({ to: 'teams' });
  await both((side, node) => other.team('m', side, node, 'team'));
  await step({ to: 'validating' });
  await both((side, node) => other.judge('m', side, node, null));
  await step({ to: 'battle' });
  await both((side, node) => other.over('m', side, node, 0, 'end'));
  const rated = await step({ to: 'rated', score: 1, delta: 0 });

  assert.ok('asked' in (await twice(() => bus.rematch(again(rated, 0, 'i2', 'm3')))));
  const rematched = await twice(() => bus.rematch(again(rated, 1, 'i3', 'm4')));
  assert.ok('session' in rematched, JSON.stringify(rematched));
  assert.equal(
    (await open()).filter(({ how }) => how === 'rematch').map(({ matchId }) => matchId),
    [rematched.session.matchId],
  );
  await until('both are told', () => messages()[2] === 1);
  assert.equal(messages().slice(0, 2), [1, 1]);
});

chaos('the connection is cut: the room is heard again, and what is asked is answered again', async (given) => {
  const { bus, other, wire } = given;
  const heard = record(given, bus.hear('{jg:x}:room'));
  await until('listening', () => listenings(heard) === 1);
  for (let cuts = 2; cuts < 5; cuts++) {
    wire.cut();
    await until('listening again', () => listenings(heard) === cuts);
    await persist(bus.clock());
    await firstValueFrom(other.say('{jg:x}:room', { v: 1, kind: 'GONE', ask: String(cuts), ticket: 't' }), { defaultValue: 0 });
    await until('the message', () => heard.at(-1)?.listening === false);
  }
  assert.is(heard.length, 4 + 3);
});

chaos('a connection that is open and dead is noticed, by commands in 1 s, by the ear in 6 s, and made anew', async (given) => {
  const { bus, wire } = given;
  const heard = record(given, bus.hear('{jg:x}:room'));
  await until('listening', () => listenings(heard) === 1);
  await firstValueFrom(bus.clock());
  wire.freeze();
  const started = performance.now();
  await isUnreachable(bus.clock());
  assert.ok(performance.now() - started < 1500);
  await until('answered again', async () => typeof (await outcome(bus.clock())) === 'number', 4000);
  await until('listening again', () => listenings(heard) === 2, 9000);
});

chaos(
  'Redis forgets its scripts: nobody notices',
  async ({ bus, server }) => {
    for (const id of ['joe', 'jeff', 'bob']) {
      assert.match((await ask(server.port, 'SCRIPT FLUSH')) ?? '', 'OK');
      assert.ok('entered' in (await firstValueFrom(bus.enter(entering(id)))));
    }
    assert.is((await firstValueFrom(bus.snapshot('duel'))).tickets.length, 3);
  },
  {},
);

chaos(
  'a database that Redis does not have is out of reach, and nothing is written into another one',
  async ({ server, realm, ends }) => {
    const bus = busAt(`${server.url}/99`, realm);
    ends(() => bus.close());
    for (let count = 0; count < 3; count++) {
      const asked = await firstValueFrom(bus.enter(entering('joe'))).then(
        () => undefined,
        (error: Error) => error,
      );
      assert.instance(asked, BusUnreachable);
      assert.match((asked as Error).message, /does not open database 99: ERR DB index is out of range/);
      await pause(100);
    }
    assert.match((await ask(server.port, 'DBSIZE')) ?? '', /^:0\r/);
    const other = busAt(`${server.url}/5`, realm);
    ends(() => other.close());
    await firstValueFrom(other.enter(entering('joe')));
    assert.match((await ask(server.port, 'DBSIZE')) ?? '', /^:0\r/);
  },
  {},
);

chaos(
  'who comes to a Redis loads the scripts that it lacks, and no other',
  async ({ server, bus, realm }) => {
    await firstValueFrom(bus.clock());
    const loaded = async (): Promise<number> => {
      const stats = (await ask(server.port, 'INFO commandstats')) ?? '';
      return Number(/cmdstat_script\|load:calls=(\d+)/.exec(stats)?.[1] ?? 0);
    };
    const before = await loaded();
    const come = async (): Promise<void> => {
      const one = busAt(server.url, realm);
      await firstValueFrom(one.clock());
      await one.close();
    };
    await come();
    assert.is(await loaded(), before);
    assert.match((await ask(server.port, 'SCRIPT FLUSH')) ?? '', 'OK');
    await come();
    const all = Object.keys(scripts).length;
    assert.is(await loaded(), before + all);
    assert.ok(before >= all, `${before} of ${all}`);
  },
  {},
);

chaos(
  'memory is full: nobody enters, but who is there can leave, and the leader stays',
  async (given) => {
    const { bus, other, server } = given;
    await firstValueFrom(bus.enter(entering('joe')));
    const fence = await lead(given, other);
    await ask(server.port, 'CONFIG SET maxmemory 1');
    await isUnreachable(bus.enter(entering('jeff')));
    await pause(1200);
    assert.is(await firstValueFrom(other.release(fence, 'nobody')), 'done', 'the lease was renewed');
    assert.is(await firstValueFrom(bus.leave('A', 'joe')), 'queued');
    await ask(server.port, 'CONFIG SET maxmemory 0');
    assert.ok('entered' in (await firstValueFrom(bus.enter(entering('jeff')))));
  },
  {},
);

chaos(
  'what was not sent, or refused as a whole, is known to have done nothing; what was sent may have been done',
  async ({ server, wire, bus, other, realm, ends }) => {
    const nothingDone = async (to: RedisBus): Promise<boolean> => {
      const error = await outcome(to.enter(entering('joe')));
      assert.instance(error, BusUnreachable);
      return (error as BusUnreachable).nothingDone;
    };
    const nowhere = { host: '127.0.0.1', port: await freePort() };
    for (const target of [`redis://127.0.0.1:${nowhere.port}`, { cluster: [nowhere] }, `${server.url}/99`]) {
      const away = busAt(target, realm);
      ends(() => away.close());
      for (let count = 0; count < 2; count++) assert.is(await nothingDone(away), true, JSON.stringify(target));
    }
    await firstValueFrom(bus.clock());
    await ask(server.port, 'CONFIG SET maxmemory 1');
    assert.is(await nothingDone(bus), true, 'no memory');
    await ask(server.port, 'CONFIG SET maxmemory 0');
    assert.is(await firstValueFrom(other.ticket('joe')), null);
    wire.mode = 'loseReply';
    assert.is(await nothingDone(bus), false, 'the reply is lost');
    assert.is((await firstValueFrom(other.ticket('joe')))?.ticket, 'joe');
    await persist(bus.clock());
    wire.freeze();
    assert.is(await nothingDone(bus), false, 'nothing comes through');
    wire.target = nowhere.port;
    wire.cut();
    await pause(50);
    assert.is(await nothingDone(bus), true, 'the connection is lost');
  },
  {},
);

test('Redis is not there at the start: everything is refused as unreachable, and heals by itself', async () => {
  const port = await freePort();
  const bus = busAt(`redis://127.0.0.1:${port}`, 'late');
  const heard: Heard[] = [];
  const leases: (Lease | null)[] = [];
  const ear = bus.hear(bus.rooms.jaeger('duel')).subscribe((one) => heard.push(one));
  const campaign = bus.holdLease('duel', 'A').subscribe((lease) => leases.push(lease));
  for (const verb of [bus.clock(), bus.enter(entering('joe')), bus.snapshot('duel')]) await isUnreachable(verb);
  const server = await startRedis({ port });
  try {
    const { answer } = await persist(bus.enter(entering('joe')));
    assert.ok('entered' in answer);
    await until('listening and leading', () => heard.length > 0 && leases.length === 1);
  } finally {
    ear.unsubscribe();
    campaign.unsubscribe();
    bus.close();
    await server.stop();
  }
});

test('Redis is killed and comes back with its log: what was acknowledged is there, everything goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jaeger-aof-'));
  const args = ['--appendonly', 'yes', '--appendfsync', 'always'];
  const first = await startRedis({ folder, args });
  const bus = busAt(first.url, 'killed');
  const heard: Heard[] = [];
  const leases: (Lease | null)[] = [];
  const ear = bus.hear(bus.rooms.jaeger('duel')).subscribe((one) => heard.push(one));
  const campaign = bus.holdLease('duel', 'A').subscribe((lease) => leases.push(lease));
  let second: RedisServer | undefined;
  try {
    await until('leading', () => leases.length === 1 && heard.length === 1);
    const acknowledged = await Promise.all(
      Array.from({ length: 50 }, (_, index) => firstValueFrom(bus.enter(entering(`p${index}`)))),
    );
    process.kill(first.pid, 'SIGKILL');
    await isUnreachable(bus.clock());
    await first.stop();
    second = await startRedis({ folder, args, port: first.port });
    const { answer } = await persist(bus.snapshot('duel'));
    assert.equal(
      answer.tickets.map(({ ticket, firstConsidered }) => [ticket, firstConsidered]),
      acknowledged.map((one) => ('entered' in one ? [one.entered.ticket, one.entered.firstConsidered] : [])),
    );
    assert.is(answer.revision, 50);
    await until('listening again', () => listenings(heard) === 2);
    await until('leading', async () => {
      const lease = leases.at(-1);
      return lease !== null && lease !== undefined && (await outcome(bus.release(lease, 'nobody'))) === 'done';
    });
  } finally {
    ear.unsubscribe();
    campaign.unsubscribe();
    bus.close();
    await first.stop();
    await second?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the node of a cluster is killed and comes back: commands and ear find it again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jaeger-cluster-'));
  const args = [...(await clusterArgs()), '--appendonly', 'yes', '--appendfsync', 'always'];
  const first = await startRedis({ folder, args });
  const { host, port } = first;
  await ask(port, 'CLUSTER ADDSLOTSRANGE 0 16383');
  const bus = busAt({ cluster: [{ host, port }] }, 'killed');
  const heard: Heard[] = [];
  const ear = bus.hear(bus.rooms.jaeger('duel')).subscribe((one) => heard.push(one));
  let second: RedisServer | undefined;
  try {
    const entered = await persist(bus.enter(entering('joe')));
    await until('listening', () => listenings(heard) === 1);
    process.kill(first.pid, 'SIGKILL');
    await isUnreachable(bus.clock());
    await first.stop();
    second = await startRedis({ folder, args, port });
    const { answer } = await persist(bus.ticket('joe'));
    assert.ok('entered' in entered.answer);
    assert.is(answer?.firstConsidered, entered.answer.entered.firstConsidered);
    await until('listening again', () => listenings(heard) === 2);
    await persist(bus.enter(entering('jeff')));
    await until('the message', () => heard.at(-1)?.listening === false);
  } finally {
    ear.unsubscribe();
    bus.close();
    await first.stop();
    await second?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
