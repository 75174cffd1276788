/** What the simulation says of a run that failed, and of mutants. */

export interface Problem {
  readonly at: number;
  readonly checker: string;
  readonly what: string;
}

export interface Ran {
  readonly seed: string;
  readonly problems: readonly Problem[];
  readonly counts: { readonly matches: number };
  readonly faults: number;
  readonly hash: string;
  readonly lines: readonly string[];
  readonly cpuMs: number;
}

export interface Shrank {
  readonly problem: Problem;
  readonly mostFaults: number;
  readonly without: readonly string[];
  /** How many runs it took to find that. */
  readonly tries: number;
  readonly faults: readonly string[];
  readonly lines: readonly string[];
}

export interface Failure {
  readonly seed: string;
  readonly hours: number;
  readonly mutant: string | undefined;
  /** Are the odds the usual ones? */
  readonly usual?: boolean;
  readonly problem?: Problem | undefined;
  readonly shrank?: Shrank;
  /** What was made of the faults where that was not looked for. */
  readonly mostFaults?: number | undefined;
  readonly without?: readonly string[] | undefined;
}

const indented = (lines: readonly string[]): string => lines.map((line) => `  ${line}`).join('\n');

/** Which checker, what it found, how to see it again, the faults that it takes, and what happened to those whom it is about. */
export function failureText(failure: Failure): string {
  const { seed, hours, mutant, usual = false, shrank, problem = shrank?.problem } = failure;
  const { mostFaults, without = [] } = shrank ?? failure;
  const again = ['npm run simulate --', `--seed ${seed}`, `--hours ${hours}`];
  if (usual) again.push('--usual');
  if (mutant !== undefined) again.push(`--mutant ${mutant}`);
  if (without.length > 0) again.push(`--without ${without.join(',')}`);
  if (mostFaults !== undefined) again.push(`--faults ${mostFaults}`);
  const head = `FAILED  seed ${seed}\n${problem?.checker}: ${problem?.what}\nagain:  ${again.join(' ')} --trace`;
  if (!shrank) return head;
  return `${head}\n\n${needsText(shrank)}\n\nwhat happened to them:\n${indented(shrank.lines)}`;
}

/** What is known of the faults that it takes, and no more than that. */
function needsText({ faults, mostFaults, without, tries }: Shrank): string {
  const many = (count: number): string => `${count} ${count === 1 ? 'fault' : 'faults'}`;
  const dropped = without.length === 0 ? '' : ` It needs none of these: ${without.join(', ')}.`;
  const how = `Found in ${tries} runs, one kind of fault after the other left out and then the number halved again and again: others may need fewer.`;
  const same = 'It is taken for the same failure when the same checker finds it.';
  if (mostFaults === 0) return `It fails without any fault. ${same}`;
  const shown = faults.length < mostFaults ? `, here the last ${faults.length}` : '';
  const needs = `It fails with the first ${many(mostFaults)}${shown}, and with ${mostFaults - 1} it does not.${dropped}`;
  return `${needs}\n${how}\n${same}\n${indented(faults)}`;
}

export type Mutants = {
  readonly mutant: string;
  readonly runs: number;
  readonly seed: string | undefined;
  readonly checker: string | undefined;
  readonly what: string | undefined;
}[];

export const mutantsText = (table: Mutants): string =>
  table
    .map(({ mutant, runs, checker = 'NOT FOUND', what = '' }) => {
      const after = `${runs} ${runs === 1 ? 'run' : 'runs'}`;
      return `${mutant.padEnd(28)} ${checker.padEnd(11)} ${after.padEnd(9)} ${what.slice(0, 90)}`;
    })
    .join('\n');
