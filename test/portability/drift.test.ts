import { readFileSync } from 'node:fs';
import seedrandom from 'seedrandom';
import { beforeAll, describe, expect, test } from 'vitest';
import { difference, perturbed } from '../../bench/drift-measure.ts';
import { inspect } from '../../src/entry/index.ts';
import { loadModel, type Model, openBackend } from '../../src/entry/model.ts';
import { MODEL_PATH } from '../support/model-files.ts';
import { partsEngine } from './parts-engine.ts';
import { readVectors } from './vectors.ts';

/** Trellis streams only; a dithered stream can only be decoded with exactly the encoder's floats. */
const vectors = readVectors().filter(({ bytes }) => inspect(bytes).transport === 'trellis');
const small = vectors.filter(({ name }) => name === '32x32' || name === '17x5-grey');

let model: Model;

beforeAll(async () => {
  model = await open('wasm');
});

async function open(name: 'wasm' | 'cpu'): Promise<Model> {
  const bytes = new Uint8Array(readFileSync(MODEL_PATH));
  return loadModel(bytes, { backend: await openBackend(name), source: MODEL_PATH });
}

/** Differences of the pictures of a file after its layers, decoded with two models. */
async function drift({ bytes, layers }: (typeof vectors)[number], a: Model, b: Model): Promise<number[]> {
  const first = await partsEngine(a).decode(bytes, layers);
  const second = await partsEngine(b).decode(bytes, layers);
  return first.map((picture, i) => difference(picture, second[i]).max);
}

/** docs/portability.md, "Drift": differences between floats do not accumulate from layer to layer. */
describe('drift', () => {
  test.each(small)('wasm to cpu, file $name: at most 1 grey level after every layer', async (vector) => {
    const found = await drift(vector, model, await open('cpu'));
    expect(found).toHaveLength(vector.layers.length);
    expect(Math.max(...found)).toBeLessThanOrEqual(1);
  });

  test.each(vectors)(
    'noise of 1e-6 in every step, file $name: at most 1 grey level after every layer',
    async (vector) => {
      const random = seedrandom(`drift/${vector.name}`);
      expect(Math.max(...(await drift(vector, model, perturbed(model, 1e-6, random))))).toBeLessThanOrEqual(1);
    },
  );

  test('the measurement detects noise of 1e-2', async () => {
    const noisy = perturbed(model, 1e-2, seedrandom('drift/large'));
    const [vector] = small.filter(({ name }) => name === '32x32');
    expect(Math.max(...(await drift(vector, model, noisy)))).toBeGreaterThan(1);
  });
});
