/** What is logged, and where: the host's log, or stderr; by level, not too much of one kind, each line one line. */
import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { JaegerEvent } from '../../plugin/events.ts';
import { type Host, jaeger, type LogLine } from '../../plugin/index.ts';
import { Logger, textOfLine, writerFor } from '../../plugin/logger.ts';

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);
const of = (event: object, at = AT): JaegerEvent => ({ at, node: 'east', ...event }) as JaegerEvent;
const STARTED = of({ kind: 'started' });
const FAULT = of({ kind: 'fault', where: 'host.tell', error: 'oh\nno\u001b[31m' });
const WARNING = of({ kind: 'warning', text: 'no AOF' });
const ENTERED = of({ kind: 'entered', queue: 'ranked', id: 'joe', name: 'Joe\n', elo: 1000 });
const INCIDENT = of({
  ...{ kind: 'incident', code: 'TimeoutError', matchId: 'm1', id: 'joe', detail: 'no turn' },
  about: { queue: 'ranked', stage: 'battle', actors: [], nodes: [] },
});
const ALL = [ENTERED, STARTED, WARNING, INCIDENT, FAULT];

function logged(level: ConstructorParameters<typeof Logger>[0], events: readonly JaegerEvent[]): LogLine[] {
  const lines: LogLine[] = [];
  const logger = new Logger(level, (line) => lines.push(line));
  for (const event of events) logger.event(event);
  return lines;
}

test('each level logs what is as grave as that', () => {
  const levels = (level: Parameters<typeof logged>[0]) => logged(level, ALL).map((line) => line.level);
  assert.equal(levels('debug'), ['debug', 'info', 'warning', 'warning', 'error']);
  assert.equal(levels('info'), ['info', 'warning', 'warning', 'error']);
  assert.equal(levels('warning'), ['warning', 'warning', 'error']);
  assert.equal(levels('error'), ['error']);
  assert.equal(levels('none'), []);
});

test('a line says level, time, node, queue and match, and is one line whatever comes from elsewhere', () => {
  assert.equal(logged('debug', ALL).map(textOfLine), [
    '2026-01-02T03:04:05.000Z debug jaeger node=east queue=ranked: entered {"queue":"ranked","id":"joe","name":"Joe\\n","elo":1000}',
    '2026-01-02T03:04:05.000Z info jaeger node=east: started',
    '2026-01-02T03:04:05.000Z warning jaeger node=east: warning: no AOF',
    '2026-01-02T03:04:05.000Z warning jaeger node=east queue=ranked match=m1: incident TimeoutError in match m1: no turn',
    '2026-01-02T03:04:05.000Z error jaeger node=east: fault in host.tell: oh no [31m',
  ]);
});

test('of one kind there are 20 lines a minute, and a sum of the rest; other kinds have their own', () => {
  const many = Array.from({ length: 50 }, (_, at) => of({ kind: 'warning', text: `number ${at}` }, AT + at));
  const texts = logged('info', [...many, FAULT, of({ kind: 'warning', text: 'later' }, AT + 60_000)]).map(({ text }) => text);
  assert.is(texts.length, 20 + 1 + 2);
  assert.equal(texts.slice(19), [
    'warning: number 19',
    'fault in host.tell: oh\nno\u001b[31m',
    '30 more of this kind, the last: warning: number 49',
    'warning: later',
  ]);
  const ended = logged('info', [...many, of({ kind: 'stopped' })]).map(({ text }) => text);
  assert.equal(ended.slice(20), ['stopped', '30 more of this kind, the last: warning: number 49']);
});

test("the host's log has the lines; one that throws or rejects is nobody's affair", async () => {
  const stderr: string[] = [];
  const lines: LogLine[] = [];
  const host = (log?: Host['log']): Host => ({ ...(log ? { log } : {}) }) as Host;
  const line = logged('info', [STARTED])[0] as LogLine;
  for (const log of [
    (each: LogLine) => lines.push(each),
    () => {
      throw new Error('disk full');
    },
    async () => {
      throw new Error('disk full');
    },
  ])
    writerFor(host(log), (text) => stderr.push(text))(line);
  assert.equal([lines, stderr], [[line], []]);
  writerFor(host(), (text) => stderr.push(text))(line);
  assert.equal(stderr, [`${textOfLine(line)}\n`]);
});

const HOST: Host = {
  tell: () => undefined,
  accept: () => true,
  team: () => 'team',
  validate: () => null,
  battle: () => undefined,
};

test('a server logs its start, who leads and its end by itself, as `log` says', async () => {
  const run = async (config: object): Promise<string[]> => {
    const lines: LogLine[] = [];
    const server = jaeger(config, { ...HOST, log: (line) => lines.push(line) });
    await server.start();
    await server.add({ id: 'joe' });
    await server.stop();
    return [...new Set(lines.map(({ level, text }) => `${level} ${text.split(' ')[0]}`))];
  };
  assert.equal(await run({}), ['info started', 'info leads', 'info stopped']);
  assert.equal(await run({ log: 'error' }), []);
  assert.ok((await run({ log: 'debug' })).includes('debug entered'));
});

test('without a log of its own it is stderr', () => {
  const script = `require('tsx/cjs'); const { jaeger } = require('./plugin/index.ts');
    const nothing = () => undefined;
    const server = jaeger({}, { tell: nothing, accept: nothing, team: nothing, validate: nothing, battle: nothing });
    server.start().then(() => server.stop());`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  assert.is(stdout, '');
  assert.match(stderr, /^\d{4}-\d\d-\d\dT[\d:.]+Z info jaeger node=node: started$/m);
  assert.match(stderr, / info jaeger node=node: stopped$/m);
});

test.run();
