/**
 * An executor on worker threads. One queue has the windows and tiles of all pictures; a free thread takes the oldest.
 */
import { setImmediate } from 'node:timers/promises';
import { Piscina } from 'piscina';
import { cachedPromise } from '../../base/promise-cache.ts';
import type { Executor, ResidualJob, TileJob, WindowJob, WindowResult } from '../../codec/executor/executor.ts';
import type { Engine } from '../../coding/engine.ts';
import type { ModelChoice, ModelDescription, PoolTask, PoolTasks, TaskKind, WorkerAnswer } from './codec-worker.ts';
import { errorOf, threadEnded } from './thread-failure.ts';

/** Windows of at most this many pixels share a run of the network with others of the same size. */
const BATCHED_PIXELS = 64 * 64;
/** Most windows of a run: on wasm a 32x32 window takes 4.5 ms alone, 4.1 to 4.4 ms in batches of 8 to 64. */
const BATCH = 8;
/** Jobs that a walk issues for each thread: one at work, and the next one waiting. */
const JOBS_A_THREAD = 2;

/** Threads started at once. Further ones are started when there is work for them, and are ready half a second later. */
const STARTED_THREADS = 2;

/** A task in the queue. */
interface QueuedTask {
  readonly task: PoolTask;
  /** Equal for windows that may share a run; undefined for tasks that run alone. */
  readonly group: string | undefined;
  /** Once it aborts, the task is not begun. */
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Buffers of a task that are moved to the worker instead of being copied. */
function transferables({ kind, job }: PoolTask): ArrayBuffer[] {
  const buffers = (...arrays: Float32Array[]): ArrayBuffer[] => arrays.map(({ buffer }) => buffer as ArrayBuffer);
  if (kind === 'windows') return buffers(...(job as PoolTasks['windows']['job']).map(({ y }) => y));
  if (kind === 'residual') {
    const { x, mean } = job as ResidualJob;
    return buffers(x, mean);
  }
  if (kind !== 'takeStep') return [];
  const { y, mean, code } = (job as PoolTasks['takeStep']['job']).tile;
  return buffers(y, mean, ...('residual' in code ? [code.residual] : []));
}

/** A pool of worker threads, each with its own copy of the model. */
export class WorkerPool {
  readonly threads: number;
  readonly #workers: Piscina<PoolTask, WorkerAnswer>;
  readonly #queue: QueuedTask[] = [];
  #busy = 0;
  #isScheduled = false;
  readonly #descriptions: Map<string, Promise<ModelDescription>> = new Map();

  /**
   * @param threads - most threads
   * @param choice - the model that threads load when they start
   */
  constructor(threads: number, choice: ModelChoice) {
    this.threads = threads;
    const filename = new URL('./codec-worker.js', import.meta.url).href;
    const sizes = { minThreads: Math.min(threads, STARTED_THREADS), maxThreads: threads, idleTimeout: 60_000 };
    this.#workers = new Piscina({ filename, ...sizes, workerData: choice });
    // Piscina replaces an idle worker that dies, and rejects the task of one that dies at work. Without this listener
    // the process would end.
    this.#workers.on('error', () => {});
  }

  /** An engine that runs its jobs on the threads. */
  async engine(choice: ModelChoice): Promise<Engine> {
    const { id, calibration, sizeMultiple, windowSize, fused } = await this.#describe(choice);
    const shared = {
      calibration,
      sizeMultiple,
      ...(windowSize !== undefined && { windowSize }),
      concurrency: JOBS_A_THREAD * this.threads,
    } satisfies Partial<Executor>;
    return {
      modelId: id,
      flat: windowSize !== undefined,
      fused,
      executor: (transport, signal) => ({
        ...shared,
        denoise: (job: WindowJob) => this.#denoise(job, choice, signal),
        residual: (job: ResidualJob) => this.#run('residual', job, choice, signal),
        takeStep: (tile: TileJob) => this.#run('takeStep', { tile, transport }, choice, signal),
      }),
    };
  }

  #describe(choice: ModelChoice): Promise<ModelDescription> {
    const key = `${choice.backend}\n${choice.model}`;
    return cachedPromise(this.#descriptions, key, () => this.#run('describe', null, choice));
  }

  async #denoise(job: WindowJob, choice: ModelChoice, signal: AbortSignal | undefined): Promise<WindowResult> {
    const { width, height } = job.seen;
    const group = [width, height, job.sigma, job.exact, choice.backend, choice.model].join('\n');
    const shared = width * height <= BATCHED_PIXELS ? group : undefined;
    return this.#add({ kind: 'windows', job: [job], choice }, signal, shared);
  }

  #run<K extends TaskKind>(
    kind: K,
    job: PoolTasks[K]['job'],
    choice: ModelChoice,
    signal?: AbortSignal,
  ): Promise<PoolTasks[K]['result']> {
    return this.#add({ kind, job, choice }, signal);
  }

  #add<T>(task: PoolTask, signal: AbortSignal | undefined, group?: string): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ task, group, signal, resolve, reject });
      void this.#schedule();
    });
  }

  /**
   * Gives tasks to free threads. Waits a turn of the event loop first, so that windows queued in it can share a run.
   */
  async #schedule(): Promise<void> {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    await setImmediate();
    this.#isScheduled = false;
    this.#dropAborted();
    while (this.#busy < this.threads && this.#queue.length > 0) void this.#runTasks(this.#takeOldest());
  }

  #dropAborted(): void {
    for (const queued of this.#queue.filter(({ signal }) => signal?.aborted)) {
      this.#queue.splice(this.#queue.indexOf(queued), 1);
      queued.reject(queued.signal?.reason);
    }
  }

  /** Takes the oldest task from the queue, with those that can share its run. */
  #takeOldest(): QueuedTask[] {
    const [first] = this.#queue.splice(0, 1);
    if (first.group === undefined) return [first];
    const alike = this.#queue.filter(({ group }) => group === first.group);
    // Windows that could share a run are spread over the free threads.
    const share = Math.ceil((1 + alike.length) / (this.threads - this.#busy));
    const chosen = [first, ...alike.slice(0, Math.min(share, BATCH) - 1)];
    for (const other of chosen.slice(1)) this.#queue.splice(this.#queue.indexOf(other), 1);
    return chosen;
  }

  /** Runs tasks (several only if they are windows) on a thread, and settles their promises. */
  async #runTasks(tasks: readonly QueuedTask[]): Promise<void> {
    this.#busy++;
    try {
      const [{ task }] = tasks;
      const windows = tasks.flatMap(({ task: { job } }) => job as PoolTasks['windows']['job']);
      const result = await this.#runOnWorker(task.kind === 'windows' ? { ...task, job: windows } : task);
      tasks.forEach(({ resolve }, i) => {
        resolve((task.kind === 'windows' ? (result as readonly WindowResult[])[i] : result) as never);
      });
    } catch (error) {
      for (const { reject } of tasks) reject(error);
    } finally {
      this.#busy--;
      void this.#schedule();
    }
  }

  async #runOnWorker(task: PoolTask): Promise<unknown> {
    let answer: WorkerAnswer;
    try {
      answer = await this.#workers.run(task, { transferList: transferables(task) });
    } catch (cause) {
      // Workers send their errors as answers, so a rejection means that the worker died.
      throw threadEnded(cause);
    }
    if ('failure' in answer) throw errorOf(answer.failure);
    return answer.result;
  }
}
