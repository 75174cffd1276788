/** Who may not come in any more does not come back either, neither from a match that is cancelled nor from an offer. */
import * as assert from 'uvu/assert';
import type { Command } from '../../../bus/admin.ts';
import type { DeclineRules, VoidRules } from '../../../bus/conduct.ts';
import { claiming, waits } from './instants.ts';
import { actorOf, entering, JOIN_MS, kindsOf, ofKind, QUEUE, type Scenario, type Scene, settling } from './scene.ts';

const MINUTE_MS = 60_000;
const BAR: Command = { kind: 'bar', player: 'joe', until: null, reason: 'a "cheat"' };
const VOIDS: VoidRules = { max: 1000, nodeMax: 0, windowMs: 60 * MINUTE_MS, barMs: MINUTE_MS };
const DECLINES: DeclineRules = { restMs: MINUTE_MS, growth: 1, mostMs: MINUTE_MS, fadeMs: MINUTE_MS };

/** The server A, on which Joe is, takes nobody in any more, and why it says that it does not. */
const CLOSINGS: readonly (readonly [how: string, why: string, close: (scene: Scene) => Promise<unknown>])[] = [
  [
    'drained',
    'the server is drained: an "update"',
    (scene) => scene.command({ kind: 'drain', node: 'A', reason: 'an "update"' }),
  ],
  [
    'blocked for a reason as long as it may be',
    'the server is blocked',
    (scene) => scene.command({ kind: 'block', node: 'A', reason: 'x'.repeat(1024) }),
  ],
  [
    'barred for a while',
    'the server is barred: more than 0 matches without a result within 1 h',
    async (scene) => {
      await scene.enter('zoe');
      await scene.enter('zack', { node: 'C' });
      await scene.pair('zoe', 'zack', { matchId: 'void', challengeRoom: 'void' });
      await scene.reach('teams', 'void');
      const step = { to: 'void', reason: 'ValidationError', detail: '', against: 0, idleSince: null } as const;
      await scene.step(step, { matchId: 'void', voids: VOIDS });
    },
  ],
];
const bar = (scene: Scene): Promise<unknown> => scene.command(BAR);

/** Joe's match is cancelled, for its opponent did not come: what Joe is told, and who is back in the queue. */
async function cancelled(scene: Scene): Promise<unknown> {
  const room = await scene.hear(scene.bus.rooms.waiting('joe'));
  const jaeger = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
  await scene.advance(JOIN_MS + 1);
  const { back } = await scene.step({ to: 'cancelled', failed: [1], late: true });
  const ids = back.map(({ ticket }) => ticket);
  assert.equal((await scene.snapshot()).tickets, back);
  const entered = ofKind(jaeger, 'ENTERED').map(({ entry }) => entry.ticket);
  assert.equal(entered, ids, 'and the leader is told of nobody else');
  return { back: ids, told: room.map((said) => [said.kind, 'back' in said && said.back, 'reason' in said && said.reason]) };
}

const withdrawn = (reason: string): unknown => ({ back: ['jeff'], told: [['CANCELLED', false, reason]] });

export function returns(scenario: Scenario): void {
  ofMatches(scenario);
  ofInstants(scenario);
  ofOffers(scenario);
}

function ofMatches(scenario: Scenario): void {
  scenario('who is barred while its match begins is withdrawn when that is cancelled, and told why', async (scene) => {
    const { bus } = scene;
    await scene.open();
    await bar(scene);
    assert.equal(await cancelled(scene), withdrawn('a "cheat"'));
    assert.equal(await scene.ask(bus.standing('joe')), { at: 'gone', reason: 'a "cheat"' });
    assert.is((await scene.ask(bus.player('joe'))).presence, null);
    await scene.command({ kind: 'allow', player: 'joe' }, 'c2');
    assert.equal(await scene.ask(bus.enter(entering('joe'))), { refused: 'removed' });
    await scene.enter('joe', { ticket: 'joe-2' });
  });

  scenario('of a party all are withdrawn, where one of them is barred', async (scene) => {
    await scene.open({}, [{ ticket: 'joe', actor: actorOf('team', ['bob', 'joe']) }]);
    await bar(scene);
    assert.equal(await cancelled(scene), withdrawn('a "cheat"'));
    for (const id of ['team', 'bob']) await scene.enter(id);
  });

  scenario('who is allowed again by then, or whose bar is over, comes back', async (scene) => {
    await scene.open();
    const { at } = await scene.submit(BAR, 'c0');
    await scene.command({ ...BAR, until: at + JOIN_MS } as Command, 'c1');
    const told = ['CANCELLED', true, 'the opponent did not come'];
    assert.equal(await cancelled(scene), { back: ['joe', 'jeff'], told: [told] });
  });

  scenario('who left is told that, also if it is barred', async (scene) => {
    await scene.open();
    assert.is(await scene.ask(scene.bus.leave('A', 'joe')), 'joining');
    await bar(scene);
    assert.equal(await cancelled(scene), withdrawn('removed'));
  });

  scenario('who came in before it was known that it has to rest does not come back while it rests', async (scene) => {
    const { bus } = scene;
    await scene.enter('joe', { ticket: 'joe-0' });
    await scene.enter('bob', { node: 'B' });
    await scene.offer('joe-0', 'bob', { offerId: 'left' });
    assert.is(await scene.ask(bus.leave('A', 'joe-0')), 'offered');
    await scene.open();
    const request = settling({ offerId: 'left', outcome: 'headFailed', matchId: 'none', declines: DECLINES });
    assert.equal(await scene.ask(bus.settle(await scene.fence(), request)), { settled: null });
    assert.is(await scene.ask(bus.leave('B', 'bob')), 'queued');
    assert.equal(await cancelled(scene), withdrawn('offers were declined or not answered'));
  });

  for (const [how, why, close] of CLOSINGS)
    scenario(`who is on a server that is ${how} meanwhile is withdrawn`, async (scene) => {
      await scene.open();
      await close(scene);
      assert.equal(await cancelled(scene), withdrawn(why));
    });
}

function ofInstants(scenario: Scenario): void {
  for (const [how, why, close] of [['', 'a "cheat"', bar] as const, ...CLOSINGS.slice(0, 2)])
    scenario(
      `a user who is barred${how && ` or on a server that is ${how}`} while its session begins waits no more`,
      async (scene) => {
        const { bus } = scene;
        await waits(scene, 'joe');
        await waits(scene, 'jeff', { node: 'B' });
        assert.ok('session' in (await scene.ask(bus.instantMatch(claiming('joe', 'jeff')))));
        await close(scene);
        const room = await scene.hear(bus.rooms.instant('secret-joe'));
        const list = await scene.hear(bus.rooms.instantWaitlist(QUEUE));
        await scene.advance(JOIN_MS + 1);
        await scene.step({ to: 'cancelled', failed: [1], late: true });
        assert.equal(
          ofKind(room, 'CANCELLED').map(({ back, reason }) => [back, reason]),
          [[false, why]],
        );
        assert.equal(list, [], 'and is not made known');
        assert.equal(await scene.ask(bus.renewInstantMatch('joe', 'A', 'boot-1')), { at: 'gone', reason: why });
        assert.is((await scene.ask(bus.player('joe'))).presence, null);
      },
    );
}

function ofOffers(scenario: Scenario): void {
  for (const [how, why, close] of CLOSINGS) {
    const gone = async (scene: Scene, ask: () => Promise<unknown>): Promise<void> => {
      const room = await scene.hear(scene.bus.rooms.waiting('joe'));
      const jaeger = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
      await ask();
      assert.equal(
        ofKind(room, 'WITHDRAWN').map(({ reason }) => reason),
        [why],
      );
      assert.equal(kindsOf(room), ['WITHDRAWN']);
      assert.equal(
        ofKind(jaeger, 'LEFT').map(({ ticket }) => ticket),
        ['joe'],
        'the leader is told',
      );
      assert.equal(await scene.ask(scene.bus.standing('joe')), { at: 'gone', reason: why });
    };

    scenario(`a candidate does not go back to a server that is ${how}`, async (scene) => {
      const { bus } = scene;
      await scene.enter('joe');
      await scene.enter('jeff', { node: 'B' });
      await scene.offer('jeff', 'joe', { offerId: 'one' });
      await close(scene);
      await scene.reply('one', { jeff: 'declined' });
      const fence = await scene.fence();
      await gone(scene, () => scene.ask(bus.settle(fence, settling({ offerId: 'one', outcome: 'headFailed' }))));
    });

    scenario(`a locked head does not go back to a server that is ${how}`, async (scene) => {
      const { bus } = scene;
      await scene.enter('joe');
      await scene.enter('jeff', { node: 'B' });
      await scene.offer('joe', 'jeff', { offerId: 'one' });
      await scene.reply('one', { jeff: 'declined' });
      const fence = await scene.fence();
      await scene.ask(bus.settle(fence, settling({ offerId: 'one', outcome: 'candidateFailed' })));
      await close(scene);
      await gone(scene, () => scene.ask(bus.release(fence, 'joe')));
    });
  }

  scenario('who has to rest by now does not go back when the other one declines', async (scene) => {
    const { bus } = scene;
    await scene.enter('joe', { ticket: 'joe-0' });
    await scene.enter('bob', { node: 'B' });
    await scene.offer('joe-0', 'bob', { offerId: 'left' });
    assert.is(await scene.ask(bus.leave('A', 'joe-0')), 'offered');
    await scene.enter('joe');
    await scene.enter('jeff', { node: 'B' });
    await scene.offer('jeff', 'joe', { offerId: 'one' });
    const fence = await scene.fence();
    await scene.ask(bus.settle(fence, settling({ offerId: 'left', outcome: 'headFailed', declines: DECLINES })));
    await scene.reply('one', { jeff: 'declined' });
    const room = await scene.hear(bus.rooms.waiting('joe'));
    await scene.ask(bus.settle(fence, settling({ offerId: 'one', outcome: 'headFailed' })));
    assert.equal(
      ofKind(room, 'WITHDRAWN').map(({ reason }) => reason),
      ['offers were declined or not answered'],
    );
  });
}
