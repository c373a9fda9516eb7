/**
 * The lossless tail of a stream: codes the exact grey levels of a picture, given the last state of the reverse process. (tail-decoder.ts
 * decodes them.)
 */
import { GrowingBytes } from '../format/growing-bytes.ts';
import { ReferenceEncoder } from './reference/reference-rows.ts';
import type { RowEncoder } from './row-coder.ts';
import { openTailKernel } from './tail-kernel.ts';
import { MOST_CODED_WIDTH, type TailPosterior, type TailShape } from './tail-posterior.ts';

/**
 * Encodes a picture. Yields the number of finished rows after each row.
 *
 * @param pixels - interleaved, rows from the top
 * @returns the message of the range coder; the pixels themselves if it is not shorter, or the picture too wide (over 2^18 pixels)
 */
export function* encodeTail(
  pixels: Uint8Array | Uint8ClampedArray,
  shape: TailShape,
  posterior: TailPosterior,
): Generator<number, Uint8Array, void> {
  const { width, height, channels } = shape;
  if (width > MOST_CODED_WIDTH) return Uint8Array.from(pixels);
  const encoder: RowEncoder = openTailKernel(shape, posterior) ?? new ReferenceEncoder(shape, posterior);
  const samples = width * channels;
  const message = new GrowingBytes();
  for (let row = 0; row < height; row++) {
    message.append(encoder.encodeRow(pixels.subarray(row * samples, (row + 1) * samples)));
    yield row + 1;
  }
  message.append(encoder.finish());
  return message.length < pixels.length ? message.bytes.slice() : Uint8Array.from(pixels);
}
