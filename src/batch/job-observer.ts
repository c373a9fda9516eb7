/** What is told about the jobs of a run while it goes on: to logs, metrics, and progress. */

/** A job: one input, one output. */
export interface ObservedJob {
  /** Its number in this run, or its id in a queue. */
  readonly id: string;
  readonly command: 'encode' | 'decode' | 'truncate';
  readonly input: string;
  readonly output: string;
}

/** Seconds that a job took, by stage. Those of the network and the search are summed over threads. */
export interface JobSeconds {
  /** Reading the input from its store. */
  readonly read: number;
  /** Running the network. */
  readonly network: number;
  /** Searching and coding, or decoding, the layers. */
  readonly transport: number;
  /** Writing the output to its store. */
  readonly write: number;
  /** From begin to end. */
  readonly total: number;
}

/** How a job ended. */
export interface JobEnd {
  /**
   * - `done`: the output was written
   * - `skipped`: it was there already
   * - `failed`: for good
   * - `retried`: it failed and will be tried again
   * - `returned`: it was given back to the queue, because the worker ends
   */
  readonly outcome: 'done' | 'skipped' | 'failed' | 'retried' | 'returned';
  /** Exit code of the failure, as the command line has them. */
  readonly exitCode?: number;
  /** One line: what failed, why, what to do. */
  readonly message?: string;
  /** Times that it was tried, this one included. */
  readonly attempts: number;
  /** Not there where it did not come so far. */
  readonly inputBytes?: number;
  readonly outputBytes?: number;
  readonly pixels?: number;
  readonly seconds?: JobSeconds;
}

/** Is told about jobs. Methods return at once and never throw. */
export interface JobObserver {
  started(job: ObservedJob): void;
  /** @param fraction - 0..1 */
  progress?(job: ObservedJob, fraction: number): void;
  ended(job: ObservedJob, end: JobEnd): void;
}
