import { checkKeys, checkNumber } from '../base/check-options.ts';
import { type Codec, type CodecOptions, PooledCodec } from '../node/threads/pooled-codec.ts';

/**
 * Starts a codec whose worker threads keep the model loaded from picture to picture. Close it when done, or declare it
 * with `await using`.
 *
 * @throws TypeError or RangeError for a bad option
 */
export async function createCodec(options: CodecOptions = {}): Promise<Codec> {
  checkKeys(options, ['model', 'backend', 'threads']);
  checkNumber('threads', options.threads, { min: 1, max: 1024, integer: true });
  return new PooledCodec(options);
}
