import { checkNumber, formatValue } from '../base/check-options.ts';

/** Mean and covariance of the features of a set of images. */
export interface FeatureStatistics {
  /** Number of images, >= 2; null if that is not known. */
  readonly count: number | null;
  /** Number of features of an image. */
  readonly dims: number;
  /** Mean of each feature, `dims` values. */
  readonly mean: Float64Array;
  /** Covariance with the divisor count - 1, row-major, `dims` x `dims`. */
  readonly covariance: Float64Array;
}

/** Features of a set of images. */
export interface FeatureSet {
  readonly count: number;
  readonly dims: number;
  /** Row-major, `count` x `dims`. */
  readonly data: Float32Array | Float64Array;
}

/**
 * Checks the parts of features.
 *
 * @throws TypeError or RangeError if their sizes are wrong
 */
export function checkFeatures(name: string, { count, dims, data }: FeatureSet): void {
  checkNumber(`${name}.count`, count, { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  checkNumber(`${name}.dims`, dims, { min: 1, max: 2 ** 16, integer: true });
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) {
    throw new TypeError(`"${name}.data" expected Float32Array or Float64Array, got ${formatValue(data)}`);
  }
  if (data.length !== count * dims) {
    throw new RangeError(`"${name}.data" expected ${count} x ${dims} values, got ${data.length}`);
  }
}

/**
 * Checks the number of features.
 *
 * @param name - of what has `dims` of them
 * @throws RangeError if `expected` is another
 */
export function checkDims(name: string, dims: number, expected: number): void {
  if (dims !== expected) throw new RangeError(`"${name}" expected ${expected} features, got ${dims}`);
}
