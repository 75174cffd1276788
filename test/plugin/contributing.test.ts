/** The adapter in CONTRIBUTING.md, as it stands there: two servers, players who type. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as api from '../../plugin/index.ts';
import { until } from '../../scripts/redis.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
const [code = '', tryout = ''] = [...text.matchAll(/```js\n([\s\S]*?)```/g)].map(([, block]) => block as string);

interface Adapter {
  start(): Promise<void>;
  stop(): Promise<void>;
  typed(player: string, line: string): void;
  left(player: string): Promise<unknown>;
}
type Make = (say: (player: string, text: string) => void, config: api.Options, sharing: api.Sharing) => Adapter;

const adapterOf = (): Make => run(code) as Make;

/** As Node runs it, in the folder of the adapter. */
function run(block: string, more: Readonly<Record<string, unknown>> = {}): unknown {
  const module = { exports: {} };
  const required = (name: string): unknown =>
    name === 'jaeger-match' ? api : name === './adapter.js' ? adapterOf() : undefined;
  new Function('module', 'require', ...Object.keys(more), block)(module, required, ...Object.values(more));
  return module.exports;
}

/** Joe on A and Bob on B, and what each was told. */
async function withBoth(run: (a: Adapter, b: Adapter, told: (player: string) => string[]) => Promise<void>): Promise<void> {
  const bus = api.memoryBus();
  const said: [string, string][] = [];
  const make = (nodeId: string): Adapter =>
    adapterOf()((player, line) => said.push([player, line]), { nodeId, log: 'none' }, { bus });
  const [a, b] = [make('A'), make('B')];
  await Promise.all([a.start(), b.start()]);
  try {
    await run(a, b, (player) => said.filter(([who]) => who === player).map(([, line]) => line));
  } finally {
    await Promise.all([a.stop(), b.stop()]);
  }
}
type Told = (player: string) => string[];
const last = (told: Told, player: string, start: string) => () => told(player).at(-1)?.startsWith(start) ?? false;

/** Both queue, accept, and their battle begins. */
async function begin(a: Adapter, b: Adapter, told: (player: string) => string[]): Promise<void> {
  a.typed('joe', '/ranked');
  b.typed('bob', '/ranked');
  for (const player of ['joe', 'bob']) await until('an offer', last(told, player, 'An opponent is found'));
  a.typed('joe', '/accept');
  b.typed('bob', '/accept');
  for (const player of ['joe', 'bob']) await until('they know each other', last(told, player, 'Your opponent is'));
}

/** Types again and again, as one who waits for the battle to be open, until both know the end. */
async function play(typed: () => void, told: (player: string) => string[], end: string): Promise<void> {
  await until('it is over', () => {
    const isOver = ['joe', 'bob'].every((player) => told(player).some((line) => line.startsWith(end)));
    if (!isOver) typed();
    return isOver;
  });
}

test('it has fewer than 100 lines', () => {
  const lines = code.split('\n').length;
  assert.ok(lines > 50 && lines < 100, String(lines));
});

test('two servers play a battle, and both players get the Elo of it', () =>
  withBoth(async (a, b, told) => {
    await begin(a, b, told);
    const typed = (): void => {
      a.typed('joe', '/rock');
      a.typed('joe', '/constructor');
      b.typed('bob', '/scissors');
    };
    await play(typed, told, 'It is over.');
    assert.is(told('joe').at(-1), 'It is over. Your Elo: 1000 → 1016.');
    assert.is(told('bob').at(-1), 'It is over. Your Elo: 1000 → 984.');
  }));

test('who declines is out of the queue, who leaves a battle has lost it, and who is refused is told why', () =>
  withBoth(async (a, b, told) => {
    a.typed('joe', '/ranked');
    b.typed('bob', '/ranked');
    for (const player of ['joe', 'bob']) await until('an offer', last(told, player, 'An opponent is found'));
    b.typed('bob', '/decline');
    await until('out', last(told, 'bob', 'You are out of the queue'));
    // Back in the queue on A, so not on B.
    await until('back', last(told, 'joe', 'No match'));
    b.typed('joe', '/ranked');
    await until('refused', () => told('joe').some((line) => /cannot be added/.test(line)));
    await a.left('joe');
    await begin(a, b, told);
    await play(() => void a.left('joe'), told, 'It is over.');
    assert.is(told('bob').at(-1), 'It is over. Your Elo: 1000 → 1016.');
  }));

test('it conforms, and says so', async () => {
  const printed: string[] = [];
  const process: { exitCode?: number } = {};
  run(tryout, { process, console: { log: (line: string) => printed.push(line) } });
  await until('it is tried out', () => process.exitCode !== undefined, 60_000);
  assert.is(process.exitCode, 0, printed.join());
  const outcomes = printed.join('\n').split('\n');
  assert.equal(
    outcomes.filter((line) => !line.startsWith('held')).map((line) => line.split(/ +/)[1]),
    ['ruleset', 'undo'],
  );
  assert.ok(outcomes.length > 25);
});

test.run();
