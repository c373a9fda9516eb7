/** The caller's side of a codec's thread: starts the thread when it is needed, and makes calls to it. */
import { existsSync } from 'node:fs';
import { MessageChannel, type MessagePort, SHARE_ENV, Worker } from 'node:worker_threads';
import { DdpmError } from '../../base/errors.ts';
import type { CallPort, CallStart, CallTypes } from '../../coding/calls/call-messages.ts';
import { type CallTask, ThreadCall } from '../../coding/calls/thread-call.ts';
import type { HostSettings } from './codec-host.ts';
import { closedError, threadEnded } from './thread-failure.ts';

/** Arguments of Node that are only for programs given as text; a worker that inherits one does not start. */
const TEXT_ONLY = /^--(experimental-default|input)-type/;

/** The file that a codec's thread runs; undefined where it is not beside this one: in a bundle, and in uncompiled sources. */
function hostFile(): URL | undefined {
  const { url } = import.meta as { readonly url?: string };
  if (!url?.startsWith('file:')) return undefined;
  const file = new URL('./codec-host.js', url);
  return existsSync(file) ? file : undefined;
}

/** Whether this copy of the package can start threads. */
export function canStartThreads(): boolean {
  return hostFile() !== undefined;
}

function startWorker(settings: HostSettings): Worker {
  const file = hostFile();
  try {
    if (!file) throw new Error('its file codec-host.js is missing, as in a bundle');
    // A list of some of the arguments would be refused for others, such as --expose-gc, that may only be inherited.
    const noArguments = process.execArgv.some((arg) => TEXT_ONLY.test(arg)) && { execArgv: [] };
    return new Worker(file, { workerData: settings, env: SHARE_ENV, ...noArguments });
  } catch (cause) {
    const why = (cause as Error).message;
    const remedy = "let encode and decode work in the calling thread, with thread: 'inline'";
    throw new DdpmError('ERR_DDPM_BACKEND', `no worker thread starts: ${why}; ${remedy}`, { cause });
  }
}

type OpenCall = Pick<ThreadCall, 'fail'>;

/** Settings of a {@link CodecThread}. */
export interface ThreadSettings extends HostSettings {
  /** Milliseconds without a call after which the thread ends; the next call starts another. Default: it stays. */
  readonly idleMs?: number;
}

/** A thread that encodes and decodes. It does not keep the process alive but while results are waited for. */
export class CodecThread {
  readonly #settings: ThreadSettings;
  readonly #calls: Set<OpenCall> = new Set();
  #worker: Worker | undefined;
  #waiting = 0;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(settings: ThreadSettings) {
    this.#settings = settings;
  }

  /**
   * Starts the thread, unless it runs.
   *
   * @throws DdpmError `ERR_DDPM_BACKEND` if none can be started
   */
  start(): Worker {
    this.#worker ??= this.#startWorker();
    return this.#worker;
  }

  /**
   * Begins a call.
   *
   * @throws DdpmError `ERR_DDPM_BACKEND` if no thread can be started; TypeError if the thread is closed
   */
  call<C extends CallTypes>(task: CallTask<C>): ThreadCall<C> {
    if (this.#closed) throw closedError();
    const worker = this.start();
    clearTimeout(this.#idle);
    const { port1, port2 } = new MessageChannel();
    const { signal: _, onProgress, ...options } = task.options;
    const start: CallStart<MessagePort> = { kind: task.kind, options, reports: onProgress !== undefined, port: port2 };
    worker.postMessage(start, [port2]);
    const listener = { onWait: this.#onWait, onClose: () => this.#onClose(call) };
    const call = new ThreadCall(port1 as unknown as CallPort, task, listener);
    // What keeps the process alive is the thread, as long as a result is waited for.
    port1.unref();
    this.#calls.add(call);
    return call;
  }

  /** Ends the thread, and all calls with an error. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const call of this.#calls) call.fail(closedError());
    await this.#worker?.terminate();
  }

  #startWorker(): Worker {
    const { pool } = this.#settings;
    const worker = startWorker({ pool });
    let cause: Error | undefined;
    worker.on('error', (error) => {
      cause = error as Error;
    });
    worker.on('exit', (code) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      const error = threadEnded(cause ?? new Error(`exit code ${code}`));
      for (const call of this.#calls) call.fail(error);
    });
    worker.unref();
    return worker;
  }

  #onWait = (waiting: 1 | -1): void => {
    this.#waiting += waiting;
    if (this.#waiting > 0) this.#worker?.ref();
    else this.#worker?.unref();
  };

  #onClose(call: OpenCall): void {
    this.#calls.delete(call);
    const { idleMs } = this.#settings;
    if (this.#calls.size > 0 || idleMs === undefined) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#endIdle(), idleMs).unref();
  }

  #endIdle(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }
}
