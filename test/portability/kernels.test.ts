import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import '@tensorflow/tfjs-backend-wasm'; // registers the flag
import { env } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBackend } from '../../src/entry/model.ts';
import { runGolden } from './golden-program.ts';
import { expectedNetwork } from './vectors.ts';

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

describe('kernels of the tensor library', () => {
  beforeAll(() => writeFileSync(join(folder, 'arm.wasm'), asOnArm()));

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('those for ARM give the same floats', async () => {
    const { parts } = await runGolden(process.execPath, join(folder, 'arm.wasm'));
    expect(parts.network).toEqual(expectedNetwork());
  });

  test('those without SIMD give other floats, so that the backend is not portable then', async () => {
    const { parts } = await runGolden(process.execPath, join(PACKAGE, BUILDS[0]));
    const expected = expectedNetwork();
    expect(Object.keys(parts.network)).toEqual(Object.keys(expected));
    for (const [name, hash] of Object.entries(parts.network)) expect(hash).not.toBe(expected[name]);
    env().set('WASM_HAS_SIMD_SUPPORT', false);
    const { description, portable } = await openBackend('wasm');
    expect(description).toContain('no SIMD');
    expect(portable).toBe(false);
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
