/** The sampler and the checkers see what they are for: records that are broken by hand, and products that are broken in one place. */
import { Redis } from 'ioredis';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pause, type RedisServer, startRedis, until } from '../../scripts/redis.ts';
import { Sampler } from './sampler.ts';
import { scenarios } from './scenario.ts';
import type { World } from './world.ts';

const planted = suite('the sampler sees what is planted');
let server: RedisServer;
let client: Redis;
planted.before(async () => {
  server = await startRedis();
  client = new Redis(server.port, '127.0.0.1', { replyMapping: 'legacy' });
});
planted.after(async () => {
  client.disconnect();
  await server.stop();
});

const json = (value: object): string => JSON.stringify(value);
const ticket = (player: string, more: object = {}): string =>
  json({ queue: 'duel', node: 'A', state: 'waiting', players: [player], body: '{"firstConsidered":5}', ...more });
const presence = (place: string, of: string): string => json({ place, of });
const match = (stage: string, more: object = {}): string =>
  json({ stage, deadline: 9, keptUntil: 7, sides: ['p', 'q'].map((player) => ({ players: [player], node: 'A' })), ...more });
type Plant = readonly [key: string, ...fields: string[]];
const P_WAITS: readonly Plant[] = [
  ['tickets', 't', ticket('p')],
  ['presences', 'p', presence('queued', 't')],
  ['waiting', 'duel', '1'],
];

const plants: readonly (readonly [what: string, plants: readonly Plant[], finds: RegExp])[] = [
  ['nothing', [], /^$/],
  ['a waiting player', P_WAITS, /^$/],
  ['an orphan presence', [['presences', 'p', presence('queued', 't')]], /p is said to be queued t and is nowhere/],
  [
    'a presence of another place',
    [...P_WAITS, ['presences', 'p', presence('offered', 't')]],
    /said to be offered t and is queued t/,
  ],
  ['a record without a presence', [P_WAITS[0] as Plant, P_WAITS[2] as Plant], /no presence says so/],
  ['two tickets of a player', [...P_WAITS, ['tickets', 'u', ticket('p')], ['waiting', 'duel', '2']], /p is in two places/],
  [
    'a player who waits and plays',
    [...P_WAITS, ['matches', 'm', match('battle')], ['presences', 'q', presence('playing', 'm')]],
    /p is in two places/,
  ],
  ['a wrong count', [...P_WAITS, ['waiting', 'duel', '2']], /counts 2 waiting, not 1/],
  ['a ticket of an offer that is not there', [['tickets', 't', ticket('p', { offerId: 'o' })]], /an offer that is not there/],
  [
    'an offer of a ticket that is not there',
    [['offers', 'o', json({ head: 't', candidate: 'u', headReply: 'pending', candidateReply: 'removed' })]],
    /offer o is of a head that does not know it/,
  ],
  ['a removed ticket that is there', [...P_WAITS, ['tombstones', 't', json({ keptUntil: 7 })]], /was removed and is there/],
  ['an ended match that stays for ever', [['ended', 'm', match('void')]], /nothing takes it away/],
  [
    'a match that is open and has ended',
    [
      ['matches', 'm', match('rated')],
      ['ended', 'm', match('closed')],
    ],
    /is open and has ended/,
  ],
  ['a log of no match', [['entries', 'm', '1 1']], /the log m is of no match/],
  ['ratings that do not sum up', [['ratings:duel', '1016', 'p', '985', 'q']], /sum up to 2001 for 2 players/],
];
for (const [what, records, finds] of plants)
  planted(what, async () => {
    await client.flushall();
    for (const [key, ...fields] of records)
      await (key.startsWith('ratings') ? client.zadd(`{jg:x}:${key}`, ...fields) : client.hset(`{jg:x}:${key}`, ...fields));
    const sampler = new Sampler(server.port, 'x', ['duel']);
    try {
      await sampler.start();
      assert.match((await sampler.stop()).problems.join(', '), finds);
    } finally {
      sampler.close();
    }
  });

planted('what changes from one sample to the next, and what is said', async () => {
  await client.flushall();
  const sampler = new Sampler(server.port, 'x', ['duel']);
  const found = (problem: RegExp) => until(String(problem), () => [...sampler.problems].some((each) => problem.test(each)));
  try {
    await sampler.start();
    await client.mset('{jg:x}:epoch:duel', '7', '{jg:x}:lease:duel', '7:A');
    for (const [key, ...fields] of P_WAITS) await client.hset(`{jg:x}:${key}`, ...fields);
    await pause(150);
    assert.equal([...sampler.problems], []);
    await client.set('{jg:x}:lease:duel', '7:B');
    await found(/under the same epoch/);
    const said = json({ kind: 'OFFER', queue: 'duel', epoch: 6 });
    await client.publish('{jg:x}:waiting:t', said);
    await found(/OFFER was written under epoch 6 after 7 had led/);
    await client.mset('{jg:x}:epoch:duel', '6', '{jg:x}:lease:duel', '6:B');
    await found(/went from 7 back to 6/);
    await client.hset('{jg:x}:tickets', 't', ticket('p', { body: '{"firstConsidered":6}' }));
    await found(/was first considered at 5, now it says 6/);
  } finally {
    sampler.close();
  }
});
planted.run();

const playFor = (ms: number) => async (world: World) => {
  world.play(8);
  await pause(ms);
};
const mutants = suite('the checkers see a product that is broken');
scenarios(mutants, 3, [
  {
    name: 'nothing is broken',
    invariant: 'nothing is found, and there are matches',
    nodes: ['A', 'B'],
    chaos: async (world) => {
      world.play(8);
      await until('they play', () => world.count('elo') > 8);
    },
  },
  {
    name: 'the Elo is applied twice, to both sides',
    invariant: 'it is found, though the sum is right',
    nodes: ['A', 'B'],
    mutants: [{ script: 'advance', from: 'local new = old + change', to: 'local new = old + 2 * change' }],
    chaos: playFor(1000),
    finds: /^the rating of .* its matches make/,
  },
  {
    name: 'a player is added while they are somewhere',
    invariant: 'it is found',
    nodes: ['A', 'B'],
    settledWithinMs: 2000,
    mutants: [{ script: 'enter', from: 'if #present > 1', to: 'if false' }],
    chaos: async (world) => {
      await world.add(world.node('A'), 'joe');
      await world.node('A').tell({ do: 'hold', player: 'joe', at: 'accept' });
      await world.add(world.node('B'), 'joe');
      await pause(300);
    },
    finds: /joe is in two places/,
  },
  {
    name: 'who declines is taken away without a word',
    invariant: 'the vanished add is found',
    nodes: ['A', 'B'],
    declines: 100,
    settledWithinMs: 6000,
    mutants: [{ script: 'settle', from: '"kind":"WITHDRAWN"', to: '"kind":"TAKEN"' }],
    chaos: playFor(1000),
    finds: /was added .* and vanished/,
  },
]);
mutants.run();
