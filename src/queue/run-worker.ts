/**
 * Works on the jobs of a queue. Jobs are taken one by one as there is room for them (BullMQ: "Manually processing jobs"), since
 * small ones share a thread and large ones do not, so that no worker hoards what others could do.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Worker } from 'bullmq';
import type { JobEnd, JobObserver, ObservedJob } from '../batch/job-observer.ts';
import { formatFailure, type JobFailure, killedFailure } from './job-failure.ts';
import { JobLocks, LOCK_MS, STALLED_CHECK_MS } from './job-locks.ts';
import type { OpenQueue } from './open-queue.ts';
import { parseQueueJob, type QueueJob } from './queue-job.ts';
import { WorkPace } from './work-pace.ts';

/** What is known of work that was done. */
export type WorkReport = Pick<JobEnd, 'inputBytes' | 'outputBytes' | 'pixels' | 'seconds'>;

/** How far a job is. */
export interface WorkProgress {
  /** Number of layers done, and in all. */
  readonly step: number;
  readonly steps: number;
  /** 0..1 */
  readonly fraction: number;
}

/** What the work on a job can use. */
export interface WorkContext {
  /** Aborts when the job is to be given back. */
  readonly signal: AbortSignal;
  onProgress(progress: WorkProgress): void;
}

/** A failure, and whether another attempt may succeed. */
export interface ClassifiedFailure extends JobFailure {
  readonly transient: boolean;
}

/** Settings of a worker. */
export interface WorkerSettings {
  /** Does a job: reads the input, writes the output. */
  process(job: QueueJob, context: WorkContext): Promise<WorkReport>;
  /** What an error of `process` means. */
  classify(error: unknown, job: ObservedJob): ClassifiedFailure;
  readonly threads: number;
  /** Most jobs begun a second; default: no limit. */
  readonly rate?: number;
  /** True while no further job should be taken, although a thread is free; asked whenever a job ends. */
  readonly isFull?: () => boolean;
  /** True: ends when no job waits or is at work, here or elsewhere. */
  readonly untilEmpty?: boolean;
  /** Milliseconds that jobs at work may go on after `stop`, until they are given back. */
  readonly graceMs: number;
  /** Aborts to end the worker: it takes no further jobs. */
  readonly stop: AbortSignal;
  /** Are told about each job. */
  readonly observers?: readonly JobObserver[];
  /** Is told what goes wrong with the queue and not with a job. */
  readonly onProblem?: (message: string) => void;
}

/** Jobs of a worker by how they ended. */
export type WorkerCounts = Record<'done' | 'failed' | 'retried' | 'returned', number>;

/** A job at work. */
interface Running {
  readonly job: Job;
  readonly token: string;
  readonly observed: ObservedJob;
  readonly controller: AbortController;
}

/** Small pictures at work for each thread: those of two runs of the network, as many as a codec accepts. */
const SMALL_A_THREAD = 16;
/**
 * Times that the workers of a job may end without a word: a killed worker takes down its other jobs, too, so that one alone says
 * little about a job.
 */
const MAX_STALLED = 5;
/** Seconds that done jobs are remembered, so that submitting them again is known to be needless. */
export const DONE_KEPT_S: number = 7 * 24 * 3600;
const DONE_KEPT = 1_000_000;
/** Seconds that an idle worker waits for a job before it asks again. */
const IDLE_S = 5;
const IDLE_UNTIL_EMPTY_S = 1;
/** Time between two notes of a job's progress in the queue. */
const PROGRESS_MS = 2000;
const AFTER_ERROR_MS = 1000;
/** Longest time that taking a job takes if there is one. */
const TAKING_MS = 500;
/** Time for giving jobs back at the end; if the server is away then, they come back as those of a killed worker do. */
const GIVE_BACK_MS = 5000;

/** Reasons of aborted work. */
const RETURNED = new Error('the job was given back');
const LOST = new Error('the job was given to another worker');

/**
 * Works on jobs until `stop` aborts, or with `untilEmpty` until there are none.
 *
 * @returns how the jobs ended
 */
export async function runWorker(open: OpenQueue, settings: WorkerSettings): Promise<WorkerCounts> {
  const { library, client, address } = open;
  const worker = new library.Worker(address.name, undefined, {
    connection: client,
    prefix: address.prefix,
    name: `${hostname()}:${process.pid}`,
    autorun: false,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: MAX_STALLED,
    drainDelay: settings.untilEmpty ? IDLE_UNTIL_EMPTY_S : IDLE_S,
    removeOnComplete: { age: DONE_KEPT_S, count: DONE_KEPT },
  });
  worker.on('error', () => {}); // of the connection, which openQueue watches
  const run = new WorkerRun(worker, open, settings);
  await worker.waitUntilReady();
  await worker.startStalledCheckTimer();
  try {
    await run.takeJobs();
    await run.finish();
  } finally {
    run.close();
    await worker.close(true);
  }
  return run.counts;
}

/** State of a running worker. */
class WorkerRun {
  readonly counts: WorkerCounts = { done: 0, failed: 0, retried: 0, returned: 0 };
  readonly #worker: Worker;
  readonly #open: OpenQueue;
  readonly #settings: WorkerSettings;
  readonly #observers: readonly JobObserver[];
  readonly #locks: JobLocks;
  readonly #pace: WorkPace;
  readonly #running = new Map<Running, Promise<void>>();
  readonly #stopped: Promise<undefined>;
  readonly #id = randomUUID();
  #taking: Promise<Job | undefined> = Promise.resolve(undefined);
  #tokens = 0;

  constructor(worker: Worker, open: OpenQueue, settings: WorkerSettings) {
    this.#worker = worker;
    this.#open = open;
    this.#settings = settings;
    this.#observers = settings.observers ?? [];
    this.#locks = new JobLocks(worker);
    const { threads, rate, stop } = settings;
    this.#pace = new WorkPace({ threads, smallAThread: SMALL_A_THREAD, ...(rate !== undefined && { rate }) });
    this.#stopped = new Promise((resolve) => {
      if (stop.aborted) resolve(undefined);
      else stop.addEventListener('abort', () => resolve(undefined), { once: true });
    });
  }

  close(): void {
    this.#locks.close();
  }

  /** Takes jobs and begins them; returns when no more are to be taken. */
  async takeJobs(): Promise<void> {
    const { stop, untilEmpty, isFull } = this.#settings;
    while (!stop.aborted) {
      if (this.#pace.isFull || isFull?.()) {
        await Promise.race([this.#pace.jobEnded(), this.#stopped]);
      } else if (this.#pace.pauseMs > 0) {
        await sleep(this.#pace.pauseMs, undefined, { signal: stop }).catch(() => {});
      } else {
        this.#taking = this.#next();
        const job = await Promise.race([this.#taking, this.#stopped]);
        if (job === undefined && untilEmpty && (await this.#isEmpty())) return;
      }
    }
  }

  /** Waits for the jobs at work; after `stop` only for a while, and then gives them back. */
  async finish(): Promise<void> {
    await Promise.race([this.#taking, sleep(TAKING_MS, undefined, { ref: false })]);
    const all = Promise.all(this.#running.values());
    const graceOver = this.#stopped.then(() => sleep(this.#settings.graceMs, undefined, { ref: false }));
    await Promise.race([all, graceOver]);
    for (const { controller } of this.#running.keys()) controller.abort(RETURNED);
    await Promise.race([all, sleep(GIVE_BACK_MS, undefined, { ref: false })]);
  }

  /** Takes the next job, if there is one within a while, and begins it. */
  async #next(): Promise<Job | undefined> {
    const token = `${this.#id}:${this.#tokens++}`;
    try {
      const job = await this.#worker.getNextJob(token);
      if (job) this.#begin(job, token);
      return job;
    } catch (error) {
      this.#problem('cannot take a job', error);
      await Promise.race([sleep(AFTER_ERROR_MS), this.#stopped]);
      return undefined;
    }
  }

  async #isEmpty(): Promise<boolean> {
    if (this.#pace.jobs > 0) return false;
    const counts = await this.#open.queue.getJobCounts('wait', 'prioritized', 'delayed', 'active');
    return Object.values(counts).every((count) => count === 0);
  }

  #begin(job: Job, token: string): void {
    const controller = new AbortController();
    const running = { job, token, observed: observedOf(job), controller };
    const { id } = running.observed;
    const end = this.#pace.begin(typeof job.data?.size === 'number' ? job.data.size : 0);
    this.#locks.keep(id, { token, onLost: () => controller.abort(LOST) });
    // Taken while the worker was told to end.
    if (this.#settings.stop.aborted) controller.abort(RETURNED);
    for (const observer of this.#observers) observer.started(running.observed);
    const done = this.#run(running)
      .catch((error) => {
        // The queue was not told: the job will be done again, here or elsewhere, or already is.
        if (!isLockError(error)) this.#problem(`cannot tell the queue how ${running.observed.input} ended`, error);
        this.#ended(running, { outcome: 'returned' });
      })
      .finally(() => {
        this.#locks.release(id);
        this.#running.delete(running);
        end();
      });
    this.#running.set(running, done);
  }

  /** Does a job and tells the queue how it ended. */
  async #run(running: Running): Promise<void> {
    const { job, token, observed, controller } = running;
    if (job.deferredFailure) return this.#fail(running, { ...killedFailure(job.stalledCounter), transient: false });
    let report: WorkReport;
    try {
      controller.signal.throwIfAborted();
      report = await abortable(this.#process(running), controller.signal);
    } catch (error) {
      if (error === LOST) return this.#ended(running, { outcome: 'returned' });
      if (error !== RETURNED) return this.#fail(running, this.#settings.classify(error, observed));
      await job.moveToWait(token);
      return this.#ended(running, { outcome: 'returned' });
    }
    await job.moveToCompleted(resultOf(report), token, false);
    this.#ended(running, { outcome: 'done', ...report });
  }

  async #process({ job, observed, controller }: Running): Promise<WorkReport> {
    const data = parseQueueJob(job.data);
    let notedMs = performance.now();
    return this.#settings.process(data, {
      signal: controller.signal,
      onProgress: ({ step, steps, fraction }) => {
        for (const observer of this.#observers) observer.progress?.(observed, fraction);
        if (performance.now() - notedMs < PROGRESS_MS) return;
        notedMs = performance.now();
        job.updateProgress({ step, steps, fraction }).catch(() => {}); // the job may have gone to another worker
      },
    });
  }

  async #fail(running: Running, failure: ClassifiedFailure): Promise<void> {
    const { job, token } = running;
    const { UnrecoverableError } = this.#open.library;
    const { exitCode, message, transient } = failure;
    const isRetried = transient && job.attemptsMade + 1 < (job.opts.attempts ?? 1);
    const line = formatFailure(failure);
    await job.moveToFailed(isRetried ? new Error(line) : new UnrecoverableError(line), token, false);
    this.#ended(running, { outcome: isRetried ? 'retried' : 'failed', exitCode, message });
  }

  #ended({ observed, job }: Running, end: Omit<JobEnd, 'attempts'> & { readonly outcome: keyof WorkerCounts }): void {
    this.counts[end.outcome]++;
    const attempts = Math.max(1, job.attemptsMade);
    for (const observer of this.#observers) observer.ended(observed, { ...end, attempts });
  }

  #problem(what: string, error: unknown): void {
    this.#settings.onProblem?.(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What is kept of a job that is done. */
function resultOf({ outputBytes, seconds }: WorkReport): object {
  return { outputBytes, seconds: seconds === undefined ? undefined : Number(seconds.total.toFixed(3)) };
}

/** The job as observers see it; its data may be anything. */
function observedOf({ id = '', data }: Job): ObservedJob {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '?');
  const command = data?.command === 'decode' ? 'decode' : 'encode';
  return { id, command, input: text(data?.input), output: text(data?.output) };
}

/** Whether a job cannot be ended here because it has been given to another worker: BullMQ's errors have negative codes. */
function isLockError(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'number' && code < 0;
}

/** The result of work, or the signal's reason as soon as it aborts. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
