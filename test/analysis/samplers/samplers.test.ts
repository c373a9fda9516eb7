import { describe, expect, test } from 'vitest';
import { type SampleState, sampleModel } from '../../../src/analysis/sample-images.ts';
import { karrasLevels } from '../../../src/analysis/samplers/heun-sampler.ts';
import { openSampler, type SamplerOptions } from '../../../src/analysis/samplers/open-sampler.ts';
import { denoiserOf, epsilonOf } from '../../../src/model/epsilon-denoiser.ts';
import {
  cosineSchedule,
  type FixedVariance,
  linearSchedule,
  posteriorMean,
  respace,
  reverseVariance,
  sigmaOf,
} from '../../../src/model/schedule/noise-schedule.ts';
import { moments } from '../../support/gaussian.ts';
import { gaussianModel } from '../../support/gaussian-model.ts';

/** Standard deviation of the data. */
const TAU = 0.3;
const model = gaussianModel(TAU);
const size = { width: 32, height: 32 };

/** The states of a walk, copied. */
async function statesOf(options: SamplerOptions & { readonly numbers?: readonly number[] }): Promise<SampleState[]> {
  const states: SampleState[] = [];
  for await (const state of sampleModel(model, { numbers: [0], ...size, clip: false, ...options })) {
    states.push({ ...state, y: state.y.slice(), mean: state.mean.slice() });
  }
  return states;
}

describe('the probability flow of Gaussian data', () => {
  /**
   * Root mean square error at y_1 against the exact solution: with D = y tau^2 / (tau^2 + sigma^2), dy / dsigma =
   * (y - D) / sigma is solved by y ~ sqrt(tau^2 + sigma^2).
   */
  async function errorAtLast(options: SamplerOptions): Promise<number> {
    const states = await statesOf(options);
    const [start, end] = [states[0], states[states.length - 2]];
    const { levels } = openSampler(model, options).sampler;
    expect(end.t).toBe(1);
    const factor = Math.sqrt((TAU ** 2 + levels[1] ** 2) / (TAU ** 2 + levels[start.t] ** 2));
    return moments(end.y.map((value, i) => value - factor * start.y[i])).deviation;
  }

  test("DDIM is Euler's method: the error falls with the number of steps", async () => {
    const errors: number[] = [];
    for (const steps of [50, 100, 200]) errors.push(await errorAtLast({ sampler: 'ddim', steps }));
    expect(errors[0]).toBeLessThan(0.1);
    for (const i of [1, 2]) {
      expect(errors[i - 1] / errors[i]).toBeGreaterThan(1.8);
      expect(errors[i - 1] / errors[i]).toBeLessThan(2.2);
    }
  });

  test("Heun's error falls with the square of the number of steps", async () => {
    const errors: number[] = [];
    for (const steps of [25, 50, 100]) errors.push(await errorAtLast({ sampler: 'heun', steps }));
    expect(errors[0]).toBeLessThan(0.02);
    for (const i of [1, 2]) {
      expect(errors[i - 1] / errors[i]).toBeGreaterThan(3.5);
      expect(errors[i - 1] / errors[i]).toBeLessThan(4.5);
    }
  });

  test('neither uses noise after the start', async () => {
    for (const sampler of ['ddim', 'heun'] as const) {
      const states = await statesOf({ sampler, steps: 3 });
      // All samples go through the same linear map, so that the ratio to the start is one number.
      const ratios = states[3].y.map((value, i) => value / states[0].y[i]);
      expect(Math.max(...ratios) - Math.min(...ratios)).toBeLessThan(1e-5);
    }
  });
});

describe('the variance of samples of Gaussian data', () => {
  /**
   * Standard deviation of samples, by eq. 7: x_{t-1} = x0 D + xt x_t + sqrt(variance) z is linear in x_t.
   *
   * @param variance - of each step, from the posterior variance of x
   */
  function predicted(steps: number, variance: (t: number, posterior: number) => number): number {
    const schedule = respace(linearSchedule(), steps);
    let squared = 1;
    for (let t = steps; t >= 1; t--) {
      const alphaBar = schedule.alphaBars[t - 1];
      const sigma2 = (1 - alphaBar) / alphaBar;
      const gain = TAU ** 2 / (TAU ** 2 + sigma2);
      const { x0, xt } = posteriorMean(schedule, t);
      const factor = (x0 * gain) / Math.sqrt(alphaBar) + xt;
      squared = factor * factor * squared + (t === 1 ? 0 : variance(t, gain * sigma2));
    }
    return Math.sqrt(squared);
  }
  const fixed = (steps: number, kind: FixedVariance): number =>
    predicted(steps, (t) => reverseVariance(respace(linearSchedule(), steps), t, kind));
  const exact = (steps: number): number => {
    const schedule = respace(linearSchedule(), steps);
    // beta~ is the variance given x; that of x itself comes on top.
    return predicted(
      steps,
      (t, w) => reverseVariance(schedule, t, 'beta-tilde') + posteriorMean(schedule, t).x0 ** 2 * w,
    );
  };
  const sampled = async (options: SamplerOptions): Promise<number> => {
    const states = await statesOf({ numbers: [0, 1, 2, 3], ...options });
    return moments(states[states.length - 1].y).deviation;
  };
  /** Four standard errors of a standard deviation from 12288 samples. */
  const TOLERANCE = 4 / Math.sqrt(2 * 12288);

  test.each([5, 20, 100])('%i steps, calibrated: that of the data', async (steps) => {
    expect(Math.abs(exact(steps) / TAU - 1)).toBeLessThan(0.002);
    expect(Math.abs((await sampled({ sampler: 'ancestral', steps, variance: 'calibrated' })) / TAU - 1)).toBeLessThan(
      TOLERANCE,
    );
    // And so it is unless the caller asks for another one.
    expect(await sampled({ sampler: 'ancestral', steps })).toBe(
      await sampled({ sampler: 'ancestral', steps, variance: 'calibrated' }),
    );
  });

  test.each([5, 20, 100])(
    '%i steps, fixed: as propagated, too much with beta and too little with beta~',
    async (steps) => {
      for (const variance of ['beta', 'beta-tilde'] as const) {
        const deviation = await sampled({ sampler: 'ancestral', steps, variance });
        expect(Math.abs(deviation / fixed(steps, variance) - 1)).toBeLessThan(TOLERANCE);
      }
      expect(fixed(steps, 'beta')).toBeGreaterThan(exact(steps));
      expect(fixed(steps, 'beta-tilde')).toBeLessThan(exact(steps));
    },
  );

  test('DDIM with eta = 1 is ancestral sampling with beta~', async () => {
    const [ddim] = (await statesOf({ sampler: 'ddim', eta: 1, steps: 20 })).slice(-1);
    const [ancestral] = (await statesOf({ sampler: 'ancestral', variance: 'beta-tilde', steps: 20 })).slice(-1);
    expect(Math.max(...ddim.y.map((value, i) => Math.abs(value - ancestral.y[i])))).toBeLessThan(1e-5);
  });
});

test('karrasLevels is eq. 5 behind a zero', () => {
  const levels = karrasLevels(3, { min: 0.002, max: 80 });
  expect(levels[0]).toBe(0);
  expect(levels[1]).toBeCloseTo(0.002, 12);
  expect(levels[2]).toBeCloseTo(((0.002 ** (1 / 7) + 80 ** (1 / 7)) / 2) ** 7, 9);
  expect(levels[3]).toBe(80);
  expect([...karrasLevels(1, { min: 0.002, max: 80 })]).toEqual([0, 80]);
});

describe('openSampler', () => {
  test('defaults: Heun, 25 steps of two network runs each but the last', () => {
    const { settings, sampler } = openSampler(model, {});
    expect(settings).toEqual({ sampler: 'heun', steps: 25, variance: null, eta: null, clip: true, networkRuns: 49 });
    expect(sampler.levels[25]).toBe(80);
    expect(sampler.levels[1]).toBeCloseTo(sigmaOf(linearSchedule(), 1), 9);
    expect(openSampler(model, { sampler: 'ddim' }).settings).toMatchObject({ steps: 50, eta: 0, networkRuns: 50 });
  });

  test('ancestral: all steps; the variance fits what the model has', () => {
    const bare = { ...model, calibration: null };
    const variances = [
      openSampler(model, { sampler: 'ancestral' }),
      openSampler(bare, { sampler: 'ancestral' }),
      openSampler(bare, { sampler: 'ancestral', steps: 100 }),
      openSampler(bare, { sampler: 'ancestral', steps: 100, variance: 'beta' }),
    ].map(({ settings: { steps, variance } }) => [steps, variance]);
    expect(variances).toEqual([
      [1000, 'calibrated'],
      [1000, 'beta'],
      [100, 'beta-tilde'],
      [100, 'beta'],
    ]);
  });

  test('a schedule shorter than 50 steps is taken whole by DDIM, and Heun may have more steps than it', () => {
    const denoiser = denoiserOf(epsilonOf(model.denoiser, cosineSchedule({ steps: 20 })), { windowSize: 32 });
    expect(openSampler({ ...model, denoiser }, { sampler: 'ddim' }).settings.steps).toBe(20);
    expect(openSampler({ ...model, denoiser }, { steps: 60 }).sampler.levels).toHaveLength(61);
    const short = linearSchedule({ steps: 100 });
    const other = denoiserOf(epsilonOf(model.denoiser, short), { windowSize: 32 });
    expect(openSampler({ ...model, denoiser: other }, {}).sampler.levels[25]).toBeCloseTo(sigmaOf(short, 100), 9);
  });

  test.each([
    [{ sampler: 'euler' }, /"sampler" expected one of heun, ddim, ancestral, got euler/],
    [{ variance: 'beta' }, /"variance" expected only with the sampler ancestral, got one for heun/],
    [{ eta: 0.5 }, /"eta" expected only with the sampler ddim, got one for heun/],
    [{ sampler: 'ddim', eta: 2 }, /"eta" expected number 0\.\.1, got 2/],
    [{ steps: 0 }, /"steps" expected integer 1\.\.100000, got 0/],
    [{ sampler: 'ddim', steps: 1001 }, /"steps" expected integer 1\.\.1000, got 1001/],
  ])('refuses %j', (options, message) => {
    expect(() => openSampler(model, options as SamplerOptions)).toThrow(message);
  });
});
