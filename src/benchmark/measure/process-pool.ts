/** Runs tasks in worker processes. Each process runs only one codec, so that its memory is that of this codec. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DdpmError, type DdpmErrorCode } from '../../base/errors.ts';
import { type Result, type Task, work } from './bench-task.ts';

/** A message from a worker process. */
export type Reply =
  | { readonly result: Result }
  | { readonly end: true }
  | { readonly error: { readonly message: string; readonly code?: DdpmErrorCode } };

/** Options of {@link runTasks}. */
export interface PoolOptions {
  /** Number of tasks that run at the same time. */
  readonly jobs: number;
  /** False: run the tasks in this process, one at a time. */
  readonly isolate: boolean;
  readonly signal?: AbortSignal | undefined;
  onResult(task: Task, result: Result): void;
  /** Called if a task failed; the other tasks continue. */
  onFailure(task: Task, error: Error): void;
  /** Called at the end of each task, whether or not it failed. */
  onEnd(task: Task): void;
}

/**
 * Runs the tasks of one codec.
 *
 * @throws the signal's reason if aborted
 * @throws errors of `onResult`
 */
export async function runTasks(tasks: readonly Task[], options: PoolOptions): Promise<void> {
  const queue = [...tasks];
  const lane = async (): Promise<void> => {
    const run = options.isolate ? new WorkerProcess(options.signal) : { do: work, close: () => {} };
    try {
      for (let task = queue.shift(); task; task = queue.shift()) {
        options.signal?.throwIfAborted();
        await oneTask(task, run.do.bind(run), options);
      }
    } finally {
      queue.length = 0; // after a failure, the other lanes end after their current task
      run.close();
    }
  };
  const lanes = options.isolate ? Math.min(options.jobs, tasks.length) : Math.min(1, tasks.length);
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

async function oneTask(
  task: Task,
  run: (task: Task) => AsyncIterable<Result>,
  { onResult, onFailure, onEnd, signal }: PoolOptions,
): Promise<void> {
  const results = run(task)[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<Result>;
    try {
      next = await results.next();
    } catch (error) {
      signal?.throwIfAborted();
      onFailure(task, error as Error);
      break;
    }
    if (next.done) break;
    onResult(task, next.value);
  }
  onEnd(task);
}

/** A worker process that runs one task at a time. */
class WorkerProcess {
  #child: ChildProcess | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #stop = (): void => void this.#child?.kill();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    signal?.addEventListener('abort', this.#stop);
  }

  /**
   * Returns the process; starts a new one if there is none, or if it has ended (for example because it ran out of
   * memory).
   */
  #start(): ChildProcess {
    if (this.#child?.connected) return this.#child;
    const script = fileURLToPath(new URL('./bench-process.js', import.meta.url));
    // 'advanced' serialization can transfer the bytes of crops.
    this.#child = fork(script, [], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    return this.#child;
  }

  async *do(task: Task): AsyncGenerator<Result, void, void> {
    const child = this.#start();
    const replies = new Replies(child);
    child.send(task);
    for (;;) {
      const reply = await replies.next();
      if ('end' in reply) return;
      if ('result' in reply) yield reply.result;
      else
        throw reply.error.code ? new DdpmError(reply.error.code, reply.error.message) : new Error(reply.error.message);
    }
  }

  close(): void {
    this.#signal?.removeEventListener('abort', this.#stop);
    if (this.#child?.connected) this.#child.disconnect();
  }
}

/** Receives the messages of a process about one task, in order. If the process ends, `next` throws an error. */
class Replies {
  readonly #arrived: Reply[] = [];
  #wake: () => void = () => {};
  #ended: string | undefined;

  constructor(child: ChildProcess) {
    const onMessage = (reply: Reply): void => {
      this.#arrived.push(reply);
      if (!('result' in reply)) child.off('message', onMessage).off('exit', onExit);
      this.#wake();
    };
    const onExit = (code: number | null, signal: string | null): void => {
      this.#ended = `the worker process ended (${signal ?? `exit code ${code}`})`;
      this.#wake();
    };
    child.on('message', onMessage).once('exit', onExit);
  }

  async next(): Promise<Reply> {
    for (;;) {
      const reply = this.#arrived.shift();
      if (reply) return reply;
      if (this.#ended !== undefined) throw new Error(this.#ended);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
