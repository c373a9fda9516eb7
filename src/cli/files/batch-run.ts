import { defined } from '../../base/defined.ts';
import type { JobEnd, JobObserver, ObservedJob } from '../../batch/job-observer.ts';
import { shownLocation } from '../../storage/location.ts';
import { isTransient } from '../../storage/transient.ts';
import { DEFAULT_RETRIES, type FileOptions, printJson } from '../command-options.ts';
import { CliError, errorReport } from '../exit-codes.ts';
import type { CliIo } from '../terminal/cli-io.ts';
import { createProgressView, type ProgressView } from '../terminal/progress-view.ts';
import { seconds, summaryLine } from '../terminal/text-format.ts';
import { BatchCounts } from './batch-counts.ts';
import { type Job, writeOptions } from './file-jobs.ts';
import { JobSteps } from './job-steps.ts';
import type { Outcome, Work } from './job-work.ts';
import { outputSize } from './output-state.ts';
import type { JobPlan } from './plan-jobs.ts';
import type { RunJournal } from './run-journal.ts';
import { pixelsOf } from './stage-times.ts';

/** Exit codes of failures whose reason is the input, or what was asked of it. The reason of others may be gone when a later run comes. */
const PERMANENT: ReadonlySet<number> = new Set([2, 3, 4, 5]);

/** Exit code of inputs that were there when the run was planned, and are gone. */
const GONE_EXIT_CODE = 3;

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

/** A job at work. */
interface ActiveJob {
  /** With what is known of its input, as soon as it is. */
  job: Job;
  readonly observed: ObservedJob;
  /** Share of the work that is done, 0..1. */
  fraction: number;
}

/** How a job ended. */
interface Ended {
  readonly steps: JobSteps;
  /** If a file was written. */
  readonly outcome?: Outcome | undefined;
  /** If the job failed; a damaged stream has an outcome, too. */
  readonly failure?: unknown;
}

/** Why a job is not done: an earlier run did it, or failed for good. */
type Known = { readonly skipped: string } | { readonly failure: CliError };

/** State of a running batch: counts, progress and output. Keeps only the jobs at work. */
export class BatchRun {
  readonly #batch: Batch;
  readonly #view: ProgressView;
  readonly #startMs: number;
  readonly #active = new Set<ActiveJob>();
  readonly #counts = new BatchCounts();
  #begun = 0;

  constructor(batch: Batch) {
    this.#batch = batch;
    const { plan, journal, command, options, io } = batch;
    this.#view = createProgressView(plan.single?.source ?? command, options.quiet === true, io);
    this.#startMs = io.now();
    if (journal && journal.unreadable > 0) {
      this.#warn(`${options.journal}: ${journal.unreadable} torn or damaged lines are ignored`);
    }
  }

  /** @throws the failure of a single file; DdpmError `ERR_DDPM_OUTPUT` if the journal cannot be written */
  async runJob(job: Job, work: Work): Promise<void> {
    const active = this.#begin(job);
    const steps = this.#stepsOf(active);
    let known: Known | undefined;
    let ended: Ended;
    try {
      known = await this.#known(active);
      const outcome = known ? undefined : await steps.run(work);
      ended = { steps, outcome, failure: outcome?.failure };
    } catch (failure) {
      ended = { steps, failure };
    }
    await this.#end(active, ended, known);
    this.#showFiles();
  }

  /** Prints what a signal that ends the process leaves undone: the files at work, and of several files the counts. */
  interrupt(exitCode: number): void {
    const { plan, options } = this.#batch;
    if (!options.json) return;
    const error = { exitCode, message: 'interrupted' };
    for (const { job } of this.#active) void this.#printObject(job, { error });
    if (!plan.single) void this.#printSummary({ notBegun: plan.count - this.#begun, error });
  }

  stop(): void {
    this.#view.stop();
  }

  /** @throws CliError with exit code 1 if any of several files failed */
  async finish(): Promise<void> {
    const { plan, options } = this.#batch;
    if (plan.single) return;
    this.#countGone();
    if (options.json) {
      if (options.journal !== undefined || options.shard !== undefined) await this.#printSummary({});
    } else if (!options.quiet) this.#print(this.#counts.line(this.#elapsedMs()));
    const { failed } = this.#counts;
    if (failed > 0) throw new CliError(1, `${failed} of ${plan.count} files failed`);
  }

  #begin(job: Job): ActiveJob {
    const { input, output } = job;
    const observed = { id: String(++this.#begun), command: this.#batch.command, input: shownLocation(input), output };
    const active = { job, observed, fraction: 0 };
    this.#active.add(active);
    this.#tell((observer) => observer.started(observed));
    return active;
  }

  /** What is known of a job before it is done. */
  async #known(active: ActiveJob): Promise<Known | undefined> {
    const { options, journal } = this.#batch;
    const { source, output } = active.job;
    if (options.overwrite === false && (await outputSize(output)) !== undefined)
      return { skipped: 'the output exists' };
    if (!journal) return undefined;
    active.job = await journal.identified(active.job);
    const verdict = await journal.verdict(active.job);
    if (verdict?.status !== 'failed') return verdict && { skipped: 'done before, as the journal says' };
    const { exitCode } = verdict;
    const why = `it failed before with exit code ${exitCode}, as the journal says. Try it again with --retry-failed`;
    return { failure: new CliError(exitCode, `${source}: ${why}`) };
  }

  #stepsOf(active: ActiveJob): JobSteps {
    const { command, options, io } = this.#batch;
    const { retries = DEFAULT_RETRIES } = options;
    const steps: JobSteps = new JobSteps(active.job, {
      io,
      write: writeOptions(options, command),
      retries,
      onRetry: (error, delayMs) => {
        const report = this.#errorReport(active.job, error);
        if (!io.log) this.#warn(`${report.message}. It is tried again in ${seconds(delayMs)}`);
        // The attempt that failed is counted already as followed by another.
        const attempts = steps.attempts - 1;
        this.#tell((observer) => observer.ended(active.observed, { outcome: 'retried', ...report, attempts }));
        this.#tell((observer) => observer.started(active.observed));
      },
      onProgress: (progress) => {
        this.#tell((observer) => observer.progress?.(active.observed, progress.fraction));
        active.fraction = progress.fraction;
        if (this.#batch.plan.single) this.#view.update(progress);
        else this.#showFiles();
      },
      warn: (text) => this.#warn(text),
    });
    return steps;
  }

  /**
   * Notes, counts and prints the end of a job.
   *
   * @throws the failure of a single file
   */
  async #end(active: ActiveJob, ended: Ended, known: Known | undefined): Promise<void> {
    const { job } = active;
    const failure = known && 'failure' in known ? known.failure : ended.failure;
    const error = failure === undefined ? undefined : this.#errorReport(job, failure);
    if (!known) this.#note(job, ended, error);
    this.#active.delete(active);
    this.#tell((observer) => observer.ended(active.observed, endOf(ended, error, known)));
    this.#view.stop();
    if (known && 'skipped' in known) return this.#skip(job, known.skipped);
    await this.#printEnd(job, ended, error);
    if (error === undefined) {
      this.#counts.done++;
      this.#counts.bytes += ended.outcome?.report.bytes ?? 0;
      return;
    }
    if (this.#batch.plan.single) throw failure;
    this.#counts.addFailure(error.exitCode);
    this.#printOfJob(`ddpm-codec: ${error.message}`);
    if (this.#batch.io.env.DDPM_DEBUG === '1' && failure instanceof Error) this.#print(String(failure.stack));
  }

  #note(job: Job, { steps, failure }: Ended, error: ErrorReport | undefined): void {
    this.#batch.journal?.note(job, {
      status: error ? 'failed' : 'done',
      ...defined({ outputSize: steps.outputBytes }),
      ...(error && { ...error, permanent: PERMANENT.has(error.exitCode) && !isTransient(failure) }),
      attempts: steps.attempts,
      seconds: steps.times.elapsedMs() / 1000,
    });
  }

  async #printEnd(job: Job, { steps, outcome }: Ended, error: ErrorReport | undefined): Promise<void> {
    const { options } = this.#batch;
    if (options.json) {
      const { attempts } = steps;
      await this.#printObject(job, { ...outcome?.report, attempts, ...(error && { error }) });
    } else if (outcome && !options.quiet) {
      const { bytes } = outcome.report;
      const timeMs = steps.times.elapsedMs();
      this.#printOfJob(summaryLine({ input: job.source, output: job.target, bytes, ...outcome.summary, timeMs }));
    }
  }

  async #skip(job: Job, why: string): Promise<void> {
    const { options } = this.#batch;
    this.#counts.skipped++;
    if (options.json) await this.#printObject(job, { skipped: true });
    else if (!options.quiet) this.#printOfJob(`${job.source} → ${job.target}  skipped: ${why}`);
  }

  /** Counts inputs that were there when the run was planned, and were not met again. */
  #countGone(): void {
    const { plan, command } = this.#batch;
    const gone = plan.count - this.#begun;
    if (gone === 0) return;
    for (let i = 0; i < gone; i++) this.#counts.addFailure(GONE_EXIT_CODE);
    this.#print(`ddpm-codec: cannot ${command} ${gone} inputs: they were removed while the others were processed`);
  }

  #showFiles(): void {
    const { plan } = this.#batch;
    if (plan.single) return;
    const { ended } = this.#counts;
    const started = [...this.#active].reduce((sum, { fraction }) => sum + fraction, 0);
    const fraction = Math.min(1, (ended + started) / plan.count);
    this.#view.update({ unit: 'file', step: ended, steps: plan.count, fraction });
  }

  #errorReport({ source }: Job, error: unknown): ErrorReport {
    return errorReport(error, `${this.#batch.command} ${source}`, source);
  }

  #elapsedMs(): number {
    return this.#batch.io.now() - this.#startMs;
  }

  #tell(say: (observer: JobObserver) => void): void {
    for (const observer of this.#batch.observers ?? []) say(observer);
  }

  async #printObject(job: Job, fields: object): Promise<void> {
    const { command, io } = this.#batch;
    await printJson(command, { input: shownLocation(job.input), output: job.output, ...fields }, io);
  }

  async #printSummary(fields: object): Promise<void> {
    const { command, io } = this.#batch;
    await printJson(command, { summary: this.#counts.fields(this.#elapsedMs()), ...fields }, io);
  }

  #warn(text: string): void {
    if (!this.#batch.options.quiet) this.#print(`ddpm-codec: warning: ${text}`);
  }

  /** Prints what a log of events has told already, if there is one. */
  #printOfJob(line: string): void {
    if (!this.#batch.io.log) this.#print(line);
  }

  #print(line: string): void {
    this.#view.stop();
    this.#batch.io.stderr.write(`${line}\n`);
  }
}

type ErrorReport = ReturnType<typeof errorReport>;

/** The end of a job, for observers. */
function endOf({ steps, outcome }: Ended, error: ErrorReport | undefined, known: Known | undefined): JobEnd {
  const { attempts, inputBytes, outputBytes } = steps;
  if (known && 'skipped' in known) return { outcome: 'skipped', attempts };
  const sizes = defined({ inputBytes, outputBytes, pixels: pixelsOf(outcome) });
  return { outcome: error ? 'failed' : 'done', ...error, attempts, ...sizes, seconds: steps.times.seconds(outcome) };
}
