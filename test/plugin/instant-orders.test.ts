/** Two requests at the same instant always find each other: in every order in which the steps of both can happen. */
import { EMPTY, NEVER, of, Subscription } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { memoryBus } from '../../bus/memory.ts';
import { configOf } from '../../plugin/config.ts';
import type { EventBody } from '../../plugin/events.ts';
import type { Host } from '../../plugin/host.ts';
import { Meetings } from '../../plugin/meetings.ts';
import { Undoing } from '../../plugin/undoing.ts';
import { VirtualTime } from '../../scripts/virtual-time.ts';
import { everyOrder, Lanes } from './interleavings.ts';

const host: Host = {
  tell: () => undefined,
  accept: () => false,
  team: () => NEVER,
  validate: () => null,
  battle: () => undefined,
};
const configs = new Map(
  ['A', 'B'].map((nodeId) => [nodeId, configOf({ nodeId, queues: { duel: { instant: { fields: {} } } } })] as const),
);

/** Tries all orders of these requests; how many there are. */
const ordersOf = (users: readonly (readonly [node: string, id: string])[]): number =>
  everyOrder(() => {
    const lanes = new Lanes();
    const scheduler = new VirtualTime();
    const bus = memoryBus({ scheduler });
    const events: EventBody[] = [];
    const faults: string[] = [];
    const lives = new Subscription();
    let ids = 0;
    const nodes = new Map(
      [...configs].map(([node, config]) => {
        const wired = lanes.wire(bus, node, (room) => room.includes('INSTANT_MATCH'));
        const meetings = new Meetings({
          ...{ runtime: { bus: wired, scheduler, newId: () => `id${ids++}`, elapsedMs: () => 0 }, host, config },
          ...{ boot: () => `boot of ${node}`, arrived: () => of(undefined), isQueued: () => false, admits: () => true },
          ...{
            stopped$: NEVER,
            isStopping: () => false,
            lost$: NEVER,
            undoing: new Undoing(),
            dataLost: () => EMPTY,
            ended: () => undefined,
            departed: () => undefined,
          },
          fault: (where) => void faults.push(where),
          run: (work$, where) =>
            lives.add(work$.subscribe({ next: (event) => events.push(event), error: () => faults.push(where) })),
        });
        return [node, meetings] as const;
      }),
    );
    const settle = (): void => scheduler.runUntil(scheduler.now() + 1);
    for (const [node, id] of users) lives.add((nodes.get(node) as Meetings).instant({ id }).subscribe());
    settle();
    return {
      lanes,
      settle,
      end: (order) => {
        const text = order.join(', ');
        const matched = events.flatMap((event) => (event.kind === 'matched' ? [event] : []));
        assert.equal(matched.map(({ id }) => id).sort(), ['bob', 'joe'], text);
        assert.is(new Set(matched.map(({ matchId }) => matchId)).size, 1, text);
        assert.equal(events.map(({ kind }) => kind).sort(), ['matched', 'matched', 'waits', 'waits'], text);
        assert.equal(faults, [], text);
        lives.unsubscribe();
      },
    };
  });

for (const [atLeast, ...users] of [
  [1000, ['A', 'joe'], ['B', 'bob']],
  [30, ['A', 'joe'], ['A', 'bob']],
] as const)
  test(`every order of the steps of ${users.map(([node, id]) => `${id} on ${node}`).join(' and ')}`, () => {
    const orders = ordersOf(users);
    assert.ok(orders > atLeast, `${orders} orders`);
  });

test.run();
