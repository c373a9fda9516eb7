import { describe, expect, test } from 'vitest';
import type { NamedPlane } from '../../src/analysis/image-planes.ts';
import { interpolateModel, type SampleState, sampleModel } from '../../src/analysis/sample-images.ts';
import type { Model } from '../../src/model/denoiser.ts';
import { linearSchedule, sigmaOf } from '../../src/model/schedule/noise-schedule.ts';
import { gaussians, moments } from '../support/gaussian.ts';
import { gaussianModel } from '../support/gaussian-model.ts';
import { correlatedData, photographicDeviations, SIDE } from './gaussian-data.ts';

const TAU = 0.3;
const size = { width: 32, height: 32 };

async function last(walk: AsyncGenerator<SampleState, void, void>): Promise<Float32Array> {
  for await (const { t, mean } of walk) if (t === 0) return mean.slice();
  throw new Error('the walk has no end');
}

describe('sampleModel', () => {
  test.each([
    ['ancestral', 200, 0.02],
    ['ddim', 200, 0.04],
    ['heun', 40, 0.02],
  ] as const)('%s: samples of a Gaussian model have its mean and variance', async (sampler, steps, tolerance) => {
    const options = { numbers: [0, 1, 2, 3], ...size, clip: false, seed: 2, sampler, steps };
    const { mean, deviation } = moments(await last(sampleModel(gaussianModel(TAU), options)));
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(deviation / TAU - 1)).toBeLessThan(tolerance);
  });

  test('calibrated noise has the correlations of the data', async () => {
    const { model } = correlatedData(photographicDeviations(), 1);
    const numbers = Array.from({ length: 60 }, (_, i) => i);
    const options = { numbers, width: SIDE, height: SIDE, steps: 40, clip: false, sampler: 'ancestral' } as const;
    const samples = await last(sampleModel(model, options));
    let along = 0;
    let squares = 0;
    for (let i = 3; i < samples.length; i++) {
      if ((Math.floor(i / 3) % SIDE) % 8 === 0) continue; // blocks are independent
      along += samples[i] * samples[i - 3];
      squares += samples[i] * samples[i];
    }
    // The mean luminance of the blocks dominates, so neighbouring pixels are nearly equal.
    expect(along / squares).toBeGreaterThan(0.85);
    expect(along / squares).toBeLessThan(1);
  });

  test('DDIM through all steps carries the quantiles of x_T to those of the data', async () => {
    const states: SampleState[] = [];
    const options = { numbers: [0], ...size, clip: false, sampler: 'ddim', steps: 1000 } as const;
    let start: Float32Array | undefined;
    for await (const state of sampleModel(gaussianModel(TAU), options)) {
      start ??= state.y.slice();
      states.push({ ...state, y: state.y.slice(0, 6) });
    }
    if (!start) throw new Error('no state');
    const end = states[states.length - 1].y;
    const sigma = sigmaOf(linearSchedule(), 1000);
    for (let i = 0; i < 6; i++) {
      expect(end[i]).toBeCloseTo((start[i] / Math.sqrt(TAU * TAU + sigma * sigma)) * TAU, 2);
    }
    expect(states.map(({ t }) => t)).toEqual(Array.from({ length: 1001 }, (_, i) => 1000 - i));
    expect(states[0]).toMatchObject({ step: 1, steps: 1000 });
    expect(states[1000]).toMatchObject({ step: 1000, steps: 1000 });
  });

  test.each(['heun', 'ancestral'] as const)('%s: an image depends on seed and number alone', async (sampler) => {
    const model = gaussianModel(TAU);
    const make = (numbers: number[], seed: number): Promise<Float32Array> =>
      last(sampleModel(model, { ...size, sampler, steps: 6, seed, numbers }));
    const three = await make([0, 1, 2], 4);
    const samples = size.width * size.height * 3;
    expect(await make([0, 1], 4)).toEqual(three.slice(0, 2 * samples));
    expect(await make([2], 4)).toEqual(three.slice(2 * samples));
    expect(await make([0, 1, 2], 5)).not.toEqual(three);
    expect(three.slice(0, samples)).not.toEqual(three.slice(samples, 2 * samples));
  });

  test('clip keeps the estimates in [-1, 1]', async () => {
    for await (const { mean } of sampleModel(gaussianModel(5), { numbers: [0], ...size, steps: 20 })) {
      expect(mean.every((value) => Math.abs(value) <= 1)).toBe(true);
    }
  });
});

describe('interpolateModel', () => {
  const plane = (name: string): NamedPlane => {
    return { name, ...size, data: gaussians(size.width * size.height * 3, name).map((value) => TAU * value) };
  };
  const sources = [plane('a'), plane('b')] as const;
  const samples = sources[0].data.length;
  const ANCESTRAL = { sampler: 'ancestral' } as const;
  const distance = (a: Float32Array, b: Float32Array): number => moments(a.map((value, i) => value - b[i])).deviation;

  test('ends near the sources, and nearer if less noise was added', async () => {
    const model = gaussianModel(TAU);
    const errors: number[] = [];
    for (const atStep of [1, 20, 300]) {
      const made = await last(interpolateModel(model, [...sources], { ...ANCESTRAL, atStep, count: 3, clip: false }));
      expect(made.length).toBe(3 * samples);
      errors.push(distance(made.slice(0, samples), sources[0].data));
      expect(distance(made.slice(2 * samples), sources[1].data)).toBeLessThan(TAU * 1.5);
    }
    expect(errors[0]).toBeLessThan(0.012); // sigma_1 = 0.01
    expect(errors[1]).toBeGreaterThan(errors[0]);
    expect(errors[2]).toBeGreaterThan(errors[1]);
  });

  test('with little noise the middle is the mean of the sources', async () => {
    const middle = (
      await last(interpolateModel(gaussianModel(TAU), [...sources], { ...ANCESTRAL, atStep: 1, count: 3 }))
    ).slice(samples, 2 * samples);
    const mean = sources[0].data.map((value, i) => (value + sources[1].data[i]) / 2);
    expect(distance(middle, mean)).toBeLessThan(0.012);
  });

  test('shared noise keeps its variance in the middle, separate noise has half the variance there', async () => {
    const still: NamedPlane = { name: 'still', ...size, data: new Float32Array(samples) };
    const deviations: number[] = [];
    for (const sharedNoise of [true, false]) {
      for await (const { y } of interpolateModel(gaussianModel(TAU), [still, still], {
        ...ANCESTRAL,
        atStep: 500,
        count: 3,
        sharedNoise,
      })) {
        deviations.push(moments(y.slice(samples, 2 * samples)).deviation);
        break;
      }
    }
    expect(deviations[0] / deviations[1]).toBeCloseTo(Math.SQRT2, 1);
  });

  test('the noise of the walk is the same for every image', async () => {
    const options = { ...ANCESTRAL, atStep: 40, count: 4 };
    const model = gaussianModel(TAU);
    const made = await last(interpolateModel(model, [sources[0], sources[0]], options));
    expect(distance(made.slice(samples, 2 * samples), made.slice(0, samples))).toBeLessThan(1e-6);
  });

  test('an image does not depend on which others are made', async () => {
    const options = { ...ANCESTRAL, steps: 10, atStep: 7, count: 4 };
    const all = await last(interpolateModel(gaussianModel(TAU), [...sources], options));
    const two = await last(interpolateModel(gaussianModel(TAU), [...sources], { ...options, numbers: [1, 3] }));
    expect(two.slice(0, samples)).toEqual(all.slice(samples, 2 * samples));
    expect(two.slice(samples)).toEqual(all.slice(3 * samples));
  });

  test('refuses sources of different sizes, and steps that do not exist', async () => {
    const other = { name: 'c', width: 16, height: 16, data: new Float32Array(768) };
    const model: Model = gaussianModel(TAU);
    await expect(last(interpolateModel(model, [sources[0], other], { atStep: 1, count: 2 }))).rejects.toThrow(
      /"images" expected one size/,
    );
    await expect(last(interpolateModel(model, [...sources], { atStep: 6, steps: 5, count: 2 }))).rejects.toThrow(
      /"atStep" expected integer 1\.\.5, got 6/,
    );
  });
});
