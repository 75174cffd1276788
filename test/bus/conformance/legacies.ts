/** What a match leaves behind: ratings, and players who are free again. */
import * as assert from 'uvu/assert';
import type { EnterRequest } from '../../../bus/bus.ts';
import type { Step } from '../../../bus/records.ts';
import { actorOf, entering, ofKind, QUEUE, type Scenario, type Scene, SECRET, STEPS } from './scene.ts';

const rated = (score: 0 | 0.5 | 1, delta: number): Step => ({ to: 'rated', score, delta });
const ratings = async (scene: Scene, ...players: readonly string[]): Promise<(number | null)[]> =>
  scene.askAll(players.map((player) => scene.bus.rating(QUEUE, player)));

async function fought(scene: Scene, requests: readonly Partial<EnterRequest>[] = [], ratedSameNode = true): Promise<void> {
  await scene.open({ ratedSameNode }, requests);
  await scene.ready(await scene.reach('battle'));
}

/** Can these enter, having been nowhere? */
async function areFree(scene: Scene): Promise<void> {
  for (const [id, node] of [
    ['joe', 'A'],
    ['jeff', 'B'],
  ] as const)
    await scene.enter(id, { ticket: `${id}-2`, node });
}

export function legacies(scenario: Scenario): void {
  for (const [score, delta, winner] of [
    [1, 16, 0],
    [0, -16, 1],
    [0.5, 3, 'draw'],
  ] as const)
    scenario(`score ${score}: both ratings change by one number, are kept and published`, async (scene) => {
      await fought(scene, [{ elo: 1000.5 }, { elo: 1100 }]);
      assert.equal(await ratings(scene, 'joe', 'jeff'), [null, null]);
      const room = await scene.hear(scene.bus.rooms.challenge(SECRET));
      await scene.step(rated(score, delta));
      assert.equal(await ratings(scene, 'joe', 'jeff', 'bob'), [1000.5 + delta, 1100 - delta, null]);
      assert.is(await scene.ask(scene.bus.rating('other', 'joe')), null);
      const [elo] = ofKind(room, 'ELO');
      assert.equal(elo?.winner, winner);
      assert.equal(elo?.sides, [
        { old: 1000.5, new: 1000.5 + delta, delta },
        { old: 1100, new: 1100 - delta, delta: -delta },
      ]);
    });

  scenario('Elo is applied once, however often it is asked for', async (scene) => {
    await fought(scene);
    const { revision } = await scene.match();
    await scene.step(STEPS.rated);
    const after = (await scene.match()).revision;
    for (const asked of [revision, after]) {
      const answer = await scene.advancing(STEPS.rated, { revision: asked });
      assert.ok('refused' in answer && answer.refused === 'changed');
    }
    await scene.ready(await scene.match());
    await scene.step(STEPS.closed);
    assert.equal(await ratings(scene, 'joe', 'jeff'), [1016, 984]);
  });

  scenario('ratings go on from match to match', async (scene) => {
    await fought(scene);
    await scene.step(STEPS.rated);
    await areFree(scene);
    await scene.pair('joe-2', 'jeff-2', { matchId: 'match-2', challengeRoom: 'secret-2' });
    await scene.reach('rated', 'match-2');
    assert.equal(await ratings(scene, 'joe', 'jeff'), [1032, 968]);
  });

  scenario('a match that is not rated changes no rating', async (scene) => {
    await fought(scene, [{ node: 'A' }, { node: 'A' }], false);
    const room = await scene.hear(scene.bus.rooms.challenge(SECRET));
    await scene.step(rated(1, 0));
    assert.equal(await ratings(scene, 'joe', 'jeff'), [null, null]);
    assert.is(ofKind(room, 'ELO').length, 1);
  });

  scenario('a void match changes no rating', async (scene) => {
    await fought(scene);
    await scene.step(STEPS.void);
    assert.equal(await ratings(scene, 'joe', 'jeff'), [null, null]);
    const answer = await scene.advancing(STEPS.rated);
    assert.ok('refused' in answer);
    assert.equal(await ratings(scene, 'joe', 'jeff'), [null, null]);
  });

  scenario('each member of a party changes by what its side changes, none falls below the floor', async (scene) => {
    await fought(scene, [{ actor: actorOf('joe', ['joe', 'bob']), initialElo: 110 }, { initialElo: 100 }]);
    await scene.step(rated(0, -20), { floor: 100 });
    assert.equal(await ratings(scene, 'joe', 'bob', 'jeff'), [100, 100, 120]);
  });

  for (const to of ['rated', 'void'] as const)
    scenario(`the players are free again when their match is ${to}`, async (scene) => {
      await fought(scene);
      const answer = await scene.ask(scene.bus.enter(entering('joe', { ticket: 'joe-2' })));
      assert.equal(answer, {
        refused: 'present',
        presences: [{ player: 'joe', place: 'playing', queue: QUEUE, node: 'A', boot: 'boot-1' }],
      });
      await scene.step(STEPS[to]);
      await areFree(scene);
    });

  scenario('a member who is busy again stays so when the old match is closed', async (scene) => {
    await fought(scene);
    await scene.step(STEPS.rated);
    await areFree(scene);
    await scene.ready(await scene.match());
    await scene.step(STEPS.closed);
    const answer = await scene.ask(scene.bus.enter(entering('joe', { ticket: 'joe-3' })));
    assert.equal(answer, {
      refused: 'present',
      presences: [{ player: 'joe', place: 'queued', queue: QUEUE, node: 'A', boot: 'boot-1' }],
    });
    await scene.advance(2 * 60 * 60_000);
    assert.ok('refused' in (await scene.ask(scene.bus.enter(entering('joe', { ticket: 'joe-3' })))));
  });
}
