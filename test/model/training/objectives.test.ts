import { describe, expect, test } from 'vitest';
import {
  alphaBarAt,
  cosineSchedule,
  linearSchedule,
  posteriorVariance,
} from '../../../src/model/schedule/noise-schedule.ts';
import { boundWeights, timeSampler } from '../../../src/model/training/objectives.ts';

const SCHEDULES = { linear: linearSchedule(), cosine: cosineSchedule() };

describe('weights of the bound', () => {
  test.each(Object.entries(SCHEDULES))('are half the differences of the signal-to-noise ratio, %s', (_, schedule) => {
    const weights = boundWeights(schedule, 'beta-tilde');
    const ratio = (t: number): number => alphaBarAt(schedule, t) / (1 - alphaBarAt(schedule, t));
    // Kingma et al. 2021, eq. 14, in terms of epsilon: (SNR(t-1) - SNR(t)) / (2 SNR(t)).
    for (const t of [2, 3, 10, 100, 500, 990]) {
      expect(weights[t - 1] / (0.5 * (ratio(t - 1) / ratio(t) - 1))).toBeCloseTo(1, 9);
    }
  });

  test('with the variance beta are smaller by the ratio of the variances', () => {
    const { linear } = SCHEDULES;
    const [tilde, beta] = [boundWeights(linear, 'beta-tilde'), boundWeights(linear, 'beta')];
    for (const t of [2, 50, 1000]) {
      expect(beta[t - 1] / tilde[t - 1]).toBeCloseTo(posteriorVariance(linear, t) / linear.betas[t - 1], 9);
    }
  });
});

describe('times', () => {
  const { linear } = SCHEDULES;
  const places = Array.from({ length: 200_000 }, (_, i) => (i + 0.5) / 200_000);
  const settings = { variance: 'beta', boundShare: 0.5 } as const;

  test('of L_simple are uniform over 1..T and have equal weights', () => {
    const timeOf = timeSampler(linear, { ...settings, kind: 'simple' });
    const counts = new Float64Array(1001);
    const weights = new Set<number>();
    for (const place of places) {
      const { t, weight } = timeOf(place);
      counts[t]++;
      weights.add(weight);
    }
    expect([...weights]).toEqual([1]);
    expect(counts[0]).toBe(0);
    expect(new Set(counts.slice(1))).toEqual(new Set([200]));
    expect(timeOf(0).t).toBe(1);
    expect(timeOf(1 - 2 ** -53).t).toBe(1000);
  });

  test('of the bound: the mean of weight times error is the sum over all times', () => {
    const timeOf = timeSampler(linear, { ...settings, kind: 'bound' });
    const error = (t: number): number => 1 / (1 + t);
    const mean = places.reduce((sum, place) => {
      const { t, weight } = timeOf(place);
      return sum + weight * error(t);
    }, 0);
    const weights = boundWeights(linear, 'beta');
    const sum = weights.reduce((total, weight, i) => total + weight * error(i + 1), 0);
    expect(mean / places.length / sum).toBeCloseTo(1, 6);
  });

  test('of the mixture follow half the weights and half the uniform distribution', () => {
    const timeOf = timeSampler(linear, { ...settings, kind: 'mixed' });
    const counts = new Float64Array(1001);
    for (const place of places) counts[timeOf(place).t]++;
    const weights = boundWeights(linear, 'beta');
    const sum = weights.reduce((total, weight) => total + weight, 0);
    for (const t of [1, 2, 10, 300, 1000]) {
      const expected = (0.5 * weights[t - 1]) / sum + 0.5 / 1000;
      expect(Math.abs(counts[t] / places.length - expected)).toBeLessThan(2 / places.length);
    }
  });
});
