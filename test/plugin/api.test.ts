/** The public API on the real clock: promises at the edge, nothing before start, everything undone by stop. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  AddError,
  ConfigError,
  ControllableBattleActor,
  type Host,
  jaeger,
  memoryBus,
  StateError,
} from '../../plugin/index.ts';
import { realTime } from '../../plugin/runtime.ts';

/** A host of the smallest kind: everybody accepts at once, the first input decides. */
const host = (): Host => ({
  tell: () => undefined,
  accept: async () => true,
  team: async () => 'team',
  validate: () => null,
  battle: ({ side }, opponent) => {
    opponent.onTurn(({ side: winner }) => opponent.over(winner, 'end'));
    if (side === 0) opponent.send('win');
  },
});

async function rejected(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was not rejected');
}

test('two servers in one process play a match, and stop', async () => {
  const bus = memoryBus();
  const [a, b] = [jaeger({ nodeId: 'A' }, host(), { bus }), jaeger({ nodeId: 'B' }, host(), { bus })];
  const rated: string[] = [];
  const over = new Promise<void>((resolve) => {
    for (const server of [a, b])
      server.events$.subscribe((event) => {
        if (event.kind === 'elo' && rated.push(event.id) === 2) resolve();
      });
  });
  await Promise.all([a.start(), b.start()]);
  const added = await a.add({ id: 'joe', elo: 1000 });
  assert.is(added.elo, 1000);
  await b.add({ id: 'bob', elo: 1000 });
  await over;
  assert.equal(rated.sort(), ['bob', 'joe']);
  await Promise.all([a.stop(), b.stop()]);
  await a.stop();
});

test('a node alone needs nothing but {}', async () => {
  const server = jaeger({}, host());
  assert.instance(await rejected(server.add({ id: 'joe' })), StateError);
  await server.start();
  assert.instance(await rejected(server.start()), StateError);
  await server.add({ id: 'joe' });
  assert.is(await server.remove('joe'), 'queued');
  assert.is(await server.remove('joe'), 'nothing');
  assert.instance(await rejected(server.add({ id: '', elo: Number.NaN })), AddError);
  await server.stop();
});

test('one error lists what is wrong with the configuration and with the host', () => {
  const wrong = (config: unknown, given: unknown): string[] => {
    try {
      jaeger(config as never, given as never);
    } catch (error) {
      assert.instance(error, ConfigError);
      assert.is((error as ConfigError).code, 'ConfigError');
      return (error as ConfigError).problems.map(({ path }) => path);
    }
    throw new Error('accepted');
  };
  const { tell, accept, ...half } = host();
  assert.equal(wrong({ realm: 7 }, half), ['realm', 'host.tell', 'host.accept']);
  assert.equal(wrong({}, undefined), ['host']);
  assert.equal(wrong({}, { ...host(), ruleset: 'gen9' }), ['host.ruleset']);
  assert.equal(wrong(undefined, host()), ['']);
  const busWrong = (config: object, bus: unknown): string[] => {
    try {
      jaeger(config, host(), { bus } as never);
    } catch (error) {
      return (error as ConfigError).problems.map(({ path }) => path);
    }
    throw new Error('accepted');
  };
  assert.equal(busWrong({ nodeId: 'A' }, {}), ['sharing.bus']);
  assert.equal(busWrong({ nodeId: 'A', realm: 'two' }, memoryBus({ realm: 'one' })), ['realm']);
  const secret = 'a secret that nobody can guess';
  assert.equal(busWrong({ nodeId: 'A', secret }, memoryBus()), ['secret'], 'its messages would not be signed');
  assert.type(jaeger({ nodeId: 'A', secret }, host(), { bus: memoryBus({ secret }) }).start, 'function');
  assert.throws(() => memoryBus({ secret: 'short' }), /secret: expected text from 16 to 1024 characters, found text/);
  assert.equal(busWrong({}, memoryBus()), ['nodeId'], 'two nodes of one name would not be told apart');
  assert.throws(() => jaeger({}, host(), memoryBus() as never), /sharing: expected nothing, or an object \{ bus \}/);
  assert.throws(() => memoryBus({ realm: '{x} y' }), /realm/);
});

test('a host may be an object of a class', () => {
  class Game {
    tell(): void {}
    accept(): boolean {
      return true;
    }
    team(): string {
      return '';
    }
    validate(): null {
      return null;
    }
    battle(): void {}
  }
  assert.type(jaeger({}, new Game()).start, 'function');
});

test('ids are all different, and can be typed after a command: none begins with a dash', () => {
  const ids = Array.from({ length: 5000 }, () => realTime.newId());
  assert.is(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
});

test('the README has all of the stand-in that an adapter has to do with', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const table = readme.slice(readme.indexOf('a `ControllableBattleActor`, is all'), readme.indexOf('- `events$` tells'));
  const named = [...table.matchAll(/`(\w+)(?:\([^)]*\))?`(?=,| \||\s)/g)].map(([, name]) => name);
  const ofJaeger = ['constructor', 'fromHost', 'receive', 'abandon', 'goOn', 'close', 'digested', 'guarded'];
  const members = Object.getOwnPropertyNames(ControllableBattleActor.prototype).filter((name) => !ofJaeger.includes(name));
  for (const name of members) assert.ok(named.includes(name), name);
});

test.run();
