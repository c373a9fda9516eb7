/** A call to a codec's thread, on the caller's side. */
import type { MessagePort } from 'node:worker_threads';
import type { Progress, RunOptions } from '../../coding/run-options.ts';
import type { CallerMessage, CallKind, CallKinds, HostMessage } from './call-messages.ts';
import { errorOf } from './thread-failure.ts';

/** Input of a call, and the part of its memory that is moved instead of being copied. */
export interface Sent<T> {
  readonly input: T;
  readonly moved: readonly ArrayBuffer[];
}

/** A call to be made. */
export interface CallTask<K extends CallKind> {
  readonly kind: K;
  readonly options: RunOptions;
  /** Gives input whenever the thread asks for it; null: there is no more. Its errors are those of the call. */
  readonly input: () => Promise<Sent<CallKinds[K]['input']> | null>;
}

/** A call: gives its results one after the other. */
export class ThreadCall<K extends CallKind> {
  readonly #port: MessagePort;
  readonly #task: CallTask<K>;
  readonly #onClose: () => void;
  readonly #onWait: (waiting: 1 | -1) => void;
  #waiting: { resolve: (result: CallKinds[K]['result'] | null) => void; reject: (error: unknown) => void } | undefined;
  #failure: { readonly error: unknown } | undefined;
  #closed = false;

  /**
   * @param onWait - told whenever a result is waited for, and no longer
   * @param onClose - told when the call ends
   */
  constructor(port: MessagePort, task: CallTask<K>, onWait: (waiting: 1 | -1) => void, onClose: () => void) {
    this.#port = port;
    this.#task = task;
    this.#onWait = onWait;
    this.#onClose = onClose;
    port.on('message', (message: HostMessage) => this.#receive(message));
    // What keeps the process alive is the thread, as long as a result is waited for.
    port.unref();
    task.options.signal?.addEventListener('abort', this.#onAbort);
  }

  /**
   * The next result; null if there are no more.
   *
   * @throws the error of the call, of its input or of its progress listener; the signal's reason if it aborted
   */
  async next(): Promise<CallKinds[K]['result'] | null> {
    if (this.#failure) throw this.#failure.error;
    this.#onWait(1);
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject };
        this.#post({ next: true });
      });
    } finally {
      this.#waiting = undefined;
      this.#onWait(-1);
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
    this.#port.close();
    this.#onClose();
  }

  #onAbort = (): void => this.fail(this.#task.options.signal?.reason);

  #post(message: CallerMessage, moved: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage(message, moved);
  }

  #receive(message: HostMessage): void {
    if (this.#closed) return;
    if ('failure' in message) this.fail(errorOf(message.failure));
    else if ('result' in message) this.#waiting?.resolve(message.result as CallKinds[K]['result'] | null);
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
