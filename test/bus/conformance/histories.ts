/** What players have played: how many games, and the last of them; where the ladder alone rates. */
import * as assert from 'uvu/assert';
import type { AdvanceRequest, EnterRequest } from '../../../bus/bus.ts';
import type { Step } from '../../../matcher/index.ts';
import { actorOf, entering, NODES, QUEUE, type Scenario, type Scene } from './scene.ts';

const rated = (score: 0 | 0.5 | 1, delta: number): Step => ({ to: 'rated', score, delta });
const NOBODY = { games: 0, last: [] };

/** A match from the queue to its Elo; when it was rated. */
async function played(
  scene: Scene,
  number: number,
  step: Step,
  more: Partial<AdvanceRequest> = {},
  requests: readonly Partial<EnterRequest>[] = [],
): Promise<number> {
  const matchId = `match-${number}`;
  const tickets = ['joe', 'jeff'].map((id) => `${id}-${number}`);
  for (const side of [0, 1] as const) {
    const id = side === 0 ? 'joe' : 'jeff';
    const request = { ...entering(id, { node: NODES[side], ...requests[side] }), ticket: tickets[side] as string };
    const answer = await scene.ask(scene.bus.enter(request));
    assert.ok('entered' in answer, JSON.stringify(answer));
  }
  await scene.pair(tickets[0] as string, tickets[1] as string, { matchId, challengeRoom: `room-${number}` });
  await scene.reach('battle', matchId);
  await scene.ready(await scene.match(matchId));
  await scene.step(step, { matchId, ...more });
  const { deadline } = await scene.match(matchId);
  await scene.ready(await scene.match(matchId));
  await scene.step({ to: 'closed' }, { matchId });
  return deadline;
}

export function histories(scenario: Scenario): void {
  scenario('a rated game is in the history of both, newest first; who enters next has played one more', async (scene) => {
    const { bus } = scene;
    const of = (player: string) => scene.ask(bus.history(QUEUE, null, player));
    assert.equal(await of('joe'), NOBODY);
    const window = 60_000;
    const first = (await played(scene, 1, rated(1, 16), { windowMs: window })) - window;
    await scene.advance(1000);
    const second = (await played(scene, 2, rated(0.5, -1), { windowMs: window })) - window;
    assert.equal(await of('joe'), {
      games: 2,
      last: [
        { at: second, matchId: 'match-2', opponent: 'jeff', result: 'drawn', old: 1016, new: 1015, delta: -1 },
        { at: first, matchId: 'match-1', opponent: 'jeff', result: 'won', old: 1000, new: 1016, delta: 16 },
      ],
    });
    assert.equal((await of('jeff')).last[1], {
      ...{ at: first, matchId: 'match-1', opponent: 'joe', result: 'lost', old: 1000, new: 984, delta: -16 },
    });
    assert.is((await scene.enter('joe')).games, 2);
    assert.is((await scene.ticket('joe')).games, 2);
    assert.equal(await scene.ask(bus.history('other', null, 'joe')), NOBODY);
  });

  scenario('so many results are kept, all are counted', async (scene) => {
    for (let number = 1; number <= 4; number++) await played(scene, number, rated(1, 1), { keptResults: 2 });
    const { games, last } = await scene.ask(scene.bus.history(QUEUE, null, 'joe'));
    assert.is(games, 4);
    assert.equal(
      last.map(({ matchId }) => matchId),
      ['match-4', 'match-3'],
    );
    await played(scene, 5, rated(0, -1), { keptResults: 0 });
    assert.equal(await scene.ask(scene.bus.history(QUEUE, null, 'joe')), { games: 5, last: [] });
  });

  scenario(
    'each member of a party has the game in its own history, and its own change; a party has played as few as its newest',
    async (scene) => {
      await scene.command({ kind: 'elo', queue: QUEUE, player: 'ann', elo: 10, reason: '' });
      const party = actorOf('joe', ['ann', 'zoe']);
      await played(scene, 1, rated(0, -20), {}, [{ actor: party }]);
      const [ann, zoe] = [
        await scene.ask(scene.bus.history(QUEUE, null, 'ann')),
        await scene.ask(scene.bus.history(QUEUE, null, 'zoe')),
      ];
      assert.equal(
        ann.last.map(({ old, new: rating, delta, opponent }) => [old, rating, delta, opponent]),
        [[10, 0, -10, 'jeff']],
      );
      assert.equal(
        zoe.last.map(({ delta, result }) => [delta, result]),
        [[-20, 'lost']],
      );
      assert.is((await scene.enter('x', { actor: actorOf('x', ['ann', 'new']) })).games, 0);
    },
  );

  scenario('what changes no Elo is in no history', async (scene) => {
    await scene.at('battle');
    await scene.step({ to: 'void', reason: 'TimeoutError', detail: '', against: null, idleSince: null });
    assert.equal(await scene.ask(scene.bus.history(QUEUE, null, 'joe')), NOBODY);
    await scene.open({ matchId: 'unrated', ratedSameNode: false }, [
      { ticket: 't0', node: 'A' },
      { ticket: 't1', node: 'A' },
    ]);
    await scene.reach('rated', 'unrated');
    assert.equal(await scene.ask(scene.bus.history(QUEUE, null, 'joe')), NOBODY);
  });

  scenario('a season ends: histories are kept under its name, everybody begins anew', async (scene) => {
    await played(scene, 1, rated(1, 16));
    const before = await scene.ask(scene.bus.history(QUEUE, null, 'joe'));
    await scene.command({ kind: 'season', queue: QUEUE, name: 'spring' });
    assert.equal(await scene.ask(scene.bus.history(QUEUE, null, 'joe')), NOBODY);
    assert.equal(await scene.ask(scene.bus.history(QUEUE, 'spring', 'joe')), before);
    await scene.advance(1);
    assert.is((await scene.enter('joe')).games, 0);
  });

  scenario('where the ladder alone rates, an Elo that is not its own changes none', async (scene) => {
    const ladder = { initialElo: 1000, partyElo: 'mean' } as const;
    await played(scene, 1, rated(1, 16), { ladder });
    assert.is(await scene.ask(scene.bus.rating(QUEUE, 'joe')), 1016);
    await played(scene, 2, rated(1, 30), { ladder }, [{ elo: 3000 }]);
    assert.is(await scene.ask(scene.bus.rating(QUEUE, 'joe')), 1016);
    assert.is(await scene.ask(scene.bus.rating(QUEUE, 'jeff')), 984);
    const said = (await scene.ask(scene.bus.log('match-2', 1, 99))).at(-1)?.entry;
    assert.ok(said?.kind === 'ELO');
    assert.equal(
      said.sides.map(({ delta }) => delta),
      [0, 0],
    );
    await played(scene, 3, rated(1, 15), { ladder }, [{ elo: 1016 }]);
    assert.is(await scene.ask(scene.bus.rating(QUEUE, 'joe')), 1031, 'its own, whoever says it');
    await played(scene, 4, rated(1, 30), {}, [{ elo: 3000 }]);
    assert.is(await scene.ask(scene.bus.rating(QUEUE, 'joe')), 3030, "where the host's counts");
  });
}
