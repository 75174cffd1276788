/** What the owner should know of: kept once, bounded, read newest first. */
import * as assert from 'uvu/assert';
import { type IncidentRecord, type IncidentReport, MOST_AGO_MS, MOST_INCIDENTS, MOST_REPORT } from '../../../bus/admin.ts';
import { MATCH, QUEUE, type Scenario, STEPS } from './scene.ts';

const report = (id: string): IncidentReport => ({
  ...{ id, kind: 'ExceededTurnOrderError', detail: 'a gap of 7 "turns"', queue: QUEUE, matchId: MATCH },
  ...{ stage: null, actors: ['joe'], nodes: ['A'], log: null, agoMs: 0 },
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
        ...{ id: `void:${MATCH}`, number: 2 * at, at, kind: 'ValidationError', detail: 'no such move', who: null },
        ...{ queue: QUEUE, matchId: MATCH, stage: 'battle', actors: ['joe', 'jeff'], nodes: ['A', 'B'], against: 0 },
        ...{ lastEntryAt: before.lastEntryAt, firstOverAt: null, log: `log:${MATCH}` },
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
      ...{
        id: 'r1',
        number: 2 * (only?.at ?? 0) + 1,
        at: only?.at,
        kind: 'ExceededTurnOrderError',
        detail: 'a gap of 7 "turns"',
        who: null,
      },
      ...{ queue: QUEUE, matchId: MATCH, stage: null, actors: ['joe'], nodes: ['A'], against: null },
      ...{ lastEntryAt: null, firstOverAt: null, log: 'battles/7.json' },
    });
  });

  scenario('a report that names nobody is kept like any other', async (scene) => {
    const { bus } = scene;
    const asked = { ...report('r1'), matchId: 'unknown', actors: [], nodes: [] };
    assert.is(await scene.ask(bus.report(asked)), 'done');
    const [only] = await scene.ask(bus.incidents(null, 10));
    assert.equal([only?.id, only?.actors, only?.nodes], ['r1', [], []]);
  });

  scenario('of a report the bus tells what it knows of the match: both sides, times, where its log is', async (scene) => {
    const { bus } = scene;
    const { lastEntryAt, stage } = await scene.at('battle');
    await scene.ask(bus.report(report('r1')));
    await scene.ask(bus.report({ ...report('r2'), stage: 'teams', log: 'battles/7.json', nodes: ['forged', 'A', 'C'] }));
    const [second, first] = await scene.ask(bus.incidents(null, 10));
    assert.equal([first?.stage, first?.log, second?.stage, second?.log], [stage, `log:${MATCH}`, 'teams', 'battles/7.json']);
    for (const one of [first, second])
      assert.equal([one?.actors, one?.nodes, one?.lastEntryAt], [['joe', 'jeff'], ['A', 'B'], lastEntryAt]);
  });

  scenario('a report that comes late has the time of what it reports, within a day', async (scene) => {
    const { bus } = scene;
    await scene.advance(5000);
    const now = await scene.ask(bus.clock());
    for (const [id, agoMs] of Object.entries({ a: 4000, b: -1, c: 1e12 }))
      await scene.ask(bus.report({ ...report(id), agoMs }));
    const ats = (await scene.ask(bus.incidents(null, 10))).map(({ id, at }) => [id, now - at]);
    assert.equal(ats, [
      ['c', MOST_AGO_MS],
      ['b', 0],
      ['a', 4000],
    ]);
  });

  scenario('a report that is too long is not kept', async (scene) => {
    assert.is(await scene.ask(scene.bus.report({ ...report('r1'), detail: 'x'.repeat(MOST_REPORT) })), 'size');
    assert.equal(await scene.ask(scene.bus.incidents(null, 10)), []);
  });

  scenario('however many nodes report, what leaders wrote stays', async (scene) => {
    const { bus } = scene;
    await scene.at('void');
    for (let from = 0; from < MOST_INCIDENTS + 10; from += 1000)
      await scene.askAll(Array.from({ length: 1000 }, (_, index) => bus.report(report(`s${from + index}`))));
    const read = async (below: number | null): Promise<IncidentRecord[]> => scene.ask(bus.incidents(below, 4000));
    const all: IncidentRecord[] = [];
    for (let page = await read(null); page.length > 0; page = await read(all.at(-1)?.number ?? 0)) all.push(...page);
    assert.is(all.length, MOST_INCIDENTS + 1);
    assert.is(all.at(-1)?.id, `void:${MATCH}`);
    assert.is(new Set(all.map(({ number }) => number)).size, all.length);
  });

  scenario('they are read page by page, newest first, while new ones come; the oldest go', async (scene) => {
    const { bus } = scene;
    const reports = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => bus.report(report(`r${from + index}`)));
    await scene.askAll(reports(0, 100));
    const page = async (below: number | null): Promise<IncidentRecord[]> => scene.ask(bus.incidents(below, 40));
    const ids = (records: readonly IncidentRecord[]): string[] => records.map(({ id }) => id);
    const first = await page(null);
    assert.equal([first[0]?.id, first.at(-1)?.id, first.length], ['r99', 'r60', 40]);
    await scene.ask(bus.report(report('new')));
    const second = await page(first.at(-1)?.number as number);
    assert.equal([second[0]?.id, second.at(-1)?.id], ['r59', 'r20']);
    const third = await page(second.at(-1)?.number as number);
    assert.equal([third.length, third.at(-1)?.id], [20, 'r0']);
    const oldest = third.at(-1)?.number as number;
    assert.equal(await page(oldest), []);
    for (let from = 100; from < MOST_INCIDENTS + 4; from += 1000)
      await scene.askAll(reports(from, Math.min(from + 1000, MOST_INCIDENTS + 4)));
    assert.equal(ids(await page((third.at(-6)?.number as number) + 1)), ['r5'], 'of 10,005 the newest 10,000 are left');
    await scene.ask(bus.report(report('r1')));
    assert.is((await page(null))[0]?.id, 'r1', 'what is forgotten may come again');
  });
}
