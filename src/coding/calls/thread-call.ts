/** A call to another thread, on the caller's side: see call-messages.ts. */
import type { Progress, RunOptions } from '../run-options.ts';
import { errorOf } from './call-failure.ts';
import type { CallerMessage, CallPort, CallTypes, HostMessage } from './call-messages.ts';

/** Input of a call, and the part of its memory that is moved instead of being copied. */
export interface Sent<T> {
  readonly input: T;
  readonly moved: readonly ArrayBuffer[];
}

/** A call to be made. */
export interface CallTask<C extends CallTypes> {
  /** Name of the kind of call. */
  readonly kind: string;
  /** Options; all but the listeners are posted. */
  readonly options: Pick<RunOptions, 'signal' | 'onProgress'>;
  /** Gives input whenever the thread asks for it; null: there is no more. Its errors are those of the call. */
  readonly input: () => Promise<Sent<C['input']> | null>;
}

/** What is told of a call's state. */
export interface CallListener {
  /** Told whenever a result is waited for (1), and no longer (-1). */
  readonly onWait?: (waiting: 1 | -1) => void;
  /** Told when the call ends. */
  readonly onClose: () => void;
}

/** A call: gives its results one after the other. */
export class ThreadCall<C extends CallTypes = CallTypes> {
  readonly #port: CallPort;
  readonly #task: CallTask<C>;
  readonly #listener: CallListener;
  #waiting: { resolve: (result: C['result'] | null) => void; reject: (error: unknown) => void } | undefined;
  #failure: { readonly error: unknown } | undefined;
  #closed = false;

  constructor(port: CallPort, task: CallTask<C>, listener: CallListener) {
    this.#port = port;
    this.#task = task;
    this.#listener = listener;
    port.onmessage = ({ data }) => this.#receive(data as HostMessage<C>);
    task.options.signal?.addEventListener('abort', this.#onAbort);
  }

  /**
   * The next result; null if there are no more.
   *
   * @throws the error of the call, of its input or of its progress listener; the signal's reason if it aborted
   */
  async next(): Promise<C['result'] | null> {
    if (this.#failure) throw this.#failure.error;
    this.#listener.onWait?.(1);
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject };
        this.#post({ next: true });
      });
    } finally {
      this.#waiting = undefined;
      this.#listener.onWait?.(-1);
    }
  }

  /** Ends the call with an error. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#waiting?.reject(error);
    this.close();
  }

  /** Ends the call; the thread stops before its next window or tile. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#task.options.signal?.removeEventListener('abort', this.#onAbort);
    this.#post({ end: true });
    this.#port.close();
    this.#listener.onClose();
  }

  #onAbort = (): void => this.fail(this.#task.options.signal?.reason);

  #post(message: CallerMessage<C>, moved: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage(message, [...moved]);
  }

  #receive(message: HostMessage<C>): void {
    if (this.#closed) return;
    if ('failure' in message) this.fail(errorOf(message.failure));
    else if ('result' in message) this.#waiting?.resolve(message.result);
    else if ('pull' in message) void this.#sendInput();
    else this.#report(message.progress);
  }

  #report(progress: Progress): void {
    try {
      this.#task.options.onProgress?.(progress);
    } catch (error) {
      this.fail(error);
    }
  }

  async #sendInput(): Promise<void> {
    try {
      const sent = await this.#task.input();
      if (!this.#closed) this.#post({ input: sent?.input ?? null }, sent?.moved);
    } catch (error) {
      this.fail(error);
    }
  }
}
