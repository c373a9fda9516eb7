import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import '@tensorflow/tfjs-backend-wasm'; // registers the flag
import { env } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { relativeError } from '../../bench/model-fixture.ts';
import { openBackend } from '../../src/entry/model.ts';
import { readPhotoNetConfig, readPhotoNetWeights } from '../../src/model/photo-net/photo-net-weights.ts';
import { NETWORK_EXACT_BASE64 } from '../../src/model/photo-net/program/network-exact-bytes.ts';
import { programNetwork } from '../../src/model/photo-net/program/program-network.ts';
import { TensorNetwork } from '../../src/model/photo-net/tensor-network.ts';
import { ModelFile } from '../../src/model/weights/model-file.ts';
import { runNetwork } from '../model/photo-net/run-network.ts';
import { FIXTURES, fixtureModel } from '../model/unet/fixtures.ts';
import { WEIGHTS } from '../support/model-fixtures.ts';
import { randomBytes } from './golden.ts';
import { runUnet } from './golden-program.ts';

const PACKAGE = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
const BUILDS = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'];
const folder = mkdtempSync(join(tmpdir(), 'ddpm-kernels-'));

/**
 * The code by which XNNPACK distinguishes processors: `inf - inf` is a NaN whose sign WebAssembly does not define; it
 * is set on x86 and clear on ARM. The bytes are
 * `i32.const inf; f32.load; i32.const inf; f32.load; f32.sub; i32.reinterpret_f32`.
 */
const SIGN_OF_NAN = Buffer.from('41a4382a0200' + '41a4382a0200' + '93' + 'bc', 'hex');
const F32_ADD = 0x92;

/**
 * The SIMD build, changed so that it uses the kernels for the other kind of processor: `inf + inf` has no sign on
 * either.
 */
function asOnArm(): Uint8Array {
  const bytes = readFileSync(join(PACKAGE, 'tfjs-backend-wasm-simd.wasm'));
  const at = bytes.indexOf(SIGN_OF_NAN);
  if (at === -1 || bytes.includes(SIGN_OF_NAN, at + 1))
    throw new Error('another build of XNNPACK: look for its test anew');
  bytes[at + SIGN_OF_NAN.length - 2] = F32_ADD;
  return bytes;
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Models run by the tensor library's kernels: U-Nets. */
describe.each(FIXTURES)('kernels of the tensor library, U-Net %s', (name) => {
  const model = join(folder, `${name}.safetensors`);
  let expected: Record<string, string>;

  beforeAll(async () => {
    writeFileSync(join(folder, 'arm.wasm'), asOnArm());
    writeFileSync(model, fixtureModel(name));
    expected = await runUnet(model);
  });

  test('those for ARM, and the convolutions of either, give the same floats', async () => {
    expect(Object.keys(expected).length).toBeGreaterThan(0);
    expect(await runUnet(model, join(folder, 'arm.wasm'))).toEqual(expected);
    expect(await runUnet(model, join(PACKAGE, BUILDS[1]))).toEqual(expected);
  });

  test('those without SIMD give other floats, so that the backend is not portable then', async () => {
    const found = await runUnet(model, join(PACKAGE, BUILDS[0]));
    for (const [timestep, hash] of Object.entries(found)) expect(hash).not.toBe(expected[timestep]);
  });
});

test("the default model's network imports its memory alone", async () => {
  const module = await WebAssembly.compile(Uint8Array.from(Buffer.from(NETWORK_EXACT_BASE64, 'base64')));
  expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
});

describe('the tensor library', () => {
  test('without SIMD it is not portable, and runs the default model within 1e-5 of the portable floats', async () => {
    env().set('WASM_HAS_SIMD_SUPPORT', false);
    const backend = await openBackend('wasm');
    expect(backend.description).toContain('no SIMD');
    expect(backend.portable).toBe(false);
    const file = new ModelFile(WEIGHTS, 'the default model');
    const { patch } = readPhotoNetConfig(file);
    const weights = readPhotoNetWeights(file, readPhotoNetConfig(file));
    const shape = { batch: 1, height: 16, width: 48 };
    const y = Float32Array.from(randomBytes(shape.height * shape.width * 3, 5), (byte) => byte / 127.5 - 1);
    const pictures = { y, shape, sigma: 0.25, patch };
    const portable = await runNetwork(programNetwork(weights), pictures);
    const found = await runNetwork(new TensorNetwork(weights, backend), pictures);
    expect(found).not.toEqual(portable);
    expect(relativeError(found, portable)).toBeLessThan(1e-5);
  });

  /**
   * Math.exp and similar functions would be imports of the module; the imports of tfjs-backend-wasm do not compute
   * anything.
   */
  test.each(BUILDS)('%s imports no arithmetic', async (name) => {
    const module = await WebAssembly.compile(readFileSync(join(PACKAGE, name)));
    const imports = WebAssembly.Module.imports(module).filter(({ module }) => module === 'env');
    const arithmetic = imports.filter(({ name }) => name in Math || /^(f32|f64|pow|fmod|exp|log|sin|cos)/.test(name));
    expect(imports.length).toBeGreaterThan(0);
    expect(arithmetic).toEqual([]);
  });
});
