/** Data parallelism: each thread computes the gradient of its share of the batch, the shares are added in order. */
import { Worker } from 'node:worker_threads';
import { DdpmError, type DdpmErrorCode } from '../base/errors.ts';
import type { Backend, BackendName } from '../model/backends/backend.ts';
import type { ExampleBatch } from '../model/training/trainable-network.ts';
import { type GradientSource, localGradients, shareOf } from './gradient-source.ts';
import type { TrainingConfig } from './training-config.ts';

/** What a worker starts with. */
export interface WorkerStart {
  readonly config: TrainingConfig;
  readonly backend: BackendName;
  /** Shared by all threads. */
  readonly parameters: Float32Array;
  /** This worker's own. */
  readonly gradient: Float32Array;
}

/** What a worker answers: the loss of its share. */
export type WorkerAnswer =
  | { readonly loss: number }
  | { readonly error: { readonly message: string; readonly code: DdpmErrorCode | undefined } };

interface Helper {
  readonly worker: Worker;
  readonly gradient: Float32Array;
}

/**
 * Threads that compute together; this one is the first of them. The result depends on their number by rounding alone (and by
 * which activations dropout drops), and not at all on their timing.
 *
 * @param size - number of parameters
 * @param threads - >= 2
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
    // A failure of a helper must not be unhandled while this thread computes.
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

/** Sends a share and waits for its loss; the images are copied. */
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
