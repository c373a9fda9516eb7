/**
 * Measures the variance of the whitened posterior residual U(x - D), from which the reverse-process Gaussian follows.
 */
import { inOrder } from '../../base/in-order.ts';
import type { Calibration, Denoiser } from '../../model/denoiser.ts';
import { denoiseWindows } from '../executor/denoise-windows.ts';
import type { WindowJob, WindowResult } from '../executor/executor.ts';
import { canvasSize, canvasWindows } from '../grid/geometry.ts';
import { gather, gatherSeen, newPlane, type Plane, resizeCanvas } from '../grid/plane.ts';
import { fillGaussian, STREAM, streamKey } from '../math/gaussian-table.ts';
import { whitenedDifference } from '../math/tile-whitening.ts';
import { BLOCK_COEFFICIENTS } from '../math/whitening.ts';

/** Options of {@link calibrate}. */
export interface CalibrateOptions {
  /** Noise levels of the table, ascending, 2 or more. */
  readonly sigmas: readonly number[];
  /** Seed of the noise, unsigned 32 bits; default 0. */
  readonly seed?: number;
  /** Number of batches at work at a time, for a denoiser that runs on threads; default 1. Does not change the result. */
  readonly concurrency?: number;
  /** Called after each batch with the number of noise levels that are done, with fractions; may throw to end the run. */
  readonly onBatch?: (levelsDone: number) => void | Promise<void>;
}

/** Result of {@link calibrate}. */
export interface MeasuredCalibration extends Calibration {
  /** Number of 8x8 blocks that each value of the table is the mean of. */
  readonly blocks: number;
}

/** Ends of the table; all noise levels of the ladder lie between them. */
const LOWEST_SIGMA = 0.003;
const HIGHEST_SIGMA = 60;
/** Default number of noise levels: successive ones differ by a factor of 1.54. */
export const CALIBRATION_LEVELS = 24;

/** Noise levels of a table: a geometric sequence from 0.003 to 60. */
export function calibrationSigmas(levels: number): number[] {
  return Array.from({ length: levels }, (_, i) => LOWEST_SIGMA * (HIGHEST_SIGMA / LOWEST_SIGMA) ** (i / (levels - 1)));
}

/** Limits of the table's values (docs/format.md, "Models"); a band that is exactly 0 in all images would be below. */
const LEAST_VARIANCE = 2 ** -24;
const LARGEST_VARIANCE = 2 ** 24;
/** Most windows that run through the network as one batch; all have the same size. */
const BATCH = 8;
/** Larger windows run alone: they fill the kernels, and take much memory. */
const BATCHED_PIXELS = 64 * 64;

/** A window of an image: noisy, as a job for the denoiser, and clean. */
interface Sample {
  readonly job: WindowJob;
  /** Pixels of the image in the window, (height, width, 3). */
  readonly x: Float32Array;
}

/**
 * Measures the calibration table of a denoiser: for each noise level, colour and DCT band, the mean over images and
 * blocks of U(x - D)^2 divided by the block's mean of exp(logVariance). For a denoiser without log-variance the divisor
 * is 1, and the table holds the variance itself. docs/design/codec.md, section 4.
 *
 * @param images - RGB planes in [-1, 1], one or more
 * @throws RangeError if there are no images
 */
export async function calibrate(
  denoiser: Denoiser,
  images: readonly Plane[],
  options: CalibrateOptions,
): Promise<MeasuredCalibration> {
  if (images.length === 0) throw new RangeError('"images" expected 1 or more, got 0');
  const { sigmas, seed = 0, concurrency = 1, onBatch } = options;
  const tallies = sigmas.map(() => new Tally());
  const windows = images.reduce((sum, image) => sum + canvasWindows(canvasSize(image, 0), denoiser).length, 0);
  let done = 0;
  // In the order of the batches, so that rounding does not depend on which of them ends first.
  const run = async (batch: LevelBatch): Promise<LevelBatch & { results: WindowResult[] }> => {
    const jobs = batch.samples.map(({ job }) => job);
    return { ...batch, results: await denoiseWindows(denoiser, jobs) };
  };
  for await (const { level, samples, results } of inOrder(
    levelBatches(denoiser, images, sigmas, seed),
    concurrency,
    run,
  )) {
    results.forEach(({ mean, blockVariance }, i) => {
      const { x, job } = samples[i];
      tallies[level].add(whitenedDifference(x, mean, job.inner), blockVariance);
    });
    done += samples.length;
    await onBatch?.(done / windows);
  }
  const bandShape = new Float32Array(sigmas.length * BLOCK_COEFFICIENTS);
  tallies.forEach((tally, level) => void bandShape.set(tally.means(), level * BLOCK_COEFFICIENTS));
  return { sigma: Float32Array.from(sigmas), bandShape, blocks: tallies[0].blocks };
}

/** Windows of one size at a noise level. */
interface LevelBatch {
  /** Index of the noise level. */
  readonly level: number;
  readonly samples: readonly Sample[];
}

function* levelBatches(
  denoiser: Denoiser,
  images: readonly Plane[],
  sigmas: readonly number[],
  seed: number,
): Generator<LevelBatch> {
  for (const [level, sigma] of sigmas.entries()) {
    const noise = streamKey(seed, STREAM.initialState, level, 0);
    for (const batch of batches(samples(denoiser, images, sigma, noise))) yield { level, samples: batch };
  }
}

/** All windows of all images at a noise level, cut as the codec cuts them. */
function* samples(denoiser: Denoiser, images: readonly Plane[], sigma: number, seed: number): Generator<Sample> {
  for (const [number, image] of images.entries()) {
    const x = resizeCanvas(image, canvasSize(image, 0));
    const y = newPlane(x);
    fillGaussian(y.data, streamKey(seed, STREAM.initialState, number, 0));
    for (let i = 0; i < y.data.length; i++) y.data[i] = x.data[i] + sigma * y.data[i];
    for (const { window, seen } of canvasWindows(x, denoiser)) {
      const inner = { ...window, x: window.x - seen.x, y: window.y - seen.y };
      const clean = gather(x, window, new Float32Array(window.width * window.height * 3));
      yield { job: { y: gatherSeen(y, seen), seen, sigma, exact: true, inner }, x: clean };
    }
  }
}

/** Groups successive samples whose windows have the same size. */
function* batches(all: Iterable<Sample>): Generator<Sample[]> {
  let batch: Sample[] = [];
  for (const sample of all) {
    const { width, height } = sample.job.seen;
    const isFull = batch.length === BATCH || width * height > BATCHED_PIXELS;
    if (batch.length > 0 && (isFull || !isSameSize(batch[0], sample))) {
      yield batch;
      batch = [];
    }
    batch.push(sample);
  }
  if (batch.length > 0) yield batch;
}

function isSameSize({ job: { seen: a } }: Sample, { job: { seen: b } }: Sample): boolean {
  return a.width === b.width && a.height === b.height;
}

/** Mean of U(x - D)^2 divided by the block's variance, for each of the 192 coefficients. */
class Tally {
  readonly #sums = new Float64Array(BLOCK_COEFFICIENTS);
  blocks = 0;

  add(residual: Float32Array, blockVariance: Float64Array): void {
    for (let block = 0, at = 0; block < blockVariance.length; block++) {
      const scale = 1 / blockVariance[block];
      for (let i = 0; i < BLOCK_COEFFICIENTS; i++, at++) this.#sums[i] += residual[at] * residual[at] * scale;
    }
    this.blocks += blockVariance.length;
  }

  means(): Float64Array {
    return this.#sums.map((sum) => Math.min(Math.max(sum / this.blocks, LEAST_VARIANCE), LARGEST_VARIANCE));
  }
}
