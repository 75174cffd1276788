/** The users that `jaeger acl` prints, on a real server: what each needs works, everything else is refused. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { lastValueFrom } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { scripts } from '../../bus/generated/lua.ts';
import { type Role, rightsOf, rulesOf, scriptsOf } from '../../bus/redis/rights.ts';
import {
  type Admin,
  admin,
  type Host,
  type Jaeger,
  type JaegerEvent,
  jaeger,
  type RedisBus,
  redisBus,
} from '../../plugin/index.ts';
import { pause, type RedisServer, startRedis, until } from '../../scripts/redis.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const run = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', join(root, 'plugin', 'cli.ts'), 'acl', ...args], {
    cwd: root,
    encoding: 'utf8',
  });

/** The moves that the slow ones have not made yet. */
const moves = new Map<string, () => unknown>();
/** Accepts unless it is called no, plays one move a side, and side 0 wins. */
const host: Host = {
  tell: () => undefined,
  accept: ({ id }) => id !== 'no',
  team: (actor) => `team of ${actor.id}`,
  validate: () => null,
  battle: (setup, opponent) => {
    let turns = 0;
    opponent.onTurn(() => {
      if (++turns === 2) opponent.over(0, 'end');
    });
    const { id } = setup.sides[setup.side];
    const move = (): unknown => opponent.send(`move of ${setup.side}`);
    if (id.startsWith('slow')) moves.set(id, move);
    else move();
  },
  rejoin: () => true,
};

const ROLES = ['leader', 'node', 'owner', 'reader'] as const;
const REALM = 'least';
const test = suite('the Redis users of jaeger acl');
let server: RedisServer;
let superuser: Redis;
const urlOf = (role: Role): string => `redis://${role}:${role}@${server.host}:${server.port}`;
test.before(async () => {
  server = await startRedis();
  superuser = new Redis(server.url);
  for (const role of ROLES)
    await superuser.call('ACL', 'SETUSER', role, 'reset', 'on', `>${role}`, ...rulesOf({ realm: REALM, role }));
});
test.after(async () => {
  superuser.disconnect();
  await server.stop();
});

test('a node that may lead and one that never does play whole matches', async () => {
  const events: JaegerEvent[] = [];
  const start = async (nodeId: string, role: Role, candidate: boolean): Promise<Jaeger> => {
    const node = jaeger(
      { nodeId, realm: REALM, candidate, redis: urlOf(role), secret: 'a secret that nobody can guess' },
      host,
    );
    node.events$.subscribe((event) => events.push(event));
    await node.start();
    return node;
  };
  const count = (kind: JaegerEvent['kind'], node?: string): number =>
    events.filter((event) => event.kind === kind && (node === undefined || event.node === node)).length;
  const weak = await start('weak', 'node', false);
  await weak.add({ id: 'joe', elo: 1000 });
  await pause(300);
  assert.is(count('leading'), 0, 'nobody leads yet');
  const strong = await start('strong', 'leader', true);
  try {
    await strong.add({ id: 'jeff', elo: 1000 });
    await until('both are rated', () => count('elo') === 2);
    for (const round of [1, 2]) {
      await weak.add({ id: 'one' });
      await weak.add({ id: 'two' });
      await until('both of the weak node are rated', () => count('elo') === 2 + 2 * round);
    }
    await weak.add({ id: 'no', elo: 3000 });
    await strong.add({ id: 'yes', elo: 3000 });
    await until('who declined is out', () => count('withdrawn') === 1);
    assert.is(await strong.remove('yes'), 'queued');
    await weak.add({ id: 'alone', elo: 5000 });
    assert.is(await weak.remove('alone'), 'queued');
    assert.is(count('leading', 'weak'), 0);
    for (const kind of ['fault', 'refused', 'incident', 'unreachable', 'void'] as const)
      assert.equal(
        events.filter((event) => event.kind === kind),
        [],
      );
  } finally {
    await weak.stop();
    await strong.stop();
  }
});

test('nodes that never lead meet by instant match and rematches, ask why they wait, come back to a battle, and vouch for one', async () => {
  const events: JaegerEvent[] = [];
  const instant = { rated: true, renewMs: 200, lifeMs: 1500, againMs: 400 };
  /** Who may ask for a rematch, as they were told: that is a moment after their Elo. */
  const mayAsk = new Set<string>();
  const tell: Host['tell'] = (actor, notice) => {
    if (notice.kind === 'rematch' && notice.may === 'ask') mayAsk.add(actor.id);
    return host.tell(actor, notice);
  };
  const start = async (nodeId: string, role: Role): Promise<Jaeger> => {
    const queues = { ranked: { instant, times: { dataLossMs: 500, teamMs: 5000 } } };
    const options = { nodeId, realm: REALM, candidate: role === 'leader', redis: urlOf(role), queues };
    const node = jaeger(options, { ...host, tell });
    node.events$.subscribe((event) => events.push(event));
    await node.start();
    return node;
  };
  const count = (kind: JaegerEvent['kind']): number => events.filter((event) => event.kind === kind).length;
  const bothMove = (): void => {
    for (const id of ['slow-a', 'slow-b']) moves.get(id)?.();
    moves.clear();
  };
  await superuser.flushall();
  await superuser.call('ACL', 'LOG', 'RESET');
  const strong = await start('strong', 'leader');
  let weak = await start('weak', 'node');
  const other = await start('other', 'node');
  try {
    await weak.add({ id: 'joe', elo: 5000 });
    await until('the leader says why', async () => (await weak.explain('joe'))?.state === 'waiting');
    assert.is(await weak.remove('joe'), 'queued');

    await weak.instant({ id: 'ann' });
    // It is renewed and made known again meanwhile.
    await pause(700);
    await other.instant({ id: 'bea' });
    await until('both may ask for a rematch', () => mayAsk.size === 2);
    mayAsk.clear();
    assert.is(await weak.rematch('ann'), 'asked');
    assert.is(await other.rematch('bea'), 'matched');
    await until('both may ask again', () => mayAsk.size === 2);
    assert.is(count('elo'), 4);
    assert.is(await other.rematch('bea', false), 'declined');

    await weak.add({ id: 'slow-a', elo: 2000 });
    await other.add({ id: 'slow-b', elo: 2000 });
    await until('they fight', () => moves.size === 2);
    await weak.stop({ rejoin: true });
    moves.delete('slow-a');
    weak = await start('weak', 'node');
    await until('it is back', () => count('rejoined') === 1 && moves.size === 2);
    bothMove();
    await until('both of the battle are rated', () => count('elo') === 6);

    await weak.add({ id: 'slow-a', elo: 2000 });
    await other.add({ id: 'slow-b', elo: 2000 });
    await until('they fight again', () => moves.size === 2);
    await superuser.flushall();
    await until('the match that Redis has lost is void', () => count('void') === 2);
    for (const event of events) if (event.kind === 'void') assert.is(event.reason, 'StoreLost');
    for (const kind of ['fault', 'refused', 'unreachable'] as const)
      assert.equal(
        events.filter((event) => event.kind === kind),
        [],
      );
    const denied = (await superuser.call('ACL', 'LOG')) as unknown[][];
    const objects = denied.map((entry) => entry[entry.indexOf('object') + 1]);
    // The settings, which a user need not be allowed to read.
    assert.equal([...new Set(objects)], ['config|get'], 'nobody asks for what it may not');
  } finally {
    for (const node of [weak, other, strong]) await node.stop();
    // Its configuration is not that of the other tests.
    await superuser.flushall();
  }
});

test('a script that neither a node nor the owner may run is fenced, or is one of the lease', () => {
  const others: readonly string[] = (['node', 'owner', 'reader'] as const).flatMap(scriptsOf);
  const unfenced = Object.entries(scripts).filter(
    ([name, { args }]) => !others.includes(name) && !(args as readonly string[]).includes('epoch'),
  );
  assert.equal(
    unfenced.map(([name]) => name),
    // `agree` and `pending` are what a leader does before and beside its queue.
    ['acquire', 'agree', 'pending', 'resign'],
  );
});

test('the owner reads everything and gives commands; who only looks reads the same', async () => {
  const strong = jaeger({ nodeId: 'strong', realm: REALM, redis: urlOf('leader') }, host);
  const as = (role: Role): { hand: Admin; bus: RedisBus } => {
    const bus = redisBus(urlOf(role), { realm: REALM });
    return { hand: admin(bus, { who: role, withinMs: 5000 }), bus };
  };
  const [owner, reader] = [as('owner'), as('reader')];
  try {
    // Also of a Redis that has just forgotten its scripts.
    await superuser.script('FLUSH');
    await strong.start();
    for (const id of ['ann', 'bea']) await strong.add({ id, elo: 1000 });
    await until('a match is over', async () => typeof (await reader.hand.player('ann')).ratings['ranked'] === 'number');
    await strong.add({ id: 'cy', elo: 7000 });
    assert.is((await owner.hand.bar('zed', null, 'cheated')).outcome, 'done');
    assert.is((await owner.hand.season('ranked', 'spring')).outcome, 'done');
    const [incident] = await reader.hand.incidents();
    assert.is(incident?.who, 'owner');
    for (const { hand } of [owner, reader]) {
      const overview = await hand.overview();
      assert.ok(overview.nodes.some(({ node, leads }) => node === 'strong' && leads.includes('ranked')));
      assert.is((await hand.waiting('ranked')).page[0]?.id, 'cy');
      assert.is((await hand.matches('ranked')).size, 0);
      assert.is((await hand.player('zed')).bar?.reason, 'cheated');
      assert.is(await hand.match('none'), null);
      assert.ok((await hand.ladder('ranked', { season: 'spring' })).size >= 2);
      assert.is((await hand.seasons('ranked')).length, 1);
      assert.ok(await hand.config('ranked'));
      assert.equal(await hand.closed(), []);
    }
    const refused = await reader.hand.allow('zed').then(
      () => 'done',
      (error: Error) => error.message,
    );
    assert.match(refused, /^NOPERM/);
    assert.ok((await owner.hand.player('zed')).bar);
    assert.is((await owner.hand.allow('zed')).outcome, 'done');
  } finally {
    await strong.stop();
    for (const { bus } of [owner, reader]) await bus.close();
  }
});

test('a node that never leads reports incidents, and whatever else it writes there, the owner reads the others', async () => {
  const [weak, bus] = [new Redis(urlOf('node')), redisBus(urlOf('node'), { realm: REALM })];
  const ownerBus = redisBus(urlOf('owner'), { realm: REALM });
  const hand = admin(ownerBus, { who: 'owner' });
  const report = (id: string): Promise<unknown> =>
    lastValueFrom(
      bus.report({
        ...{ id, kind: 'StoreLost', detail: 'lost', queue: 'ranked', matchId: 'm', stage: 'battle', actors: ['ann'] },
        ...{ nodes: ['weak'], log: null, agoMs: 0 },
      }),
    );
  try {
    const before = (await hand.incidents()).map(({ id }) => id);
    assert.is(await report('first'), 'done');
    const forged = ['no JSON', '7', '{"id":"forged"}', '{"id":7,"number":1,"at":1,"kind":"x","detail":"x"}'];
    for (const [number, text] of forged.entries()) {
      await weak.hset(`${tag}:reports`, `forged-${number}`, text);
      await weak.zadd(`${tag}:reportOrder`, 1e17 + number * 1e6, `forged-${number}`);
    }
    assert.is(await report('second'), 'done');
    assert.equal(
      (await hand.incidents()).map(({ id }) => id),
      ['second', 'first', ...before],
    );
  } finally {
    weak.disconnect();
    for (const each of [bus, ownerBus]) await each.close();
  }
});

const tag = `{jg:${REALM}}`;
const OTHER = '{jg:other}';
/** What each may not, by who may not. */
const FORBIDDEN: readonly (readonly [roles: readonly Role[], ...command: string[]])[] = [
  ...[
    ...['FLUSHALL', 'FLUSHDB', 'KEYS *', 'SCAN 0', 'CONFIG SET maxmemory 1', 'CONFIG GET *', 'MONITOR', 'SHUTDOWN NOSAVE'],
    ...['ACL WHOAMI', 'ACL SETUSER x on', 'CLIENT KILL TYPE normal', 'CLIENT LIST', 'SLOWLOG GET', 'SAVE'],
    ...['SCRIPT FLUSH', 'FUNCTION LIST', 'REPLICAOF NO ONE', 'MIGRATE h 1 k 0 1', 'RANDOMKEY', 'DBSIZE', 'SWAPDB 0 1'],
    ...[`DUMP ${tag}:tickets`, `RESTORE ${tag}:x 0 x`, `OBJECT ENCODING ${tag}:tickets`, 'PSUBSCRIBE *'],
    ...[`HGET ${OTHER}:tickets t`, `HSET ${OTHER}:tickets t x`, `GET ${OTHER}:lease:ranked`, `HGET plain t`],
    ...[`PUBLISH ${OTHER}:jaeger:ranked x`, `SUBSCRIBE ${OTHER}:jaeger:ranked`, 'PUBLISH plain x', 'SUBSCRIBE plain'],
    ...[`HSET ${tag}:anything t x`, `EVAL return(1) 1 ${OTHER}:tickets`, `EVAL return(1) 1 plain`],
    ...[`EVAL_RO return(1) 1 ${OTHER}:tickets`, `EVAL_RO return(1) 1 plain`],
  ].map((command) => [ROLES, ...command.split(' ')] as const),
  ...[
    ...[
      `SET ${tag}:lease:ranked x`,
      `DEL ${tag}:lease:ranked`,
      `PEXPIRE ${tag}:lease:ranked 1`,
      `SET ${tag}:generation 9`,
      `INCR ${tag}:generation`,
    ],
    ...[`SET ${tag}:epoch:ranked 9`, `INCR ${tag}:epoch:ranked`, `SET ${tag}:heir:ranked x`, `HSET ${tag}:line:ranked x x`],
    ...[`HSET ${tag}:ratings:ranked joe 9999`, `ZADD ${tag}:ratings:ranked 9999 joe`, `ZREM ${tag}:ratings:ranked joe`],
    ...[`HSET ${tag}:incidents i x`, `HDEL ${tag}:incidents i`, `ZPOPMIN ${tag}:incidentOrder`, `SET ${tag}:protocol 9`],
    ...[`HSET ${tag}:ended m x`, `HDEL ${tag}:ended m`, `HDEL ${tag}:bars joe`],
    ...[
      `HDEL ${tag}:closed blocked`,
      `HSET ${tag}:configs ranked x`,
      `HSET ${tag}:seasons ranked x`,
      `HSET ${tag}:answers i x`,
    ],
    ...[`PUBLISH ${tag}:lease:ranked released`, `SUBSCRIBE ${tag}:lease:ranked`, `ZADD ${tag}:archive:ranked:s 1 joe`],
  ].map((command) => [['node', 'owner', 'reader'] as const, ...command.split(' ')] as const),
  ...[`HSET ${tag}:inbox i x`, `ZADD ${tag}:inboxOrder 1 i`].map(
    (command) => [['leader', 'node', 'reader'] as const, ...command.split(' ')] as const,
  ),
  ...[
    `HSET ${tag}:tickets t x`,
    `HSET ${tag}:matchOfTicket t m`,
    `HDEL ${tag}:matches m`,
    `PUBLISH ${tag}:waiting:t x`,
    `SUBSCRIBE ${tag}:jaeger:ranked`,
  ].map((command) => [['owner', 'reader'] as const, ...command.split(' ')] as const),
  // Who writes only into the inbox may run no script on any other key that could write there.
  ...[`EVAL return(1) 1 ${tag}:tickets`, `EVAL return(1) 2 ${tag}:inbox ${tag}:seq`].map(
    (command) => [['owner', 'reader'] as const, ...command.split(' ')] as const,
  ),
  ...[`EVAL return(1) 1 ${tag}:inbox`, `EVALSHA x 1 ${tag}:inbox`, `PUBLISH ${tag}:inbox x`].map(
    (command) => [['reader'] as const, ...command.split(' ')] as const,
  ),
];
/** A key of the realm with which each may call a script, and how. */
const CALL: Readonly<Record<Role, readonly [command: string, key: string]>> = {
  leader: ['EVAL', `${tag}:seq`],
  node: ['EVAL', `${tag}:seq`],
  owner: ['EVAL', `${tag}:inbox`],
  reader: ['EVAL_RO', `${tag}:seq`],
};

for (const role of ROLES)
  test(`${role}: everything else is refused, also within a script`, async () => {
    const client = new Redis(urlOf(role));
    try {
      await client.info();
      for (const [roles, name = '', ...args] of FORBIDDEN) {
        if (!roles.includes(role)) continue;
        const said = await client.call(name, ...args).then(
          () => 'done',
          (error: Error) => error.message,
        );
        assert.match(said, /^NOPERM/, [name, ...args].join(' '));
        if (name.startsWith('EVAL') || name.endsWith('SUBSCRIBE') || !args[0]?.startsWith(tag)) continue;
        // The call is allowed, for a script may name any key of the realm; what it does there is not.
        const list = args.map((_, index) => `ARGV[${index + 1}]`).join(', ');
        const [call, key] = CALL[role];
        const inside = await client.call(call, `return redis.call('${name}', ${list})`, 1, key, ...args).then(
          () => 'done',
          (error: Error) => error.message,
        );
        assert.match(
          inside,
          /ACL failure in script|user executing the script can't|not allowed from (read-only )?script/,
          `in a script: ${[name, ...args].join(' ')}`,
        );
      }
    } finally {
      client.disconnect();
    }
  });

test('a script whose writes cannot be told is refused, and what it never calls counts for nothing', () => {
  const script = (...lines: string[]) => ({ name: 'one', keys: ['a', 'b'], source: lines.join('\n') });
  const rights = rightsOf(
    script(
      'local function unused(x)',
      "  redis.call('HSET', KEY.a, x)",
      'end',
      "return redis.call('HDEL', KEY.b, redis.call('ZPOPMIN', KEY.a)[1])",
    ),
  );
  assert.equal(
    [[...rights.commands], [...rights.writes]],
    [
      ['hdel', 'zpopmin'],
      ['b', 'a'],
    ],
  );
  assert.throws(() => rightsOf(script("redis.call('HSET', key, 1)")), /to which key/);
  for (const each of Object.values(scripts))
    for (const key of rightsOf(each).writes) assert.ok((each.keys as readonly string[]).includes(key));
});

test('what is printed is what Redis takes, in both forms', async () => {
  for (const [role, ...args] of [
    ['leader'],
    ['node', '--candidate', 'false'],
    ['owner', '--admin'],
    ['reader', '--read-only'],
  ] as const) {
    const { stdout, status } = run('--user', `printed-${role}`, '--realm', REALM, ...args);
    assert.is(status, 0);
    const [, command = '', , , line = ''] = stdout.split('\n');
    const words = (command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'(.*)'$/, '$1'));
    assert.equal(words.slice(6), rulesOf({ realm: REALM, role }));
    assert.is(line, `user printed-${role} on >PASSWORD ${rulesOf({ realm: REALM, role }).join(' ')}`);
    await superuser.call(words[0] as string, ...words.slice(1));
    const [user, same] = [
      await superuser.call('ACL', 'GETUSER', `printed-${role}`),
      await superuser.call('ACL', 'GETUSER', role),
    ];
    const without = (of: unknown): unknown => JSON.stringify(of).replace(/"passwords",\[[^\]]*\]/, '');
    assert.equal(without(user), without(same));
  }
});

test('help, and what is wrong', () => {
  assert.match(run('--help').stdout, /--candidate/);
  for (const wrong of [[], ['--user', 'a b'], ['--user', 'a', '--realm', 'x y'], ['--user', 'a', '--candidate', 'maybe']])
    assert.is(run(...wrong).status, 2, wrong.join(' '));
});

test.run();
