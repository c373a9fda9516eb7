/** Bytes a millisecond that a server must send on average after the first wait: a kilobyte a second. */
const MIN_RATE = 1;

/** Ends a request whose server is silent, or so slow that it would never end. The time of the reader does not count. */
export class StallWatch {
  readonly #stallMs: number;
  readonly #controller = new AbortController();
  #waitedMs = 0;
  #bytes = 0;

  /** @param stallMs - milliseconds for which the server may be silent */
  constructor(stallMs: number) {
    this.#stallMs = stallMs;
  }

  /** Aborts with a TimeoutError when the server stalls, and when the request is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits for the server. */
  async wait<T>(answer: Promise<T>): Promise<T> {
    const startMs = performance.now();
    const timer = setTimeout(() => this.#giveUp(`the server was silent for ${this.#stallMs / 1000} s`), this.#stallMs);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      this.#waitedMs += performance.now() - startMs;
    }
  }

  /** Notes that bytes arrived. */
  received(bytes: number): void {
    this.#bytes += bytes;
    if (this.#waitedMs > this.#stallMs + this.#bytes / MIN_RATE) this.#giveUp('the server sends less than 1 kB/s');
    this.signal.throwIfAborted();
  }

  /** Ends the request. */
  end(): void {
    this.#controller.abort();
  }

  #giveUp(why: string): void {
    this.#controller.abort(new DOMException(why, 'TimeoutError'));
  }
}
