/** What a bench has measured: printed as it comes, each figure beside its bound; those that fall short are named at the end. */

export interface Bound {
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Figure extends Bound {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly holds: boolean;
}

export class Report {
  readonly figures: Figure[] = [];
  private readonly print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.print = print;
  }

  section(title: string): void {
    this.line('');
    this.line(title);
  }

  line(text: string): void {
    this.print(text);
  }

  figure(name: string, value: number, unit: string, bound: Bound = {}): void {
    const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = bound;
    const holds = value <= atMost && value >= atLeast;
    this.figures.push({ name, value, unit, ...bound, holds });
    const limit = [
      ...(bound.atMost === undefined ? [] : [`at most ${rounded(atMost)}`]),
      ...(bound.atLeast === undefined ? [] : [`at least ${rounded(atLeast)}`]),
    ].join(', ');
    const amount = `${rounded(value)} ${unit}`.trim().padStart(18);
    this.line(`  ${name.padEnd(70)} ${amount}   ${limit}${holds ? '' : '   FALLS SHORT'}`.trimEnd());
  }
}

/** Prints what falls short and returns the exit code, after one summary object as the last line where that is asked for. */
export function summary(bench: string, seed: number, figures: readonly Figure[], json: boolean): 0 | 1 {
  const short = figures.filter(({ holds }) => !holds);
  const bounded = figures.filter(({ atMost, atLeast }) => atMost !== undefined || atLeast !== undefined);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  print('');
  for (const { name } of short) print(`falls short: ${name}`);
  print(`${bounded.length - short.length} of ${bounded.length} bounds hold`);
  const holds = short.length === 0;
  if (json) print(JSON.stringify({ bench, seed, holds, short: short.map(({ name }) => name), figures }));
  return holds ? 0 : 1;
}

const rounded = (value: number): string =>
  Number.isInteger(value)
    ? value.toLocaleString('en')
    : String(Number(value.toPrecision(Math.abs(value) >= 99 && Math.abs(value) < 100 ? 5 : 3)));
