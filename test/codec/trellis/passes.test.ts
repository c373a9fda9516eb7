import { describe, expect, test } from 'vitest';
import {
  FIRST_SHARE,
  firstScale,
  firstTarget,
  joinPasses,
  type SearchTarget,
  secondTarget,
} from '../../../src/codec/trellis/passes.ts';
import { gaussianSampler, moments } from '../../support/gaussian.ts';

const SAMPLES = 200_000;
/** Standard errors that a Monte Carlo mean may be off. */
const ERRORS = 5;

const fill = (value: number, n = SAMPLES): Float32Array => new Float32Array(n).fill(value);

/** Draws what a search aims at. */
function draw({ target, residualVariance }: SearchTarget, sample: () => number): Float32Array {
  return target.map((a, i) => a + Math.sqrt(residualVariance[i]) * sample());
}

/** Draws both passes of a target: the second one aims at what the first one has left. */
function drawPasses(target: SearchTarget, seed: string): { first: Float32Array; second: Float32Array } {
  const sample = gaussianSampler(seed);
  const first = draw(firstTarget(target), sample);
  return { first, second: draw(secondTarget(target, first), sample) };
}

describe('two passes', () => {
  test('the first has 3/8 of the signal-to-noise ratio', () => {
    expect(FIRST_SHARE).toBe(3 / 8);
  });

  test.each([
    [0.5, 0.6],
    [-1.2, 0.05],
    [0, 0.9],
    [2, 0.3],
    [0.3, 1],
  ])('with a = %f and r = %f give c ~ N(a, r)', (a, r) => {
    const target = { target: fill(a), residualVariance: fill(r) };
    const { first, second } = drawPasses(target, `${a}/${r}`);
    const { mean, deviation } = moments(joinPasses(target.residualVariance, first, second));
    expect(Math.abs(mean - a)).toBeLessThan(ERRORS * Math.sqrt(r / SAMPLES));
    expect(Math.abs(deviation - Math.sqrt(r))).toBeLessThan(ERRORS * Math.sqrt(r / (2 * SAMPLES)));
  });

  test.each([
    [0.5, 0.6],
    [-1.2, 0.05],
    [0.3, 1],
  ])('with a = %f and r = %f the first observes a with the variance r / f', (a, r) => {
    const target = { target: fill(a), residualVariance: fill(r) };
    const { first } = drawPasses(target, `first/${a}/${r}`);
    const { mean, deviation } = moments(first.map((c) => c * firstScale(Math.fround(r))));
    const expected = Math.sqrt(r / FIRST_SHARE);
    expect(Math.abs(mean - a)).toBeLessThan((ERRORS * expected) / Math.sqrt(SAMPLES));
    expect(Math.abs(deviation - expected)).toBeLessThan((ERRORS * expected) / Math.sqrt(2 * SAMPLES));
  });

  test.each([0.9, 0.5, 0.1, 0.01])(
    'with r = %f and a ~ N(0, 1 - r), both code values are N(0, 1) and independent',
    (r) => {
      const sample = gaussianSampler(`prior/${r}`);
      const target = { target: fill(0).map(() => Math.sqrt(1 - r) * sample()), residualVariance: fill(r) };
      const { first, second } = drawPasses(target, `passes/${r}`);
      for (const values of [first, second]) {
        const { mean, deviation } = moments(values);
        expect(Math.abs(mean)).toBeLessThan(ERRORS / Math.sqrt(SAMPLES));
        expect(Math.abs(deviation - 1)).toBeLessThan(ERRORS / Math.sqrt(2 * SAMPLES));
      }
      const { mean: covariance } = moments(first.map((c, i) => c * second[i]));
      expect(Math.abs(covariance)).toBeLessThan(ERRORS / Math.sqrt(SAMPLES));
    },
  );

  test.each([0.9, 0.5, 0.1, 0.01])('with r = %f, c is the regression on both: what they tell of a, c tells', (r) => {
    // a ~ N(0, 1 - r) is observed as o1 = a + N(0, r / f), which c1 is in other units, and o2 = a + N(0, r / (1 - f)).
    const sample = gaussianSampler(`regression/${r}`);
    const a = fill(0, 1000).map(() => Math.sqrt(1 - r) * sample());
    const target = { target: a, residualVariance: fill(r, a.length) };
    const { first, second } = drawPasses(target, `regression/passes/${r}`);
    const joined = joinPasses(target.residualVariance, first, second);
    const variance = Math.fround(r);
    for (let i = 0; i < a.length; i++) {
      const o1 = first[i] * firstScale(variance);
      // c2 is o2 less its mean given o1, over its deviation: var(o2 | o1) = r / f + r / (1 - f) less what o1 tells of a.
      const prior = 1 - variance;
      const tells = prior / (prior + variance / FIRST_SHARE);
      const unknown = prior * (1 - tells) + variance / (1 - FIRST_SHARE);
      const o2 = tells * o1 + Math.sqrt(unknown) * second[i];
      expect(joined[i]).toBeCloseTo(FIRST_SHARE * o1 + (1 - FIRST_SHARE) * o2, 4);
    }
  });

  test('residual variances: r / g of the first, g of the second, with g = f + (1 - f) r', () => {
    const residualVariance = Float32Array.of(1, 0.5, 0.1, 1e-4);
    const target = { target: new Float32Array(4), residualVariance };
    const g = residualVariance.map((r) => FIRST_SHARE + (1 - FIRST_SHARE) * r);
    expect(firstTarget(target).residualVariance).toEqual(residualVariance.map((r, i) => r / g[i]));
    expect(secondTarget(target, new Float32Array(4)).residualVariance).toEqual(g);
  });

  test('a coefficient without information stays so: r = 1 in both', () => {
    const target = { target: fill(0, 3), residualVariance: fill(1, 3) };
    const first = Float32Array.of(-1, 0.25, 2);
    expect(firstTarget(target)).toEqual(target);
    expect(secondTarget(target, first)).toEqual(target);
    const second = Float32Array.of(0.5, -0.75, 1);
    const joined = joinPasses(target.residualVariance, first, second);
    joined.forEach((c, i) => {
      expect(c).toBeCloseTo(Math.sqrt(3 / 8) * first[i] + Math.sqrt(5 / 8) * second[i], 6);
    });
  });
});
