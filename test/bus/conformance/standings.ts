/** Where a ticket stands, as a node asks that may have missed what was said of it. */
import * as assert from 'uvu/assert';
import type { Standing } from '../../../bus/bus.ts';
import { MATCH, type Scenario, type Scene, STEPS, settling } from './scene.ts';

const standing = (scene: Scene, ticket = 'joe'): Promise<Standing> => scene.ask(scene.bus.standing(ticket));

export function standings(scenario: Scenario): void {
  scenario('a ticket that waits, is offered, and waits again', async (scene) => {
    assert.equal(await standing(scene), { at: 'unknown' });
    for (const id of ['joe', 'jeff']) await scene.enter(id);
    await scene.advance(100);
    const now = await scene.ask(scene.bus.clock());
    assert.equal(await standing(scene), { at: 'queue', ticket: await scene.ticket('joe'), offer: null, now });
    const offer = await scene.offer('joe', 'jeff');
    assert.equal(await standing(scene), { at: 'queue', ticket: await scene.ticket('joe'), offer, now });
    await scene.reply(offer.offerId, { jeff: 'declined' });
    const declined = await standing(scene);
    assert.ok(declined.at === 'queue' && declined.offer?.candidateReply === 'declined');
    await scene.ask(scene.bus.settle(await scene.fence(), settling({ offerId: offer.offerId, outcome: 'candidateFailed' })));
    assert.equal(await standing(scene), { at: 'queue', ticket: await scene.ticket('joe'), offer: null, now });
    assert.equal(await standing(scene, 'jeff'), { at: 'gone', reason: 'the offer was declined' });
  });

  scenario('a ticket that became a match, as long as the match is kept', async (scene) => {
    await scene.open();
    for (const stage of ['joining', 'teams', 'validating', 'battle', 'rated', 'closed'] as const) {
      if (stage !== 'joining') {
        const match = await scene.match();
        await scene.ready(match);
        await scene.step(STEPS[stage]);
      }
      assert.equal(await standing(scene, 'jeff'), { at: 'match', match: await scene.match(MATCH) }, stage);
    }
  });

  scenario('a ticket of a cancelled match waits again, or is gone', async (scene) => {
    await scene.open();
    await scene.ask(scene.bus.leave('A', 'joe'));
    await scene.step(STEPS.cancelled);
    assert.equal(await standing(scene), { at: 'gone', reason: 'removed' });
    assert.is((await standing(scene, 'jeff')).at, 'queue');
    await scene.enter('bob');
    await scene.pair('jeff', 'bob', { matchId: 'second' });
    assert.equal(await standing(scene, 'jeff'), { at: 'match', match: await scene.match('second') }, 'of the newer match');
  });

  scenario('why a ticket is gone is kept as long as its tombstone', async (scene) => {
    for (const id of ['joe', 'jeff', 'bob', 'janet']) await scene.enter(id);
    await scene.ask(scene.bus.leave('A', 'joe'));
    await scene.ask(scene.bus.drop(await scene.fence(), 'jeff', 'a "reason"'));
    const { offerId } = await scene.offer('bob', 'janet', { windowMs: 1000 });
    await scene.advance(1001);
    await scene.ask(scene.bus.settle(await scene.fence(), settling({ offerId, outcome: 'bothFailed' })));
    assert.equal(
      await scene.askAll(['joe', 'jeff', 'bob', 'janet'].map((id) => scene.bus.standing(id))),
      ['removed from the queue', 'a "reason"', ...Array(2).fill('the offer was not answered in time')].map((reason) => ({
        at: 'gone',
        reason,
      })),
    );
    await scene.advance(scene.keptTimes.ticketsMs);
    assert.equal(await standing(scene), { at: 'unknown' });
  });
}
