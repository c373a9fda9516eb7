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
  /**
   * In the layout of {@link packFilter}; for a transposed convolution, the weights for even rows, then those for odd
   * rows.
   */
  readonly weights: tf.TensorInfo;
  readonly bias: tf.TensorInfo;
  /** FiLM: max(0, sum * gain + shift) for each output channel. Given together with `shift`, or not at all. */
  readonly gain?: tf.TensorInfo;
  readonly shift?: tf.TensorInfo;
  /** Added after FiLM; has the shape of the output. */
  readonly residual?: Images;
}

/** Numbers that the kernel takes. */
export interface ConvolutionAttributes {
  /** Side of the filter: 1; 2 (stride 2, no padding); or 3 (stride 1, zero padding). */
  readonly side: number;
  /** Number of output channels. */
  readonly outputs: number;
  /** Apply max(0, ...) last. */
  readonly rectify: boolean;
  /** Only with side 1: the output has twice the height and width, and each input pixel gives 2 x 2 output pixels. */
  readonly transposed: boolean;
}

/** Shape of the output, NHWC. */
export function outputShape(
  [batch, height, width]: ConvolutionInputs['x']['shape'],
  { side, outputs, transposed }: ConvolutionAttributes,
): [number, number, number, number] {
  const scale = transposed ? 2 : side === 2 ? 0.5 : 1;
  return [batch, height * scale, width * scale, outputs];
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
