/** Two servers, four players, random battles to their end: equal digests on every turn, the same Elos and the same ladder on both. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RANDOM, withNetwork } from '../../../scripts/showdown/network.ts';

const ROUNDS = 10;
const ELO = /Your Elo: (\d+) → (\d+)/;

test(`${2 * ROUNDS} battles between two servers are played to their end`, async () => {
  await withNetwork({}, async (network) => {
    const { owner, servers } = network;
    const players = await Promise.all([0, 1, 2, 3].map((n) => network.join(`player ${n}`, n % 2)));
    for (let round = 1; round <= ROUNDS; round++) {
      for (const player of players) player.say(`/ranked ${RANDOM}`);
      await Promise.all(players.map((player) => player.hears(ELO, 120_000, round)));
    }
    assert.equal(await owner.incidents(), []);
    const { page } = await owner.ladder(RANDOM);
    assert.is(page.length, 4);
    assert.is(
      page.reduce((sum, { elo }) => sum + elo, 0),
      4000,
    );
    for (const player of players) {
      const elos = player.lines.flatMap((line) =>
        [...line.matchAll(new RegExp(ELO, 'g'))].map(([, from, to]) => [Number(from), Number(to)]),
      );
      assert.is(elos.length, ROUNDS);
      // Each Elo is where the last one led, and the ladder has the last.
      for (const [index, [from]] of elos.entries()) assert.is(from, index === 0 ? 1000 : elos[index - 1]?.[1]);
      const id = player.name.replace(' ', '');
      assert.is(Math.round(page.find(({ player }) => player === id)?.elo ?? 0), elos.at(-1)?.[1]);
      assert.is(player.battles.length, ROUNDS);
    }
    const tops = await Promise.all(
      players.map(async (player) => {
        player.say(`/ranked top ${RANDOM}`);
        return (await player.hears(/<table>/)).replace(/^.*(<strong>.*)$/, '$1');
      }),
    );
    assert.is(new Set(tops).size, 1, tops.join('\n'));
    for (const { output } of servers) assert.not.match(output, /CRASH|fault|refused/);
  });
});

test.run();
