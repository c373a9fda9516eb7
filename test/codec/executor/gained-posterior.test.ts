import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TileModel } from '../../../src/codec/executor/executor.ts';
import {
  blockShares,
  gainFactors,
  meanShare,
  moveTowardsState,
  trustsState,
} from '../../../src/codec/executor/gained-posterior.ts';
import { klCost, measureResidual } from '../../../src/codec/executor/residual.ts';
import { deliveredNoise, gain, gaussians } from '../../../src/codec/executor/reverse-step.ts';
import { type Gains, NO_GAINS } from '../../../src/codec/format/variance-gains.ts';
import { whitenedDifference } from '../../../src/codec/math/tile-whitening.ts';
import { BLOCK_COEFFICIENTS, unwhitenBlock } from '../../../src/codec/math/whitening.ts';
import { gaussians as normal } from '../../support/gaussian.ts';

const SIZE = { width: 32, height: 16 };
const SAMPLES = SIZE.width * SIZE.height * 3;
const BLOCKS = SAMPLES / BLOCK_COEFFICIENTS;

/** A model with unit variances times `variance`. */
function modelWith(variance: number, gains: Gains = NO_GAINS, isFresh = false): TileModel {
  const shape = new Float64Array(BLOCK_COEFFICIENTS).fill(1);
  const blockVariance = new Float64Array(BLOCKS).fill(variance);
  return { size: SIZE, sigmaFrom: 0.5, sigmaTo: 0.25, blockVariance, shape, gains, isFresh };
}

const all = (exponent: number): Gains => NO_GAINS.map(() => exponent);

/** Pixels whose whitened coefficients are the given ones, ordered as a tile's. */
function pixelsOf(coefficients: (i: number) => number): Float32Array {
  const pixels = new Float32Array(SAMPLES);
  const block = new Float64Array(BLOCK_COEFFICIENTS);
  for (let b = 0; b < BLOCKS; b++) {
    for (let i = 0; i < BLOCK_COEFFICIENTS; i++) block[i] = coefficients(b * BLOCK_COEFFICIENTS + i);
    unwhitenBlock(block);
    const [row, column] = [Math.floor(b / (SIZE.width / 8)) * 8, (b % (SIZE.width / 8)) * 8];
    for (let p = 0; p < 64; p++) {
      const at = ((row + (p >> 3)) * SIZE.width + column + (p & 7)) * 3;
      for (let c = 0; c < 3; c++) pixels[at + c] = block[c * 64 + p];
    }
  }
  return pixels;
}

describe('share of D', () => {
  test('is that of the best mixture of two independent estimates', () => {
    // D has the error variance 4^2 * 0.1, of which all but 0.1 has nothing to do with y's noise of variance 0.25.
    expect(meanShare(0.1, 16, 0.25)).toBeCloseTo(0.25 / (0.25 + 15 * 0.1), 12);
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 4, noNaN: true }),
        fc.integer({ min: 1, max: 11 }),
        (variance, exponent) => {
          const factor = 4 ** exponent;
          const share = meanShare(variance, factor, 0.25);
          expect(share).toBeGreaterThan(0);
          expect(share).toBeLessThan(1);
          // The variance that is coded with it is never above that of D or, but for V, of y.
          expect(variance * factor * share).toBeLessThanOrEqual(variance * factor);
          expect(variance * factor * share).toBeLessThanOrEqual(0.25 + variance);
        },
      ),
    );
  });

  test('is 1 without a positive exponent, and in fresh states', () => {
    expect(meanShare(0.1, 1, 0.25)).toBe(1);
    expect(meanShare(0.1, 1 / 16, 0.25)).toBe(1);
    expect(trustsState(modelWith(1, all(-3)))).toBe(false);
    expect(trustsState(modelWith(1, all(1)))).toBe(true);
    expect(trustsState(modelWith(1, all(1), true))).toBe(false);
    const shares = new Float64Array(BLOCK_COEFFICIENTS);
    blockShares(1, modelWith(1, all(5), true), gainFactors(all(5)), shares);
    expect([...shares]).toEqual(new Array(BLOCK_COEFFICIENTS).fill(1));
  });
});

test('D moves to the state by the share of each class', () => {
  const gains = NO_GAINS.map((_, i) => (i === 0 ? 11 : i === 70 ? 2 : 0));
  const model = modelWith(0.25, gains);
  const y = pixelsOf((i) => Math.sin(i));
  const mean = new Float32Array(SAMPLES);
  moveTowardsState(y, mean, model);
  const moved = whitenedDifference(mean, new Float32Array(SAMPLES), SIZE);
  for (let i = 0; i < SAMPLES; i++) {
    const exponent = gains[i % BLOCK_COEFFICIENTS];
    const share = exponent > 0 ? 0.25 / (0.25 + (4 ** exponent - 1) * 0.25) : 1;
    expect(moved[i]).toBeCloseTo((1 - share) * Math.sin(i), 4);
  }
});

describe('measureResidual', () => {
  const noise = normal(SAMPLES, 'state noise');
  const error = normal(SAMPLES, 'error of D');
  /** A tile of a black picture whose D errs with a standard deviation, and whose state has noise of sigma 0.5. */
  const measured = (deviation: (i: number) => number, model: TileModel) => {
    const x = new Float32Array(SAMPLES);
    const y = pixelsOf((i) => 0.5 * noise[i]);
    const mean = pixelsOf((i) => deviation(i) * error[i]);
    return measureResidual({ x, y, mean, model, mayGain: true });
  };

  test('takes no gains where the model is right', () => {
    const { gains, residual } = measured(() => 0.1, modelWith(0.01));
    expect(gains).toEqual(NO_GAINS);
    expect(Math.hypot(...residual) / Math.sqrt(SAMPLES)).toBeCloseTo(0.1, 2);
  });

  test('finds how wrong the model is, in all classes or in some', () => {
    expect(measured(() => 0.8, modelWith(0.01)).gains).toEqual(all(3));
    const { gains } = measured((i) => (i % 64 === 0 ? 1.6 : 0.1), modelWith(0.01));
    // The variance is 4^4 times the model's; near it the cost is flat, since the state is known, too.
    const means = [0, 64, 128].map((i) => gains[i]);
    for (const exponent of means) expect(Math.abs(exponent - 4)).toBeLessThanOrEqual(1);
    expect(gains.filter((exponent) => exponent !== 0)).toHaveLength(means.length);
  });

  test('costs about the logarithm of the error, and at most what a codec without a model costs', () => {
    const costs = [0.1, 1, 10, 100].map((deviation) => measured(() => deviation, modelWith(0.01)).cost.bits / SAMPLES);
    const k = gain(modelWith(1));
    const without = 0.5 * Math.log2(1 / (1 - k));
    for (const cost of costs) expect(cost).toBeLessThan(1.05 * without);
    expect(costs[1]).toBeGreaterThan(costs[0]);
    // Without gains the same residuals take the square.
    const { residual } = measured(() => 0.1, modelWith(0.01));
    const wild = residual.map((value) => value * 100);
    expect(klCost(wild, modelWith(0.01)).bits / SAMPLES).toBeGreaterThan(500 * without);
  });

  test('takes away what of the state is no noise', () => {
    const x = new Float32Array(SAMPLES);
    const wrong = 40;
    const y = pixelsOf((i) => (i === 0 ? wrong : 0));
    const job = { x, y, mean: new Float32Array(SAMPLES), model: modelWith(1), mayGain: false };
    const { residual } = measureResidual(job);
    const k = gain(job.model);
    // The step's mean, (1 - k) U(y) + k R, has 1 - k of 5 sigma left.
    expect((1 - k) * wrong + k * residual[0]).toBeCloseTo((1 - k) * 5 * 0.5, 3);
    expect(residual[1]).toBeCloseTo(0, 4);
  });
});

test('the noise that a sample of q delivers has the ratio 1', () => {
  const model = modelWith(0.3);
  const { scale, residualVariance } = gaussians(model);
  const k = gain(model);
  const residual = normal(SAMPLES, 'residual');
  const fresh = normal(SAMPLES, 'fresh');
  const values = residual.map((value, i) => (k * value) / scale[i] + Math.sqrt(residualVariance[i]) * fresh[i]);
  const code = { kind: 'convey', residual, bits: 0, towardsPicture: false } as const;
  expect(deliveredNoise(code, model, scale, values)).toBeCloseTo(1, 1);
  const freeBlocks = new Uint8Array(BLOCKS).fill(1);
  expect(deliveredNoise({ ...code, freeBlocks }, model, scale, values)).toBe(1);
  freeBlocks[3] = 0;
  const wild = values.map((value, i) => (Math.floor(i / BLOCK_COEFFICIENTS) === 3 ? value : 1e3));
  expect(deliveredNoise({ ...code, freeBlocks }, model, scale, wild)).toBeLessThan(2);
});
