import { describe, expect, test } from 'vitest';
import type { FeatureSet } from '../../src/fid/feature-statistics.ts';
import { precisionRecall } from '../../src/fid/precision-recall.ts';
import { DISTANCES, featureSet, normalFeatures } from './vectors.ts';

describe('precision and recall', () => {
  test.each(DISTANCES)('$name: as by scikit-learn', async ({ dims, a, b, precision, recall }) => {
    for (const [i, neighbour] of [1, 3, 5].entries()) {
      const found = await precisionRecall(featureSet(a, dims), featureSet(b, dims), { neighbour });
      expect(found).toEqual({ precision: expect.closeTo(precision[i], 12), recall: expect.closeTo(recall[i], 12) });
    }
  });

  test('of equal sets are 1, of disjoint ones 0', async () => {
    const set = normalFeatures(90, 7, 'set');
    expect(await precisionRecall(set, { ...set, data: Float32Array.from(set.data) })).toEqual({
      precision: 1,
      recall: 1,
    });
    expect(await precisionRecall(set, normalFeatures(70, 7, 'far', 1000))).toEqual({ precision: 0, recall: 0 });
  });

  test('tell a narrow set from a wide one', async () => {
    const wide: FeatureSet = { count: 8, dims: 1, data: Float64Array.of(0, 1, 2, 3, 4, 5, 6, 7) };
    const narrow: FeatureSet = { count: 4, dims: 1, data: Float64Array.of(3, 3.1, 3.2, 3.3) };
    // Spheres about 0..7 reach 1 to both sides, and so cover all of narrow; those of narrow reach 0.1 and cover 3 alone.
    expect(await precisionRecall(wide, narrow, { neighbour: 1 })).toEqual({ precision: 1, recall: 1 / 8 });
    expect(await precisionRecall(narrow, wide, { neighbour: 1 })).toEqual({ precision: 1 / 8, recall: 1 });
  });

  test('a set of one picture many times covers that picture alone', async () => {
    const same: FeatureSet = { count: 10, dims: 3, data: new Float32Array(30).fill(0.1) };
    const others = normalFeatures(10, 3, 'others');
    others.data.set([0.1, 0.1, 0.1].map(Math.fround), 0);
    expect((await precisionRecall(others, same)).recall).toBe(0.1);
  });

  test('say what is wrong', async () => {
    const set = normalFeatures(5, 3, 'set');
    const few = precisionRecall(set, normalFeatures(3, 3, 'three'));
    await expect(few).rejects.toThrow(/^"b" expected more images than neighbour = 3, got 3/);
    await expect(precisionRecall(set, normalFeatures(5, 2, 'two'))).rejects.toThrow(/^"b" expected 3 features/);
    await expect(precisionRecall(set, set, { neighbour: 0 })).rejects.toThrow(/^"neighbour" expected/);
  });
});
