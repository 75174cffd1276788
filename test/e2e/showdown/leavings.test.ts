/** Players who do not want to any more, or are gone, at each stage: nobody is stuck, and who did nothing is back in the queue with the time waited. */
import * as assert from 'uvu/assert';
import { until } from '../../../scripts/redis.ts';
import type { Client } from '../../../scripts/showdown/client.ts';
import { OWN, RANDOM } from '../../../scripts/showdown/network.ts';
import type { ShowdownServer } from '../../../scripts/showdown/server.ts';
import { bothAsked, idOf, inBattle, LOST, roomOf, sceneOf, WON } from './scene.ts';
import { TEAM } from './team.ts';

/** For who leaves the server and is out of the queue some seconds later. */
const [QUIET, OTHER] = ['gen8randombattle', 'gen7randombattle'];
const QUEUE = { times: { reconnectMs: 3000, pairRestMs: 1 } };

const scene = sceneOf('leavings', {
  before: () => ({
    queues: { [RANDOM]: QUEUE, [OWN]: QUEUE, [QUIET]: QUEUE, [OTHER]: QUEUE },
    // One that leads must not stand still.
    of: (nodeId) => ({ candidate: nodeId === 'east', log: 'debug' }),
  }),
  afterEach: () => west().goOn(),
});
const { test, last, network, number } = scene;
const west = (): ShowdownServer => network().servers[1] as ShowdownServer;

const placeOf = async (client: Client): Promise<string | undefined> =>
  (await network().owner.player(idOf(client))).presence?.place;
const waited = async (client: Client, queue: string): Promise<number> =>
  (await network().owner.waiting(queue)).page.find(({ id }) => id === idOf(client))?.waitedMs ?? Number.NaN;

async function queued(queue: string, ...clients: Client[]): Promise<number> {
  if (queue === OWN) for (const client of clients) client.say(`/utm ${TEAM}`);
  for (const client of clients) client.say(`/ranked ${queue}`);
  await Promise.all(clients.map((client) => client.hears(/You are in the queue/)));
  return Date.now();
}
/** Both asked, nobody has answered. */
async function offered(queue: string, a: Client, b: Client): Promise<number> {
  a.accepts = b.accepts = false;
  const since = await queued(queue, a, b);
  await Promise.all([a.hears(/An opponent is found/), b.hears(/An opponent is found/)]);
  return since;
}
/** The match is made, and b's server has not come into the challenge room: it stands still. */
async function matched(queue: string, a: Client, b: Client): Promise<number> {
  const since = await offered(queue, a, b);
  b.say('/ranked accept');
  await until('b has accepted', () => west().output.includes(`replied {"id":"${idOf(b)}"`));
  west().standStill();
  a.say('/ranked accept');
  await a.hears(/You are matched/);
  return since;
}
/** The match has begun, and b's team is not there yet. */
async function begun(a: Client, b: Client): Promise<void> {
  a.accepts = b.accepts = false;
  await queued(OWN, a, b);
  b.say('/holdteams');
  await b.hears(/teams are held/);
  await Promise.all([a.hears(/An opponent is found/), b.hears(/An opponent is found/)]);
  for (const client of [a, b]) client.say('/ranked accept');
  await Promise.all([a.hears(/Your opponent is /), b.hears(/Your opponent is /)]);
}
/** b is in the queue again as if nothing had been, and a nowhere. */
async function isBack(b: Client, a: Client, queue: string, since: number): Promise<void> {
  await b.hears(/You are in the queue again, with the time that you have waited/);
  const atLeast = Date.now() - since;
  assert.ok((await waited(b, queue)) >= atLeast - 50, 'the time waited is kept');
  assert.is(await placeOf(b), 'queued');
  assert.is(await placeOf(a), undefined);
  b.say('/ranked cancel');
  await b.hears(/You are out of the queue/);
}

test('waiting: nothing to decline, and out; who asks again is told where it waits', async (a) => {
  await queued(RANDOM, a);
  a.say('/ranked decline');
  await a.hears(/There is nothing to decline/);
  a.say(`/ranked ${RANDOM}`);
  await a.hears(/Place 1 of 1, for \d+ s/);
  a.say('/ranked cancel');
  await a.hears(/You are out of the queue/);
  assert.is(await placeOf(a), undefined);
  a.say('/ranked cancel');
  await a.hears(/You are in no queue/);
});

test('asked: declined', async (a, b) => {
  const since = await offered(RANDOM, a, b);
  a.say(`/ranked ${RANDOM}`);
  await a.hears(/An opponent is found in .*: \/ranked accept or \/ranked decline/);
  a.say('/ranked decline');
  await a.hears(/You are out of the queue/);
  await isBack(b, a, RANDOM, since);
  a.say('/ranked accept');
  await a.hears(/nothing to accept/);
});

test('asked: out of the queue, before or after accepting', async (a, b) => {
  for (const hasAccepted of [false, true]) {
    const since = await offered(RANDOM, a, b);
    if (hasAccepted) a.say('/ranked accept');
    a.say('/ranked cancel');
    await a.hears(/You are out of the queue/);
    await isBack(b, a, RANDOM, since);
    b.say('/ranked accept');
    await b.hears(/nothing to accept/);
    for (const client of [a, b]) client.forget();
  }
});

test('both have accepted, the other server is not in the challenge room yet: out of the queue, the other one is back', async (a, b) => {
  const since = await matched(RANDOM, a, b);
  a.say('/ranked decline');
  await a.hears(/There is nothing to decline/);
  a.say('/ranked cancel');
  await a.hears(/You are out of the queue\./);
  await a.hears(/You are out of the queue: removed/);
  west().goOn();
  await isBack(b, a, RANDOM, since);
});

test('the match has begun, teams are not there yet: who asks to be out is told what that is, and plays unless it asks again', async (a, b) => {
  a.plays = b.plays = false;
  await begun(a, b);
  a.say('/ranked cancel');
  await a.hears(/Leaving it is losing it: \/ranked cancel once more gives it up/);
  b.say('/releaseteams');
  await bothAsked(a, b);
  a.say('/ranked cancel');
  await a.hears(/Your battle has begun: \/forfeit gives it up/);
  b.send(`${roomOf(b)}|/forfeit`);
  await Promise.all([a.hears(WON), b.hears(LOST)]);
});

test('the match has begun, teams are not there yet: it is given up as soon as the battle opens', async (a, b) => {
  await begun(a, b);
  a.say('/ranked decline');
  await a.hears(/There is nothing to decline/);
  a.say('/ranked cancel');
  await a.hears(/Leaving it is losing it/);
  a.say('/ranked cancel');
  await a.hears(/You give the battle up as soon as it opens/);
  a.say(`/ranked ${OWN}`);
  await a.hears(/You are in a match already/);
  b.say('/releaseteams');
  await Promise.all([a.hears(LOST), b.hears(WON), b.hears(/forfeited/)]);
  for (const client of [a, b]) client.forget();
  // What was given up is over: the next battle is played.
  a.accepts = b.accepts = true;
  a.plays = b.plays = false;
  await queued(OWN, a, b);
  await bothAsked(a, b);
  a.say('/ranked cancel');
  await a.hears(/Your battle has begun: \/forfeit gives it up/);
  b.send(`${roomOf(b)}|/forfeit`);
  await Promise.all([a.hears(WON), b.hears(LOST)]);
});

test('who leaves for good, at each stage', async (a, b) => {
  const pair = (which: string): Promise<[Client, Client]> =>
    Promise.all([network().join(`emma ${which} ${number()}`, 0), network().join(`frieda ${which} ${number()}`, 1)]);
  const alone = await network().join(`gerda ${number()}`, 0);
  await queued(QUIET, alone);
  alone.drop();
  const [asked, other] = await pair('asked');
  const since = await offered(OTHER, asked, other);
  asked.drop();

  await matched(RANDOM, a, b);
  a.drop();
  west().goOn();
  await Promise.all([b.hears(/dropped out and has \d+ seconds/), b.hears(/did not come back|forfeited/), b.hears(WON)]);

  const [gone, left] = await pair('teams');
  await begun(gone, left);
  gone.drop();
  left.say('/releaseteams');
  await Promise.all([left.hears(/dropped out and has \d+ seconds/), left.hears(WON)]);

  const [loser, winner] = await pair('battle');
  await inBattle(loser, winner);
  loser.drop();
  await Promise.all([winner.hears(/dropped out and has \d+ seconds/), winner.hears(WON)]);

  await isBack(other, asked, OTHER, since);
  await until('who was alone is out', async () => (await placeOf(alone)) === undefined, 30_000);
});

test('both drop out at once, and come back: they play on', async (a, b) => {
  await inBattle(a, b);
  for (const client of [a, b]) client.drop();
  const heard = [a, b].map(({ lines }) => lines.length);
  await Promise.all([a, b].map((client, at) => client.connect((network().servers[at] as ShowdownServer).port)));
  await until('both are asked again', () =>
    [a, b].every(({ lines }, at) => lines.slice(heard[at]).some((line) => line.startsWith('|request|{'))),
  );
  for (const client of [a, b]) client.choose(roomOf(client));
  await Promise.all([a.hears(/^\|turn\|2/), b.hears(/^\|turn\|2/)]);
  a.send(`${roomOf(a)}|/forfeit`);
  await Promise.all([a.hears(LOST), b.hears(WON)]);
});

test('both drop out at once, and stay away: who was away first has lost', async (a, b) => {
  await inBattle(a, b);
  for (const client of [a, b]) client.drop();
  await until('it is over', async () => (await placeOf(a)) === undefined && (await placeOf(b)) === undefined, 30_000);
  const elos = await Promise.all([a, b].map(async (client) => (await network().owner.player(idOf(client))).ratings[RANDOM]));
  assert.equal(elos.map(Number).sort(), [1016, 984]);
});

last('nothing went wrong', async () => {
  assert.equal(await network().owner.incidents(), []);
  for (const { output } of network().servers) assert.not.match(output, /CRASH|fault in|refused in/);
});

scene.run();
