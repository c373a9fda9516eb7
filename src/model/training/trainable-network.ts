/** What training needs of a network with its objective: one contract, a file for each architecture. */
import type * as tf from '@tensorflow/tfjs-core';
import type { BatchShape } from '../denoiser.ts';
import type { Parameter } from './parameter-layout.ts';

/** Images, and which examples of which step they are: all randomness follows from that. */
export interface ExampleBatch {
  /** NHWC, RGB, [-1, 1]. */
  readonly images: Float32Array;
  readonly shape: BatchShape;
  /** The step, 0-based. */
  readonly step: number;
  /** Number of the first example within the step's batch. */
  readonly first: number;
  /** Examples in the step's batch, all shares together. */
  readonly total: number;
}

/** Parameters by name, in the layout of {@link Parameter.shape}. */
export type Weights = (name: string) => tf.Tensor;

/** A network and the objective it is trained by. */
export interface TrainableNetwork {
  /** All parameters, each once. */
  readonly parameters: readonly Parameter[];
  /** Sides of the images must be multiples of this. */
  readonly sizeMultiple: number;
  /** Bound of the uniform distribution that a parameter starts from. */
  initialBound(parameter: Parameter): number;
  /**
   * Draws times and noise, and prepares all that does not depend on the weights.
   *
   * @returns a function that builds the loss with tfjs, summed over these examples and divided by `total`; to be called inside
   *   `Backend.run`, once
   */
  prepare(batch: ExampleBatch): (weights: Weights) => tf.Scalar;
  /** The object in the metadata field `config` of the weights file. */
  modelConfig(): Record<string, unknown>;
}
