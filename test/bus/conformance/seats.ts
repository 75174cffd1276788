/** What earlier boots of a node left behind: open matches to go on with, Elos to take. */
import * as assert from 'uvu/assert';
import { PROTOCOL_VERSION } from '../../../bus/messages.ts';
import { actorOf, MATCH, NODES, QUEUE, type Scenario, type Scene, SIDES, STAGES, STEPS } from './scene.ts';

const seats = async (scene: Scene, node: string, boot: string, of: 'open' | 'rated', queue = QUEUE): Promise<unknown[]> =>
  (await scene.ask(scene.bus.seats(node, queue, boot, of, 10))).map(({ side, match }) => [match.matchId, side]);
const begin = (scene: Scene, node: string, boot: string) =>
  scene.ask(scene.bus.arrive({ node, boot, since: null, silenceMs: 60_000, protocol: PROTOCOL_VERSION }));
const OPEN: readonly string[] = ['teams', 'validating', 'battle'];

export function seatsLeft(scenario: Scenario): void {
  for (const stage of STAGES)
    scenario(`a match in stage ${stage}: what a node that began anew finds of it, and may go on with`, async (scene) => {
      const before = await scene.at(stage);
      await begin(scene, 'A', 'boot-2');
      const isOpen = OPEN.includes(stage);
      assert.equal(await seats(scene, 'A', 'boot-2', 'open'), isOpen ? [[MATCH, 0]] : []);
      assert.equal(await seats(scene, 'A', 'boot-2', 'rated'), stage === 'rated' ? [[MATCH, 0]] : []);
      assert.equal(await seats(scene, 'A', 'boot-1', 'open'), [], 'what it plays itself');
      assert.equal(await seats(scene, 'A', 'boot-2', 'open', 'other'), []);
      assert.equal(await seats(scene, 'C', 'boot-2', 'open'), []);
      const heard = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
      assert.is(await scene.ask(scene.bus.rejoin(MATCH, 0, 'A', 'boot-2')), isOpen ? 'done' : 'late');
      const { sides, revision } = await scene.match();
      assert.equal(sides[0].boot, isOpen ? 'boot-2' : 'boot-1');
      assert.is(revision, before.revision + (isOpen ? 1 : 0));
      const said = heard.filter(({ kind }) => kind === 'REJOIN').map((message) => ({ ...message, revision: 0 }));
      const expected = { v: 1, kind: 'REJOIN', matchId: MATCH, side: 0, change: revision, boot: 'boot-2', revision: 0 };
      assert.equal(said, isOpen ? [expected] : []);
      assert.equal(await seats(scene, 'A', 'boot-2', 'open'), []);
      if (isOpen) assert.is(await scene.ask(scene.bus.rejoin(MATCH, 0, 'A', 'boot-2')), 'done', 'again');
      assert.is((await scene.match()).revision, revision);
      assert.equal(scene.faults, []);
    });

  scenario('more than are asked for: which come first is the same on every bus', async (scene) => {
    const ids = ['m1', 'm10'];
    for (const matchId of ids) {
      const requests = [0, 1].map((side) => ({ ticket: `${matchId}-${side}`, actor: actorOf(`${matchId}-${side}`) }));
      await scene.open({ matchId, challengeRoom: matchId }, requests);
      await scene.reach('battle', matchId);
    }
    const first = await scene.ask(scene.bus.seats('A', QUEUE, 'boot-2', 'open', 1));
    assert.equal(
      first.map(({ match }) => match.matchId),
      ['m10'],
    );
  });

  scenario('nobody goes on with a match of others, or for a boot that is not the one that there is', async (scene) => {
    await scene.at('battle');
    await begin(scene, 'A', 'boot-2');
    const rejoin = (matchId: string, side: 0 | 1, node: string, boot: string) =>
      scene.ask(scene.bus.rejoin(matchId, side, node, boot));
    assert.is(await rejoin(MATCH, 1, 'A', 'boot-2'), 'foreign');
    assert.is(await rejoin(MATCH, 0, 'B', 'boot-2'), 'foreign');
    assert.is(await rejoin('no match', 0, 'A', 'boot-2'), 'foreign');
    assert.is(await rejoin(MATCH, 0, 'A', 'boot-3'), 'foreign');
    assert.is((await scene.match()).sides[0].boot, 'boot-1');
  });

  scenario('who goes on gives signs of life for its match; who does not is silent when the time is over', async (scene) => {
    await scene.at('battle');
    await begin(scene, 'A', 'boot-2');
    await begin(scene, 'B', 'boot-2');
    await scene.ask(scene.bus.rejoin(MATCH, 0, 'A', 'boot-2'));
    await scene.advance(60_001);
    await begin(scene, 'A', 'boot-2');
    const silent = (side: 0 | 1) =>
      scene.advancing({
        ...{ to: 'void', reason: 'TimeoutError', detail: '', against: side, idleSince: null },
        silent: { sides: [side], forMs: 60_000 },
      });
    assert.ok('refused' in (await silent(0)));
    assert.ok('match' in (await silent(1)));
    for (const node of NODES) assert.equal(await seats(scene, node, 'boot-3', 'open'), [], 'it is over');
  });

  scenario('an Elo that was taken is offered no more; nor is one when its time is over', async (scene) => {
    await scene.at('rated');
    for (const side of SIDES) assert.equal(await seats(scene, NODES[side], 'boot-2', 'rated'), [[MATCH, side]]);
    await scene.ask(scene.bus.takeElo(MATCH, 0, 'A'));
    assert.equal(await seats(scene, 'A', 'boot-2', 'rated'), []);
    assert.equal(await seats(scene, 'B', 'boot-2', 'rated'), [[MATCH, 1]]);
    await scene.step(STEPS.closed);
    assert.equal(await seats(scene, 'B', 'boot-2', 'rated'), []);
  });
}
