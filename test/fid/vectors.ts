import { readFileSync } from 'node:fs';
import type { FeatureSet, FeatureStatistics } from '../../src/fid/feature-statistics.ts';
import { StreamingStatistics } from '../../src/fid/streaming-statistics.ts';
import { gaussianSampler } from '../support/gaussian.ts';

/** A case of distances.json: features, and what libraries in Python compute of them; see make_fid.py. */
export interface DistanceCase {
  readonly name: string;
  readonly dims: number;
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** Of a. */
  readonly mean: readonly number[];
  readonly covariance: readonly number[];
  readonly frechetByRoot: number;
  readonly frechetBySingularValues: number;
  readonly kernel: number | null;
  /** With 1, 3 and 5 neighbours. */
  readonly precision: readonly number[];
  readonly recall: readonly number[];
}

/** The cases of distances.json. */
export const DISTANCES: readonly DistanceCase[] = JSON.parse(
  readFileSync(new URL('../fixtures/fid/distances.json', import.meta.url), 'utf8'),
).cases;

/** Features from a list of numbers. */
export function featureSet(values: readonly number[], dims: number): FeatureSet {
  return { count: values.length / dims, dims, data: Float64Array.from(values) };
}

/** Independent standard-normal features. */
export function normalFeatures(count: number, dims: number, seed: string, shift = 0): FeatureSet {
  const sample = gaussianSampler(seed);
  return { count, dims, data: Float64Array.from({ length: count * dims }, () => sample() + shift) };
}

/** Mean and covariance of features. */
export function statisticsOf(features: FeatureSet): FeatureStatistics {
  const sums = new StreamingStatistics(features.dims);
  sums.add(features);
  return sums.statistics();
}
