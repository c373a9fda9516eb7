/** The layers of the paper's U-Net as functions of tfjs tensors, NHWC. */
import * as tf from '@tensorflow/tfjs-core';
import type { Convolution } from '../convolution/convolution.ts';
import { addBias, groupNorm, product } from './differentiable-unet.ts';

/** Looks a parameter up by its name in diffusers; the tensor has the network's layout (`UnetParameter.shape`). */
export type UnetWeights = (name: string) => tf.Tensor;

/** What all layers of one run share. */
export interface LayerContext {
  readonly weights: UnetWeights;
  /** Those with stride 1 that are ready to run, by name. */
  readonly convolutions: ReadonlyMap<string, Convolution> | undefined;
  readonly normNumGroups: number;
  readonly normEps: number;
  /** Channels of an attention head; null: one head. */
  readonly attentionHeadDim: number | null;
  /** Gradients will be asked for: no fused kernels, which have none on WebAssembly. */
  readonly training: boolean;
}

/** Matrix and bias of diffusers' `Linear`. */
export function linear({ weights }: LayerContext, name: string, x: tf.Tensor2D): tf.Tensor2D {
  return addBias(product(x, weights(`${name}.weight`) as tf.Tensor2D), weights(`${name}.bias`) as tf.Tensor1D);
}

/** Group norm with the parameters of that name. */
export function norm({ weights, normNumGroups, normEps }: LayerContext, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const scale = weights(`${name}.weight`) as tf.Tensor1D;
  const bias = weights(`${name}.bias`) as tf.Tensor1D;
  return groupNorm(x, { scale, bias, groups: normNumGroups, epsilon: normEps });
}

/** Convolution with bias; keeps the size. */
export function convolve(context: LayerContext, name: string, x: tf.Tensor4D): tf.Tensor4D {
  return context.convolutions?.get(name)?.apply(x) ?? convolveFrom(context, name, x, { strides: 1, pad: 'same' });
}

/** How a convolution meets the border. */
interface Border {
  readonly strides: 1 | 2;
  /** `same`: zeros around; with stride 2 and even sides, at the bottom and the right alone. */
  readonly pad: 'same' | 'valid';
}

/** Convolution with the weights and the bias of that name. */
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
 * Strided convolution to half the size.
 *
 * @param padding - 0: zeros at the bottom and the right; 1: on all sides
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

/** Each pixel four times: columns, then rows, as concatenations, whose gradients every backend has. */
export function upsampleNearest(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const pixels = tf.reshape(x, [batch * height * width, channels]);
  const rows = tf.reshape(tf.concat([pixels, pixels], 1), [batch * height, 2 * width * channels]);
  return tf.reshape(tf.concat([rows, rows], 1), [batch, 2 * height, 2 * width, channels]);
}

/** Self-attention over the pixels of each image, and its input added (Ho et al. 2020, appendix B). */
export function attend(context: LayerContext, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const pixels = height * width;
  const normal = tf.reshape(norm(context, `${name}.group_norm`, x), [batch * pixels, channels]) as tf.Tensor2D;
  const parts = ['to_q', 'to_k', 'to_v'].map((part) => linear(context, `${name}.${part}`, normal));
  const headDim = context.attentionHeadDim ?? channels;
  const [queries, keys, values] = parts.map((part) => tiles(part, [batch, channels / headDim]));
  const heads = (queries as tf.Tensor2D[][]).map((images, i) => {
    const answers = images.map((query, j) => {
      const key = (keys as tf.Tensor2D[][])[i]?.[j] as tf.Tensor2D;
      return lookUp(query, key, (values as tf.Tensor2D[][])[i]?.[j] as tf.Tensor2D);
    });
    return concatenate(answers, 1);
  });
  const answer = linear(context, `${name}.to_out.0`, concatenate(heads, 0));
  return tf.add(x, tf.reshape(answer, x.shape));
}

/** softmax(q k^T / sqrt(channels)) v (Vaswani et al. 2017, eq. 1) of one image and head, each (pixels, channels). */
function lookUp(query: tf.Tensor2D, key: tf.Tensor2D, value: tf.Tensor2D): tf.Tensor2D {
  const scores = product(tf.mul(query, 1 / Math.sqrt(query.shape[1])), tf.transpose(key));
  return product(tf.softmax(scores), value);
}

/** Cuts a matrix into rows x columns of equal parts: products of single matrices are ten times faster on WebAssembly. */
function tiles(x: tf.Tensor2D, [rows, columns]: readonly [number, number]): tf.Tensor2D[][] {
  const cut = (y: tf.Tensor2D, parts: number, axis: 0 | 1): tf.Tensor2D[] =>
    parts === 1 ? [y] : tf.split(y, parts, axis);
  return cut(x, rows, 0).map((band) => cut(band, columns, 1));
}

function concatenate(parts: tf.Tensor2D[], axis: 0 | 1): tf.Tensor2D {
  return parts.length === 1 ? (parts[0] as tf.Tensor2D) : tf.concat(parts, axis);
}
