import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FeatureStatistics } from '../../src/fid/feature-statistics.ts';
import { frechetDistance } from '../../src/fid/frechet-distance.ts';
import { DISTANCES, featureSet, normalFeatures, statisticsOf } from './vectors.ts';

/** A Gaussian distribution with independent features. */
function independent(mean: readonly number[], deviations: readonly number[]): FeatureStatistics {
  const dims = mean.length;
  const covariance = new Float64Array(dims * dims);
  for (const [i, deviation] of deviations.entries()) covariance[i * dims + i] = deviation ** 2;
  return { count: null, dims, mean: Float64Array.from(mean), covariance };
}

/** The same distribution in a basis that is turned by an angle in the plane of the first two features. */
function turned({ dims, mean, covariance, count }: FeatureStatistics, angle: number): FeatureStatistics {
  const basis = Array.from({ length: dims }, (_, i) => Array.from({ length: dims }, (_, j) => Number(i === j)));
  basis[0][0] = basis[1][1] = Math.cos(angle);
  basis[0][1] = -Math.sin(angle);
  basis[1][0] = Math.sin(angle);
  const out = { count, dims, mean: new Float64Array(dims), covariance: new Float64Array(dims * dims) };
  for (let i = 0; i < dims; i++) {
    for (let j = 0; j < dims; j++) {
      out.mean[i] += basis[i][j] * mean[j];
      for (let k = 0; k < dims; k++) {
        for (let l = 0; l < dims; l++)
          out.covariance[i * dims + j] += basis[i][k] * covariance[k * dims + l] * basis[j][l];
      }
    }
  }
  return out;
}

describe('Frechet distance', () => {
  test.each(DISTANCES)('$name: as by scipy', async ({ dims, a, b, frechetByRoot, frechetBySingularValues }) => {
    const distance = await frechetDistance(statisticsOf(featureSet(a, dims)), statisticsOf(featureSet(b, dims)));
    expect(Math.abs(distance - frechetByRoot)).toBeLessThan(1e-6); // sqrtm loses digits of singular covariances
    expect(Math.abs(distance - frechetBySingularValues)).toBeLessThan(1e-12);
  });

  test('of Gaussians with commuting covariances is the closed form, in any basis', async () => {
    const deviations = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 3, maxLength: 3 });
    const means = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        means,
        means,
        deviations,
        deviations,
        fc.double({ min: 0, max: 7, noNaN: true }),
        async (m, n, s, t, angle) => {
          const known = m.reduce((sum, _, i) => sum + (m[i] - n[i]) ** 2 + (s[i] - t[i]) ** 2, 0);
          const distance = await frechetDistance(turned(independent(m, s), angle), turned(independent(n, t), angle));
          const scale = Math.max(...m, ...n, ...s, ...t, 1) ** 2;
          // Of a deviation that is nearly 0, the covariance in another basis has lost the digits: a root of the rounding.
          expect(Math.abs(distance - known)).toBeLessThan(1e-6 * scale);
        },
      ),
      { numRuns: 200 },
    );
    expect(await frechetDistance(independent([1, 2], [3, 0.5]), independent([4, 6], [1, 2]))).toBeCloseTo(
      25 + 4 + 2.25,
      12,
    );
  });

  test('is symmetric, and 0 for equal sets', async () => {
    const sets = [normalFeatures(40, 12, 'a'), normalFeatures(9, 12, 'b', 0.3)].map(statisticsOf);
    const [there, back] = [await frechetDistance(sets[0], sets[1]), await frechetDistance(sets[1], sets[0])];
    expect(there).toBeGreaterThan(1);
    expect(Math.abs(there - back)).toBeLessThan(1e-12 * there);
    for (const set of sets) expect(await frechetDistance(set, set)).toBeLessThan(1e-12);
  });

  test('takes any scale of features', async () => {
    const [a, b] = [normalFeatures(30, 6, 'a'), normalFeatures(30, 6, 'b', 0.5)];
    const plain = await frechetDistance(statisticsOf(a), statisticsOf(b));
    for (const factor of [1e-100, 1e100]) {
      const scaled = [a, b].map((set) => statisticsOf({ ...set, data: set.data.map((value) => value * factor) }));
      expect((await frechetDistance(scaled[0], scaled[1])) / factor ** 2 / plain).toBeCloseTo(1, 10);
    }
  });

  test('of a set without variance is the distance of the means and its own variance', async () => {
    expect(await frechetDistance(independent([0, 0], [0, 0]), independent([3, 4], [2, 1]))).toBeCloseTo(25 + 5, 12);
  });

  test('says what is wrong', async () => {
    const one = independent([0], [1]);
    await expect(frechetDistance(one, independent([0, 0], [1, 1]))).rejects.toThrow(/^"b" expected 1 features, got 2/);
    await expect(frechetDistance(one, independent([Number.NaN], [1]))).rejects.toThrow(/finite/);
  });

  test('ends when it is aborted', async () => {
    const large = statisticsOf(normalFeatures(300, 260, 'large'));
    const abort = new AbortController();
    const running = frechetDistance(large, large, {
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('enough')),
    });
    await expect(running).rejects.toThrow('enough');
    await expect(frechetDistance(large, large, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });
});
