import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { relativeError } from '../../../bench/model-fixture.ts';
import { openBackend } from '../../../src/model/backends/open-backend.ts';
import type { BatchShape } from '../../../src/model/denoiser.ts';
import { type PatchLayout, packPatches, writePatches } from '../../../src/model/photo-net/photo-net-pixels.ts';
import type { PhotoNetWeights } from '../../../src/model/photo-net/photo-net-weights.ts';
import type { PhotoNetwork } from '../../../src/model/photo-net/photo-network.ts';
import { hasArithmetic } from '../../../src/model/photo-net/program/network-module.ts';
import { ProgramNetwork } from '../../../src/model/photo-net/program/program-network.ts';
import { TensorNetwork } from '../../../src/model/photo-net/tensor-network.ts';
import { anyNetwork, anyShape, type NetworkSizes, randomPixels, randomWeights } from './random-network.ts';
import { EXACT, ScalarNetwork } from './scalar-network.ts';

/** Noisy pictures for a network. */
interface Call {
  readonly sizes: NetworkSizes;
  readonly shape: BatchShape;
  readonly sigma: number;
}

const anySigma = fc.double({ min: 1e-3, max: 60, noNaN: true });

const anyCall: fc.Arbitrary<Call> = anyNetwork.chain((sizes) =>
  fc.record({ sizes: fc.constant(sizes), shape: anyShape(sizes), sigma: anySigma }),
);

/** Batch, and height and width in positions. */
function positionsOf({ batch, height, width }: BatchShape, patch: number): BatchShape {
  return { batch, height: height / patch, width: width / patch };
}

/** Copies patches without the gaps of their layout. */
function gathered(
  { values, first, channels, row, image }: PatchLayout,
  positions: BatchShape,
  wanted: number,
): Float32Array {
  const { batch, height, width } = positions;
  const dense = new Float32Array(batch * height * width * wanted);
  for (let i = 0; i < batch * height * width; i++) {
    const y = Math.floor(i / width);
    const from = first + Math.floor(y / height) * image + (y % height) * row + (i % width) * channels;
    dense.set(values.subarray(from, from + wanted), i * wanted);
  }
  return dense;
}

/** What a network answers: (batch, height, width, 6 * patch * patch). */
async function runNetwork(network: PhotoNetwork, call: Call, y = pixels(call), exact = true): Promise<Float32Array> {
  const { sizes, shape, sigma } = call;
  const { patch } = sizes;
  const positions = positionsOf({ ...shape, batch: y.length / (shape.height * shape.width * 3) }, patch);
  const { patches } = await network.run({ positions, sigma, output: sigma / 2, exact }, (input) =>
    writePatches(y, { ...shape, batch: positions.batch }, { patch, scale: 1 }, input),
  );
  return gathered(patches, positions, 6 * patch * patch);
}

function pixels({ shape }: Call): Float32Array {
  return randomPixels(JSON.stringify(shape), shape);
}

/** What the scalar network answers. */
function runScalar(weights: PhotoNetWeights, { sizes, shape, sigma }: Call): Float32Array {
  const { patch } = sizes;
  const { batch, height, width } = positionsOf(shape, patch);
  const packed = packPatches(pixels({ sizes, shape, sigma }), shape, patch, 1);
  const network = new ScalarNetwork(weights, EXACT);
  const image = packed.length / batch;
  const answers = Array.from({ length: batch }, (_, i) => {
    const values = Float64Array.from(packed.subarray(i * image, (i + 1) * image));
    return [...network.run({ height, width, channels: weights.convIn.input, values }, sigma).values];
  });
  return Float32Array.from(answers.flat());
}

describe('the network as a program', () => {
  test('gives the bits of the scalar network that is written from the format', async () => {
    await fc.assert(
      fc.asyncProperty(anyCall, async (call) => {
        const weights = randomWeights(call.sizes);
        const found = await runNetwork(new ProgramNetwork(weights), call);
        expect(found).toEqual(runScalar(weights, call));
      }),
      { seed: 18, numRuns: 60 },
    );
  });

  test('a batch gives the bits of each image alone', async () => {
    await fc.assert(
      fc.asyncProperty(anyCall, async (call) => {
        const network = new ProgramNetwork(randomWeights(call.sizes));
        const pair = { ...call, shape: { ...call.shape, batch: 2 } };
        const y = pixels(pair);
        const both = await runNetwork(network, pair, y);
        for (const i of [0, 1]) {
          const alone = await runNetwork(network, pair, y.slice((i * y.length) / 2, ((i + 1) * y.length) / 2));
          expect(alone).toEqual(both.slice((i * both.length) / 2, ((i + 1) * both.length) / 2));
        }
      }),
      { seed: 19, numRuns: 40 },
    );
  });

  test('gives the same bits again after runs with other shapes and noise levels', async () => {
    const anyCalls = anyNetwork.chain((sizes) => {
      const call = fc.record({ sizes: fc.constant(sizes), shape: anyShape(sizes), sigma: anySigma });
      return fc.array(call, { minLength: 2, maxLength: 5 });
    });
    await fc.assert(
      fc.asyncProperty(anyCalls, async (calls) => {
        const network = new ProgramNetwork(randomWeights(calls[0].sizes));
        const first: Float32Array[] = [];
        for (const call of calls) first.push(await runNetwork(network, call));
        for (const [i, call] of calls.entries()) expect(await runNetwork(network, call)).toEqual(first[i]);
      }),
      { seed: 20, numRuns: 40 },
    );
  });

  test('fused multiply-add, where this machine has it, changes no more than the last digits', async () => {
    await fc.assert(
      fc.asyncProperty(anyCall, async (call) => {
        const network = new ProgramNetwork(randomWeights(call.sizes));
        const exact = await runNetwork(network, call);
        const fused = await runNetwork(network, call, pixels(call), false);
        expect(relativeError(fused, exact)).toBeLessThan(hasArithmetic('fused') ? 1e-5 : Number.MIN_VALUE);
      }),
      { seed: 21, numRuns: 40 },
    );
  });
});

describe.each(['cpu', 'wasm'] as const)('the network of tensors on %s', (name) => {
  test('agrees with the scalar network', async () => {
    const backend = await openBackend(name);
    await fc.assert(
      fc.asyncProperty(anyCall, async (call) => {
        const weights = randomWeights(call.sizes);
        const network = new TensorNetwork(weights, backend);
        expect(relativeError(await runNetwork(network, call), runScalar(weights, call))).toBeLessThan(1e-5);
        network.dispose();
      }),
      { seed: 22, numRuns: 25 },
    );
  });
});
