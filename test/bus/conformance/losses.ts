/** What a node says that it holds, when the bus may have lost it. */
import * as assert from 'uvu/assert';
import { PROTOCOL_VERSION } from '../../../bus/messages.ts';
import { entering, MATCH, ofKind, QUEUE, type Scenario, type Scene } from './scene.ts';

const SILENCE_MS = 60_000;

/** A node that has begun, a while ago, under a leader. */
async function begun(scene: Scene): Promise<{ since: number; generation: number }> {
  await scene.fence();
  const arrived = await scene.ask(
    scene.bus.arrive({ protocol: PROTOCOL_VERSION, node: 'A', boot: 'boot-1', since: null, silenceMs: SILENCE_MS }),
  );
  await scene.advance(5000);
  assert.ok('since' in arrived);
  return arrived;
}

export function losses(scenario: Scenario): void {
  scenario('a ticket that was lost is taken in again with its old time, once, also by a full queue', async (scene) => {
    const { since } = await begun(scene);
    await scene.enter('bob');
    const heard = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
    const again = { firstConsidered: since + 100, under: 0, elo: 1016 };
    const request = entering('joe', { elo: 1234, again, maxWaiting: 1 });
    for (let times = 0; times < 2; times++) {
      const answer = await scene.ask(scene.bus.enter(request));
      assert.is('entered' in answer && answer.entered.firstConsidered, since + 100);
    }
    const record = await scene.ticket('joe');
    assert.equal([record.state, record.actor.elo, record.firstConsidered], ['waiting', 1234, since + 100]);
    assert.is(ofKind(heard, 'ENTERED').length, 1);
  });

  scenario(
    'where no Elo is given it is the one of before if the ladder is lost, and else what the ladder says',
    async (scene) => {
      const eloOf = async (player: string, firstConsidered: number): Promise<number> => {
        const again = { firstConsidered, under: 0, elo: 1216 };
        const answer = await scene.ask(
          scene.bus.enter(entering(player, { ticket: `again ${player}`, elo: null, initialElo: 900, again })),
        );
        assert.ok('entered' in answer);
        return answer.entered.actor.elo;
      };
      const { since } = await begun(scene);
      assert.is(await eloOf('ann', since), 1216, 'a ladder of nobody');
      const { sides } = await scene.at('rated');
      const { actor } = sides[0];
      const rating = await scene.ask(scene.bus.rating(QUEUE, actor.id));
      assert.ok(rating !== null && rating !== 1216);
      assert.is(await eloOf(actor.id, since), rating);
      assert.is(await eloOf('eve', since), 900, 'who has not played, as far as the ladder knows');
    },
  );

  scenario('nothing is taken in again that was not lost, is removed, older than its boot or of another one', async (scene) => {
    const { since, generation } = await begun(scene);
    const asked = (more: Parameters<typeof entering>[1]) => scene.ask(scene.bus.enter(entering('joe', more)));
    const again = { firstConsidered: since, under: generation - 1, elo: 1234 };
    assert.equal(await asked({ again: { ...again, under: generation } }), { refused: 'stale' }, 'nothing was lost');
    assert.equal(await asked({ again: { ...again, firstConsidered: since - 1 } }), { refused: 'stale' }, 'before the boot');
    assert.equal(await asked({ again: { ...again, firstConsidered: since + 5001 } }), { refused: 'stale' }, 'to come');
    assert.equal(await asked({ again, node: 'B' }), { refused: 'stale' }, 'a node that has not arrived');
    assert.equal(await asked({ again, boot: 'other' }), { refused: 'superseded', by: 'boot-1' });
    await scene.enter('joe', { ticket: 'old' });
    await scene.ask(scene.bus.leave('A', 'old'));
    assert.equal(await asked({ again, ticket: 'old' }), { refused: 'removed' });
    assert.equal((await scene.snapshot()).tickets, []);
    await scene.enter('joe', { ticket: 'elsewhere' });
    const present = await asked({ again });
    assert.is('refused' in present && present.refused, 'present');
  });

  scenario('a match is known with as many entries as its node holds, or fewer', async (scene) => {
    const { turns, revision } = await scene.at('battle');
    for (const held of [0, turns]) assert.is(await scene.ask(scene.bus.vouch(MATCH, 0, 'A', held)), 'known');
    assert.is((await scene.match()).revision, revision);
    assert.is(await scene.ask(scene.bus.vouch('nothing', 0, 'A', 0)), 'lost');
    assert.is(await scene.ask(scene.bus.vouch(MATCH, 0, 'B', turns + 1)), 'lost', "another node's side");
    assert.is((await scene.match()).revision, revision);
  });

  scenario('a match of which the node holds more is lost, the leader is told once, and it is void', async (scene) => {
    const { turns, revision } = await scene.at('battle');
    const heard = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
    for (let times = 0; times < 2; times++) assert.is(await scene.ask(scene.bus.vouch(MATCH, 1, 'B', turns + 1)), 'lost');
    const match = await scene.match();
    assert.equal([match.sides[0].lost ?? false, match.sides[1].lost, match.revision], [false, true, revision + 1]);
    assert.equal(
      ofKind(heard, 'STORE_LOST').map(({ side, change }) => [side, change]),
      [[1, revision + 1]],
    );
    const step = { to: 'void', reason: 'StoreLost', detail: 'lost', against: null, idleSince: null } as const;
    assert.is((await scene.step(step)).match.stage, 'void');
    assert.is(await scene.ask(scene.bus.rating(QUEUE, 'joe')), null);
  });

  for (const stage of ['rated', 'closed'] as const)
    scenario(`a match that is ${stage} stays so, whatever a node holds of it`, async (scene) => {
      const { turns, revision } = await scene.at(stage);
      assert.is(await scene.ask(scene.bus.vouch(MATCH, 1, 'B', turns + 1)), 'known');
      assert.is((await scene.match()).revision, revision);
    });
}
