/** Work that is done once for all who ask for it at the same time. */

interface Job<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  /** Number of callers that wait for it. */
  callers: number;
}

/** Runs of work by key. */
export class SharedWork<T> {
  readonly #jobs: Map<string, Job<T>> = new Map();

  /**
   * The result of the work that is in progress for a key, begun if there is none. The work is aborted when the last caller
   * that waits for it has left.
   *
   * @param signal - the caller's; lets it leave
   * @param work - called at once, or not at all
   * @throws the signal's reason; what the work throws
   */
  run(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const job = this.#jobs.get(key) ?? this.#begin(key, work);
    job.callers++;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        reject(signal.reason);
        if (--job.callers > 0) return;
        this.#end(key, job);
        job.controller.abort(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      job.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<T>): Job<T> {
    const controller = new AbortController();
    const job: Job<T> = { result: work(controller.signal), controller, callers: 0 };
    this.#jobs.set(key, job);
    const end = (): void => this.#end(key, job);
    job.result.then(end, end);
    return job;
  }

  /** Removes a job, unless another has taken its place. */
  #end(key: string, job: Job<T>): void {
    if (this.#jobs.get(key) === job) this.#jobs.delete(key);
  }
}
