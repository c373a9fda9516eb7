/** Runs a bounded number of jobs at a time; as many as it is long wait, and others are refused. */
export class WorkQueue {
  readonly #concurrency: number;
  readonly #length: number;
  readonly #refuse: () => Error;
  readonly #waiting: Set<() => void> = new Set();
  #running = 0;

  /**
   * @param concurrency - number of jobs that run at a time, 1 or more
   * @param length - number of jobs that wait, 0 or more
   * @param refuse - makes the error of a job that is refused
   */
  constructor(concurrency: number, length: number, refuse: () => Error) {
    this.#concurrency = concurrency;
    this.#length = length;
    this.#refuse = refuse;
  }

  /**
   * Runs a job when it is its turn, the first come first.
   *
   * @param signal - takes a job that waits out of the queue; what runs must look at it by itself
   * @throws the error of the constructor's `refuse`; the signal's reason; what the job throws
   */
  async run<T>(job: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.#running < this.#concurrency) this.#running++;
    else await this.#turn(signal);
    try {
      return await job();
    } finally {
      const [next] = this.#waiting;
      if (next) next();
      else this.#running--;
    }
  }

  /** Waits until a job that ends hands its place on. */
  #turn(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#length) throw this.#refuse();
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(enter);
        reject(signal.reason);
      };
      const enter = (): void => {
        this.#waiting.delete(enter);
        signal.removeEventListener('abort', leave);
        resolve();
      };
      this.#waiting.add(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
