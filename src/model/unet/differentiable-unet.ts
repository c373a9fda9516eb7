/**
 * Operations of the U-Net with hand-written gradients, because tfjs computes these gradients slowly on WebAssembly.
 * There, sums over leading axes and products that are batched or transposed do not use the fast kernels: a sum over the
 * pixels of 32x32x256 takes 1.3 ms instead of 0.1 ms, a product of 256x256 matrices 15 ms instead of 1 ms (measured on
 * one thread).
 */
import * as tf from '@tensorflow/tfjs-core';

/** Result of the forward run of an operation. */
interface Forward<T> {
  readonly value: T;
  /** Tensors to keep for the gradient; may include inputs. */
  readonly save: tf.Tensor[];
}

/**
 * Makes an operation with a hand-written gradient and applies it.
 *
 * @param gradient - computes the gradient of each input from dy, the gradient of the result, and the saved tensors
 */
function differentiable<T extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  forward: () => Forward<T>,
  gradient: (dy: T, saved: tf.Tensor[]) => tf.Tensor[],
): T {
  return tf.customGrad((...given) => {
    const { value, save } = forward();
    (given[inputs.length] as tf.GradSaveFunc)(save);
    return { value, gradFunc: gradient as (dy: T, saved: tf.Tensor[]) => tf.Tensor[] };
  })(...inputs);
}

/** Matrix product (m, k) x (k, n). */
export function product(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return differentiable(
    [a, b],
    () => ({ value: tf.matMul(a, b), save: [a, b] }),
    (dy, [a, b]) => [tf.matMul(dy, tf.transpose(b)), tf.matMul(tf.transpose(a) as tf.Tensor2D, dy)],
  );
}

/** x + bias; the bias is broadcast along the last axis. */
export function addBias<T extends tf.Tensor>(x: T, bias: tf.Tensor1D): T {
  return differentiable(
    [x, bias],
    () => ({ value: tf.add(x, bias) as T, save: [] }),
    (dy) => [dy, sumRows(dy)],
  );
}

/** x * sigmoid(x) (Elfwing et al. 2018). Keeps only x for the gradient. */
export function silu<T extends tf.Tensor>(x: T): T {
  return differentiable(
    [x],
    () => ({ value: tf.mul(x, tf.sigmoid(x)) as T, save: [x] }),
    (dy, [x]) => {
      const gate = tf.sigmoid(x);
      // d/dx x s = s + x s (1 - s)
      return [tf.mul(dy, tf.mul(gate, tf.add(tf.mul(x, tf.sub(1, gate)), 1)))];
    },
  );
}

/** Parameters of a group norm. */
export interface NormOptions {
  /** One value for each channel. */
  readonly scale: tf.Tensor1D;
  /** One value for each channel. */
  readonly bias: tf.Tensor1D;
  /** Number of groups of channels. */
  readonly groups: number;
  readonly epsilon: number;
}

/**
 * Group norm (Wu & He 2018): normalises each group of channels of each image to mean 0 and variance 1, then applies
 * scale and bias to each channel.
 *
 * @param x - (batch, height, width, channels)
 */
export function groupNorm(x: tf.Tensor4D, { scale, bias, groups, epsilon }: NormOptions): tf.Tensor4D {
  return differentiable(
    [x, scale, bias],
    () => {
      const centred = tf.sub(x, groupMean(x, groups)) as tf.Tensor4D;
      const inverse = tf.rsqrt(tf.add(groupMean(tf.square(centred), groups), epsilon));
      const value = tf.add(tf.mul(centred, tf.mul(inverse, scale)), bias) as tf.Tensor4D;
      return { value, save: [centred, inverse, scale] };
    },
    (dy, [centred, inverse, scale]) => {
      const normal = tf.mul(centred, inverse) as tf.Tensor4D;
      const inner = tf.mul(dy, scale) as tf.Tensor4D;
      // Subtract the components of the gradient along the mean and the variance of the group.
      const along = tf.mul(normal, groupMean(tf.mul(inner, normal) as tf.Tensor4D, groups));
      const free = tf.sub(tf.sub(inner, groupMean(inner, groups)), along);
      return [tf.mul(free, inverse), sumRows(tf.mul(dy, normal)), sumRows(dy)];
    },
  );
}

/**
 * Mean over the pixels and channels of each group, repeated for each channel of the group.
 *
 * @returns shape (channels) for one image, because that broadcasts fast on WebAssembly; otherwise (batch, 1, 1,
 *   channels)
 */
function groupMean(x: tf.Tensor4D, groups: number): tf.Tensor {
  const [batch, height, width, channels] = x.shape;
  const size = channels / groups;
  const byChannel = tf.reshape(tf.avgPool(x, [height, width], 1, 'valid'), [batch, groups, size]);
  const byGroup = tf.reshape(tf.mean(byChannel, 2), [batch, groups, 1]);
  return tf.reshape(tf.tile(byGroup, [1, 1, size]), batch === 1 ? [channels] : [batch, 1, 1, channels]);
}

/** Sum over all axes but the last, as a matrix product with ones. */
function sumRows(x: tf.Tensor): tf.Tensor1D {
  const channels = x.shape[x.rank - 1] as number;
  const rows = x.size / channels;
  return tf.reshape(tf.matMul(tf.ones([1, rows]), tf.reshape(x, [rows, channels])), [channels]);
}
