import { checkKeys, checkNumber } from '../base/check-options.ts';
import { CodecThread } from '../node/threads/codec-thread.ts';
import type { CodecOptions } from '../node/threads/pooled-codec.ts';
import { MAX_THREADS } from '../node/threads/thread-limit.ts';
import { type Codec, ThreadedCodec } from '../node/threads/threaded-codec.ts';

/**
 * Starts a codec whose worker threads keep the model loaded from picture to picture. Close it when done, or declare it
 * with `await using`.
 *
 * @throws TypeError or RangeError for a bad option; DdpmError `ERR_DDPM_BACKEND` if no thread can be started
 */
export async function createCodec(options: CodecOptions = {}): Promise<Codec> {
  checkKeys(options, ['model', 'backend', 'threads']);
  checkNumber('threads', options.threads, { min: 1, max: MAX_THREADS, integer: true });
  const { threads: _, ...shared } = options;
  const thread = new CodecThread({ pool: options });
  thread.start(); // so that models load meanwhile
  return new ThreadedCodec(thread, shared);
}
