/**
 * Inputs of the tail's network for a pixel: residuals of pixels coded before it, posterior mean and variance around it,
 * and the noisy state. Encoder and decoder know all of them before the pixel is coded. docs/format.md, "Tail features".
 */
import type { Size } from '../grid/geometry.ts';
import { exp } from '../math/portable-math.ts';

/** One unit of x in grey levels. */
export const GREY_UNIT = 127.5;

/** Width of the padding around the planes, in pixels: the largest offset of a neighbour. */
const BORDER = 2;

/** Neighbours, as offsets (column, row), that are coded before a pixel. */
export const CODED_NEIGHBOURS: readonly (readonly [number, number])[] = [
  [-1, 0],
  [0, -1],
  [-1, -1],
  [1, -1],
  [-2, 0],
  [0, -2],
  [-2, -1],
  [2, -1],
  [-1, -2],
  [1, -2],
];
/** Neighbours whose posterior mean is compared with that of the pixel. */
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

/** What the decoder knows after the last layer. The size is that of the image; planes are RGB on its canvas. */
export interface TailInput extends Size {
  /** Width of the canvas in pixels. */
  readonly canvasWidth: number;
  /** State y = x + sigma n. */
  readonly state: Float32Array;
  /** Posterior mean D of x. */
  readonly mean: Float32Array;
  /** Natural logarithm of the posterior variance of each sample of x. */
  readonly logVariance: Float32Array;
  /** Natural logarithm of sigma. */
  readonly logSigma: number;
}

/** Maps a ratio smoothly to -8..8. */
function squeeze(ratio: number): number {
  return ratio / Math.sqrt(1 + ratio * ratio * 0.015625);
}

/** Planes of the picture with padding; computes the features of one pixel after the other, in coding order. */
export class TailContext {
  /** Features of the current pixel. */
  readonly features: Float64Array = new Float64Array(FEATURES);
  /** Posterior standard deviation t of the current pixel, in units of x; most features are in units of it. */
  scale = 1;
  /** Index of the current pixel's first sample in the padded planes. */
  at = 0;
  /** Posterior mean D. */
  readonly mean: Float32Array;
  /** x - D of samples that are coded, 0 for others. */
  readonly residual: Float32Array;
  /** y - D. */
  readonly noise: Float32Array;
  readonly #logVariance: Float32Array;
  readonly #logSigma: number;
  readonly #stride: number;
  readonly #offsets: readonly Int32Array[];

  constructor(input: TailInput) {
    const { width, height, canvasWidth } = input;
    this.#stride = (width + 2 * BORDER) * 3;
    const samples = this.#stride * (height + 2 * BORDER);
    this.mean = new Float32Array(samples);
    this.residual = new Float32Array(samples);
    this.noise = new Float32Array(samples);
    this.#logVariance = new Float32Array(samples);
    this.#logSigma = input.logSigma;
    for (let j = -BORDER, to = 0; j < height + BORDER; j++) {
      const row = Math.min(Math.max(j, 0), height - 1) * canvasWidth;
      for (let i = -BORDER; i < width + BORDER; i++) {
        const from = (row + Math.min(Math.max(i, 0), width - 1)) * 3;
        for (let c = 0; c < 3; c++, to++) {
          this.mean[to] = input.mean[from + c];
          this.noise[to] = input.state[from + c] - input.mean[from + c];
          this.#logVariance[to] = Math.min(Math.max(input.logVariance[from + c], -20), 4);
        }
      }
    }
    const offsets = (neighbourList: readonly (readonly [number, number])[]): Int32Array =>
      Int32Array.from(neighbourList, ([i, j]) => j * this.#stride + i * 3);
    this.#offsets = [offsets(CODED_NEIGHBOURS), offsets(AROUND), offsets(NOISY), offsets(SPREAD)];
  }

  /** Makes a pixel the current one: sets `features`, `scale` and `at`. */
  visit(column: number, row: number): void {
    const at = (row + BORDER) * this.#stride + (column + BORDER) * 3;
    const { mean, residual, noise, features } = this;
    const lv = this.#logVariance;
    const [coded, around, noisy, spread] = this.#offsets;
    const logVariance = (lv[at] + lv[at + 1] + lv[at + 2]) / 3;
    const scale = exp(logVariance / 2);
    const inverse = 1 / scale;
    let f = 0;
    for (let k = 0; k < coded.length; k++) {
      const n = at + coded[k];
      for (let c = 0; c < 3; c++) features[f++] = squeeze(residual[n + c] * inverse);
    }
    for (let k = 0; k < around.length; k++) {
      const n = at + around[k];
      for (let c = 0; c < 3; c++) features[f++] = squeeze((mean[n + c] - mean[at + c]) * inverse);
    }
    for (let k = 0; k < noisy.length; k++) {
      const n = at + noisy[k];
      for (let c = 0; c < 3; c++) features[f++] = squeeze(noise[n + c] * inverse);
    }
    for (let c = 0; c < 3; c++) features[f++] = mean[at + c];
    for (let c = 0; c < 3; c++) features[f++] = lv[at + c] - logVariance;
    for (let k = 0; k < spread.length; k++) {
      const n = at + spread[k];
      features[f++] = (lv[n] + lv[n + 1] + lv[n + 2]) / 3 - logVariance;
    }
    features[f++] = (logVariance + 8) / 4;
    features[f] = this.#logSigma - logVariance / 2;
    this.scale = scale;
    this.at = at;
  }

  /** Offsets of {@link CODED_NEIGHBOURS} in the padded planes. */
  get neighbours(): Int32Array {
    return this.#offsets[0];
  }

  /** A sample of the padded planes in grey levels; D if it is not coded yet. */
  grey(at: number): number {
    return (this.mean[at] + this.residual[at] + 1) * GREY_UNIT;
  }

  /** Records a coded sample of the current pixel, in units of x. */
  setSample(colour: number, value: number): void {
    this.residual[this.at + colour] = value - this.mean[this.at + colour];
  }

  /** x - D of a sample of the current pixel in units of `scale`, squeezed: an input for the colours after it. */
  squeezedResidual(colour: number): number {
    return squeeze(this.residual[this.at + colour] / this.scale);
  }
}
