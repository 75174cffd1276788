/** What nodes say of themselves, and what becomes of the tickets of those that say nothing. */
import * as assert from 'uvu/assert';
import type { AliveRequest, Arrived, ArriveRequest, Departed } from '../../../bus/bus.ts';
import { PROTOCOL_VERSION, type Side } from '../../../bus/messages.ts';
import type { SignRecord, Step } from '../../../bus/records.ts';
import { tallyOf } from '../../../bus/tally.ts';
import { entering, kindsOf, ofKind, QUEUE, type Scenario, type Scene, STEPS, settling } from './scene.ts';

const SILENCE_MS = 60_000;
const arriving = (node: string, boot: string, since: number | null = null): ArriveRequest => ({
  ...{ protocol: PROTOCOL_VERSION, node, boot, since, silenceMs: SILENCE_MS },
});
const living = (node: string, boot: string, tickets: readonly string[] = []): AliveRequest => ({
  ...{ node, boot, queue: QUEUE, ruleset: 'rules-1', tally: tallyOf(tickets), silenceMs: SILENCE_MS },
});

async function arrive(scene: Scene, node: string, boot: string): Promise<Extract<Arrived, { since: unknown }>> {
  const arrived = await scene.ask(scene.bus.arrive(arriving(node, boot)));
  assert.ok('since' in arrived, JSON.stringify(arrived));
  return arrived;
}

async function signOf(scene: Scene, node: string): Promise<SignRecord | undefined> {
  return (await scene.ask(scene.bus.lastSigns())).find((sign) => sign.node === node);
}

export function nodes(scenario: Scenario): void {
  boots(scenario);
  signs(scenario);
  goodbyes(scenario);
  wipes(scenario);
  silences(scenario);
}

function boots(scenario: Scenario): void {
  scenario('a boot that begins is written down, and asked again it is the same', async (scene) => {
    const since = await scene.ask(scene.bus.clock());
    const fence = await scene.fence();
    assert.equal(await arrive(scene, 'A', 'one'), { since, generation: fence.generation, more: false });
    await scene.advance(500);
    assert.equal(await arrive(scene, 'A', 'one'), { since, generation: fence.generation, more: false });
    const rest = { gone: null, rival: null, skewMs: null, queues: {} };
    assert.equal(await signOf(scene, 'A'), { node: 'A', boot: 'one', at: since + 500, since, ...rest });
  });

  scenario(
    'a node of another version of the protocol is refused once the realm has a leader, and writes nothing',
    async (scene) => {
      const other = scene.bus.arrive({ ...arriving('A', 'one'), protocol: PROTOCOL_VERSION + 1 });
      assert.ok('since' in (await scene.ask(other)), 'nobody has said yet which one is spoken');
      await scene.fence();
      await scene.advance(1000);
      const before = await scene.ask(scene.bus.lastSigns());
      assert.equal(await scene.ask(other), { refused: 'protocol', spoken: PROTOCOL_VERSION });
      assert.equal(await scene.ask(scene.bus.lastSigns()), before);
      await arrive(scene, 'A', 'two');
    },
  );

  scenario('a new boot removes the tickets of the old one, in every queue, and no others', async (scene) => {
    await arrive(scene, 'A', 'one');
    await scene.enter('joe', { boot: 'one' });
    await scene.enter('bob', { boot: 'one', queue: 'other' });
    await scene.enter('jeff', { boot: 'b', node: 'B' });
    await scene.enter('ann', { boot: 'b', node: 'A:b' });
    const heard = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
    await scene.offer('joe', 'jeff');
    await arrive(scene, 'A', 'two');
    assert.equal(
      ofKind(heard, 'LEFT').map(({ ticket }) => ticket),
      ['joe'],
    );
    const { tickets, offers } = await scene.snapshot();
    assert.equal(tickets.map(({ ticket }) => ticket).sort(), ['ann', 'jeff']);
    assert.is(offers[0]?.headReply, 'removed');
    assert.equal((await scene.snapshot('other')).tickets, []);
    await scene.enter('joe', { ticket: 'joe-2', boot: 'two' });
    assert.equal(await scene.ask(scene.bus.enter(entering('joe', { boot: 'two' }))), { refused: 'removed' });
    await arrive(scene, 'A', 'two');
    assert.ok(await scene.ticket('joe-2'), 'its own ticket stays');
  });

  scenario('what an old boot still asks for is refused, until the new one has said goodbye', async (scene) => {
    await arrive(scene, 'A', 'one');
    await arrive(scene, 'A', 'two');
    const late = scene.bus.enter(entering('joe', { boot: 'one' }));
    assert.equal(await scene.ask(late), { refused: 'superseded', by: 'two' });
    assert.equal(await scene.ask(scene.bus.alive(living('A', 'one'))), { refused: 'superseded', by: 'two' });
    const again = scene.bus.arrive(arriving('A', 'one', 5));
    assert.equal(await scene.ask(again), { refused: 'superseded', by: 'two' });
    const told = await scene.ask(scene.bus.alive(living('A', 'two')));
    assert.is('rival' in told && told.rival, 'one');
    const next = await scene.ask(scene.bus.alive(living('A', 'two')));
    assert.is('rival' in next && next.rival, null, 'told once for each sign of the other one');
    await scene.ask(scene.bus.goodbye('A', 'two', false));
    assert.ok('tally' in (await scene.ask(scene.bus.alive(living('A', 'one')))));
    assert.ok('entered' in (await scene.ask(late)));
  });

  scenario('a boot that falls silent loses its name to an older one that lives on', async (scene) => {
    await arrive(scene, 'A', 'one');
    await arrive(scene, 'A', 'two');
    await scene.enter('joe', { boot: 'two' });
    await scene.advance(SILENCE_MS - 1);
    assert.ok('refused' in (await scene.ask(scene.bus.alive(living('A', 'one')))));
    await scene.advance(1);
    const arrived = await scene.ask(scene.bus.arrive(arriving('A', 'one', 7)));
    assert.is('since' in arrived && arrived.since, 7, 'it began when it says');
    assert.equal((await scene.snapshot()).tickets, []);
    assert.ok('tally' in (await scene.ask(scene.bus.alive(living('A', 'one')))));
  });
}

function signs(scenario: Scenario): void {
  scenario('a sign of life is written and told to the leader; the bus says what it holds', async (scene) => {
    const { since } = await arrive(scene, 'A', 'one');
    const { generation } = await scene.fence();
    const heard = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
    const tally = tallyOf(['x', 'y']);
    await scene.advance(1234);
    const lives = await scene.ask(scene.bus.alive(living('A', 'one', ['x', 'y'])));
    assert.equal(lives, { generation, tally: { count: 0, hash: '0' }, rival: null });
    assert.equal(await signOf(scene, 'A'), {
      ...{ node: 'A', boot: 'one', at: since + 1234, since, gone: null, rival: null, skewMs: null },
      queues: { [QUEUE]: { ruleset: 'rules-1', ...tally } },
    });
    assert.equal(heard, [{ v: 1, kind: 'ALIVE', node: 'A', boot: 'one', generation, ruleset: 'rules-1', ...tally }]);
    assert.equal(scene.faults, []);
  });

  scenario('a sign of life says how far its clock is from that of the bus, where it says what its clock is', async (scene) => {
    const skew = async () => (await signOf(scene, 'A'))?.skewMs;
    await arrive(scene, 'A', 'one');
    assert.is(await skew(), null);
    const now = await scene.ask(scene.bus.clock());
    for (const [ahead, said] of [
      [5000, 5000],
      [-70_000.4, -70_000],
    ] as const) {
      assert.ok('tally' in (await scene.ask(scene.bus.alive({ ...living('A', 'one'), clockMs: now + ahead }))));
      assert.is(await skew(), said);
    }
    await scene.ask(scene.bus.alive(living('A', 'one')));
    assert.is(await skew(), null);
  });

  scenario("the bus counts a boot's tickets in a queue through everything that moves them", async (scene) => {
    const held = async (): Promise<unknown> => {
      const lives = await scene.ask(scene.bus.alive(living('A', 'boot-1')));
      return 'tally' in lives && lives.tally;
    };
    for (const id of ['joe', 'bob', 'ann', 'eve']) await scene.enter(id);
    await scene.enter('jeff', { node: 'B' });
    await scene.enter('zoe', { queue: 'other' });
    assert.equal(await held(), tallyOf(['joe', 'bob', 'ann', 'eve']));
    await scene.enter('joe');
    await scene.ask(scene.bus.leave('A', 'bob'));
    assert.equal(await held(), tallyOf(['joe', 'ann', 'eve']));
    await scene.pair('joe', 'jeff');
    assert.equal(await held(), tallyOf(['ann', 'eve']));
    await scene.step({ to: 'cancelled', failed: [1], late: false });
    assert.equal(await held(), tallyOf(['joe', 'ann', 'eve']));
    const { offerId } = await scene.offer('ann', 'eve');
    await scene.reply(offerId, { eve: 'declined' });
    await scene.ask(scene.bus.settle(await scene.fence(), settling({ offerId, outcome: 'candidateFailed', matchId: 'm2' })));
    await scene.ask(scene.bus.release(await scene.fence(), 'ann'));
    assert.equal(await held(), tallyOf(['joe', 'ann']));
    await scene.ask(scene.bus.drop(await scene.fence(), 'joe', 'gone'));
    await scene.ask(scene.bus.leave('A', 'ann'));
    assert.equal(await held(), tallyOf([]));
  });
}

function goodbyes(scenario: Scenario): void {
  for (const rejoin of [false, true])
    scenario(
      `a goodbye ${rejoin ? 'until later ' : ''}removes the node's tickets at once and tells everybody`,
      async (scene) => {
        await arrive(scene, 'A', 'boot-1');
        await scene.enter('joe');
        await scene.enter('bob', { queue: 'other' });
        await scene.enter('jeff', { node: 'B' });
        const [told, left] = [await scene.hear(scene.bus.rooms.heartbeat), await scene.hear(scene.bus.rooms.jaeger(QUEUE))];
        const bye = scene.bus.goodbye('A', 'boot-1', rejoin);
        const { tickets, more } = await scene.ask(bye);
        assert.equal([[...tickets].sort(), more], [['bob', 'joe'], false]);
        assert.equal(told, [{ v: 1, kind: 'GOODBYE', node: 'A', boot: 'boot-1', rejoin }]);
        assert.equal(kindsOf(left), ['LEFT']);
        assert.is((await signOf(scene, 'A'))?.gone, rejoin ? 'rejoin' : 'gone');
        assert.equal(await scene.ask(bye), { tickets: [], more: false }, 'asked again');
        assert.is(told.length, 1);
        assert.is(await scene.ask(scene.bus.leave('A', 'joe')), 'queued', 'what it was removed from');
        assert.equal(await scene.ask(scene.bus.alive(living('A', 'boot-1'))), { refused: 'gone' });
        assert.ok(await scene.ticket('jeff'));
      },
    );

  scenario('a goodbye of a boot that was succeeded takes nothing from its successor', async (scene) => {
    await arrive(scene, 'A', 'one');
    await arrive(scene, 'A', 'two');
    await scene.enter('joe', { boot: 'two' });
    assert.equal(await scene.ask(scene.bus.goodbye('A', 'one', false)), { tickets: [], more: false });
    assert.ok(await scene.ticket('joe'));
    assert.is((await signOf(scene, 'A'))?.gone, null);
  });

  scenario('of many tickets a thousand go at once', async (scene) => {
    const ids = Array.from({ length: 1200 }, (_, index) => `p${String(index).padStart(4, '0')}`);
    await scene.askAll(ids.map((id) => scene.bus.enter(entering(id, { maxWaiting: 5000 }))));
    const first: Departed = await scene.ask(scene.bus.goodbye('A', 'boot-1', false));
    assert.equal([first.tickets.length, first.more], [1000, true]);
    const second: Departed = await scene.ask(scene.bus.goodbye('A', 'boot-1', false));
    assert.equal([second.tickets.length, second.more], [200, false]);
    assert.equal([...first.tickets, ...second.tickets], ids);
  });
}

function wipes(scenario: Scenario): void {
  scenario('a silent node loses its tickets in the queue of the leader who asked', async (scene) => {
    const { since } = await arrive(scene, 'A', 'boot-1');
    await scene.enter('joe');
    await scene.enter('zoe', { queue: 'other' });
    await scene.enter('jeff', { node: 'B' });
    await scene.offer('jeff', 'joe');
    const heard = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
    const fence = await scene.fence();
    assert.equal(await scene.ask(scene.bus.wipe(fence, 'A', since)), { refused: 'alive' });
    assert.equal(await scene.ask(scene.bus.wipe(fence, 'A', since + 1)), { tickets: ['joe'], more: false });
    assert.equal(kindsOf(heard), ['LEFT']);
    const { tickets, offers } = await scene.snapshot();
    assert.equal(
      tickets.map(({ ticket }) => ticket),
      ['jeff'],
    );
    assert.is(offers[0]?.candidateReply, 'removed');
    assert.is((await scene.snapshot('other')).tickets.length, 1);
    assert.equal(await scene.ask(scene.bus.wipe(fence, 'A', since + 1)), { tickets: [], more: false }, 'asked again');
    assert.equal(await scene.ask(scene.bus.enter(entering('joe'))), { refused: 'removed' });
    await scene.enter('joe', { ticket: 'joe-2', node: 'B' });
  });

  scenario('a sign from before the clock was set back is no answer, and counts as given now, once', async (scene) => {
    await arrive(scene, 'A', 'boot-1');
    await scene.enter('joe');
    await scene.ask(scene.bus.alive(living('A', 'boot-1')));
    await scene.setBack(3_600_000);
    const fence = await scene.fence();
    const now = await scene.ask(scene.bus.clock());
    assert.equal(await scene.ask(scene.bus.wipe(fence, 'A', now)), { tickets: ['joe'], more: false });
    const sign = await signOf(scene, 'A');
    assert.equal([sign?.at, sign?.since], [now, now]);
    await scene.ask(scene.bus.alive(living('A', 'boot-1')));
    assert.equal(await scene.ask(scene.bus.wipe(fence, 'A', now)), { refused: 'alive' }, 'it lives after all');
  });

  scenario('a boot that fell silent before the clock was set back keeps its name no longer for that', async (scene) => {
    await arrive(scene, 'A', 'one');
    await arrive(scene, 'A', 'two');
    await scene.setBack(3_600_000);
    const again = scene.bus.arrive(arriving('A', 'one', 7));
    assert.equal(await scene.ask(again), { refused: 'superseded', by: 'two' });
    await scene.advance(SILENCE_MS - 1);
    assert.ok('refused' in (await scene.ask(scene.bus.alive(living('A', 'one')))));
    await scene.advance(1);
    assert.ok('since' in (await scene.ask(again)));
  });

  scenario('who speaks at the last moment is not wiped; who never spoke or is gone is', async (scene) => {
    const { since } = await arrive(scene, 'A', 'boot-1');
    await scene.enter('joe');
    await scene.enter('jeff', { node: 'B' });
    await scene.enter('ann', { node: 'C' });
    await scene.advance(100);
    const fence = await scene.fence();
    await scene.ask(scene.bus.alive(living('A', 'boot-1')));
    assert.equal(await scene.ask(scene.bus.wipe(fence, 'A', since + 100)), { refused: 'alive' });
    assert.equal(await scene.ask(scene.bus.wipe(fence, 'B', 0)), { tickets: ['jeff'], more: false });
    assert.equal((await scene.snapshot()).tickets.map(({ ticket }) => ticket).sort(), ['ann', 'joe']);
    await scene.ask(scene.bus.goodbye('C', 'boot-1', false));
    assert.equal(await scene.ask(scene.bus.wipe(fence, 'C', 0)), { tickets: [], more: false });
  });
}

function silences(scenario: Scenario): void {
  const silentVoid = (sides: readonly Side[], forMs = SILENCE_MS): Step => ({
    ...{ to: 'void' as const, reason: 'TimeoutError' as const, detail: 'no sign of life', against: null, idleSince: null },
    silent: { sides, forMs },
  });

  for (const stage of ['teams', 'battle'] as const)
    scenario(`a match in ${stage} is closed when a server was silent for so long, and not a moment sooner`, async (scene) => {
      for (const node of ['A', 'B']) await arrive(scene, node, 'boot-1');
      await scene.at(stage);
      await scene.advance(SILENCE_MS - 1);
      await scene.ask(scene.bus.alive(living('A', 'boot-1')));
      assert.ok('refused' in (await scene.advancing(silentVoid([1]))), 'too early');
      await scene.advance(1);
      assert.ok('refused' in (await scene.advancing(silentVoid([0]))), 'A lives');
      assert.ok('refused' in (await scene.advancing(silentVoid([0, 1]))), 'A lives');
      assert.is((await scene.step(silentVoid([1]))).match.stage, 'void');
    });

  scenario('a match is closed at once when a server has said goodbye, later when it means to be back', async (scene) => {
    for (const node of ['A', 'B']) await arrive(scene, node, 'boot-1');
    await scene.at('battle');
    await scene.ask(scene.bus.goodbye('B', 'boot-1', true));
    assert.ok('refused' in (await scene.advancing(silentVoid([1]))));
    await arrive(scene, 'B', 'boot-2');
    assert.ok('refused' in (await scene.advancing(silentVoid([1]))), 'it has just begun anew');
    await scene.ask(scene.bus.goodbye('A', 'boot-1', false));
    assert.is((await scene.step(silentVoid([0]))).match.stage, 'void');
  });

  scenario('nobody goes back to the queue on a server that began anew or is gone', async (scene) => {
    for (const node of ['A', 'B']) await arrive(scene, node, 'boot-1');
    await scene.open();
    await arrive(scene, 'A', 'boot-2');
    await scene.ask(scene.bus.goodbye('B', 'boot-1', true));
    assert.equal((await scene.step(STEPS.cancelled)).back, []);
    assert.equal((await scene.snapshot()).tickets, []);
  });
}
