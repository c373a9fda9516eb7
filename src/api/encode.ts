import type { EncodeOptions } from '../coding/encoder/encode-options.ts';
import { type Encoded, prepareEncode } from '../coding/encoder/encoder.ts';
import type { RawImage } from '../image/raw-image.ts';
import { NODE, openInlineEngine } from '../node/node-platform.ts';

export type { Encoded } from '../coding/encoder/encoder.ts';

/**
 * Compresses an image to a progressive `.ddpm` stream.
 *
 * Every prefix of the stream that holds the header decodes to a whole picture. Time: README, "Figures".
 *
 * @param image - pixels, or the bytes of an encoded image (anything sharp reads)
 * @returns the stream, and its real and ideal rate with the distortion after each layer
 * @throws TypeError or RangeError for a bad option; DdpmError `ERR_DDPM_INPUT`, `ERR_DDPM_LIMIT`, `ERR_DDPM_TARGET`,
 *   `ERR_DDPM_MODEL_MISSING`, `ERR_DDPM_MODEL_CORRUPT` or `ERR_DDPM_BACKEND`; `signal.reason` if aborted
 */
export async function encode(image: RawImage | Uint8Array, options: EncodeOptions = {}): Promise<Encoded> {
  const { run } = await prepareEncode(image, options, NODE);
  return run(openInlineEngine);
}
