/** Entering and leaving a queue. */
import * as assert from 'uvu/assert';
import { actorOf, entering, kindsOf, MATCH, ofKind, QUEUE, type Scenario, STEPS, settling } from './scene.ts';

export function tickets(scenario: Scenario): void {
  entries(scenario);
  refusals(scenario);
  departures(scenario);
}

function entries(scenario: Scenario): void {
  scenario("who enters is kept with the bus's time and announced", async (scene) => {
    const messages = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
    await scene.advance(777);
    const firstConsidered = await scene.ask(scene.bus.clock());
    const joe = await scene.enter('joe', { elo: 1050 });
    assert.equal(joe, {
      ticket: 'joe',
      actor: { ...actorOf('joe'), elo: 1050 },
      node: 'A',
      boot: 'boot-1',
      ruleset: 'rules-1',
      firstConsidered,
      games: 0,
    });
    const rest = { queue: QUEUE, state: 'waiting', offerId: null, confirmed: false, missedJoins: 0 };
    assert.equal(await scene.ticket('joe'), { ...joe, ...rest });
    const jeff = await scene.enter('jeff', { node: 'B' });
    assert.equal(messages, [
      { v: 1, kind: 'ENTERED', revision: 1, entry: joe },
      { v: 1, kind: 'ENTERED', revision: 2, entry: jeff },
    ]);
    assert.equal(scene.faults, []);
  });

  scenario('what the caller changes afterwards is not changed in the queue', async (scene) => {
    const members = ['joe'];
    const joe = await scene.enter('joe', { actor: actorOf('joe', members) });
    members.push('bob');
    assert.equal((await scene.ticket('joe')).actor.members, ['joe']);
    assert.equal(joe.actor.members, ['joe']);
  });

  scenario('who enters again with the same ticket is where it was', async (scene) => {
    const first = await scene.enter('joe');
    const messages = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
    await scene.advance(5000);
    assert.equal(await scene.enter('joe'), first);
    await scene.enter('jeff');
    await scene.offer('joe', 'jeff');
    assert.equal(await scene.enter('joe'), first, 'locked');
    assert.equal(kindsOf(messages), ['ENTERED']);
    assert.is((await scene.snapshot()).tickets.length, 2);
  });

  scenario('Elo comes from the host, else from the rating, else it is that of a new player', async (scene) => {
    assert.is((await scene.enter('bob', { initialElo: 1200 })).actor.elo, 1200);
    assert.is((await scene.enter('janet', { elo: 0, initialElo: 1200 })).actor.elo, 0);
    await scene.open();
    await scene.reach('rated');
    assert.is((await scene.enter('joe', { ticket: 'joe-2', initialElo: 1200 })).actor.elo, 1016);
    assert.is(await scene.ask(scene.bus.leave('A', 'joe-2')), 'queued');
    assert.is((await scene.enter('joe', { ticket: 'joe-3', elo: 900 })).actor.elo, 900);
    await scene.ask(scene.bus.leave('A', 'joe-3'));
    assert.is((await scene.enter('joe', { ticket: 'joe-4', queue: 'other' })).actor.elo, 1000, 'each queue rates on its own');
  });

  scenario("a party's Elo is the mean of its members, in 64ths", async (scene) => {
    await scene.open();
    await scene.reach('rated');
    const party = await scene.enter('party', { actor: actorOf('party', ['joe', 'jeff', 'bob']), initialElo: 1100 });
    assert.is(party.actor.elo, Math.round(((1016 + 984 + 1100) / 3) * 64) / 64);
  });

  scenario("a party's Elo is the highest of its members, where that is asked for", async (scene) => {
    await scene.open();
    await scene.reach('rated');
    const actor = actorOf('party', ['joe', 'jeff']);
    assert.is((await scene.enter('party', { actor, partyElo: 'max' })).actor.elo, 1016);
  });
}

function refusals(scenario: Scenario): void {
  scenario('a player is in one place of the realm: who is somewhere is refused, and told where', async (scene) => {
    await scene.enter('party', { actor: actorOf('party', ['joe', 'bob']) });
    const messages = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
    const refused = async (id: string, members: string[], queue = QUEUE): Promise<unknown> => {
      const request = entering(id, { ticket: 'again', node: 'B', queue, actor: actorOf(id, members) });
      const answer = await scene.ask(scene.bus.enter(request));
      assert.ok('refused' in answer && answer.refused === 'present', JSON.stringify(answer));
      return answer.presences;
    };
    const at = (player: string) => ({ player, place: 'queued', queue: QUEUE, node: 'A', boot: 'boot-1' });
    assert.equal(await refused('joe', ['joe']), [at('joe')], 'a member alone');
    assert.equal(await refused('party', ['jeff']), [at('party')], 'the id of the actor');
    assert.equal(await refused('others', ['jeff', 'party']), [at('party')], 'the id of an actor as a member');
    assert.equal(await refused('others', ['jeff', 'bob', 'joe']), [at('bob'), at('joe')], 'two of three');
    assert.equal(await refused('joe', ['joe'], 'other'), [at('joe')], 'another queue of the realm');
    assert.is(await scene.ask(scene.bus.ticket('again')), null);
    assert.equal(messages, []);
    await scene.enter('jeff', { ticket: 'again' });
  });

  scenario('where a player is changes with its ticket', async (scene) => {
    const placeOf = async (player: string): Promise<string> => {
      const answer = await scene.ask(scene.bus.enter(entering(player, { ticket: 'again' })));
      return 'refused' in answer && answer.refused === 'present'
        ? answer.presences.map(({ place }) => place).join()
        : 'nowhere';
    };
    await scene.enter('joe');
    await scene.enter('jeff', { node: 'B' });
    assert.is(await placeOf('joe'), 'queued');
    const { offerId } = await scene.offer('joe', 'jeff');
    assert.equal([await placeOf('joe'), await placeOf('jeff')], ['offered', 'offered']);
    await scene.reply(offerId, { jeff: 'declined' });
    await scene.ask(scene.bus.settle(await scene.fence(), settling({ offerId, outcome: 'candidateFailed' })));
    assert.is(await placeOf('joe'), 'offered', 'locked by its run');
    await scene.ask(scene.bus.release(await scene.fence(), 'joe'));
    assert.is(await placeOf('joe'), 'queued');
    await scene.enter('bob', { node: 'B' });
    await scene.pair('joe', 'bob');
    assert.equal([await placeOf('joe'), await placeOf('bob')], ['playing', 'playing']);
    await scene.step(STEPS.cancelled);
    assert.is(await placeOf('joe'), 'queued');
    assert.is(await scene.ask(scene.bus.leave('A', 'joe')), 'queued');
    assert.is(await placeOf('joe'), 'nowhere');
  });

  scenario('a full queue refuses, until there is room again; another queue does not', async (scene) => {
    await scene.enter('joe');
    await scene.enter('jeff');
    const bob = entering('bob', { maxWaiting: 2 });
    assert.equal(await scene.ask(scene.bus.enter(bob)), { refused: 'full', waiting: 2 });
    await scene.enter('joe', { maxWaiting: 2 });
    await scene.offer('joe', 'jeff');
    assert.equal(await scene.ask(scene.bus.enter(bob)), { refused: 'full', waiting: 2 }, 'the locked ones count');
    await scene.enter('janet', { queue: 'other', maxWaiting: 1 });
    await scene.ask(scene.bus.leave('A', 'jeff'));
    await scene.enter('bob', { maxWaiting: 2 });
  });

  scenario('a match makes room in the queue, its cancelling takes it again', async (scene) => {
    await scene.open();
    await scene.enter('bob', { maxWaiting: 1 });
    await scene.step(STEPS.cancelled);
    assert.equal(await scene.ask(scene.bus.enter(entering('janet', { maxWaiting: 3 }))), { refused: 'full', waiting: 3 });
    await scene.enter('janet', { maxWaiting: 4 });
  });

  scenario('who goes back takes no second place', async (scene) => {
    await scene.enter('joe');
    await scene.enter('jeff', { node: 'B' });
    const { offerId } = await scene.offer('joe', 'jeff');
    await scene.reply(offerId, { joe: 'declined' });
    await scene.ask(scene.bus.settle(await scene.fence(), settling({ offerId, outcome: 'headFailed' })));
    await scene.enter('bob', { maxWaiting: 2 });
    assert.equal(await scene.ask(scene.bus.enter(entering('janet', { maxWaiting: 2 }))), { refused: 'full', waiting: 2 });
  });

  scenario('a ticket whose match began cannot enter again', async (scene) => {
    await scene.at('rated');
    assert.equal(await scene.ask(scene.bus.enter(entering('joe'))), { refused: 'removed' });
  });

  scenario('a removed ticket cannot enter again for as long as it is kept; its player can with another', async (scene) => {
    await scene.enter('joe');
    await scene.ask(scene.bus.leave('A', 'joe'));
    const again = scene.bus.enter(entering('joe'));
    assert.equal(await scene.ask(again), { refused: 'removed' });
    await scene.enter('joe', { ticket: 'joe-2' });
    await scene.ask(scene.bus.leave('A', 'joe-2'));
    await scene.advance(scene.keptTimes.ticketsMs - 1);
    assert.equal(await scene.ask(again), { refused: 'removed' });
    await scene.advance(2);
    assert.ok('entered' in (await scene.ask(again)));
  });
}

function departures(scenario: Scenario): void {
  scenario('who leaves the queue is out of it', async (scene) => {
    await scene.enter('joe');
    const messages = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
    assert.is(await scene.ask(scene.bus.leave('A', 'joe')), 'queued');
    assert.is(await scene.ask(scene.bus.ticket('joe')), null);
    assert.equal(messages, [{ v: 1, kind: 'LEFT', revision: 2, ticket: 'joe' }]);
    await scene.enter('joe', { ticket: 'joe-2' });
    const before = await scene.snapshot();
    assert.is(await scene.ask(scene.bus.leave('A', 'joe')), 'queued', 'asked again');
    assert.equal(await scene.snapshot(), before);
    assert.equal(kindsOf(messages), ['LEFT', 'ENTERED']);
  });

  scenario("there is nothing to leave: no such ticket, or another node's", async (scene) => {
    await scene.enter('joe');
    const messages = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
    assert.is(await scene.ask(scene.bus.leave('A', 'nobody')), 'nothing');
    assert.is(await scene.ask(scene.bus.leave('B', 'joe')), 'nothing');
    assert.is((await scene.ticket('joe')).state, 'waiting');
    await scene.enter('jeff', { node: 'B' });
    await scene.pair('joe', 'jeff');
    const match = await scene.match();
    assert.is(await scene.ask(scene.bus.leave('B', 'joe')), 'nothing', "the opponent's node");
    assert.equal(await scene.match(), match);
    assert.equal(ofKind(messages, 'LEFT'), []);
  });

  scenario('who leaves while offered is out, and the offer says so', async (scene) => {
    for (const id of ['joe', 'jeff', 'bob', 'janet']) await scene.enter(id);
    const messages = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
    await scene.offer('joe', 'jeff');
    await scene.reply((await scene.offer('bob', 'janet')).offerId, { bob: 'confirmed', janet: 'confirmed' });
    assert.is(await scene.ask(scene.bus.leave('A', 'jeff')), 'offered');
    assert.is(await scene.ask(scene.bus.leave('A', 'bob')), 'offered', 'confirmed already');
    assert.is(await scene.ask(scene.bus.leave('A', 'bob')), 'offered', 'asked again');
    const { offers, tickets: rest } = await scene.snapshot();
    assert.equal(
      offers.map(({ headReply, candidateReply }) => [headReply, candidateReply]),
      [
        ['pending', 'removed'],
        ['removed', 'confirmed'],
      ],
    );
    assert.equal(rest.map(({ ticket }) => ticket).sort(), ['janet', 'joe']);
    assert.equal(
      ofKind(messages, 'LEFT').map(({ ticket }) => ticket),
      ['jeff', 'bob'],
    );
    assert.equal(await scene.ask(scene.bus.enter(entering('jeff'))), { refused: 'removed' });
  });

  scenario('who leaves before BEGIN is marked in the match, once', async (scene) => {
    const opened = await scene.open();
    const messages = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
    assert.is(await scene.ask(scene.bus.leave('B', 'jeff')), 'joining');
    const match = await scene.match();
    assert.is(match.revision, opened.revision + 1);
    assert.equal(
      match.sides.map(({ left }) => left),
      [false, true],
    );
    const { revision } = await scene.snapshot();
    assert.equal(messages, [{ v: 1, kind: 'LEFT_MATCH', revision, matchId: MATCH, side: 1, change: match.revision }]);
    assert.is(await scene.ask(scene.bus.leave('B', 'jeff')), 'joining', 'twice');
    assert.equal(await scene.match(), match);
    assert.is(messages.length, 1);
    assert.is(await scene.ask(scene.bus.joined(MATCH, 1, 'B')), 'late', 'gone is gone');
  });

  scenario('from BEGIN on it is too late to leave, after the end there is nothing to leave', async (scene) => {
    await scene.open();
    const leaving = async (): Promise<unknown> => {
      const before = await scene.match();
      const removed = await scene.ask(scene.bus.leave('A', 'joe'));
      assert.equal(await scene.match(), before);
      return removed;
    };
    const removed: unknown[] = [];
    for (const to of ['teams', 'validating', 'battle', 'rated', 'closed'] as const) {
      await scene.ready(await scene.match());
      await scene.step(STEPS[to]);
      removed.push(await leaving());
    }
    assert.equal(removed, ['PLAYING', 'PLAYING', 'PLAYING', 'nothing', 'nothing']);
  });

  for (const stage of ['void', 'cancelled'] as const)
    scenario(`after a match that was ${stage} only its ticket in the queue can be left`, async (scene) => {
      await scene.at(stage);
      assert.is(await scene.ask(scene.bus.leave('A', 'joe')), stage === 'void' ? 'nothing' : 'queued');
    });
}
