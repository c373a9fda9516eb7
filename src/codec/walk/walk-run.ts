/** One run of an encoder or decoder: who does its jobs, what may end it, and where its time goes. */
import { yieldToEventLoop } from '../../base/event-loop.ts';
import type { Executor, StageTimes } from '../executor/executor.ts';

/** Hands out the jobs of the walks of one run. */
export class WalkRun {
  readonly executor: Executor;
  readonly #signal: AbortSignal | undefined;
  #times: StageTimes = { networkMs: 0, transportMs: 0, whiteningMs: 0 };

  /** @param signal - ends the run before its next job, with the signal's reason */
  constructor(executor: Executor, signal?: AbortSignal) {
    this.executor = executor;
    this.#signal = signal;
  }

  /** What the jobs so far took, added up over all threads. */
  get times(): StageTimes {
    return this.#times;
  }

  /**
   * Does a job for each item: as many at a time as the executor wants, started in order, and none any more after a failure. The event
   * loop has its turn before each: signals, progress bars, drawing.
   *
   * @throws what a job throws, or the signal's reason
   */
  async forEach<T>(
    items: readonly T[],
    job: (item: T, index: number) => Promise<{ readonly time: StageTimes }>,
  ): Promise<void> {
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < items.length) {
        const index = next++;
        try {
          await yieldToEventLoop();
          this.#signal?.throwIfAborted();
          this.#add((await job(items[index], index)).time);
        } catch (error) {
          next = items.length;
          throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.executor.concurrency, items.length) }, lane));
  }

  #add({ networkMs, transportMs, whiteningMs }: StageTimes): void {
    const times = this.#times;
    this.#times = {
      networkMs: times.networkMs + networkMs,
      transportMs: times.transportMs + transportMs,
      whiteningMs: times.whiteningMs + whiteningMs,
    };
  }
}
