import type { EncodeOptions } from '../coding/encoder/encode-options.ts';
import type { Encoded } from '../coding/encoder/encoder.ts';
import type { ImageSource } from '../node/open-image.ts';
import { type ThreadOption, withThread } from '../node/threads/plain-codec.ts';

/**
 * Compresses an image to a progressive `.ddpm` stream.
 *
 * Every prefix of the stream that holds the header decodes to a whole picture. Time: docs/performance.md.
 *
 * @param image - pixels; an image file as its bytes, Blob, path or `file:` URL; or an instance of sharp
 * @returns the stream, and a report with real rate, ideal rate and distortion after each layer
 * @throws TypeError or RangeError for a bad option; DdpmError `ERR_DDPM_INPUT`, `ERR_DDPM_LIMIT`, `ERR_DDPM_TARGET`,
 *   `ERR_DDPM_MODEL_MISSING`, `ERR_DDPM_MODEL_CORRUPT`, `ERR_DDPM_BACKEND`, or `ERR_DDPM_DEPENDENCY` for an image file
 *   without sharp; `signal.reason` if aborted
 */
export async function encode(image: ImageSource, options: EncodeOptions & ThreadOption = {}): Promise<Encoded> {
  const { codec, rest } = withThread(options);
  return codec.encode(image, rest);
}
