/**
 * What samplers have in common. A sampler leads images from noise to data over N noise levels, in variance-exploding
 * form: y_t = x + sigma_t n, t = N..0, sigma_0 = 0.
 */
import type { BatchShape, Posterior } from '../../model/denoiser.ts';

/** Algorithms that lead from noise to images. */
export type SamplerName = 'heun' | 'ddim' | 'ancestral';

/** All values of {@link SamplerName}, the default first. */
export const SAMPLERS: readonly SamplerName[] = ['heun', 'ddim', 'ancestral'];

/** Images on their way from y_t to y_{t-1}. */
export interface SamplerState {
  /** N..1. */
  readonly t: number;
  /** y_t, NHWC; becomes y_{t-1}. */
  readonly y: Float32Array;
  readonly shape: BatchShape;
  /** The distribution of x given y_t. */
  readonly posterior: Posterior;
  /** Makes the white noise of this step, as long as y; the same at every call. */
  readonly noise: () => Float32Array;
}

/** Leads images from noise to data. */
export interface Sampler {
  /** sigma_t at index t, N + 1 values that ascend from 0. */
  readonly levels: Float64Array;
  /** Turns y_t into y_{t-1}, in place. */
  move(state: SamplerState): void | Promise<void>;
  /** Number of runs of the network from y_t on: of the posterior at every step, and those that `move` makes. */
  networkRuns(t: number): number;
}
