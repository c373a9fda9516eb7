import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DitheredTile,
  decodeDithered,
  dither,
  ditherKey,
  encodeDithered,
  MAX_DITHERED_BITS_PER_COEFFICIENT,
  quantisationStep,
  quantise,
} from '../../../src/codec/dithered/dithered-code.ts';
import { ditheredTransport } from '../../../src/codec/dithered/dithered-transport.ts';
import { lengthCodeLength, readLength, writeLength } from '../../../src/codec/dithered/length-code.ts';
import { NORMAL_TAILS, normalTail } from '../../../src/codec/dithered/normal-tail.ts';
import { LARGEST_MAGNITUDE } from '../../../src/codec/dithered/scale-mixture.ts';
import { BitReader, BitWriter } from '../../../src/codec/format/bits.ts';
import { BLOCK_COEFFICIENTS } from '../../../src/codec/math/whitening.ts';
import type { TileKey } from '../../../src/codec/transport/transport.ts';
import { FLAT_SPECTRUM } from '../../../src/codec/trellis/bit-allocation.ts';
import { gaussianSampler, moments, randomBytes } from '../../support/gaussian.ts';

interface Vector extends TileKey {
  readonly variances: string;
  readonly blocks: number;
  readonly blocksWide: number;
  readonly message: string;
  readonly first: number[];
  readonly largest: number;
  readonly sha256: string;
}

/** Made by dithered_make_vector.py, which was written from docs/format.md. */
const VECTORS: { vectors: Vector[] } = JSON.parse(readFileSync('test/codec/dithered/dithered-vector.json', 'utf8'));

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const key: fc.Arbitrary<TileKey> = fc.record({ seed: word, layer: fc.nat(200), tile: fc.nat(70000) });
const KEY: TileKey = { seed: 7, layer: 3, tile: 1 };

/** A tile and its targets. */
interface Problem extends DitheredTile {
  readonly target: Float32Array;
}

/** Targets from N(0, 1 - r) times `stretch`: 1 is what the model expects. */
function synthetic(
  blocks: number,
  residualVariance: (i: number) => number,
  seed: string,
  stretch: (i: number) => number = () => 1,
): Problem {
  const sample = gaussianSampler(seed);
  const variances = Float32Array.from({ length: blocks * BLOCK_COEFFICIENTS }, (_, i) => residualVariance(i));
  const target = variances.map((r, i) => Math.sqrt(1 - r) * stretch(i) * sample());
  return { residualVariance: variances, target, key: KEY, blocksWide: Math.ceil(Math.sqrt(blocks)) };
}

function encoded(problem: Problem): { message: Uint8Array; values: Float32Array } {
  const values = new Float32Array(problem.target.length);
  return { message: encodeDithered(problem, problem.target, values), values };
}

function decoded(tile: DitheredTile, message: Uint8Array): Float32Array {
  const out = new Float32Array(tile.residualVariance.length);
  decodeDithered(tile, message, out);
  return out;
}

/**
 * 1 - Phi(x), computed differently from the table: by the continued fraction of Laplace from 2.5 on, by Simpson's rule
 * below.
 */
function tailReference(x: number, steps = 20): number {
  const density = (t: number): number => Math.exp(-0.5 * t * t) / Math.sqrt(2 * Math.PI);
  if (x < 2.5) {
    let sum = density(0) + density(x);
    for (let i = 1; i < steps; i++) sum += (i % 2 ? 4 : 2) * density((x * i) / steps);
    return 0.5 - (sum * x) / (3 * steps);
  }
  let fraction = x;
  for (let i = 60; i >= 1; i--) fraction = x + i / fraction;
  return density(x) / fraction;
}

/** Cross-entropy of the quantised integers under the Gaussian N(0, 1 - r) convolved with the uniform, in bits. */
function plainBits({ residualVariance }: Problem, values: Float32Array): number {
  let bits = 0;
  values.forEach((c, i) => {
    const half = quantisationStep(residualVariance[i]) / 2;
    const deviation = Math.sqrt(1 - residualVariance[i]);
    const upper = (x: number): number => (x < 0 ? 1 - tailReference(-x) : tailReference(x));
    bits -= Math.log2(upper((c - half) / deviation) - upper((c + half) / deviation));
  });
  return bits;
}

describe('the table of the normal tail', () => {
  test('is the one of docs/format.md', () => {
    const integers = BigInt64Array.from(NORMAL_TAILS, (value) => BigInt(value * 2 ** 40));
    const hash = createHash('sha256').update(new Uint8Array(integers.buffer)).digest('hex');
    expect(hash).toBe('12acf5af160a5d0e0a7a77401de483b39f37b2fa30598c66e24f5e46c83c06d9');
    expect([0, 64, 256, 448, 512].map((j) => Number(integers[j]))).toEqual([
      549755813888, 174443296505, 34822899, 1, 0,
    ]);
  });

  test('is the normal distribution, within what linear interpolation leaves', () => {
    for (let x = 0; x < 8; x += 0.0371) expect(Math.abs(normalTail(x) - tailReference(x))).toBeLessThan(1e-5);
    for (let j = 0; j < 512; j += 7)
      expect(Math.abs(NORMAL_TAILS[j] - tailReference(j / 64, 1000))).toBeLessThan(2 ** -40);
  });

  test('decreases, and ends', () => {
    for (let x = 0; x < 9; x += 0.001) expect(normalTail(x + 0.001)).toBeLessThanOrEqual(normalTail(x));
    expect([8, 100, Number.POSITIVE_INFINITY, Number.NaN].map(normalTail)).toEqual([0, 0, 0, 0]);
  });
});

describe('encodeDithered and decodeDithered', () => {
  const variance = fc.oneof(
    fc.double({ min: 0.01, max: 1, noNaN: true }),
    fc.constantFrom(1, 1 - 2 ** -24, 0.999, 1e-6, 1e-12),
  );
  const stretch = fc.constantFrom(0, 0.2, 1, 3, 50);

  test('agree bit for bit, whatever the targets', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(variance, stretch), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        key,
        (kinds, blocks, blocksWide, tile) => {
          const kind = (i: number) => kinds[(i * 7) % kinds.length];
          const problem = {
            ...synthetic(
              blocks,
              (i) => kind(i)[0],
              `${blocks}`,
              (i) => kind(i)[1],
            ),
            blocksWide,
            key: tile,
          };
          const { message, values } = encoded(problem);
          expect(decoded(problem, message)).toEqual(values);
          expect(message.length * 8).toBeLessThanOrEqual(values.length * MAX_DITHERED_BITS_PER_COEFFICIENT);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('code targets far outside the model, and clip targets that have no code', () => {
    for (const size of [30, 1000, 4000, 1e9]) {
      const problem = synthetic(2, () => 0.5, 'outliers');
      problem.target.fill(size * quantisationStep(0.5), 100, 110);
      problem.target.fill(-size * quantisationStep(0.5), 300, 303);
      const { message, values } = encoded(problem);
      expect(decoded(problem, message)).toEqual(values);
      const nearest = Math.min(size, LARGEST_MAGNITUDE);
      expect(Math.abs(values[100] / quantisationStep(0.5) - nearest)).toBeLessThan(0.51);
      expect(Math.abs(values[302] / quantisationStep(0.5) + nearest)).toBeLessThan(0.51);
    }
  });

  test('have an error that is uniform with the variance r and independent of the target', () => {
    const n = 200 * BLOCK_COEFFICIENTS;
    for (const r of [0.05, 0.4, 0.95]) {
      const { target, residualVariance, ...problem } = synthetic(200, () => r, `error/${r}`);
      const { values } = encoded({ ...problem, target, residualVariance });
      const error = Array.from(values, (c, i) => (c - target[i]) / Math.sqrt(r));
      const { mean, deviation } = moments(error);
      expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
      // The variance of a squared uniform variable of variance 1 is 4/5.
      expect(Math.abs(deviation ** 2 - 1)).toBeLessThan(4 * Math.sqrt(0.8 / n));
      expect(Math.max(...error.map(Math.abs))).toBeLessThan(Math.sqrt(3) * 1.00001);
      const counts = new Float64Array(16);
      for (const e of error) counts[Math.min(Math.floor((e / Math.sqrt(12) + 0.5) * 16), 15)]++;
      const chiSquared = counts.reduce((sum, count) => sum + (count - n / 16) ** 2 / (n / 16), 0);
      expect(chiSquared).toBeLessThan(44); // 15 degrees of freedom: 1e-4
      for (const moment of [(a: number) => a, (a: number) => a * a - (1 - r)]) {
        const scaled = Array.from(target, (a) => moment(a) / (1 - r));
        const covariance = moments(error.map((e, i) => e * scaled[i])).mean;
        expect(Math.abs(covariance)).toBeLessThan(10 / Math.sqrt(n));
      }
    }
  });

  test('take the cross-entropy of the Gaussian convolved with the uniform where the model is right', () => {
    for (const r of [0.02, 0.3, 0.8, 0.98, 0.9999]) {
      const problem = synthetic(48, () => r, `rate/${r}`);
      const { message, values } = encoded(problem);
      const bits = plainBits(problem, values);
      // The end of a message takes up to 2 bytes; mixture and neighbourhood adaptation take bits but gain nothing here.
      expect(message.length * 8, `r = ${r}`).toBeLessThan(1.012 * bits + 40);
      expect(message.length * 8).toBeGreaterThan(0.98 * bits - 16);
    }
  });

  test('take less than that if some blocks have more variance than the model predicts', () => {
    const problem = synthetic(
      100,
      () => 0.2,
      'wild',
      (i) => (Math.floor(i / BLOCK_COEFFICIENTS) % 5 === 0 ? 2 : 0.5),
    );
    const { message, values } = encoded(problem);
    expect(message.length * 8).toBeLessThan(0.95 * plainBits(problem, values));
  });

  test('take almost no bits if there is almost no information', () => {
    const problem = synthetic(1024, () => 1, 'nothing');
    const { message, values } = encoded(problem);
    expect(message.length).toBeLessThan(40);
    const stream = ditherKey(KEY);
    expect(values.every((c, i) => c === Math.fround(dither(stream, i) * quantisationStep(1)))).toBe(true);
  });

  test('quantise to the nearest lattice point', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -50, max: 50, noNaN: true }),
        fc.double({ min: -0.5, max: 0.5, noNaN: true }),
        (a, d) => {
          expect(Math.abs(quantise(a, 0.7, d) + d - a / 0.7)).toBeLessThanOrEqual(0.5 + 1e-9);
        },
      ),
    );
  });

  test('have a dither that is uniform, and another one in every tile', () => {
    const values = Array.from({ length: 20000 }, (_, i) => dither(ditherKey(KEY), i));
    expect(Math.abs(moments(values).mean)).toBeLessThan(0.01);
    expect(Math.abs(moments(values).deviation * Math.sqrt(12) - 1)).toBeLessThan(0.02);
    expect(Math.max(...values.map(Math.abs))).toBeLessThan(0.5);
    const keys = [KEY, { ...KEY, tile: 2 }, { ...KEY, layer: 4 }, { ...KEY, seed: 8 }].map(ditherKey);
    expect(new Set(keys).size).toBe(4);
  });
});

describe('damaged messages', () => {
  const problem = synthetic(3, (i) => (i % 3 ? 0.3 : 0.95), 'damage');
  const { message, values } = encoded(problem);

  test('decode to finite values, in the time of an intact message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(decoded(problem, bytes).every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 100 },
    );
    for (const fill of [0, 0xff])
      expect(decoded(problem, new Uint8Array(5000).fill(fill)).every(Number.isFinite)).toBe(true);
  });

  test('decode correctly up to the cut', () => {
    for (const share of [0.25, 0.5, 0.9]) {
      const cut = decoded(problem, message.subarray(0, Math.floor(share * message.length)));
      const right = cut.findIndex((c, i) => c !== values[i]);
      expect(right / values.length).toBeGreaterThan(share - 0.15);
    }
  });

  test('do no harm to a decoder whose model is broken', () => {
    for (const broken of [Number.NaN, 0, -1, 2]) {
      const tile = { ...problem, residualVariance: problem.residualVariance.map((r, i) => (i % 50 ? r : broken)) };
      expect(decoded(tile, message)).toHaveLength(values.length);
    }
  });
});

describe('the code of lengths', () => {
  test('round trip of every length; its size is known beforehand', () => {
    fc.assert(
      fc.property(fc.nat(12), fc.nat(2 ** 21), fc.nat(200), (shift, seed, predicted) => {
        const bits = 8 * (seed >>> shift);
        const out = new BitWriter();
        // Keeps the length within the range around the prediction that the code can represent.
        writeLength(out, bits, predicted);
        expect(out.length).toBe(lengthCodeLength(bits, predicted));
        expect(readLength(new BitReader(out.bytes()), predicted)).toBe(bits);
      }),
    );
  });

  test('costs a few bits near the prediction', () => {
    for (const [bits, predicted, most] of [
      [0, 0, 1],
      [64, 32, 1],
      [128, 40, 2],
      [80000, 115, 18],
    ]) {
      expect(lengthCodeLength(bits, predicted), `${bits}`).toBeLessThanOrEqual(most);
    }
  });

  test('refuses lengths that are not whole bytes, and reports where bits are missing', () => {
    const out = new BitWriter();
    writeLength(out, 8 * 12345, 100);
    const bytes = out.bytes();
    expect(readLength(new BitReader(bytes.subarray(0, 1)), 100)).toBeUndefined();
    expect(readLength(new BitReader(Uint8Array.of(0x80)), 9)).toBeNaN(); // 9 bits
    expect(readLength(new BitReader(Uint8Array.of(0x80)), 236)).toBeNaN(); // more than 2^31
    expect(readLength(new BitReader(new Uint8Array(8)), 9)).toBeNaN(); // no code
    fc.assert(
      fc.property(fc.nat(2 ** 20), fc.nat(230), (seed, predicted) => {
        const found = readLength(new BitReader(randomBytes(6, `${seed}`)), predicted);
        if (found !== undefined && !Number.isNaN(found)) expect(found % 8).toBe(0);
      }),
    );
  });
});

test("ditheredTransport returns the decoder's values and the number of bits", () => {
  const problem = synthetic(4, (i) => 0.2 + (i % 5) / 8, 'transport');
  const { values, packed, bits } = ditheredTransport().convey({ ...problem, spectrum: FLAT_SPECTRUM, bits: 1 });
  expect(packed).toHaveLength((bits as number) / 8);
  expect(decoded(problem, packed as Uint8Array)).toEqual(values);
});

describe('messages of another implementation', () => {
  /** The same as `variance` in dithered_make_vector.py. */
  const variances: Record<string, (at: number, band: number) => number> = {
    high: (_, band) => (1 + band) / 4096,
    low: (_, band) => 1 - 2 ** -(2 + band),
    mixed: (at, band) => [1 / 16, 1 / 2, 15 / 16, 1][(at + band) % 4],
  };
  test.each(VECTORS.vectors)('of $variances variances decode to the same values', (vector) => {
    const { seed, layer, tile, blocks, blocksWide, first, sha256 } = vector;
    const residualVariance = Float32Array.from({ length: blocks * BLOCK_COEFFICIENTS }, (_, at) =>
      variances[vector.variances](at, ((at >> 3) & 7) + (at & 7)),
    );
    const key = { seed, layer, tile };
    const values = decoded({ residualVariance, key, blocksWide }, Buffer.from(vector.message, 'hex'));
    const stream = ditherKey(key);
    const integers = Array.from(values, (c, i) =>
      Math.floor(c / quantisationStep(residualVariance[i]) - dither(stream, i) + 0.5),
    );
    expect(integers.slice(0, 16)).toEqual(first);
    expect(Math.max(...integers.map(Math.abs))).toBe(vector.largest);
    expect(createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex')).toBe(sha256);
  });
});
