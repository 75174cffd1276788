/** Redis under Sentinels: the master is killed or made a replica, and everything goes on with its successor. Real time. */
import { endWith, firstValueFrom, type Observable } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Heard, Lease, Reach } from '../../../bus/bus.ts';
import { ask, pause, until } from '../../../scripts/redis.ts';
import { type SentinelSet, startSentinels } from '../../../scripts/sentinels.ts';
import { SEED } from '../../seed.ts';
import { entering } from '../conformance/scene.ts';
import { busAt, listenings, outcome, persist } from './chaos.ts';

const test = suite(`the Redis bus under Sentinels (JAEGER_SEED=${SEED})`);
/** Until it is noticed, agreed on, and done. */
const FAILOVER_MS = 30_000;

const scenario = (name: string, run: (given: SentinelSet, ends: (end: () => unknown) => void) => Promise<void>): void =>
  test(name, async () => {
    const ends: (() => unknown)[] = [];
    const given = await startSentinels(['--appendonly', 'yes']);
    try {
      await run(given, (end) => ends.push(end));
    } finally {
      for (const end of ends.reverse()) await end();
      await given.stop();
    }
  });

for (const [name, fail] of [
  ['killed', async ({ master }: SentinelSet) => void process.kill(master.pid, 'SIGKILL')],
  [
    'succeeded at the owner’s word, and is a replica that takes no writes',
    async ({ sentinels, name: called }: SentinelSet) => {
      assert.match((await ask(sentinels[0]?.port ?? 0, `SENTINEL FAILOVER ${called}`)) ?? '', 'OK');
    },
  ],
] as const)
  scenario(
    `the master is ${name}: everybody is there, rooms are heard, somebody leads, it is said once`,
    async (given, ends) => {
      const { sentinels, name: called, master, masterPort } = given;
      const bus = busAt({ sentinels: sentinels.map(({ host, port }) => ({ host, port })), name: called }, 'sentinels');
      ends(() => bus.close());
      const heard: Heard[] = [];
      const leases: (Lease | null)[] = [];
      const reach: Reach[] = [];
      const warnings: string[] = [];
      const watching = [
        bus.hear(bus.rooms.waiting('x')).subscribe((one) => heard.push(one)),
        bus.holdLease('duel', 'A').subscribe((lease) => leases.push(lease)),
        bus.reach$.subscribe((one) => reach.push(one)),
        bus.warnings$.subscribe((line) => warnings.push(line)),
      ];
      for (const watch of watching) ends(() => watch.unsubscribe());
      await until('leading and listening', () => leases.length === 1 && heard.length === 1);
      await until('it is warned', () => warnings.length > 0);
      assert.match(warnings.join(), /min-replicas-to-write is 0/);
      assert.is(warnings.length, 1);

      const names = Array.from({ length: 20 }, (_, index) => `p${index}`);
      for (const id of names) assert.ok('entered' in (await firstValueFrom(bus.enter(entering(id)))));
      await until('the replicas have it', async () => /:2/.test((await ask(master.port, 'SET last x\r\nWAIT 2 1000')) ?? ''));
      await fail(given);
      await until('another is the master', async () => (await masterPort()) !== master.port, FAILOVER_MS);
      const { answer } = await persist(bus.enter(entering('late')));
      assert.ok('entered' in answer);
      const { answer: snapshot } = await persist(bus.snapshot('duel'));
      assert.equal(snapshot.tickets.map(({ ticket }) => ticket).sort(), [...names, 'late'].sort());
      await until('listening again', () => listenings(heard) === 2, FAILOVER_MS);
      await until(
        'somebody leads whose writes are taken',
        async () => {
          const lease = leases.at(-1);
          return lease !== null && lease !== undefined && (await outcome(bus.release(lease, 'nobody'))) === 'done';
        },
        FAILOVER_MS,
      );
      await until('a message', async () => {
        await outcome(bus.say(bus.rooms.waiting('x'), { v: 1, kind: 'GONE', ask: 'a', ticket: 't' }).pipe(endWith('said')));
        return heard.some(({ listening }) => !listening);
      });
      await until('it is in reach', () => reach.at(-1)?.reachable === true);
      const changes = reach.map(({ reachable }) => reachable);
      assert.ok(changes.length === 1 || changes.length === 3, `${changes}`);
    },
  );

scenario('an offer is heard when a replica has it, and not before', async (given, ends) => {
  const { sentinels, name: called, replicas } = given;
  const target = { sentinels: sentinels.map(({ host, port }) => ({ host, port })), name: called };
  const [bus, other] = [busAt(target, 'wait'), busAt(target, 'wait')];
  ends(() => Promise.all([bus.close(), other.close()]));
  const heard: Heard[] = [];
  const leases: (Lease | null)[] = [];
  const reach: Reach[] = [];
  for (const watch of [
    bus.reach$.subscribe((one) => reach.push(one)),
    other.hear(other.rooms.waiting('joe')).subscribe((one) => heard.push(one)),
    bus.holdLease('duel', 'A').subscribe((lease) => leases.push(lease)),
  ])
    ends(() => watch.unsubscribe());
  await until('leading and listening', () => leases.length === 1 && heard.length === 1);
  for (const id of ['joe', 'jeff', 'bob', 'janet']) await persist(bus.enter(entering(id)));
  const offer = (offerId: string, head: string, candidate: string) =>
    persist(bus.offer(leases[0] as Lease, { offerId, head, candidate, windowMs: 20_000 }));
  for (const { pid } of replicas) process.kill(pid, 'SIGSTOP');
  try {
    assert.ok('offer' in (await offer('o', 'joe', 'jeff')).answer);
    await pause(1500);
    assert.is(heard.length, 1, 'no replica has it');
    await until('it is said', () => reach.length === 2);
    assert.match(JSON.stringify(reach[1]), /no replica has it yet/);
  } finally {
    for (const { pid } of replicas) process.kill(pid, 'SIGCONT');
  }
  await until('the offer', () => heard.length === 2);
  const [, last] = heard;
  assert.ok(last && !last.listening && last.message.kind === 'OFFER' && last.message.offerId === 'o');
  await until('it is in reach', () => reach.length === 3);
  assert.is(heard.length, 2, 'once');
  // Whoever wrote dies before it is announced: the next one announces it.
  const also: Heard[] = [];
  const watch = other.hear(other.rooms.waiting('bob')).subscribe((one) => also.push(one));
  ends(() => watch.unsubscribe());
  await until('listening', () => also.length === 1);
  for (const { pid } of replicas) process.kill(pid, 'SIGSTOP');
  try {
    await offer('p', 'bob', 'janet');
    await bus.close();
  } finally {
    for (const { pid } of replicas) process.kill(pid, 'SIGCONT');
  }
  await persist(other.enter(entering('late')));
  await until('the other offer', () => also.length === 2);
});

scenario('what is looked up is answered when a replica has it, and not before', async (given, ends) => {
  const { sentinels, name: called, replicas } = given;
  const bus = busAt({ sentinels: sentinels.map(({ host, port }) => ({ host, port })), name: called }, 'looks');
  ends(() => bus.close());
  await persist(bus.enter(entering('joe')));
  const looks: readonly Observable<unknown>[] = [
    bus.standing('joe'),
    bus.log('none', 1, 1),
    bus.seats('A', 'duel', 'boot', 'open', 1),
  ];
  const answers = (): Promise<string[]> =>
    Promise.all(looks.map(async (look$) => `${((await outcome(look$)) as { message?: string })?.message ?? 'answered'}`));
  for (const { pid } of replicas) process.kill(pid, 'SIGSTOP');
  try {
    await persist(bus.enter(entering('jeff')));
    for (const answer of await answers()) assert.match(answer, /no replica has it yet/);
  } finally {
    for (const { pid } of replicas) process.kill(pid, 'SIGCONT');
  }
  await until('they are answered', async () => (await answers()).every((answer) => answer === 'answered'));
});

test.run();
