/**
 * How good the matches are: what the matcher's queue costs its players in waiting time and in difference of Elo, against the
 * exact best pairing by the same pools, at four rates of arrival.
 *
 * Cost of a match to each of its two: wait in seconds + 0.2 · difference of Elo. Who leaves unmatched counts with the wait, and
 * as if then matched with somebody at random (mean difference of two of the same normal distribution: 2σ/√π, 339 Elo, 68 s), so
 * that no method gains by losing people.
 */
import { type Arrival, arrivalsOf, DEVIATION, isOutlier } from './arrivals.ts';
import { type AnyPool, byPairing, byQueue, type Outcome } from './waiting.ts';

/** Seconds of waiting that one Elo of difference is worth. */
const SECONDS_PER_ELO = 0.2;
const RANDOM_DIFFERENCE = (2 * DEVIATION) / Math.sqrt(Math.PI);

const POOL: AnyPool = { base: 10, scale: 40, growth: 1.5, period: 15, curve: 'exponential', max: Number.POSITIVE_INFINITY };

export const METHODS = {
  default: (arrivals: readonly Arrival[]) => byQueue(arrivals, POOL),
  adaptive: (arrivals: readonly Arrival[]) => byQueue(arrivals, { ...POOL, adaptive: true }),
  mean: (arrivals: readonly Arrival[]) => byQueue(arrivals, { ...POOL, share: 'mean' }),
  'exact, 50 ms': (arrivals: readonly Arrival[]) => byPairing(arrivals, POOL, 50),
  'exact, 1 s': (arrivals: readonly Arrival[]) => byPairing(arrivals, POOL, 1000),
  'exact, 12 s': (arrivals: readonly Arrival[]) => byPairing(arrivals, POOL, 12_000),
} satisfies Record<string, (arrivals: readonly Arrival[]) => Outcome>;

export type MethodName = keyof typeof METHODS;

export interface QualityOptions {
  /** Arrivals a second. */
  readonly rates: readonly number[];
  readonly seeds: readonly number[];
  /** How many arrive, per rate and seed. */
  readonly actors: number;
  /** How many of the first and of the last are not counted: the queue is still empty, or nobody comes after them. */
  readonly warmUp: number;
  readonly coolDown: number;
}

export const QUALITY: QualityOptions = {
  rates: [0.02, 0.1, 0.5, 5],
  seeds: [1, 2, 3, 4, 5],
  actors: 8000,
  warmUp: 500,
  coolDown: 200,
};

/** Seconds and Elo. Waits are those of everybody, differences those of the matched. */
export interface Figures {
  readonly wait: number;
  readonly wait95: number;
  readonly difference: number;
  readonly difference95: number;
  readonly cost: number;
  /** Share that left unmatched. */
  readonly left: number;
}

export interface MethodQuality {
  readonly method: MethodName;
  /** Medians over the seeds. */
  readonly all: Figures;
  readonly outliers: Figures;
  /** The cost by seed: the same arrivals for every method. */
  readonly costs: readonly number[];
}

export interface RateQuality {
  readonly rate: number;
  readonly methods: readonly MethodQuality[];
}

export interface Quality {
  readonly options: QualityOptions;
  readonly rates: readonly RateQuality[];
}

/** Runs every method at every rate with every seed. */
export const quality = (options: QualityOptions = QUALITY): Quality => ({
  options,
  rates: options.rates.map((rate) => {
    const lists = options.seeds.map((seed) => arrivalsOf(rate, options.actors, seed));
    const methods = Object.entries(METHODS).map(([name, run]): MethodQuality => {
      const bySeed = lists.map((arrivals) => {
        const outcome = run(arrivals);
        const counted = arrivals.flatMap((_, actor) =>
          actor >= options.warmUp && actor < arrivals.length - options.coolDown ? [actor] : [],
        );
        const outliers = counted.filter((actor) => isOutlier(arrivals[actor] as Arrival));
        return { all: figuresOf(outcome, counted), outliers: figuresOf(outcome, outliers) };
      });
      return {
        method: name as MethodName,
        all: medians(bySeed.map(({ all }) => all)),
        outliers: medians(bySeed.map(({ outliers }) => outliers)),
        costs: bySeed.map(({ all }) => all.cost),
      };
    });
    return { rate, methods };
  }),
});

/** What one method costs, as a multiple of what another does: the median over the seeds. */
export function costRatio({ methods }: RateQuality, of: MethodName, to: MethodName): number {
  const costs = (name: MethodName): readonly number[] => methods.find(({ method }) => method === name)?.costs ?? [];
  const others = costs(to);
  return median(costs(of).map((cost, seed) => cost / (others[seed] as number)));
}

function figuresOf({ wait, difference }: Outcome, actors: readonly number[]): Figures {
  const waits = actors.map((actor) => wait[actor] as number);
  const matched = actors.filter((actor) => !Number.isNaN(difference[actor]));
  const differences = matched.map((actor) => difference[actor] as number);
  const left = 1 - matched.length / actors.length;
  const far = (1 - left) * mean(differences) + left * RANDOM_DIFFERENCE;
  return {
    wait: mean(waits),
    wait95: quantile(waits, 0.95),
    difference: mean(differences),
    difference95: quantile(differences, 0.95),
    cost: mean(waits) + SECONDS_PER_ELO * far,
    left,
  };
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0;

const median = (values: readonly number[]): number =>
  (quantile(values, 0.5) -
    quantile(
      values.map((value) => -value),
      0.5,
    )) /
  2;

const medians = (list: readonly Figures[]): Figures => {
  const of = (key: keyof Figures): number => median(list.map((figures) => figures[key]));
  const [wait, wait95, difference, difference95] = [of('wait'), of('wait95'), of('difference'), of('difference95')];
  return { wait, wait95, difference, difference95, cost: of('cost'), left: of('left') };
};

const HEADINGS = ['wait', 'p95', 'difference', 'p95', 'cost', 'left'];

/** The table, a line each: for everybody, and behind the bar for outliers beyond 2σ. */
export function qualityLines({ options, rates }: Quality): string[] {
  const cells = ({ wait, wait95, difference, difference95, cost, left }: Figures): string[] => [
    ...[wait, wait95, difference, difference95, cost].map((value) => value.toFixed(1)),
    `${(100 * left).toFixed(1)} %`,
  ];
  const line = (name: string, all: readonly string[], outliers: readonly string[]): string =>
    [name.padEnd(14), ...all.map((cell) => cell.padStart(10)), '  |', ...outliers.map((cell) => cell.padStart(10))].join(' ');
  return [
    `wait in s, difference in Elo, cost = wait + ${SECONDS_PER_ELO} · difference; behind the bar: outliers beyond 2σ`,
    `medians over seeds ${options.seeds.join(', ')}; ${options.actors} arrivals each`,
    ...rates.flatMap(({ rate, methods }) => [
      '',
      line(`${rate} a second`, HEADINGS, HEADINGS),
      ...methods.map(({ method, all, outliers }) => line(method, cells(all), cells(outliers))),
    ]),
  ];
}
