import { NODE, openInlineEngine } from './node-platform.ts';
import { type Encoded, prepareEncode } from './prepare-encode.ts';
import type { EncodeOptions, RawImage } from './types.ts';

export type { Encoded } from './prepare-encode.ts';

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
