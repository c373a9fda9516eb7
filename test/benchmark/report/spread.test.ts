import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mean, quantile, spreadOf } from '../../../src/benchmark/report/spread.ts';

test('quantiles are those of numpy.percentile', () => {
  const values = [-3, 1, 2, 7, 10];
  // numpy.percentile([-3, 1, 2, 7, 10], [0, 2.5, 25, 50, 60, 97.5, 100])
  const wanted = [-3, -2.6, 1, 2, 4, 9.7, 10];
  for (const [i, share] of [0, 0.025, 0.25, 0.5, 0.6, 0.975, 1].entries())
    expect(quantile(values, share)).toBeCloseTo(wanted[i], 12);
});

test('equal pictures have an interval of width 0, one picture has none', () => {
  expect(spreadOf([4.5, 4.5, 4.5]).interval).toEqual([4.5, 4.5]);
  expect(spreadOf([-2])).toEqual({
    pictures: 1,
    below: 1,
    interval: null,
    quartiles: [-2, -2, -2],
    lowest: -2,
    highest: -2,
  });
});

test('the interval of many values is that of a normal mean, and the same each time', () => {
  // Values -1 and 1 in equal parts: the mean of n has the standard deviation 1 / sqrt(n).
  const n = 400;
  const values = Array.from({ length: n }, (_, i) => (i % 2 === 0 ? -1 : 1));
  const { interval } = spreadOf(values);
  expect(interval?.[0]).toBeCloseTo(-1.96 / Math.sqrt(n), 2);
  expect(interval?.[1]).toBeCloseTo(1.96 / Math.sqrt(n), 2);
  expect(spreadOf(values).interval).toEqual(interval);
});

test('quartiles and interval lie within the values, in order; adding a constant moves them all', () => {
  const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 12 });
  fc.assert(
    fc.property(values, (list) => {
      const { lowest, quartiles, highest, interval } = spreadOf(list);
      const order = [lowest, ...quartiles, highest];
      expect([...order].sort((a, b) => a - b)).toEqual(order);
      const [low, high] = interval ?? [];
      for (const value of [low, high, mean(list)] as number[]) {
        expect(value).toBeGreaterThanOrEqual(lowest - 1e-9);
        expect(value).toBeLessThanOrEqual(highest + 1e-9);
      }
      const moved = spreadOf(list.map((value) => value + 7));
      expect(moved.interval?.[0]).toBeCloseTo((low as number) + 7, 9);
      expect(moved.quartiles[1]).toBeCloseTo(quartiles[1] + 7, 9);
    }),
    { numRuns: 20 },
  );
});
