/**
 * Prints how far the arithmetics of the default model's network lie from a network in binary64, for the table in docs/design/network.md. The fused
 * one needs a Node with relaxed SIMD (22 or later).
 *
 *     npx tsc -p tsconfig.fuzz.json && node .scratch/test/model/photo-net/measure-error.js
 *
 * Input: a part of Kodak 23 with Gaussian noise of the level. Units: last places of the largest output of the network, F and G together.
 */
import { openBackend } from '../../../src/model/backends/open-backend.ts';
import { readPhotoNetConfig, readPhotoNetWeights } from '../../../src/model/photo-net/photo-net-weights.ts';
import { hasArithmetic } from '../../../src/model/photo-net/program/network-module.ts';
import { programNetwork } from '../../../src/model/photo-net/program/program-network.ts';
import { TensorNetwork } from '../../../src/model/photo-net/tensor-network.ts';
import { ModelFile } from '../../../src/model/weights/model-file.ts';
import { gaussians } from '../../support/gaussian.ts';
import { WEIGHTS } from '../../support/model-fixtures.ts';
import { kodakCrop } from '../../support/pictures.ts';
import { type Pictures, runNetwork, runScalar } from './run-network.ts';
import { BINARY64, EXACT, ScalarNetwork } from './scalar-network.ts';

const SIDE = 128;
const SIGMAS = [0.03, 0.3, 3];

const file = new ModelFile(WEIGHTS, 'the default model');
const config = readPhotoNetConfig(file);
const weights = readPhotoNetWeights(file, config);
const program = programNetwork(weights);
const tensors = new TensorNetwork(weights, await openBackend('wasm'));
const { data } = await kodakCrop(SIDE, SIDE);
const noise = gaussians(data.length, 'measure-error');

/** Root mean square and largest difference in last places of the largest value. */
function compare(found: Float32Array, expected: Float64Array): string {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const place = 2 ** (Math.floor(Math.log2(largest)) - 23);
  const errors = found.map((value, i) => Math.abs(value - expected[i]) / place);
  const rms = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
  const most = errors.reduce((a, b) => Math.max(a, b), 0);
  return `${rms.toFixed(2)} / ${most.toFixed(1)}`;
}

/** What is in binary64: all, or what follows the features of the noise level and the FiLM factors, which all networks share. */
const { embed, film } = EXACT;
const references = { all: BINARY64, 'shared factors': { ...BINARY64, embed, film } };

const lines = ['| sigma | against | exact | fused | direct |', '| --- | --- | --- | --- | --- |'];
for (const sigma of SIGMAS) {
  const den = Math.sqrt(sigma * sigma + config.sigmaData * config.sigmaData);
  const y = noise.map((value, i) => (data[i] / 127.5 - 1 + sigma * value) / den);
  const pictures: Pictures = { y, shape: { batch: 1, height: SIDE, width: SIDE }, sigma, patch: config.patch };
  const exact = await runNetwork(program, pictures);
  const fused = hasArithmetic('fused') ? await runNetwork(program, pictures, false) : undefined;
  const direct = await runNetwork(tensors, pictures);
  for (const [name, arithmetic] of Object.entries(references)) {
    const expected = runScalar(new ScalarNetwork(weights, arithmetic), pictures);
    const cells = [exact, fused, direct].map((found) => (found ? compare(found, expected) : 'not here'));
    lines.push(`| ${sigma} | ${name} | ${cells.join(' | ')} |`);
  }
}
process.stdout.write(`Root mean square / largest error, ${process.version}\n\n${lines.join('\n')}\n`);
