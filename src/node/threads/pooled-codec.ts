/** Encoder and decoder on a pool of worker threads, which keep their models from picture to picture. */
import { availableParallelism } from 'node:os';
import type { DecodeOptions } from '../../coding/decoder/decode-options.ts';
import { type Decoded, prepareDecode } from '../../coding/decoder/decoder.ts';
import { decodeArriving, type Frame, type ProgressiveOptions } from '../../coding/decoder/progressive-decoder.ts';
import type { EncodeOptions } from '../../coding/encoder/encode-options.ts';
import { type Encoded, type OpenImage, prepareEncode } from '../../coding/encoder/encoder.ts';
import type { OpenEngine } from '../../coding/engine.ts';
import type { PreparedRun } from '../../coding/prepared-run.ts';
import type { RunOptions } from '../../coding/run-options.ts';
import type { BackendName } from '../../model/backends/backend.ts';
import { modelForStream } from '../models/model-folder.ts';
import { NODE } from '../node-platform.ts';
import { type ImageSource, openImage } from '../open-image.ts';
import { Admission } from './admission.ts';
import { closedError, WorkerPool } from './worker-pool.ts';

/** Options of `createCodec`. */
export interface CodecOptions {
  /** Name or id of a model (`models.list`), or path of a weights file; default as in `encode` and `decode`. */
  readonly model?: string;
  /** Default `wasm`. */
  readonly backend?: BackendName;
  /**
   * Number of worker threads, 1..1024; default: the number of cores. They share the windows and tiles of one large
   * picture as well as many pictures. Each takes about 0.25 GB. The encoded bytes do not depend on it.
   */
  readonly threads?: number;
}

/**
 * Encoder and decoder on a pool of worker threads. Calls may overlap: enough pictures are worked on to keep the threads
 * busy, the others wait, and small pictures of one size share runs of the network.
 */
export interface Codec extends AsyncDisposable {
  /** As the function `encode`; model and backend are the codec's. */
  encode(image: ImageSource, options?: EncodeOptions): Promise<Encoded>;
  /** As the function `decode`; model and backend are the codec's. */
  decode(bytes: Uint8Array, options?: DecodeOptions): Promise<Decoded>;
  /** As the function `decodeProgressive`; model and backend are the codec's. */
  decodeProgressive(source: AsyncIterable<Uint8Array>, options?: ProgressiveOptions): AsyncGenerator<Frame, void, void>;
  /**
   * Waits for running calls of `encode` and `decode`, then ends the workers. Progressive decoding ends with an error.
   */
  close(): Promise<void>;
}

/** Resolves as `work` does, or rejects with the signal's reason as soon as it aborts. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  signal.throwIfAborted();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** See {@link Codec}. */
export class PooledCodec implements Codec {
  readonly #shared: Pick<RunOptions, 'model' | 'backend'>;
  readonly #pool: WorkerPool;
  readonly #admission: Admission;
  readonly #running: Set<Promise<unknown>> = new Set();
  #closed = false;

  readonly #openEngine: OpenEngine;

  constructor({ threads = availableParallelism(), ...shared }: CodecOptions) {
    this.#shared = shared;
    this.#pool = new WorkerPool(threads, shared);
    this.#openEngine = async ({ model: requested, backend }, streamModel) => {
      const model = await modelForStream(requested, streamModel);
      return this.#pool.engine({ ...(model !== undefined && { model }), ...(backend !== undefined && { backend }) });
    };
    this.#admission = new Admission(threads, this.#openEngine);
  }

  async #run<T>(signal: AbortSignal | undefined, prepare: () => Promise<PreparedRun<T>>): Promise<T> {
    if (this.#closed) throw closedError();
    const work = this.#admission.run(async () => {
      signal?.throwIfAborted();
      return prepare();
    });
    this.#running.add(work);
    work.catch(() => {}).finally(() => this.#running.delete(work));
    return unlessAborted(work, signal);
  }

  async encode(image: ImageSource, options: EncodeOptions = {}): Promise<Encoded> {
    const open: OpenImage = (how) => openImage(image, how);
    return this.#run(options.signal, () => prepareEncode(open, { ...options, ...this.#shared }, NODE));
  }

  async decode(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Decoded> {
    return this.#run(options.signal, () => prepareDecode(bytes, { ...options, ...this.#shared }, NODE));
  }

  decodeProgressive(
    source: AsyncIterable<Uint8Array>,
    options: ProgressiveOptions = {},
  ): AsyncGenerator<Frame, void, void> {
    // Without Admission: the size is not known before the bytes arrive, and most of the time is spent waiting for them.
    const environment = { platform: NODE, openEngine: this.#openEngine };
    return decodeArriving(source, { ...options, ...this.#shared }, environment);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#running);
    await this.#pool.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
