import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import seedrandom from 'seedrandom';
import { describe, expect, test } from 'vitest';
import { BLOCK_COEFFICIENTS } from '../../../src/codec/math/whitening.ts';
import type { LogSpectrum } from '../../../src/codec/transport/transport.ts';
import {
  allocatePasses,
  cutStages,
  FLAT_SPECTRUM,
  logSpectrum,
  type Stages,
  spectrumTable,
} from '../../../src/codec/trellis/bit-allocation.ts';
import { interleave, MAX_BITS_PER_COEFFICIENT } from '../../../src/codec/trellis/trellis-code.ts';
import type { Calibration } from '../../../src/model/denoiser.ts';
import { parseSafetensors } from '../../../src/model/weights/safetensors.ts';
import { MODEL_PATH } from '../../support/model-files.ts';
import { randomSpectrum } from '../../support/spectra.ts';
import {
  referenceInformation,
  referenceOrder,
  referencePasses,
  referenceSpent,
  referenceStages,
} from '../../support/trellis-reference.ts';

const KEY = { seed: 3, layer: 1, tile: 4 };
const LARGEST = 256 * 256 * 3;
/** The most extreme spectra: log2 of the float32 numbers. */
const hostileSpectrum = fc
  .array(fc.integer({ min: -149 * 16, max: 128 * 16 }), { minLength: 192, maxLength: 192 })
  .map((values) => Int32Array.from(values));
const rate = fc.double({ min: 0, max: 1, noNaN: true });

/** Random numbers of bits B in 1..4n, mostly low. */
function budget(share: number, n: number): number {
  return Math.max(1, Math.round(share ** 3 * MAX_BITS_PER_COEFFICIENT * n));
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function stagesOf(stages: Stages | undefined): { end: number; bits: number }[] {
  if (!stages) return [];
  const { count, end, bits } = stages;
  return Array.from({ length: count }, (_, i) => ({ end: end[i], bits: bits[i] }));
}

/** Weights of all passes together. */
function wholeWeights(spectrum: LogSpectrum, bits: number, n: number): Int32Array {
  const [first, second] = allocatePasses(spectrum, bits, n);
  return second ? first.weights.map((weight, i) => weight + second.weights[i]) : first.weights;
}

/** Reads the calibration table of the default model without loading its network. */
function photoCalibration(): Calibration {
  const { tensors } = parseSafetensors(new Uint8Array(readFileSync(MODEL_PATH)), MODEL_PATH);
  const [sigma, bandShape] = ['calibration.sigma', 'calibration.band_shape'].map((name) => tensors.get(name)?.data);
  if (!sigma || !bandShape) throw new Error(`no calibration in ${MODEL_PATH}`);
  return { sigma, bandShape };
}

describe('spectrumTable', () => {
  test('is log2 of powers of two: 256 steps an octave of noise, 16 of variance', () => {
    const sigma = Float32Array.of(2 ** -9, 0.25, 1, 2, 64);
    const bandShape = Float32Array.from({ length: 5 * 192 }, (_, i) => 2 ** ((i % 30) - 20));
    const { indices, logShape } = spectrumTable({ sigma, bandShape });
    expect([...indices]).toEqual([-2304, -512, 0, 256, 1536]);
    expect([...logShape]).toEqual([...bandShape].map((_, i) => 16 * ((i % 30) - 20)));
  });

  test('rounds to the nearest step', () => {
    const values = fc.array(fc.float({ min: Math.fround(1e-30), max: Math.fround(1e30), noNaN: true }), {
      minLength: 192,
      maxLength: 192,
    });
    fc.assert(
      fc.property(values, (shape) => {
        const bandShape = Float32Array.from([...shape, ...shape]);
        const { logShape } = spectrumTable({ sigma: Float32Array.of(0.1, 10), bandShape });
        for (const [i, value] of logShape.entries()) {
          expect(Math.abs(value - 16 * Math.log2(bandShape[i]))).toBeLessThanOrEqual(0.5 + 1e-9);
        }
      }),
    );
  });

  test('of the default model depends on no rounding: every value lies 1e-7 of a step or more from a boundary', () => {
    const { sigma, bandShape } = photoCalibration();
    const margin = (x: number): number => Math.abs(x - Math.floor(x) - 0.5);
    for (const value of sigma) expect(margin(256 * Math.log2(value))).toBeGreaterThan(1e-7);
    expect(Math.min(...bandShape.map((value) => margin(16 * Math.log2(value))))).toBeGreaterThan(1e-7);
  });
});

describe('logSpectrum', () => {
  const table = {
    indices: Int32Array.of(-512, 0, 100),
    logShape: Int32Array.from({ length: 3 * 192 }, (_, i) => [0, 512, -100][Math.floor(i / 192)] + (i % 192)),
  };

  test.each([
    [-3000, 0],
    [-512, 0],
    [-511, 1],
    [-256, 256],
    [0, 512],
    [1, 505], // 512 - 6.12 is rounded down
    [50, 206],
    [99, -94], // -93.88
    [100, -100],
    [1440, -100],
  ])('at index %i a line from level to level, rounded down, gives %i', (index, expected) => {
    expect([...logSpectrum(table, index)]).toEqual(Array.from({ length: 192 }, (_, band) => expected + band));
  });

  test('of a flat table is flat', () => {
    const flat = spectrumTable({ sigma: Float32Array.of(0.001, 100), bandShape: new Float32Array(384).fill(1) });
    for (const index of [-3000, -1445, 0, 1440, 3000]) expect(logSpectrum(flat, index)).toEqual(FLAT_SPECTRUM);
  });
});

describe('allocatePasses', () => {
  test('weights are equal for equal bands, and just large enough', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1024 }),
        rate,
        fc.integer({ min: -200, max: 200 }),
        (blocks, share, level) => {
          const n = blocks * BLOCK_COEFFICIENTS;
          const bits = budget(share, n);
          const weights = wholeWeights(FLAT_SPECTRUM, bits, n);
          expect(new Set(weights).size).toBe(1);
          expect(weights[0]).toBeGreaterThanOrEqual(Math.max((4096 * bits) / n, 4));
          expect(weights[0]).toBeLessThanOrEqual(Math.max((4096 * bits) / n, 4) * 1.046 + 1);
          // A level that all bands share is compensated by the gain.
          expect(wholeWeights(new Int32Array(192).fill(level), bits, n)).toEqual(weights);
        },
      ),
    );
  });

  test('is the reference, for any spectrum', () => {
    fc.assert(
      fc.property(
        fc.oneof(randomSpectrum, hostileSpectrum),
        fc.integer({ min: 1, max: 1024 }),
        rate,
        (spectrum, blocks, share) => {
          const n = blocks * BLOCK_COEFFICIENTS;
          const bits = budget(share, n);
          const passes = allocatePasses(spectrum, bits, n);
          expect(passes.map((pass) => ({ ...pass, weights: [...pass.weights] }))).toEqual(
            referencePasses(spectrum, bits, n),
          );
          expect(sum(passes.map((pass) => pass.bits))).toBe(bits);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('the first pass has the information at 3/8 of the ratio: from 3/8 of the bits at low rates to all but 0.7 a coefficient', () => {
    const n = LARGEST;
    const share = (rate: number): number => {
      const [first, second] = allocatePasses(FLAT_SPECTRUM, Math.round(rate * n), n);
      return second ? first.bits / (first.bits + second.bits) : 0;
    };
    // A rate R needs the ratio 4^R - 1.
    for (const rate of [0.01, 0.1, 0.5, 1, 2, 4]) {
      expect(share(rate) * rate).toBeCloseTo(0.5 * Math.log2(1 + (3 / 8) * (4 ** rate - 1)), 1.5);
    }
    expect(share(0.01)).toBeGreaterThan(0.37);
    expect(share(0.01)).toBeLessThan(0.385);
  });

  test('there is one pass below 1024 bits, two from there on', () => {
    for (const bits of [0, 1, 2, 300, 1023]) {
      expect(allocatePasses(FLAT_SPECTRUM, bits, 1920).map((pass) => pass.bits)).toEqual([bits]);
    }
    for (const bits of [1024, 7680]) {
      const [first, second, ...others] = allocatePasses(FLAT_SPECTRUM, bits, 1920);
      expect(others).toEqual([]);
      expect(first.bits + second.bits).toBe(bits);
      expect(first.bits).toBeGreaterThan(bits / 3);
    }
  });

  test('weights agree with high-precision information for every entry of the table', () => {
    const bits = MAX_BITS_PER_COEFFICIENT * 192;
    const seen = new Set<number>();
    for (let from = -1400; from <= 1100; from += 4) {
      // Four bands go through all entries of the table, while the others keep the gain constant.
      const spectrum = Int32Array.from({ length: 192 }, (_, i) => (i < 188 ? 0 : from + i - 188));
      const weights = wholeWeights(spectrum, bits, 192);
      const [{ weights: first }, second] = referencePasses(spectrum, bits, 192);
      expect([...weights]).toEqual(first.map((weight, i) => weight + (second?.weights[i] ?? 0)));
      for (const weight of weights) seen.add(weight);
    }
    for (let x = -1024; x <= 192; x++) expect(seen).toContain(referenceInformation(x));
  });

  test('weights agree with the formula of the information in known cases', () => {
    // A ratio of 1 gives 1/2 log2(1 + 1), half a bit; at high ratios, doubling it adds half a bit; at low ones, it
    // gives ratio / (2 ln 2).
    expect([0, 16 * 64, 16 * 12, 16 * 10, -16 * 5].map(referenceInformation)).toEqual([2048, 24577, 24577, 20483, 91]);
    expect(referenceInformation(-160)).toBe(Math.round(2 ** -10 * (2048 / Math.LN2)));
  });

  test('weights grow with the bits, and with the variance', () => {
    fc.assert(
      fc.property(randomSpectrum, rate, rate, (spectrum, a, b) => {
        const n = 3072;
        const [fewer, more] = [a, b].map((share) => budget(share, n)).sort((x, y) => x - y);
        const [low, high] = [fewer, more].map((bits) => wholeWeights(spectrum, bits, n));
        for (let band = 0; band < 192; band++) {
          expect(high[band]).toBeGreaterThanOrEqual(low[band]);
          const next = (band + 1) % 192;
          expect(Math.sign(high[next] - high[band]) * Math.sign(spectrum[next] - spectrum[band])).not.toBe(-1);
        }
      }),
    );
  });
});

describe('cutStages', () => {
  function expectReference(spectrum: LogSpectrum, budget: number, order: Uint32Array): void {
    const n = order.length;
    for (const pass of allocatePasses(spectrum, budget, n)) {
      const { bits, weights } = pass;
      const stages = cutStages(order, pass);
      const list = stagesOf(stages);
      if (bits === 0) {
        expect(stages).toBeUndefined();
        continue;
      }
      expect(list).toEqual(referenceStages(referenceSpent(order, bits, weights)));
      expect(sum(list.map((stage) => stage.bits))).toBe(bits);
      expect(list[list.length - 1].end).toBe(n);
      expect(stages?.mostBits).toBe(list.reduce((most, stage) => Math.max(most, stage.bits), 0));
    }
  }

  test('of a pass without bits are none', () => {
    const weights = new Int32Array(192).fill(1);
    expect(cutStages(interleave(192, KEY), { bits: 0, weights })).toBeUndefined();
  });

  test('is the reference: bits in proportion to the weights visited', () => {
    fc.assert(
      fc.property(randomSpectrum, fc.integer({ min: 1, max: 12 }), rate, (spectrum, blocks, share) => {
        const n = blocks * BLOCK_COEFFICIENTS;
        const order = interleave(n, KEY);
        expect([...order]).toEqual(referenceOrder(n, KEY));
        expectReference(spectrum, budget(share, n), order);
      }),
      { numRuns: 60 },
    );
  });

  test('is exact for the largest tile: products stay below 2^53', () => {
    const order = interleave(LARGEST, KEY);
    const random = seedrandom('largest');
    for (const bits of [1, 2, 12345, LARGEST / 16, LARGEST - 1, 3 * LARGEST + 1, 4 * LARGEST]) {
      const spectrum = Int32Array.from({ length: 192 }, () => Math.floor(random() * 288) - 175);
      expectReference(spectrum, bits, order);
    }
  });

  test('no spectrum of float32 numbers takes a product beyond 2^53', () => {
    const product = (spectrum: LogSpectrum, budget: number): number => {
      const products = allocatePasses(spectrum, budget, LARGEST).map(
        ({ bits, weights }) => sum(weights) * (LARGEST / 192) * bits,
      );
      return Math.max(...products, sum(wholeWeights(spectrum, budget, LARGEST)) * budget);
    };
    fc.assert(
      fc.property(fc.oneof(randomSpectrum, hostileSpectrum), rate, (spectrum, share) => {
        expect(product(spectrum, budget(share, LARGEST))).toBeLessThan(2 ** 53);
      }),
    );
    // The worst case: all bands at the largest number, where the smallest gain is still too large.
    expect(product(new Int32Array(192).fill(2048), 4 * LARGEST)).toBeLessThan(2 ** 53);
    // The usual case: no more than 5 % above 4096 B^2.
    expect(product(FLAT_SPECTRUM, 4 * LARGEST) / (4096 * (4 * LARGEST) ** 2)).toBeLessThan(1.05);
  });

  test('of a flat spectrum is uniform', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), rate, (blocks, share) => {
        const n = blocks * BLOCK_COEFFICIENTS;
        for (const pass of allocatePasses(FLAT_SPECTRUM, budget(share, n), n)) {
          const stages = stagesOf(cutStages(interleave(n, KEY), pass));
          let spent = 0;
          for (const stage of stages) {
            spent += stage.bits;
            expect(spent).toBe(Math.floor((stage.end * pass.bits) / n));
          }
          expect(stages).toHaveLength(Math.min(pass.bits, n));
        }
      }),
    );
  });

  test('of the default model gives no coefficient more than 12 bits, at any rate and noise', () => {
    const table = spectrumTable(photoCalibration());
    const order = interleave(768, KEY);
    let most = 0;
    for (let index = -2048; index <= 1440; index += 32) {
      for (const bits of [768, 4 * 768]) {
        const passes = allocatePasses(logSpectrum(table, index), bits, 768);
        for (const pass of passes) most = Math.max(most, cutStages(order, pass)?.mostBits ?? 0);
      }
    }
    expect(most).toBeLessThanOrEqual(12);
    expect(most).toBeGreaterThan(4);
  });
});
