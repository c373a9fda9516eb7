import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DdpmError } from '../../../src/base/errors.ts';
import {
  alphaBarAt,
  cosineSchedule,
  linearSchedule,
  type NoiseSchedule,
  posteriorMean,
  posteriorVariance,
  respace,
  reverseVariance,
  scheduleOfBetas,
  sigmaOf,
  snr,
  timestepOf,
} from '../../../src/model/schedule/noise-schedule.ts';
import { fromConfig } from '../../../src/model/schedule/scheduler-config.ts';

const SCHEDULES: readonly (readonly [string, NoiseSchedule])[] = [
  ['linear', linearSchedule()],
  ['cosine', cosineSchedule()],
  ['linear, 50 steps of 1000', respace(linearSchedule(), 50)],
  ['two steps', scheduleOfBetas([0.1, 0.5])],
  ['one step', scheduleOfBetas([0.3])],
];

describe('the schedules of the papers', () => {
  test('linear: 1e-4 to 0.02 in 1000 steps leaves abar_T = 4.036e-5', () => {
    const { T, betas, alphaBars, timesteps } = linearSchedule();
    expect([T, betas.length, betas[0]]).toEqual([1000, 1000, 1e-4]);
    expect(betas[999]).toBeCloseTo(0.02, 15);
    expect(betas[500]).toBeCloseTo(1e-4 + (0.0199 * 500) / 999, 15);
    expect(alphaBars[0]).toBeCloseTo(0.9999, 15);
    expect(alphaBars[999]).toBeCloseTo(4.0358e-5, 9); // the paper: L_T is below 1e-5 bits a dimension
    expect(Array.from(timesteps.slice(0, 3))).toEqual([1, 2, 3]);
  });

  test('cosine: abar is cos^2 until beta is capped at 0.999', () => {
    const { betas, alphaBars } = cosineSchedule();
    const f = (t: number): number => Math.cos(((t / 1000 + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
    for (const t of [1, 10, 500, 990]) expect(alphaBars[t - 1] / (f(t) / f(0))).toBeCloseTo(1, 9);
    expect(Math.max(...betas)).toBe(0.999);
    expect(betas[0]).toBeCloseTo(4.13e-5, 7);
  });

  test('refuse invalid options', () => {
    expect(() => scheduleOfBetas([])).toThrow(/"betas" expected 1\.\.100000 values, got 0/);
    expect(() => scheduleOfBetas([0.1, 1])).toThrow(/"betas" expected values in \(0, 1\), got 1/);
    expect(() => linearSchedule({ steps: 1.5 })).toThrow(/"steps" expected integer/);
    expect(() => linearSchedule({ betaStart: 0 })).toThrow(RangeError);
  });
});

describe.each(SCHEDULES)('%s', (_, schedule) => {
  const steps = Array.from({ length: schedule.T }, (_, i) => i + 1);

  test('q(x_{t-1} | x_t, x_0) is the posterior of the forward process: eq. 7 against eq. 4', () => {
    for (const t of steps) {
      const { x0, xt } = posteriorMean(schedule, t);
      const [now, before] = [alphaBarAt(schedule, t), alphaBarAt(schedule, t - 1)];
      // x_{t-1} drawn from this posterior, with x_t drawn from q(x_t | x_0), must have the distribution q(x_{t-1} |
      // x_0).
      expect(x0 + xt * Math.sqrt(now)).toBeCloseTo(Math.sqrt(before), 10);
      expect(xt * xt * (1 - now) + posteriorVariance(schedule, t)).toBeCloseTo(1 - before, 10);
    }
  });

  test('beta~ is below beta, and both choices agree at t = 1', () => {
    for (const t of steps.slice(1)) {
      expect(posteriorVariance(schedule, t)).toBeLessThan(schedule.betas[t - 1]);
      expect(reverseVariance(schedule, t, 'beta')).toBe(schedule.betas[t - 1]);
      expect(reverseVariance(schedule, t, 'beta-tilde')).toBe(posteriorVariance(schedule, t));
    }
    const first = reverseVariance(schedule, 1, 'beta');
    expect(first).toBe(schedule.T > 1 ? posteriorVariance(schedule, 2) : schedule.betas[0]);
    expect(reverseVariance(schedule, 1, 'beta-tilde')).toBe(first);
    expect(posteriorVariance(schedule, 1)).toBe(0);
  });

  test('sigma and time are inverse, exactly at the steps', () => {
    for (const t of steps) {
      expect(sigmaOf(schedule, t) ** -2 / snr(schedule, t)).toBeCloseTo(1, 9);
      expect(timestepOf(schedule, sigmaOf(schedule, t))).toBe(t);
    }
    const times = fc.double({ min: 1, max: schedule.T, noNaN: true });
    fc.assert(
      fc.property(times, (t) => {
        expect(timestepOf(schedule, sigmaOf(schedule, t))).toBeCloseTo(t, 5);
      }),
      { seed: 3 },
    );
  });

  test('noise levels outside the schedule give the nearest step', () => {
    expect(timestepOf(schedule, 1e-9)).toBe(1);
    expect(timestepOf(schedule, 1e9)).toBe(schedule.T);
    expect(() => timestepOf(schedule, 0)).toThrow(/"sigma" expected number > 0/);
    expect(() => sigmaOf(schedule, 0.5)).toThrow(/"t" expected number 1\.\./);
    expect(() => sigmaOf(schedule, schedule.T + 0.5)).toThrow(RangeError);
  });
});

describe('respace', () => {
  const whole = linearSchedule();

  test('keeps abar at the steps it keeps', () => {
    const few = respace(whole, [1, 10, 500, 1000]);
    expect(few.T).toBe(4);
    expect(Array.from(few.timesteps)).toEqual([1, 10, 500, 1000]);
    expect(Array.from(few.alphaBars)).toEqual([1, 10, 500, 1000].map((t) => whole.alphaBars[t - 1]));
    let product = 1;
    few.betas.forEach((beta, i) => {
      product *= 1 - beta;
      expect(product).toBeCloseTo(few.alphaBars[i], 14);
    });
  });

  test('a number of steps is evenly spaced from 1 to T; all of them is the schedule itself', () => {
    expect(Array.from(respace(whole, 4).timesteps)).toEqual([1, 334, 667, 1000]);
    expect(Array.from(respace(whole, 1).timesteps)).toEqual([1000]);
    const same = respace(whole, 1000);
    expect(same.alphaBars).toEqual(whole.alphaBars);
    for (const [i, beta] of same.betas.entries()) expect(beta / whole.betas[i]).toBeCloseTo(1, 9);
  });

  test('applied twice, timesteps refer to the first schedule', () => {
    expect(Array.from(respace(respace(whole, [1, 10, 500, 1000]), [2, 4]).timesteps)).toEqual([10, 1000]);
  });

  test.each([[[]], [[2, 1]], [[0, 5]], [[1001]], [[1.5]], [0], [1001], [2.5]])('refuses %j', (timesteps) => {
    expect(() => respace(whole, timesteps as number[] | number)).toThrow(RangeError);
  });
});

describe('fromConfig', () => {
  /** scheduler_config.json of google/ddpm-cifar10-32. */
  const cifar = {
    _class_name: 'DDPMScheduler',
    beta_end: 0.02,
    beta_schedule: 'linear',
    beta_start: 0.0001,
    clip_sample: true,
    num_train_timesteps: 1000,
    variance_type: 'fixed_large',
  };

  test("reads the paper's schedule", () => {
    const { schedule, variance, clipSample } = fromConfig(cifar);
    expect(schedule).toEqual(linearSchedule());
    expect([variance, clipSample]).toEqual(['beta', true]);
  });

  test('knows the other schedules, and the defaults of diffusers', () => {
    expect(fromConfig({}).schedule).toEqual(linearSchedule());
    expect(fromConfig({}).variance).toBe('beta-tilde');
    expect(fromConfig({ beta_schedule: 'squaredcos_cap_v2', num_train_timesteps: 50 }).schedule).toEqual(
      cosineSchedule({ steps: 50 }),
    );
    const { betas } = fromConfig({ beta_schedule: 'scaled_linear', beta_start: 0.01, beta_end: 0.04 }).schedule;
    expect([betas[0], betas[999]].map((beta) => Number(beta.toFixed(12)))).toEqual([0.01, 0.04]);
    expect(Math.sqrt(betas[333])).toBeCloseTo(0.1 + 0.1 / 3, 10);
    const trained = fromConfig({ num_train_timesteps: 3, trained_betas: [0.1, 0.2, 0.3] }).schedule;
    expect(trained).toEqual(scheduleOfBetas([0.1, 0.2, 0.3]));
    expect(fromConfig({ variance_type: 'fixed_small', clip_sample: false })).toMatchObject({
      variance: 'beta-tilde',
      clipSample: false,
    });
  });

  test.each([
    ['beta_schedule', 'sigmoid', /field beta_schedule is "sigmoid", expected "linear", "scaled_linear" or/],
    [
      'variance_type',
      'learned_range',
      /field variance_type is "learned_range", expected "fixed_small" or "fixed_large"/,
    ],
    ['prediction_type', 'v_prediction', /field prediction_type is "v_prediction", expected "epsilon"/],
    ['num_train_timesteps', 0, /field num_train_timesteps is 0, expected an integer/],
    ['num_train_timesteps', '1000', /expected a number/],
    ['beta_start', -1, /field beta_start is -1, expected a number in \(0, 1\)/],
    ['clip_sample', 'yes', /field clip_sample is "yes", expected true or false/],
    ['clip_sample_range', 2, /field clip_sample_range is 2, expected 1/],
    ['thresholding', true, /field thresholding is true, expected false/],
    ['rescale_betas_zero_snr', true, /expected false/],
    ['trained_betas', [0.1], /field trained_betas is \[0.1\], expected null or 1000 numbers/],
  ])('refuses %s = %j, by name', (field, value, message) => {
    const read = (): unknown => fromConfig({ ...cifar, [field]: value }, 'scheduler_config.json');
    expect(read).toThrow(DdpmError);
    expect(read).toThrow(message);
    expect(read).toThrow(/^scheduler_config\.json: /);
  });
});
