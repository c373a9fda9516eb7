/** Encoder and decoder in a thread of their own, so that the calling thread stays free. */
import { checkBytes } from '../../base/check-options.ts';
import { yieldToEventLoop } from '../../base/event-loop.ts';
import { type ByteSource, untilAborted } from '../../coding/decoder/arriving-bytes.ts';
import type { DecodeOptions } from '../../coding/decoder/decode-options.ts';
import { checkDecodeOptions, type Decoded } from '../../coding/decoder/decoder.ts';
import {
  checkProgressiveOptions,
  type Frame,
  type ProgressiveOptions,
} from '../../coding/decoder/progressive-decoder.ts';
import { stoppable } from '../../coding/decoder/stoppable-frames.ts';
import type { EncodeOptions } from '../../coding/encoder/encode-options.ts';
import { checkEncodeOptions } from '../../coding/encoder/encode-settings.ts';
import type { Encoded } from '../../coding/encoder/encoder.ts';
import type { RunOptions } from '../../coding/run-options.ts';
import { loadSharp } from '../../image/files/sharp-library.ts';
import { checkRawImage } from '../../image/raw-image.ts';
import { contentOf, type ImageContent, type ImageSource } from '../open-image.ts';
import type { CallKinds } from './call-messages.ts';
import type { CodecThread } from './codec-thread.ts';
import type { CallTask, Sent } from './thread-call.ts';
import { closedError } from './thread-failure.ts';

/** Encoder and decoder of `createCodec`. Calls may overlap. */
export interface Codec extends AsyncDisposable {
  /** As the function `encode`; model and backend are the codec's. */
  encode(image: ImageSource, options?: EncodeOptions): Promise<Encoded>;
  /** As the function `decode`; model and backend are the codec's. */
  decode(bytes: Uint8Array, options?: DecodeOptions): Promise<Decoded>;
  /** As the function `decodeProgressive`; model and backend are the codec's. */
  decodeProgressive(source: AsyncIterable<Uint8Array>, options?: ProgressiveOptions): AsyncGenerator<Frame, void, void>;
  /**
   * Waits for running calls of `encode` and `decode`, then ends the threads. Progressive decoding ends with an error.
   */
  close(): Promise<void>;
}

/** Bytes that are copied before the event loop gets a turn; they take a few milliseconds. */
const COPIED_AT_ONCE = 2 ** 23;

/** Copies bytes of the caller's, which stay as they are, to memory that can be moved to another thread. */
async function copyOf(bytes: Uint8Array | Uint8ClampedArray): Promise<Uint8Array<ArrayBuffer>> {
  const copy = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += COPIED_AT_ONCE) {
    if (at > 0) await yieldToEventLoop();
    copy.set(bytes.subarray(at, at + COPIED_AT_ONCE), at);
  }
  return copy;
}

async function sentBytes(bytes: Uint8Array): Promise<Sent<Uint8Array>> {
  const input = await copyOf(bytes);
  return { input, moved: [input.buffer] };
}

/**
 * An image for the thread.
 *
 * @throws as `openImage` where it reads files; TypeError or RangeError for pixels that do not fit their size
 */
async function sentImage(image: ImageSource): Promise<Sent<ImageContent>> {
  const content = await contentOf(image);
  // Threads that use sharp may only end before its library does, so this thread must have loaded it as well.
  if ('file' in content || content.pixels.channels % 2 === 0) await loadSharp().catch(() => {});
  if ('file' in content) {
    const bytes = await copyOf(content.file.bytes);
    return { input: { file: { ...content.file, bytes } }, moved: [bytes.buffer] };
  }
  checkRawImage(content.pixels);
  const { width, height, channels, metadata, warnings } = content.pixels;
  const data = await copyOf(content.pixels.data);
  const pixels = { data, width, height, channels, ...(metadata && { metadata }), ...(warnings && { warnings }) };
  return { input: { pixels }, moved: [data.buffer] };
}

/** A result whose total time is that of the caller, who began at `start`. */
function timedFrom<T extends Encoded | Decoded>(start: number, result: T): T {
  const timing = { ...result.info.timing, totalMs: performance.now() - start };
  return { ...result, info: { ...result.info, timing } };
}

/** See {@link Codec}. */
export class ThreadedCodec implements Codec {
  readonly #thread: CodecThread;
  readonly #shared: Pick<RunOptions, 'model' | 'backend'>;
  readonly #running: Set<Promise<unknown>> = new Set();
  #closed = false;

  /** @param shared - options of every call */
  constructor(thread: CodecThread, shared: Pick<RunOptions, 'model' | 'backend'> = {}) {
    this.#thread = thread;
    this.#shared = shared;
  }

  async encode(image: ImageSource, callOptions: EncodeOptions = {}): Promise<Encoded> {
    const options = { ...callOptions, ...this.#shared };
    checkEncodeOptions(options);
    return this.#result({ kind: 'encode', options, input: () => sentImage(image) });
  }

  async decode(bytes: Uint8Array, callOptions: DecodeOptions = {}): Promise<Decoded> {
    const options = { ...callOptions, ...this.#shared };
    checkDecodeOptions(options);
    checkBytes('bytes', bytes);
    return this.#result({ kind: 'decode', options, input: () => sentBytes(bytes) });
  }

  /** Makes a call with one result. */
  async #result<K extends 'encode' | 'decode'>(task: CallTask<K>): Promise<CallKinds[K]['result']> {
    const start = performance.now();
    if (this.#closed) throw closedError();
    task.options.signal?.throwIfAborted();
    const call = this.#thread.call(task);
    const result = call.next();
    this.#running.add(result);
    try {
      return timedFrom(start, (await result) as CallKinds[K]['result']);
    } finally {
      this.#running.delete(result);
      call.close();
    }
  }

  decodeProgressive(source: ByteSource, options: ProgressiveOptions = {}): AsyncGenerator<Frame, void, void> {
    return stoppable((stopped) => this.#frames(source, { ...options, ...this.#shared }, stopped));
  }

  async *#frames(
    source: ByteSource,
    options: ProgressiveOptions,
    stopped: AbortSignal,
  ): AsyncGenerator<Frame, void, void> {
    checkProgressiveOptions(options);
    const ended = new AbortController();
    const signal = AbortSignal.any([stopped, ...(options.signal ? [options.signal] : [])]);
    const chunks = untilAborted(source, AbortSignal.any([signal, ended.signal]));
    // Read at once, as a reader that has not begun would not end its source.
    let chunk: Promise<IteratorResult<Uint8Array, void>> | undefined = chunks.next();
    chunk.catch(() => {}); // thrown where it is asked for
    const input = async (): Promise<Sent<Uint8Array> | null> => {
      const { value } = await (chunk ?? chunks.next());
      chunk = undefined;
      return value ? sentBytes(value) : null;
    };
    try {
      const task: CallTask<'decodeProgressive'> = { kind: 'decodeProgressive', options: { ...options, signal }, input };
      const call = this.#thread.call(task);
      try {
        for (let frame = await call.next(); frame; frame = await call.next()) yield frame;
      } finally {
        call.close();
      }
    } finally {
      // Also where the thread still waits for bytes, as after a timeout.
      ended.abort(new Error('no more bytes are wanted'));
      await chunks.return().catch(() => {});
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#running);
    await this.#thread.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
