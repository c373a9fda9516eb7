/**
 * Generates images with the reverse process: sampling, progressive generation and interpolation (Ho, Jain & Abbeel
 * 2020, section 4).
 */
import type { BatchShape } from '../model/denoiser.ts';
import type { NamedPlane } from './image-planes.ts';
import { namedNormals } from './normal-distribution.ts';
import { type AnalysedModel, posteriorOf } from './reverse-process.ts';
import { type OpenSampler, openSampler, type SamplerOptions } from './samplers/open-sampler.ts';

/** Options that sampling and interpolation share. */
export interface WalkOptions extends SamplerOptions {
  /** Seed of all noise, an integer >= 0; default 0. */
  readonly seed?: number;
}

/** Options of {@link sampleModel}. */
export interface SampleModelOptions extends WalkOptions {
  /** Numbers of the images to make, at least one; integers >= 0. An image depends on its number and the seed alone. */
  readonly numbers: readonly number[];
  /** Width in pixels, a multiple of the denoiser's `sizeMultiple`. */
  readonly width: number;
  /** Height in pixels, a multiple of the denoiser's `sizeMultiple`. */
  readonly height: number;
}

/** State of the walk at a step: the estimate of x_0 is known, and the step is not yet taken. */
export interface SampleState {
  /** Number of the noise level of y_t, from that of the sampler's steps down to 1; 0 after the last step. */
  readonly t: number;
  /** Number of the step, 1..`steps`; `steps` after the last step, too. */
  readonly step: number;
  readonly steps: number;
  readonly shape: BatchShape;
  /**
   * y_t, NHWC: x_t in variance-exploding form, x_t / sqrt(abar_t); for t = 0 the samples. Overwritten when the walk
   * continues.
   */
  readonly y: Float32Array;
  /** Estimate of x_0, NHWC (eq. 15); for t = 0 the samples. */
  readonly mean: Float32Array;
}

/**
 * Samples images. Yields a state at each step, and the samples at the end.
 *
 * @throws RangeError or TypeError if an option is out of range or does not belong to the sampler
 */
export async function* sampleModel(
  model: AnalysedModel,
  options: SampleModelOptions,
): AsyncGenerator<SampleState, void, void> {
  const { numbers, width, height, seed = 0 } = options;
  const opened = openSampler(model, options);
  const shape = { batch: numbers.length, height, width };
  const { levels } = opened.sampler;
  const from = levels.length - 1;
  const sigma = levels[from];
  const y = noiseOf(shape, (image) => `sample/${seed}/${numbers[image]}/start`);
  const scale = Math.sqrt(1 + sigma * sigma); // x_T ~ N(0, I)
  for (let i = 0; i < y.length; i++) y[i] *= scale;
  const names = (image: number, t: number): string => `sample/${seed}/${numbers[image]}/${t}`;
  yield* walk(opened, { y, shape, from, names });
}

/** Options of {@link interpolateModel}. */
export interface InterpolateModelOptions extends WalkOptions {
  /** Number of the noise level to which both images are diffused, 1 to the number of the sampler's steps. */
  readonly atStep: number;
  /** Number of images, including those at the two sources, >= 2. */
  readonly count: number;
  /** Numbers of those to make, 0..count - 1; default: all. An image does not depend on which others are made. */
  readonly numbers?: readonly number[];
  /**
   * Whether both images get the same noise; default true: then all mixtures have the variance that their step assumes.
   * False, as in the paper: those in the middle have half of it, and a sampler without noise leaves them blurred.
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
  const { atStep, count, seed = 0, sharedNoise = true } = options;
  const numbers = options.numbers ?? Array.from({ length: count }, (_, i) => i);
  const [a, b] = images;
  if (a.width !== b.width || a.height !== b.height) {
    throw new RangeError(`"images" expected one size, got ${a.width} x ${a.height} and ${b.width} x ${b.height}`);
  }
  const opened = openSampler(model, options);
  const { levels } = opened.sampler;
  if (!Number.isInteger(atStep) || atStep < 1 || atStep >= levels.length) {
    throw new RangeError(`"atStep" expected integer 1..${levels.length - 1}, got ${atStep}`);
  }
  const shape = { batch: numbers.length, height: a.height, width: a.width };
  const sigma = levels[atStep];
  const [start, end] = images.map(({ data }, i) => {
    const noise = namedNormals(data.length, `interpolate/${seed}/source-${sharedNoise ? 0 : i}`);
    return data.map((value, j) => value + sigma * noise[j]);
  });
  const y = new Float32Array(start.length * numbers.length);
  numbers.forEach((number, image) => {
    const lambda = number / (count - 1);
    y.set(
      start.map((value, i) => (1 - lambda) * value + lambda * end[i]),
      image * start.length,
    );
  });
  const names = (_image: number, t: number): string => `interpolate/${seed}/${t}`;
  yield* walk(opened, { y, shape, from: atStep, names });
}

interface Walk {
  /** Start of the walk; changed in place. */
  readonly y: Float32Array;
  readonly shape: BatchShape;
  /** Number of the first noise level. */
  readonly from: number;
  /** Seed of the noise of an image at step t, see {@link namedNormals}. */
  readonly names: (image: number, t: number) => string;
}

async function* walk(
  { process, sampler }: OpenSampler,
  { y, shape, from, names }: Walk,
): AsyncGenerator<SampleState, void, void> {
  for (let t = from; t >= 1; t--) {
    const posterior = await posteriorOf(process, y, shape, sampler.levels[t]);
    yield { t, step: from - t + 1, steps: from, shape, y, mean: posterior.mean };
    await sampler.move({ t, y, shape, posterior, noise: () => noiseOf(shape, (image) => names(image, t)) });
  }
  yield { t: 0, step: from, steps: from, shape, y, mean: y };
}

/** White noise. Each image has its own seed, so that it does not depend on the number of images. */
function noiseOf({ batch, height, width }: BatchShape, nameOf: (image: number) => string): Float32Array {
  const samples = height * width * 3;
  const noise = new Float32Array(batch * samples);
  for (let image = 0; image < batch; image++) noise.set(namedNormals(samples, nameOf(image)), image * samples);
  return noise;
}
