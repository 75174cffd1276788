/** What Prometheus is told: the numbers, where they are to be had, and that the README names all of them. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { JaegerEvent } from '../../plugin/events.ts';
import { type Host, jaeger, type LogLine } from '../../plugin/index.ts';
import { METRICS, Metrics } from '../../plugin/metrics.ts';
import { freePort, until } from '../../scripts/redis.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const hostOf = (lines: LogLine[] = []): Host => ({
  log: (line) => lines.push(line),
  tell: () => undefined,
  accept: () => true,
  team: () => 'team',
  validate: () => null,
  battle: (setup, opponent) => {
    opponent.onTurn(() => opponent.over(0, 'end'));
    if (setup.side === 0) opponent.send('move');
  },
});

test('every kind of event that counts is counted, under its labels', () => {
  const metrics = new Metrics(() => ({ 'OFFER in a match': 2 }));
  const events: readonly Readonly<Record<string, unknown>>[] = [
    { kind: 'entered', queue: 'duel', id: 'joe', at: 0 },
    { kind: 'entered', queue: 'duel', id: 'ann', at: 0 },
    { kind: 'withdrawn', id: 'ann', reason: '' },
    { kind: 'matched', id: 'ann', at: 9 },
    { kind: 'waits', queue: 'a"b', id: 'bob', at: 0 },
    { kind: 'matched', id: 'joe', at: 5000 },
    { kind: 'matched', id: 'bob', at: 700_000 },
    { kind: 'begun', id: 'joe' },
    { kind: 'battle', id: 'joe', at: 6000 },
    { kind: 'over', id: 'joe', at: 36_500 },
    { kind: 'elo', id: 'joe', winner: 0, side: 0 },
    { kind: 'elo', id: 'bob', winner: 0, side: 1 },
    { kind: 'elo', id: 'eve', winner: 'draw', side: 1 },
    { kind: 'void', id: 'tom' },
    { kind: 'leading', queue: 'duel' },
    { kind: 'settled', queue: 'duel', outcome: 'match' },
    { kind: 'stage', queue: 'duel', stage: 'battle', takenOver: false },
    { kind: 'stage', queue: 'duel', stage: 'battle', takenOver: true },
    { kind: 'incident', code: 'TimeoutError' },
    { kind: 'fault', where: 'host.tell' },
    { kind: 'refused', reason: 'malformed', count: 7 },
    { kind: 'unreachable' },
  ];
  for (const event of events) metrics.event(event as unknown as JaegerEvent);
  const lines = metrics.text().split('\n');
  for (const line of [
    'jaeger_reachable 0',
    'jaeger_entered_total{queue="duel"} 2',
    'jaeger_instants_total{queue="a\\"b"} 1',
    'jaeger_wait_seconds_bucket{queue="duel",le="2"} 0',
    'jaeger_wait_seconds_bucket{queue="duel",le="5"} 1',
    'jaeger_wait_seconds_bucket{queue="duel",le="+Inf"} 1',
    'jaeger_wait_seconds_sum{queue="duel"} 5',
    'jaeger_wait_seconds_count{queue="duel"} 1',
    'jaeger_wait_seconds_bucket{queue="a\\"b",le="600"} 0',
    'jaeger_wait_seconds_bucket{queue="a\\"b",le="+Inf"} 1',
    'jaeger_battle_seconds_bucket{le="30"} 0',
    'jaeger_battle_seconds_bucket{le="60"} 1',
    'jaeger_battle_seconds_sum 30.5',
    'jaeger_results_total{result="won"} 1',
    'jaeger_results_total{result="lost"} 1',
    'jaeger_results_total{result="draw"} 1',
    'jaeger_results_total{result="void"} 1',
    'jaeger_elections_total{queue="duel"} 1',
    'jaeger_offers_total{queue="duel",outcome="match"} 1',
    'jaeger_stages_total{queue="duel",stage="battle"} 1',
    'jaeger_incidents_total{code="TimeoutError"} 1',
    'jaeger_faults_total{where="host.tell"} 1',
    'jaeger_refused_messages_total{reason="malformed"} 7',
    'jaeger_unchanged_total{what="OFFER",state="in a match"} 2',
  ])
    assert.ok(lines.includes(line), `${line}\n${lines.join('\n')}`);
  // Whoever reads the format finds nothing else in it.
  const sample = /^[a-z_]+(?:\{(?:[a-z]+="(?:[^"\\\n]|\\.)*",?)+\})? [\d.]+$/;
  for (const line of lines) assert.ok(line === '' || line.startsWith('# ') || sample.test(line), line);
});

test('on /metrics of the port, on this machine alone, from start to stop; and whole matches are in it', async () => {
  const port = await freePort();
  const server = jaeger({ metrics: { port } }, hostOf());
  const ask = (path: string, host = '127.0.0.1') => fetch(`http://${host}:${port}${path}`);
  const refused = () =>
    ask('/metrics').then(
      () => false,
      () => true,
    );
  assert.ok(await refused(), 'before the start');
  await server.start();
  await Promise.all(['joe', 'jeff'].map((id) => server.add({ id, elo: 1000 })));
  let text = '';
  await until('both have their Elo', async () => {
    text = await (await ask('/metrics')).text();
    return /^jaeger_results_total\{result="won"\} 1$/m.test(text) && /^jaeger_results_total\{result="lost"\} 1$/m.test(text);
  });
  assert.match(text, /^jaeger_reachable 1$/m);
  assert.match(text, /^jaeger_wait_seconds_count\{queue="ranked"\} 2$/m);
  assert.match(text, /^jaeger_battle_seconds_count 2$/m);
  assert.match((await ask('/metrics')).headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.is((await ask('/')).status, 404);
  await server.stop();
  assert.ok(await refused(), 'after the end');
  // Another address of this machine, where nobody is meant to read it.
  await server.start();
  assert.ok(
    await ask('/metrics', '127.0.0.2').then(
      () => false,
      () => true,
    ),
    'elsewhere',
  );
  await server.stop();
});

test('`metrics.host` is where it listens', async () => {
  const port = await freePort();
  const server = jaeger({ metrics: { port, host: '127.0.0.2' } }, hostOf());
  await server.start();
  assert.is((await fetch(`http://127.0.0.2:${port}/metrics`)).status, 200);
  await server.stop();
});

test('a port in use is said, and the game goes on', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const lines: LogLine[] = [];
  const server = jaeger({ metrics: { port } }, hostOf(lines));
  await server.start();
  await until('it is said', () => lines.some(({ text }) => text.includes('no metrics')));
  const line = lines.find(({ text }) => text.includes('no metrics'));
  assert.is(line?.level, 'warning');
  assert.match(line?.text ?? '', new RegExp(`127\\.0\\.0\\.1:${port}/metrics: the port is in use.*metrics\\.port`));
  assert.type((await server.add({ id: 'joe' })).ticket, 'string');
  await server.stop();
  other.close();
});

test('the README has every metric with its type and labels, and no other', () => {
  const rows = readFileSync(join(root, 'README.md'), 'utf8').match(/^\| `jaeger_\w+` \|.*$/gm) ?? [];
  assert.equal(
    rows.map((row) =>
      row
        .split('|')
        .slice(1, 5)
        .map((cell) => cell.trim()),
    ),
    Object.entries(METRICS).map(([name, { type, labels, help }]) => [
      `\`${name}\``,
      type,
      labels.map((label) => `\`${label}\``).join(', '),
      help,
    ]),
  );
});

test.run();
