import type { Progress } from '../../coding/run-options.ts';
import { isLocal, localPath } from '../../storage/location.ts';
import { openStore } from '../../storage/open-store.ts';
import { statsOf } from '../../storage/stats-of.ts';
import { type FileOptions, printJson } from '../command-options.ts';
import { CliError, errorLine, errorReport } from '../exit-codes.ts';
import { type CliIo, readInput, STANDARD_STREAM } from '../terminal/cli-io.ts';
import { createProgressView, type ProgressView } from '../terminal/progress-view.ts';
import { grouped, type Summary, seconds, summaryLine } from '../terminal/text-format.ts';
import { type Job, openTarget, type Target, writeOptions } from './file-jobs.ts';

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
   * @throws CliError with exit code 3 if it cannot be read, or is empty
   */
  read(): Promise<Uint8Array>;
  readonly onProgress: (progress: Progress) => void;
  /** Prints a warning, unless `--quiet` is given. */
  warn(text: string): void;
}

/** A command and the files that it processes. */
export interface Batch {
  readonly command: 'encode' | 'decode' | 'truncate';
  readonly jobs: readonly Job[];
  /** Number of files that are processed at the same time; default 1. */
  readonly files?: number;
  readonly options: FileOptions;
  readonly io: CliIo;
}

/**
 * Runs a command on each of its files and prints a line for each: a summary, or exactly one JSON object with `--json`, which
 * has the field `error` if the file failed. If there are several files, failures are printed and counted, and the other files
 * are processed; the failure of a single file is thrown. A signal that ends the process gives all files that are not done an
 * object with an error.
 *
 * @param work - processes one file and writes its output
 * @throws CliError with exit code 1 if any of several files failed
 */
export async function runBatch(batch: Batch, work: (job: Job, context: JobContext) => Promise<Outcome>): Promise<void> {
  const run = new BatchRun(batch);
  const queue = [...batch.jobs];
  const worker = async (): Promise<void> => {
    for (let job = queue.shift(); job; job = queue.shift()) await run.runJob(job, work);
  };
  const release = batch.io.onSignal?.((exitCode) => run.interrupt(exitCode));
  try {
    await Promise.all(Array.from({ length: Math.min(batch.files ?? 1, batch.jobs.length) }, worker));
  } finally {
    queue.length = 0; // after an error, the other workers end after their current file
    release?.();
    run.stop();
  }
  await run.finish();
}

/** The jobs that will not be skipped: with `--no-overwrite` those whose output does not exist, otherwise all. */
export async function jobsToDo(jobs: readonly Job[], options: FileOptions): Promise<Job[]> {
  if (options.overwrite !== false) return [...jobs];
  const kept: Job[] = [];
  for (const job of jobs) if (!(await isSkipped(job, options))) kept.push(job);
  return kept;
}

/** Whether an output is there that `--no-overwrite` leaves as it is. */
export async function isSkipped({ output }: Pick<Job, 'output'>, options: FileOptions): Promise<boolean> {
  return options.overwrite === false && output !== STANDARD_STREAM && (await isThere(output));
}

/** Whether an output is there. Devices and pipes are no outputs that are kept. */
async function isThere(output: string): Promise<boolean> {
  if (isLocal(output)) return statsOf(localPath(output))?.isFile() === true;
  return (await (await openStore(output)).stat(output)) !== undefined;
}

/** State of a running batch: counts, progress and output. */
class BatchRun {
  readonly #batch: Batch;
  readonly #view: ProgressView;
  readonly #startMs: number;
  /** Share of the work that is done for each file in progress, 0..1. */
  readonly #fractions = new Map<Job, number>();
  readonly #counts = { done: 0, skipped: 0, failed: 0 };
  /** Jobs whose object has been printed. */
  readonly #reported = new Set<Job>();
  #bytes = 0;

  constructor(batch: Batch) {
    this.#batch = batch;
    const { jobs, command, options, io } = batch;
    const label = jobs.length === 1 ? jobs[0].source : command;
    this.#view = createProgressView(label, options.quiet === true, io);
    this.#startMs = io.now();
  }

  async runJob(job: Job, work: (job: Job, context: JobContext) => Promise<Outcome>): Promise<void> {
    const { options, io } = this.#batch;
    if (await isSkipped(job, options)) return this.#skip(job);
    const startMs = io.now();
    let outcome: Outcome | undefined;
    let failure: unknown;
    try {
      outcome = await work(job, await this.#contextOf(job));
      failure = outcome.failure;
    } catch (error) {
      failure = error;
    }
    this.#fractions.delete(job);
    await this.#report(job, outcome, failure, io.now() - startMs);
    this.#showFiles();
  }

  /** Prints what a signal that ends the process leaves undone. */
  interrupt(exitCode: number): void {
    const { jobs, options } = this.#batch;
    if (!options.json) return;
    const error = { exitCode, message: 'interrupted' };
    for (const job of jobs) if (!this.#reported.has(job)) void this.#printObject(job, { error });
  }

  stop(): void {
    this.#view.stop();
  }

  async finish(): Promise<void> {
    const { jobs, options, io } = this.#batch;
    if (jobs.length === 1) return;
    const { done, skipped, failed } = this.#counts;
    if (!options.quiet && !options.json) {
      const counts = [`${done} done`, `${skipped} skipped`, `${failed} failed`, `${grouped(this.#bytes)} B`];
      this.#print([...counts, seconds(io.now() - this.#startMs)].join('  '));
    }
    if (failed > 0) throw new CliError(1, `${failed} of ${jobs.length} files failed`);
  }

  async #contextOf(job: Job): Promise<JobContext> {
    const { command, options, io, jobs } = this.#batch;
    const target = await openTarget(job, writeOptions(options, command), io);
    return {
      read: () => readInput(job.input, io),
      write: target.write,
      onProgress: (progress) => {
        if (jobs.length === 1) return this.#view.update(progress);
        this.#fractions.set(job, progress.fraction);
        this.#showFiles();
      },
      warn: (text) => {
        if (!options.quiet) this.#print(`ddpm-codec: warning: ${text}`);
      },
    };
  }

  #showFiles(): void {
    const { jobs } = this.#batch;
    if (jobs.length === 1) return;
    const { done, skipped, failed } = this.#counts;
    const ended = done + skipped + failed;
    const started = [...this.#fractions.values()].reduce((sum, fraction) => sum + fraction, 0);
    const fraction = Math.min(1, (ended + started) / jobs.length);
    this.#view.update({ unit: 'file', step: ended, steps: jobs.length, fraction });
  }

  async #skip(job: Job): Promise<void> {
    const { options } = this.#batch;
    this.#counts.skipped++;
    if (options.json) await this.#printObject(job, { skipped: true });
    else if (!options.quiet) this.#print(`${job.source} → ${job.target}  skipped: the output exists`);
  }

  /**
   * Counts and prints the end of a job.
   *
   * @param outcome - if a file was written
   * @param failure - if the job failed; a damaged stream has an outcome, too
   * @throws the failure of a single file
   */
  async #report(job: Job, outcome: Outcome | undefined, failure: unknown, timeMs: number): Promise<void> {
    const { command, jobs, options, io } = this.#batch;
    this.#view.stop();
    const task = `${command} ${job.source}`;
    if (options.json) {
      const error = failure !== undefined && { error: errorReport(failure, task, job.source) };
      await this.#printObject(job, { ...outcome?.report, ...error });
    } else if (outcome && !options.quiet) {
      const { bytes } = outcome.report;
      this.#print(summaryLine({ input: job.source, output: job.target, bytes, ...outcome.summary, timeMs }));
    }
    if (failure === undefined) {
      this.#counts.done++;
      this.#bytes += outcome?.report.bytes ?? 0;
      return;
    }
    if (jobs.length === 1) throw failure;
    this.#counts.failed++;
    this.#print(errorLine(failure, task, job.source));
    if (io.env.DDPM_DEBUG === '1' && failure instanceof Error) this.#print(String(failure.stack));
  }

  async #printObject(job: Job, fields: object): Promise<void> {
    const { command, io } = this.#batch;
    this.#reported.add(job);
    await printJson(command, { input: job.input, output: job.output, ...fields }, io);
  }

  #print(line: string): void {
    this.#view.stop();
    this.#batch.io.stderr.write(`${line}\n`);
  }
}
