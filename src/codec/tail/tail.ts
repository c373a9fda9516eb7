/**
 * The lossless tail of a stream: codes the exact grey levels of a picture, given the last state of the reverse process. (tail-decoder.ts
 * decodes them.)
 */
import { concatBytes } from '../../base/concat-bytes.ts';
import type { Size } from '../grid/geometry.ts';
import type { Plane } from '../grid/plane.ts';
import { ReferenceEncoder } from './reference/reference-rows.ts';
import type { RowEncoder } from './row-coder.ts';
import { openTailKernel } from './tail-kernel.ts';

/** What encoder and decoder know after the last layer: planes on the canvas of level 0. */
export interface TailPosterior {
  /** State y. */
  readonly state: Plane;
  /** Posterior mean D of x, in [-1, 1]. */
  readonly mean: Plane;
  /** Natural logarithm of the posterior variance of each sample of x. */
  readonly logVariance: Float32Array;
  /** Noise index of the state: sigma = 2^(index / 256). */
  readonly index: number;
}

/** Size and channels of a picture: 1 grey, 3 RGB. */
export interface TailShape extends Size {
  readonly channels: 1 | 3;
}

/**
 * Encodes a picture. Yields the number of finished rows after each row.
 *
 * @param pixels - interleaved, rows from the top
 * @returns the message of the range coder; the pixels themselves if it is not shorter
 */
export function* encodeTail(
  pixels: Uint8Array | Uint8ClampedArray,
  shape: TailShape,
  posterior: TailPosterior,
): Generator<number, Uint8Array, void> {
  const { width, height, channels } = shape;
  const encoder: RowEncoder = openTailKernel(shape, posterior) ?? new ReferenceEncoder(shape, posterior);
  const samples = width * channels;
  const parts: Uint8Array[] = [];
  for (let row = 0; row < height; row++) {
    parts.push(encoder.encodeRow(pixels.subarray(row * samples, (row + 1) * samples)));
    yield row + 1;
  }
  parts.push(encoder.finish());
  const message = concatBytes(...parts);
  return message.length < pixels.length ? message : Uint8Array.from(pixels);
}
