import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { DdpmError } from '../../src/base/errors.ts';
import type { Extraction } from '../../src/fid/extraction.ts';
import { writeNpy } from '../../src/fid/npy.ts';
import { readStatistics, writeStatistics } from '../../src/fid/statistics-file.ts';
import { DISTANCES, featureSet, normalFeatures, statisticsOf } from './vectors.ts';

const extraction: Extraction = {
  network: 'größe.onnx',
  sha256: '0123456789abcdef'.repeat(4),
  output: 'pool',
  size: [299, 299],
  range: '-1..1',
};
const features = normalFeatures(7, 3, 'file');
const statistics = statisticsOf(features);
const single = { ...features, data: Float32Array.from(features.data) };
const saved = writeStatistics({ statistics, extraction, features: single });

/** A file of arrays. */
function npz(arrays: Readonly<Record<string, Uint8Array>>): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(arrays).map(([name, array]) => [`${name}.npy`, array])));
}
const mu = writeNpy({ shape: [2], data: Float64Array.of(1, 2) });
const sigma = writeNpy({ shape: [2, 2], data: Float64Array.of(1, 0, 0, 1) });

describe('statistics file', () => {
  test('gives back what was written, and features where they are wanted', () => {
    expect(readStatistics(saved, 'a.npz', { features: true })).toEqual({ statistics, extraction, features: single });
    expect(readStatistics(saved, 'a.npz')).toEqual({ statistics, extraction, features: null });
    const native = writeStatistics({ statistics, extraction: { ...extraction, size: null }, features: null });
    expect(readStatistics(native, 'a.npz', { features: true }).extraction?.size).toBeNull();
    expect(writeStatistics({ statistics, extraction, features: single })).toEqual(saved);
  });

  test.each(['plain.npz', 'packed.npz'])('reads %s of numpy', (name) => {
    const file = readFileSync(new URL(`../fixtures/fid/${name}`, import.meta.url));
    const [{ a, dims }] = DISTANCES;
    const known = statisticsOf(featureSet(a, dims));
    const { statistics: found, ...rest } = readStatistics(file, name);
    expect(rest).toEqual({ extraction: null, features: null });
    expect([found.count, found.dims]).toEqual([null, dims]);
    const digits = name === 'plain.npz' ? 13 : 6;
    for (const [i, value] of known.mean.entries()) expect(found.mean[i]).toBeCloseTo(value, digits);
    for (const [i, value] of known.covariance.entries()) expect(found.covariance[i]).toBeCloseTo(value, digits);
  });

  test.each([
    ['no zip', new Uint8Array(100), /a\.npz: not readable as \.npz/],
    ['no sigma', npz({ mu }), /a\.npz: it has no arrays mu and sigma/],
    ['no array', npz({ mu, sigma: new Uint8Array(30) }), /a\.npz, sigma: it is no \.npy array/],
    [
      'sigma of another size',
      npz({ mu: writeNpy({ shape: [3], data: new Float64Array(3) }), sigma }),
      /sigma has shape \(2, 2\), expected \(3, 3\)/,
    ],
    ['mu with two axes', npz({ mu: sigma, sigma }), /mu has shape \(2, 2\), expected \(d,\)/],
    [
      'infinity',
      npz({ mu: writeNpy({ shape: [2], data: Float64Array.of(1, Number.POSITIVE_INFINITY) }), sigma }),
      /not finite/,
    ],
    ['a text', npz({ mu: writeNpy('text'), sigma }), /mu: its type is <U4; read are <f4 and <f8/],
    [
      'too little data',
      npz({ mu, sigma: sigma.subarray(0, sigma.length - 1) }),
      /31 bytes of data, but shape \(2, 2\) takes 32/,
    ],
    ['about of something else', npz({ mu, sigma, about: writeNpy('{}') }), /about has no format/],
    ['about that is no JSON', npz({ mu, sigma, about: writeNpy('{') }), /about is no JSON/],
  ])('says what is wrong: %s', (_, file, message) => {
    expect(() => readStatistics(file, 'a.npz')).toThrow(message);
    expect(() => readStatistics(file, 'a.npz')).toThrow(DdpmError);
  });

  test('refuses a small file that promises gigabytes', () => {
    const bomb = npz({ mu, sigma });
    const view = new DataView(bomb.buffer, bomb.byteOffset);
    // The directory's entry of the first array: its unpacked size.
    const entry = bomb.findIndex((_, i) => i + 4 <= bomb.length && view.getUint32(i, true) === 0x02014b50);
    view.setUint32(entry + 24, 0xf0000000, true);
    expect(() => readStatistics(bomb, 'a.npz')).toThrow(/mu\.npy has 4026531840 bytes; read are 1073741824 at most/);
  });

  test('damaged files give statistics or a DdpmError', () => {
    const packed = readFileSync(new URL('../fixtures/fid/packed.npz', import.meta.url));
    fc.assert(
      fc.property(
        fc.constantFrom(saved, new Uint8Array(packed)),
        fc.array(fc.tuple(fc.nat(2000), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        fc.nat(2000),
        (file, changes, cut) => {
          const damaged = file.slice(0, cut % 4 === 0 ? cut : file.length);
          for (const [at, value] of changes) if (at < damaged.length) damaged[at] = value;
          try {
            const found = readStatistics(damaged, 'a.npz', { features: true });
            expect(found.statistics.covariance).toHaveLength(found.statistics.dims ** 2);
          } catch (error) {
            expect(error).toBeInstanceOf(DdpmError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
