/** `jaeger`, as its owner types it, on servers that share a real Redis. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { rulesOf } from '../../bus/redis/rights.ts';
import { failureOf } from '../../plugin/cli/exit.ts';
import { runCli } from '../../plugin/cli/program.ts';
import { type Host, type Jaeger, type JaegerEvent, jaeger } from '../../plugin/index.ts';
import { ask, freePort, type RedisServer, startRedis, until } from '../../scripts/redis.ts';
import { BROKEN } from './broken-configs.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const program = ['--import', 'tsx', join(root, 'plugin', 'cli.ts')];

/** Whoever is called slow never ends a battle. Servers of other rules have them from their name. */
const hostOf = (rules: string): Host => ({
  ruleset: () => rules,
  tell: () => undefined,
  accept: () => true,
  team: ({ id }) => `team of ${id}`,
  validate: () => null,
  battle: (setup, opponent) => {
    const isSlow = setup.sides.some(({ id }) => id.startsWith('slow'));
    opponent.onTurn(() => {
      if (!isSlow) opponent.over(0, 'end');
    });
    if (setup.side === 0) opponent.send('a move');
  },
});

interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

const test = suite('jaeger, the command line');
let server: RedisServer;
let superuser: Redis;
let folder: string;
let config: string;
const nodes: Jaeger[] = [];
const events: JaegerEvent[] = [];
const queues = { ranked: { pool: { base: 100 } } };

interface Given {
  readonly environment?: Record<string, string>;
  readonly answers?: readonly string[];
  readonly folder?: string;
}

async function run(args: readonly string[], given: Given = {}): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []];
  const answers = [...(given.answers ?? [])];
  const exit = await runCli(args, {
    environment: { JAEGER_CONFIG: config, ...given.environment },
    folder: given.folder ?? folder,
    isInteractive: given.answers !== undefined,
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    ask: async (question) => {
      err.push(`${question}\n`);
      return answers.shift() ?? '';
    },
    interrupted: new Promise(() => undefined),
    home: join(root, 'dist'),
  });
  return { exit, out: out.join(''), err: err.join('') };
}

/** Ends well; what it printed. */
async function said(...args: string[]): Promise<string> {
  const { exit, out, err } = await run(args);
  assert.equal([exit, err], [0, ''], `${args.join(' ')}\n${out}`);
  return out;
}
const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await said(...args, '--json')) as T;

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

async function join_(nodeId: string, rules = 'the same'): Promise<Jaeger> {
  const node = jaeger({ nodeId, redis: server.url, queues }, hostOf(rules));
  node.events$.subscribe((event) => events.push(event));
  await node.start();
  nodes.push(node);
  return node;
}

const count = (kind: JaegerEvent['kind']): number => events.filter((event) => event.kind === kind).length;
/** The battle of the two slow ones. */
let matchId: string;

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'jaeger-cli-'));
  server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction'] });
  superuser = new Redis(server.url);
  config = file('jaeger.json', { nodeId: 'owner', redis: server.url, queues });
  const [a, b] = [await join_('A'), await join_('B')];
  await Promise.all([a.add({ id: 'joe', elo: 1000 }), b.add({ id: 'jeff', elo: 1010 })]);
  await until('both are rated', () => count('elo') === 2);
  await Promise.all([a.add({ id: 'slow-1', elo: 2000 }), b.add({ id: 'slow-2', elo: 2000 })]);
  await until('a battle goes on', () => count('battle') === 4);
  matchId = (events.find((event) => event.kind === 'battle' && event.id === 'slow-1') as { matchId: string }).matchId;
  await a.add({ id: 'ann', name: 'Ann', elo: 5000 });
  await b.add({ id: 'zoe', name: 'Zoe', elo: 90_000 });
});
test.after(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  superuser.disconnect();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('status: queues, servers, incidents', async () => {
  const text = await said('status');
  assert.match(text, /^Realm jaeger, \d{4}-/);
  assert.match(text, /^queue +waiting +wait p50 +p95 +offers +matches +a minute +stages +leader$/m);
  assert.match(text, /^ranked +2 +\d+ s +\d+ s +0 +1 +0\.2 +1 battle +[AB] \(for \d+ s, epoch \d+, seen \d+ s ago\)$/m);
  assert.match(text, /^A +\d+ s ago +\d+ s +1 +1 /m);
  assert.match(text, /^Incidents of the last day: 0$/m);
  const status = await json<{
    queues: { waiting: number; stages: object; leader: { forMs: number } }[];
    nodes: { node: string }[];
  }>('status');
  assert.equal(
    status.queues.map(({ waiting, stages }) => [waiting, stages]),
    [[2, { battle: 1 }]],
  );
  const { forMs } = status.queues[0]?.leader ?? { forMs: -1 };
  assert.ok(forMs >= 0 && forMs < 600_000, `it leads for ${forMs} ms`);
  assert.equal(
    status.nodes.map(({ node }) => node),
    ['A', 'B'],
  );
});

test('queue: who waits, how far they reach, and why not yet', async () => {
  const text = await said('queue');
  assert.match(text, /^2 wait in ranked, the longest first:$/m);
  assert.match(text, /^Ann +A +5000 +\d+ s +\d+ to \d+ +Zoe \(90000\) is (?:in reach in \d|out of reach)/m);
  assert.match(text, /^Zoe +B +90000 /m);
  assert.match(await said('queue', 'ranked', '--most', '1'), /^1 more: --most says/m);
  assert.not.match(text, /Nobody leads/);
  const view = await json<{ who: { id: string; nearest: { why: string }[] }[] }>('queue');
  assert.equal(
    view.who.map(({ id, nearest }) => [id, nearest[0]?.why]),
    [
      ['ann', 'outOfReach'],
      ['zoe', 'outOfReach'],
    ],
  );
});

test('match: its sides, its stage, its log', async () => {
  const text = await said('match', matchId);
  assert.match(text, /in ranked: battle$/m);
  assert.match(text, /slow-1 +A +2000 +entered, team, valid$/m);
  assert.not.match(text, /a move/);
  assert.match(await said('match', matchId, '--log'), /TURN .*a move/);
  assert.is((await json<{ match: { stage: string } }>('match', matchId)).match.stage, 'battle');
});

test('ladder and player', async () => {
  assert.match(await said('ladder'), /^Ladder of ranked: 2 players\n\n +player +Elo\n1 +j(?:oe|eff) +10\d\d/m);
  assert.match(await said('ladder', 'ranked', '--from', '1', '--most', '1'), /^2 +j/m);
  const text = await said('player', 'joe');
  assert.match(text, /^joe\nNow: nowhere\n/);
  assert.match(text, /^ranked: Elo \d+(?:\.\d+)?, 1 rated games$/m);
  assert.match(text, /ago +(?:won|lost) +jeff +1000 /);
  assert.match(await said('player', 'ann'), /^Now: waits in ranked on A$/m);
});

test('what is not there is said, with what to do', async () => {
  const wrong: [string[], RegExp, RegExp][] = [
    [['match', 'nothing'], /There is no match nothing\./, /jaeger incidents/],
    [['player', 'nobody'], /Nothing is known of a player nobody\./, /jaeger ladder/],
    [['queue', 'duel'], /There is no queue duel\./, /There are: ranked\./],
    [['incidents', '12345'], /There is no incident 12345\./, /jaeger incidents/],
    [['void', 'nothing'], /There is no such match/, /matchId/],
    [['remove', 'nobody'], /There is nobody to remove/, /whom/],
  ];
  for (const [args, what, remedy] of wrong) {
    const { exit, out, err } = await run(args);
    assert.equal([exit, out], [1, ''], args.join(' '));
    assert.match(err, what);
    assert.match(err, remedy);
    const asJson = await run([...args, '--json']);
    assert.is(asJson.exit, 1);
    assert.match((JSON.parse(asJson.out) as { error: string }).error, what);
  }
});

test('the commands of the owner are executed, and stand in the incidents', async () => {
  assert.match(await said('ban', 'joe', '--for', '2h', '--reason', 'cheated', '--as', 'olivia'), /^Done: /);
  assert.match(await said('player', 'joe'), /^Barred until \d{4}.*: cheated$/m);
  assert.match(await said('allow', 'joe'), /^Done: /);
  assert.not.match(await said('player', 'joe'), /Barred/);
  assert.match(await said('elo', 'joe', '1234.5', '--reason', 'a mistake'), /^Done: /);
  assert.match(await said('player', 'joe'), /^ranked: Elo 1234\.5,/m);
  assert.match(await said('remove', 'ann', '--reason', 'asked for it'), /^Done: /);
  await until('Ann is told', () => events.some((event) => event.kind === 'withdrawn' && event.id === 'ann'));
  assert.match(await said('drain', 'B', '--reason', 'an update'), /^Done: /);
  assert.match(await said('status'), /^B .*drained: an update$/m);
  assert.match(await said('drain', 'B', '--undo'), /^Done: /);
  assert.not.match(await said('status'), /^B .*drained/m);
  assert.is(
    await said('drain', 'C'),
    'Done: drained.\nNo server C has been seen yet. There are: A, B. This counts when it comes.\n',
  );
  assert.is((await json<{ isSeen: boolean }>('drain', 'C', '--undo')).isSeen, false);
  assert.match(await said('block', 'B', '--reason', 'modified'), /^Done: [^\n]*\n$/);
  assert.match(await said('status'), /^B .*blocked: modified$/m);
  assert.match(await said('block', 'B', '--undo'), /^Done: /);
  assert.match(await said('void', matchId, '--reason', 'a bug'), /^Done: /);
  await until('both sides hear of it', () => count('void') === 2);
  const list = await said('incidents', '--most', '100');
  assert.match(list, /olivia: .*cheated/);
  const [, id = ''] = /^ *(\d+) .* Admin .*a bug$/m.exec(list) ?? [];
  const one = await said('incidents', id);
  assert.match(one, new RegExp(`^Match ${matchId} in ranked, in stage battle$`, 'm'));
  assert.match(one, /TURN .*a move/);
  assert.match(await said('status'), /^Incidents of the last day: [1-9]/m);
});

test('who is banned beforehand may be misspelt: it is done, and said that nobody knows them', async () => {
  const doubt = (player: string): string =>
    `No player ${player} is known: nobody of that id waits, plays, is barred or has an Elo. Is it spelt right?`;
  const later = ' If so, this counts when they come.';
  assert.is(await said('ban', 'jow', '--for', '1m'), `Done: barred.\n${doubt('jow')}${later}\n`);
  assert.match(await said('player', 'jow'), /^Barred until/m, 'it counts all the same');
  assert.is(await said('allow', 'jow'), 'Done: allowed again.\n', 'who is barred is known for that');
  const { exit, err } = await run(['allow', 'jow']);
  assert.equal([exit, err], [1, `The leader of ranked refused: not barred.\n→ ${doubt('jow')}\n`]);
  assert.is((await json<{ isKnown: boolean }>('ban', 'jow', '--for', '1m')).isKnown, false);
  assert.is((await json<{ isKnown: boolean }>('allow', 'jow')).isKnown, true);
  await nodes[0]?.add({ id: 'eve', elo: 7000 });
  for (const player of ['joe', 'eve']) {
    assert.is((await run(['allow', player])).err, 'The leader of ranked refused: not barred.\n');
    assert.is((await json<{ isKnown: boolean }>('ban', player, '--for', '1m')).isKnown, true, player);
    assert.is((await run(['allow', player])).exit, 0);
  }
  assert.match(await said('elo', 'jwo', '1000'), /^Done: [^\n]*\nNo player jwo is known/);
  await superuser.zrem('{jg:jaeger}:ratings:ranked', 'jwo');
});

test('a ladder is exported, a season ended, the ladder imported again', async () => {
  const saved = join(folder, 'ladder.json');
  const before = await json<{ page: { player: string; elo: number }[] }>('ladder');
  const none = async (says: string): Promise<void> => {
    for (const command of ['ladder', 'export']) {
      const { exit, out, err } = await run([command, '--season', 'nope']);
      assert.equal([exit, out, err], [1, '', `There is no season nope of ranked.\n→ ${says}\n`], command);
    }
  };
  await none('None is over yet.');
  assert.match(await said('export', '--out', saved), /^2 players are in/);
  assert.is((await run(['export', '--out', saved])).exit, 2, 'it is there already');
  assert.match(await said('season', 'autumn'), /^Done: /);
  assert.match(await said('ladder'), /^Nobody has an Elo in ranked yet\.$/m);
  await none('There are: autumn.');
  assert.match(await said('ladder', '--season', 'autumn'), /joe/);
  const { err } = await run(['allow', 'joe']);
  assert.is(err, 'The leader of ranked refused: not barred.\n', 'who played in a season that is over is known');
  assert.equal((JSON.parse(await said('export', '--season', 'autumn')) as { season: string }).season, 'autumn');
  assert.match(await said('import', saved), /^2 set, 0 were so already, 0 refused\.$/m);
  assert.match(await said('import', saved), /^0 set, 2 were so already, 0 refused\.$/m);
  assert.equal((await json<typeof before>('ladder')).page, before.page);
});

test('a wrong ladder is refused as a whole', async () => {
  const wrong: [string, string, RegExp][] = [
    ['not.json', '{', /it is not JSON/],
    ['list.json', '[]', /it names no queue/],
    ['players.json', '{ "queue": "ranked" }', /no list of players/],
    [
      'elo.json',
      '{ "queue": "ranked", "players": [{ "player": "joe", "elo": 1 }, { "player": "x" }] }',
      /entry 2, x, has no Elo/,
    ],
    [
      'twice.json',
      '{ "queue": "ranked", "players": [{ "player": "x", "elo": 1 }, { "player": "x", "elo": 1 }] }',
      /x stands twice/,
    ],
  ];
  const before = await said('export');
  for (const [name, content, says] of wrong) {
    const { exit, err } = await run(['import', file(name, content)]);
    assert.is(exit, 2, name);
    assert.match(err, says);
  }
  assert.match((await run(['import', join(folder, 'none.json')])).err, /cannot be read \(ENOENT\)/);
  assert.is(await said('export'), before);
});

test("adopt makes this configuration of a queue the realm's", async () => {
  const other = file('other.json', { nodeId: 'owner', redis: server.url, queues: { ranked: { pool: { base: 55 } } } });
  const check = await run(['check', '--config', other]);
  assert.match(check.out, /^warning {2}The configuration of ranked is not the realm's, by [AB]\.\n +→ `jaeger adopt ranked`/m);
  assert.match(await said('adopt', '--config', other), /^Done: /);
  assert.match(await said('check', '--config', other), /^ok +The configuration of ranked is the realm's\.$/m);
  assert.match(await said('adopt'), /^Done: /);
});

test('check: a secret that the servers do not have is said', async () => {
  const other = file('secret.json', { nodeId: 'owner', redis: server.url, secret: 'a secret of nobody else' });
  const { out } = await run(['check', '--config', other]);
  assert.match(
    out,
    /^error +The secret is not that of the servers that lead ranked: theirs is none, here it is the one of mark \w{12}\.$/m,
  );
});

test('check: each line ok, warning or error, with the remedy', async () => {
  const text = await said('check');
  assert.match(text, /^ok +.*jaeger\.json: one queue, ranked$/m);
  assert.match(text, /^ok +Redis answers, in \d+ ms\.$/m);
  assert.match(text, /^ok +The clock of this machine is \d+ ms from that of Redis\.$/m);
  assert.match(text, /^ok +Version and settings of Redis are as they should be\.$/m);
  assert.match(text, /^ok +This user of Redis may do what a server does\.$/m);
  assert.match(text, /^ok +Servers: A, B$/m);
  assert.match(text, /^warning +Redis is used without a password\.\n +→ /m);
  assert.match(text, /^\d+ ok, 2 warnings, 0 errors$/m);
  const strange = await run(['check'], { environment: { JAEGER_SECERT: 'mumble' } });
  assert.match(strange.out, /JAEGER_SECERT, which is no variable of Jaeger\.\n +→ Did you mean JAEGER_SECRET\?/);
  assert.not.match(strange.out, /mumble/);
  await superuser.config('SET', 'maxmemory-policy', 'allkeys-lru');
  assert.match(await said('check'), /^warning +Redis throws records away.*\n +→ .*noeviction/m);
  await superuser.config('SET', 'maxmemory-policy', 'noeviction');
});

test('check: servers that play by different rules', async () => {
  const third = await join_('C', 'other rules');
  await until('C is there', async () => /Servers: A, B, C/.test((await run(['check'])).out));
  assert.match(await said('check'), /^warning +In ranked the servers play by different rules: A, B against C\./m);
  await third.stop();
});

test('check: servers whose clocks differ', async () => {
  const signs = '{jg:jaeger}:signs';
  assert.match(await said('check'), /^ok +The clocks of the servers are \d+ ms apart at most\.$/m);
  const sign = JSON.parse((await superuser.hget(signs, 'A')) ?? '') as { skewMs: number };
  await superuser.hset(signs, 'A', JSON.stringify({ ...sign, skewMs: sign.skewMs + 60_000 }));
  assert.match(await said('check'), /^warning +The clock of A is (?:60|1 min|59).* ahead of that of B\.\n +→ Set both by NTP/m);
  await superuser.hset(signs, 'A', JSON.stringify(sign));
});

test('check without Redis in the configuration: alone', async () => {
  assert.match(await said('check', '--config', file('alone.json', '{}')), /^ok +No Redis: this server is alone\.$/m);
  const { exit, err } = await run(['status', '--config', join(folder, 'alone.json')]);
  assert.is(exit, 2);
  assert.match(err, /names no Redis: .*\n→ Say in `redis`/);
});

test('who may only look looks, and is told so when it wants more', async () => {
  await superuser.call('ACL', 'SETUSER', 'reader', 'reset', 'on', '>look', ...rulesOf({ realm: 'jaeger', role: 'reader' }));
  await superuser.call('ACL', 'SETUSER', 'owner', 'reset', 'on', '>mine', ...rulesOf({ realm: 'jaeger', role: 'owner' }));
  const reader = { environment: { JAEGER_REDIS_USERNAME: 'reader', JAEGER_REDIS_PASSWORD: 'look' } };
  const looks = [['status'], ['queue'], ['incidents'], ['ladder'], ['player', 'joe'], ['export']];
  for (const args of looks) {
    const { exit, err } = await run(args, reader);
    assert.equal([exit, err], [0, ''], args.join(' '));
  }
  const { exit, err } = await run(['ban', 'joe'], reader);
  assert.is(exit, 4, err);
  assert.match(err, /Redis does not allow this user that\.\n→ `jaeger acl --user NAME --admin`/);
  assert.match(
    (await run(['check'], reader)).out,
    /^warning +This user of Redis may look on, and not do what a server does\.$/m,
  );
  const owner = { environment: { JAEGER_REDIS_USERNAME: 'owner', JAEGER_REDIS_PASSWORD: 'mine' } };
  assert.is((await run(['ban', 'jeff', '--for', '1m'], owner)).exit, 0);
  assert.is((await run(['allow', 'jeff'], owner)).exit, 0);
  const environment = { JAEGER_REDIS_USERNAME: 'owner', JAEGER_REDIS_PASSWORD: 'mumble' };
  const began = performance.now();
  for (const args of [['status'], ['allow', 'jeff'], ['drain', 'A']]) {
    const nobody = await run(args, { environment });
    assert.is(nobody.exit, 3, args.join(' '));
    assert.match(nobody.err, /^Redis is out of reach: WRONGPASS .*\n→ Look at user and password/, args.join(' '));
    assert.not.match(nobody.err, /mumble/);
  }
  assert.ok(performance.now() - began < 3000);
});

test('a server that never leads checks as far as its own user may look; all else is refused in plain words', async () => {
  await superuser.call('ACL', 'SETUSER', 'guest', 'reset', 'on', '>seen', ...rulesOf({ realm: 'jaeger', role: 'node' }));
  const environment = { JAEGER_REDIS_USERNAME: 'guest', JAEGER_REDIS_PASSWORD: 'seen' };
  const guest = file('guest.json', { nodeId: 'guest', candidate: false, redis: server.url, queues });
  const check = await run(['check', '--config', guest], { environment });
  assert.is(check.exit, 0, check.out);
  assert.match(check.out, /^ok +This user of Redis may do what a server does\.$/m);
  assert.match(check.out, /^ok +Servers: A, B$/m);
  assert.match(
    check.out,
    /^warning +This user of Redis may not read who leads, .*: that was not looked at\.\n +→ .*--read-only/m,
  );
  assert.match(check.out, /^\d+ ok, \d+ warnings, 0 errors$/m);
  for (const args of [['status'], ['incidents'], ['queue'], ['drain', 'x'], ['allow', 'x'], ['elo', 'x', '5']]) {
    const { exit, out, err } = await run([...args, '--config', guest], { environment });
    assert.equal([exit, out], [4, ''], args.join(' '));
    assert.match(err, /^Redis does not allow this user that\.\n→ `jaeger acl --user NAME --admin`/, args.join(' '));
  }
  const other = file('other-realm.json', { nodeId: 'guest', realm: 'other', candidate: false, redis: server.url });
  const outside = await run(['check', '--config', other], { environment });
  assert.is(outside.exit, 4, outside.out);
  assert.match(outside.out, /^error +Redis does not allow this user that\.\n +→ /m);
});

test('a right that is missing is known by what each version of Redis says', () => {
  for (const text of [
    "NOPERM this user has no permissions to run the 'hset' command",
    "NOPERM ACL failure in script: User guest has no permissions to run the 'hset' command script: 92c7, on @user_script:35.",
    "ERR The user executing the script can't run this command or subcommand script: 92c7, on @user_script:35.",
    "ERR The user executing the script can't access at least one of the keys mentioned in the command arguments script: 92c7",
  ])
    assert.is(failureOf(new Error(text)).exit, 4, text);
  assert.is(failureOf(new Error('ERR wrong number of arguments')).exit, 1);
});

test('wrong command lines: what, and where the help is', async () => {
  for (const args of [
    ...[
      ['nonsense'],
      ['void'],
      ['ban', 'joe', '--for', 'ever'],
      ['ban', 'joe', '--for', '0h'],
      ['queue', 'a b'],
      ['ladder', '--most', '0'],
      ['elo', 'joe', 'many'],
    ],
    ...[['status', '--colour'], ['help', 'staus'], ['acl'], ['acl', '--user', 'x', '--admin', '--read-only'], []],
    ...['--admin', '--read-only'].map((who) => ['acl', '--user', 'x', '--candidate', 'false', who]),
  ]) {
    const { exit, out, err } = await run(args);
    assert.equal([exit, out], [2, ''], args.join(' '));
    assert.match(err, /--help|Usage/, args.join(' '));
    if (args.length === 0) continue;
    const asJson = await run([...args, '--json']);
    const { exit: why, error, remedy } = JSON.parse(asJson.out) as { exit: number; error: string; remedy: string };
    assert.equal([asJson.exit, why, asJson.err, error.includes('error:')], [2, 2, '', false], args.join(' '));
    assert.match(remedy, /--help/);
  }
  assert.match((await run(['staus', '--json'])).out, /Did you mean status\?/);
  assert.match((await run(['help', 'staus'])).err, /^error: unknown command 'staus'/);
});

test('--help, help and --version', async () => {
  for (const args of [['--help'], ['help'], ['status', '--help'], ['help', 'status']])
    assert.match(await said(...args), /^Usage: jaeger/, args.join(' '));
  // The exit codes are those of the README.
  const codes = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^\| (\d+) \| (.*) \|$/gm)];
  const [, listed = ''] = /^Exit codes: ([\s\S]*?)\.$/m.exec(await said('--help')) ?? [];
  const plainly = (text: string): string => text.replace(/`/g, '').replace(/\s+/g, ' ');
  assert.is(plainly(listed), plainly(codes.map(([, code, means]) => `${code} ${means}`).join('; ')));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  for (const args of ['--version', '-V']) assert.is(await said(args), `${version}\n`);
});

test('broken configurations: exit code 2, no stack trace', async () => {
  assert.ok(BROKEN.length >= 40);
  for (const { name, content } of BROKEN) {
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, content);
    const { exit, out, err } = await run(['check', '--config', broken]);
    assert.equal([exit, out], [2, ''], name);
    assert.match(err, /^broken\.json is wrong:\n {2}/, name);
    assert.not.match(err, /\n\s+at |\.ts:|\.js:/, name);
  }
});

test('init writes a file that check takes; a second time it stays as it is', async () => {
  const empty = mkdtempSync(join(folder, 'empty-'));
  const environment = { JAEGER_CONFIG: '' };
  const first = await run(['init', '--yes'], { folder: empty, environment });
  assert.equal([first.exit, first.err], [0, '']);
  const text = readFileSync(join(empty, 'jaeger.json'), 'utf8');
  assert.match(text, /^ {2}\/\/ The Redis that the servers share/m);
  assert.is((await run(['check'], { folder: empty, environment })).exit, 0);
  const second = await run(['init', '--yes'], { folder: empty, environment });
  assert.is(second.exit, 2);
  assert.match(second.err, /is there already, and stays as it is/);
  assert.is(readFileSync(join(empty, 'jaeger.json'), 'utf8'), text);
});

test('init asks, and asks again when the answer will not do', async () => {
  const empty = mkdtempSync(join(folder, 'empty-'));
  const environment = { JAEGER_CONFIG: '' };
  const answers = ['a queue', 'duel', 'http://x', server.url, 'eu-1'];
  const { exit, err } = await run(['init'], { folder: empty, environment, answers });
  assert.is(exit, 0, err);
  assert.match(err, /A name has 1 to 64[\s\S]*A URL looks like/);
  const check = await run(['check'], { folder: empty, environment });
  assert.match(check.out, /one queue, duel\n[\s\S]*Redis answers/);
  const nobody = await run(['init'], { folder: mkdtempSync(join(folder, 'empty-')), environment });
  assert.is(nobody.exit, 2);
  assert.match(nobody.err, /nobody to ask/);
});

test('no Redis: said within 3 s, with what to do; what was asked of it was not executed', async () => {
  const away = file('away.json', { nodeId: 'owner', redis: `redis://127.0.0.1:${await freePort()}` });
  for (const args of [['check'], ['status'], ['void', 'x'], ['ban', 'joe', '--within', '1'], ['drain', 'A', '--within', '1']]) {
    const began = performance.now();
    const { exit, out, err } = await run([...args, '--config', away]);
    const tookMs = performance.now() - began;
    assert.is(exit, 3, args.join(' '));
    assert.match(out + err, /Redis is out of reach: .*ECONNREFUSED[\s\S]*→ See that Redis runs/);
    const isOrder = !['check', 'status'].includes(args[0] as string);
    assert.is(/Redis took no command: nothing was executed, and nothing will be\.$/m.test(err), isOrder, args.join(' '));
    assert.not.match(err, /may have been/);
    if (args[0] === 'check') assert.match(out, /^1 ok, 2 warnings, 1 error$/m);
    assert.ok(tookMs < 3000, `${args[0]}: ${tookMs} ms`);
  }
});

test('Redis answers nothing: whatever was not sent was not executed', async () => {
  const silent = await startRedis();
  const none = file('silent.json', { nodeId: 'owner', redis: silent.url });
  process.kill(silent.pid, 'SIGSTOP');
  try {
    const { exit, err } = await run(['ban', 'joe', '--within', '1', '--config', none]);
    assert.is(exit, 3);
    assert.match(err, /Redis took no command: nothing was executed/);
  } finally {
    process.kill(silent.pid, 'SIGCONT');
    await silent.stop();
  }
});

test('Redis is lost in the middle: watch says so in JSON where JSON is asked for, import how far it came', async () => {
  const private_ = await startRedis();
  const settings = { nodeId: 'lone', redis: private_.url, queues };
  const lone = jaeger({ ...settings, log: 'none' }, hostOf('the same'));
  const passing = file('passing.json', settings);
  const players = Array.from({ length: 2000 }, (_, at) => ({ player: `p${at}`, elo: 1000 + at }));
  const many = file('many.json', { queue: 'ranked', players });
  await lone.start();
  const children = [
    ['watch', '--every', '1', '--json'],
    ['import', many, '--within', '1'],
    ['import', many],
  ].map((args) => {
    const child = spawn(process.execPath, [...program, ...args], {
      cwd: root,
      env: { ...process.env, JAEGER_CONFIG: passing },
    });
    const says = { out: '', err: '' };
    child.stdout.on('data', (part: Buffer) => (says.out += part.toString()));
    child.stderr.on('data', (part: Buffer) => (says.err += part.toString()));
    return { child, says, ended: new Promise<number | null>((resolve) => child.on('close', resolve)) };
  });
  const [watch, lost, broken] = children as [(typeof children)[0], (typeof children)[0], (typeof children)[0]];
  const size = async (): Promise<number> =>
    Number((await ask(private_.port, 'ZCARD {jg:jaeger}:ratings:ranked'))?.slice(1) ?? 0);
  try {
    await until('some are set, and the status is shown', async () => (await size()) > 20 && watch.says.out !== '', 30_000);
    broken.child.kill('SIGINT');
    assert.is(await broken.ended, 130, broken.says.err);
    assert.match(broken.says.err, /^Not all are set\. .* the same import sets the rest\.$/m);
    process.kill(private_.pid, 'SIGSTOP');
    assert.is(await lost.ended, 3, lost.says.err);
    assert.match(lost.says.err, /\. \d+ of \d+ were set before that; the same import sets the rest\.\n→ /);
    await until('watch says it', () => /"exit":3/.test(watch.says.out), 30_000);
    watch.child.kill('SIGINT');
    assert.is(await watch.ended, 0);
    assert.is(watch.says.err, '');
    for (const line of watch.says.out.trim().split('\n')) assert.is(typeof JSON.parse(line), 'object');
  } finally {
    process.kill(private_.pid, 'SIGCONT');
    for (const { child } of children) child.kill('SIGKILL');
    await lone.stop();
    await private_.stop();
  }
});

test('a database that Redis does not have: the remedy is to name another one', async () => {
  const other = file('database.json', { nodeId: 'owner', redis: `${server.url}/99` });
  for (const args of [['check'], ['status'], ['ban', 'joe', '--within', '1']]) {
    const { exit, out, err } = await run([...args, '--config', other]);
    assert.is(exit, 3, args.join(' '));
    assert.match(out + err, /does not open database 99: .*\n *→ That Redis has fewer databases\. Give another one in `redis`/);
  }
});

test('nobody leads: what was asked was not executed, and is said so', async () => {
  const lonely = file('lonely.json', { nodeId: 'owner', realm: 'lonely', redis: server.url });
  const { exit, err } = await run(['ban', 'joe', '--within', '1', '--config', lonely]);
  assert.is(exit, 1);
  assert.match(err, /No leader came to it within 1000 ms: it was not executed/);
  assert.match(await said('status', '--config', lonely), /No queue yet: no server has been here\./);
  assert.match(
    await said('queue', '--config', lonely),
    /^Nobody waits in ranked\.\n\nNobody leads ranked: nobody is matched until/,
  );
});

test('as a program: whoever reads may go away; what cannot be written is an error', () => {
  const options = { cwd: root, encoding: 'utf8', env: { ...process.env, JAEGER_CONFIG: config } } as const;
  const quoted = [process.execPath, ...program].map((part) => `'${part}'`).join(' ');
  const { stdout, stderr } = spawnSync('sh', ['-c', `${quoted} watch --every 1 | head -1`], { ...options, timeout: 30_000 });
  assert.match(stdout, /^Realm jaeger, [^\n]*\n$/);
  assert.is(stderr, '');
  if (!existsSync('/dev/full')) return;
  const full = spawnSync('sh', ['-c', `${quoted} export ranked > /dev/full`], options);
  assert.equal([full.status, full.stderr.split(':')[0]], [1, 'This cannot be written']);
});

test('as a program: what it prints, its exit code, and Ctrl-C', async () => {
  const { status, stdout } = spawnSync(process.execPath, [...program, 'status', '--json'], {
    ...{ cwd: root, encoding: 'utf8', env: { ...process.env, JAEGER_CONFIG: config } },
  });
  assert.is(status, 0);
  assert.is((JSON.parse(stdout) as { realm: string }).realm, 'jaeger');
  const waits = file('waits.json', { nodeId: 'owner', realm: 'waits', redis: server.url });
  for (const [args, waitFor, exit] of [
    [['watch', '--every', '1'], /Ctrl-C ends it[\s\S]*Ctrl-C ends it/, 0],
    [['ban', 'joe', '--within', '60', '--config', waits], undefined, 130],
  ] as const) {
    const child = spawn(process.execPath, [...program, ...args], { cwd: root, env: { ...process.env, JAEGER_CONFIG: config } });
    let [out, err] = ['', ''];
    child.stdout.on('data', (part: Buffer) => (out += part.toString()));
    child.stderr.on('data', (part: Buffer) => (err += part.toString()));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    if (waitFor) await until('it has shown it twice', () => waitFor.test(out));
    else await until('the command waits', async () => (await superuser.exists('{jg:waits}:inbox')) > 0);
    const began = performance.now();
    child.kill('SIGINT');
    assert.is(await ended, exit, `${args[0]}: ${err}`);
    assert.ok(performance.now() - began < 3000);
    assert.is(err, '');
  }
  assert.ok(existsSync(config));
});

test.run();
