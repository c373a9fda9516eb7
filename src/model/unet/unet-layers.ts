/** The layers of the paper's U-Net as functions of tfjs tensors in NHWC order. */
import * as tf from '@tensorflow/tfjs-core';
import type { Convolution } from '../convolution/convolution.ts';
import { addBias, groupNorm, product } from './differentiable-unet.ts';

/** Returns a parameter by its name in diffusers, in the network's layout (`UnetParameter.shape`). */
export type UnetWeights = (name: string) => tf.Tensor;

/** Values that all layers of one run share. */
export interface LayerContext {
  readonly weights: UnetWeights;
  /** Prepared convolutions with stride 1, by name of the layer; the others are made from `weights` in each run. */
  readonly convolutions: ReadonlyMap<string, Convolution> | undefined;
  readonly normNumGroups: number;
  readonly normEps: number;
  /** Number of channels of an attention head; null for a single head. */
  readonly attentionHeadDim: number | null;
  /**
   * True if gradients will be computed. Then fused kernels are not used, because they have no gradients on WebAssembly.
   */
  readonly training: boolean;
}

/** Linear layer with the weights and the bias of that name. */
export function linear({ weights }: LayerContext, name: string, x: tf.Tensor2D): tf.Tensor2D {
  return addBias(product(x, weights(`${name}.weight`) as tf.Tensor2D), weights(`${name}.bias`) as tf.Tensor1D);
}

/** Group norm with the scale and the bias of that name. */
export function norm({ weights, normNumGroups, normEps }: LayerContext, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const scale = weights(`${name}.weight`) as tf.Tensor1D;
  const bias = weights(`${name}.bias`) as tf.Tensor1D;
  return groupNorm(x, { scale, bias, groups: normNumGroups, epsilon: normEps });
}

/** Convolution with bias, stride 1 and zero padding; keeps the size. */
export function convolve(context: LayerContext, name: string, x: tf.Tensor4D): tf.Tensor4D {
  return context.convolutions?.get(name)?.apply(x) ?? convolveFrom(context, name, x, { strides: 1, pad: 'same' });
}

/** Stride and padding of a convolution. */
interface Border {
  readonly strides: 1 | 2;
  /** `same`: zero padding on all sides; with stride 2 and even sides, only at the bottom and the right. */
  readonly pad: 'same' | 'valid';
}

/** Convolution with the weights and the bias of that name, without a prepared convolution. */
function convolveFrom(
  { weights, training }: LayerContext,
  name: string,
  x: tf.Tensor4D,
  { strides, pad }: Border,
): tf.Tensor4D {
  const filter = weights(`${name}.weight`) as tf.Tensor4D;
  const bias = weights(`${name}.bias`) as tf.Tensor1D;
  return training
    ? addBias(tf.conv2d(x, filter, strides, pad), bias)
    : tf.fused.conv2d({ x, filter, bias, strides, pad });
}

/**
 * Strided convolution that halves the size.
 *
 * @param padding - 0: zero padding at the bottom and the right; 1: on all sides
 */
export function downsample(context: LayerContext, name: string, x: tf.Tensor4D, padding: 0 | 1): tf.Tensor4D {
  if (padding === 0) return convolveFrom(context, name, x, { strides: 2, pad: 'same' });
  const padded = tf.pad(x, [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
  return convolveFrom(context, name, padded, { strides: 2, pad: 'valid' });
}

/** Repeats each pixel 2 x 2 times. Uses concatenations, because every backend has their gradients. */
export function upsampleNearest(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const pixels = tf.reshape(x, [batch * height * width, channels]);
  const rows = tf.reshape(tf.concat([pixels, pixels], 1), [batch * height, 2 * width * channels]);
  return tf.reshape(tf.concat([rows, rows], 1), [batch, 2 * height, 2 * width, channels]);
}

/** Self-attention over the pixels of each image, plus its input (Ho et al. 2020, appendix B). */
export function attend(context: LayerContext, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const pixels = height * width;
  const normal = tf.reshape(norm(context, `${name}.group_norm`, x), [batch * pixels, channels]) as tf.Tensor2D;
  const parts = ['to_q', 'to_k', 'to_v'].map((part) => linear(context, `${name}.${part}`, normal));
  const headDim = context.attentionHeadDim ?? channels;
  const [queries, keys, values] = parts.map((part) => cutMatrix(part, [batch, channels / headDim]));
  const heads = (queries as tf.Tensor2D[][]).map((images, i) => {
    const answers = images.map((query, j) => {
      const key = (keys as tf.Tensor2D[][])[i]?.[j] as tf.Tensor2D;
      return attention(query, key, (values as tf.Tensor2D[][])[i]?.[j] as tf.Tensor2D);
    });
    return concatenate(answers, 1);
  });
  const answer = linear(context, `${name}.to_out.0`, concatenate(heads, 0));
  return tf.add(x, tf.reshape(answer, x.shape));
}

/**
 * softmax(q k^T / sqrt(channels)) v (Vaswani et al. 2017, eq. 1) for one image and head; all shapes are (pixels,
 * channels).
 */
function attention(query: tf.Tensor2D, key: tf.Tensor2D, value: tf.Tensor2D): tf.Tensor2D {
  const scores = product(tf.mul(query, 1 / Math.sqrt(query.shape[1])), tf.transpose(key));
  return product(tf.softmax(scores), value);
}

/**
 * Cuts a matrix into rows x columns equal parts. Single matrices are used instead of a batch, because their products
 * are ten times faster on WebAssembly.
 */
function cutMatrix(x: tf.Tensor2D, [rows, columns]: readonly [number, number]): tf.Tensor2D[][] {
  const cut = (y: tf.Tensor2D, parts: number, axis: 0 | 1): tf.Tensor2D[] =>
    parts === 1 ? [y] : tf.split(y, parts, axis);
  return cut(x, rows, 0).map((band) => cut(band, columns, 1));
}

function concatenate(parts: tf.Tensor2D[], axis: 0 | 1): tf.Tensor2D {
  return parts.length === 1 ? (parts[0] as tf.Tensor2D) : tf.concat(parts, axis);
}
