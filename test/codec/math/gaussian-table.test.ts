import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  fillGaussian,
  GAUSSIAN_QUANTILES,
  hash,
  normalQuantile,
  QUANTILES,
  STREAM,
  type Stream,
  shuffledOrder,
  streamKey,
  uniform,
} from '../../../src/codec/math/gaussian-table.ts';
import { moments } from '../../support/gaussian.ts';
import vectors from './vectors.json' with { type: 'json' };

describe('normalQuantile', () => {
  test.each(vectors.quantiles)('of %f is %f', (p, expected) => {
    expect(Math.abs(normalQuantile(p) - expected)).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(expected)));
  });
});

describe('GAUSSIAN_QUANTILES', () => {
  test('is antisymmetric, ascending, and on the grid of 2^-12', () => {
    expect(GAUSSIAN_QUANTILES).toHaveLength(QUANTILES);
    let faults = 0;
    for (let j = 0; j < QUANTILES; j++) {
      if (GAUSSIAN_QUANTILES[j] !== -GAUSSIAN_QUANTILES[QUANTILES - 1 - j]) faults++;
      if (j > 0 && GAUSSIAN_QUANTILES[j] < GAUSSIAN_QUANTILES[j - 1]) faults++;
      if (!Number.isInteger(GAUSSIAN_QUANTILES[j] * 4096)) faults++;
    }
    expect(faults).toBe(0);
  });

  test('has the moments of a standard normal', () => {
    const { mean, deviation } = moments(GAUSSIAN_QUANTILES);
    expect(mean).toBe(0);
    expect(deviation ** 2).toBeCloseTo(vectors.tableVariance, 12);
    expect(Math.abs(deviation - 1)).toBeLessThan(2e-5);
    let fourth = 0;
    for (const value of GAUSSIAN_QUANTILES) fourth += value ** 4 / QUANTILES;
    expect(Math.abs(fourth - 3)).toBeLessThan(2e-3);
  });

  test('is the table of the format, bit for bit', () => {
    const bytes = new DataView(new ArrayBuffer(2 * QUANTILES));
    GAUSSIAN_QUANTILES.forEach((value, j) => void bytes.setInt16(2 * j, value * 4096, true));
    const digest = createHash('sha256').update(new Uint8Array(bytes.buffer)).digest('hex');
    expect(digest).toBe(vectors.tableSha256);
    expect(digest).toBe('1ea009ce409dac97d6bd609266910f809c5fb912f78e16bd89145b08174d6fc5');
  });
});

describe('hash', () => {
  test('gives the known answers', () => {
    for (const [state, index, expected] of vectors.hash) {
      expect(hash(state, index) >>> 0, `hash(${state}, ${index})`).toBe(expected);
      expect(hash(state | 0, index | 0) >>> 0).toBe(expected);
    }
  });

  test('streamKey gives the known answers, unsigned', () => {
    for (const [seed, stream, a, b, expected] of vectors.streamKey) {
      expect(streamKey(seed, stream as Stream, a, b), `streamKey(${seed}, ${stream}, ${a}, ${b})`).toBe(expected);
    }
  });

  test('different uses have different keys', () => {
    expect(STREAM).toEqual({
      initialState: 1,
      detail: 2,
      startRegister: 3,
      blocks: 4,
      bands: 5,
      offsets: 6,
      codebook: 7,
      sample: 8,
      dither: 9,
    });
    const keys = new Set<number>();
    for (const seed of [0, 1]) {
      for (const stream of Object.values(STREAM)) {
        for (let a = 0; a < 32; a++) for (let b = 0; b < 32; b++) keys.add(streamKey(seed, stream, a, b));
      }
    }
    // For this number of 32-bit keys, 0.04 collisions are expected by chance.
    expect(keys.size).toBe(2 * Object.keys(STREAM).length * 32 * 32);
  });
});

describe('shuffledOrder', () => {
  test('is a permutation, and all orders of 4 items are equally likely', () => {
    const seen = new Map<string, number>();
    for (let key = 0; key < 24000; key++) {
      const order = [...shuffledOrder(4, key)];
      expect(new Set(order)).toEqual(new Set([0, 1, 2, 3]));
      seen.set(order.join(), (seen.get(order.join()) ?? 0) + 1);
    }
    expect(seen.size).toBe(24);
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(6 * Math.sqrt(1000));
  });
});

describe('uniform', () => {
  test('takes the hash as unsigned', () => {
    expect([0, -1, 0x7fffffff, -0x80000000].map((hashed) => uniform(hashed, 10))).toEqual([0, 9, 4, 5]);
    expect(uniform(-1, 2 ** 21)).toBe(2 ** 21 - 1);
  });
});

describe('fillGaussian', () => {
  test('gives white standard-normal values that depend on the key only', () => {
    const n = 1 << 16;
    const [a, b, again] = [5, 6, 5].map((key) => {
      const out = new Float32Array(n);
      fillGaussian(out, key);
      return out;
    });
    expect(again).toEqual(a);
    expect(a.subarray(0, 100)).toEqual(
      Float32Array.from({ length: 100 }, (_, i) => GAUSSIAN_QUANTILES[hash(5, i) >>> 16]),
    );
    const bound = 5 / Math.sqrt(n);
    for (const values of [a, b]) {
      const { mean, deviation } = moments(values);
      expect(Math.abs(mean)).toBeLessThan(bound);
      expect(Math.abs(deviation - 1)).toBeLessThan(bound);
      for (const lag of [1, 2, 3, 8, 96, 768]) {
        const products = values.subarray(lag).map((value, i) => value * values[i]);
        expect(Math.abs(moments(products).mean), `lag ${lag}`).toBeLessThan(bound);
      }
    }
    expect(Math.abs(moments(a.map((value, i) => value * b[i])).mean)).toBeLessThan(bound);
  });
});
