import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import seedrandom from 'seedrandom';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../../src/model/backends/backend.ts';
import { openBackend } from '../../../src/model/backends/open-backend.ts';
import { type ConvWeights, makeConvolution } from '../../../src/model/convolution/convolution.ts';
import { CONVOLUTION } from '../../../src/model/convolution/convolution-kernel.ts';
import { registerConvolution } from '../../../src/model/convolution/wasm-convolution.ts';

interface Case {
  readonly side: 1 | 3;
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly inputs: number;
  readonly outputs: number;
}

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend('wasm');
});
afterEach(() => {
  registerConvolution();
});

/** Random filters and images for a seed; some values are zeros of either sign. */
function numbers(name: string, count: number): Float32Array {
  const random = seedrandom(name);
  return Float32Array.from({ length: count }, () => (random() < 0.1 ? (random() < 0.5 ? 0 : -0) : 2 * random() - 1));
}

function weightsOf({ side, inputs, outputs }: Case): ConvWeights {
  const filter = numbers('filter', side * side * inputs * outputs);
  return { kernel: side, input: inputs, output: outputs, filter, bias: numbers('bias', outputs) };
}

function run(of: Case): { shape: number[]; values: Float32Array } {
  const { batch, height, width, inputs } = of;
  return backend.run(() => {
    const x = tf.tensor4d(numbers('x', batch * height * width * inputs), [batch, height, width, inputs]);
    const y = makeConvolution(weightsOf(of)).apply(x);
    return { shape: y.shape, values: y.dataSync<'float32'>() as Float32Array };
  });
}

const anyCase: fc.Arbitrary<Case> = fc.record({
  side: fc.constantFrom(1, 3),
  batch: fc.integer({ min: 1, max: 4 }),
  height: fc.integer({ min: 1, max: 9 }),
  width: fc.integer({ min: 1, max: 9 }),
  inputs: fc.integer({ min: 1, max: 20 }),
  outputs: fc.integer({ min: 1, max: 3 }).map((blocks) => 8 * blocks),
});

/** Results of the kernel and of the library. */
function bothWays(of: Case): [kernel: ReturnType<typeof run>, library: ReturnType<typeof run>] {
  expect(registerConvolution()).toBe(true);
  const kernel = run(of);
  tf.unregisterKernel(CONVOLUTION, 'wasm');
  return [kernel, run(of)];
}

describe('convolution kernel', () => {
  test('gives the same bits as the tensor library', () => {
    fc.assert(
      fc.property(anyCase, (of) => {
        const [kernel, library] = bothWays(of);
        expect(kernel).toEqual(library);
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  // Large enough for several groups of rows, of 256 KB each.
  test.each([
    [1, 40, 500],
    [3, 40, 200],
    [1, 3, 9000],
  ])('gives the bits of the tensor library for %i images of %ix%i', (batch, height, width) => {
    const of: Case = { side: 3, batch, height, width, inputs: 8, outputs: 8 };
    const [kernel, library] = bothWays(of);
    expect(kernel).toEqual(library);
    expect(kernel.shape).toEqual([batch, height, width, 8]);
  });

  test('leaves convolutions to the library if the number of outputs is not a multiple of 8', () => {
    const of: Case = { side: 3, batch: 1, height: 5, width: 4, inputs: 4, outputs: 6 };
    const [kernel, library] = bothWays(of);
    expect(kernel).toEqual(library);
  });

  test('frees its scratch memory', () => {
    const of: Case = { side: 3, batch: 1, height: 16, width: 16, inputs: 8, outputs: 8 };
    run(of);
    const { wasm } = tf.engine().registry as unknown as { wasm: { numDataIds(): number } };
    const before = wasm.numDataIds();
    run(of);
    expect(wasm.numDataIds()).toBe(before);
  });
});
