import type { DecodeOptions } from '../coding/decoder/decode-options.ts';
import type { Decoded } from '../coding/decoder/decoder.ts';
import { type ThreadOption, withThread } from '../node/threads/plain-codec.ts';

export type { Decoded } from '../coding/decoder/decoder.ts';

/**
 * Decodes a `.ddpm` stream, or any prefix of one that holds the header.
 *
 * @param bytes - the stream; must not be changed before the promise settles
 * @returns the pixels, a report of what was decoded, and the picture's metadata
 * @throws TypeError or RangeError for a bad option; DdpmError `ERR_DDPM_CORRUPT`, `ERR_DDPM_TRUNCATED` (only with
 *   `failOn: 'truncated'`), `ERR_DDPM_LIMIT`, `ERR_DDPM_MODEL_MISSING`, `ERR_DDPM_MODEL_MISMATCH`,
 *   `ERR_DDPM_MODEL_CORRUPT` or `ERR_DDPM_BACKEND`; `signal.reason` if aborted
 */
export async function decode(bytes: Uint8Array, options: DecodeOptions & ThreadOption = {}): Promise<Decoded> {
  const { codec, rest } = withThread(options);
  return codec.decode(bytes, rest);
}
