/** The page's side of the codec's worker: starts it when it is needed, and makes calls to it. */
import { DdpmError } from '../base/errors.ts';
import { cachedPromise } from '../base/promise-cache.ts';
import type { CallPort, CallStart, CallTypes } from '../coding/calls/call-messages.ts';
import { type CallTask, ThreadCall } from '../coding/calls/thread-call.ts';

/** Milliseconds without a call after which the worker ends, and with it the memory of its models; the next call starts another. */
const IDLE_MS = 60_000;

/** The URL of the worker's program that is embedded in the package, once it is known. */
const embedded = new Map<'url', Promise<string>>();

async function embeddedUrl(): Promise<string> {
  // Imported here so that pages that give the URL of the program do not load its text.
  const { WORKER_TEXT } = await import('./worker-text.ts');
  return URL.createObjectURL(new Blob([WORKER_TEXT], { type: 'text/javascript' }));
}

/** What is thrown for the work of a worker that does not start, or has ended. */
function workerFailed(url: string | undefined, why: string, options?: ErrorOptions): DdpmError {
  const remedy =
    url === undefined
      ? 'a content security policy must allow worker-src blob: and script-src \'wasm-unsafe-eval\', or serve the file of ddpm-codec/worker and give its URL as the option "workerUrl"'
      : `is ${url} the file of ddpm-codec/worker of this version, on the page's own origin?`;
  return new DdpmError('ERR_DDPM_BACKEND', `the codec's worker failed: ${why}; ${remedy}`, options);
}

type OpenCall = Pick<ThreadCall, 'fail'>;

/** A worker that encodes and decodes. All calls of a page share it. */
export class WorkerThread {
  readonly #url: string | undefined;
  readonly #calls: Set<OpenCall> = new Set();
  #worker: Promise<Worker> | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;

  /** @param url - absolute, of the worker's program; undefined: the embedded one */
  constructor(url: string | undefined) {
    this.#url = url;
  }

  /** Begins a call. It fails with DdpmError `ERR_DDPM_BACKEND` if the worker does not start, or ends. */
  call<C extends CallTypes>(task: CallTask<C>): ThreadCall<C> {
    clearTimeout(this.#idle);
    const { port1, port2 } = new MessageChannel();
    const { signal: _, onProgress, ...options } = task.options;
    const start: CallStart<MessagePort> = { kind: task.kind, options, reports: onProgress !== undefined, port: port2 };
    const call = new ThreadCall(port1 as CallPort, task, { onClose: () => this.#onClose(call) });
    this.#calls.add(call);
    this.#worker ??= this.#start();
    this.#worker.then(
      (worker) => {
        if (!this.#calls.has(call)) return;
        try {
          worker.postMessage(start, [port2]);
        } catch (cause) {
          call.fail(
            new TypeError(`"options" expected values that can be posted: ${(cause as Error).message}`, { cause }),
          );
        }
      },
      () => {}, // the call has failed
    );
    return call;
  }

  #start(): Promise<Worker> {
    const started = this.#open();
    const failed = (error: DdpmError): void => {
      if (this.#worker !== started) return;
      this.#worker = undefined;
      for (const call of this.#calls) call.fail(error);
    };
    started.then(
      (worker) => {
        worker.onerror = (event) => {
          event.preventDefault();
          worker.terminate();
          failed(workerFailed(this.#url, event.message ?? 'its script does not load'));
        };
      },
      (cause: Error) => failed(workerFailed(this.#url, cause.message, { cause })),
    );
    return started;
  }

  async #open(): Promise<Worker> {
    if (typeof Worker !== 'function') throw new Error('there are no workers here');
    if (this.#url !== undefined) return new Worker(this.#url);
    return new Worker(await cachedPromise(embedded, 'url', embeddedUrl), { name: 'ddpm-codec' });
  }

  #onClose(call: OpenCall): void {
    this.#calls.delete(call);
    if (this.#calls.size > 0) return;
    this.#idle = setTimeout(() => this.#endIdle(), IDLE_MS);
  }

  #endIdle(): void {
    void this.#worker?.then((worker) => worker.terminate());
    this.#worker = undefined;
  }
}
