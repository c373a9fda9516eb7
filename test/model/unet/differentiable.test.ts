import * as tf from '@tensorflow/tfjs-core';
import seedrandom from 'seedrandom';
import { describe, expect, test } from 'vitest';
import { openBackend } from '../../../src/model/backends/open-backend.ts';
import { registerGradients } from '../../../src/model/training/tfjs-gradients.ts';
import { addBias, groupNorm, product, silu } from '../../../src/model/unet/differentiable-unet.ts';
import { take } from './fixtures.ts';

type Operation = (...inputs: tf.Tensor[]) => tf.Tensor;

const OPERATIONS: readonly (readonly [string, number[][], Operation])[] = [
  [
    'product',
    [
      [3, 4],
      [4, 2],
    ],
    (a, b) => product(a as tf.Tensor2D, b as tf.Tensor2D),
  ],
  ['addBias', [[2, 2, 2, 3], [3]], (x, bias) => addBias(x, bias as tf.Tensor1D)],
  ['silu', [[3, 5]], (x) => silu(x as tf.Tensor)],
  [
    'groupNorm, one image',
    [[1, 2, 3, 4], [4], [4]],
    (x, scale, bias) =>
      groupNorm(x as tf.Tensor4D, { scale: scale as tf.Tensor1D, bias: bias as tf.Tensor1D, groups: 2, epsilon: 1e-3 }),
  ],
  [
    'groupNorm, a batch',
    [[2, 2, 2, 6], [6], [6]],
    (x, scale, bias) =>
      groupNorm(x as tf.Tensor4D, { scale: scale as tf.Tensor1D, bias: bias as tf.Tensor1D, groups: 3, epsilon: 1e-3 }),
  ],
];

const STEP = 1 / 64;

describe.each(['wasm', 'cpu'] as const)('gradients on %s', (name) => {
  test.each(OPERATIONS)('%s: agree with finite differences', async (title, shapes, operation) => {
    registerGradients();
    const backend = await openBackend(name);
    const random = seedrandom(title);
    const values = shapes.map((shape) =>
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * random() - 1),
    );
    const tensors = (list: readonly Float32Array[]) => list.map((data, i) => tf.tensor(data, shapes[i] as number[]));
    const weightOf = (y: tf.Tensor) => tf.reshape(tf.cos(tf.range(1, y.size + 1)), y.shape);
    // A weighted sum, so that symmetries cannot hide an error.
    const loss = (...inputs: tf.Tensor[]): tf.Scalar => {
      const y = operation(...inputs);
      return tf.sum(tf.mul(y, weightOf(y))) as tf.Scalar;
    };
    const lossOf = (list: readonly Float32Array[]) => take(backend.run(() => loss(...tensors(list))))[0] as number;
    const gradients = backend.run(() => tf.grads(loss)(tensors(values))).map(take);
    values.forEach((value, i) => {
      value.forEach((centre, k) => {
        const moved = (offset: number) =>
          lossOf(values.map((other, j) => (i === j ? other.map((v, at) => (at === k ? centre + offset : v)) : other)));
        // Extrapolates the differences over h and 2h to h = 0, which gives an error of fourth order.
        const slope = (h: number) => (moved(h) - moved(-h)) / (2 * h);
        const expected = (4 * slope(STEP) - slope(2 * STEP)) / 3;
        expect(gradients[i]?.[k], `input ${i}, value ${k}`).toBeCloseTo(expected, 2);
      });
    });
  });
});
