import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StreamingStatistics } from '../../src/fid/streaming-statistics.ts';
import { DISTANCES, featureSet, normalFeatures, statisticsOf } from './vectors.ts';

describe('streaming statistics', () => {
  test.each(DISTANCES)('$name: mean and covariance as by numpy', ({ dims, a, mean, covariance }) => {
    const found = statisticsOf(featureSet(a, dims));
    expect(found.count).toBe(a.length / dims);
    for (const [i, value] of mean.entries()) expect(found.mean[i]).toBeCloseTo(value, 13);
    for (const [i, value] of covariance.entries()) expect(found.covariance[i]).toBeCloseTo(value, 13);
  });

  test('are the same, however the vectors are divided into calls', () => {
    const all = normalFeatures(200, 5, 'parts');
    const whole = statisticsOf(all);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 }), (lengths) => {
        const sums = new StreamingStatistics(5);
        let row = 0;
        for (const length of [...lengths, 200]) {
          const count = Math.min(length, 200 - row);
          if (count > 0) sums.add({ count, dims: 5, data: all.data.subarray(row * 5, (row + count) * 5) });
          row += count;
        }
        expect(sums.statistics()).toEqual(whole);
      }),
    );
  });

  test('parts that are merged give the whole', () => {
    const all = normalFeatures(300, 4, 'merge', 7);
    const whole = statisticsOf(all);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), (cut) => {
        const [first, second] = [new StreamingStatistics(4), new StreamingStatistics(4)];
        if (cut > 0) first.add({ count: cut, dims: 4, data: all.data.subarray(0, cut * 4) });
        if (cut < 300) second.add({ count: 300 - cut, dims: 4, data: all.data.subarray(cut * 4) });
        const count = second.count;
        first.merge(second);
        expect([first.count, second.count]).toEqual([300, count]);
        const merged = first.statistics();
        for (let i = 0; i < 4; i++) expect(merged.mean[i]).toBeCloseTo(whole.mean[i], 13);
        for (let i = 0; i < 16; i++) expect(merged.covariance[i]).toBeCloseTo(whole.covariance[i], 13);
      }),
    );
  });

  test('keep their digits beside a large mean', () => {
    const far = statisticsOf(normalFeatures(1000, 3, 'far', 1e8));
    const near = statisticsOf(normalFeatures(1000, 3, 'far'));
    for (let i = 0; i < 9; i++) expect(far.covariance[i]).toBeCloseTo(near.covariance[i], 7);
  });

  test('may be read between, and then go on', () => {
    const all = normalFeatures(130, 3, 'between');
    const sums = new StreamingStatistics(3);
    sums.add({ count: 70, dims: 3, data: all.data.subarray(0, 210) });
    const early = sums.statistics();
    sums.add({ count: 60, dims: 3, data: all.data.subarray(210) });
    expect(early.count).toBe(70);
    const whole = statisticsOf(all);
    for (let i = 0; i < 9; i++) expect(sums.statistics().covariance[i]).toBeCloseTo(whole.covariance[i], 13);
  });

  test('say what is wrong', () => {
    const sums = new StreamingStatistics(3);
    expect(() => sums.statistics()).toThrow(/^"count" expected 2 or more vectors for a covariance, got 0/);
    expect(() => sums.add(normalFeatures(2, 4, 'x'))).toThrow(/^"features" expected 3 features, got 4/);
    expect(() => sums.add({ count: 3, dims: 3, data: new Float32Array(8) })).toThrow(/expected 3 x 3 values, got 8/);
    expect(() => sums.merge(new StreamingStatistics(4))).toThrow(/^"other" expected 3 features, got 4/);
    expect(() => new StreamingStatistics(0)).toThrow(/^"dims" expected/);
  });
});
