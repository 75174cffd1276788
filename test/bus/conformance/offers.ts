/** Offers: both locked or neither, and what is replied. */
import * as assert from 'uvu/assert';
import type { OfferRequest } from '../../../bus/bus.ts';
import { OFFER_MS, ofKind, QUEUE, type Scenario, type Scene } from './scene.ts';

async function three(scene: Scene): Promise<void> {
  for (const [id, node] of [
    ['joe', 'A'],
    ['jeff', 'B'],
    ['bob', 'B'],
  ] as const)
    await scene.enter(id, { node });
}

const asking = async (scene: Scene, head: string, candidate: string, offerId = 'new'): Promise<unknown> => {
  const request: OfferRequest = { offerId, head, candidate, windowMs: OFFER_MS };
  return scene.ask(scene.bus.offer(await scene.fence(), request));
};

export function offers(scenario: Scenario): void {
  scenario('an offer locks both and is said to both', async (scene) => {
    await three(scene);
    const { bus } = scene;
    const [toJoe, toJeff, toBob] = [
      await scene.hear(bus.rooms.waiting('joe')),
      await scene.hear(bus.rooms.waiting('jeff')),
      await scene.hear(bus.rooms.waiting('bob')),
    ];
    const fence = await scene.fence();
    const offer = await scene.offer('joe', 'jeff', { offerId: 'one' });
    const deadline = (await scene.ask(bus.clock())) + OFFER_MS;
    const parts = { offerId: 'one', deadline };
    const replies = { headReply: 'pending', candidateReply: 'pending' };
    assert.equal(offer, { ...parts, ...replies, queue: QUEUE, head: 'joe', candidate: 'jeff' });
    for (const ticket of ['joe', 'jeff']) {
      const { state, offerId } = await scene.ticket(ticket);
      assert.equal([state, offerId], ['locked', 'one']);
    }
    const said = (ticket: string) => ({ v: 1, kind: 'OFFER', ...fence, ...parts, ticket, windowMs: OFFER_MS });
    assert.equal([toJoe, toJeff, toBob], [[said('joe')], [said('jeff')], []]);
    assert.equal((await scene.snapshot()).offers, [offer]);
  });

  scenario('an offer that comes after its time is not made; one that was made in time is answered again', async (scene) => {
    await three(scene);
    const { bus } = scene;
    const until = (await scene.ask(bus.clock())) + 1000;
    const fence = await scene.fence();
    const ask = (offerId: string, candidate: string) =>
      scene.ask(bus.offer(fence, { offerId, head: 'joe', candidate, windowMs: OFFER_MS, until }));
    await scene.advance(1000);
    const made = await ask('one', 'jeff');
    assert.ok('offer' in made);
    await scene.advance(1);
    assert.equal(await ask('one', 'jeff'), made);
    await scene.ask(bus.leave('A', 'joe'));
    await scene.enter('joe', { ticket: 'again' });
    const late = { offerId: 'two', head: 'again', candidate: 'bob', windowMs: OFFER_MS, until };
    assert.equal(await scene.ask(bus.offer(fence, late)), { refused: 'late' });
    for (const ticket of ['again', 'bob']) assert.is((await scene.ticket(ticket)).state, 'waiting');
    assert.is((await scene.ask(bus.counts()))['offer late'], 1);
  });

  scenario('who is not there or locked is refused, and neither is locked', async (scene) => {
    await three(scene);
    await scene.enter('janet');
    await scene.offer('joe', 'jeff', { offerId: 'one' });
    const waiting = scene.bus.rooms.waiting;
    const heard = [await scene.hear(waiting('joe')), await scene.hear(waiting('bob'))];
    const before = await scene.snapshot();
    assert.equal(await asking(scene, 'joe', 'bob'), { refused: 'headTaken' });
    assert.equal(await asking(scene, 'jeff', 'bob'), { refused: 'headTaken' });
    assert.equal(await asking(scene, 'nobody', 'bob'), { refused: 'headTaken' });
    assert.equal(await asking(scene, 'bob', 'jeff'), { refused: 'candidateTaken' });
    assert.equal(await asking(scene, 'bob', 'joe'), { refused: 'candidateTaken' });
    assert.equal(await asking(scene, 'bob', 'nobody'), { refused: 'candidateTaken' });
    assert.equal(await asking(scene, 'bob', 'bob'), { refused: 'candidateTaken' }, 'itself');
    assert.equal(await scene.snapshot(), before);
    assert.equal(heard, [[], []]);
    assert.ok('offer' in ((await asking(scene, 'bob', 'janet')) as object));
  });

  scenario('an offer asked for again is the same one', async (scene) => {
    await three(scene);
    const offer = await scene.offer('joe', 'jeff', { offerId: 'one' });
    const messages = await scene.hear(scene.bus.rooms.waiting('joe'));
    await scene.advance(1000);
    assert.equal(await scene.offer('joe', 'jeff', { offerId: 'one' }), offer);
    await scene.reply('one', { joe: 'confirmed' });
    assert.equal(await scene.offer('joe', 'jeff', { offerId: 'one' }), { ...offer, headReply: 'confirmed' });
    assert.equal(messages, []);
  });

  scenario('tickets of different queues are not offered to each other', async (scene) => {
    await scene.enter('joe');
    await scene.enter('jeff', { queue: 'other' });
    assert.equal(await asking(scene, 'joe', 'jeff'), { refused: 'candidateTaken' });
    assert.is((await scene.ticket('joe')).state, 'waiting');
  });

  scenario('a reply is kept and announced, once', async (scene) => {
    await three(scene);
    const offer = await scene.offer('joe', 'jeff', { offerId: 'one' });
    const messages = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
    const { revision } = await scene.snapshot();
    await scene.reply('one', { joe: 'confirmed', jeff: 'declined' });
    await scene.reply('one', { joe: 'confirmed', jeff: 'declined' });
    assert.equal((await scene.snapshot()).offers, [{ ...offer, headReply: 'confirmed', candidateReply: 'declined' }]);
    assert.equal(messages, [
      { v: 1, kind: 'CONFIRM', revision: revision + 1, offerId: 'one', ticket: 'joe' },
      { v: 1, kind: 'DECLINE', revision: revision + 2, offerId: 'one', ticket: 'jeff' },
    ]);
  });

  scenario('a reply stands: another one is late', async (scene) => {
    await three(scene);
    await scene.offer('joe', 'jeff', { offerId: 'one' });
    await scene.reply('one', { joe: 'confirmed', jeff: 'declined' });
    const { offers: before } = await scene.snapshot();
    assert.is(await scene.ask(scene.bus.reply('one', 'joe', 'declined')), 'late');
    assert.is(await scene.ask(scene.bus.reply('one', 'jeff', 'confirmed')), 'late');
    assert.equal((await scene.snapshot()).offers, before);
  });

  scenario('a reply is accepted at the deadline, and not 1 ms later', async (scene) => {
    await three(scene);
    await scene.offer('joe', 'jeff', { offerId: 'one' });
    const messages = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
    await scene.advance(OFFER_MS);
    assert.is(await scene.ask(scene.bus.reply('one', 'joe', 'confirmed')), 'done');
    await scene.advance(1);
    assert.is(await scene.ask(scene.bus.reply('one', 'jeff', 'confirmed')), 'late');
    assert.is(await scene.ask(scene.bus.reply('one', 'jeff', 'declined')), 'late');
    assert.is(await scene.ask(scene.bus.reply('one', 'joe', 'confirmed')), 'done', 'the same again');
    assert.is((await scene.snapshot()).offers[0]?.candidateReply, 'pending');
    assert.is(ofKind(messages, 'CONFIRM').length, 1);
    assert.is(ofKind(messages, 'DECLINE').length, 0);
  });

  scenario('a reply to no offer, or of somebody else, is foreign', async (scene) => {
    await three(scene);
    await scene.offer('joe', 'jeff', { offerId: 'one' });
    const before = await scene.snapshot();
    assert.is(await scene.ask(scene.bus.reply('two', 'joe', 'confirmed')), 'foreign');
    assert.is(await scene.ask(scene.bus.reply('one', 'bob', 'confirmed')), 'foreign');
    assert.equal(await scene.snapshot(), before);
  });

  scenario('a reply of who was removed is refused', async (scene) => {
    await three(scene);
    await scene.offer('joe', 'jeff', { offerId: 'one' });
    await scene.ask(scene.bus.leave('A', 'joe'));
    assert.is(await scene.ask(scene.bus.reply('one', 'joe', 'confirmed')), 'late');
    assert.is((await scene.snapshot()).offers[0]?.headReply, 'removed');
  });
}
