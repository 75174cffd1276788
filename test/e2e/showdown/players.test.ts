/** What players do in a battle between two servers, and what comes of it: nobody is stuck, and no battle parts. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { pause, until } from '../../../scripts/redis.ts';
import type { Client } from '../../../scripts/showdown/client.ts';
import { OWN, RANDOM } from '../../../scripts/showdown/network.ts';
import type { ShowdownServer } from '../../../scripts/showdown/server.ts';
import { LoginServer, replayTests } from './replays.ts';
import { bothAsked, end, inBattle, LOST, playOn, roomOf, sceneOf, WON } from './scene.ts';
import { staffTests } from './staff.ts';
import { TEAM } from './team.ts';

const LANGUAGES = { type: 'text' as const, values: ['en', 'fr'] as [string, string] };

const login = new LoginServer();
const scene = sceneOf('players between servers', {
  before: async () => ({
    config: `exports.loginserver = '${await login.start()}'; exports.logchallenges = true;`,
    queues: {
      [RANDOM]: {
        times: { reconnectMs: 3000, pairRestMs: 1000 },
        rematch: { withinMs: 20_000 },
        instant: { fields: { language: LANGUAGES } },
      },
      [OWN]: {},
    },
    texts: {
      en: { swapped: 'No.' },
      de: {
        queued: 'Du wartest auf {queue}.',
        accept: 'Ja <b>',
        removed: 'Du wartest nicht mehr.',
        reasons: { offerDeclined: 'abgelehnt' },
      },
    },
  }),
  after: () => login.stop(),
});
const { test, last, network } = scene;

const incidents = async (): Promise<string[]> =>
  (await network().owner.incidents()).map(({ kind, detail, actors }) => `${kind} of ${actors}: ${detail}`);

test('a forfeit', async (a, b) => {
  const [room] = await inBattle(a, b);
  a.send(`${room}|/forfeit`);
  await Promise.all([a.hears(LOST), b.hears(WON), b.hears(/forfeited/)]);
});

test('a choice taken back, another one, and one that comes too late', async (a, b) => {
  const [room] = await inBattle(a, b);
  const first = a.requests.get(room)?.rqid;
  a.send(`${room}|/choose move 1|${first}`);
  a.send(`${room}|/undo`);
  a.send(`${room}|/choose move 2|${first}`);
  // Once more without taking the last one back.
  a.send(`${room}|/choose move 3|${first}`);
  await pause(500);
  b.choose(roomOf(b));
  await a.hears(/^\|turn\|2/);
  await until('the next request', () => a.requests.get(room)?.rqid !== first);
  a.send(`${room}|/choose move 1|${first}`);
  await a.hears(/too late/);
  playOn(a, b);
  await end(a, b);
});

test('choices that are malformed or illegal are the error of who made them', async (a, b) => {
  const [room] = await inBattle(a, b);
  const { rqid } = a.requests.get(room) as { rqid: number };
  const wrong = ['move 9', 'switch 42', 'nonsense', 'move 1 zmove mega max', '💥'.repeat(300), '\u2028>p2 move 1'];
  for (const [index, choice] of wrong.entries()) {
    a.send(`${room}|/choose ${choice}|${rqid}`);
    await a.hears(/\|error\|\[Invalid choice\]/, 30_000, index + 1);
  }
  a.send(`${room}|/choose move 1|${rqid}`);
  b.choose(roomOf(b));
  await Promise.all([a.hears(/^\|turn\|2/), b.hears(/^\|turn\|2/)]);
  assert.not(b.lines.some((line) => line.includes('[Invalid choice]')));
  playOn(a, b);
  await end(a, b);
});

test('a client that drops and returns plays on', async (a, b) => {
  await inBattle(a, b);
  b.drop();
  await a.hears(/dropped out/);
  await b.connect((network().servers[1] as ShowdownServer).port);
  await a.hears(/is back/);
  playOn(a, b);
  await end(a, b);
});

test('who changes the name in the queue is out of it; in a battle nobody can', async (a, b) => {
  a.say(`/ranked ${RANDOM}`);
  await a.hears(/You are in the queue/);
  a.say('/trn another,0,');
  await a.hears(/You changed your name/);
  a.say(`/trn ${a.name},0,`);
  await until(
    'the old name',
    () => a.lines.filter((line) => line.startsWith('|updateuser|') && line.includes(a.name)).length > 1,
  );
  const [room] = await inBattle(a, b);
  a.say('/trn yetanother,0,');
  await a.hears(/You can't change your name right now/);
  a.send(`${room}|/forfeit`);
  await b.hears(WON);
});

test('why there is no match yet is told on the server that leads, and on the one that does not', async (...both) => {
  for (const client of both) {
    client.say(`/ranked ${RANDOM}`);
    await client.hears(/You are in the queue/);
    client.say('/ranked status');
    await client.hears(/Place 1 of 1, for \d+ s.*whoever reaches into \d+ to \d+ .*(?:How long it takes|It takes about)/);
    client.say('/ranked cancel');
    await client.hears(/You are out of the queue/);
  }
});

test('who has chosen a language reads the texts of it; the other one does not', async (a, b) => {
  a.accepts = b.accepts = false;
  a.say('/language german');
  await a.hears(/German/);
  for (const client of [a, b]) client.say(`/ranked ${RANDOM}`);
  await Promise.all([a.hears(new RegExp(`Du wartest auf ${RANDOM}\\.`)), b.hears(/You are in the queue for/)]);
  await Promise.all([a.hears(/An opponent is found.*Ja &lt;b&gt;/), b.hears(/An opponent is found.*Accept/)]);
  a.say('/ranked decline');
  await a.hears(/You are out of the queue: abgelehnt\./);
  await b.hears(/It did not come to a match \((?:the opponent did not confirm|no opponent confirmed)\)/);
  a.say('/ranked');
  await a.hears(/Which format\? There is/);
  b.say('/ranked cancel');
  await b.hears(/You are out of the queue\./);
  a.say(`/ranked ${RANDOM}`);
  await a.hears(/Du wartest auf/, 30_000, 2);
  a.say('/ranked cancel');
  await a.hears(/Du wartest nicht mehr\./);
});

test('a rematch', async (a, b) => {
  const [room] = await inBattle(a, b);
  a.send(`${room}|/forfeit`);
  await Promise.all([a.hears(/\/rematch asks/), b.hears(/\/rematch asks/)]);
  a.say('/rematch');
  await b.hears(/\/rematch agrees/);
  b.say('/rematch');
  await until('both are in a second battle', () => a.battles.length === 2 && b.battles.length === 2, 30_000);
  await until('both are asked', () => a.requests.size === 2 && b.requests.size === 2, 30_000);
  b.send(`${b.battles[1]}|/forfeit`);
  await Promise.all([a.hears(WON), b.hears(LOST)]);
});

test('an instant match of two who want the same', async (a, b) => {
  a.plays = b.plays = false;
  a.say('/instant language=xx');
  await a.hears(/That is not possible.*language/);
  a.say('/instant language=fr');
  await a.hears(/You wait for an instant match/);
  b.say('/instant language=fr');
  await bothAsked(a, b);
  a.send(`${roomOf(a)}|/forfeit`);
  await Promise.all([a.hears(/over|won|lost/i), b.hears(/forfeited/)]);
});

test('own teams: an illegal one is refused with the reasons, legal ones play', async (a, b) => {
  a.say('/utm null');
  a.say(`/ranked ${OWN}`);
  await a.hears(/Your team was rejected/);
  for (const client of [a, b]) {
    client.say(`/utm ${TEAM}`);
    client.say(`/ranked ${OWN}`);
  }
  await end(a, b);
});

test('what is said in the room is said on both servers', async (a, b) => {
  const [roomA] = await inBattle(a, b);
  a.send(`${roomA}|good luck`);
  await b.hears(/^\|c\|☆anna.*\|good luck/);
  a.send(`${roomA}|/forfeit`);
  await b.hears(WON);
});

test('spectators see the same battle on both servers, and so do who asks for its log afterwards', async (a, b) => {
  const [roomA, roomB] = await inBattle(a, b);
  const [carla, dora] = await Promise.all([network().join('carla', 0), network().join('dora', 1)]);
  const seats = [
    [carla, roomA],
    [dora, roomB],
  ] as const;
  for (const [client, room] of seats) client.say(`/join ${room}`);
  await Promise.all(seats.map(([client]) => client.hears(/^\|turn\|1$/)));
  // Whoever is not known to the server may not speak everywhere.
  carla.say('/becomeadmin');
  carla.send(`${roomA}|go anna`);
  await a.hears(/\|go anna/);
  playOn(a, b);
  await end(a, b);
  const seen = seats.map(([client, room]) =>
    (client.rooms.get(room) ?? [])
      .filter((line) => /^\|(?:move|switch|drag|faint|cant|turn|win|-\w+)\|/.test(line) && !line.startsWith('|-message|'))
      .map((line) => line.replace(/ \((?:east|west)\)/g, '')),
  );
  assert.ok((seen[0]?.length ?? 0) > 20);
  assert.equal(seen[0], seen[1]);
  assert.not(
    dora.lines.some((line) => line.includes('go anna')),
    'what spectators say stays on their server',
  );
  const logs = await Promise.all(
    [
      [a, roomA],
      [b, roomB],
    ].map(async ([client, room]) => {
      (client as Client).send(`${room}|/exportinputlog`);
      const log = await (client as Client).hears(/\|html\|.*&gt;start/);
      return [...log.matchAll(/&gt;p[12] (?:move|switch|team) [^<]*/g)].map(([choice]) => choice);
    }),
  );
  assert.ok((logs[0]?.length ?? 0) > 10);
  assert.equal(logs[0], logs[1]);
});

test('a name that somebody has there already: the one who plays there for it has another; the same name is one player', async (a, b) => {
  const [, same] = await Promise.all([network().join(`${a.name.replace(' ', '')}east`, 1), network().join(a.name, 1)]);
  await inBattle(a, b);
  same.say(`/ranked ${RANDOM}`);
  await same.hears(/You are in a match already/);
  assert.match((b.rooms.get(roomOf(b)) ?? []).join('\n'), `|${a.name} (east) 2|`);
  a.send(`${roomOf(a)}|/forfeit`);
  await b.hears(WON);
});

test('two connections of one player are one player', async (a, b) => {
  const second = await network().join('second', 0);
  second.say(`/alsois ${a.name}`);
  second.plays = 'switches';
  a.say(`/ranked ${RANDOM}`);
  await Promise.all([a, second].map((client) => client.hears(/You are in the queue/)));
  second.say(`/ranked ${RANDOM}`);
  second.say('/ranked status');
  await second.hears(/Place 1 of 1/);
  a.accepts = false;
  a.plays = b.plays = 'switches';
  b.say(`/ranked ${RANDOM}`);
  await until('both are asked', () => second.requests.size === 1 && b.requests.size === 1, 60_000);
  a.drop();
  second.choose(roomOf(second));
  b.choose(roomOf(b));
  await Promise.all([second.hears(/^\|turn\|2/), b.hears(/^\|turn\|2/)]);
  assert.not(b.lines.some((line) => line.includes('dropped out')));
  second.send(`${roomOf(second)}|/forfeit`);
  await b.hears(WON);
});

staffTests(scene);
replayTests(scene, () => login);

last('nothing else went wrong', async () => {
  assert.equal(await incidents(), []);
  for (const { output, folder } of network().servers) {
    assert.not.match(output, /CRASH|fault in|refused in/);
    assert.equal(readdirSync(join(folder, 'config', 'ladders')), [], "the server's own ladder is not touched");
  }
});

scene.run();
