/**
 * Inputs of the tail's network for a pixel: residuals of pixels coded before it, posterior mean and variance around it,
 * and the noisy state. Encoder and decoder know all of them before the pixel is coded. docs/format.md, "Tail features".
 */
import { exp32, f32, squeeze32 } from './float32.ts';
import { NEAR } from './neighbours.ts';
import { GREY_UNIT, type SamplePlanes } from './sample-planes.ts';

/** Neighbours that are coded before a pixel. */
const CODED_NEIGHBOURS = NEAR.slice(0, 10);
/** Neighbours, as offsets (column, row), whose posterior mean is compared with that of the pixel. */
const AROUND: readonly (readonly [number, number])[] = [
  [-1, 0],
  [0, -1],
  [-1, -1],
  [1, -1],
  [1, 0],
  [0, 1],
  [1, 1],
  [-1, 1],
];
/** The pixel and neighbours not coded yet: for them the noisy state gives information that residuals do not. */
const NOISY: readonly (readonly [number, number])[] = [
  [0, 0],
  [1, 0],
  [0, 1],
  [-1, 1],
  [1, 1],
];
/** Neighbours whose posterior variance is compared with that of the pixel. */
const SPREAD: readonly (readonly [number, number])[] = [
  [-1, 0],
  [0, -1],
  [1, 0],
  [0, 1],
];

/** Number of features of a pixel. */
export const FEATURES: number =
  3 * (CODED_NEIGHBOURS.length + AROUND.length + NOISY.length) + 3 + 3 + SPREAD.length + 2;

const THIRD = f32(0.333333343);
const PER_GREY = f32(0.00784313772);
/** ln 2 / 256: the logarithm of sigma for a step of the noise index. */
const LOG_SIGMA_STEP = f32(0.00270760618);

/** Computes the features of one pixel after the other, in coding order. */
export class PixelFeatures {
  /** Features of the current pixel. */
  readonly values: Float32Array = new Float32Array(FEATURES);
  /** Posterior standard deviation of the current pixel, in grey levels: the unit of most features; and 1 / unit. */
  unit = 1;
  inverse = 1;
  readonly #planes: SamplePlanes;
  readonly #logSigma: number;
  readonly #coded: Int32Array;
  readonly #around: Int32Array;
  readonly #noisy: Int32Array;
  readonly #spread: Int32Array;

  /** @param index - noise index of the state: sigma = 2^(index / 256) */
  constructor(planes: SamplePlanes, index: number) {
    this.#planes = planes;
    this.#logSigma = f32(index * LOG_SIGMA_STEP);
    this.#coded = planes.offsets(CODED_NEIGHBOURS);
    this.#around = planes.offsets(AROUND);
    this.#noisy = planes.offsets(NOISY);
    this.#spread = planes.offsets(SPREAD);
  }

  /** Sets `values`, `unit` and `inverse` for the pixel whose first sample is at `at`. */
  visit(at: number): void {
    const { mean, noise, logVariance, grey } = this.#planes;
    const { values } = this;
    const spread = this.#meanLogVariance(at);
    this.unit = f32(exp32(f32(0.5 * spread)) * GREY_UNIT);
    this.inverse = f32(1 / this.unit);
    const { inverse } = this;
    let n = 0;
    for (const offset of this.#coded) {
      for (let p = at + offset; p < at + offset + 3; p++) {
        values[n++] = squeeze32(f32(f32(grey[p] - mean[p]) * inverse));
      }
    }
    for (const offset of this.#around) {
      for (let p = at; p < at + 3; p++) values[n++] = squeeze32(f32(f32(mean[p + offset] - mean[p]) * inverse));
    }
    for (const offset of this.#noisy) {
      for (let p = at + offset; p < at + offset + 3; p++) values[n++] = squeeze32(f32(noise[p] * inverse));
    }
    for (let p = at; p < at + 3; p++) values[n++] = f32(mean[p] * PER_GREY) - 1;
    for (let p = at; p < at + 3; p++) values[n++] = logVariance[p] - spread;
    for (const offset of this.#spread) values[n++] = this.#meanLogVariance(at + offset) - spread;
    values[n++] = f32(spread + 8) * 0.25;
    values[n] = this.#logSigma - f32(0.5 * spread);
  }

  /** Distance of a coded sample from the posterior mean in `unit`, squeezed: an input for the colours after it. */
  squeezedResidual(at: number): number {
    return squeeze32(f32(f32(this.#planes.grey[at] - this.#planes.mean[at]) * this.inverse));
  }

  #meanLogVariance(at: number): number {
    const { logVariance } = this.#planes;
    return f32(f32(f32(logVariance[at] + logVariance[at + 1]) + logVariance[at + 2]) * THIRD);
  }
}
