import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../../src/model/backends/backend.ts';
import { openBackend } from '../../../src/model/backends/open-backend.ts';
import { packPatches } from '../../../src/model/photo-net/photo-net-pixels.ts';
import { Differentiator } from '../../../src/model/training/differentiator.ts';
import { adamStart, adamStep } from '../../../src/model/training/optimizer.ts';
import { fileTensors, layOut, tensorsOf, vectorOf } from '../../../src/model/training/parameter-layout.ts';
import { photoOutput } from '../../../src/model/training/photo-output.ts';
import type { TrainableNetwork } from '../../../src/model/training/trainable-network.ts';
import { fillGaussian, uniformOf } from '../../../src/model/training/training-random.ts';
import { unetEpsilon } from '../../../src/model/unet/unet.ts';
import { parseUnetConfig, unetConfigFields } from '../../../src/model/unet/unet-config.ts';
import { loadUncalibratedModel } from '../../../src/model/weights/load-model.ts';
import { writeModel } from '../../../src/model/weights/model-writer.ts';
import { examples, generic, SMALL_PHOTO, SMALL_UNET, smallPhoto, smallUnet } from './networks.ts';

const SIDE = 8;
const SETTINGS = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  warmupSteps: 0,
  decay: 'constant',
  clipNorm: 1,
} as const;

function norm(vector: Float32Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

function relativeDistance(a: Float32Array, b: Float32Array): number {
  return norm(a.map((value, i) => value - b[i])) / norm(b);
}

let wasm: Backend;
let cpu: Backend;

beforeAll(async () => {
  [wasm, cpu] = [await openBackend('wasm'), await openBackend('cpu')];
});

/** A scalar function of a network's output: a random weighted sum plus the mean of the squares. */
type Functional = (backend: Backend, vector: Float32Array) => { value: number; gradient: Float32Array };

function functional(
  network: TrainableNetwork,
  outputOf: (weights: (name: string) => tf.Tensor) => tf.Tensor,
): Functional {
  const layout = layOut(network.parameters);
  const names = layout.parameters.map(({ name }) => name);
  return (backend, vector) => {
    new Differentiator(network, backend); // registers gradients
    return backend.run(() => {
      const { value, grads } = tf.valueAndGrads((...weights: tf.Tensor[]) => {
        const output = outputOf((name) => weights[names.indexOf(name)]);
        const factors = new Float32Array(output.size);
        fillGaussian(factors, uniformOf(3, 'functional'));
        const sum = tf.sum(tf.mul(output, tf.tensor(factors, output.shape)));
        return tf.add(sum, tf.sum(tf.square(output))) as tf.Scalar;
      })(tensorsOf(vector, layout));
      const gradient = new Float32Array(layout.total);
      grads.forEach((tensor, i) => {
        gradient.set(tensor.dataSync(), layout.parameters[i].offset);
      });
      return { value: value.dataSync()[0], gradient };
    });
  };
}

function unetFunctional(network: TrainableNetwork): Functional {
  const config = parseUnetConfig(SMALL_UNET, (message) => new Error(message));
  const { images } = examples(2, SIDE);
  return functional(network, (weights) =>
    unetEpsilon(config, weights, tf.tensor4d(images, [2, SIDE, SIDE, 3]), tf.tensor1d([3, 60]), { training: true }),
  );
}

function photoFunctional(network: TrainableNetwork): Functional {
  const { images, shape } = examples(2, SIDE);
  const packed = packPatches(images, shape, 2, 1);
  return functional(network, (weights) =>
    photoOutput(SMALL_PHOTO, weights, tf.tensor4d(packed, [2, SIDE / 2, SIDE / 2, 12]), [0.05, 3]),
  );
}

describe.each([
  ['U-Net', smallUnet(), unetFunctional],
  ['photo-net', smallPhoto(), photoFunctional],
] as const)('gradients of the %s', (_, network, makeFunctional) => {
  const run = makeFunctional(network);
  const vector = generic(network);

  test('agree with finite differences in random directions', () => {
    const { gradient } = run(wasm, vector);
    const layout = layOut(network.parameters);
    // Checks the direction of the gradient, and random directions in the parameters of each kind.
    const kinds = [...new Set(layout.parameters.map(({ kind }) => kind))];
    for (const kind of [undefined, ...kinds]) {
      const direction = new Float32Array(layout.total);
      for (const { offset, size, ...parameter } of layout.parameters) {
        if (kind !== undefined && parameter.kind !== kind) continue;
        fillGaussian(direction.subarray(offset, offset + size), uniformOf(4, 'direction', offset));
      }
      if (kind === undefined) direction.set(gradient);
      const scale = 1 / norm(direction);
      const unit = direction.map((value) => value * scale);
      const h = 3e-3;
      const [above, below] = [h, -h].map(
        (step) =>
          run(
            wasm,
            vector.map((value, i) => value + step * unit[i]),
          ).value,
      );
      const measured = (above - below) / (2 * h);
      // The function has float32 values of about 1000, so rounding alone causes errors of 1e-4 / h.
      const tolerance = 0.01 * Math.abs(dot(gradient, unit)) + 2e-3 * norm(gradient);
      expect(Math.abs(measured - dot(gradient, unit)), `${kind ?? 'all'}`).toBeLessThan(tolerance);
    }
    expect(norm(gradient)).toBeGreaterThan(1);
  });

  test('one training step is the same on wasm and cpu', async () => {
    const after: Float32Array[] = [];
    const gradients: Float32Array[] = [];
    for (const backend of [cpu, wasm]) {
      const gradient = new Float32Array(vector.length);
      const parameters = vector.slice();
      await new Differentiator(network, backend).run(parameters, examples(3, SIDE), { portion: 2, gradient });
      adamStep(parameters, gradient, adamStart(vector.length), { settings: SETTINGS, step: 0, rate: 1e-3 });
      gradients.push(gradient);
      after.push(parameters);
    }
    expect(relativeDistance(gradients[1], gradients[0])).toBeLessThan(1e-4);
    const moved = after.map((parameters) => parameters.map((value, i) => value - vector[i]));
    expect(norm(moved[0])).toBeGreaterThan(1e-3);
    expect(relativeDistance(after[1], after[0])).toBeLessThan(1e-4);
  });

  test('do not depend on the portions, nor on the distribution of the batch to threads', async () => {
    const differentiator = new Differentiator(network, wasm);
    const batch = examples(4, SIDE);
    const whole = new Float32Array(vector.length);
    const loss = await differentiator.run(vector, batch, { portion: 4, gradient: whole });
    const sum = new Float32Array(vector.length);
    const part = new Float32Array(vector.length);
    let parts = 0;
    for (const first of [0, 2]) {
      const images = batch.images.subarray((first * batch.images.length) / 4, ((first + 2) * batch.images.length) / 4);
      const share = { ...batch, images, first, shape: { ...batch.shape, batch: 2 } };
      parts += await differentiator.run(vector, share, { portion: 1, gradient: part });
      part.forEach((value, i) => {
        sum[i] += value;
      });
    }
    expect(Math.abs(parts / loss - 1)).toBeLessThan(1e-5);
    expect(relativeDistance(sum, whole)).toBeLessThan(1e-5);
  });

  test('leave no tensor behind', async () => {
    const differentiator = new Differentiator(network, wasm);
    const before = tf.memory().numTensors;
    await differentiator.run(vector, examples(2, SIDE), { portion: 1, gradient: new Float32Array(vector.length) });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a trained network as a model file', () => {
  test('photo-net: training and inference have the same forward run', async () => {
    const network = smallPhoto();
    const layout = layOut(network.parameters);
    const vector = generic(network);
    const { sigmaData: sigma_data, ...sizes } = SMALL_PHOTO;
    const spec = 'geometric 0.3..8, 16 values, on ln(sigma)/4';
    const config = { architecture: 'photo-net', ...sizes, sigma_data, embedding_frequencies: spec };
    const { denoiser } = await load(vector, network, config);
    const { images: y, shape } = examples(2, SIDE);
    const sigmas = [0.05, 3];
    const found = wasm.run(() => {
      const weights = tensorsOf(vector, layout);
      const lookUp = (name: string) => weights[layout.parameters.findIndex((parameter) => parameter.name === name)];
      const scaled = y.map((value, i) => value / Math.hypot(sigmas[Math.floor((2 * i) / y.length)], 0.5));
      const input = tf.tensor4d(packPatches(scaled, shape, 2, 1), [2, SIDE / 2, SIDE / 2, 12]);
      return photoOutput(SMALL_PHOTO, lookUp, input, sigmas).arraySync();
    });
    for (const [image, sigma] of sigmas.entries()) {
      const half = y.length / 2;
      const own = y.subarray(image * half, (image + 1) * half);
      const { mean, logVariance } = await denoiser.denoise(own, { ...shape, batch: 1 }, sigma);
      const den = Math.hypot(sigma, 0.5);
      const scale = (sigma * 0.5) / den;
      let largest = 0;
      for (let i = 0; i < half; i++) {
        const [row, column, colour] = [Math.floor(i / (3 * SIDE)), Math.floor(i / 3) % SIDE, i % 3];
        const channel = colour * 4 + (row % 2) * 2 + (column % 2);
        const place = found[image][row >> 1][column >> 1];
        const expectedMean = (0.25 / (den * den)) * own[i] + scale * place[channel];
        largest = Math.max(largest, Math.abs(mean[i] - expectedMean));
        const expectedLog = 2 * Math.log(scale) + place[12 + channel];
        largest = Math.max(largest, Math.abs((logVariance as Float32Array)[i] - expectedLog));
      }
      expect(largest).toBeLessThan(1e-4);
    }
    denoiser.dispose();
  });

  test.each([
    ['U-Net', smallUnet(), { architecture: 'ddpm-unet', unet: SMALL_UNET, scheduler: {} }],
    ['photo-net', smallPhoto(), undefined],
  ] as const)('%s: the layout of files is undone by reading them', async (_, network, config) => {
    const layout = layOut(network.parameters);
    const vector = generic(network);
    const stored = new Map(fileTensors(vector, layout).map((tensor) => [tensor.name, tensor]));
    expect(vectorOf(layout, (name) => (stored.get(name) as { values: Float32Array }).values)).toEqual(vector);
    if (config === undefined) return;
    const { denoiser } = await load(vector, network, config);
    const { images: y, shape } = examples(1, SIDE);
    const { mean } = await denoiser.denoise(y, shape, 1);
    expect(mean.every(Number.isFinite)).toBe(true);
    denoiser.dispose();
    const parsed = parseUnetConfig(SMALL_UNET, (message) => new Error(message));
    expect(parseUnetConfig(unetConfigFields(parsed), (message) => new Error(message))).toEqual(parsed);
  });
});

async function load(vector: Float32Array, network: TrainableNetwork, config: Record<string, unknown>) {
  const tensors = new Map(
    fileTensors(vector, layOut(network.parameters)).map(({ name, shape, values }) => [
      name,
      { dtype: 'F32' as const, shape: [...shape], data: values },
    ]),
  );
  return loadUncalibratedModel(writeModel({ config, tensors }), { backend: wasm, source: 'test' });
}
