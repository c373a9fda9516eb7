import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import seedrandom from 'seedrandom';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../../src/model/backends/backend.ts';
import { openBackend } from '../../../src/model/backends/open-backend.ts';
import { registerGradients } from '../../../src/model/training/tfjs-gradients.ts';
import { registerWasmGradients } from '../../../src/model/training/wasm-gradients.ts';

interface Convolution {
  readonly x: [number, number, number, number];
  readonly filter: [number, number, number, number];
  readonly stride: number;
  readonly pad: 'same' | 'valid' | [[number, number], [number, number], [number, number], [number, number]];
}

function uniform(shape: number[], seed: string): tf.Tensor4D {
  const random = seedrandom(seed);
  const size = shape.reduce((product, side) => product * side, 1);
  const values = Float32Array.from({ length: size }, () => 2 * random() - 1);
  return tf.tensor4d(values, shape as [number, number, number, number]);
}

/** Gradients of sum(conv(x, filter) * weights) for random weights, computed through tfjs's own code. */
function gradients(backend: Backend, { x, filter, stride, pad }: Convolution): Float32Array[] {
  return backend.run(() => {
    const run = (a: tf.Tensor, b: tf.Tensor): tf.Scalar => {
      const y = tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad);
      return tf.sum(tf.mul(y, uniform(y.shape, 'dy')));
    };
    const found = tf.grads(run)([uniform(x, 'x'), uniform(filter, 'filter')]);
    return found.map((tensor) => tensor.dataSync().slice() as Float32Array);
  });
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  const scale = Math.max(1, ...b.map(Math.abs));
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0) / scale;
}

describe('gradients of convolutions on wasm', () => {
  let wasm: Backend;
  let cpu: Backend;

  beforeAll(async () => {
    [wasm, cpu] = [await openBackend('wasm'), await openBackend('cpu')];
    registerGradients();
    registerWasmGradients();
    registerWasmGradients();
  });

  const margin = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }));
  const padding = fc.oneof(
    fc.constant('same' as const),
    fc.constant('valid' as const),
    fc.tuple(fc.constant([0, 0]), margin, margin, fc.constant([0, 0])),
  ) as fc.Arbitrary<Convolution['pad']>;
  const side = fc.integer({ min: 4, max: 9 });
  const channels = fc.integer({ min: 1, max: 5 });
  const kernel = fc.integer({ min: 1, max: 4 });
  const convolution = fc
    .tuple(
      fc.integer({ min: 1, max: 3 }),
      side,
      side,
      channels,
      channels,
      kernel,
      kernel,
      fc.constantFrom(1, 2, 3),
      padding,
    )
    .map(([batch, height, width, input, output, rows, columns, stride, pad]): Convolution => {
      return { x: [batch, height, width, input], filter: [rows, columns, input, output], stride, pad };
    });

  test('equal those of the cpu backend for any size, stride and padding', () => {
    fc.assert(
      fc.property(convolution, (shape) => {
        const expected = gradients(cpu, shape);
        gradients(wasm, shape).forEach((found, i) => {
          expect(found.length).toBe(expected[i].length);
          expect(largestDifference(found, expected[i])).toBeLessThan(1e-5);
        });
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  test('leave no tensor behind', () => {
    const before = tf.memory().numTensors;
    gradients(wasm, { x: [2, 8, 8, 3], filter: [3, 3, 3, 4], stride: 2, pad: 'same' });
    expect(tf.memory().numTensors).toBe(before);
  });
});
