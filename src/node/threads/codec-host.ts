/** Code of a codec's thread: serves calls, alone or with a pool of further threads. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { CallPort, CallStart } from '../../coding/calls/call-messages.ts';
import { chunksOf, serveCall, type WorkOf } from '../../coding/calls/serve-call.ts';
import { type ImageContent, openContent } from '../open-image.ts';
import type { CodecCalls } from './codec-calls.ts';
import { type Coder, INLINE_CODER } from './coder.ts';
import { type CodecOptions, PooledCodec } from './pooled-codec.ts';

/** Settings of a codec's thread. */
export interface HostSettings {
  /** Options of the pool; undefined: the work is done in this thread. */
  readonly pool: CodecOptions | undefined;
}

const { pool } = workerData as HostSettings;
const coder: Coder = pool ? new PooledCodec(pool) : INLINE_CODER;

const WORK: WorkOf<CodecCalls> = {
  async *encode(pull, options) {
    yield await coder.encode(async (how) => openContent((await pull()) as ImageContent, how), options);
  },
  async *decode(pull, options) {
    yield await coder.decode(async () => (await pull()) as Uint8Array, options);
  },
  decodeProgressive: (pull, options) => coder.decodeProgressive(chunksOf(pull), options),
};

parentPort?.on('message', (start: CallStart<MessagePort>) => {
  serveCall({ ...start, port: start.port as unknown as CallPort }, WORK);
});
