/**
 * Generates images with the reverse process: sampling, progressive generation and interpolation (Ho, Jain & Abbeel
 * 2020, section 4).
 */
import type { BatchShape, Posterior } from '../model/denoiser.ts';
import { scaleNoise } from './calibrated-variance.ts';
import type { NamedPlane } from './image-planes.ts';
import { namedNormals } from './normal-distribution.ts';
import {
  type AnalysedModel,
  calibrationOf,
  posteriorOf,
  type ReverseProcess,
  type ReverseProcessOptions,
  type ReverseStep,
  reverseProcess,
  reverseStep,
} from './reverse-process.ts';

/** Options that sampling and interpolation share. */
export interface WalkOptions extends ReverseProcessOptions {
  /** Seed of all noise, an integer >= 0; default 0. Image i of a seed does not depend on the number of images. */
  readonly seed?: number;
  /** Whether to walk without noise after x_T (DDIM with eta = 0, Song et al. 2021, eq. 12); default false. */
  readonly deterministic?: boolean;
}

/** Options of {@link sampleModel}. */
export interface SampleModelOptions extends WalkOptions {
  /** Number of images, >= 1. */
  readonly count: number;
  /** Index of the first image, which determines its noise; default 0. */
  readonly first?: number;
  /** Width in pixels, a multiple of the denoiser's `sizeMultiple`. */
  readonly width: number;
  /** Height in pixels, a multiple of the denoiser's `sizeMultiple`. */
  readonly height: number;
}

/** State of the walk after a run of the network and before the reverse step that uses its result. */
export interface SampleState {
  /** Time of the state x_t, T..1; 0 after the last step. */
  readonly t: number;
  /** Number of completed network runs, of `steps`. */
  readonly step: number;
  readonly steps: number;
  readonly shape: BatchShape;
  /**
   * x_t in variance-exploding form, y = x_t / sqrt(abar_t), NHWC; for t = 0 the samples. Overwritten when the walk
   * continues.
   */
  readonly y: Float32Array;
  /** Estimate of x_0, NHWC (eq. 15); for t = 0 the samples. */
  readonly mean: Float32Array;
}

/**
 * Samples images by ancestral sampling (algorithm 2) or the deterministic walk. Yields a state after each run of the
 * network, and the samples at the end.
 *
 * @throws RangeError if an option is out of range
 */
export async function* sampleModel(
  model: AnalysedModel,
  options: SampleModelOptions,
): AsyncGenerator<SampleState, void, void> {
  const { count, width, height, first = 0, seed = 0 } = options;
  const process = reverseProcess(model, options);
  const shape = { batch: count, height, width };
  const { T } = process.schedule;
  const sigma = reverseStep(process, T).sigmaFrom;
  const y = noiseOf(shape, (image) => `sample/${seed}/${first + image}/start`);
  const scale = Math.sqrt(1 + sigma * sigma); // x_T ~ N(0, I)
  for (let i = 0; i < y.length; i++) y[i] *= scale;
  const names = (image: number, t: number): string => `sample/${seed}/${first + image}/${t}`;
  yield* walk(process, { y, shape, from: T, deterministic: options.deterministic === true, names });
}

/** Options of {@link interpolateModel}. */
export interface InterpolateModelOptions extends WalkOptions {
  /** Time step t to which both images are diffused, 1..T of the process. */
  readonly atStep: number;
  /** Number of images, including those at the two sources, >= 2. */
  readonly count: number;
  /**
   * Whether both images get the same noise; default false, as in the paper. With different noise, the mixture in the
   * middle has half the noise variance that its step assumes, and a deterministic walk leaves it blurred. With the same
   * noise, all mixtures have the right variance.
   */
  readonly sharedNoise?: boolean;
}

/**
 * Interpolates between two images (section 4.4): diffuses both to x_t, mixes them as (1 - lambda) x_t + lambda x_t',
 * and applies the reverse process with the same noise for every lambda. Yields states like {@link sampleModel}.
 *
 * @param images - two images of the same size
 * @throws RangeError if an option is out of range or the sizes differ
 */
export async function* interpolateModel(
  model: AnalysedModel,
  images: readonly [NamedPlane, NamedPlane],
  options: InterpolateModelOptions,
): AsyncGenerator<SampleState, void, void> {
  const { atStep, count, seed = 0, deterministic = false, sharedNoise = false } = options;
  const [a, b] = images;
  if (a.width !== b.width || a.height !== b.height) {
    throw new RangeError(`"images" expected one size, got ${a.width} x ${a.height} and ${b.width} x ${b.height}`);
  }
  const process = reverseProcess(model, options);
  if (!Number.isInteger(atStep) || atStep < 1 || atStep > process.schedule.T) {
    throw new RangeError(`"atStep" expected integer 1..${process.schedule.T}, got ${atStep}`);
  }
  const shape = { batch: count, height: a.height, width: a.width };
  const sigma = reverseStep(process, atStep).sigmaFrom;
  const [start, end] = images.map(({ data }, i) => {
    const noise = namedNormals(data.length, `interpolate/${seed}/source-${sharedNoise ? 0 : i}`);
    return data.map((value, j) => value + sigma * noise[j]);
  });
  const y = new Float32Array(start.length * count);
  for (let image = 0; image < count; image++) {
    const lambda = image / (count - 1);
    y.set(
      start.map((value, i) => (1 - lambda) * value + lambda * end[i]),
      image * start.length,
    );
  }
  const names = (_image: number, t: number): string => `interpolate/${seed}/${t}`;
  yield* walk(process, { y, shape, from: atStep, deterministic, names });
}

interface Walk {
  /** Start of the walk; changed in place. */
  readonly y: Float32Array;
  readonly shape: BatchShape;
  /** First time step t. */
  readonly from: number;
  readonly deterministic: boolean;
  /** Seed of the noise of an image at step t, see {@link namedNormals}. */
  readonly names: (image: number, t: number) => string;
}

async function* walk(process: ReverseProcess, options: Walk): AsyncGenerator<SampleState, void, void> {
  const { y, shape, from, deterministic, names } = options;
  for (let t = from; t >= 1; t--) {
    const step = reverseStep(process, t);
    const posterior = await posteriorOf(process, y, shape, step.sigmaFrom);
    const { mean } = posterior;
    yield { t, step: from - t + 1, steps: from, shape, y, mean };
    if (deterministic) moveDeterministically(y, mean, step);
    else moveAncestrally(process, { y, shape, step, posterior, names });
  }
  yield { t: 0, step: from, steps: from, shape, y, mean: y };
}

/** y_s = D + sigma_s eps with eps = (y_t - D) / sigma_t (Song et al. 2021, eq. 12, eta = 0). */
function moveDeterministically(y: Float32Array, mean: Float32Array, { sigmaFrom, sigmaTo }: ReverseStep): void {
  const ratio = sigmaTo / sigmaFrom;
  for (let i = 0; i < y.length; i++) y[i] = mean[i] + ratio * (y[i] - mean[i]);
}

/** Replaces y by a sample of p(x_{t-1} | x_t), or by its mean for t = 1 (algorithm 2). */
function moveAncestrally(
  process: ReverseProcess,
  state: {
    readonly y: Float32Array;
    readonly shape: BatchShape;
    readonly step: ReverseStep;
    readonly posterior: Posterior;
    readonly names: Walk['names'];
  },
): void {
  const { y, shape, step, posterior, names } = state;
  const { mean, logVariance } = posterior;
  const { t, k, pVariance } = step;
  if (t === 1) {
    y.set(mean);
    return;
  }
  const noise = noiseOf(shape, (image) => names(image, t));
  if (pVariance === undefined) {
    scaleNoise(noise, { logVariance, shape, calibration: calibrationOf(process.model), step });
  }
  const deviation = pVariance === undefined ? 1 : Math.sqrt(pVariance);
  for (let i = 0; i < y.length; i++) y[i] = mean[i] + (1 - k) * (y[i] - mean[i]) + deviation * noise[i];
}

/** White noise. Each image has its own seed, so that it does not depend on the number of images. */
function noiseOf({ batch, height, width }: BatchShape, nameOf: (image: number) => string): Float32Array {
  const samples = height * width * 3;
  const noise = new Float32Array(batch * samples);
  for (let image = 0; image < batch; image++) noise.set(namedNormals(samples, nameOf(image)), image * samples);
  return noise;
}
