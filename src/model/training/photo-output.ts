import * as tf from '@tensorflow/tfjs-core';
import type { PhotoNetConfig } from '../photo-net/photo-net-config.ts';
import { embeddingFrequencies } from '../photo-net/photo-net-weights.ts';
import type { Weights } from './trainable-network.ts';

/**
 * Runs a photo-net with operations that have gradients, without fused kernels.
 *
 * @param input - packed patches of y / sqrt(sigma^2 + sigmaData^2), (batch, h, w, channels)
 * @param sigmas - noise level of each image
 * @returns F, then G, packed: (batch, h, w, 2 * channels)
 */
export function photoOutput(
  config: PhotoNetConfig,
  weights: Weights,
  input: tf.Tensor4D,
  sigmas: ArrayLike<number>,
): tf.Tensor4D {
  const { widths, blocks } = config;
  const embedding = embed(weights, sigmas);
  const residual = (h: tf.Tensor4D, side: string, level: number): tf.Tensor4D =>
    Array.from({ length: blocks[level] }, (_, i) => `${side}.${level}.${i}`).reduce(
      (x, name) => applyBlock(weights, name, x, embedding),
      h,
    );
  const skips: tf.Tensor4D[] = [];
  let h = convolve(weights, 'conv_in', input);
  for (let level = 0; level < widths.length; level++) {
    h = residual(h, 'enc', level);
    if (level === widths.length - 1) break;
    skips.push(h);
    h = convolve(weights, `down.${level}`, h, 2);
  }
  for (let level = widths.length - 2; level >= 0; level--) {
    h = tf.add(raise(weights, `up.${level}`, h), skips[level]);
    h = residual(h, 'dec', level);
  }
  return convolve(weights, 'conv_out', tf.relu(h));
}

/** Embeds noise levels: features of ln sigma / 4, then two linear layers with SiLU. Shape (batch, embedding). */
function embed(weights: Weights, sigmas: ArrayLike<number>): tf.Tensor2D {
  const angles = Array.from(sigmas, (sigma) => embeddingFrequencies().map((f) => (Math.log(sigma) / 4) * f));
  const features = tf.tensor2d(angles.map((row) => [...row.map(Math.sin), ...row.map(Math.cos)]));
  return ['embed.0', 'embed.1'].reduce((x, name) => {
    const y = applyLinear(weights, name, x);
    return tf.mul(y, tf.sigmoid(y));
  }, features);
}

function applyLinear(weights: Weights, name: string, x: tf.Tensor2D): tf.Tensor2D {
  return tf.add(tf.matMul(x, weights(`${name}.weight`) as tf.Tensor2D), weights(`${name}.bias`));
}

function convolve(weights: Weights, name: string, x: tf.Tensor4D, stride: 1 | 2 = 1): tf.Tensor4D {
  const filter = weights(`${name}.weight`) as tf.Tensor4D;
  return tf.add(tf.conv2d(x, filter, stride, stride === 1 ? 'same' : 'valid'), weights(`${name}.bias`));
}

/** h + conv2(relu(conv1(h) (1 + g) + b)), with g and b from the embedding of each image. */
function applyBlock(weights: Weights, name: string, h: tf.Tensor4D, embedding: tf.Tensor2D): tf.Tensor4D {
  const [batch, , , width] = h.shape;
  const film = tf.reshape(applyLinear(weights, `${name}.film`, embedding), [batch, 1, 1, 2 * width]);
  const [gain, shift] = tf.split(film, 2, 3);
  const modulated = tf.add(tf.mul(convolve(weights, `${name}.conv1`, h), tf.add(gain, 1)), shift) as tf.Tensor4D;
  return tf.add(h, convolve(weights, `${name}.conv2`, tf.relu(modulated)));
}

/**
 * Transposed 2x2 convolution: a 1x1 convolution with weights (input, dy, dx, output), whose four parts are then
 * interleaved.
 */
function raise(weights: Weights, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, input] = x.shape;
  const stored = weights(`${name}.weight`);
  const output = stored.shape[1] as number;
  const filter = tf.reshape(tf.transpose(stored, [0, 2, 3, 1]), [1, 1, input, 4 * output]) as tf.Tensor4D;
  const parts = tf.reshape(tf.conv2d(x, filter, 1, 'valid'), [batch * height, width, 2, 2 * output]);
  const raised = tf.reshape(tf.transpose(parts, [0, 2, 1, 3]), [batch, 2 * height, 2 * width, output]);
  return tf.add(raised, weights(`${name}.bias`));
}
