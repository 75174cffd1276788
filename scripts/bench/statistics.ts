/** Quantiles of measurements. */

/** The value below which this share of the values lies: the nearest rank. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export const median = (values: ArrayLike<number>): number => quantile(values, 0.5);

/** By index: the median over the repetitions, all of one length. What happened once only, such as another process's turn, is not in it. */
export const medians = (repetitions: readonly ArrayLike<number>[]): Float64Array =>
  Float64Array.from({ length: repetitions[0]?.length ?? 0 }, (_, index) =>
    median(repetitions.map((each) => each[index] as number)),
  );
