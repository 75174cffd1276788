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
  readonly faults: readonly string[];
  readonly lines: readonly string[];
}

export interface Failure {
  readonly seed: string;
  readonly hours: number;
  readonly mutant: string | undefined;
  readonly problem?: Problem | undefined;
  readonly shrank?: Shrank;
}

const indented = (lines: readonly string[]): string => lines.map((line) => `  ${line}`).join('\n');

/** Which checker, what it found, how to see it again, the faults that it takes, and what happened to those whom it is about. */
export function failureText({ seed, hours, mutant, shrank, problem = shrank?.problem }: Failure): string {
  const again = ['npm run simulate --', `--seed ${seed}`, `--hours ${hours}`];
  if (mutant !== undefined) again.push(`--mutant ${mutant}`);
  if (shrank && shrank.without.length > 0) again.push(`--without ${shrank.without.join(',')}`);
  if (shrank) again.push(`--faults ${shrank.mostFaults}`);
  const head = `FAILED  seed ${seed}\n${problem?.checker}: ${problem?.what}\nagain:  ${again.join(' ')} --trace`;
  if (!shrank) return head;
  const { faults, mostFaults, lines } = shrank;
  const last = faults.length < mostFaults ? `the last ${faults.length} of ${mostFaults} faults` : `${mostFaults} faults`;
  const needs =
    mostFaults === 0 ? 'It fails without any fault.' : `${last}, without which it does not fail:\n${indented(faults)}`;
  return `${head}\n\n${needs}\n\nwhat happened to them:\n${indented(lines)}`;
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
