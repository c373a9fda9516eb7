import seedrandom from 'seedrandom';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { LogSpectrum, TileKey } from '../../../src/codec/transport/transport.ts';
import { FLAT_SPECTRUM } from '../../../src/codec/trellis/bit-allocation.ts';
import { PathSearch } from '../../../src/codec/trellis/path-search.ts';
import { createPathSearch } from '../../../src/codec/trellis/search-kernel.ts';
import { MAX_BITS_PER_COEFFICIENT, startRegister, tileRoute } from '../../../src/codec/trellis/trellis-code.ts';
import { gaussianSampler } from '../../support/gaussian.ts';
import { onePass, type PassProblem, searchPass } from '../../support/one-pass.ts';

const KEY: TileKey = { seed: 1, layer: 2, tile: 3 };

/** A spectrum that falls by 10 octaves, so that stages have different lengths and numbers of bits. */
const STEEP: LogSpectrum = FLAT_SPECTRUM.map((_, band) => -Math.floor((band % 64) * 2.5));

/**
 * A tile with a ~ N(0, 1 - r). If mixed, rho = 1/r - 1 is log-uniform from 1e-3 to 30; otherwise it matches the rate.
 */
function tile(n: number, rate: number, isMixed: boolean, seed: string): PassProblem {
  const random = seedrandom(seed);
  const sample = gaussianSampler(seed);
  const rho = (): number => (isMixed ? 10 ** (4.5 * random() - 3) : 4 ** Math.min(rate, 10) - 1 + 1e-6);
  const residualVariance = Float32Array.from({ length: n }, () => 1 / (1 + rho()));
  const target = residualVariance.map((r) => Math.sqrt(1 - r) * sample());
  const key: TileKey = { seed: Math.floor(random() * 2 ** 32), layer: Math.floor(random() * 99), tile: n };
  const spectrum = isMixed ? STEEP : FLAT_SPECTRUM;
  return {
    target,
    residualVariance,
    bits: Math.min(Math.round(rate * n), n * MAX_BITS_PER_COEFFICIENT),
    key,
    spectrum,
  };
}

describe('the kernel', () => {
  test('starts on this machine', () => {
    expect(createPathSearch(8).name).toBe('wasm-simd');
    expect(createPathSearch(8).width).toBe(8);
  });

  // One search for all tiles of a width, so that its memory is reused for larger and smaller tiles.
  test.each([
    [1, [192, 19968]],
    [3, [192, 9216, 384, 19968]],
    [8, [192, 12288]],
    [9, [960, 192]],
    [100, [192, 1536]],
    [256, [960, 192]],
    [511, [192]],
    [1024, [192, 384]],
    [4096, [192]],
  ])('%i paths: the same bits as the reference', (width, sizes) => {
    const kernel = createPathSearch(width);
    const reference = new PathSearch(width);
    for (const n of sizes) {
      for (const rate of [0, 0.001, 0.0101, 0.05, 0.23, 0.5, 0.81, 1, 1.05, 1.7, 3, 4]) {
        for (const isMixed of [false, true]) {
          const name = `kernel/${width}/${n}/${rate}/${isMixed}`;
          const problem = tile(n, rate, isMixed, name);
          const { order, passes } = tileRoute(problem, n);
          for (const route of [...passes.map((pass) => ({ order, ...pass })), onePass(problem, n)]) {
            const [found, expected] = [kernel, reference].map((search) =>
              search.search(problem, route, startRegister(problem.key)),
            );
            // Does not use toEqual, which is slow for large arrays.
            expect(Buffer.compare(found, expected), name).toBe(0);
          }
        }
      }
    }
  });

  test('stages of more bits than the kernel takes: the same bits as the reference', () => {
    const problem = tile(192, 1, false, 'kernel/many-bits');
    const spectrum = FLAT_SPECTRUM.map((_, band) => (band % 16 === 0 ? 0 : -700));
    for (const width of [1, 6]) {
      const paths = searchPass(createPathSearch(width), { ...problem, spectrum });
      expect(paths).toEqual(searchPass(new PathSearch(width), { ...problem, spectrum }));
    }
  });

  test('targets without information, and far from the model', () => {
    const n = 576;
    const kernel = createPathSearch(64);
    for (const [a, r] of [
      [0, 1],
      [1e-30, 1],
      [0.5, 1],
      [5, 1e-4],
      [1000, 0.5],
      [3, 1e-12],
    ]) {
      const target = new Float32Array(n).fill(a);
      const residualVariance = new Float32Array(n).fill(r);
      const problem = { target, residualVariance, bits: 350, key: KEY, spectrum: STEEP };
      expect(searchPass(kernel, problem), `${a} ${r}`).toEqual(searchPass(new PathSearch(64), problem));
    }
  });

  test.each([
    ['NaN', 1],
    ['Infinity', 1],
    ['1', 0],
    ['1', Number.NaN],
  ])('target %s with variance %d is a RangeError', (a, r) => {
    const target = new Float32Array(192).fill(Number(a));
    const residualVariance = new Float32Array(192).fill(r);
    const problem = { target, residualVariance, bits: 1, key: KEY, spectrum: FLAT_SPECTRUM };
    expect(() => searchPass(createPathSearch(4), problem)).toThrow(RangeError);
    expect(() => searchPass(new PathSearch(4), problem)).toThrow(RangeError);
  });
});

describe('without WebAssembly SIMD', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test.each([
    ['no WebAssembly', undefined],
    ['no SIMD', { validate: (): boolean => false }],
    [
      'compilation refused by a content security policy',
      {
        validate: (): boolean => true,
        Module: class {
          constructor() {
            throw new Error('blocked');
          }
        },
      },
    ],
  ])('%s: the search is the reference, and says so', async (_, replacement) => {
    vi.resetModules();
    vi.stubGlobal('WebAssembly', replacement);
    const { createPathSearch: createAnew } = await import('../../../src/codec/trellis/search-kernel.ts');
    const search = createAnew(16);
    expect(search.name).toBe('reference');
    const problem = tile(192, 0.5, true, 'fallback');
    expect(searchPass(search, problem)).toEqual(searchPass(new PathSearch(16), problem));
  });
});
