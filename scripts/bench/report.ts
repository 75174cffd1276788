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
  private readonly figures: Figure[] = [];
  private readonly bench: string;
  private readonly seed: number;
  private readonly print: (line: string) => void;

  constructor(bench: string, seed: number, print: (line: string) => void) {
    this.bench = bench;
    this.seed = seed;
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

  /** Prints what falls short and returns the exit code, after one summary object as the last line where that is asked for. */
  finish(json: boolean): 0 | 1 {
    const short = this.figures.filter(({ holds }) => !holds);
    const bounded = this.figures.filter(({ atMost, atLeast }) => atMost !== undefined || atLeast !== undefined);
    this.line('');
    for (const { name } of short) this.line(`falls short: ${name}`);
    this.line(`${bounded.length - short.length} of ${bounded.length} bounds hold`);
    const { bench, seed, figures } = this;
    const holds = short.length === 0;
    if (json)
      process.stdout.write(`${JSON.stringify({ bench, seed, holds, short: short.map(({ name }) => name), figures })}\n`);
    return holds ? 0 : 1;
  }
}

const rounded = (value: number): string =>
  Number.isInteger(value)
    ? value.toLocaleString('en')
    : String(Number(value.toPrecision(Math.abs(value) >= 99 && Math.abs(value) < 100 ? 5 : 3)));
