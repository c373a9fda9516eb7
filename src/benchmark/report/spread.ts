/** How the values of single pictures spread around their mean. */
import seedrandom from 'seedrandom';

/** Statistics of the values of some pictures. */
export interface Spread {
  /** Number of pictures. */
  readonly pictures: number;
  /** Number of pictures whose value is below 0. */
  readonly below: number;
  /**
   * Interval of 95 % for the mean: percentiles 2.5 and 97.5 of the means of 2000 sets of as many pictures,
   * drawn with replacement (Efron 1979; Efron & Tibshirani 1993, section 13.3). Null for one picture.
   */
  readonly interval: readonly [low: number, high: number] | null;
  /** Quartile, median and upper quartile, between neighbouring values linearly. */
  readonly quartiles: readonly [number, number, number];
  readonly lowest: number;
  readonly highest: number;
}

/** Number of sets that are drawn for an interval. */
export const RESAMPLES = 2000;
/** The same in every report, so that equal rows give equal intervals. */
const SEED = 'bench/bootstrap';
const OUTSIDE = 0.05;

/** The arithmetic mean. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Value below which a share of the values lies, between neighbours linearly (type 7 of Hyndman & Fan 1996). */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  const at = share * (ascending.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, ascending.length - 1);
  return ascending[below] + (at - below) * (ascending[above] - ascending[below]);
}

/** Means of sets drawn from the values with replacement, ascending. */
function resampledMeans(values: readonly number[]): Float64Array {
  const random = seedrandom.alea(SEED);
  const data = Float64Array.from(values);
  const means = new Float64Array(RESAMPLES);
  for (let i = 0; i < RESAMPLES; i++) {
    let sum = 0;
    for (let k = 0; k < data.length; k++) sum += data[Math.floor(random() * data.length)];
    means[i] = sum / data.length;
  }
  return means.sort();
}

/** Statistics of one value or more. */
export function spreadOf(values: readonly number[]): Spread {
  const ascending = Float64Array.from(values).sort();
  const share = (part: number): number => quantile(ascending, part);
  const means = values.length > 1 ? resampledMeans(values) : undefined;
  return {
    pictures: values.length,
    below: values.filter((value) => value < 0).length,
    interval: means ? [quantile(means, OUTSIDE / 2), quantile(means, 1 - OUTSIDE / 2)] : null,
    quartiles: [share(0.25), share(0.5), share(0.75)],
    lowest: ascending[0],
    highest: ascending[ascending.length - 1],
  };
}
