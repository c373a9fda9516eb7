/**
 * Convolutions on any backend: with our kernel ({@link CONVOLUTION}) if the backend has it, otherwise with the tensor library's. On
 * wasm both give the same results to the bit.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CHANNEL_BLOCK, CONVOLUTION, packFilter } from './convolution-kernel.ts';

/**
 * Weights of a convolution in tfjs's layout: `filter` has the shape (kernel, kernel, input, output), `bias` the shape
 * (output).
 */
export interface ConvWeights {
  readonly kernel: number;
  readonly input: number;
  readonly output: number;
  readonly filter: Float32Array;
  readonly bias: Float32Array;
}

/**
 * A convolution whose weights are on the backend that was selected when it was made. That backend must be selected for
 * `apply`.
 */
export interface Convolution {
  /** @param x - (batch, height, width, inputs); not disposed */
  apply(x: tf.Tensor4D): tf.Tensor4D;
  /** The tensors that hold the weights; the caller keeps and disposes them. */
  readonly tensors: readonly tf.Tensor[];
}

/** Makes a convolution that keeps height and width: stride 1 and zero padding. */
export function makeConvolution(weights: ConvWeights): Convolution {
  const fits = (weights.kernel === 1 || weights.kernel === 3) && weights.output % CHANNEL_BLOCK === 0;
  const hasKernel = tf.getKernel(CONVOLUTION, tf.getBackend()) != null;
  return fits && hasKernel ? new KernelConvolution(weights) : new LibraryConvolution(weights);
}

/** A convolution by our kernel. */
class KernelConvolution implements Convolution {
  readonly tensors: readonly [weights: tf.Tensor, bias: tf.Tensor];
  readonly #attributes: { side: number; outputs: number };

  constructor({ kernel, input, output, filter, bias }: ConvWeights) {
    this.tensors = [tf.tensor1d(packFilter(filter, kernel * kernel * input, output)), tf.tensor1d(bias)];
    this.#attributes = { side: kernel, outputs: output };
  }

  apply(x: tf.Tensor4D): tf.Tensor4D {
    const [weights, bias] = this.tensors;
    return tf.engine().runKernel<tf.Tensor4D>(CONVOLUTION, { x, weights, bias }, this.#attributes);
  }
}

/** A convolution by the tensor library. */
class LibraryConvolution implements Convolution {
  readonly tensors: readonly [filter: tf.Tensor4D, bias: tf.Tensor1D];

  constructor({ kernel, input, output, filter, bias }: ConvWeights) {
    this.tensors = [tf.tensor4d(filter, [kernel, kernel, input, output]), tf.tensor1d(bias)];
  }

  apply(x: tf.Tensor4D): tf.Tensor4D {
    const [filter, bias] = this.tensors;
    return tf.fused.conv2d({ x, filter, bias, strides: 1, pad: 'same' });
  }
}
