/** Serves calls of another thread: see call-messages.ts. */
import type { Progress, RunOptions } from '../run-options.ts';
import { failureOf } from './call-failure.ts';
import type { CallerMessage, CallPort, CallStart, CallTypes, HostMessage } from './call-messages.ts';

/** Makes the results of a kind of call; `pull` asks the caller for input. */
export type CallWork<C extends CallTypes> = (
  pull: () => Promise<C['input'] | null>,
  options: RunOptions,
) => AsyncGenerator<C['result'], void, void>;

/** The work of each kind of call. */
export type WorkOf<Kinds> = { readonly [K in keyof Kinds]: Kinds[K] extends CallTypes ? CallWork<Kinds[K]> : never };

/** Chunks that the caller has, until there are no more. */
export async function* chunksOf(pull: () => Promise<Uint8Array | null>): AsyncGenerator<Uint8Array, void, void> {
  for (let chunk = await pull(); chunk; chunk = await pull()) yield chunk;
}

/** Memory of a result that is moved to the caller instead of being copied: of its arrays, unless the memory holds more. */
function movedOf(result: object): ArrayBuffer[] {
  const arrays = Object.values(result).filter((value) => ArrayBuffer.isView(value));
  return arrays
    .filter(({ byteLength, buffer }) => byteLength === buffer.byteLength)
    .map(({ buffer }) => buffer as ArrayBuffer);
}

/** The inputs of a call, one for each question. */
class CallerInput {
  readonly #port: CallPort;
  readonly #stopped: AbortSignal;
  #answer: { resolve: (input: unknown) => void; reject: (reason: unknown) => void } | undefined;

  constructor(port: CallPort, stopped: AbortSignal) {
    this.#port = port;
    this.#stopped = stopped;
    stopped.addEventListener('abort', () => this.#answer?.reject(stopped.reason));
  }

  pull = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      this.#stopped.throwIfAborted();
      this.#answer = { resolve, reject };
      this.#port.postMessage({ pull: true } satisfies HostMessage, []);
    });

  receive(input: unknown): void {
    this.#answer?.resolve(input);
  }
}

/** Serves a call until the caller ends it: then the work stops before its next window or tile. */
export function serveCall<Kinds>({ kind, options, reports, port }: CallStart, works: WorkOf<Kinds>): void {
  const work = works[kind as keyof Kinds] as (
    pull: () => Promise<unknown>,
    options: RunOptions,
  ) => AsyncGenerator<object, void, void>;
  const post = (message: HostMessage, moved: ArrayBuffer[] = []): void => port.postMessage(message, moved);
  const stop = new AbortController();
  const input = new CallerInput(port, stop.signal);
  const reporting = reports && { onProgress: (progress: Progress) => post({ progress }) };
  const results = work(input.pull, { ...options, signal: stop.signal, ...reporting });
  const answerNext = async (): Promise<void> => {
    try {
      const { value } = await results.next();
      if (value) post({ result: value }, movedOf(value));
      else post({ result: null });
    } catch (error) {
      post({ failure: failureOf(error) });
    }
  };
  const end = (): void => {
    stop.abort(new Error('the caller has ended the call'));
    results.return().catch(() => {}); // ends a generator that waits to be continued
    port.close();
  };
  port.onmessage = ({ data }) => {
    const message = data as CallerMessage;
    if ('next' in message) void answerNext();
    else if ('input' in message) input.receive(message.input);
    else end();
  };
}
