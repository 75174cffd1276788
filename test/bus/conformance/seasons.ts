/** Ladders, and seasons that end. */
import * as assert from 'uvu/assert';
import type { Command } from '../../../bus/admin.ts';
import { MATCH, ofKind, QUEUE, type Scenario, type Scene, SECRET, STEPS } from './scene.ts';

const season = (name: string): Command => ({ kind: 'season', queue: QUEUE, name });

async function rate(scene: Scene, ratings: Readonly<Record<string, number>>): Promise<void> {
  for (const [player, elo] of Object.entries(ratings))
    await scene.command({ kind: 'elo', queue: QUEUE, player, elo, reason: '' }, `elo ${player}`);
}

export function seasons(scenario: Scenario): void {
  scenario('a ladder is read page by page, best first, equal ones in one order', async (scene) => {
    const { bus } = scene;
    assert.equal(await scene.ask(bus.ladder(QUEUE, null, 0, 10)), { size: 0, ranks: [] });
    await rate(scene, { joe: 1000, jeff: 1200.5, bob: 1000, zoë: 1000, '🙂': 1000, '\uffee': 1000, ann: -3.25 });
    const { size, ranks } = await scene.ask(bus.ladder(QUEUE, null, 0, 10));
    assert.is(size, 7);
    assert.equal(
      ranks.map(({ player, elo }) => [player, elo]),
      [
        ['jeff', 1200.5],
        ['🙂', 1000],
        ['\uffee', 1000],
        ['zoë', 1000],
        ['joe', 1000],
        ['bob', 1000],
        ['ann', -3.25],
      ],
    );
    assert.equal((await scene.ask(bus.ladder(QUEUE, null, 2, 3))).ranks, ranks.slice(2, 5));
    assert.equal((await scene.ask(bus.ladder('other', null, 0, 3))).ranks, []);
  });

  scenario('a season ends: its ladder is kept under its name, everybody begins anew', async (scene) => {
    const { bus } = scene;
    await rate(scene, { joe: 1500, jeff: 900 });
    const before = await scene.ask(bus.ladder(QUEUE, null, 0, 10));
    const { at } = await scene.command(season('spring'));
    assert.equal(await scene.ask(bus.ladder(QUEUE, null, 0, 10)), { size: 0, ranks: [] });
    assert.equal(await scene.ask(bus.ladder(QUEUE, 'spring', 0, 10)), before);
    assert.equal(await scene.ask(bus.ladder(QUEUE, 'winter', 0, 10)), { size: 0, ranks: [] });
    assert.equal(await scene.ask(bus.seasons(QUEUE)), [{ name: 'spring', endedAt: at }]);
    assert.equal(await scene.ask(bus.seasons('other')), []);
    assert.is(await scene.ask(bus.rating(QUEUE, 'joe')), null);
    await scene.advance(1);
    assert.is((await scene.enter('joe')).actor.elo, 1000);
    assert.is((await scene.command(season('spring'), 'c2')).outcome, 'refused');
    assert.is((await scene.command(season('summer'), 'c3')).outcome, 'done', 'also one in which nobody played');
    assert.equal(
      (await scene.ask(bus.seasons(QUEUE))).map(({ name }) => name),
      ['spring', 'summer'],
    );
  });

  scenario('a match of before changes no Elo of the new season, and says so', async (scene) => {
    const { bus } = scene;
    await scene.at('battle');
    await scene.command(season('spring'));
    const room = await scene.hear(bus.rooms.challenge(SECRET));
    await scene.ready(await scene.match());
    await scene.step(STEPS.rated);
    assert.equal(ofKind(room, 'ELO')[0]?.sides, [
      { old: 1000, new: 1000, delta: 0 },
      { old: 1000, new: 1000, delta: 0 },
    ]);
    assert.is((await scene.ask(bus.ladder(QUEUE, null, 0, 9))).size, 0);
    assert.is((await scene.ask(bus.ladder(QUEUE, 'spring', 0, 9))).size, 0);
  });

  scenario('who waited before the season plays a match that is not rated; who comes later, one that is', async (scene) => {
    await scene.enter('joe');
    await scene.enter('jeff', { node: 'B' });
    await scene.command(season('spring'));
    await scene.advance(1);
    assert.is((await scene.pair('joe', 'jeff')).rated, false);
    await scene.reach('rated');
    await scene.enter('joe', { ticket: 'joe-2' });
    await scene.enter('jeff', { ticket: 'jeff-2', node: 'B' });
    const match = await scene.pair('joe-2', 'jeff-2', { matchId: 'match-2', challengeRoom: 'secret-2' });
    assert.is(match.rated, true);
    assert.is.not(match.matchId, MATCH);
    await scene.reach('rated', 'match-2');
    assert.is(await scene.ask(scene.bus.rating(QUEUE, 'joe')), 1016);
  });
}
