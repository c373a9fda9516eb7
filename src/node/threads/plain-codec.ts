/** What `encode`, `decode` and `decodeProgressive` work with: one thread that they share, or the thread that calls them. */
import { checkChoice } from '../../base/check-options.ts';
import { openImage } from '../open-image.ts';
import { CodecThread, canStartThreads } from './codec-thread.ts';
import { INLINE_CODER } from './coder.ts';
import { type Codec, ThreadedCodec } from './threaded-codec.ts';

/** Where a function works. */
export interface ThreadOption {
  /**
   * `worker` (default): in a worker thread that all calls share, so that the event loop of the calling thread stays free. It is
   * started by the first call (0.1 s) and ends after a minute without one. `inline`: in the calling thread, whose event
   * loop gets a turn between two windows or tiles, up to a second apart. Results are equal to the bit. A copy of the package
   * that was bundled, without the file of the worker, works inline.
   */
  readonly thread?: 'worker' | 'inline';
}

/** Milliseconds after which the shared thread ends, as those of a pool. */
const IDLE_MS = 60_000;

type PlainCodec = Pick<Codec, 'encode' | 'decode' | 'decodeProgressive'>;

const INLINE: PlainCodec = {
  encode: (image, options = {}) => INLINE_CODER.encode((how) => openImage(image, how), options),
  decode: (bytes, options = {}) => INLINE_CODER.decode(async () => bytes, options),
  decodeProgressive: (source, options = {}) => INLINE_CODER.decodeProgressive(source, options),
};

let shared: PlainCodec | undefined;

/**
 * Splits options into the codec of the chosen thread and the rest.
 *
 * @throws RangeError for an unknown choice
 */
export function withThread<T extends ThreadOption>(options: T): { codec: PlainCodec; rest: Omit<T, 'thread'> } {
  // The codec refuses options that are no object.
  if (typeof options !== 'object' || options === null) return { codec: INLINE, rest: options };
  const { thread, ...rest } = options;
  const isInline = checkChoice('thread', thread, ['worker', 'inline'] as const) === 'inline';
  return { codec: isInline ? INLINE : sharedCodec(), rest };
}

function sharedCodec(): PlainCodec {
  shared ??= canStartThreads() ? new ThreadedCodec(new CodecThread({ pool: undefined, idleMs: IDLE_MS })) : INLINE;
  return shared;
}
