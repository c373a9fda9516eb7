/** A pool of workers that stay warm from picture to picture. */
import { availableParallelism } from 'node:os';
import { checkKeys, checkNumber } from '../base/check-options.ts';
import type { DecodeOptions } from '../coding/decoder/decode-options.ts';
import { type Decoded, prepareDecode } from '../coding/decoder/decoder.ts';
import type { EncodeOptions } from '../coding/encoder/encode-options.ts';
import { type Encoded, type Prepared, prepareEncode } from '../coding/encoder/encoder.ts';
import type { RunOptions } from '../coding/run-options.ts';
import type { RawImage } from '../image/raw-image.ts';
import type { BackendName } from '../model/backends/backend.ts';
import { modelForStream } from '../node/models/model-folder.ts';
import { NODE } from '../node/node-platform.ts';
import { Admission } from '../node/threads/admission.ts';
import { WorkerPool } from '../node/threads/worker-pool.ts';

/** What all pictures of a codec share. */
export interface CodecOptions {
  /** Name or id of a model (`listModels`), or path of a weights file; default as in `encode` and `decode`. */
  readonly model?: string;
  /** Default `wasm`. */
  readonly backend?: BackendName;
  /**
   * Worker threads, 1..1024; default: the number of cores. They share the windows and tiles of one large picture as well as many
   * pictures. Each takes about 0.25 GB. The bytes do not depend on it.
   */
  readonly threads?: number;
}

/**
 * Encoder and decoder on a pool of worker threads. Calls may overlap: as many pictures are worked on as keep the threads busy, the
 * others wait, and small pictures of one size share runs of the network.
 */
export interface Codec extends AsyncDisposable {
  /** As the function `encode`; model and backend are the codec's. */
  encode(image: RawImage | Uint8Array, options?: EncodeOptions): Promise<Encoded>;
  /** As the function `decode`; model and backend are the codec's. */
  decode(bytes: Uint8Array, options?: DecodeOptions): Promise<Decoded>;
  /** Waits for what runs, then ends the workers. */
  close(): Promise<void>;
}

/** Rejects with the signal's reason as soon as it aborts. */
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

class PooledCodec implements Codec {
  readonly #shared: Pick<RunOptions, 'model' | 'backend'>;
  readonly #pool: WorkerPool;
  readonly #admission: Admission;
  readonly #running: Set<Promise<unknown>> = new Set();
  #closed = false;

  constructor({ threads, ...shared }: CodecOptions) {
    this.#shared = shared;
    const most = threads ?? availableParallelism();
    this.#pool = new WorkerPool(most, shared);
    this.#admission = new Admission(most, async ({ model: named, backend }, streamModel) => {
      const model = await modelForStream(named, streamModel);
      return this.#pool.engine({ ...(model !== undefined && { model }), ...(backend !== undefined && { backend }) });
    });
  }

  async #run<T>(signal: AbortSignal | undefined, prepare: () => Promise<Prepared<T>>): Promise<T> {
    if (this.#closed) throw new TypeError('this codec is closed');
    const work = this.#admission.run(async () => {
      signal?.throwIfAborted();
      return prepare();
    });
    this.#running.add(work);
    work.catch(() => {}).finally(() => this.#running.delete(work));
    return unlessAborted(work, signal);
  }

  async encode(image: RawImage | Uint8Array, options: EncodeOptions = {}): Promise<Encoded> {
    return this.#run(options.signal, () => prepareEncode(image, { ...options, ...this.#shared }, NODE));
  }

  async decode(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Decoded> {
    return this.#run(options.signal, () => prepareDecode(bytes, { ...options, ...this.#shared }, NODE));
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

/**
 * Starts a codec whose worker threads keep the model warm from picture to picture. Close it when done, or declare it with
 * `await using`.
 *
 * @throws TypeError or RangeError for a bad option
 */
export async function createCodec(options: CodecOptions = {}): Promise<Codec> {
  checkKeys(options, ['model', 'backend', 'threads']);
  checkNumber('threads', options.threads, { min: 1, max: 1024, integer: true });
  return new PooledCodec(options);
}
