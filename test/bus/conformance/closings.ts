/** Nodes that the owner drains or blocks. */
import * as assert from 'uvu/assert';
import type { Command } from '../../../bus/admin.ts';
import { entering, MATCH, type Scenario, STEPS } from './scene.ts';

const closing = (kind: 'drain' | 'block', node = 'A'): Command => ({ kind, node, reason: 'an update' });

export function closings(scenario: Scenario): void {
  for (const [kind, how, open] of [
    ['drain', 'drained', 'undrain'],
    ['block', 'blocked', 'unblock'],
  ] as const)
    scenario(`who is ${how} takes nobody in until it is not any more; others do`, async (scene) => {
      const { bus } = scene;
      await scene.enter('joe');
      assert.is((await scene.command(closing(kind), 'c1')).says, how);
      const closed = { node: 'A', how, reason: 'an update' };
      assert.equal(await scene.ask(bus.closed()), [closed]);
      assert.equal(await scene.ask(bus.enter(entering('bob'))), { refused: 'closed', closed });
      assert.ok('entered' in (await scene.ask(bus.enter(entering('joe')))), 'who is in is in, also when it asks again');
      await scene.enter('jeff', { node: 'B' });
      assert.is((await scene.command({ kind: open, node: 'A' }, 'c2')).says, `not ${how} any more`);
      assert.equal(await scene.ask(bus.closed()), []);
      await scene.enter('bob');
      assert.is((await scene.command({ kind: open, node: 'A' }, 'c3')).says, `not ${how}`);
      const incidents = await scene.ask(bus.incidents(null, 10));
      assert.equal(
        incidents.map(({ detail, nodes }) => [detail, nodes]),
        [
          [`not ${how} any more`, ['A']],
          [`${how}: an update`, ['A']],
        ],
      );
    });

  scenario('drained and blocked are two things: the end of one is not the end of the other', async (scene) => {
    const { bus } = scene;
    await scene.command(closing('drain'), 'c1');
    await scene.command(closing('block'), 'c2');
    assert.equal(
      (await scene.ask(bus.closed())).map(({ how }) => how),
      ['blocked', 'drained'],
    );
    await scene.command({ kind: 'undrain', node: 'A' }, 'c3');
    const answer = await scene.ask(bus.enter(entering('bob')));
    assert.ok('refused' in answer && answer.refused === 'closed' && answer.closed.how === 'blocked');
  });

  scenario('matches of a drained node go on to their end', async (scene) => {
    await scene.at('joining');
    await scene.command(closing('drain'));
    await scene.reach('rated');
  });

  scenario('a blocked node has no say: not to an offer, not in a match', async (scene) => {
    const { bus } = scene;
    await scene.enter('joe');
    await scene.enter('jeff', { node: 'B' });
    await scene.offer('joe', 'jeff');
    await scene.command(closing('block'), 'c1');
    assert.is(await scene.ask(bus.reply('joe-jeff', 'joe', 'confirmed')), 'foreign');
    assert.is(await scene.ask(bus.reply('joe-jeff', 'jeff', 'confirmed')), 'done');
    await scene.command({ kind: 'unblock', node: 'A' }, 'c2');
    assert.is(await scene.ask(bus.reply('joe-jeff', 'joe', 'confirmed')), 'done');
    assert.is(await scene.ask(bus.leave('A', 'joe')), 'offered', 'but its own may leave');
  });

  for (const [stage, say] of [
    ['joining', 'joined'],
    ['teams', 'team'],
    ['validating', 'judge'],
    ['battle', 'append'],
    ['battle', 'over'],
    ['rated', 'takeElo'],
  ] as const)
    scenario(`a blocked node does not say ${say}`, async (scene) => {
      const { bus } = scene;
      await scene.at(stage);
      await scene.command(closing('block'));
      const asks = {
        joined: () => bus.joined(MATCH, 0, 'A'),
        team: () => bus.team(MATCH, 0, 'A', 'team'),
        judge: () => bus.judge(MATCH, 0, 'A', null),
        append: () => bus.append(MATCH, 0, 'A', 1, 'data', ''),
        over: () => bus.over(MATCH, 0, 'A', 0, ''),
        takeElo: () => bus.takeElo(MATCH, 0, 'A'),
      };
      const before = await scene.match();
      const answer = await scene.ask<unknown>(asks[say]());
      assert.equal(answer, say === 'append' ? { refused: 'foreign' } : 'foreign');
      assert.equal(await scene.match(), before);
      await scene.command({ kind: 'unblock', node: 'A' }, 'c2');
      await scene.ready(await scene.match());
      if (stage === 'battle') await scene.step(STEPS.rated);
    });
}
