import { expect, it } from 'vitest';
import { gaussianTaps } from '../../../src/quality/ssimulacra2/gaussian-taps.ts';

it('gives weights that add up to 1 and have the variance of the Gaussian', () => {
  for (const sigma of [1.5, 3]) {
    const taps = gaussianTaps(sigma);
    const sum = (f: (n: number) => number): number =>
      taps.reduce((all, tap, n) => all + (n > 0 ? 2 : 1) * tap * f(n), 0);
    expect(sum(() => 1)).toBeCloseTo(1, 12);
    expect(sum((n) => n * n)).toBeCloseTo(sigma ** 2, 12);
    for (const [n, tap] of taps.entries()) {
      const gaussian = Math.exp(-(n ** 2) / (2 * sigma ** 2)) / (sigma * Math.sqrt(2 * Math.PI));
      expect(Math.abs(tap - gaussian)).toBeLessThan(0.01);
    }
  }
  expect(gaussianTaps(1.5)).toHaveLength(5);
});
