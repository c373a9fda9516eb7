import { describe, expect, test } from 'vitest';
import { denoiserOf, type EpsilonModel, epsilonOf, isEpsilonDenoiser } from '../../src/model/epsilon-denoiser.ts';
import { linearSchedule, sigmaOf } from '../../src/model/schedule/noise-schedule.ts';
import { gaussians } from '../support/gaussian.ts';
import { gaussianModel } from '../support/gaussian-model.ts';

const SCHEDULE = linearSchedule();
const TAU = 0.4;
const SHAPE = { batch: 2, height: 16, width: 32 };
const SAMPLES = 2 * 16 * 32 * 3;

/** E[epsilon | x_t] for x_0 ~ N(0, tau^2), in closed form: sqrt(1 - abar) x_t / (1 - abar + abar tau^2). */
function gaussianEpsilon(calls: { t: number; batch: number }[] = []): EpsilonModel {
  return {
    schedule: SCHEDULE,
    async predict(x, { batch }, t) {
      calls.push({ t, batch });
      const alphaBar = 1 / (1 + sigmaOf(SCHEDULE, t) ** 2);
      return x.map((value) => (Math.sqrt(1 - alphaBar) * value) / (1 - alphaBar + alphaBar * TAU * TAU));
    },
    dispose() {},
  };
}

function expectClose(a: Float32Array, b: Float32Array, tolerance: number): void {
  expect(a.length).toBe(b.length);
  let largest = 0;
  a.forEach((value, i) => {
    largest = Math.max(largest, Math.abs(value - b[i]));
  });
  expect(largest).toBeLessThan(tolerance);
}

describe('denoiserOf', () => {
  test.each([0.02, 0.3, 1, 20, 150])('is the posterior mean of the Gaussian at sigma %f', async (sigma) => {
    const y = gaussians(SAMPLES, `y ${sigma}`).map((value) => value * Math.sqrt(TAU * TAU + sigma * sigma));
    const { mean, logVariance } = await denoiserOf(gaussianEpsilon(), { windowSize: 16 }).denoise(y, SHAPE, sigma);
    const expected = await gaussianModel(TAU).denoiser.denoise(y, SHAPE, sigma);
    expect(logVariance).toBeNull();
    expectClose(mean, expected.mean, 1e-5 * Math.max(1, sigma));
  });

  test('passes the time of the noise level, and windows as a batch', async () => {
    const calls: { t: number; batch: number }[] = [];
    const denoiser = denoiserOf(gaussianEpsilon(calls), { windowSize: 8 });
    expect(denoiser.sizeMultiple).toBe(8);
    await denoiser.denoise(new Float32Array(SAMPLES), SHAPE, sigmaOf(SCHEDULE, 250));
    await denoiser.denoise(new Float32Array(SAMPLES), SHAPE, 1e-4);
    expect(calls).toEqual([
      { t: 250, batch: 2 * 2 * 4 },
      { t: 1, batch: 2 * 2 * 4 },
    ]);
  });

  test('cuts and joins windows at the right positions', async () => {
    // The network fills each window with its own number, which shows the pixels that it received.
    const numbering: EpsilonModel = {
      ...gaussianEpsilon(),
      predict: async (x, { batch }) => x.map((_, i) => Math.floor((i * batch) / x.length)),
    };
    const shape = { batch: 2, height: 2, width: 4 };
    const y = new Float32Array(2 * 2 * 4 * 3);
    const { mean } = await denoiserOf(numbering, { windowSize: 2 }).denoise(y, shape, 1);
    const window = (image: number, row: number, column: number): number =>
      Math.abs(mean[((image * 2 + row) * 4 + column) * 3]);
    expect([0, 1, 2, 3].map((column) => window(0, 1, column))).toEqual([0, 0, 1, 1]);
    expect([0, 1, 2, 3].map((column) => window(1, 0, column))).toEqual([2, 2, 3, 3]);
  });

  test('refuses sizes that are not multiples of the window', async () => {
    const denoiser = denoiserOf(gaussianEpsilon(), { windowSize: 16 });
    const wrong = { batch: 1, height: 16, width: 24 };
    await expect(denoiser.denoise(new Float32Array(16 * 24 * 3), wrong, 1)).rejects.toThrow(
      /"shape" expected multiples/,
    );
    await expect(denoiser.denoise(new Float32Array(5), SHAPE, 1)).rejects.toThrow(/"y" expected 3072 samples, got 5/);
  });
});

describe('epsilonOf', () => {
  test.each([1, 7, 400.5, 1000])('is the noise that the denoiser removes at t = %f', async (t) => {
    const x = gaussians(SAMPLES, `x ${t}`);
    const predicted = await epsilonOf(gaussianModel(TAU).denoiser, SCHEDULE).predict(x, SHAPE, t);
    const expected = await gaussianEpsilon().predict(x, SHAPE, t);
    expectClose(predicted, expected, 2e-5 / Math.min(1, sigmaOf(SCHEDULE, t)));
  });

  test('and denoiserOf are inverse', async () => {
    const model = gaussianModel(TAU);
    const there = denoiserOf(epsilonOf(model.denoiser, SCHEDULE), { windowSize: 16 });
    const y = gaussians(SAMPLES, 'inverse');
    const expected = await model.denoiser.denoise(y, SHAPE, 0.7);
    expectClose((await there.denoise(y, SHAPE, 0.7)).mean, expected.mean, 1e-5);
  });

  test('only a denoiser made of an epsilon model has one', () => {
    expect(isEpsilonDenoiser(gaussianModel(TAU).denoiser)).toBe(false);
    const epsilon = gaussianEpsilon();
    const denoiser = denoiserOf(epsilon, { windowSize: 16 });
    expect(isEpsilonDenoiser(denoiser) && denoiser.epsilonModel).toBe(epsilon);
  });
});
