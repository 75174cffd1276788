/** How an offer ends, and what becomes of both tickets. */
import * as assert from 'uvu/assert';
import type { Settled, SettleRequest } from '../../../bus/bus.ts';
import type { ReplyRecord } from '../../../bus/records.ts';
import type { Outcome } from '../../../matcher/index.ts';
import {
  entering,
  JOIN_MS,
  MATCH,
  NODES,
  OFFER_MS,
  QUEUE,
  type Scenario,
  type Scene,
  SECRET,
  SIDES,
  settling,
} from './scene.ts';

const REPLIES: readonly ReplyRecord[] = ['pending', 'confirmed', 'declined', 'removed'];
const OUTCOMES: readonly Outcome[] = ['match', 'headFailed', 'candidateFailed', 'bothFailed'];

async function give(scene: Scene, ticket: string, node: string, reply: ReplyRecord): Promise<void> {
  if (reply === 'removed') assert.is(await scene.ask(scene.bus.leave(node, ticket)), 'offered');
  else if (reply !== 'pending') await scene.reply('one', { [ticket]: reply });
}

/** Joe is offered Jeff, and they answer so. */
async function offered(scene: Scene, head: ReplyRecord, candidate: ReplyRecord, late = false): Promise<void> {
  await scene.enter('joe');
  await scene.enter('jeff', { node: 'B' });
  await scene.offer('joe', 'jeff', { offerId: 'one' });
  await give(scene, 'joe', 'A', head);
  await give(scene, 'jeff', 'B', candidate);
  if (late) await scene.advance(OFFER_MS + 1);
}

const settle = async (scene: Scene, outcome: Outcome, more: Partial<SettleRequest> = {}): Promise<Settled> =>
  scene.ask(scene.bus.settle(await scene.fence(), settling({ offerId: 'one', outcome, ...more })));

/** What is said to both waiting rooms, without what every message of the leader has. */
async function told(scene: Scene): Promise<() => unknown[][]> {
  const rooms = [await scene.hear(scene.bus.rooms.waiting('joe')), await scene.hear(scene.bus.rooms.waiting('jeff'))];
  const leader = { v: 1, ...(await scene.fence()) };
  return () =>
    rooms.map((messages) =>
      messages.map((message) => {
        for (const [key, value] of Object.entries(leader)) assert.is((message as unknown as typeof leader)[key as 'v'], value);
        return Object.fromEntries(Object.entries(message).filter(([key]) => !(key in leader)));
      }),
    );
}

const withdrawn = (ticket: string, reason: string) => [{ kind: 'WITHDRAWN', ticket, reason }];
const back = (ticket: string) => [{ kind: 'BACK', ticket, reason: 'the opponent did not confirm' }];

function outcomeOf(head: ReplyRecord, candidate: ReplyRecord, late: boolean): Outcome | undefined {
  const failed = (reply: ReplyRecord): boolean => reply === 'declined' || reply === 'removed' || (late && reply === 'pending');
  if (failed(head)) return failed(candidate) ? 'bothFailed' : 'headFailed';
  if (failed(candidate)) return 'candidateFailed';
  return head === 'confirmed' && candidate === 'confirmed' ? 'match' : undefined;
}

export function settlements(scenario: Scenario): void {
  matched(scenario);
  failed(scenario);
  released(scenario);

  for (const head of REPLIES)
    for (const candidate of REPLIES)
      for (const late of [false, true])
        scenario(
          `an offer ends as its replies say: ${head}, ${candidate}${late ? ', past the deadline' : ''}`,
          async (scene) => {
            await offered(scene, head, candidate, late);
            const rooms = await told(scene);
            const before = await scene.snapshot();
            const right = outcomeOf(head, candidate, late);
            for (const outcome of OUTCOMES.filter((one) => one !== right)) {
              assert.equal(await settle(scene, outcome), { refused: 'changed', offer: before.offers[0] }, outcome);
              assert.equal(await scene.snapshot(), before);
              assert.is(await scene.ask(scene.bus.match(MATCH)), null);
            }
            assert.equal(rooms(), [[], []]);
            if (right) assert.ok('settled' in (await settle(scene, right)), right);
          },
        );
}

function matched(scenario: Scenario): void {
  scenario('both confirmed: both leave the queue for their match, and are told', async (scene) => {
    await scene.enter('joe', { elo: 1050 });
    const joe = await scene.ticket('joe');
    await scene.advance(500);
    await scene.enter('jeff', { node: 'B', boot: 'boot-2' });
    const tickets = [joe, await scene.ticket('jeff')];
    await scene.offer('joe', 'jeff', { offerId: 'one' });
    await scene.reply('one', { joe: 'confirmed', jeff: 'confirmed' });
    const rooms = await told(scene);
    await scene.advance(3000);
    const now = await scene.ask(scene.bus.clock());
    const answer = await settle(scene, 'match');
    assert.ok('settled' in answer && answer.settled);
    const match = answer.settled;
    const { sides, ...rest } = match;
    assert.equal(rest, {
      matchId: MATCH,
      queue: QUEUE,
      challengeRoom: SECRET,
      stage: 'joining',
      revision: rest.revision,
      deadline: now + JOIN_MS,
      lastEntryAt: now,
      firstOverAt: null,
      rated: true,
      turns: 0,
    });
    const nothing = { joined: false, left: false, teamIn: false, valid: false, refusal: null, result: null, eloTaken: false };
    for (const side of SIDES) {
      const { ticket, actor, node, boot, ruleset, firstConsidered, games, missedJoins } = tickets[side] as (typeof tickets)[0];
      const kept = { ticket, actor, node, boot, ruleset, firstConsidered, games, missedJoins };
      assert.equal(sides[side], { ...kept, elo: actor.elo, ...nothing });
    }
    const success = (ticket: string, side: number) => [
      { kind: 'SUCCESS', ticket, matchId: MATCH, challengeRoom: SECRET, side, deadline: now + JOIN_MS },
    ];
    assert.equal(rooms(), [success('joe', 0), success('jeff', 1)]);
    assert.equal(await scene.match(), match);
    const { tickets: left, offers, matches } = await scene.snapshot();
    assert.equal([left, offers, matches], [[], [], [match]]);
    assert.equal(await scene.ask(scene.bus.log(MATCH, 1, 10)), []);
    assert.is(await scene.ask(scene.bus.reply('one', 'joe', 'confirmed')), 'foreign', 'the offer is over');
  });

  scenario('a match that is opened again is the same one', async (scene) => {
    const match = await scene.open();
    const rooms = await told(scene);
    await scene.ask(scene.bus.joined(MATCH, 0, 'A'));
    await scene.advance(100);
    const answer = await settle(scene, 'match', { offerId: 'joe-jeff' });
    assert.ok('settled' in answer && answer.settled);
    assert.equal([answer.settled.revision, answer.settled.deadline], [match.revision + 1, match.deadline]);
    assert.equal(rooms(), [[], []]);
  });

  scenario('no match comes of an offer that is not there', async (scene) => {
    await offered(scene, 'confirmed', 'confirmed');
    const before = await scene.snapshot();
    assert.equal(await settle(scene, 'match', { offerId: 'two' }), { refused: 'changed', offer: null });
    assert.equal(await scene.snapshot(), before);
  });

  for (const [ratedSameNode, node, rated] of [
    [true, 'A', true],
    [false, 'A', false],
    [false, 'B', true],
  ] as const)
    scenario(`joe of A against jeff of ${node}, ratedSameNode ${ratedSameNode}: rated ${rated}`, async (scene) => {
      assert.is((await scene.open({ ratedSameNode }, [{}, { node }])).rated, rated);
    });
}

function failed(scenario: Scenario): void {
  const reasons: { readonly [reply in ReplyRecord]?: string } = {
    pending: 'the offer was not answered in time',
    declined: 'the offer was declined',
  };
  for (const reply of ['pending', 'declined', 'removed'] as const) {
    const said = (ticket: string) => (reasons[reply] ? withdrawn(ticket, reasons[reply]) : []);
    const late = reply === 'pending';

    scenario(`the head's reply is ${reply}: it is withdrawn, the candidate goes back`, async (scene) => {
      await offered(scene, reply, 'confirmed', late);
      const rooms = await told(scene);
      const jeff = await scene.ticket('jeff');
      assert.equal(await settle(scene, 'headFailed'), { settled: null });
      assert.equal(rooms(), [said('joe'), back('jeff')]);
      assert.equal(await scene.ask(scene.bus.enter(entering('joe'))), { refused: 'removed' });
      await scene.enter('joe', { ticket: 'joe-2' });
      assert.equal(await scene.ticket('jeff'), { ...jeff, state: 'waiting', offerId: null, confirmed: false });
      assert.equal((await scene.snapshot()).offers, []);
    });

    scenario(`the candidate's reply is ${reply}: it is withdrawn, the head is kept with its confirmation`, async (scene) => {
      await offered(scene, 'confirmed', reply, late);
      const rooms = await told(scene);
      const joe = await scene.ticket('joe');
      assert.equal(await settle(scene, 'candidateFailed'), { settled: null });
      assert.equal(rooms(), [[], said('jeff')]);
      assert.equal(await scene.ask(scene.bus.enter(entering('jeff', { node: 'B' }))), { refused: 'removed' });
      assert.equal(await scene.ticket('joe'), { ...joe, state: 'locked', offerId: null, confirmed: true });
      assert.equal((await scene.snapshot()).offers, []);
    });

    scenario(`both replies are ${reply}: both are withdrawn`, async (scene) => {
      await offered(scene, reply, reply, late);
      const rooms = await told(scene);
      assert.equal(await settle(scene, 'bothFailed'), { settled: null });
      assert.equal(rooms(), [said('joe'), said('jeff')]);
      const { tickets, offers } = await scene.snapshot();
      assert.equal([tickets, offers], [[], []]);
      for (const id of ['joe', 'jeff']) await scene.enter(id, { ticket: `${id}-2` });
    });
  }

  scenario("a candidate that did not answer before the head's refusal goes back too", async (scene) => {
    await offered(scene, 'declined', 'pending');
    const rooms = await told(scene);
    assert.equal(await settle(scene, 'headFailed'), { settled: null });
    assert.equal(rooms()[1], back('jeff'));
  });

  scenario('an offer that is settled again changes nothing more', async (scene) => {
    await offered(scene, 'declined', 'confirmed');
    await settle(scene, 'headFailed');
    const rooms = await told(scene);
    const before = await scene.snapshot();
    assert.equal(await settle(scene, 'headFailed'), { settled: null });
    assert.equal(await scene.snapshot(), before);
    assert.equal(rooms(), [[], []]);
  });

  scenario("the head's confirmation stands for the next offers of its run", async (scene) => {
    await offered(scene, 'confirmed', 'declined');
    await settle(scene, 'candidateFailed');
    await scene.enter('bob', { node: 'B' });
    const toBob = await scene.hear(scene.bus.rooms.waiting('bob'));
    const rooms = await told(scene);
    const offer = await scene.offer('joe', 'bob', { offerId: 'two' });
    assert.equal([offer.headReply, offer.candidateReply], ['confirmed', 'pending']);
    assert.equal(rooms()[0], [], 'the head is not asked again');
    assert.equal(
      toBob.map(({ kind }) => kind),
      ['OFFER'],
    );
    await scene.reply('two', { bob: 'confirmed' });
    const answer = await settle(scene, 'match', { offerId: 'two' });
    assert.ok('settled' in answer && answer.settled);
    assert.equal(
      answer.settled.sides.map(({ ticket, node }) => [ticket, node]),
      [
        ['joe', NODES[0]],
        ['bob', NODES[1]],
      ],
    );
  });

  scenario('a head that had not answered is asked again', async (scene) => {
    await offered(scene, 'pending', 'declined');
    await settle(scene, 'candidateFailed');
    assert.is((await scene.ticket('joe')).confirmed, false);
    await scene.enter('bob');
    const rooms = await told(scene);
    const offer = await scene.offer('joe', 'bob', { offerId: 'two' });
    assert.is(offer.headReply, 'pending');
    assert.is(rooms()[0]?.length, 1);
  });
}

function released(scenario: Scenario): void {
  scenario('a locked head goes back with its old time, and its confirmation is over', async (scene) => {
    await offered(scene, 'confirmed', 'declined');
    await settle(scene, 'candidateFailed');
    await scene.enter('bob');
    const { firstConsidered } = await scene.ticket('joe');
    const rooms = await told(scene);
    await scene.advance(1000);
    assert.is(await scene.ask(scene.bus.release(await scene.fence(), 'joe')), 'done');
    const joe = await scene.ticket('joe');
    assert.equal([joe.state, joe.offerId, joe.confirmed, joe.firstConsidered], ['waiting', null, false, firstConsidered]);
    assert.equal(rooms()[0], [{ kind: 'BACK', ticket: 'joe', reason: 'no opponent confirmed' }]);
    assert.is(await scene.ask(scene.bus.release(await scene.fence(), 'joe')), 'done');
    assert.is(rooms()[0]?.length, 1, 'twice is once');
    assert.is((await scene.offer('bob', 'joe', { offerId: 'two' })).candidateReply, 'pending', 'it can be a candidate again');
  });

  scenario('who is in an offer, waits, or is not there is not released', async (scene) => {
    await offered(scene, 'confirmed', 'pending');
    await scene.enter('bob');
    const before = await scene.snapshot();
    const rooms = await told(scene);
    for (const ticket of ['joe', 'jeff', 'bob', 'nobody'])
      assert.is(await scene.ask(scene.bus.release(await scene.fence(), ticket)), 'done');
    assert.equal(await scene.snapshot(), before);
    assert.equal(rooms(), [[], []]);
  });

  scenario('a locked head can leave', async (scene) => {
    await offered(scene, 'confirmed', 'declined');
    await settle(scene, 'candidateFailed');
    assert.is(await scene.ask(scene.bus.leave('A', 'joe')), 'offered');
    assert.equal((await scene.snapshot()).tickets, []);
  });

  scenario('who is dropped is withdrawn and told why; who is in an offer is not dropped', async (scene) => {
    await scene.enter('joe');
    await scene.enter('jeff');
    await scene.enter('bob');
    const rooms = await told(scene);
    const fence = await scene.fence();
    assert.is(await scene.ask(scene.bus.drop(fence, 'joe', 'its server forgot it')), 'done');
    assert.is(await scene.ask(scene.bus.drop(fence, 'joe', 'its server forgot it')), 'done');
    assert.equal(rooms(), [withdrawn('joe', 'its server forgot it'), []]);
    assert.equal(await scene.ask(scene.bus.enter(entering('joe'))), { refused: 'removed' });
    await scene.enter('joe', { ticket: 'joe-2' });
    await scene.offer('jeff', 'bob');
    const before = await scene.snapshot();
    assert.is(await scene.ask(scene.bus.drop(fence, 'jeff', 'no')), 'done');
    assert.is(await scene.ask(scene.bus.drop(fence, 'nobody', 'no')), 'done');
    assert.equal(await scene.snapshot(), before);
  });

  scenario('a head that its run holds without an offer can be dropped', async (scene) => {
    await offered(scene, 'confirmed', 'declined');
    await settle(scene, 'candidateFailed');
    const rooms = await told(scene);
    assert.is(await scene.ask(scene.bus.drop(await scene.fence(), 'joe', 'gone')), 'done');
    assert.equal(rooms()[0], withdrawn('joe', 'gone'));
    assert.equal((await scene.snapshot()).tickets, []);
  });
}
