/** Encoder and decoder in a thread of their own, so that the calling thread stays free. */
import { checkBytes } from '../../base/check-options.ts';
import { arrivingCall, timedCall } from '../../coding/calls/make-calls.ts';
import { sentBytes, sentPixels } from '../../coding/calls/sent-input.ts';
import type { CallTask, Sent } from '../../coding/calls/thread-call.ts';
import type { ByteSource } from '../../coding/decoder/arriving-bytes.ts';
import type { DecodeOptions } from '../../coding/decoder/decode-options.ts';
import { checkDecodeOptions, type Decoded } from '../../coding/decoder/decoder.ts';
import {
  checkProgressiveOptions,
  type Frame,
  type ProgressiveOptions,
} from '../../coding/decoder/progressive-decoder.ts';
import type { EncodeOptions } from '../../coding/encoder/encode-options.ts';
import { checkEncodeOptions } from '../../coding/encoder/encode-settings.ts';
import type { Encoded } from '../../coding/encoder/encoder.ts';
import type { RunOptions } from '../../coding/run-options.ts';
import { loadSharp } from '../../image/files/sharp-library.ts';
import { contentOf, type ImageContent, type ImageSource } from '../open-image.ts';
import type { CodecCalls } from './codec-calls.ts';
import type { CodecThread } from './codec-thread.ts';
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
    const { input: bytes, moved } = await sentBytes(content.file.bytes);
    return { input: { file: { ...content.file, bytes } }, moved };
  }
  const { input, moved } = await sentPixels(content.pixels);
  const { warnings } = content.pixels;
  return { input: { pixels: { ...input, ...(warnings && { warnings }) } }, moved };
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
    return this.#result<CodecCalls['encode']>({ kind: 'encode', options, input: () => sentImage(image) });
  }

  async decode(bytes: Uint8Array, callOptions: DecodeOptions = {}): Promise<Decoded> {
    const options = { ...callOptions, ...this.#shared };
    checkDecodeOptions(options);
    checkBytes('bytes', bytes);
    return this.#result<CodecCalls['decode']>({ kind: 'decode', options, input: () => sentBytes(bytes) });
  }

  /** Makes a call with one result. */
  async #result<C extends CodecCalls['encode' | 'decode']>(task: CallTask<C>): Promise<C['result']> {
    if (this.#closed) throw closedError();
    const result = timedCall(this.#thread, task);
    this.#running.add(result);
    try {
      return await result;
    } finally {
      this.#running.delete(result);
    }
  }

  decodeProgressive(source: ByteSource, callOptions: ProgressiveOptions = {}): AsyncGenerator<Frame, void, void> {
    const options = { ...callOptions, ...this.#shared };
    const check = (): void => checkProgressiveOptions(options);
    return arrivingCall<CodecCalls['decodeProgressive']>(this.#thread, source, {
      kind: 'decodeProgressive',
      options,
      check,
    });
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
