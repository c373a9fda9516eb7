import { retry } from '../../batch/retry.ts';
import { isThreadEnd } from '../../node/threads/thread-failure.ts';
import type { WriteOptions } from '../../storage/store.ts';
import { isTransient } from '../../storage/transient.ts';
import { type CliIo, readInput } from '../terminal/cli-io.ts';
import { type Job, openTarget, type Target } from './file-jobs.ts';
import type { BatchContext, Outcome, Work } from './job-work.ts';
import { StageTimes } from './stage-times.ts';

/** How a job is done. */
export interface StepOptions extends Pick<BatchContext, 'onProgress' | 'warn'> {
  readonly io: CliIo;
  readonly write: WriteOptions;
  /** Number of times that a step is tried again. */
  readonly retries: number;
  /** Called before each wait, after a failure that may pass. */
  onRetry(error: unknown, delayMs: number): void;
}

/** The steps of one job, reading, processing and writing: how long they took, and how often they were tried. */
export class JobSteps {
  readonly #job: Job;
  readonly #options: StepOptions;
  readonly times: StageTimes;
  #retries = 0;
  /** In bytes; undefined until it was read. */
  inputBytes: number | undefined;
  /** In bytes; undefined until it was written. */
  outputBytes: number | undefined;

  constructor(job: Job, options: StepOptions) {
    this.#job = job;
    this.#options = options;
    this.times = new StageTimes(options.io.now);
  }

  /** Times that the job was tried. */
  get attempts(): number {
    return 1 + this.#retries;
  }

  /**
   * Does the work. Reading and writing are tried again if they failed for a reason that may pass, and all of it if a worker thread ended.
   *
   * @throws what the last attempt threw
   */
  run(work: Work): Promise<Outcome> {
    return this.#retrying(async () => work(this.#job, await this.#context()), isThreadEnd);
  }

  async #context(): Promise<BatchContext> {
    const { io, write, onProgress, warn } = this.#options;
    const { input } = this.#job;
    const target = await this.#retrying(() => openTarget(this.#job, write, io));
    return {
      read: async (maxBytes) => {
        const bytes = await this.times.timed('read', () => this.#retrying(() => readInput(input, io, maxBytes)));
        this.inputBytes = bytes.length;
        return bytes;
      },
      reading: (step) => this.times.timed('read', () => this.#retrying(step)),
      write: (data) => this.#write(target, data),
      onProgress,
      warn,
    };
  }

  async #write(target: Target, data: Uint8Array): Promise<void> {
    await this.times.timed('write', () => this.#retrying(() => target.write(data)));
    this.outputBytes = data.length;
  }

  #retrying<T>(work: () => Promise<T>, mayPass: (error: unknown) => boolean = isTransient): Promise<T> {
    const { retries, onRetry } = this.#options;
    return retry(work, {
      retries,
      isTransient: mayPass,
      onRetry: (error, _, delayMs) => {
        this.#retries++;
        onRetry(error, delayMs);
      },
    });
  }
}
