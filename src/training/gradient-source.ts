/** Gradients of whole batches: in this thread, or shared out over several. */
import { setImmediate } from 'node:timers/promises';
import type { Backend } from '../model/backends/backend.ts';
import { Differentiator } from '../model/training/differentiator.ts';
import type { ExampleBatch } from '../model/training/trainable-network.ts';
import { networkOf } from './config-network.ts';
import type { TrainingConfig } from './training-config.ts';

/** Where gradients come from. */
export interface GradientSource {
  /**
   * Loss of a batch and its gradient.
   *
   * @param parameters - all parameters, as one vector
   * @param gradient - where the gradient is written
   */
  run(parameters: Float32Array, batch: ExampleBatch, gradient: Float32Array): Promise<number>;
  /** Ends what has been started. */
  close(): Promise<void>;
}

/** Computes in this thread, giving the event loop its turn between portions. */
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

/** Which examples of a batch a thread computes: nearly equal shares, in order. */
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
