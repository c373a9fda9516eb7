/** Interface of a network with its training objective. Each architecture implements it in a file of its own. */
import type * as tf from '@tensorflow/tfjs-core';
import type { BatchShape } from '../denoiser.ts';
import type { Parameter } from './parameter-layout.ts';

/**
 * A part of the batch of one step. The randomness of an example depends only on its step and its number within that
 * step.
 */
export interface ExampleBatch {
  /** Images, NHWC, RGB, in [-1, 1]. */
  readonly images: Float32Array;
  readonly shape: BatchShape;
  /** Training step, 0-based. */
  readonly step: number;
  /** Index of the first example within the batch of the step. */
  readonly first: number;
  /** Number of examples in the whole batch of the step. */
  readonly total: number;
}

/** Returns a parameter by name, in the layout of {@link Parameter.shape}. */
export type Weights = (name: string) => tf.Tensor;

/** A network and its training objective. */
export interface TrainableNetwork {
  /** All parameters, each once. */
  readonly parameters: readonly Parameter[];
  /** Height and width of the images must be multiples of this. */
  readonly sizeMultiple: number;
  /** Largest magnitude of the uniform random values with which a parameter starts. */
  initialBound(parameter: Parameter): number;
  /**
   * Draws times and noise, and computes everything that does not depend on the weights.
   *
   * @returns a function that computes the loss with tfjs, summed over these examples and divided by `total`; call it
   *   once, inside `Backend.run`
   */
  prepare(batch: ExampleBatch): (weights: Weights) => tf.Scalar;
  /** Contents of the metadata field `config` of the weights file. */
  modelConfig(): Record<string, unknown>;
}
