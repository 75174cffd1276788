/** `npm start`: nodes on the memory bus, players, real Pokémon battles, in virtual time paced to the wall clock. */
import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { digests, Printer } from './demo/print.ts';
import { type Row, World } from './demo/world.ts';

interface Options {
  players?: number;
  nodes: number;
  rate: number;
  speed: number;
  seed: string;
  json?: true;
}

const MOST_PLAYERS = 10_000;
const MOST_NODES = 26;
/** How often the ranges of the waiting are shown, in ms of virtual time. */
const RANGES_MS = 5000;
/** How long virtual time may run before the event loop gets its turn, in real ms. */
const SLICE_MS = 20;

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

const options = new Command('npm start --')
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
  .allowExcessArguments(false)
  // 1 says that a digest differed or a match got stuck.
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse()
  .opts<Options>();

const seed = options.seed ?? String(randomInt(2 ** 31));
const world = new World({ seed, players: options.players ?? null, nodes: options.nodes, rate: options.rate });
const json = options.json === true;
const printer = new Printer(world, {
  colour: process.stdout.isTTY === true && !process.env['NO_COLOR'],
  brief: world.players.length > 10,
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);

let interrupted = false;
process.on('SIGINT', () => {
  // A second Ctrl-C does not wait.
  if (interrupted) process.exit(130);
  interrupted = true;
});
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read us has gone, as `head` does.
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`demo: cannot write: ${error.message}\n`);
  process.exit(1);
});

/** Lets virtual time pass, at `speed` times the wall clock, until the world is over, stuck, or Ctrl-C was pressed. */
async function run(): Promise<void> {
  const { time } = world;
  const { speed } = options;
  const started = performance.now();
  let sliceFrom = started;
  let rangesAt = RANGES_MS;
  while (!world.over && !world.stuck && !interrupted) {
    const next = time.nextAt;
    if (next === undefined) return;
    if (!json && world.players.length <= 10 && next >= rangesAt) {
      time.runUntil(rangesAt);
      rangesAt += RANGES_MS;
      for (const line of printer.ranges()) print(line);
      continue;
    }
    const early = speed === 0 ? 0 : next / speed - (performance.now() - started);
    if (early > 1 || performance.now() - sliceFrom > SLICE_MS) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(early, 100))));
      sliceFrom = performance.now();
      if (early > 1) continue;
    }
    time.step();
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** What came of it, and whether that is as it should be. */
function summary() {
  const rows = [...world.rows.values()];
  const different = rows.filter((row) => digests(row) === 'DIFFERENT').length;
  const compared = rows.filter((row) => digests(row) !== 'missing').length;
  const unfinished = rows.filter((row: Row) => row.stage !== 'closed' && row.stage !== 'void' && row.stage !== 'cancelled');
  const rated = rows.filter((row) => row.after[0] !== undefined && row.after[1] !== undefined);
  return {
    seed,
    matches: rows.length,
    rated: rated.length,
    voided: rows.filter((row) => row.stage === 'void').length,
    compared,
    different,
    unfinished: unfinished.length,
    left: [...world.waiting.keys()].sort(),
    eloBefore: sum(rated.flatMap((row) => row.before)),
    eloAfter: sum(rated.flatMap((row) => row.after as number[])),
    virtualMs: Math.floor(world.time.now()),
    faults: world.faults,
  };
}

const verdict = ({ compared, different }: { compared: number; different: number }): string =>
  compared === 0
    ? 'no digests to compare'
    : different > 0
      ? `digests DIFFERENT in ${different} of ${compared}`
      : `digests equal in all ${compared}`;

async function main(): Promise<void> {
  if (json) print(JSON.stringify({ kind: 'demo', seed, players: world.players.length, nodes: options.nodes }));
  else {
    print(
      `Jaeger demo: ${world.players.length} players on ${options.nodes} nodes, seed ${seed}, ${options.speed === 0 ? 'as fast as it goes' : `${options.speed} times the wall clock`}`,
    );
  }
  world.events$.subscribe((event) => {
    if (json) print(JSON.stringify(event));
    else for (const line of printer.lines(event)) print(line);
  });
  world.start();
  await run();
  const result = summary();
  world.stop();
  if (json) print(JSON.stringify({ kind: 'summary', interrupted, ...result }));
  else {
    print('');
    for (const line of printer.table()) print(line);
    print('');
    const names = result.left.map((id) => world.players.find((player) => player.id === id)?.name).join(', ');
    if (result.left.length > 0) print(`still waiting: ${names}`);
    print(
      `${result.matches} matches, ${result.rated} rated, ${result.voided} void, ${result.unfinished} unfinished; ${verdict(result)}; ` +
        `sum of Elo ${result.eloBefore} before, ${result.eloAfter} after; ${(result.virtualMs / 1000).toFixed(1)} s of virtual time; seed ${seed}`,
    );
    if (interrupted) print('interrupted');
  }
  for (const fault of result.faults) process.stderr.write(`demo: ${fault}\n`);
  const stuck = !interrupted && (world.stuck || result.unfinished > 0);
  if (stuck) process.stderr.write(`demo: stuck: ${result.unfinished} matches, ${result.left.length} players waiting\n`);
  const bad = result.different > 0 || result.faults.length > 0 || result.eloBefore !== result.eloAfter;
  process.exitCode = interrupted ? 130 : bad || stuck ? 1 : 0;
}

main().catch((error: unknown) => {
  process.stderr.write(`demo: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
