/** Computes gradients of whole batches, in this thread or distributed over several threads (gradient-pool.ts). */
import { setImmediate } from 'node:timers/promises';
import type { Backend } from '../model/backends/backend.ts';
import { Differentiator } from '../model/training/differentiator.ts';
import type { ExampleBatch } from '../model/training/trainable-network.ts';
import { networkOf } from './config-network.ts';
import type { TrainingConfig } from './training-config.ts';

/** Computes losses and gradients. */
export interface GradientSource {
  /**
   * Computes the loss of a batch and its gradient.
   *
   * @param parameters - all parameters, as one vector
   * @param gradient - receives the gradient, as long as `parameters`
   * @returns the loss
   */
  run(parameters: Float32Array, batch: ExampleBatch, gradient: Float32Array): Promise<number>;
  /** Ends the threads that were started. */
  close(): Promise<void>;
}

/** Computes in this thread; lets the event loop run between portions. */
export function localGradients(config: TrainingConfig, backend: Backend): GradientSource {
  const differentiator = new Differentiator(networkOf(config), backend);
  const pause = async (): Promise<void> => {
    await setImmediate();
  };
  return {
    run: (parameters, batch, gradient) =>
      differentiator.run(parameters, batch, { portion: config.portion, gradient, pause }),
    close: async () => {},
  };
}

/**
 * The share of a batch that one thread computes. Shares are consecutive and of nearly equal size.
 *
 * @param thread - index of the thread, 0..threads - 1
 */
export function shareOf(batch: ExampleBatch, thread: number, threads: number): ExampleBatch {
  const { images, shape } = batch;
  const samples = images.length / shape.batch;
  const first = Math.floor((thread * shape.batch) / threads);
  const end = Math.floor(((thread + 1) * shape.batch) / threads);
  return {
    ...batch,
    images: images.subarray(first * samples, end * samples),
    shape: { ...shape, batch: end - first },
    first: batch.first + first,
  };
}
