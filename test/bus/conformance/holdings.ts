/** What the bus holds of a node, page by page, for the node to compare. */
import * as assert from 'uvu/assert';
import type { Holdings, HoldingsRequest } from '../../../bus/bus.ts';
import { entering, QUEUE, type Scenario, type Scene, settling } from './scene.ts';

const of = (more: Partial<HoldingsRequest> = {}): HoldingsRequest => ({
  ...{ node: 'A', boot: 'boot-1', queue: QUEUE, after: '', most: 100 },
  ...more,
});

async function pages(scene: Scene, request: HoldingsRequest): Promise<(readonly string[])[]> {
  const { generation } = await scene.fence();
  const found: (readonly string[])[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const page: Holdings = await scene.ask(scene.bus.holdings({ ...request, after }));
    assert.ok('tickets' in page);
    assert.is(page.generation, generation);
    found.push(page.tickets);
    after = page.next;
  }
  return found;
}

export function holdings(scenario: Scenario): void {
  scenario('the tickets of a node in a queue are listed by id, in pages, and no others', async (scene) => {
    for (const id of ['e', 'b', 'd', 'a', 'c']) await scene.enter(id);
    await scene.enter('other-queue', { queue: 'other' });
    await scene.enter('other-node', { node: 'A:' });
    await scene.enter('another-node', { node: 'AA' });
    assert.equal(await pages(scene, of()), [['a', 'b', 'c', 'd', 'e']]);
    assert.equal(await pages(scene, of({ most: 2 })), [['a', 'b'], ['c', 'd'], ['e']]);
    assert.equal(await pages(scene, of({ most: 5 })), [['a', 'b', 'c', 'd', 'e'], []]);
    assert.equal(await pages(scene, of({ node: 'nobody' })), [[]]);
    assert.equal(await pages(scene, of({ queue: 'other' })), [['other-queue']]);
  });

  scenario('only those of the boot are listed; a page of another one is empty and leads on', async (scene) => {
    await scene.enter('a', { boot: 'boot-0' });
    await scene.enter('b', { boot: 'boot-0' });
    await scene.enter('c');
    assert.equal(await pages(scene, of({ most: 2 })), [[], ['c']]);
    assert.equal(await pages(scene, of({ boot: 'boot-0', most: 2 })), [['a', 'b'], []]);
  });

  scenario('a ticket is listed while it is in the queue, locked too, and not in a match', async (scene) => {
    const listed = async (): Promise<readonly string[]> => (await pages(scene, of())).flat();
    await scene.enter('joe');
    await scene.enter('jeff', { node: 'B' });
    assert.equal(await listed(), ['joe']);
    const { offerId } = await scene.offer('joe', 'jeff');
    assert.equal(await listed(), ['joe']);
    await scene.reply(offerId, { joe: 'confirmed', jeff: 'confirmed' });
    await scene.ask(scene.bus.settle(await scene.fence(), settling({ offerId })));
    assert.equal(await listed(), []);
    await scene.step({ to: 'cancelled', failed: [1], late: false });
    assert.equal(await listed(), ['joe']);
    await scene.ask(scene.bus.leave('A', 'joe'));
    assert.equal(await listed(), []);
  });

  scenario('pages that are read while the queue changes miss nobody who was there all the time', async (scene) => {
    for (const id of ['b', 'd', 'f', 'h']) await scene.enter(id);
    await scene.fence();
    const first = await scene.ask(scene.bus.holdings(of({ most: 2 })));
    assert.ok('tickets' in first && first.next === 'd');
    await scene.ask(scene.bus.leave('A', 'd'));
    await scene.ask(scene.bus.enter(entering('a')));
    await scene.ask(scene.bus.enter(entering('e')));
    const second = await scene.ask(scene.bus.holdings(of({ after: first.next, most: 3 })));
    assert.equal('tickets' in second && [first.tickets, second.tickets], [
      ['b', 'd'],
      ['e', 'f', 'h'],
    ]);
  });
}
