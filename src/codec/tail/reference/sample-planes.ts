/** Planes of what is known about a picture's samples, with a border. docs/format.md, "Tail planes". */
import type { Size } from '../../grid/geometry.ts';
import { f32 } from './float32.ts';

/** One unit of x in grey levels. */
export const GREY_UNIT = 127.5;
/** Width of the border in pixels: the largest offset of a neighbour. */
const BORDER = 4;
const LOG_VARIANCE = { min: -20, max: 4 } as const;

/** What the decoder knows after the last layer. The size is that of the image; planes are RGB on its canvas. */
export interface TailInput extends Size {
  /** Width of the canvas in pixels. */
  readonly canvasWidth: number;
  /** State y = x + sigma n. */
  readonly state: Float32Array;
  /** Posterior mean D of x, -1..1. */
  readonly mean: Float32Array;
  /** Natural logarithm of the posterior variance of each sample of x. */
  readonly logVariance: Float32Array;
}

/** Interleaved RGB samples of (height + 8, width + 8) pixels; the border repeats the nearest pixel of the image. */
export class SamplePlanes {
  /** Posterior mean in grey levels. */
  readonly mean: Float32Array;
  /** State minus posterior mean, in grey levels. */
  readonly noise: Float32Array;
  /** Logarithm of the posterior variance of x, limited to -20..4. */
  readonly logVariance: Float32Array;
  /** Grey levels of samples that are coded; the posterior mean of others. */
  readonly grey: Float32Array;
  readonly #stride: number;

  constructor({ width, height, canvasWidth, state, mean, logVariance }: TailInput) {
    this.#stride = (width + 2 * BORDER) * 3;
    const samples = this.#stride * (height + 2 * BORDER);
    this.mean = new Float32Array(samples);
    this.noise = new Float32Array(samples);
    this.logVariance = new Float32Array(samples);
    for (let j = -BORDER, to = 0; j < height + BORDER; j++) {
      const row = Math.min(Math.max(j, 0), height - 1) * canvasWidth;
      for (let i = -BORDER; i < width + BORDER; i++) {
        const from = (row + Math.min(Math.max(i, 0), width - 1)) * 3;
        for (let c = 0; c < 3; c++, to++) {
          this.mean[to] = f32(mean[from + c] + 1) * GREY_UNIT;
          this.noise[to] = f32(state[from + c] - mean[from + c]) * GREY_UNIT;
          this.logVariance[to] = Math.min(Math.max(logVariance[from + c], LOG_VARIANCE.min), LOG_VARIANCE.max);
        }
      }
    }
    this.grey = this.mean.slice();
  }

  /** Makes a plane of zeros of the same layout. */
  zeros(): Float32Array {
    return new Float32Array(this.mean.length);
  }

  /** Index of a pixel's first sample. */
  at(column: number, row: number): number {
    return (row + BORDER) * this.#stride + (column + BORDER) * 3;
  }

  /** Distance in samples to the pixel `columns` to the right and `rows` below. */
  offset(columns: number, rows: number): number {
    return rows * this.#stride + columns * 3;
  }

  /** Distances to a list of neighbours, given as (columns, rows). */
  offsets(neighbours: readonly (readonly [number, number])[]): Int32Array {
    return Int32Array.from(neighbours, ([columns, rows]) => this.offset(columns, rows));
  }
}
