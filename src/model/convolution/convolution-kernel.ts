/** The kernel that a backend may have for the denoiser's convolutions, beside those of the tensor library: its name and its call. */
import type * as tf from '@tensorflow/tfjs-core';

/** Its name in the tensor library. */
export const CONVOLUTION = 'DdpmConvolution';

/** Output channels of a convolution are a multiple of this where the kernel can take it. */
export const CHANNEL_BLOCK = 8;

/** A tensor of images, as the backend knows it. */
type Images = tf.TensorInfo & { readonly shape: [batch: number, height: number, width: number, channels: number] };

/** Tensors of a call. */
export interface ConvolutionInputs {
  /** NHWC. */
  readonly x: Images;
  /** As {@link packFilter} lays them out; of a transposed convolution those for even rows, then those for odd rows. */
  readonly weights: tf.TensorInfo;
  readonly bias: tf.TensorInfo;
  /** FiLM: max(0, sum * gain + shift), for each output channel. Both or none. */
  readonly gain?: tf.TensorInfo;
  readonly shift?: tf.TensorInfo;
  /** Is added, after FiLM; of the output's shape. */
  readonly residual?: Images;
}

/** Numbers of a call. */
export interface ConvolutionAttributes {
  /** Of the filter: 1; 2 with stride 2 and no border; 3 with a border of zeros. */
  readonly side: number;
  /** Channels of the output. */
  readonly outputs: number;
  /** The output is max(0, ..), at the very end. */
  readonly rectify: boolean;
  /** Side 1: the output has twice the height and width, each input pixel makes 2 x 2. */
  readonly transposed: boolean;
}

/** Shape of the output. */
export function outputShape(
  [batch, height, width]: ConvolutionInputs['x']['shape'],
  { side, outputs, transposed }: ConvolutionAttributes,
): [number, number, number, number] {
  const scale = transposed ? 2 : side === 2 ? 0.5 : 1;
  return [batch, height * scale, width * scale, outputs];
}

/**
 * A filter as the kernel takes it: 8 output channels after the other.
 *
 * @param filter - (filter rows, filter columns, inputs, outputs), `inner` = rows x columns x inputs
 * @returns (outputs / 8, rows, columns, inputs, 8)
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
