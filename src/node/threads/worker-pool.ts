/**
 * An executor on worker threads. One queue has the windows and tiles of all pictures; a free thread takes the oldest, and helps with
 * a window at work if there is none.
 */
import { setImmediate } from 'node:timers/promises';
import { SHARE_ENV } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { cachedPromise } from '../../base/promise-cache.ts';
import type { Executor, ResidualJob, TileJob, WindowJob, WindowResult } from '../../codec/executor/executor.ts';
import { errorOf } from '../../coding/calls/call-failure.ts';
import type { Engine } from '../../coding/engine.ts';
import type { RunOptions } from '../../coding/run-options.ts';
import type { Help } from '../../model/photo-net/joined-photo-net.ts';
import { useModel } from '../models/model-cache.ts';
import { DEFAULT_MODEL_PATH, resolveModel } from '../models/model-folder.ts';
import type { ModelChoice, ModelDescription, PoolTask, PoolTasks, TaskKind, WorkerAnswer } from './codec-worker.ts';
import { DeviceWindows } from './device-windows.ts';
import { type TeamRun, TeamRuns } from './team-runs.ts';
import { threadEnded } from './thread-failure.ts';

/** Windows of at most this many pixels share a run of the network with others of the same size. */
const BATCHED_PIXELS = 64 * 64;
/** Most windows of a run: on wasm a 32x32 window takes 1.28 ms alone, 1.17 to 1.28 ms in batches of 8 to 64. */
const BATCH = 8;
/** Jobs that a walk issues for each thread: one at work, and the next one waiting. */
const JOBS_A_THREAD = 2;

/** Threads started at once. Further ones are started when there is work for them, and are ready half a second later. */
const STARTED_THREADS = 2;

/** A task in the queue. That of windows has one window. */
interface QueuedTask {
  readonly task: PoolTask;
  /** Where its network runs, if the threads share it. */
  readonly runs: TeamRuns | undefined;
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
  if (kind === 'windows') return buffers(...(job as PoolTasks['windows']['job']).windows.map(({ y }) => y));
  if (kind === 'residual') {
    const { x, y, mean } = job as ResidualJob;
    return buffers(x, y, mean);
  }
  if (kind !== 'takeStep') return [];
  const { y, mean, code } = (job as PoolTasks['takeStep']['job']).tile;
  return buffers(y, mean, ...('residual' in code ? [code.residual] : []));
}

/** A model, its properties, and where it runs if the threads share it. */
interface OpenModel {
  readonly choice: ModelChoice;
  readonly description: ModelDescription;
  readonly runs: TeamRuns | undefined;
  /** The network, if this thread runs it for all on the graphics processor. */
  readonly device: DeviceWindows | undefined;
}

/** A run that other threads may help with. */
interface HelpedRun {
  readonly run: TeamRun;
  readonly choice: ModelChoice;
}

/**
 * A pool of worker threads. They share the default model in one memory; another one is loaded by each. A network on the graphics processor
 * is run by the thread that has the pool, and the workers do all else.
 */
export class WorkerPool {
  readonly threads: number;
  readonly #workers: Piscina<PoolTask, WorkerAnswer>;
  readonly #queue: QueuedTask[] = [];
  #busy = 0;
  #isScheduled = false;
  /** Runs of shared networks at work. */
  readonly #helped: Set<HelpedRun> = new Set();
  /** By backend and path. */
  readonly #models: Map<string, Promise<OpenModel>> = new Map();

  /**
   * @param threads - most threads
   * @param choice - a model that is loaded at once
   */
  constructor(threads: number, choice: Pick<RunOptions, 'model' | 'backend'>) {
    this.threads = threads;
    const filename = new URL('./codec-worker.js', import.meta.url).href;
    const sizes = { minThreads: Math.min(threads, STARTED_THREADS), maxThreads: threads, idleTimeout: 60_000 };
    // The threads share the environment, because TensorFlow reads what the backend sets there.
    this.#workers = new Piscina({ filename, env: SHARE_ENV, ...sizes });
    // Piscina replaces an idle worker that dies, and rejects the task of one that dies at work. Without this listener
    // the process would end.
    this.#workers.on('error', () => {});
    this.#open(choice).catch(() => {}); // reported to whoever asks for the engine
  }

  /** An engine that runs its jobs on the threads. */
  async engine(choice: Pick<RunOptions, 'model' | 'backend'>): Promise<Engine> {
    const model = await this.#open(choice);
    const { id, calibration, sizeMultiple, windowSize, fused } = model.description;
    const shared = {
      calibration,
      sizeMultiple,
      ...(windowSize !== undefined && { windowSize }),
      concurrency: JOBS_A_THREAD * this.threads,
    } satisfies Partial<Executor>;
    return {
      modelId: id,
      backend: model.choice.backend,
      flat: windowSize !== undefined,
      fused,
      executor: (transport, signal) => ({
        ...shared,
        denoise: (job: WindowJob) => model.device?.denoise(job, signal) ?? this.#denoise(job, model, signal),
        residual: (job: ResidualJob) => this.#run('residual', job, model.choice, signal),
        takeStep: (tile: TileJob) => this.#run('takeStep', { tile, transport }, model.choice, signal),
      }),
    };
  }

  async #open({
    model = DEFAULT_MODEL_PATH,
    backend = 'wasm',
  }: Pick<RunOptions, 'model' | 'backend'>): Promise<OpenModel> {
    const choice = { model: await resolveModel(model), backend };
    return cachedPromise(this.#models, `${backend}\n${choice.model}`, async () => {
      if (backend === 'webgpu') {
        const { id, calibration, denoiser } = await useModel(choice.model, backend);
        const { sizeMultiple, windowSize, fused = false } = denoiser;
        const description = { id, calibration, sizeMultiple, windowSize, fused, shared: undefined };
        return { choice, description, runs: undefined, device: new DeviceWindows(denoiser) };
      }
      const description = await this.#run('describe', null, choice);
      const { shared } = description;
      return { choice, description, runs: shared && new TeamRuns(shared, this.threads), device: undefined };
    });
  }

  async #denoise(job: WindowJob, model: OpenModel, signal: AbortSignal | undefined): Promise<WindowResult> {
    const { choice, runs } = model;
    const { width, height } = job.seen;
    const group = [width, height, job.sigma, job.exact, choice.backend, choice.model].join('\n');
    const isBatched = width * height <= BATCHED_PIXELS;
    const task: PoolTask<'windows'> = { kind: 'windows', job: { windows: [job] }, choice };
    return this.#add({ task, runs, group: isBatched ? group : undefined, signal });
  }

  #run<K extends TaskKind>(
    kind: K,
    job: PoolTasks[K]['job'],
    choice: ModelChoice,
    signal?: AbortSignal,
  ): Promise<PoolTasks[K]['result']> {
    return this.#add({ task: { kind, job, choice }, runs: undefined, group: undefined, signal });
  }

  #add<T>(queued: Omit<QueuedTask, 'resolve' | 'reject'>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...queued, resolve, reject });
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
    while (this.#busy < this.threads) {
      const tasks = this.#takeOldest();
      if (tasks.length > 0) {
        void this.#runTasks(tasks);
        continue;
      }
      const run = this.#neediest();
      if (!run) return;
      void this.#help(run);
    }
  }

  #dropAborted(): void {
    for (const queued of this.#queue.filter(({ signal }) => signal?.aborted)) {
      this.#queue.splice(this.#queue.indexOf(queued), 1);
      queued.reject(queued.signal?.reason);
    }
  }

  /** Takes the oldest task that there is memory for from the queue, with those that can share its run; none if there is none. */
  #takeOldest(): QueuedTask[] {
    const first = this.#queue.find(({ runs }) => runs?.hasRoom !== false);
    if (!first) return [];
    const alike = first.group === undefined ? [] : this.#queue.filter(({ group }) => group === first.group).slice(1);
    // Windows that could share a run are spread over the free threads.
    const share = Math.ceil((1 + alike.length) / (this.threads - this.#busy));
    const chosen = [first, ...alike.slice(0, Math.min(share, BATCH) - 1)];
    for (const queued of chosen) this.#queue.splice(this.#queue.indexOf(queued), 1);
    return chosen;
  }

  /** Runs tasks (several only if they are windows) on a thread, and settles their promises. */
  async #runTasks(tasks: readonly QueuedTask[]): Promise<void> {
    this.#busy++;
    try {
      const [{ task, runs }] = tasks;
      if (task.kind === 'windows') {
        const windows = tasks.flatMap(({ task: { job } }) => (job as PoolTasks['windows']['job']).windows);
        const results = await this.#runWindows(windows, task.choice, runs);
        tasks.forEach(({ resolve }, i) => void resolve(results[i] as never));
      } else {
        const result = await this.#runOnWorker(task);
        for (const { resolve } of tasks) resolve(result as never);
      }
    } catch (error) {
      for (const { reject } of tasks) reject(error);
    } finally {
      this.#busy--;
      void this.#schedule();
    }
  }

  async #runWindows(
    windows: readonly WindowJob[],
    choice: ModelChoice,
    runs: TeamRuns | undefined,
  ): Promise<readonly WindowResult[]> {
    const [{ seen }] = windows;
    const run = runs?.open(windows.length * seen.width * seen.height);
    if (!run) return this.#runOnWorker({ kind: 'windows', job: { windows }, choice });
    const helped = { run, choice };
    this.#helped.add(helped);
    try {
      return await this.#runOnWorker({ kind: 'windows', job: { windows, team: run.team }, choice });
    } catch (error) {
      run.abandon();
      throw error;
    } finally {
      this.#helped.delete(helped);
      run.leave();
    }
  }

  /** The run that a thread without work should help. */
  #neediest(): HelpedRun | undefined {
    const found = [...this.#helped].filter(({ run }) => run.isHelped);
    return found.sort((a, b) => a.run.helpers - b.run.helpers)[0];
  }

  /** Lets a thread help with a run until it ends. */
  async #help({ run, choice }: HelpedRun): Promise<void> {
    this.#busy++;
    const seat = run.takeSeat();
    let help: Help = 'late';
    try {
      help = await this.#runOnWorker({ kind: 'help', job: { team: run.team, seat }, choice });
    } catch {
      run.abandon();
    } finally {
      run.leaveSeat(seat, help);
      this.#busy--;
      void this.#schedule();
    }
  }

  async #runOnWorker<K extends TaskKind>(task: PoolTask<K>): Promise<PoolTasks[K]['result']> {
    let answer: WorkerAnswer;
    try {
      answer = await this.#workers.run(task, { transferList: transferables(task) });
    } catch (cause) {
      // Workers send their errors as answers, so a rejection means that the worker died.
      throw threadEnded(cause);
    }
    if ('failure' in answer) throw errorOf(answer.failure);
    return answer.result as PoolTasks[K]['result'];
  }
}
