import type { JobObserver } from '../../batch/job-observer.ts';
import type { Progress } from '../../coding/run-options.ts';
import type { FileOptions } from '../command-options.ts';
import type { CliError } from '../exit-codes.ts';
import type { CliIo } from '../terminal/cli-io.ts';
import type { Summary } from '../terminal/text-format.ts';
import { BatchRun } from './batch-run.ts';
import type { Job, Target } from './file-jobs.ts';
import type { JobPlan } from './plan-jobs.ts';
import type { RunJournal } from './run-journal.ts';

/** Result of a command for one file. */
export interface Outcome {
  /** Fields of the JSON object, in addition to input and output. */
  readonly report: Readonly<Record<string, unknown>> & { readonly bytes: number };
  readonly summary: Pick<Summary, 'bpp' | 'result' | 'aim'>;
  /** A failure although a file was written. */
  readonly failure?: CliError;
}

/** Functions that a command can call while it processes one file. */
export interface JobContext extends Target {
  /**
   * Reads the input.
   *
   * @param maxBytes - bytes from the beginning that are wanted; the rest is not downloaded; default all
   * @throws DdpmError `ERR_DDPM_INPUT` if it cannot be read, CliError with exit code 3 if it is empty
   */
  read(maxBytes?: number): Promise<Uint8Array>;
  readonly onProgress: (progress: Progress) => void;
  /** Prints a warning, unless `--quiet` is given. */
  warn(text: string): void;
}

/** Functions that a command can call in a batch. */
export interface BatchContext extends JobContext {
  /** Reads the input in another way, and again if that failed for a reason that may pass. */
  reading<T>(work: () => Promise<T>): Promise<T>;
}

/** A command and the files that it processes. */
export interface Batch {
  readonly command: 'encode' | 'decode' | 'truncate';
  readonly plan: JobPlan;
  /** What is known of earlier runs. It is closed at the end. */
  readonly journal?: RunJournal | undefined;
  /** Number of files that are processed at the same time; default 1. */
  readonly files?: number;
  readonly options: FileOptions;
  readonly io: CliIo;
  /** Are told about each job. */
  readonly observers?: readonly JobObserver[];
}

/** Processes one file and writes its output. */
export type Work = (job: Job, context: BatchContext) => Promise<Outcome>;

/**
 * Runs a command on each of its files and prints a line for each: a summary, or exactly one JSON object with `--json`, which
 * has the field `error` if the file failed. What may pass is tried again. If there are several files, failures are printed and counted, and the
 * other files are processed; the failure of a single file is thrown. A signal that ends the process gives all files at work an
 * object with an error.
 *
 * @throws CliError with exit code 1 if any of several files failed; DdpmError `ERR_DDPM_OUTPUT` if the journal cannot be written
 */
export async function runBatch(batch: Batch, work: Work): Promise<void> {
  const run = new BatchRun(batch);
  const jobs = batch.plan.jobs();
  let isStopped = false;
  const lane = async (): Promise<void> => {
    try {
      while (!isStopped) {
        const { value: job } = await jobs.next();
        if (!job) return;
        await run.runJob(job, work);
      }
    } finally {
      isStopped = true; // after an error, the other lanes end after their current file
    }
  };
  const release = batch.io.onSignal?.((exitCode) => run.interrupt(exitCode));
  try {
    const ends = await Promise.allSettled(Array.from({ length: Math.min(batch.files ?? 1, batch.plan.count) }, lane));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  } finally {
    release?.();
    run.stop();
    await batch.journal?.close();
  }
  await run.finish();
}
