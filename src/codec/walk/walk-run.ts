/** One run of an encoder or decoder: its executor, abort signal and time. */
import { yieldToEventLoop } from '../../base/event-loop.ts';
import type { Executor, StageTimes } from '../executor/executor.ts';

/** Options of a {@link WalkRun}. */
export interface WalkRunOptions {
  /** Aborts the run before its next job, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * True (default): the network's results are the same to the bit on every machine, as a tail or dithered layers need.
   * False: they may differ in the last bits, where that is faster.
   */
  readonly exact?: boolean;
}

/** Issues the jobs of a run's walks. */
export class WalkRun {
  readonly executor: Executor;
  readonly exact: boolean;
  readonly #signal: AbortSignal | undefined;
  /** Shared by a run and those that {@link exactly} makes of it. */
  #clock: { times: StageTimes } = { times: { networkMs: 0, transportMs: 0, whiteningMs: 0 } };
  /** Work for this thread while others do the next jobs. */
  #meanwhile: (() => void)[] = [];

  constructor(executor: Executor, { signal, exact = true }: WalkRunOptions = {}) {
    this.executor = executor;
    this.exact = exact;
    this.#signal = signal;
  }

  /** A run with exact results in which this one goes on: their times count together. */
  exactly(): WalkRun {
    const run = new WalkRun(this.executor, { signal: this.#signal });
    run.#clock = this.#clock;
    return run;
  }

  /** Time of the jobs so far by stage, summed over all threads. */
  get times(): StageTimes {
    return this.#clock.times;
  }

  /**
   * Runs a job for each item: as many at a time as the executor's concurrency, started in order. After a failure no
   * more jobs are started. Before each job the event loop gets a turn, for signals, progress bars and drawing.
   *
   * @throws the error of a job, or the signal's reason
   */
  async forEach<T>(
    items: readonly T[],
    job: (item: T, index: number) => Promise<{ readonly time: StageTimes }>,
  ): Promise<void> {
    let next = 0;
    /** Runs one job after the other until none is left. */
    const lane = async (): Promise<void> => {
      while (next < items.length) {
        const index = next++;
        try {
          await this.giveTurn();
          this.#add((await job(items[index], index)).time);
        } catch (error) {
          next = items.length;
          throw error;
        }
      }
    };
    const lanes = Promise.all(Array.from({ length: Math.min(this.executor.concurrency, items.length) }, lane));
    lanes.catch(() => {}); // handled below
    await this.#doMeanwhile();
    await lanes;
  }

  /**
   * Does work in this thread that the next jobs do not need: while others do them, if there are others. It is done before the
   * next call of {@link forEach} resolves.
   */
  whileBusy(work: () => void): void {
    if (this.executor.concurrency === 1) work();
    else this.#meanwhile.push(work);
  }

  async #doMeanwhile(): Promise<void> {
    if (this.#meanwhile.length === 0) return;
    // The jobs are issued in the next turn of the event loop, and handed out to threads in the one after it.
    await yieldToEventLoop();
    await yieldToEventLoop();
    const works = this.#meanwhile;
    this.#meanwhile = [];
    for (const work of works) work();
  }

  /**
   * Gives the event loop a turn.
   *
   * @throws the signal's reason if the run was aborted
   */
  async giveTurn(): Promise<void> {
    await yieldToEventLoop();
    this.#signal?.throwIfAborted();
  }

  #add({ networkMs, transportMs, whiteningMs }: StageTimes): void {
    const { times } = this.#clock;
    this.#clock.times = {
      networkMs: times.networkMs + networkMs,
      transportMs: times.transportMs + transportMs,
      whiteningMs: times.whiteningMs + whiteningMs,
    };
  }
}
