/** A pool of workers that stay warm from picture to picture. */
import { availableParallelism } from 'node:os';
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { DdpmError } from '../errors.ts';
import type { Decoded } from './decode.ts';
import { checkKeys, checkNumber } from './options.ts';
import type { BackendName, DecodeOptions, EncodeInfo, EncodeOptions, Progress, RawImage, RunOptions } from './types.ts';
import type { WorkerResult, WorkerTask } from './worker.ts';

/** What all pictures of a codec share. */
export interface CodecOptions {
  /** Path of a weights file; default: the model shipped with the package. */
  readonly model?: string;
  /** Default `wasm`. */
  readonly backend?: BackendName;
  /** Pictures worked on at a time, each by one worker thread; default: the number of cores. The bytes do not depend on it. */
  readonly threads?: number;
}

/** Encoder and decoder on a pool of worker threads. */
export interface Codec extends AsyncDisposable {
  /** As the function `encode`; model and backend are the codec's. */
  encode(image: RawImage | Uint8Array, options?: EncodeOptions): Promise<{ data: Uint8Array; info: EncodeInfo }>;
  /** As the function `decode`; model and backend are the codec's. */
  decode(bytes: Uint8Array, options?: DecodeOptions): Promise<Decoded>;
  /** Waits for what runs, then ends the workers. */
  close(): Promise<void>;
}

/** Turns a worker's answer back into a result or an error. */
function unwrap<T>(answer: WorkerResult): T {
  if (!('error' in answer)) return answer.result as T;
  const { code, message, type } = answer.error;
  if (code) throw new DdpmError(code, message);
  if (type === 'TypeError') throw new TypeError(message);
  if (type === 'RangeError') throw new RangeError(message);
  throw new Error(message);
}

class PooledCodec implements Codec {
  readonly #pool: Piscina;
  readonly #shared: Pick<RunOptions, 'model' | 'backend'>;

  constructor({ threads = availableParallelism(), ...shared }: CodecOptions) {
    this.#shared = shared;
    const filename = new URL('./worker.js', import.meta.url).href;
    this.#pool = new Piscina({ filename, minThreads: 1, maxThreads: threads, idleTimeout: 60_000 });
  }

  async #run<T>(kind: WorkerTask['kind'], input: RawImage | Uint8Array, options: RunOptions): Promise<T> {
    const { signal, onProgress, ...rest } = options;
    signal?.throwIfAborted();
    const channel = onProgress ? new MessageChannel() : undefined;
    channel?.port1.on('message', (progress: Progress) => onProgress?.(progress));
    const task: WorkerTask = { kind, input, options: { ...rest, ...this.#shared }, port: channel?.port2 };
    try {
      const transferList = channel ? [channel.port2] : [];
      return unwrap<T>(await this.#pool.run(task, { transferList, ...(signal && { signal }) }));
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      channel?.port1.close();
    }
  }

  encode(image: RawImage | Uint8Array, options: EncodeOptions = {}): Promise<{ data: Uint8Array; info: EncodeInfo }> {
    return this.#run('encode', image, options);
  }

  decode(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Decoded> {
    return this.#run('decode', bytes, options);
  }

  async close(): Promise<void> {
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
