import type { BatchShape, Posterior } from '../denoiser.ts';

/** Number of colour channels of an image. */
export const COLOURS = 3;

/**
 * Factors that turn the network's output F and G into a posterior: mean = skip * y + output * F. Computed in
 * photo-net.ts.
 */
export interface PosteriorScale {
  /** Factor of y in the mean. */
  readonly skip: number;
  /** Factor of F, the network's first three channels, in the mean. */
  readonly output: number;
  /** Added to G, the network's last three channels, to give the log-variance. */
  readonly logVariance: number;
}

/** Where a network has its patches: a square of patch x patch pixels is one position, whose channels are colour * patch^2 + dy * patch + dx. */
export interface PatchLayout {
  readonly values: Float32Array;
  /** Index of the first channel of position (0, 0) of the first image. */
  readonly first: number;
  /** Values of a position, and from a row of positions to the next and from an image to the next. */
  readonly channels: number;
  readonly row: number;
  readonly image: number;
}

/** Patches (batch, height, width, channels) without gaps. `positions`: batch, and height and width in positions. */
export function densePatches(values: Float32Array, positions: BatchShape, channels: number): PatchLayout {
  const row = positions.width * channels;
  return { values, first: 0, channels, row, image: positions.height * row };
}

/** Index of the channel of the first pixel of a row of pixels, counted through all images, and colour 0. */
function rowStart({ first, row, image }: PatchLayout, { height }: BatchShape, patch: number, y: number): number {
  const inImage = y % height;
  const dy = inImage % patch;
  return first + Math.floor(y / height) * image + ((inImage - dy) / patch) * row + dy * patch;
}

/**
 * Multiplies by `scale` and moves the pixels into patches without gaps.
 *
 * @param y - NHWC, 3 channels
 * @returns (batch, height / patch, width / patch, 3 * patch * patch)
 */
export function packPatches(y: Float32Array, shape: BatchShape, patch: number, scale: number): Float32Array {
  const values = new Float32Array(y.length);
  const positions = { batch: shape.batch, height: shape.height / patch, width: shape.width / patch };
  writePatches(y, shape, { patch, scale }, densePatches(values, positions, COLOURS * patch * patch));
  return values;
}

/**
 * Multiplies by `scale` and moves the pixels into patches. Takes 3 ms for 512x512.
 *
 * @param y - NHWC, 3 channels
 * @param layout - receives the patches
 */
export function writePatches(
  y: Float32Array,
  shape: BatchShape,
  { patch, scale }: { readonly patch: number; readonly scale: number },
  layout: PatchLayout,
): void {
  const { values, channels } = layout;
  const area = patch * patch;
  const columns = shape.width / patch;
  for (let row = 0, from = 0; row < shape.batch * shape.height; row++) {
    const start = rowStart(layout, shape, patch, row);
    for (let column = 0; column < columns; column++) {
      for (let at = start + column * channels, end = at + patch; at < end; at++, from += COLOURS) {
        values[at] = y[from] * scale;
        values[at + area] = y[from + 1] * scale;
        values[at + 2 * area] = y[from + 2] * scale;
      }
    }
  }
}

/**
 * Moves the network's output back to pixels and computes the posterior.
 *
 * @param layout - output F, then G
 * @param y - the noisy images, NHWC, 3 channels
 * @returns mean = skip * y + output * F, logVariance = logVariance + G
 */
export function unpackPosterior(
  layout: PatchLayout,
  y: Float32Array,
  shape: BatchShape,
  options: { readonly patch: number; readonly scale: PosteriorScale },
): Posterior {
  const { patch, scale } = options;
  const { values, channels } = layout;
  const mean = new Float32Array(y.length);
  const logVariance = new Float32Array(y.length);
  const area = patch * patch;
  const columns = shape.width / patch;
  for (let row = 0, to = 0; row < shape.batch * shape.height; row++) {
    const start = rowStart(layout, shape, patch, row);
    for (let column = 0; column < columns; column++) {
      const position = start + column * channels;
      for (let dx = 0; dx < patch; dx++) {
        for (let colour = 0, at = position + dx; colour < COLOURS; colour++, to++, at += area) {
          mean[to] = scale.skip * y[to] + scale.output * values[at];
          logVariance[to] = scale.logVariance + values[at + COLOURS * area];
        }
      }
    }
  }
  return { mean, logVariance };
}
