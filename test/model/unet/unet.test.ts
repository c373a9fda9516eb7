import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { relativeError } from '../../../bench/model-fixture.ts';
import type { Backend } from '../../../src/model/backends/backend.ts';
import { openBackend } from '../../../src/model/backends/open-backend.ts';
import { isEpsilonDenoiser } from '../../../src/model/epsilon-denoiser.ts';
import { linearSchedule, sigmaOf } from '../../../src/model/schedule/noise-schedule.ts';
import { type UnetRunOptions, unetEpsilon } from '../../../src/model/unet/unet.ts';
import { parseUnetConfig, type UnetConfig } from '../../../src/model/unet/unet-config.ts';
import { fromFileLayout, unetParameters } from '../../../src/model/unet/unet-parameters.ts';
import { loadUncalibratedModel } from '../../../src/model/weights/load-model.ts';
import { ModelFile } from '../../../src/model/weights/model-file.ts';
import { expectedOf, FIXTURES, type FixtureName, fixtureModel, SAMPLES, take } from './fixtures.ts';

function configOf(name: FixtureName): { config: UnetConfig; file: ModelFile } {
  const file = new ModelFile(fixtureModel(name), name);
  return { config: parseUnetConfig(file.readObject('unet'), (message) => new Error(message)), file };
}

/** Runs a fixture's network as a function of tensors. */
function run(
  backend: Backend,
  name: FixtureName,
  { x, timesteps }: { x: Float32Array; timesteps: readonly number[] },
  options?: UnetRunOptions,
): Float32Array {
  const { config, file } = configOf(name);
  return take(
    backend.run(() => {
      const weights = new Map<string, tf.Tensor>();
      for (const parameter of unetParameters(config)) {
        const values = fromFileLayout(parameter, file.read(parameter.name, parameter.fileShape));
        weights.set(parameter.name, tf.tensor(values, [...parameter.shape]));
      }
      const images = tf.tensor4d(x, [x.length / SAMPLES, 16, 16, 3]);
      return unetEpsilon(config, (key) => weights.get(key) as tf.Tensor, images, tf.tensor1d([...timesteps]), options);
    }),
  );
}

describe('unetEpsilon', () => {
  test.each(['wasm', 'cpu'] as const)('agrees with another implementation on %s', async (name) => {
    const backend = await openBackend(name);
    for (const fixture of FIXTURES) {
      const expected = expectedOf(fixture);
      expect(relativeError(run(backend, fixture, expected), expected.epsilon), fixture).toBeLessThan(1e-5);
    }
  });

  test('computes the same for training as for inference', async () => {
    const backend = await openBackend();
    for (const fixture of FIXTURES) {
      const expected = expectedOf(fixture);
      expect(relativeError(run(backend, fixture, expected, { training: true }), expected.epsilon)).toBeLessThan(1e-5);
    }
  });

  test('dropout depends on its seed, and rate 0 changes nothing', async () => {
    const backend = await openBackend();
    const input = expectedOf('published');
    const dropped = (rate: number, seed: number) =>
      run(backend, 'published', input, { training: true, dropout: { rate, seed } });
    expect(dropped(0, 1)).toEqual(run(backend, 'published', input, { training: true }));
    expect(dropped(0.3, 1)).toEqual(dropped(0.3, 1));
    expect(relativeError(dropped(0.3, 2), dropped(0.3, 1))).toBeGreaterThan(0.01);
  });

  test('leaves no tensor behind', async () => {
    const backend = await openBackend();
    const before = tf.memory().numTensors;
    run(backend, 'other', expectedOf('other'));
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('unetParameters', () => {
  test('lists 35.7 M values for the paper’s CIFAR-10 model, as published', () => {
    const fields = {
      sample_size: 32,
      block_out_channels: [128, 256, 256, 256],
      down_block_types: ['DownBlock2D', 'AttnDownBlock2D', 'DownBlock2D', 'DownBlock2D'],
      up_block_types: ['UpBlock2D', 'UpBlock2D', 'AttnUpBlock2D', 'UpBlock2D'],
      attention_head_dim: null,
    };
    const parameters = unetParameters(parseUnetConfig(fields, (message) => new Error(message)));
    const sizes = parameters.map(({ shape }) => shape.reduce((product, side) => product * side, 1));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(35_746_307);
    expect(new Set(parameters.map(({ name }) => name)).size).toBe(parameters.length);
  });

  test('weights of files are laid out as the network reads them', () => {
    const parameter = { fileShape: [2, 3, 1, 2] };
    const stored = Float32Array.from({ length: 12 }, (_, i) => i);
    const network = fromFileLayout(parameter, stored);
    expect([...network]).toEqual([0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11]);
  });
});

describe('the denoiser of a U-Net', () => {
  async function open(name: FixtureName) {
    const model = await loadUncalibratedModel(fixtureModel(name), { backend: await openBackend(), source: name });
    const { denoiser } = model;
    if (!isEpsilonDenoiser(denoiser)) throw new Error('a U-Net predicts epsilon');
    return { ...model, denoiser };
  }

  test('asks the network for the noise at its own times', async () => {
    const { denoiser, calibration } = await open('published');
    expect(calibration).toBeNull();
    expect(denoiser.windowSize).toBe(16);
    const { x, epsilon, timesteps } = expectedOf('published');
    const shape = { batch: 1, height: 16, width: 16 };
    for (const [i, timestep] of timesteps.entries()) {
      const part = (values: Float32Array) => values.slice(i * SAMPLES, (i + 1) * SAMPLES);
      // Networks count time from 0, schedules from 1.
      const found = await denoiser.epsilonModel.predict(part(x), shape, timestep + 1);
      expect(relativeError(found, part(epsilon))).toBeLessThan(1e-5);
      const sigma = sigmaOf(linearSchedule(), timestep + 1);
      const y = part(x).map((value) => value * Math.sqrt(1 + sigma * sigma));
      const { mean, logVariance } = await denoiser.denoise(y, shape, sigma);
      expect(logVariance).toBeNull();
      const expected = y.map((value, k) => value - sigma * (part(epsilon)[k] as number));
      expect(relativeError(mean, expected)).toBeLessThan(1e-4);
    }
    denoiser.dispose();
  });

  test('a batch gives the same bits as each image alone, also if it does not fit in one run', async () => {
    const { denoiser } = await open('other');
    const { x } = expectedOf('other');
    const batch = 35;
    const many = Float32Array.from({ length: batch * SAMPLES }, (_, i) => (x[i % x.length] as number) * (1 + i / 1e6));
    const all = await denoiser.epsilonModel.predict(many, { batch, height: 16, width: 16 }, 300);
    for (const i of [0, 1, 31, 32, 34]) {
      const range = [i * SAMPLES, (i + 1) * SAMPLES] as const;
      const shape = { batch: 1, height: 16, width: 16 };
      const alone = await denoiser.epsilonModel.predict(many.slice(...range), shape, 300);
      expect(alone).toEqual(all.slice(...range));
    }
    denoiser.dispose();
  });

  test('frees its weights, and refuses wrong sizes', async () => {
    const before = tf.memory().numTensors;
    const { denoiser } = await open('other');
    const { epsilonModel } = denoiser;
    const predict = (length: number, batch: number, height: number, t: number) =>
      epsilonModel.predict(new Float32Array(length), { batch, height, width: 16 }, t);
    await expect(predict(SAMPLES, 0, 16, 1)).rejects.toThrow(/"shape.batch" expected a positive integer, got 0/);
    await expect(predict(SAMPLES, 1, 18, 1)).rejects.toThrow(
      /"shape.height" expected a positive multiple of 4, got 18/,
    );
    await expect(predict(SAMPLES - 1, 1, 16, 1)).rejects.toThrow(/"x" expected 768 values for its shape, got 767/);
    await expect(predict(SAMPLES, 1, 16, 1001)).rejects.toThrow(/"t" expected 1..1000, got 1001/);
    denoiser.dispose();
    denoiser.dispose();
    expect(tf.memory().numTensors).toBe(before);
    await expect(predict(SAMPLES, 1, 16, 1)).rejects.toThrow('disposed');
  });
});
