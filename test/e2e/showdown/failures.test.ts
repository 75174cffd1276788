/** What fails between servers: killed ones, time that runs out, a hot patch. Nobody is stuck, and nobody's Elo changes for another's failure. */
import * as assert from 'uvu/assert';
import { ask, until } from '../../../scripts/redis.ts';
import type { Client } from '../../../scripts/showdown/client.ts';
import { RANDOM } from '../../../scripts/showdown/network.ts';
import type { ShowdownServer } from '../../../scripts/showdown/server.ts';
import { bothAsked, end, idOf, inBattle, playOn, roomOf, sceneOf } from './scene.ts';

/** A server that is killed is back sooner than its matches are closed. */
const LATER = 'gen8randombattle';
/** Sooner than an owner would have it: a test does not wait a minute. */
const TIMES = { heartbeatMs: 1500, silenceMs: 4000, reconnectMs: 30_000 };

const scene = sceneOf('failures between servers', {
  before: () => ({
    queues: { [RANDOM]: { times: TIMES }, [LATER]: { times: { ...TIMES, silenceMs: 30_000 } } },
    servers: ['east', 'west', 'north'],
    showdown: { chat: false },
  }),
  afterEach: (...clients) => {
    for (const client of clients) client.say('/hurry no');
  },
});
const { test, network, number } = scene;

/** Says it again and again until the answer, for the `times`th time, is that. */
const asks = (client: Client, command: string, answer: RegExp, times = 1): Promise<void> =>
  until(
    `${client.name} hears ${answer}`,
    async () => {
      client.say(command);
      return client.hears(answer, 500, times).then(
        () => true,
        () => false,
      );
    },
    30_000,
  );
/** The server that leads the queue. */
async function leader(): Promise<ShowdownServer> {
  let found: string | undefined;
  await until('somebody leads', async () => {
    found = (await network().owner.overview()).queues.find(({ queue }) => queue === RANDOM)?.leader?.node;
    return found !== undefined;
  });
  return network().servers[['east', 'west', 'north'].indexOf(found as string)] as ShowdownServer;
}

test('a hot patch of the chat loses nobody and leaves no connection behind', async (a, b) => {
  const connections = async (): Promise<number> => {
    const list = (await ask(network().redis.port, 'CLIENT LIST')) ?? '';
    return list.split('\n').filter((line) => line.includes('addr=')).length;
  };
  await inBattle(a, b);
  const waiting = await network().join('clara', 0);
  waiting.say(`/ranked ${RANDOM}`);
  await waiting.hears(/You are in the queue/);
  const before = await connections();
  const staff = await network().join(`staff ${number()}`, 0);
  staff.say('/becomeadmin');
  for (let patch = 1; patch <= 2; patch++) {
    staff.say('/hotpatch chat');
    await staff.hears(/DONE/, 60_000, patch);
  }
  assert.not(
    staff.lines.some((line) => /hot-?patch.*(fail|rror)|\|error\|/i.test(line)),
    staff.lines.slice(-8).join('\n').slice(0, 2000),
  );
  waiting.say('/ranked status');
  await waiting.hears(/[Pp]lace 1 of 1/);
  a.send(`${roomOf(a)}|good luck`);
  playOn(a, b);
  await end(a, b);
  assert.ok(a.lines.some((line) => line.includes('good luck')));
  assert.not(
    b.lines.some((line) => line.includes('good luck')),
    'the configuration keeps it apart',
  );
  assert.is(await connections(), before);
  const other = await network().join('dora', 1);
  other.say(`/ranked ${RANDOM}`);
  await end(waiting, other);
});

test('a server that locks down: who waits is out, who plays plays on; when that is over they queue again', async (a, b) => {
  await inBattle(a, b);
  const [waiting, staff] = await Promise.all([network().join('clara', 0), network().join(`staff ${number()}`, 0)]);
  waiting.say(`/ranked ${RANDOM}`);
  await waiting.hears(/You are in the queue/);
  staff.say('/becomeadmin');
  staff.say('/slowlockdown');
  await waiting.hears(/You are out of the queue: the server restarts/);
  waiting.say(`/ranked ${RANDOM}`);
  await waiting.hears(/nobody can queue here now/);
  a.send(`${roomOf(a)}|/forfeit`);
  await end(a, b);
  staff.say('/endlockdown');
  await asks(waiting, `/ranked ${RANDOM}`, /You are in the queue/, 2);
});

test('a room that is closed in mid-battle: the match is void, and whoever stood in is gone', async (a, b) => {
  await inBattle(a, b);
  a.send(`${roomOf(a)}|/isthere ${b.name} (west)`);
  await a.hears(/is there/);
  a.send(`${roomOf(a)}|/closeroom`);
  await Promise.all([a, b].map((client) => client.hears(/The match is void.*the room of the battle was closed/)));
  a.say(`/isthere ${b.name} (west)`);
  await a.hears(/is not there/);
  await asks(b, `/isthere ${a.name} (east)`, /is not there/);
  for (const client of [a, b]) client.forget();
  await inBattle(a, b, LATER);
  a.send(`${roomOf(a)}|/forfeit`);
  await end(a, b);
  for (const { output } of network().servers) assert.not.match(output, /CRASH|fault in/);
});

test('time runs out: each server judges its own player, and both say the same', async (a, b) => {
  for (const client of [a, b]) client.say('/hurry yes');
  await inBattle(a, b);
  a.choose(roomOf(a));
  await Promise.all([a.hears(/You won\./, 60_000), b.hears(/You lost\./, 60_000), b.hears(/lost due to inactivity/)]);
  assert.not((await network().owner.incidents()).some(({ actors }) => actors.includes(idOf(a))));
});

/** A match of both was closed without a result, and everything is kept that tells why. */
async function isVoid(reason: string, ...players: readonly Client[]): Promise<void> {
  const ids = players.map(idOf);
  const found = await network().owner.incidents();
  const incident = found.find(({ matchId, actors }) => matchId !== null && actors.some((id) => ids.includes(id)));
  assert.is(incident?.kind, reason, JSON.stringify(found));
  const kept = await network().owner.match(incident?.matchId as string);
  assert.ok((kept?.log.length ?? 0) >= 5, 'the log of the battle is kept');
  const elos = await Promise.all(ids.map(async (id) => Object.values((await network().owner.player(id)).ratings)));
  assert.equal(
    elos.flat().filter((elo) => elo !== null && elo !== 1000),
    [],
  );
}

test('a server is killed in mid-battle: the match is void, with its log; the server comes back and plays on', async (a, b) => {
  await inBattle(a, b);
  for (const client of [a, b]) client.choose(roomOf(client));
  await a.hears(/^\|turn\|2/);
  const west = network().servers[1] as ShowdownServer;
  await west.end('SIGKILL');
  await a.hears(/The match is void/, 60_000);
  await isVoid('NodeLost', a, b);
  await west.begin();
  const again = await network().join('clara', 1);
  a.forget();
  await inBattle(a, again);
  again.send(`${roomOf(again)}|/forfeit`);
  await end(a, again);
});

test('staff kills a server in mid-battle, and it is back soon: the match is void as soon as it is back, and both queue again at once', async (a, b) => {
  await inBattle(a, b, LATER);
  for (const client of [a, b]) client.choose(roomOf(client));
  await a.hears(/^\|turn\|2/);
  const west = network().servers[1] as ShowdownServer;
  const staff = await network().join(`staff ${number()}`, 1);
  staff.say('/becomeadmin');
  staff.say('/lockdown');
  staff.say('/kill');
  await west.isGone();
  await west.begin();
  // Before its silence would have been noticed.
  await a.hears(/The match is void.*the server of berta \d+ was started anew/, 10_000);
  await isVoid('NodeLost', a, b);
  for (const client of [a, b]) client.forget();
  await b.connect(west.port);
  b.say(`/ranked ${LATER}`);
  await b.hears(/You are in the queue/);
  a.say(`/ranked ${LATER}`);
  await bothAsked(a, b);
  a.send(`${roomOf(a)}|/forfeit`);
  await end(a, b);
});

test('the server that leads is killed while others wait: they are matched all the same', async () => {
  const leading = await leader();
  await leading.end('SIGKILL');
  const [one, two] = network().servers.flatMap((server, at) => (server === leading ? [] : [at]));
  const players = await Promise.all([network().join('emma', one as number), network().join('frieda', two as number)]);
  for (const player of players) player.say(`/ranked ${RANDOM}`);
  await end(...players);
  await leading.begin();
});

test('a server is told to stop: who waits is out, its matches are void at once, and everybody is told', async (a, b) => {
  await inBattle(a, b, LATER);
  const waiting = await network().join('clara', 1);
  waiting.say(`/ranked ${RANDOM}`);
  await waiting.hears(/You are in the queue/);
  const west = network().servers[1] as ShowdownServer;
  await west.end('SIGTERM');
  await Promise.all([
    waiting.hears(/You are out of the queue: the server stops/),
    b.hears(/The server stops/),
    a.hears(/The match is void/, 10_000),
  ]);
  // It comes back with another simulator.
  west.write('package.json', JSON.stringify({ name: 'pokemon-showdown', version: '0.0.1' }));
  await west.begin();
  const staff = await network().join(`staff ${number()}`, 0);
  staff.say('/becomeadmin');
  await asks(staff, '/jaeger status', new RegExp(`west: [^<]*; plays by other rules than this server: ${RANDOM}, ${LATER}`));
});

scene.run();
