/** What fails between two servers: killed servers, time that runs out, a hot patch. Nobody is stuck, and nobody's Elo changes for another's failure. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ask, until } from '../../../scripts/redis.ts';
import type { Client } from '../../../scripts/showdown/client.ts';
import { type Network, RANDOM, withNetwork } from '../../../scripts/showdown/network.ts';
import type { ShowdownServer } from '../../../scripts/showdown/server.ts';

/** Sooner than an owner would have it: a test does not wait a minute. */
const SOON = { queues: { [RANDOM]: { times: { heartbeatMs: 1500, silenceMs: 4000, reconnectMs: 30_000 } } } };
const failures = suite('failures between servers');

async function inBattle(network: Network, names: readonly [string, string]): Promise<[Client, Client]> {
  const [a, b] = await Promise.all([network.join(names[0], 0), network.join(names[1], 1)]);
  a.plays = b.plays = false;
  for (const client of [a, b]) client.say(`/ranked ${RANDOM}`);
  await until('both are asked', () => a.requests.size === 1 && b.requests.size === 1, 60_000);
  return [a, b];
}
const playOn = (...clients: Client[]): void => {
  for (const client of clients) {
    client.plays = true;
    for (const room of client.battles) client.choose(room);
  }
};
/** The server that leads the queue. */
async function leaderOf({ owner, servers }: Network): Promise<ShowdownServer> {
  let leader: string | undefined;
  await until('somebody leads', async () => {
    leader = (await owner.overview()).queues[0]?.leader?.node;
    return leader !== undefined;
  });
  return servers[leader === 'east' ? 0 : 1] as ShowdownServer;
}

failures('a server is killed in mid-battle: the match is void, with its log; the server comes back and plays on', () =>
  withNetwork(SOON, async (network) => {
    const [a, b] = await inBattle(network, ['anna', 'berta']);
    for (const client of [a, b]) client.choose(client.battles[0] as string);
    await a.hears(/^\|turn\|2/);
    const west = network.servers[1] as ShowdownServer;
    await west.end('SIGKILL');
    await a.hears(/The match is void/, 60_000);
    const found = await network.owner.incidents();
    const incident = found.find(({ matchId }) => matchId !== null);
    assert.is(incident?.kind, 'NodeLost', JSON.stringify(found));
    const kept = await network.owner.match(incident?.matchId as string);
    assert.ok((kept?.log.length ?? 0) >= 5, 'the log of the battle is kept');
    assert.equal(
      (await network.owner.ladder(RANDOM)).page.filter(({ elo }) => elo !== 1000),
      [],
    );
    await west.begin();
    const again = await network.join('clara', 1);
    for (const client of [a, again]) client.say(`/ranked ${RANDOM}`);
    playOn(a, again);
    await Promise.all([a.hears(/Your Elo: /, 120_000), again.hears(/Your Elo: /, 120_000)]);
  }),
);

failures('the server that leads is killed while others wait: they are matched all the same', () =>
  withNetwork({ ...SOON, servers: ['east', 'west', 'north'] }, async (network) => {
    const leading = await leaderOf(network);
    await leading.end('SIGKILL');
    const [one, two] = network.servers.flatMap((server, at) => (server === leading ? [] : [at]));
    const players = await Promise.all([network.join('anna', one as number), network.join('berta', two as number)]);
    for (const player of players) player.say(`/ranked ${RANDOM}`);
    await Promise.all(players.map((player) => player.hears(/Your Elo: /, 120_000)));
  }),
);

failures('time runs out: each server judges its own player, and both say the same', () =>
  withNetwork({ ...SOON, config: 'exports.shorttimer = true;' }, async (network) => {
    const [a, b] = await inBattle(network, ['anna', 'berta']);
    a.choose(a.battles[0] as string);
    await Promise.all([a.hears(/You won\./, 60_000), b.hears(/You lost\./, 60_000), b.hears(/lost due to inactivity/)]);
    assert.equal(await network.owner.incidents(), []);
  }),
);

failures('a hot patch of the chat loses nobody and leaves no connection behind', () =>
  withNetwork(SOON, async (network) => {
    const connections = async (): Promise<number> => {
      const list = (await ask(network.redis.port, 'CLIENT LIST')) ?? '';
      return list.split('\n').filter((line) => line.includes('addr=')).length;
    };
    const [a, b] = await inBattle(network, ['anna', 'berta']);
    const waiting = await network.join('clara', 0);
    waiting.say(`/ranked ${RANDOM}`);
    await waiting.hears(/You are in the queue/);
    const before = await connections();
    const staff = await network.join('staff', 0);
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
    playOn(a, b);
    await Promise.all([a.hears(/Your Elo: /, 120_000), b.hears(/Your Elo: /, 120_000)]);
    assert.is(await connections(), before);
    const other = await network.join('dora', 1);
    other.say(`/ranked ${RANDOM}`);
    await Promise.all([waiting, other].map((player) => player.hears(/Your Elo: /, 120_000)));
  }),
);

failures.run();
