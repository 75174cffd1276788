/** What fails, and what must hold then. Real time, real processes, real connections. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { catchError, defer, firstValueFrom, type Observable, retry, throwError, timer } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BusUnreachable, type Fence, type Heard, type Lease } from '../../../bus/bus.ts';
import { type RedisBus, redisBus } from '../../../bus/redis.ts';
import { realScheduler } from '../../../plugin/runtime.ts';
import { ask, freePort, pause, type RedisServer, startRedis, until } from '../../../scripts/redis.ts';
import { entering, settling } from '../conformance/scene.ts';
import { Wire } from './wire.ts';

const here = dirname(fileURLToPath(import.meta.url));
/** As LEASE_TIMES has it, and what a successor may take beyond it. */
const LEASE_MS = 3000;
const BEYOND_MS = 500;

interface Given {
  readonly server: RedisServer;
  readonly wire: Wire;
  /** A bus through a wire. */
  readonly bus: RedisBus;
  /** A bus beside it. */
  readonly other: RedisBus;
  readonly realm: string;
  /** Ends it with the test. */
  ends(end: () => unknown): void;
}

let realms = 0;
const busAt = (url: string, realm: string): RedisBus => redisBus(url, { scheduler: realScheduler, random: Math.random, realm });

const test = suite('the Redis bus when things fail');
let shared: RedisServer;
test.before(async () => {
  shared = await startRedis();
});
test.after(() => shared.stop());

/** A test with a server that it shares with others, or one of its own that it may break. */
function chaos(
  name: string,
  run: (given: Given) => Promise<void>,
  own: { readonly args?: readonly string[] } | undefined = undefined,
): void {
  test(name, async () => {
    const ends: (() => unknown)[] = [];
    try {
      const server = own ? await startRedis(own) : shared;
      if (own) ends.push(() => server.stop());
      const wire = new Wire(server.port);
      const realm = `chaos-${++realms}`;
      const bus = busAt(`redis://127.0.0.1:${await wire.listen()}`, realm);
      const other = busAt(server.url, realm);
      ends.push(
        () => wire.close(),
        () => bus.close(),
        () => other.close(),
      );
      await run({ server, wire, bus, other, realm, ends: (end) => ends.push(end) });
    } finally {
      for (const end of ends.reverse()) await end();
    }
  });
}

/** Asks again until the bus answers, as a node does; counts how often it did not. */
async function persist<T>(verb: Observable<T>): Promise<{ answer: T; failures: number }> {
  let failures = 0;
  const delay = (error: unknown) => {
    failures++;
    return error instanceof BusUnreachable ? timer(20) : throwError(() => error);
  };
  return { answer: await firstValueFrom(verb.pipe(retry({ delay }))), failures };
}

const outcome = (verb: Observable<unknown>): Promise<unknown> =>
  firstValueFrom(verb.pipe(catchError((error: unknown) => [error])));

async function isUnreachable(verb: Observable<unknown>): Promise<void> {
  const error = await outcome(verb);
  assert.instance(error, BusUnreachable);
}

/** Everything that a stream emitted, and a way to wait for what it will. */
function record<T>({ ends }: Given, stream: Observable<T>): T[] {
  const all: T[] = [];
  const subscription = stream.subscribe((one) => all.push(one));
  ends(() => subscription.unsubscribe());
  return all;
}

const listenings = (heard: readonly Heard[]): number => heard.filter(({ listening }) => listening).length;

async function lead(given: Given, bus: RedisBus): Promise<Fence> {
  const leases = record(given, bus.holdLease('duel', 'leader'));
  await until('the lease', () => leases.length > 0);
  return leases[0] as Lease;
}

chaos('a reply that is lost: asked again, the answer is the same, and it was done once', async (given) => {
  const { bus, other, wire } = given;
  const fence = await lead(given, other);
  const messages = record(given, other.hear(other.rooms.jaeger('duel')));
  await until('listening', () => messages.length > 0);
  await firstValueFrom(bus.clock());
  let lost = 0;
  const twice = async <T>(verb: () => Observable<T>): Promise<T> => {
    wire.mode = 'loseReply';
    const { answer, failures } = await persist(defer(verb));
    assert.ok(failures > 0, 'the reply was lost');
    assert.is(wire.lost, ++lost);
    return answer;
  };
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

chaos('a connection that is open and dead is noticed, by commands in 1 s, by the ear in 6 s', async (given) => {
  const { bus, wire } = given;
  const heard = record(given, bus.hear('{jg:x}:room'));
  await until('listening', () => listenings(heard) === 1);
  await firstValueFrom(bus.clock());
  wire.freeze();
  const started = performance.now();
  await isUnreachable(bus.clock());
  assert.ok(performance.now() - started < 1500);
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

interface Holder {
  readonly process: ChildProcess;
  readonly lines: { readonly lease?: Lease | null; readonly dropped?: unknown }[];
}

/** Another process that leads. */
async function holder({ server, realm, ends }: Given, mutant = ''): Promise<Holder> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(here, 'holder.ts'), server.url, realm, mutant], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  ends(() => child.kill('SIGKILL'));
  const lines: Holder['lines'] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  await until('the other process leads', () => lines.length > 0, 20_000);
  return { process: child, lines };
}

/** Waits until the leases have another one; how long that took. */
async function succession(leases: readonly (Lease | null)[], since: number): Promise<number> {
  await until('a successor', () => leases.length > 0, LEASE_MS + 10 * BEYOND_MS);
  return performance.now() - since;
}

for (const mutant of ['', 'unfenced'])
  chaos(
    `a leader that is stopped and goes on: ${mutant ? 'without fences it would write' : 'another leads in time, its writes are refused'}`,
    async (given) => {
      const { bus, other } = given;
      await firstValueFrom(bus.enter(entering('joe')));
      const zombie = await holder(given, mutant);
      const leases = record(given, other.holdLease('duel', 'B'));
      await pause(300);
      assert.equal(leases, []);
      zombie.process.kill('SIGSTOP');
      const tookMs = await succession(leases, performance.now());
      assert.ok(tookMs <= LEASE_MS + BEYOND_MS, `${tookMs} ms`);
      assert.ok((leases[0]?.epoch ?? 0) > (zombie.lines[0]?.lease?.epoch ?? 0));
      zombie.process.stdin?.write('joe\n');
      zombie.process.kill('SIGCONT');
      await until('its write', () => zombie.lines.some(({ dropped }) => dropped !== undefined));
      const { dropped } = zombie.lines.find((line) => line.dropped !== undefined) ?? {};
      const joe = await firstValueFrom(bus.ticket('joe'));
      if (mutant) assert.equal([dropped, joe], ['done', null], 'the test sees what the fence is for');
      else assert.equal([dropped, joe?.state], [{ refused: 'fenced' }, 'waiting']);
      await until('it knows', () => zombie.lines.some(({ lease }) => lease === null));
      assert.is(leases.length, 1, 'the successor stays');
    },
  );

chaos('a leader that is killed is succeeded when its lease has run out', async (given) => {
  const killed = await holder(given);
  const leases = record(given, given.other.holdLease('duel', 'B'));
  await pause(300);
  killed.process.kill('SIGKILL');
  const tookMs = await succession(leases, performance.now());
  assert.ok(tookMs <= LEASE_MS + BEYOND_MS, `${tookMs} ms`);
});

chaos('a leader that stops is succeeded at once, in the order in which the others came', async (given) => {
  const { bus, other, server, realm } = given;
  const third = busAt(server.url, realm);
  given.ends(() => third.close());
  const first: (Lease | null)[] = [];
  const leading = bus.holdLease('duel', 'A').subscribe((lease) => first.push(lease));
  await until('the first leads', () => first.length === 1);
  const second = record(given, other.holdLease('duel', 'B'));
  await pause(200);
  const last = record(given, third.holdLease('duel', 'C'));
  await pause(200);
  const since = performance.now();
  leading.unsubscribe();
  const tookMs = await succession(second, since);
  assert.ok(tookMs < 200, `${tookMs} ms`);
  assert.equal([first.length, last.length], [1, 0]);
});

chaos(
  'Redis stands still: the leader stops in time, and leads anew with a higher epoch',
  async (given) => {
    const { bus, server } = given;
    const leases = record(given, bus.holdLease('duel', 'A'));
    await until('it leads', () => leases.length === 1);
    process.kill(server.pid, 'SIGSTOP');
    const since = performance.now();
    await until('it stops', () => leases.length === 2, LEASE_MS + BEYOND_MS);
    assert.ok(performance.now() - since < LEASE_MS);
    process.kill(server.pid, 'SIGCONT');
    await until('it leads anew', () => leases.length === 3);
    const [before, lost, after] = leases;
    assert.is(lost, null);
    assert.ok((after?.epoch ?? 0) > (before?.epoch ?? 0));
  },
  {},
);

test.run();
