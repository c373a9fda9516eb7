import { describe, expect, test } from 'vitest';
import { kernelDistance } from '../../src/fid/kernel-distance.ts';
import { DISTANCES, featureSet, normalFeatures } from './vectors.ts';

describe('kernel distance', () => {
  test.each(DISTANCES.filter(({ kernel }) => kernel !== null))('$name: as by numpy', async ({ dims, a, b, kernel }) => {
    const found = await kernelDistance(featureSet(a, dims), featureSet(b, dims));
    expect(found).toEqual({
      mean: expect.closeTo(kernel as number, 12),
      deviation: 0,
      subsets: 1,
      subsetSize: a.length / dims,
    });
  });

  test('of equal distributions is about 0, and of others the closed form', async () => {
    // For x ~ N(0, I), y ~ N(s, I) and d features: E k(x, x') = 1 + 3 / d, E k(y, y') and E k(x, y) by the moments of x.y.
    const d = 4;
    const n = 1500;
    const shift = 0.5;
    const q = d * shift ** 2;
    const xx = 1 + 3 / d;
    const yy = 1 + (3 * q) / d + (3 * (d + 2 * q + q * q)) / d ** 2 + (q ** 3 + 3 * q * (d + 2 * q) + 6 * q) / d ** 3;
    const xy = 1 + (3 * (d + q)) / d ** 2;
    const x = normalFeatures(n, d, 'x');
    const same = await kernelDistance(x, normalFeatures(n, d, 'other'), { subsets: 60, subsetSize: 200 });
    const moved = await kernelDistance(x, normalFeatures(n, d, 'y', shift), { subsets: 60, subsetSize: 200 });
    expect(Math.abs(same.mean)).toBeLessThan(0.02);
    expect(Math.abs(moved.mean - (xx + yy - 2 * xy))).toBeLessThan(0.15 * (xx + yy - 2 * xy));
    expect(moved.deviation).toBeGreaterThan(0);
    expect([moved.subsets, moved.subsetSize]).toEqual([60, 200]);
  });

  test('depends on the seed alone, and draws each image of a subset once', async () => {
    const [a, b] = [normalFeatures(30, 3, 'a'), normalFeatures(25, 3, 'b')];
    const run = (seed: number, subsetSize = 10): Promise<unknown> =>
      kernelDistance(a, b, { seed, subsets: 5, subsetSize });
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(2));
    // Subsets of all 25 are b itself: only those of a differ.
    const whole = await kernelDistance(b, { ...b, data: b.data.slice() }, { subsetSize: 25 });
    expect(whole.subsets).toBe(1);
    expect(((await run(1, 1000)) as { subsetSize: number }).subsetSize).toBe(25);
  });

  test('does not change with the sides, and reports how far it has come', async () => {
    const [a, b] = [normalFeatures(150, 300, 'a'), normalFeatures(150, 300, 'b', 0.1)];
    const shares: number[] = [];
    const there = await kernelDistance(a, b, { onProgress: (share) => shares.push(share) });
    const back = await kernelDistance(b, a);
    expect(there.mean).toBeCloseTo(back.mean, 12);
    expect(shares.every((share, i) => share >= (shares[i - 1] ?? 0) && share <= 1)).toBe(true);
  });

  test('says what is wrong', async () => {
    const set = normalFeatures(5, 3, 'set');
    await expect(kernelDistance(set, normalFeatures(1, 3, 'one'))).rejects.toThrow(
      /^"b" expected 2 or more images, got 1/,
    );
    await expect(kernelDistance(set, normalFeatures(5, 4, 'four'))).rejects.toThrow(/^"b" expected 3 features/);
    await expect(kernelDistance(set, set, { subsets: 0 })).rejects.toThrow(/^"subsets" expected/);
    await expect(kernelDistance(set, set, { size: 3 } as object)).rejects.toThrow(/^"size" expected no such option/);
  });
});
