import { describe, expect, test } from 'vitest';
import {
  type AnalysedModel,
  reverseProcess,
  reverseStep,
  scheduleOfModel,
} from '../../src/analysis/reverse-process.ts';
import { DdpmError } from '../../src/base/errors.ts';
import { denoiserOf, epsilonOf } from '../../src/model/epsilon-denoiser.ts';
import {
  cosineSchedule,
  linearSchedule,
  posteriorMean,
  posteriorVariance,
} from '../../src/model/schedule/noise-schedule.ts';
import { gaussianModel } from '../support/gaussian-model.ts';

const model = gaussianModel(0.3);

describe('reverseProcess', () => {
  test("uses the network's own schedule, or the paper's if the network has none", () => {
    expect(scheduleOfModel(model)).toEqual(linearSchedule());
    const schedule = cosineSchedule({ steps: 77 });
    const denoiser = denoiserOf(epsilonOf(model.denoiser, schedule), { windowSize: 32 });
    expect(scheduleOfModel({ denoiser })).toBe(schedule);
    expect(reverseProcess({ ...model, denoiser }, { steps: 7 }).schedule.T).toBe(7);
    expect(() => reverseProcess({ ...model, denoiser }, { steps: 78 })).toThrow(/"steps" expected integer 1\.\.77/);
  });

  test('variance and clipping: from the option, else from the scheduler in the file, else beta and true', () => {
    const small: AnalysedModel = {
      ...model,
      config: { scheduler: { variance_type: 'fixed_small', clip_sample: false } },
    };
    expect(reverseProcess(model)).toMatchObject({ variance: 'beta', clip: true });
    expect(reverseProcess({ ...model, config: { architecture: 'photo-net' } })).toMatchObject({
      variance: 'beta',
      clip: true,
    });
    expect(reverseProcess(small)).toMatchObject({ variance: 'beta-tilde', clip: false });
    expect(reverseProcess(small, { variance: 'calibrated', clip: true })).toMatchObject({
      variance: 'calibrated',
      clip: true,
    });
  });

  test('without a calibration there is no calibrated variance', () => {
    const bare: AnalysedModel = { ...model, calibration: null };
    expect(reverseProcess(bare, { variance: 'beta-tilde' }).variance).toBe('beta-tilde');
    const calibrated = (): unknown => reverseProcess(bare, { variance: 'calibrated' });
    expect(calibrated).toThrow(DdpmError);
    expect(calibrated).toThrow(/model 00000000000000aa has no calibration\. Measure it with ddpm-codec calibrate/);
  });
});

test('reverseStep is eq. 7, scaled by 1 / sqrt(abar_{t-1})', () => {
  const schedule = linearSchedule();
  const process = reverseProcess(model, { variance: 'beta' });
  for (const t of [2, 10, 500, 1000]) {
    const { k, qVariance, pVariance, sigmaFrom, sigmaTo } = reverseStep(process, t);
    const [now, before] = [schedule.alphaBars[t - 1], schedule.alphaBars[t - 2]];
    expect(qVariance / (posteriorVariance(schedule, t) / before)).toBeCloseTo(1, 9);
    expect((pVariance ?? 0) / (schedule.betas[t - 1] / before)).toBeCloseTo(1, 12);
    // Mean: x0 and x_t of eq. 7 against k x + (1 - k) y, y = x_t / sqrt(abar_t).
    const { x0, xt } = posteriorMean(schedule, t);
    expect(k / (x0 / Math.sqrt(before))).toBeCloseTo(1, 9);
    expect((1 - k) / ((xt * Math.sqrt(now)) / Math.sqrt(before))).toBeCloseTo(1, 9);
    expect(sigmaFrom).toBeGreaterThan(sigmaTo);
  }
  expect(reverseStep(process, 1)).toMatchObject({
    sigmaTo: 0,
    k: 1,
    qVariance: 0,
    pVariance: posteriorVariance(schedule, 2),
  });
  expect(reverseStep(reverseProcess(model, { variance: 'calibrated' }), 5).pVariance).toBeUndefined();
});
