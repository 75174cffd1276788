/** In every state of a factory run: answers that it does not wait for (any more) change nothing and are counted. What it makes of the others: `matcher/factory-table`. */
import { EMPTY, NEVER } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bus } from '../../bus/bus.ts';
import type { Message } from '../../bus/messages.ts';
import { ANSWERS, RUN_STATES, type RunState } from '../../matcher/index.ts';
import { TestWorld } from './world.ts';

const never = (verb: keyof Bus) => (bus: Bus) => ({ ...bus, [verb]: () => NEVER });
const unsaid = (bus: Bus, node: string): Bus => ({
  ...bus,
  say: (room, message) => (node === 'B' && message.kind === 'HERE' ? EMPTY : bus.say(room, message)),
});
/** What holds a run in this state, and whose answer it has. */
const HELD: { readonly [state in RunState]: { readonly wire: (bus: Bus, node: string) => Bus; readonly answered: string[] } } =
  {
    asking: { wire: unsaid, answered: ['joe'] },
    offering: { wire: never('offer'), answered: ['joe', 'bob'] },
    deciding: { wire: never('reply'), answered: ['joe', 'bob'] },
    settling: { wire: never('settle'), answered: ['joe', 'bob'] },
    over: { wire: never('joined'), answered: ['joe', 'bob'] },
  };

for (const state of RUN_STATES)
  test(`${state}: whatever is answered once more is counted`, () => {
    const { wire, answered } = HELD[state];
    const world = new TestWorld({ wire }).start();
    const asks = new Map<string, Message & { kind: 'ARE_YOU_THERE' }>();
    const tickets = [
      ['A', 'joe'],
      ['B', 'bob'],
    ].map(([node = '', id = '']) => {
      world.run(100);
      const { ticket } = world.tryAdd(node, { id, elo: 1000 });
      world.bus.hear(world.bus.rooms.waiting(ticket)).subscribe((heard) => {
        if (!heard.listening && heard.message.kind === 'ARE_YOU_THERE') asks.set(id, heard.message);
      });
      return ticket;
    });
    world.run(state === 'asking' ? 500 : 2000);
    const { offers, matches } = world.value(world.bus.snapshot('ranked'), 0);
    const reached = matches.length > 0 ? 'over' : offers.length === 0 ? 'asked' : 'offered';
    assert.is(reached, { asking: 'asked', offering: 'asked', deciding: 'offered', settling: 'offered', over: 'over' }[state]);
    const standings = () => [world.events.length, world.told.length, world.value(world.bus.snapshot('ranked'), 0)];
    const before = standings();
    for (const id of answered)
      for (const kind of ANSWERS) {
        const { ask, ticket } = asks.get(id) as Message & { kind: 'ARE_YOU_THERE' };
        assert.ok(tickets.includes(ticket));
        const counted = (): number => world.node('A').counts.all[`${kind} unasked`] ?? 0;
        const had = counted();
        const answer = { v: 1, ask, ticket, ...(kind === 'BUSY' ? { kind, reason: 'in a shop' } : { kind }) } as const;
        world.bus.say(world.bus.rooms.jaeger('ranked'), answer).subscribe();
        world.run(10);
        assert.is(counted(), had + 1, `${kind} of ${id}`);
      }
    assert.equal(standings(), before);
  });

test.run();
