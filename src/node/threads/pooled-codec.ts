/** Encoder and decoder on a pool of worker threads, which keep their models from picture to picture. */
import { availableParallelism } from 'node:os';
import type { ByteSource } from '../../coding/decoder/arriving-bytes.ts';
import type { DecodeOptions } from '../../coding/decoder/decode-options.ts';
import { type Decoded, prepareDecode } from '../../coding/decoder/decoder.ts';
import { decodeArriving, type Frame, type ProgressiveOptions } from '../../coding/decoder/progressive-decoder.ts';
import type { EncodeOptions } from '../../coding/encoder/encode-options.ts';
import { type Encoded, type OpenImage, prepareEncode } from '../../coding/encoder/encoder.ts';
import type { OpenEngine } from '../../coding/engine.ts';
import type { BackendName } from '../../model/backends/backend.ts';
import { modelForStream } from '../models/model-folder.ts';
import { NODE } from '../node-platform.ts';
import { Admission } from './admission.ts';
import type { Coder } from './coder.ts';
import { WorkerPool } from './worker-pool.ts';

/** Options of `createCodec`. */
export interface CodecOptions {
  /** Name or id of a model (`models.list`), or path of a weights file; default as in `encode` and `decode`. */
  readonly model?: string;
  /** Default `wasm`. */
  readonly backend?: BackendName;
  /**
   * Number of worker threads, 1..1024; default: the number of cores. They share the windows and tiles of one
   * picture as well as many pictures. Each takes about 0.15 GB. One more, without a model,
   * puts the pictures together. The encoded bytes do not depend on it.
   */
  readonly threads?: number;
}

/**
 * Encoder and decoder on a pool of worker threads. Calls may overlap: enough pictures are worked on to keep the threads
 * busy, the others wait, and small pictures of one size share runs of the network.
 */
export class PooledCodec implements Coder {
  readonly #admission: Admission;
  readonly #openEngine: OpenEngine;

  constructor({ threads = availableParallelism(), ...shared }: CodecOptions) {
    const pool = new WorkerPool(threads, shared);
    this.#openEngine = async ({ model: requested, backend }, { streamModel }) => {
      const model = await modelForStream(requested, streamModel);
      return pool.engine({ ...(model !== undefined && { model }), ...(backend !== undefined && { backend }) });
    };
    this.#admission = new Admission(threads, this.#openEngine);
  }

  encode(open: OpenImage, options: EncodeOptions): Promise<Encoded> {
    return this.#admission.run(() => prepareEncode(open, options, NODE));
  }

  decode(read: () => Promise<Uint8Array>, options: DecodeOptions): Promise<Decoded> {
    return this.#admission.run(async () => {
      options.signal?.throwIfAborted();
      return prepareDecode(await read(), options, NODE);
    });
  }

  decodeProgressive(source: ByteSource, options: ProgressiveOptions): AsyncGenerator<Frame, void, void> {
    // Without Admission: the size is not known before the bytes arrive, and most of the time is spent waiting for them.
    return decodeArriving(source, options, { platform: NODE, openEngine: this.#openEngine });
  }
}
