/** A process that runs what it is told over IPC, one run after the other. */
import { MUTANTS } from './mutants.ts';
import type { Order, Report, RunOrder } from './orders.ts';
import { simulate } from './run.ts';
import { shrink } from './shrink.ts';
import { linesOf, textOf, timeText } from './trace.ts';
import type { World, WorldOptions } from './world.ts';

const HOUR_MS = 3_600_000;
/** How much of a failing trace is shown. */
const MOST_LINES = 80;
const MOST_FAULTS = 20;

const optionsOf = ({ seed, hours, swarm, mostFaults, without, trace, mutant }: RunOrder): WorldOptions => ({
  ...{ seed, forMs: hours * HOUR_MS, swarm, trace },
  ...(mostFaults === undefined ? {} : { mostFaults }),
  ...(without === undefined ? {} : { without }),
  ...(mutant === undefined ? {} : { tamper: MUTANTS[mutant]?.tamper, times: MUTANTS[mutant]?.times }),
});

/** Those that a problem is about, and the matches and tickets that it names. */
const namesIn = ({ problems }: World): string[] => {
  const [first] = problems;
  return first ? [...first.players, ...(first.what.match(/\b[a-z0-9]{6}\b/g) ?? [])] : [];
};

async function run(order: RunOrder): Promise<Report> {
  const before = process.cpuUsage();
  const world = await simulate(optionsOf(order));
  const { user, system } = process.cpuUsage(before);
  const { problems, counts, faults, trace } = world;
  const lines = trace.isKept ? trace.lines.map(textOf) : [];
  const hash = trace.isKept ? trace.hash : '';
  return { ran: { seed: order.seed, problems, counts, faults: faults.count, hash, lines, cpuMs: (user + system) / 1000 } };
}

async function shrunk(order: RunOrder): Promise<Report> {
  const options = optionsOf({ ...order, trace: false });
  const [first] = (await simulate(options)).problems;
  const { options: least, world, tries } = await shrink(options, ({ problems }) => problems[0]?.checker === first?.checker);
  const [problem] = world.problems;
  if (!problem) throw new Error('nothing failed');
  const happened = world.faults.happened.slice(-MOST_FAULTS);
  const { mostFaults = 0, without = [] } = least;
  return {
    shrank: {
      ...{ seed: order.seed, problem, mostFaults, without, tries },
      faults: happened.map(({ at, what, whom }) => `${timeText(at)} ${whom} ${what}`),
      lines: linesOf(world.trace.lines, namesIn(world), MOST_LINES).map(textOf),
    },
  };
}

const undo = new Map<string, () => void>();

process.on('message', (order: Order) => {
  if (order.do === 'names') {
    process.send?.({ names: Object.keys(MUTANTS) } satisfies Report);
    return;
  }
  const { mutant } = order;
  for (const [name, restore] of undo)
    if (name !== mutant) {
      restore();
      undo.delete(name);
    }
  const patch = mutant === undefined || undo.has(mutant) ? undefined : MUTANTS[mutant]?.patch;
  if (patch && mutant !== undefined) undo.set(mutant, patch());
  const work = order.do === 'run' ? run(order) : shrunk(order);
  work.then(
    (report) => process.send?.(report),
    (error: Error) => process.send?.({ broke: error.stack ?? String(error) } satisfies Report),
  );
});
// Whoever gave the orders is gone.
process.on('disconnect', () => process.exit(0));
