/**
 * Program of tensorflow-node.test.ts: the backend tensorflow in Node, against fixtures and against wasm. Prints its results as JSON.
 */
import * as tf from '@tensorflow/tfjs-core';
import { relativeError } from '../../bench/model-fixture.ts';
import { analyze, sample } from '../../src/entry/analysis.ts';
import { createCodec, decode, encode, listBackends } from '../../src/entry/index.ts';
import { isEpsilonDenoiser, loadModel, loadUncalibratedModel, openBackend } from '../../src/entry/model.ts';
import { Differentiator } from '../../src/model/training/differentiator.ts';
import type { TrainableNetwork } from '../../src/model/training/trainable-network.ts';
import { examples, generic, smallPhoto, smallUnet } from '../model/training/networks.ts';
import { expectedOf, FIXTURES, fixtureModel } from '../model/unet/fixtures.ts';
import { largestDifference } from '../support/largest-difference.ts';
import { expectedCases, WEIGHTS } from '../support/model-fixtures.ts';
import { testPicture } from './golden.ts';
import { readVectors } from './vectors.ts';

/** Output of the program. */
export interface TensorflowOutput {
  readonly available: boolean;
  readonly description: string;
  /** Tensors of the tensor library that are left at the end. */
  readonly tensorsLeft: number;
  /** Largest error by the largest expected value, by network: the networks' fixtures, and losses' gradients against wasm. */
  readonly errors: Readonly<Record<string, number>>;
  /** Largest differences to wasm in grey levels, of decoded pictures and of samples. */
  readonly differences: Readonly<Record<string, number>>;
  /** Bits per dimension of an analysis, on tensorflow and on wasm. */
  readonly bitsPerDim: readonly [number, number];
  /** Where each picture was decoded. */
  readonly backends: readonly string[];
  /** What each call says that tensorflow cannot serve. */
  readonly refusals: readonly string[];
}

const name = 'tensorflow';

/** The photo-net of the shipped model, against PyTorch. */
async function photoNetErrors(): Promise<Record<string, number>> {
  const { denoiser } = await loadModel(WEIGHTS, { backend: await openBackend(name), source: 'the default model' });
  const errors: Record<string, number> = {};
  for (const { height, width, sigma, ...expected } of expectedCases()) {
    const { mean, logVariance } = await denoiser.denoise(expected.y, { batch: 1, height, width }, sigma);
    const both = [relativeError(mean, expected.mean), relativeError(logVariance, expected.logVariance)];
    errors[`photo-net ${expected.name}`] = Math.max(...both);
  }
  denoiser.dispose();
  return errors;
}

/** U-Nets against another implementation. */
async function unetErrors(): Promise<Record<string, number>> {
  const errors: Record<string, number> = {};
  for (const fixture of FIXTURES) {
    const options = { backend: await openBackend(name), source: fixture };
    const { denoiser } = await loadUncalibratedModel(fixtureModel(fixture), options);
    if (!isEpsilonDenoiser(denoiser)) throw new Error(`${fixture} is not a U-Net`);
    const { x, timesteps, epsilon } = expectedOf(fixture);
    const size = x.length / timesteps.length;
    for (const [i, timestep] of timesteps.entries()) {
      const range = [i * size, (i + 1) * size] as const;
      const shape = { batch: 1, height: 16, width: 16 };
      const found = await denoiser.epsilonModel.predict(x.slice(...range), shape, timestep + 1);
      errors[`U-Net ${fixture}, timestep ${timestep}`] = relativeError(found, epsilon.slice(...range));
    }
    denoiser.dispose();
  }
  return errors;
}

/** Losses and gradients against those of wasm. */
async function gradientErrors(): Promise<Record<string, number>> {
  const networks: Record<string, TrainableNetwork> = {
    'U-Net': smallUnet({ kind: 'mixed' }),
    'photo-net': smallPhoto(),
  };
  const errors: Record<string, number> = {};
  for (const [of, network] of Object.entries(networks)) {
    const vector = generic(network);
    const run = async (backend: 'tensorflow' | 'wasm'): Promise<Float32Array> => {
      const gradient = new Float32Array(vector.length);
      const differentiator = new Differentiator(network, await openBackend(backend));
      const loss = await differentiator.run(vector, examples(4, 16), { portion: 2, gradient });
      return Float32Array.of(loss, ...gradient);
    };
    errors[`loss and gradient of ${of}`] = relativeError(await run('tensorflow'), await run('wasm'));
  }
  return errors;
}

/** Pictures that were decoded there and on wasm, in threads and in the calling thread; and samples. */
async function codec(): Promise<Pick<TensorflowOutput, 'differences' | 'backends'>> {
  const vectors = readVectors().filter(({ name }) => ['32x32', '24x16-gains'].includes(name));
  const pool = await createCodec({ threads: 2, backend: name });
  const made = await pool.encode(testPicture(32, 32, 3), { effort: 1, bpp: 2 });
  const files = [...vectors, { name: 'encoded there', bytes: made.data }];
  const threaded = await Promise.all(files.map(({ bytes }) => pool.decode(bytes)));
  await pool.close();
  const differences: Record<string, number> = {};
  const backends: string[] = [made.info.backend];
  for (const [i, file] of files.entries()) {
    const wasm = await decode(file.bytes, { portable: true });
    const inline = await decode(file.bytes, { backend: name, thread: 'inline' });
    for (const { info } of [threaded[i], inline]) backends.push(`${info.backend} ${info.arithmetic}`);
    differences[`${file.name}, threads`] = largestDifference(threaded[i].data, wasm.data);
    differences[`${file.name}, inline`] = largestDifference(inline.data, wasm.data);
  }
  const settings = { count: 2, steps: 4, seed: 3, width: 16, height: 16 };
  const [there, here] = [await sample({ ...settings, backend: name, threads: 2 }), await sample(settings)];
  there.images.forEach((image, i) => {
    differences[`sample ${i}`] = largestDifference(image.data, here.images[i].data);
  });
  return { differences, backends };
}

async function bitsPerDim(): Promise<[number, number]> {
  const images = [testPicture(32, 32, 3)];
  const run = async (backend: 'tensorflow' | 'wasm') =>
    (await analyze(images, { backend, stride: 100 })).codelength.total;
  return [await run(name), await run('wasm')];
}

async function refusals(): Promise<string[]> {
  const picture = testPicture(16, 16, 3);
  const { data } = await encode(picture, { lossless: true });
  const calls = [
    () => encode(picture, { lossless: true, backend: name }),
    () => encode(picture, { portable: true, backend: name }),
    () => decode(data, { portable: true, backend: name }),
    () => decode(data, { failOn: 'truncated', backend: name }),
  ];
  return Promise.all(
    calls.map((call) =>
      call().then(
        () => 'accepted',
        ({ code, message }) => `${code} ${message}`,
      ),
    ),
  );
}

async function work(): Promise<Omit<TensorflowOutput, 'available' | 'description'>> {
  const errors = { ...(await photoNetErrors()), ...(await unetErrors()), ...(await gradientErrors()) };
  const tensorsLeft = tf.memory().numTensors;
  return { errors, tensorsLeft, ...(await codec()), bitsPerDim: await bitsPerDim(), refusals: await refusals() };
}

const { available = false, description = '' } = (await listBackends()).find((backend) => backend.name === name) ?? {};
process.stdout.write(JSON.stringify({ available, description, ...(available ? await work() : {}) }));
