/** Interface of the convolution kernel that a backend may have in addition to the kernels of the tensor library. */
import type * as tf from '@tensorflow/tfjs-core';

/** Name under which the kernel is registered in the tensor library. */
export const CONVOLUTION = 'DdpmConvolution';

/** The kernel computes this many output channels at a time; their number must be a multiple of it. */
export const CHANNEL_BLOCK = 8;

/** A tensor of images, NHWC, in the form that backends use. */
type Images = tf.TensorInfo & { readonly shape: [batch: number, height: number, width: number, channels: number] };

/** Tensors that the kernel takes. */
export interface ConvolutionInputs {
  readonly x: Images;
  /** In the layout of {@link packFilter}. */
  readonly weights: tf.TensorInfo;
  readonly bias: tf.TensorInfo;
}

/** Numbers that the kernel takes. */
export interface ConvolutionAttributes {
  /** Side of the filter: 1 or 3 (zero padding). The output has the size of the input. */
  readonly side: number;
  /** Number of output channels. */
  readonly outputs: number;
}

/**
 * Reorders a filter for the kernel, which computes 8 output channels at a time.
 *
 * @param filter - shape (filter rows, filter columns, inputs, outputs)
 * @param inner - rows x columns x inputs
 * @returns shape (outputs / 8, rows, columns, inputs, 8)
 */
export function packFilter(filter: Float32Array, inner: number, outputs: number): Float32Array {
  const packed = new Float32Array(filter.length);
  for (let block = 0, to = 0; block < outputs; block += CHANNEL_BLOCK) {
    for (let i = 0; i < inner; i++, to += CHANNEL_BLOCK) {
      const from = i * outputs + block;
      packed.set(filter.subarray(from, from + CHANNEL_BLOCK), to);
    }
  }
  return packed;
}
