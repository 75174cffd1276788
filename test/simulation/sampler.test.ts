/** The sampler and the checkers see what they are for, by records that are broken by hand. */
import { Redis } from 'ioredis';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pause, type RedisServer, startRedis, until } from '../../scripts/redis.ts';
import { problemsOfElo } from './ratings.ts';
import { Sampler } from './sampler.ts';

const test = suite('the sampler sees what is planted');
let server: RedisServer;
let client: Redis;
test.before(async () => {
  server = await startRedis();
  client = new Redis(server.port, '127.0.0.1', { replyMapping: 'legacy' });
});
test.after(async () => {
  client.disconnect();
  await server.stop();
});

const json = (value: object): string => JSON.stringify(value);
const ticket = (player: string, more: object = {}): string =>
  json({ queue: 'duel', node: 'A', state: 'waiting', players: [player], body: '{"firstConsidered":5}', ...more });
const presence = (place: string, of: string): string => json({ place, of });
const match = (stage: string, more: object = {}): string =>
  json({ stage, deadline: 9, keptUntil: 7, sides: [{ node: 'A' }, { node: 'A' }], ...more });
const LINEUP = json(['p', 'q'].map((player) => ({ players: [player] })));
/** Keys that are sorted sets; the others are hashes. */
const SORTED = /^(due|ratings:.*)$/;
type Plant = readonly [key: string, ...fields: string[]];
const P_WAITS: readonly Plant[] = [
  ['tickets', 't', ticket('p')],
  ['presences', 'p', presence('queued', 't')],
  ['waiting', 'duel', '1'],
];

const request = (more: object = {}): string =>
  json({ queue: 'duel', players: ['p'], expiresAt: Number.MAX_SAFE_INTEGER, ...more });
const P_REQUESTS: readonly Plant[] = [
  ['instants', 'i', request()],
  ['presences', 'p', presence('instant', 'i')],
  ['instantsWaiting', 'duel', '1'],
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
    [...P_WAITS, ['matches', 'm', match('battle')], ['lineups', 'm', LINEUP], ['presences', 'q', presence('playing', 'm')]],
    /p is in two places/,
  ],
  ['a player who waits for an instant match', P_REQUESTS, /^$/],
  [
    'one who did, and waits in the queue by now',
    [...P_WAITS, ['instants', 'i', request({ expiresAt: 1 })], ['instantsWaiting', 'duel', '1']],
    /^$/,
  ],
  ['a player who waits for both', [...P_WAITS, ['instants', 'i', request()], P_REQUESTS[2] as Plant], /p is in two places/],
  [
    'a request that nobody counts',
    P_REQUESTS.slice(0, 2).concat([['instantsWaiting', 'duel', '0']]),
    /counts 0 requests, not 1/,
  ],
  ['a removed request that is there', [...P_REQUESTS, ['tombstones', 'i', json({ keptUntil: 7 })]], /request i was removed/],
  ['a wrong count', [...P_WAITS, ['waiting', 'duel', '2']], /counts 2 waiting, not 1/],
  ['a ticket of an offer that is not there', [['tickets', 't', ticket('p', { offerId: 'o' })]], /an offer that is not there/],
  [
    'an offer of a ticket that is not there',
    [['offers', 'o', json({ head: 't', candidate: 'u', headReply: 'pending', candidateReply: 'removed' })]],
    /offer o is of a head that does not know it/,
  ],
  [
    'a ticket in an offer of others',
    [
      ['tickets', 't', ticket('p', { offerId: 'o', state: 'locked' })],
      ['offers', 'o', json({ head: 'u', candidate: 'v', headReply: 'removed', candidateReply: 'removed' })],
    ],
    /ticket t is in an offer of others/,
  ],
  ['a ticket that waits and is in an offer', [['tickets', 't', ticket('p', { offerId: 'o' })]], /waits and is in an offer/],
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
  ['a match that ended in a stage that is no end', [['ended', 'm', match('battle')]], /has ended in stage battle/],
  ['a match that is open in a stage that is an end', [['matches', 'm', match('void')]], /is open in stage void/],
  ['a tombstone that stays for ever', [['tombstones', 't', json({ keptUntil: 7 })]], /is there, and nothing takes it away/],
  ['something to take away that is not there', [['due', '7', 't:t']], /t:t is due, and is not there/],
  ['a ticket that became no match', [['matchOfTicket', 't', 'm']], /became a match that is not there/],
  ['a match that nobody plays', [['matches', 'm', match('battle')]], /nobody is known to play match m/],
  ['a lineup of no match', [['lineups', 'm', LINEUP]], /the lineup m is of no match/],
  ['a log of no match', [['entries', 'm', '1 1']], /the log m is of no match/],
  ['ratings that do not sum up', [['ratings:duel', '1016', 'p', '985', 'q']], /sum up to 2001 for 2 players/],
];
for (const [what, records, finds] of plants)
  test(what, async () => {
    await client.flushall();
    for (const [key, ...fields] of records)
      await (SORTED.test(key) ? client.zadd(`{jg:x}:${key}`, ...fields) : client.hset(`{jg:x}:${key}`, ...fields));
    const sampler = new Sampler(server.port, 'x', ['duel']);
    try {
      await sampler.start();
      assert.match((await sampler.stop()).problems.join(', '), finds);
    } finally {
      sampler.close();
    }
  });

test('what changes from one sample to the next, and what is said', async () => {
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
    await client.set('{jg:x}:lease:duel', '8:B');
    await found(/the lease 8:B is not of the newest epoch 7/);
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
test('logs, ratings and what servers were told that do not fit', async () => {
  const entry = (turn: number, kind: string, more: object = {}): string => `1 ${json({ kind, turn, ...more })}`;
  const begin = entry(1, 'BEGIN', { sides: [{ id: 'p' }, { id: 'q' }] });
  const sides = [
    { old: 1000, new: 1016 },
    { old: 1000, new: 984 },
  ];
  const elo = (turn: number): string => entry(turn, 'ELO', { matchId: 'm', sides });
  const good = { matchId: 'm', player: 'p', old: 1000, new: 1016, boot: 0 };
  type Told = typeof good;
  const kinds: readonly (readonly [log: readonly string[], rating: string, told: readonly Told[], finds: RegExp])[] = [
    [[begin, elo(2)], '1016', [good], /^$/],
    [[begin, elo(2), elo(3)], '1032', [good], /has 2 ends/],
    [[begin, elo(3)], '1016', [good], /has turn 3 in place 2/],
    [[begin, elo(2)], '1032', [good], /the rating of p is 1032, its matches make 1016/],
    [[begin, elo(2)], '1016', [good, good], /told twice/],
    [[begin, elo(2)], '1016', [good, { ...good, boot: 1 }], /^$/],
    [[begin, elo(2)], '1016', [{ ...good, new: 1017 }], /told that is in no log/],
  ];
  for (const [log, rating, told, finds] of kinds) {
    await client.flushall();
    await client.rpush('{jg:x}:log:m', ...log);
    await client.zadd('{jg:x}:ratings:duel', rating, 'p', String(2000 - Number(rating)), 'q');
    assert.match(
      (await problemsOfElo({ port: server.port, realm: 'x', queue: 'duel', loses: undefined }, told)).join(', '),
      finds,
    );
  }
});
test.run();
