/** What the owner should know of: kept once, bounded, read newest first. */
import * as assert from 'uvu/assert';
import { type IncidentReport, MOST_INCIDENTS } from '../../../bus/admin.ts';
import { MATCH, QUEUE, type Scenario, STEPS } from './scene.ts';

const report = (id: string): IncidentReport => ({
  ...{ id, kind: 'ExceededTurnOrderError', detail: 'a gap of 7 "turns"', queue: QUEUE, matchId: MATCH },
  ...{ actor: 'joe', node: 'A', log: null },
});

export function incidents(scenario: Scenario): void {
  scenario('every void writes an incident, with whom it is counted against', async (scene) => {
    const { bus } = scene;
    await scene.at('battle');
    const before = await scene.match();
    await scene.advance(7);
    await scene.step(STEPS.void);
    const { deadline: at } = await scene.match();
    assert.equal(await scene.ask(bus.incidents(null, 10)), [
      {
        ...{ id: `void:${MATCH}`, number: 1, at, kind: 'ValidationError', detail: 'no such move', who: null },
        ...{ queue: QUEUE, matchId: MATCH, stage: 'battle', actors: ['joe', 'jeff'], nodes: ['A', 'B'], against: 0 },
        ...{ lastEntryAt: before.lastEntryAt, firstOverAt: null, log: null },
      },
    ]);
    assert.ok('refused' in (await scene.advancing(STEPS.void)));
    assert.is((await scene.ask(bus.incidents(null, 10))).length, 1);
  });

  scenario('a void against nobody is against nobody, and knows of a result that came in', async (scene) => {
    await scene.at('battle');
    await scene.ask(scene.bus.over(MATCH, 1, 'B', 1, 'end'));
    const { firstOverAt } = await scene.match();
    await scene.advance(3);
    await scene.step({ to: 'void', reason: 'ResultMismatch', detail: '', against: null, idleSince: null });
    const [incident] = await scene.ask(scene.bus.incidents(null, 1));
    assert.equal([incident?.against, incident?.firstOverAt, incident?.detail], [null, firstOverAt, '']);
  });

  for (const to of ['rated', 'cancelled'] as const)
    scenario(`a match that is ${to} is no incident`, async (scene) => {
      await scene.at(to);
      assert.equal(await scene.ask(scene.bus.incidents(null, 10)), []);
    });

  scenario('what a node reports is kept once by its id', async (scene) => {
    const { bus } = scene;
    assert.is(await scene.ask(bus.report({ ...report('r1'), log: 'battles/7.json' })), 'done');
    assert.is(await scene.ask(bus.report({ ...report('r1'), detail: 'another' })), 'done');
    const [only, ...more] = await scene.ask(bus.incidents(null, 10));
    assert.equal(more, []);
    assert.equal(only, {
      ...{ id: 'r1', number: 1, at: only?.at, kind: 'ExceededTurnOrderError', detail: 'a gap of 7 "turns"', who: null },
      ...{ queue: QUEUE, matchId: MATCH, stage: null, actors: ['joe'], nodes: ['A'], against: null },
      ...{ lastEntryAt: null, firstOverAt: null, log: 'battles/7.json' },
    });
  });

  scenario('they are read page by page, newest first, while new ones come; the oldest go', async (scene) => {
    const { bus } = scene;
    await scene.askAll(Array.from({ length: 100 }, (_, index) => bus.report(report(`r${index + 1}`))));
    const numbers = async (below: number | null): Promise<number[]> =>
      (await scene.ask(bus.incidents(below, 40))).map(({ number }) => number);
    const first = await numbers(null);
    assert.equal([first[0], first.at(-1), first.length], [100, 61, 40]);
    await scene.ask(bus.report(report('new')));
    const second = await numbers(61);
    assert.equal([second[0], second.at(-1)], [60, 21]);
    assert.is((await numbers(21)).length, 20);
    assert.equal(await numbers(1), []);
    for (let from = 101; from < MOST_INCIDENTS + 5; from += 1000)
      await scene.askAll(
        Array.from({ length: Math.min(1000, MOST_INCIDENTS + 5 - from) }, (_, index) => bus.report(report(`s${from + index}`))),
      );
    const oldest = (await scene.ask(bus.incidents(10, 40))).map(({ number }) => number);
    assert.equal(oldest, [9, 8, 7, 6]);
    await scene.ask(bus.report(report('r1')));
    assert.is((await numbers(null))[0], MOST_INCIDENTS + 6, 'what is forgotten may come again');
  });
}
