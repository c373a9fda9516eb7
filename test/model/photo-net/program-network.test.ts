import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { relativeError } from '../../../bench/model-fixture.ts';
import { openBackend } from '../../../src/model/backends/open-backend.ts';
import { hasArithmetic } from '../../../src/model/photo-net/program/network-module.ts';
import { programNetwork } from '../../../src/model/photo-net/program/program-network.ts';
import { TensorNetwork } from '../../../src/model/photo-net/tensor-network.ts';
import { anyNetwork, anyShape, type NetworkSizes, randomPixels, randomWeights } from './random-network.ts';
import { type Pictures, runNetwork, runScalar } from './run-network.ts';
import { EXACT, ScalarNetwork } from './scalar-network.ts';

/** A random network with pictures for it. */
interface Case {
  readonly sizes: NetworkSizes;
  readonly pictures: Pictures;
}

function anyPictures(sizes: NetworkSizes): fc.Arbitrary<Pictures> {
  const sigma = fc.double({ min: 1e-3, max: 60, noNaN: true });
  return fc
    .record({ shape: anyShape(sizes), sigma })
    .map(({ shape, sigma }) => ({ y: randomPixels('y', shape), shape, sigma, patch: sizes.patch }));
}

const anyCase: fc.Arbitrary<Case> = anyNetwork.chain((sizes) =>
  fc.record({ sizes: fc.constant(sizes), pictures: anyPictures(sizes) }),
);

function scalarAnswer({ sizes, pictures }: Case): Float32Array {
  return Float32Array.from(runScalar(new ScalarNetwork(randomWeights(sizes), EXACT), pictures));
}

describe('the network as a program', () => {
  test('gives the bits of the scalar network that is written from the format', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async (of) => {
        const network = programNetwork(randomWeights(of.sizes));
        expect(await runNetwork(network, of.pictures)).toEqual(scalarAnswer(of));
      }),
      { seed: 18, numRuns: 60 },
    );
  });

  test('a batch gives the bits of each image alone', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ sizes, pictures }) => {
        const network = programNetwork(randomWeights(sizes));
        const shape = { ...pictures.shape, batch: 2 };
        const y = randomPixels('pair', shape);
        const both = await runNetwork(network, { ...pictures, shape, y });
        for (const i of [0, 1]) {
          const image = { shape: { ...shape, batch: 1 }, y: y.slice((i * y.length) / 2, ((i + 1) * y.length) / 2) };
          const alone = await runNetwork(network, { ...pictures, ...image });
          expect(alone).toEqual(both.slice((i * both.length) / 2, ((i + 1) * both.length) / 2));
        }
      }),
      { seed: 19, numRuns: 40 },
    );
  });

  test('gives the same bits again after runs with other shapes and noise levels', async () => {
    const many = anyNetwork.chain((sizes) => {
      const pictures = fc.array(anyPictures(sizes), { minLength: 2, maxLength: 5 });
      return fc.record({ sizes: fc.constant(sizes), pictures });
    });
    await fc.assert(
      fc.asyncProperty(many, async ({ sizes, pictures }) => {
        const network = programNetwork(randomWeights(sizes));
        const first: Float32Array[] = [];
        for (const each of pictures) first.push(await runNetwork(network, each));
        for (const [i, each] of pictures.entries()) expect(await runNetwork(network, each)).toEqual(first[i]);
      }),
      { seed: 20, numRuns: 40 },
    );
  });

  test('gives the same bits whatever another run has left in memory', async () => {
    const two = anyNetwork.chain((sizes) =>
      fc.record({ sizes: fc.constant(sizes), before: anyPictures(sizes), pictures: anyPictures(sizes) }),
    );
    await fc.assert(
      fc.asyncProperty(two, async ({ sizes, before, pictures }) => {
        const network = programNetwork(randomWeights(sizes));
        await runNetwork(network, { ...before, y: before.y.map(() => Number.POSITIVE_INFINITY) });
        const fresh = programNetwork(randomWeights(sizes));
        expect(await runNetwork(network, pictures)).toEqual(await runNetwork(fresh, pictures));
      }),
      { seed: 23, numRuns: 60 },
    );
  });

  test('fused multiply-add, where this machine has it, changes no more than the last digits', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ sizes, pictures }) => {
        const network = programNetwork(randomWeights(sizes));
        const [exact, fused] = [await runNetwork(network, pictures), await runNetwork(network, pictures, false)];
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
      fc.asyncProperty(anyCase, async (of) => {
        const network = new TensorNetwork(randomWeights(of.sizes), backend);
        expect(relativeError(await runNetwork(network, of.pictures), scalarAnswer(of))).toBeLessThan(1e-5);
        network.dispose();
      }),
      { seed: 22, numRuns: 25 },
    );
  });
});
