/**
 * Computes the terms of the variational bound, L_T, L_{t-1} and L_0, for a batch of images (Ho, Jain & Abbeel 2020, eq.
 * 5, 13).
 */
import type { BatchShape } from '../model/denoiser.ts';
import { calibratedNats, sampleVariances } from './calibrated-variance.ts';
import { logIntervalProbability } from './normal-distribution.ts';
import { calibrationOf, posteriorOf, type ReverseProcess, type ReverseStep, reverseStep } from './reverse-process.ts';

/**
 * Definition of L_0: `discretised` uses the probability of the byte values (eq. 13); `density` is -log p(x_0 | x_1) of
 * a continuous x_0, with which the sum of all terms bounds a differential entropy (for x in [-1, 1]).
 */
export type Decoder = 'discretised' | 'density';

/** Images of one size. */
export interface ImageBatch {
  /** NHWC, RGB, [-1, 1]. */
  readonly x: Float32Array;
  readonly shape: BatchShape;
}

/** One term of the bound, for each image of a batch. */
export interface StepTerms {
  /** L_{t-1} in ideal bits: the relative entropy, or -log2 p for L_0. */
  readonly bits: Float64Array;
  /** Sum of (x - D)^2 over the image, x in [-1, 1]; D is the estimate of x_0 from x_t, not rounded (eq. 15). */
  readonly squaredError: Float64Array;
}

/** Half the width of a byte's bin: x = byte / 127.5 - 1. */
const HALF_BIN = 1 / 255;
/** The first and the last bin, beyond this magnitude of x, extend to infinity (eq. 13). */
const EDGE = 0.999;

/** L_T = KL(q(x_T | x_0) || N(0, I)) for each image, in bits. */
export function priorBits({ schedule }: ReverseProcess, { x, shape }: ImageBatch): Float64Array {
  const alphaBar = schedule.alphaBars[schedule.T - 1];
  const fixed = -alphaBar - Math.log1p(-alphaBar);
  return sumImages(shape, (i) => (0.5 * (fixed + alphaBar * x[i] * x[i])) / Math.LN2);
}

/**
 * Computes L_{t-1} for each image with one sample of x_t, and the error of the estimate of x_0 from x_t.
 *
 * @param noise - noise n of x_t, standard normal, as long as `batch.x`
 * @param options - `t`: 1..T, where 1 gives L_0; `decoder`: default `discretised`
 */
export async function stepTerms(
  process: ReverseProcess,
  batch: ImageBatch,
  noise: Float32Array,
  options: { readonly t: number; readonly decoder?: Decoder },
): Promise<StepTerms> {
  const { x, shape } = batch;
  const step = reverseStep(process, options.t);
  const y = x.map((value, i) => value + step.sigmaFrom * noise[i]);
  const { mean, logVariance } = await posteriorOf(process, y, shape, step.sigmaFrom);
  const residual = x.map((value, i) => value - mean[i]);
  const squaredError = sumImages(shape, (i) => residual[i] * residual[i]);
  if (step.t > 1)
    return { bits: stepBits(process, step, { residual, squaredError, logVariance, shape }), squaredError };
  const variances =
    step.pVariance ?? sampleVariances(logVariance, x.length, calibrationOf(process.model), step.sigmaFrom);
  const bitsOf = options.decoder === 'density' ? densityBits : binBits;
  const bits = sumImages(shape, (i) => {
    const deviation = Math.sqrt(typeof variances === 'number' ? variances : variances[i]);
    return bitsOf(x[i], mean[i], deviation);
  });
  return { bits, squaredError };
}

/** KL(q(x_{t-1} | x_t, x_0) || p(x_{t-1} | x_t)) for each image, in bits; t > 1. */
function stepBits(
  process: ReverseProcess,
  step: ReverseStep,
  found: {
    readonly residual: Float32Array;
    readonly squaredError: Float64Array;
    readonly logVariance: Float32Array | null;
    readonly shape: BatchShape;
  },
): Float64Array {
  const { residual, squaredError, logVariance, shape } = found;
  const { k, qVariance, pVariance } = step;
  if (pVariance === undefined) {
    const calibration = calibrationOf(process.model);
    const options = { logVariance, shape, calibration, step };
    return squaredError.map((_, image) => calibratedNats(residual, { ...options, image }) / Math.LN2);
  }
  const samples = residual.length / shape.batch;
  const spread = Math.log(pVariance / qVariance) + qVariance / pVariance - 1;
  return squaredError.map((sum) => (0.5 * (samples * spread + (k * k * sum) / pVariance)) / Math.LN2);
}

/** -log2 of the probability of the bin around x under a Gaussian (eq. 13). */
function binBits(x: number, mean: number, deviation: number): number {
  const low = x < -EDGE ? Number.NEGATIVE_INFINITY : (x - HALF_BIN - mean) / deviation;
  const high = x > EDGE ? Number.POSITIVE_INFINITY : (x + HALF_BIN - mean) / deviation;
  return -logIntervalProbability(low, high) / Math.LN2;
}

/** -log2 of the density of a Gaussian at x. */
function densityBits(x: number, mean: number, deviation: number): number {
  const z = (x - mean) / deviation;
  return (0.5 * z * z + Math.log(deviation) + 0.5 * Math.log(2 * Math.PI)) / Math.LN2;
}

/** Sums `term` over the samples of each image. */
function sumImages({ batch, height, width }: BatchShape, term: (index: number) => number): Float64Array {
  const samples = height * width * 3;
  return Float64Array.from({ length: batch }, (_, image) => {
    let sum = 0;
    for (let i = image * samples; i < (image + 1) * samples; i++) sum += term(i);
    return sum;
  });
}
