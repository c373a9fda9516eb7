/**
 * Prints hashes of a U-Net's floats as JSON, at three timesteps. Tests run it in Node, on a build of the package (test/support/built.ts).
 *
 *     node unet-node.js MODEL [FILE]    FILE is a .wasm to take in place of all those of the tensor library; then the network runs by the
 *                                       library's kernels alone
 */
import { readFileSync } from 'node:fs';
import { unregisterKernel } from '@tensorflow/tfjs-core';
import { isEpsilonDenoiser, loadUncalibratedModel, openBackend } from '../../src/entry/model.ts';
import { CONVOLUTION } from '../../src/model/convolution/convolution-kernel.ts';
import { randomBytes, sha256 } from './golden.ts';

const TIMESTEPS = [1, 123, 1000];
const SIDE = 16;

/** @param file - a WebAssembly build of TensorFlow.js with XNNPACK */
function wasmPaths(file: string): Record<string, string> {
  const builds = ['', '-simd', '-threaded-simd'];
  return Object.fromEntries(builds.map((build) => [`tfjs-backend-wasm${build}.wasm`, file]));
}

const [source = '', file] = process.argv.slice(2);
const backend = await openBackend('wasm', file === undefined ? {} : { wasmPaths: wasmPaths(file) });
if (file !== undefined) unregisterKernel(CONVOLUTION, 'wasm');
const { denoiser } = await loadUncalibratedModel(new Uint8Array(readFileSync(source)), { backend, source });
if (!isEpsilonDenoiser(denoiser)) throw new Error(`${source} is not a U-Net`);
const x = Float32Array.from(randomBytes(2 * SIDE * SIDE * 3, 78), (byte) => byte / 64 - 2);
const hashes: Record<string, string> = {};
for (const timestep of TIMESTEPS) {
  const epsilon = await denoiser.epsilonModel.predict(x, { batch: 2, height: SIDE, width: SIDE }, timestep);
  hashes[`timestep ${timestep}`] = await sha256(epsilon);
}
process.stdout.write(JSON.stringify(hashes));
