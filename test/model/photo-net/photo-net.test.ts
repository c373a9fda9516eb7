import * as tf from '@tensorflow/tfjs-core';
import seedrandom from 'seedrandom';
import { describe, expect, test } from 'vitest';
import { relativeError } from '../../../bench/model-fixture.ts';
import type { BackendName } from '../../../src/model/backends/backend.ts';
import { openBackend } from '../../../src/model/backends/open-backend.ts';
import type { BatchShape, Model, Posterior } from '../../../src/model/denoiser.ts';
import { loadModel } from '../../../src/model/weights/load-model.ts';
import { expectedCases, WEIGHTS } from '../../support/model-fixtures.ts';

async function open(name: BackendName = 'wasm'): Promise<Model> {
  return loadModel(WEIGHTS, { backend: await openBackend(name), source: 'the default model' });
}

function noise(shape: BatchShape): Float32Array {
  const random = seedrandom(JSON.stringify(shape));
  return Float32Array.from({ length: shape.batch * shape.height * shape.width * 3 }, () => 4 * random() - 2);
}

describe('photo-net', () => {
  test.each(['wasm', 'cpu'] as const)('agrees with torch on %s', async (name) => {
    const { denoiser } = await open(name);
    // cpu is twenty times slower, so it runs only the smallest images.
    const cases = expectedCases().filter(({ height }) => name === 'wasm' || height <= 32);
    expect(cases.length).toBeGreaterThanOrEqual(3);
    for (const { height, width, sigma, ...expected } of cases) {
      const { mean, logVariance } = await denoiser.denoise(expected.y, { batch: 1, height, width }, sigma);
      expect(relativeError(mean, expected.mean), expected.name).toBeLessThan(1e-5);
      expect(relativeError(logVariance, expected.logVariance), expected.name).toBeLessThan(1e-5);
    }
    denoiser.dispose();
  });

  test.each([
    [16, 16],
    [16, 48],
    [64, 32],
  ])('a batch of two %ix%i images gives the bits of each alone', async (height, width) => {
    const { denoiser } = await open();
    const y = noise({ batch: 2, height, width });
    const half = y.length / 2;
    const both = await denoiser.denoise(y, { batch: 2, height, width }, 0.7);
    for (const i of [0, 1]) {
      const range = [i * half, (i + 1) * half] as const;
      const alone = await denoiser.denoise(y.slice(...range), { batch: 1, height, width }, 0.7);
      expect(alone.mean).toEqual(both.mean.slice(...range));
      expect(alone.logVariance).toEqual(both.logVariance?.slice(...range));
    }
    denoiser.dispose();
  });

  test('concurrent calls, on two backends, do not disturb each other', async () => {
    const models = [await open('wasm'), await open('cpu'), await open('wasm')];
    const shape = { batch: 1, height: 16, width: 16 };
    const y = noise(shape);
    const jobs = models.flatMap(({ denoiser }) => [0.1, 2].map((sigma) => () => denoiser.denoise(y, shape, sigma)));
    const alone: Posterior[] = [];
    for (const job of jobs) {
      alone.push(await job());
    }
    expect(await Promise.all(jobs.map((job) => job()))).toEqual(alone);
    expect(alone[4]).toEqual(alone[0]);
    expect(relativeError((alone[2] as Posterior).mean, (alone[0] as Posterior).mean)).toBeLessThan(1e-5);
    for (const { denoiser } of models) {
      denoiser.dispose();
    }
  });

  test.each([
    ['wasm', 'none'],
    ['cpu', 'only its weights'],
  ] as const)('has no tensors on %s but %s', async (name, which) => {
    const before = tf.memory().numTensors;
    const { denoiser } = await open(name);
    const loaded = tf.memory().numTensors;
    expect(loaded > before).toBe(which !== 'none');
    const shape = { batch: 1, height: 16, width: 16 };
    const y = noise(shape);
    const first = await denoiser.denoise(y, shape, 1);
    await denoiser.denoise(y, shape, 2);
    expect(tf.memory().numTensors).toBe(loaded);
    expect(await denoiser.denoise(y, shape, 1)).toEqual(first);
    denoiser.dispose();
    denoiser.dispose();
    expect(tf.memory().numTensors).toBe(before);
    await expect(denoiser.denoise(y, shape, 1)).rejects.toThrow('disposed');
  });

  test('gives the same answer for a noise level that it has forgotten', async () => {
    const { denoiser } = await open();
    const shape = { batch: 1, height: 16, width: 16 };
    const y = noise(shape);
    const first = await denoiser.denoise(y, shape, 1);
    for (let i = 0; i < 100; i++) await denoiser.denoise(y, shape, 2 + i); // 64 are kept
    expect(await denoiser.denoise(y, shape, 1)).toEqual(first);
    denoiser.dispose();
  });

  test('stays finite from the lowest to the highest noise level', async () => {
    const { denoiser } = await open();
    const shape = { batch: 1, height: 16, width: 16 };
    for (const sigma of [1e-3, 0.02, 1, 100]) {
      const { mean, logVariance } = await denoiser.denoise(noise(shape), shape, sigma);
      expect([...mean, ...(logVariance ?? [])].every(Number.isFinite), `sigma ${sigma}`).toBe(true);
    }
    denoiser.dispose();
  });

  test('refuses sizes, lengths and noise levels that do not fit', async () => {
    const { denoiser } = await open();
    expect(denoiser.sizeMultiple).toBe(16);
    const shape = { batch: 1, height: 16, width: 16 };
    const y = noise(shape);
    const bad: [Float32Array, BatchShape, number, string][] = [
      [y, { ...shape, height: 24 }, 1, '"shape.height" expected a positive multiple of 16, got 24'],
      [y, { ...shape, width: 0 }, 1, '"shape.width" expected a positive multiple of 16, got 0'],
      [y, { ...shape, batch: 1.5 }, 1, '"shape.batch" expected a positive integer, got 1.5'],
      [y.slice(1), shape, 1, '"y" expected 768 values for its shape, got 767'],
      [y, shape, 0, '"sigma" expected a number 0.000001..1000000, got 0'],
      [y, shape, Number.NaN, '"sigma" expected a number 0.000001..1000000, got NaN'],
    ];
    for (const [values, size, sigma, message] of bad) {
      await expect(denoiser.denoise(values, size, sigma)).rejects.toThrow(new RangeError(message));
    }
    denoiser.dispose();
  });
});
