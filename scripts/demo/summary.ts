/** What came of a demo, and whether that is as it should be. */
import { digests, type Printer } from './print.ts';
import type { Row, Story } from './story.ts';

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export interface Ending {
  readonly story: Story;
  readonly seed: string;
  /** How long it went on, in ms. */
  readonly tookMs: number;
  /** Whose time that is. */
  readonly time: 'virtual' | 'real';
  readonly interrupted: boolean;
  /** Nothing moves any more. */
  readonly stuck: boolean;
  readonly json: boolean;
  /** What went wrong besides. */
  readonly problems: readonly string[];
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function summaryOf({ story, seed, tookMs, time, problems }: Ending) {
  const rows = [...story.rows.values()];
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
    left: [...story.waiting.keys()].sort(),
    eloBefore: sum(rated.flatMap((row) => row.before)),
    eloAfter: sum(rated.flatMap((row) => row.after as number[])),
    [`${time}Ms`]: Math.floor(tookMs),
    faults: [...story.faults, ...problems],
  };
}

const verdict = ({ compared, different }: { compared: number; different: number }): string =>
  compared === 0
    ? 'no digests to compare'
    : different > 0
      ? `digests DIFFERENT in ${different} of ${compared}`
      : `digests equal in all ${compared}`;

/** Sums up now what is told later. */
export function sumUp(ending: Ending): (printer: Printer) => number {
  const result = summaryOf(ending);
  return (printer) => tell(ending, result, printer);
}

/** Tells the end, and returns the exit code: 0 only when everything agrees. */
function tell(ending: Ending, result: ReturnType<typeof summaryOf>, printer: Printer): number {
  const { story, seed, interrupted, json, tookMs, time } = ending;
  if (json) print(JSON.stringify({ kind: 'summary', interrupted, ...result }));
  else {
    print('');
    for (const line of printer.table()) print(line);
    print('');
    const names = result.left.map((id) => story.players.find((player) => player.id === id)?.name).join(', ');
    if (result.left.length > 0) print(`still waiting: ${names}`);
    print(
      `${result.matches} matches, ${result.rated} rated, ${result.voided} void, ${result.unfinished} unfinished; ${verdict(result)}; ` +
        `sum of Elo ${result.eloBefore} before, ${result.eloAfter} after; ${(Math.floor(tookMs) / 1000).toFixed(1)} s of ${time} time; seed ${seed}`,
    );
    if (interrupted) print('interrupted');
  }
  for (const fault of result.faults) process.stderr.write(`demo: ${fault}\n`);
  const stuck = !interrupted && (ending.stuck || result.unfinished > 0);
  if (stuck) process.stderr.write(`demo: stuck: ${result.unfinished} matches, ${result.left.length} players waiting\n`);
  const bad = result.different > 0 || result.faults.length > 0 || result.eloBefore !== result.eloAfter;
  return interrupted ? 130 : bad || stuck ? 1 : 0;
}
