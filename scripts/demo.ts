/**
 * `npm start`: players, real Pokémon battles, and nodes: on the memory bus in virtual time paced to the wall clock, or, with `--redis`, each in
 * a process of its own over a real Redis.
 */
import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import type { Problem } from '../plugin/errors.ts';
import { redisConfigOf } from '../plugin/redis.ts';
import { Printer, type Told } from './demo/print.ts';
import { FASTEST, NoRedis, Processes } from './demo/processes.ts';
import { sumUp } from './demo/summary.ts';
import { pass } from './demo/virtual.ts';

interface Options {
  players?: number;
  nodes: number;
  rate: number;
  speed: number;
  seed: string;
  json?: true;
  redis?: string | true;
  processes?: number;
  instant?: true;
}

const MOST_PLAYERS = 10_000;
const MOST_NODES = 26;
const wholeFrom = (from: number, to: number) => (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < from || value > to)
    throw new InvalidArgumentError(`A whole number from ${from} to ${to}.`);
  return value;
};
const numberFrom = (from: number, to: number) => (text: string) => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= from && value <= to)) throw new InvalidArgumentError(`A number from ${from} to ${to}.`);
  return value;
};
const shortText = (text: string): string => {
  if (text.length < 1 || text.length > 64) throw new InvalidArgumentError('A text of 1 to 64 characters.');
  return text;
};

const command = new Command('npm start --')
  .description(
    'Shows ranked matchmaking between game servers: players queue on their nodes, ranges grow, matches are offered and played as real\n' +
      'Pokémon random battles, each node computing its own copy, and Elo changes. Without --players: the four of the story.',
  )
  .option(
    '--players <n>',
    'so many generated players, Elo normal(1000, 200), spread over the nodes',
    wholeFrom(2, MOST_PLAYERS),
  )
  .option('--nodes <n>', `game servers, 2 to ${MOST_NODES}`, wholeFrom(2, MOST_NODES), 2)
  .option('--rate <r>', 'generated players that come, a second of virtual time', numberFrom(0.001, 10_000), 2)
  .option('--speed <x>', 'seconds of virtual time a second; 0: as fast as it goes', numberFrom(0, 1_000_000), 10)
  .option('--seed <s>', 'the same seed gives the same matches, battles and Elos (default: a random one, printed)', shortText)
  .option(
    '--json',
    'one event a line as JSON, and nothing else (npm prints its own two lines unless you say `npm start --silent --`)',
  )
  .option(
    '--redis [url]',
    'each node in a process of its own, over this Redis; without URL over a private redis-server that ends with the demo',
  )
  .option(
    '--instant',
    'instant match instead: users with a microphone, languages and regions, two who race for one, and a rematch',
  )
  .option('--processes <n>', `with --redis: how many, 2 to ${MOST_NODES} (default: 2)`, wholeFrom(2, MOST_NODES))
  .allowExcessArguments(false)
  // 1 says that a digest differed or a match got stuck.
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();
const options = command.opts<Options>();
/** Says what is wrong with the options, and ends. */
const refuse = (what: string): never => command.error(`error: ${what}`, { exitCode: 2 });

const isShared = options.redis !== undefined;
if (options.instant)
  for (const other of ['redis', 'processes', 'players', 'nodes', 'rate'])
    if (command.getOptionValueSource(other) === 'cli')
      refuse(`option '--instant' goes with --speed, --seed and --json, not with --${other}.`);
if (!isShared && options.processes !== undefined) refuse("option '--processes <n>' needs --redis.");
if (isShared && command.getOptionValueSource('nodes') === 'cli')
  refuse("option '--nodes <n>' is for one process. With --redis say --processes <n>.");
if (isShared && (options.speed === 0 || options.speed > FASTEST))
  refuse(`option '--speed <x>' is, with --redis, a number above 0 and up to ${FASTEST}.`);

if (typeof options.redis === 'string') {
  const problems: Problem[] = [];
  redisConfigOf(options.redis, problems);
  for (const { expected } of problems) refuse(`option '--redis [url]' is ${expected}.`);
}

const seed = options.seed ?? String(randomInt(2 ** 31));
const nodes = options.processes ?? options.nodes;
const json = options.json === true;
const given = { seed, players: options.players ?? null, nodes, rate: options.rate };
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const printerOf = (told: Told, growth: number): Printer =>
  new Printer(told, {
    colour: process.stdout.isTTY === true && !process.env['NO_COLOR'],
    brief: told.story.players.length > 10,
    growth,
  });

let interrupted = false;
const interruption = new Promise<void>((resolve) => {
  process.on('SIGINT', () => {
    // A second Ctrl-C does not wait.
    if (interrupted) process.exit(130);
    interrupted = true;
    resolve();
  });
});
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read us has gone, as `head` does.
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`demo: cannot write: ${error.message}\n`);
  process.exit(1);
});

function begin({ story }: Told, printer: Printer, how: string): void {
  if (json) print(JSON.stringify({ kind: 'demo', seed, players: story.players.length, nodes }));
  else print(`Jaeger demo: ${story.players.length} players on ${nodes} nodes${how}`);
  story.events$.subscribe((event) => {
    if (json) print(JSON.stringify(event));
    else for (const line of printer.lines(event)) print(line);
  });
}

async function inOneProcess(): Promise<void> {
  // It brings all of the game with it, which nobody else here needs.
  const { World } = await import('./demo/world.ts');
  const world = new World(given);
  const { story } = world;
  const printer = printerOf(world, 1);
  const pace = options.speed === 0 ? 'as fast as it goes' : `${options.speed} times the wall clock`;
  begin(world, printer, `, seed ${seed}, ${pace}`);
  world.start();
  const ranges = (lines: readonly string[]): void => lines.forEach(print);
  await pass(world, printer, {
    speed: options.speed,
    isInterrupted: () => interrupted,
    ranges: json || story.players.length > 10 ? undefined : ranges,
  });
  const ending = { story, seed, tookMs: world.time.now(), time: 'virtual', interrupted, json, problems: [] } as const;
  const { stuck } = world;
  const tell = sumUp({ ...ending, stuck });
  world.stop();
  process.exitCode = tell(printer);
}

async function inProcesses(redis: string | true): Promise<void> {
  const world = new Processes({
    ...given,
    speed: options.speed,
    redis: redis === true ? undefined : redis,
    started: (node, pid) => print(json ? JSON.stringify({ kind: 'process', node, pid }) : `node ${node} is process ${pid}`),
  });
  const { story, problems } = world;
  const printer = printerOf(world, options.speed);
  const where = redis === true ? 'a private Redis' : 'Redis';
  begin(world, printer, `, each a process, over ${where}, seed ${seed}, players and ranges ${options.speed} times as fast`);
  await world.play(interruption);
  const { tookMs, stuck } = world;
  process.exitCode = sumUp({ story, seed, tookMs, time: 'real', interrupted, json, problems, stuck })(printer);
}

async function instantly(): Promise<void> {
  const { playInstant } = await import('./demo/instant.ts');
  process.exitCode = await playInstant({ seed, speed: options.speed, json, print, isInterrupted: () => interrupted });
}

const demo = options.instant ? instantly() : options.redis === undefined ? inOneProcess() : inProcesses(options.redis);
demo.catch((error: unknown) => {
  const text = error instanceof NoRedis ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`demo: ${text}\n`);
  process.exit(1);
});
