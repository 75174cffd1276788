/** Matches without a result and declined offers: who is kept out for a while, and who is not. */
import * as assert from 'uvu/assert';
import type { DeclineRules, VoidRules } from '../../../bus/conduct.ts';
import { PROTOCOL_VERSION } from '../../../bus/messages.ts';
import type { Step } from '../../../bus/records.ts';
import { BOOT, waits } from './instants.ts';
import { entering, MATCH, OFFER_MS, ofKind, type Scenario, type Scene, settling } from './scene.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const OF_PLAYERS: VoidRules = { max: 2, nodeMax: 1000, windowMs: HOUR_MS, barMs: MINUTE_MS };
const OF_NODES: VoidRules = { ...OF_PLAYERS, max: 1000, nodeMax: 3 };
const DECLINES: DeclineRules = { restMs: 1000, growth: 2, mostMs: 5000, fadeMs: MINUTE_MS };
const WHY = 'more than 2 matches without a result within 1 h';

type Blame = Extract<Step, { to: 'void' }>;
const blame = (against: 0 | 1 | null, more: Partial<Blame> = {}): Blame => ({
  ...{ to: 'void', reason: 'ValidationError', detail: 'a bug', against, idleSince: null },
  ...more,
});

/** A match of Joe, node A, against this one, node B, ends without a result. */
async function voided(
  scene: Scene,
  number: number,
  step: Blame,
  { other = 'jeff', ratedSameNode = true, node = 'B', rules = OF_PLAYERS } = {},
) {
  const ticket = (id: string) => `${id}-${number}`;
  await scene.enter('joe', { ticket: ticket('joe') });
  await scene.enter(other, { ticket: ticket(other), node });
  const matchId = `${MATCH}-${number}`;
  await scene.pair(ticket('joe'), ticket(other), { matchId, challengeRoom: matchId, ratedSameNode });
  await scene.reach('teams', matchId);
  await scene.step(step, { matchId, voids: rules });
}

async function enters(scene: Scene, id: string, node = 'A'): Promise<unknown> {
  const ticket = `try-${id}`;
  const answer = await scene.ask(scene.bus.enter(entering(id, { ticket, node })));
  if ('refused' in answer) return answer.refused === 'barred' ? answer.bars : answer;
  // As if it had never been asked, but for its tombstone.
  await scene.ask(scene.bus.leave(node, ticket));
  await scene.advance(10 * MINUTE_MS + 1);
  return 'enters';
}

export function conduct(scenario: Scenario): void {
  players(scenario);
  nodes(scenario);
  declines(scenario);
}

function players(scenario: Scenario): void {
  scenario('who is to blame for more voids than the most is barred for a while, the other one is not', async (scene) => {
    const { bus } = scene;
    for (const number of [1, 2]) await voided(scene, number, blame(0));
    assert.is((await scene.ask(bus.player('joe'))).bar, null, 'so many are allowed');
    await voided(scene, 3, blame(0));
    const until = (await scene.ask(bus.clock())) + MINUTE_MS;
    const bar = { player: 'joe', until, reason: WHY };
    assert.equal(await enters(scene, 'joe'), [bar]);
    assert.equal((await scene.ask(bus.player('joe'))).bar, bar);
    const [incident] = await scene.ask(bus.incidents(null, 10)).then((all) => all.filter(({ kind }) => kind === 'Barred'));
    assert.equal(
      [incident?.detail, incident?.actors, incident?.nodes, incident?.matchId, incident?.stage],
      [`joe: ${WHY}`, ['joe'], ['A'], `${MATCH}-3`, 'teams'],
    );
    await scene.advance(MINUTE_MS - 1);
    assert.equal(await enters(scene, 'joe'), [bar]);
    await scene.advance(1);
    assert.is(await enters(scene, 'joe'), 'enters');
    await voided(scene, 4, blame(0));
    assert.is(await enters(scene, 'joe'), 'enters', 'counted anew');
    assert.is(await enters(scene, 'jeff', 'B'), 'enters');
  });

  scenario('where nobody is to blame both are counted, with the same opponent once', async (scene) => {
    for (const number of [1, 2, 3, 4]) await voided(scene, number, blame(null));
    assert.equal([await enters(scene, 'joe'), await enters(scene, 'jeff', 'B')], ['enters', 'enters']);
    await voided(scene, 5, blame(null), { other: 'bob' });
    await voided(scene, 6, blame(null), { other: 'janet' });
    assert.is(((await enters(scene, 'joe')) as { player: string }[])[0]?.player, 'joe');
    for (const id of ['jeff', 'bob', 'janet']) assert.is(await enters(scene, id, 'B'), 'enters');
  });

  for (const [ms, counts] of [
    [HOUR_MS - 1, true],
    [HOUR_MS, false],
  ] as const)
    scenario(`a void of ${ms} ms ago ${counts ? 'counts' : 'does not count any more'}`, async (scene) => {
      for (const number of [1, 2]) await voided(scene, number, blame(0));
      await scene.advance(ms);
      await voided(scene, 3, blame(0));
      assert.is((await enters(scene, 'joe')) !== 'enters', counts);
    });

  scenario('no void of a match that changes no Elo counts, nor one for which the bus is to blame', async (scene) => {
    for (const number of [1, 2, 3]) await voided(scene, number, blame(null), { ratedSameNode: false, node: 'A' });
    for (const number of [4, 5, 6]) await voided(scene, number, blame(0, { reason: 'StoreLost' }));
    assert.is(await enters(scene, 'joe'), 'enters');
  });

  scenario('whom the owner allows is barred no more, and what it did is forgotten', async (scene) => {
    for (const number of [1, 2, 3]) await voided(scene, number, blame(0));
    assert.is((await scene.command({ kind: 'allow', player: 'joe' }, 'c1')).outcome, 'done');
    assert.is(await enters(scene, 'joe'), 'enters');
    assert.is((await scene.command({ kind: 'allow', player: 'joe' }, 'c2')).says, 'not barred');
  });
}

function nodes(scenario: Scenario): void {
  const other = (number: number) => ({ other: `player${number}`, rules: OF_NODES });
  scenario('a node with too many voids takes nobody in for a while; the owner may unblock it', async (scene) => {
    const { bus } = scene;
    for (const number of [1, 2, 3, 4]) await voided(scene, number, blame(1), other(number));
    const until = (await scene.ask(bus.clock())) + MINUTE_MS;
    const reason = 'more than 3 matches without a result within 1 h';
    const closed = { node: 'B', how: 'barred', reason, until };
    assert.equal(await scene.ask(bus.closed()), [closed]);
    assert.equal(await enters(scene, 'zoe', 'B'), { refused: 'closed', closed });
    assert.is(await enters(scene, 'joe'), 'enters');
    assert.equal(await scene.ask(bus.closed()), [], 'it has ended');
    assert.is(await enters(scene, 'zoe', 'B'), 'enters');
    for (const number of [5, 6, 7, 8]) await voided(scene, number, blame(1), other(number));
    assert.is((await scene.command({ kind: 'unblock', node: 'B' }, 'c1')).outcome, 'done');
    assert.is(await enters(scene, 'zoe', 'B'), 'enters');
    const incidents = await scene.ask(bus.incidents(null, 20));
    assert.equal(
      incidents.filter(({ kind }) => kind === 'Barred').map(({ detail, actors, nodes: of }) => [detail, actors, of]),
      Array.from({ length: 2 }, () => [`B: ${reason}`, [], ['B']]),
    );
  });

  scenario(
    'who waits for an instant match on a node that is barred is let go; once it is not, others wait there',
    async (scene) => {
      const { bus } = scene;
      await waits(scene, 'zoe', { node: 'B' });
      await waits(scene, 'ann');
      for (const number of [1, 2, 3, 4]) await voided(scene, number, blame(1), other(number));
      const gone = { at: 'gone', reason: 'the server is barred: more than 3 matches without a result within 1 h' };
      assert.equal(await scene.ask(bus.rebroadcastInstantMatch('zoe', 'B', BOOT)), gone);
      assert.is((await scene.ask(bus.player('zoe'))).presence, null);
      assert.equal(await scene.ask(bus.renewInstantMatch('ann', 'A', BOOT)), { at: 'list' });
      await scene.advance(MINUTE_MS);
      await waits(scene, 'zoe', { node: 'B', ticket: 'again' });
      assert.equal(await scene.ask(bus.renewInstantMatch('again', 'B', BOOT)), { at: 'list' });
    },
  );

  scenario(
    'a node is counted once for the same other node where nobody is to blame, and once for falling silent',
    async (scene) => {
      const silent = blame(1, { reason: 'TimeoutError', silent: { sides: [1], forMs: 0 } });
      for (const number of [1, 2, 3, 4]) await voided(scene, number, blame(null), other(number));
      for (const number of [5, 6, 7, 8]) await voided(scene, number, silent, other(number));
      assert.equal(await scene.ask(scene.bus.closed()), []);
      await voided(scene, 9, blame(1), other(9));
      await voided(scene, 10, blame(1), other(10));
      assert.equal(
        (await scene.ask(scene.bus.closed())).map(({ node }) => node),
        ['B'],
      );
    },
  );
}

function declines(scenario: Scenario): void {
  let offers = 0;
  /** Joe is offered Jeff and does this; both are out of the queue then. */
  async function fails(scene: Scene, how: 'declines' | 'is silent' | 'leaves', rules: DeclineRules | null = DECLINES) {
    const { bus } = scene;
    const number = ++offers;
    const [joe, jeff, offerId] = [`joe-${number}`, `jeff-${number}`, `o-${number}`];
    await scene.enter('joe', { ticket: joe });
    await scene.enter('jeff', { ticket: jeff, node: 'B' });
    await scene.offer(jeff, joe, { offerId });
    await scene.reply(offerId, { [jeff]: 'confirmed' });
    if (how === 'declines') await scene.reply(offerId, { [joe]: 'declined' });
    if (how === 'leaves') assert.is(await scene.ask(bus.leave('A', joe)), 'offered');
    if (how === 'is silent') await scene.advance(OFFER_MS + 1);
    const request = settling({ offerId, outcome: 'candidateFailed', ...(rules ? { declines: rules } : {}) });
    assert.equal(await scene.ask(bus.settle(await scene.fence(), request)), { settled: null });
    assert.is(await scene.ask(bus.leave('B', jeff)), 'offered');
  }
  const restOf = async (scene: Scene, player: string): Promise<number> => {
    const { bar } = await scene.ask(scene.bus.player(player));
    return bar?.until ? bar.until - (await scene.ask(scene.bus.clock())) : 0;
  };

  for (const how of ['declines', 'is silent', 'leaves'] as const)
    scenario(`who ${how} rests, the other one does not`, async (scene) => {
      await fails(scene, how);
      const until = (await scene.ask(scene.bus.clock())) + 1000;
      const bar = { player: 'joe', until, reason: 'offers were declined or not answered' };
      assert.equal(await scene.ask(scene.bus.enter(entering('joe', { ticket: 'again' }))), { refused: 'barred', bars: [bar] });
      assert.is(await restOf(scene, 'jeff'), 0);
      await scene.advance(999);
      assert.is(await restOf(scene, 'joe'), 1);
      await scene.advance(1);
      assert.is(await restOf(scene, 'joe'), 0);
      await scene.enter('joe', { ticket: 'again' });
    });

  scenario(
    'who could not answer because its server is blocked is told that, and does not rest; who could does',
    async (scene) => {
      const { bus } = scene;
      await scene.enter('joe');
      await scene.enter('jeff', { node: 'B' });
      const heard = await scene.hear(bus.rooms.waiting('joe'));
      await scene.offer('jeff', 'joe', { offerId: 'o' });
      assert.is((await scene.command({ kind: 'block', node: 'A', reason: 'modified' }, 'c1')).outcome, 'done');
      assert.is(await scene.ask(bus.reply('o', 'joe', 'confirmed')), 'foreign');
      await scene.advance(OFFER_MS + 1);
      const request = settling({ offerId: 'o', outcome: 'bothFailed', declines: DECLINES });
      assert.equal(await scene.ask(bus.settle(await scene.fence(), request)), { settled: null });
      assert.equal(
        ofKind(heard, 'WITHDRAWN').map(({ reason }) => reason),
        ['the server is blocked: modified'],
      );
      assert.equal([await restOf(scene, 'joe'), await restOf(scene, 'jeff')], [0, 1000]);
    },
  );

  scenario('each rest is longer, up to the longest; with time they are forgotten one by one', async (scene) => {
    const rests: number[] = [];
    const next = async (waitMs: number): Promise<void> => {
      await scene.advance(waitMs);
      await fails(scene, 'declines');
      rests.push(await restOf(scene, 'joe'));
    };
    for (const waitMs of [0, 1000, 2000, 4000, 5000]) await next(waitMs);
    await next(2 * MINUTE_MS - 1);
    await next(2 * MINUTE_MS);
    await next(3 * MINUTE_MS);
    await next(60 * MINUTE_MS);
    assert.equal(rests, [1000, 2000, 4000, 5000, 5000, 5000, 5000, 2000, 1000]);
  });

  scenario('nobody rests where that is not asked for, or whose server was gone', async (scene) => {
    await fails(scene, 'declines', null);
    await fails(scene, 'declines', { ...DECLINES, restMs: 0 });
    assert.is(await restOf(scene, 'joe'), 0);
    const { bus } = scene;
    await scene.enter('joe');
    await scene.enter('jeff', { node: 'B' });
    await scene.offer('joe', 'jeff', { offerId: 'last' });
    await scene.ask(bus.arrive({ protocol: PROTOCOL_VERSION, node: 'A', boot: 'boot-1', since: null, silenceMs: 1000 }));
    await scene.ask(bus.goodbye('A', 'boot-1', false));
    const request = settling({ offerId: 'last', outcome: 'headFailed', declines: DECLINES });
    assert.equal(await scene.ask(bus.settle(await scene.fence(), request)), { settled: null });
    assert.is(await restOf(scene, 'joe'), 0);
  });

  scenario('whom the owner allows need not rest', async (scene) => {
    await fails(scene, 'declines');
    assert.is((await scene.command({ kind: 'allow', player: 'joe' })).outcome, 'done');
    assert.is(await restOf(scene, 'joe'), 0);
    await scene.enter('joe', { ticket: 'again' });
  });
}
