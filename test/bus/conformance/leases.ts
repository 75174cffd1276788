/** Who may write as leader, and what a new leader finds. */
import type { Observable } from 'rxjs';
import * as assert from 'uvu/assert';
import type { Bus, Fence, Lease } from '../../../bus/bus.ts';
import type { Message } from '../../../bus/messages.ts';
import { fenceOf, MATCH, OFFER_MS, ofKind, QUEUE, type Scenario, type Scene, STEPS, settling, WINDOW_MS } from './scene.ts';

/** Every verb of the leader, with something to do for each. */
const VERBS: readonly (readonly [string, (bus: Bus, fence: Fence) => Observable<unknown>])[] = [
  ['offer', (bus, fence) => bus.offer(fence, { offerId: 'new', head: 'anna', candidate: 'boris', windowMs: OFFER_MS })],
  [
    'settle',
    (bus, fence) => bus.settle(fence, settling({ offerId: 'decided', matchId: 'match-2', challengeRoom: 'secret-2' })),
  ],
  ['release', (bus, fence) => bus.release(fence, 'emil')],
  ['drop', (bus, fence) => bus.drop(fence, 'gerda', 'gone')],
  ['wipe', (bus, fence) => bus.wipe(fence, 'A', 0)],
  [
    'advance',
    // The match's record has changed twice since it was opened: both joined.
    (bus, fence) =>
      bus.advance(fence, { matchId: MATCH, revision: 3, step: STEPS.teams, windowMs: WINDOW_MS, seed: 's', floor: 0 }),
  ],
];

const PLAYERS = ['anna', 'boris', 'cora', 'dirk', 'emil', 'frida', 'gerda'] as const;

/** A queue in which every verb of the leader would change something. */
async function busyQueue(scene: Scene): Promise<void> {
  const opened = await scene.open();
  await scene.ready(opened);
  for (const id of PLAYERS) await scene.enter(id);
  await scene.offer('cora', 'dirk', { offerId: 'decided' });
  await scene.reply('decided', { cora: 'confirmed', dirk: 'confirmed' });
  await scene.offer('emil', 'frida', { offerId: 'failed' });
  await scene.reply('failed', { frida: 'declined' });
  const settle = settling({ offerId: 'failed', outcome: 'candidateFailed' });
  await scene.ask(scene.bus.settle(await scene.fence(), { ...settle, matchId: 'match-3' }));
  assert.is((await scene.match()).revision, opened.revision + 2);
}

const everything = async (scene: Scene): Promise<unknown> => [
  await scene.snapshot(),
  await scene.match(),
  await scene.ask(scene.bus.match('match-2')),
  await scene.ask(scene.bus.log(MATCH, 1, 100)),
];

async function rooms(scene: Scene): Promise<Message[][]> {
  const names = [
    ...[...PLAYERS, 'joe', 'jeff'].map((ticket) => scene.bus.rooms.waiting(ticket)),
    ...[scene.bus.rooms.jaeger(QUEUE), scene.bus.rooms.challenge('secret-1')],
  ];
  const heard: Message[][] = [];
  for (const name of names) heard.push(await scene.hear(name));
  return heard;
}

/** Every verb of the leader under this fence is refused, and nothing is changed or said. */
async function fencedOff(scene: Scene, fence: Fence): Promise<void> {
  const before = await everything(scene);
  const heard = await rooms(scene);
  for (const [name, verb] of VERBS) {
    assert.equal(await scene.ask(verb(scene.bus, fence)), { refused: 'fenced' }, name);
    assert.equal(await everything(scene), before, name);
  }
  assert.equal(heard.flat(), []);
}

const epochsOf = (leases: readonly (Lease | null)[]): number[] => leases.map((lease) => lease?.epoch ?? Number.NaN);

export function leases(scenario: Scenario): void {
  elections(scenario);

  scenario('after the lease moved, every verb of the old leader is refused and changes nothing', async (scene) => {
    const old = scene.campaign();
    const next = scene.campaign(QUEUE, 'B');
    await scene.settle();
    const fence = fenceOf(old.leases);
    scene.leadWith(fence);
    await busyQueue(scene);
    old.stop();
    await scene.settle();
    await fencedOff(scene, fence);
    // The verbs had something to do: the new leader does it.
    for (const [name, verb] of VERBS) {
      const before = await everything(scene);
      const answer = await scene.ask(verb(scene.bus, fenceOf(next.leases)));
      assert.ok(answer === 'done' || !('refused' in (answer as object)), `${name}: ${JSON.stringify(answer)}`);
      assert.not.equal(await everything(scene), before, name);
    }
  });

  scenario('after the lease was given back, and nobody has it, every verb is refused', async (scene) => {
    const old = scene.campaign();
    await scene.settle();
    scene.leadWith(fenceOf(old.leases));
    await busyQueue(scene);
    old.stop();
    await scene.settle();
    await fencedOff(scene, fenceOf(old.leases));
  });

  for (const [name, other] of [
    ['an older epoch', (fence: Fence) => ({ ...fence, epoch: fence.epoch - 1 })],
    ['an epoch to come', (fence: Fence) => ({ ...fence, epoch: fence.epoch + 1 })],
    ['another generation', (fence: Fence) => ({ ...fence, generation: fence.generation + 1 })],
    ['a queue that nobody leads', (fence: Fence) => ({ ...fence, queue: 'other' })],
  ] as const)
    scenario(`every verb is refused under ${name}`, async (scene) => {
      await busyQueue(scene);
      await fencedOff(scene, other(await scene.fence()));
    });

  scenario('the leader of another queue changes nothing in this one', async (scene) => {
    await busyQueue(scene);
    const { leases: others } = scene.campaign('other');
    await scene.settle();
    const before = await everything(scene);
    const changing: string[] = [];
    for (const [name, verb] of VERBS) {
      await scene.ask(verb(scene.bus, fenceOf(others)));
      if (JSON.stringify(await everything(scene)) !== JSON.stringify(before)) changing.push(name);
    }
    assert.equal(changing, []);
  });

  snapshots(scenario);
}

function elections(scenario: Scenario): void {
  scenario('who campaigns alone gets the lease', async (scene) => {
    const before = await scene.ask(scene.bus.clock());
    const { leases: held } = scene.campaign();
    assert.equal(held, [], 'not while it is asked for');
    await scene.settle();
    const [lease] = held;
    assert.ok(lease);
    assert.is(lease.queue, QUEUE);
    assert.ok(Number.isSafeInteger(lease.generation) && lease.generation >= 1);
    assert.ok(
      Number.isSafeInteger(lease.epoch) && lease.epoch >= before,
      'epochs follow the clock, so that a lost one is no risk',
    );
    assert.ok(Number.isFinite(lease.offsetMs));
    await scene.advance(60_000);
    assert.is(held.length, 1, 'and keeps it');
  });

  scenario('a second one gets it when the first stops, with a higher epoch', async (scene) => {
    const first = scene.campaign(QUEUE, 'A');
    await scene.settle();
    const [second, third] = [scene.campaign(QUEUE, 'B'), scene.campaign(QUEUE, 'C')];
    await scene.advance(60_000);
    assert.equal([second.leases.filter(Boolean), third.leases.filter(Boolean)], [[], []]);
    first.stop();
    await scene.settle();
    const held = [second, third].filter((one) => one.leases.at(-1));
    assert.is(held.length, 1, 'one of the others');
    const [heir] = held;
    assert.ok(fenceOf(heir?.leases ?? []).epoch > fenceOf(first.leases).epoch);
    assert.is(first.leases.length, 1, 'who stopped hears nothing more');
  });

  scenario('who stops waiting for it does not get it', async (scene) => {
    const first = scene.campaign(QUEUE, 'A');
    const second = scene.campaign(QUEUE, 'B');
    const third = scene.campaign(QUEUE, 'C');
    await scene.settle();
    second.stop();
    await scene.settle();
    assert.is(first.leases.length, 1);
    assert.is(await scene.ask(scene.bus.release(fenceOf(first.leases), 'nobody')), 'done');
    first.stop();
    await scene.settle();
    assert.equal(second.leases.filter(Boolean), []);
    assert.is(third.leases.filter(Boolean).length, 1);
  });

  scenario('who campaigns again comes after who waits', async (scene) => {
    const first = scene.campaign(QUEUE, 'A');
    const second = scene.campaign(QUEUE, 'B');
    await scene.settle();
    first.stop();
    const again = scene.campaign(QUEUE, 'A');
    await scene.settle();
    assert.is(second.leases.filter(Boolean).length, 1);
    assert.equal(again.leases.filter(Boolean), []);
  });

  scenario('epochs grow with every holder, also within the same ms', async (scene) => {
    const epochs: number[] = [];
    for (let index = 0; index < 50; index++) {
      const { leases: held, stop } = scene.campaign();
      await scene.settle();
      epochs.push(...epochsOf(held));
      stop();
      if (index % 10 === 0) await scene.advance(7);
    }
    const line = Array.from({ length: 10 }, (_, index) => scene.campaign(QUEUE, `node ${index}`));
    for (const { stop, leases: held } of line) {
      await scene.settle();
      epochs.push(...epochsOf(held));
      stop();
    }
    assert.is(epochs.length, 60);
    for (const [index, epoch] of epochs.entries())
      if (index > 0) assert.ok(epoch > (epochs[index - 1] as number), epochs.join());
  });

  scenario('each queue has its own lease', async (scene) => {
    const [one, other] = [scene.campaign('one'), scene.campaign('other', 'B')];
    await scene.settle();
    assert.equal([fenceOf(one.leases).queue, fenceOf(other.leases).queue], ['one', 'other']);
    one.stop();
    await scene.settle();
    assert.is(other.leases.length, 1);
    assert.is(await scene.ask(scene.bus.release(fenceOf(other.leases), 'nobody')), 'done');
  });

  scenario('what the leader says carries its lease', async (scene) => {
    const old = scene.campaign();
    const next = scene.campaign(QUEUE, 'B');
    await scene.settle();
    for (const id of ['joe', 'jeff']) await scene.enter(id);
    old.stop();
    await scene.settle();
    const fence = fenceOf(next.leases);
    scene.leadWith(fence);
    const messages = await scene.hear(scene.bus.rooms.waiting('joe'));
    await scene.offer('joe', 'jeff');
    const [offer] = ofKind(messages, 'OFFER');
    assert.equal([offer?.queue, offer?.generation, offer?.epoch], [fence.queue, fence.generation, fence.epoch]);
  });
}

function snapshots(scenario: Scenario): void {
  scenario('an empty queue has an empty snapshot', async (scene) => {
    assert.equal(await scene.snapshot(), { revision: 0, tickets: [], offers: [], matches: [] });
  });

  scenario('a snapshot holds the tickets, offers and open matches of its queue alone', async (scene) => {
    await busyQueue(scene);
    await scene.enter('hanna', { queue: 'other' });
    const { tickets, offers, matches } = await scene.snapshot();
    assert.equal(tickets.map(({ ticket, state, offerId }) => [ticket, state, offerId]).sort(), [
      ['anna', 'waiting', null],
      ['boris', 'waiting', null],
      ['cora', 'locked', 'decided'],
      ['dirk', 'locked', 'decided'],
      ['emil', 'locked', null],
      ['gerda', 'waiting', null],
    ]);
    for (const ticket of tickets) assert.equal(ticket, await scene.ticket(ticket.ticket));
    assert.equal(
      offers.map(({ offerId, headReply, candidateReply }) => [offerId, headReply, candidateReply]),
      [['decided', 'confirmed', 'confirmed']],
    );
    assert.equal(matches, [await scene.match()]);
    const other = await scene.snapshot('other');
    assert.equal(
      [other.revision, other.tickets.map(({ ticket }) => ticket), other.offers, other.matches],
      [1, ['hanna'], [], []],
    );
  });

  scenario('the revision counts every message of a script without a gap, and the snapshot knows the newest', async (scene) => {
    const messages = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
    await busyQueue(scene);
    await scene.ask(scene.bus.leave('A', 'anna'));
    await scene.reach('closed');
    const revisions = messages.map((message) => ('revision' in message ? message.revision : Number.NaN));
    assert.ok(revisions.length > 20);
    assert.equal(
      revisions,
      revisions.map((_, index) => index + 1),
    );
    assert.is((await scene.snapshot()).revision, revisions.length);
  });

  scenario('a record that was read does not change when the bus goes on', async (scene) => {
    await scene.open();
    const [match, snapshot] = [await scene.match(), await scene.snapshot()];
    const copies = structuredClone([match, snapshot]);
    await scene.reach('closed');
    await scene.enter('bob');
    assert.equal([match, snapshot], copies);
  });
}
