/**
 * Data parallelism: each thread computes the gradient of a share of the batch; the gradients are added in a fixed
 * order.
 */
import { Worker } from 'node:worker_threads';
import { DdpmError, type DdpmErrorCode } from '../base/errors.ts';
import type { Backend, BackendName } from '../model/backends/backend.ts';
import type { ExampleBatch } from '../model/training/trainable-network.ts';
import { type GradientSource, localGradients, shareOf } from './gradient-source.ts';
import type { TrainingConfig } from './training-config.ts';

/** Data that a worker thread gets when it starts. */
export interface WorkerStart {
  readonly config: TrainingConfig;
  readonly backend: BackendName;
  /** Parameters, in memory that all threads share. */
  readonly parameters: Float32Array;
  /** Receives the gradient of this worker's share, in memory shared with the main thread. */
  readonly gradient: Float32Array;
}

/** Answer of a worker thread: the loss of its share, or an error. */
export type WorkerAnswer =
  | { readonly loss: number }
  | { readonly error: { readonly message: string; readonly code: DdpmErrorCode | undefined } };

/** A worker thread and the shared memory for its gradients. */
interface Helper {
  readonly worker: Worker;
  readonly gradient: Float32Array;
}

/**
 * Computes gradients on several threads, including the calling one. The number of threads changes the result only by
 * rounding (and by the choice of activations that dropout drops); timing does not change it.
 *
 * @param options - `size`: number of parameters; `threads`: number of threads, >= 2
 */
export function pooledGradients(
  config: TrainingConfig,
  backend: Backend,
  { size, threads }: { readonly size: number; readonly threads: number },
): GradientSource {
  return new GradientPool(config, backend, size, threads);
}

class GradientPool implements GradientSource {
  readonly #local: GradientSource;
  readonly #shared: Float32Array;
  readonly #helpers: Helper[];

  constructor(config: TrainingConfig, backend: Backend, size: number, threads: number) {
    this.#local = localGradients(config, backend);
    this.#shared = sharedVector(size);
    this.#helpers = Array.from({ length: threads - 1 }, () => {
      const gradient = sharedVector(size);
      const workerData: WorkerStart = { config, backend: backend.name, parameters: this.#shared, gradient };
      const worker = new Worker(new URL('./gradient-worker.js', import.meta.url), { workerData });
      worker.unref();
      return { worker, gradient };
    });
  }

  async run(parameters: Float32Array, batch: ExampleBatch, gradient: Float32Array): Promise<number> {
    const threads = this.#helpers.length + 1;
    this.#shared.set(parameters);
    const answers = this.#helpers.map(({ worker }, i) => ask(worker, shareOf(batch, i + 1, threads)));
    // Without a handler, a helper that fails while this thread computes would end the process.
    for (const answer of answers) answer.catch(() => {});
    let loss = await this.#local.run(parameters, shareOf(batch, 0, threads), gradient);
    for (const [i, answer] of answers.entries()) {
      loss += await answer;
      const part = this.#helpers[i].gradient;
      for (let k = 0; k < gradient.length; k++) gradient[k] += part[k];
    }
    return loss;
  }

  async close(): Promise<void> {
    await Promise.all(this.#helpers.map(({ worker }) => worker.terminate()));
  }
}

function sharedVector(size: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * size));
}

/** Sends a share to a worker and waits for its loss. The images are copied. */
function ask(worker: Worker, share: ExampleBatch): Promise<number> {
  worker.ref();
  return new Promise<number>((resolve, reject) => {
    const onMessage = (answer: WorkerAnswer): void => {
      stop();
      if ('loss' in answer) resolve(answer.loss);
      else if (answer.error.code) reject(new DdpmError(answer.error.code, answer.error.message));
      else reject(new Error(answer.error.message));
    };
    const onError = (error: unknown): void => {
      stop();
      reject(error);
    };
    const onExit = (code: number): void => onError(new Error(`a worker thread ended early, with code ${code}`));
    const stop = (): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit).unref();
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage({ ...share, images: share.images.slice() });
  });
}
