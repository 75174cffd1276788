/** A new ladder: all begin with the same Elo, and everybody's best candidate is the same one. */
import { delay } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TestWorld } from './world.ts';

const PLAYERS = 200;
/** How long the bus takes for an offer: others look for somebody meanwhile. */
const OFFER_MS = 30;

test(`${PLAYERS} of one Elo are all matched at once, and nobody is offered to two`, () => {
  let offers = 0;
  const world = new TestWorld({
    wire: (bus, _node, time) => ({
      ...bus,
      offer: (...args) => {
        offers++;
        return bus.offer(...args).pipe(delay(OFFER_MS, time));
      },
    }),
  });
  world.start();
  for (let index = 0; index < PLAYERS; index++) world.add('AB'[index % 2] as string, `p${(index * 7) % PLAYERS}`, 1000);
  world.run(2000);
  assert.is(world.of('matched').length, PLAYERS);
  assert.is(offers, PLAYERS / 2);
});

test.run();
