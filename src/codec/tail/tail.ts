/**
 * The lossless tail of a stream: codes the exact grey levels of a picture, given the last state of the reverse process. (tail-decoder.ts
 * decodes them.)
 */
import { concatBytes } from '../../base/concat-bytes.ts';
import { ReferenceEncoder } from './reference/reference-rows.ts';
import type { RowEncoder } from './row-coder.ts';
import { openTailKernel } from './tail-kernel.ts';
import type { TailPosterior, TailShape } from './tail-posterior.ts';

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
