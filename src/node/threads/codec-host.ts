/** Code of a codec's thread: serves calls, alone or with a pool of further threads. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Progress, RunOptions } from '../../coding/run-options.ts';
import { type ImageContent, openContent } from '../open-image.ts';
import type { CallerMessage, CallKind, CallKinds, CallStart, HostMessage } from './call-messages.ts';
import { type Coder, INLINE_CODER } from './coder.ts';
import { type CodecOptions, PooledCodec } from './pooled-codec.ts';
import { failureOf } from './thread-failure.ts';

/** Settings of a codec's thread. */
export interface HostSettings {
  /** Options of the pool; undefined: the work is done in this thread. */
  readonly pool: CodecOptions | undefined;
}

const { pool } = workerData as HostSettings;
const coder: Coder = pool ? new PooledCodec(pool) : INLINE_CODER;

type Input<K extends CallKind> = CallKinds[K]['input'];

/** Chunks that the caller has, until there are no more. */
async function* chunksOf(pull: () => Promise<Uint8Array | null>): AsyncGenerator<Uint8Array, void, void> {
  for (let chunk = await pull(); chunk; chunk = await pull()) yield chunk;
}

/** The results of each kind of call; `pull` asks the caller for input. */
const WORK: {
  [K in CallKind]: (
    pull: () => Promise<Input<K> | null>,
    options: RunOptions,
  ) => AsyncGenerator<CallKinds[K]['result'], void, void>;
} = {
  async *encode(pull, options) {
    yield await coder.encode(async (how) => openContent((await pull()) as ImageContent, how), options);
  },
  async *decode(pull, options) {
    yield await coder.decode(async () => (await pull()) as Uint8Array, options);
  },
  decodeProgressive: (pull, options) => coder.decodeProgressive(chunksOf(pull), options),
};

/** Pixels or bytes of a result, which are moved to the caller instead of being copied, unless the memory holds more. */
function transferables({ data }: CallKinds[CallKind]['result']): ArrayBuffer[] {
  return data.byteLength === data.buffer.byteLength ? [data.buffer as ArrayBuffer] : [];
}

/** The inputs of a call, one for each question. */
class CallerInput {
  readonly #port: MessagePort;
  readonly #stopped: AbortSignal;
  #answer: { resolve: (input: never) => void; reject: (reason: unknown) => void } | undefined;

  constructor(port: MessagePort, stopped: AbortSignal) {
    this.#port = port;
    this.#stopped = stopped;
    stopped.addEventListener('abort', () => this.#answer?.reject(stopped.reason));
  }

  pull = (): Promise<never> =>
    new Promise((resolve, reject) => {
      this.#stopped.throwIfAborted();
      this.#answer = { resolve, reject };
      this.#port.postMessage({ pull: true } satisfies HostMessage);
    });

  receive(input: unknown): void {
    this.#answer?.resolve(input as never);
  }
}

/** Serves a call until its port is closed. */
function serve({ kind, options, reports, port }: CallStart): void {
  const post = (message: HostMessage, transferred: ArrayBuffer[] = []): void => port.postMessage(message, transferred);
  const stop = new AbortController();
  const input = new CallerInput(port, stop.signal);
  const reporting = reports && { onProgress: (progress: Progress) => post({ progress }) };
  const results = WORK[kind](input.pull, { ...options, signal: stop.signal, ...reporting });
  port.on('close', () => {
    stop.abort(new Error('the caller has ended the call'));
    results.return().catch(() => {}); // ends a generator that waits to be continued
  });
  const answerNext = async (): Promise<void> => {
    try {
      const { value } = await results.next();
      if (value) post({ result: value }, transferables(value));
      else post({ result: null });
    } catch (error) {
      post({ failure: failureOf(error) });
    }
  };
  port.on('message', (message: CallerMessage) => {
    if ('next' in message) void answerNext();
    else input.receive(message.input);
  });
}

parentPort?.on('message', serve);
