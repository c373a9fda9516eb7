import { describe, expect, test } from 'vitest';
import type { TileJob } from '../../../src/codec/executor/executor.ts';
import { completeSample, takePart } from '../../../src/codec/executor/partial-step.ts';
import { applyCodeValues, gain, gaussians } from '../../../src/codec/executor/reverse-step.ts';
import { type Gains, NO_GAINS } from '../../../src/codec/format/variance-gains.ts';
import { whitenedDifference } from '../../../src/codec/math/tile-whitening.ts';
import { BLOCK_COEFFICIENTS } from '../../../src/codec/math/whitening.ts';
import type { Observations } from '../../../src/codec/transport/transport.ts';
import { moments, gaussians as normal } from '../../support/gaussian.ts';

const SIZE = { width: 32, height: 16 };
const N = SIZE.width * SIZE.height * 3;
const SIGMA_FROM = 0.5;
const SIGMA_TO = 0.25;
const GAINS: Gains = NO_GAINS.map((_, i) => [0, 2, -1][i % 3]);

/** A tile before its step. */
function job(gains: Gains = NO_GAINS, isFresh = false): TileJob {
  const shape = Float64Array.from({ length: BLOCK_COEFFICIENTS }, (_, i) => 2 / (1 + (i % 64)));
  const blockVariance = new Float64Array(N / BLOCK_COEFFICIENTS).fill(0.1);
  return {
    y: normal(N, 'y'),
    mean: normal(N, 'mean').map((value) => 0.3 * value),
    model: { size: SIZE, sigmaFrom: SIGMA_FROM, sigmaTo: SIGMA_TO, blockVariance, shape, gains, isFresh },
    key: { seed: 1, layer: 2, tile: 0 },
    spectrum: new Int32Array(BLOCK_COEFFICIENTS),
    code: { kind: 'sample', seed: 0 },
  };
}

/** Takes a part; returns the job after it, and what takePart returns. */
function taken(of: TileJob, observations: Observations): { y: Float32Array; mean: Float32Array; logSigma: number } {
  const copy = { ...of, y: of.y.slice(), mean: of.mean.slice() };
  const logSigma = takePart(copy, gaussians(of.model), observations);
  return { y: copy.y, mean: copy.mean, logSigma };
}

const values = normal(N, 'c');
const all = (share: number): Float32Array => new Float32Array(N).fill(share);

describe.each([
  ['without gains', job()],
  ['with gains', job(GAINS)],
  ['of a fresh state', job(GAINS, true)],
])('a part of a step %s', (_, before) => {
  test('with all shares 1 is the whole step', () => {
    const whole = { ...before, y: before.y.slice(), mean: before.mean.slice() };
    applyCodeValues(whole, gaussians(before.model).scale, values);
    const part = taken(before, { values, share: all(1) });
    expect(Math.max(...part.y.map((value, i) => Math.abs(value - whole.y[i])))).toBeLessThan(2e-6);
    expect(part.mean).toEqual(whole.mean);
    expect(part.logSigma).toBeCloseTo(Math.log(SIGMA_TO), 9);
  });

  test('with all shares 0 leaves the state as it is', () => {
    const part = taken(before, { values: all(0), share: all(0) });
    expect(part.y).toEqual(before.y);
    expect(part.logSigma).toBeCloseTo(Math.log(SIGMA_FROM), 9);
  });

  test('moves coefficients towards what is known of them, and scales the noise down that is above the mean level', () => {
    const share = Float32Array.from({ length: N }, (_, i) => [0, 3 / 8, 1][i % 3]);
    const { scale, residualVariance } = gaussians(before.model);
    const level = (f: number): number =>
      -0.5 * Math.log(1 / SIGMA_FROM ** 2 + f * (1 / SIGMA_TO ** 2 - 1 / SIGMA_FROM ** 2));
    const meanLevel = (level(0) + level(3 / 8) + level(1)) / 3;
    const part = taken(before, { values, share });
    const z = whitenedDifference(before.y, part.mean, SIZE);
    const moved = whitenedDifference(part.y, part.mean, SIZE);
    const k = gain(before.model);
    for (let i = 0; i < N; i++) {
      // Precisions add up: that of the state, and that of the observation.
      const state = 1 / SIGMA_FROM ** 2;
      const observation = share[i] * (1 / SIGMA_TO ** 2 - state);
      const told = (scale[i] * values[i]) / k;
      const both = (state * z[i] + observation * told) / (state + observation);
      // The mean of x - D' by the model's variance 1 - r of a, and the observation's r / f.
      const r = residualVariance[i];
      const expected = share[i] === 0 ? 0 : ((1 - r) / (1 - r + r / share[i])) * told;
      const ratio = Math.min(1, Math.exp(meanLevel - level(share[i])));
      expect(moved[i]).toBeCloseTo(expected + ratio * (both - expected), 4);
    }
    expect(part.logSigma).toBeCloseTo(meanLevel, 9);
  });
});

test('the noise of a state after a part is what its noise level says', () => {
  // x is the image: y = x + noise, D = 0 knows nothing, and the observation of a = k U(x - D) / s has the variance r / f.
  const size = 64;
  const n = size * size * 3;
  const f = 3 / 8;
  const x = normal(n, 'image').map((value) => 0.2 * value);
  const y = normal(n, 'noise').map((value, i) => x[i] + SIGMA_FROM * value);
  const { model, ...rest } = job();
  const large = { ...model, size: { width: size, height: size }, blockVariance: new Float64Array(n / 192).fill(0.1) };
  const { scale, residualVariance } = gaussians(large);
  const mean = new Float32Array(n);
  const k = gain(large);
  const noise = normal(n, 'observation');
  const target = whitenedDifference(x, mean, large.size).map((value, i) => (k * value) / scale[i]);
  const observed = target.map((a, i) => a + Math.sqrt(residualVariance[i] / f) * noise[i]);
  const part = { ...rest, model: large, y, mean };
  const logSigma = takePart(
    part,
    { scale, residualVariance },
    { values: observed, share: new Float32Array(n).fill(f) },
  );
  const { deviation } = moments(part.y.map((value, i) => value - x[i]));
  expect(deviation / Math.exp(logSigma)).toBeGreaterThan(1 - 5 / Math.sqrt(2 * n));
  expect(deviation / Math.exp(logSigma)).toBeLessThan(1 + 5 / Math.sqrt(2 * n));
});

describe('completeSample', () => {
  test('with share 1 is the observation, with share 0 the noise', () => {
    const residualVariance = all(0.3);
    const noise = normal(N, 'draw');
    expect(completeSample({ values, share: all(1) }, residualVariance, noise.slice())).toEqual(values);
    expect(completeSample({ values: all(0), share: all(0) }, residualVariance, noise.slice())).toEqual(noise);
  });

  test('of an observation by the first pass is N(0, 1), like c: the observation explains a share of it', () => {
    const [r, f] = [Math.fround(0.3), 3 / 8];
    const n = 200_000;
    const o = normal(n, 'observed').map((value) => value * Math.sqrt(1 - r + r / f));
    const c = completeSample(
      { values: o, share: new Float32Array(n).fill(f) },
      new Float32Array(n).fill(r),
      normal(n, 'rest'),
    );
    expect(Math.abs(moments(c).deviation - 1)).toBeLessThan(5 / Math.sqrt(2 * n));
    // cov(c, o): o = a + N(0, r / f) is c of the whole layer, of variance 1, with more noise that is independent of it.
    const { mean: covariance } = moments(c.map((value, i) => value * o[i]));
    expect(Math.abs(covariance - 1)).toBeLessThan(0.02);
  });
});
