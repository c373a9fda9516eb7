import type { BatchShape, Posterior } from '../denoiser.ts';

/** Channels of an image. */
export const COLOURS = 3;

/** The numbers that turn network output into a posterior; see photo-net.ts, which computes them. */
export interface PosteriorScale {
  /** Factor of y in the mean. */
  readonly skip: number;
  /** Factor of the network's first three channels in the mean. */
  readonly output: number;
  /** Added to the network's last three channels. */
  readonly logVariance: number;
}

/**
 * Multiplies by `scale` and gathers each patch x patch square into the channels of one position, channel = colour * patch^2 +
 * dy * patch + dx. In JavaScript, where * and + are exact on every backend: 3 ms for 512x512, no more than a reshape and a
 * transpose on wasm take, and no tensors.
 *
 * @param y - NHWC, 3 channels
 * @returns (batch, height / patch, width / patch, 3 * patch * patch)
 */
export function packPatches(y: Float32Array, shape: BatchShape, patch: number, scale: number): Float32Array {
  const packed = new Float32Array(y.length);
  const area = patch * patch;
  const rows = shape.batch * shape.height;
  const columns = shape.width / patch;
  for (let row = 0, from = 0; row < rows; row++) {
    const dy = row % patch;
    const rowStart = ((row - dy) / patch) * columns * area * COLOURS + dy * patch;
    for (let column = 0; column < columns; column++) {
      const start = rowStart + column * area * COLOURS;
      for (let dx = 0; dx < patch; dx++, from += COLOURS) {
        const at = start + dx;
        packed[at] = (y[from] as number) * scale;
        packed[at + area] = (y[from + 1] as number) * scale;
        packed[at + 2 * area] = (y[from + 2] as number) * scale;
      }
    }
  }
  return packed;
}

/**
 * Scatters network output back to pixels and makes the posterior of it.
 *
 * @param network - (batch, height / patch, width / patch, 6 * patch * patch), channels as in {@link packPatches}: F, then G
 * @param y - the noisy images, NHWC, 3 channels
 * @returns mean = skip * y + output * F, logVariance = logVariance + G
 */
export function unpackPosterior(
  network: Float32Array,
  y: Float32Array,
  shape: BatchShape,
  options: { readonly patch: number; readonly scale: PosteriorScale },
): Posterior {
  const { patch, scale } = options;
  const mean = new Float32Array(y.length);
  const logVariance = new Float32Array(y.length);
  const area = patch * patch;
  const rows = shape.batch * shape.height;
  const columns = shape.width / patch;
  for (let row = 0, to = 0; row < rows; row++) {
    const dy = row % patch;
    const rowStart = ((row - dy) / patch) * columns * area * 2 * COLOURS + dy * patch;
    for (let column = 0; column < columns; column++) {
      const start = rowStart + column * area * 2 * COLOURS;
      for (let dx = 0; dx < patch; dx++) {
        for (let colour = 0, at = start + dx; colour < COLOURS; colour++, to++, at += area) {
          mean[to] = scale.skip * (y[to] as number) + scale.output * (network[at] as number);
          logVariance[to] = scale.logVariance + (network[at + COLOURS * area] as number);
        }
      }
    }
  }
  return { mean, logVariance };
}
