import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logIntervalProbability, namedNormals, scaledErfc } from '../../src/analysis/normal-distribution.ts';
import { moments } from '../support/gaussian.ts';

/** x, and math.erfc(x) of Python 3. */
const ERFC: readonly (readonly [number, number])[] = [
  [0.1, 0.8875370839817152],
  [0.5, 0.4795001221869535],
  [1, 0.15729920705028513],
  [2, 0.004677734981047266],
  [3, 2.209049699858544e-5],
  [5, 1.5374597944280349e-12],
];

describe('scaledErfc', () => {
  test.each(ERFC)('exp(x^2) erfc(x) at %f', (x, erfc) => {
    expect(Math.abs(scaledErfc(x) / (Math.exp(x * x) * erfc) - 1)).toBeLessThan(1e-12);
  });

  test('is reflected: erfc(-x) = 2 - erfc(x)', () => {
    for (const x of [0, 0.3, 1.7, 2.4, 4]) {
      expect(Math.exp(-x * x) * (scaledErfc(x) + scaledErfc(-x))).toBeCloseTo(2, 12);
    }
  });

  test('series and continued fraction meet', () => {
    const slope = (scaledErfc(1.999) - scaledErfc(1.998)) / 0.001;
    expect(scaledErfc(2.0005) - scaledErfc(1.9995)).toBeCloseTo(slope * 0.001, 6);
    // d/dx exp(x^2) erfc(x) = 2 x exp(x^2) erfc(x) - 2 / sqrt(pi), checked across the border of the two methods.
    const derivative = (scaledErfc(2 + 1e-5) - scaledErfc(2 - 1e-5)) / 2e-5;
    expect(derivative).toBeCloseTo(4 * scaledErfc(2) - 2 / Math.sqrt(Math.PI), 8);
  });

  test('approaches 1 / (x sqrt pi) for large x', () => {
    expect(scaledErfc(1e6) * 1e6 * Math.sqrt(Math.PI)).toBeCloseTo(1, 10);
    expect(scaledErfc(10)).toBeCloseTo(0.05614099274382259, 14);
  });
});

describe('logIntervalProbability', () => {
  test('known probabilities', () => {
    expect(Math.exp(logIntervalProbability(-1, 1))).toBeCloseTo(0.6826894921370859, 13);
    expect(Math.exp(logIntervalProbability(1, 2))).toBeCloseTo(0.13590512198327787, 13);
    expect(Math.exp(logIntervalProbability(Number.NEGATIVE_INFINITY, 0))).toBeCloseTo(0.5, 14);
    expect(logIntervalProbability(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)).toBeCloseTo(0, 14);
  });

  test('the far tail does not underflow: ln P(X > 40) = -804.608442', () => {
    expect(logIntervalProbability(40, Number.POSITIVE_INFINITY)).toBeCloseTo(-804.608442, 5);
    expect(logIntervalProbability(Number.NEGATIVE_INFINITY, -40)).toBeCloseTo(-804.608442, 5);
    // The probability of a narrow bin far from the mean is density times width.
    const density = -0.5 * 300.0005 ** 2 - 0.5 * Math.log(2 * Math.PI) + Math.log(0.001);
    expect(Math.abs(logIntervalProbability(300, 300.001) - density)).toBeLessThan(0.01);
  });

  test('bins that cover the line have probabilities that sum to 1', () => {
    const edges = fc.array(fc.double({ min: -12, max: 12, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(edges, (values) => {
        const sorted = [...new Set(values)].sort((a, b) => a - b);
        const all = [Number.NEGATIVE_INFINITY, ...sorted, Number.POSITIVE_INFINITY];
        let sum = 0;
        for (let i = 1; i < all.length; i++) sum += Math.exp(logIntervalProbability(all[i - 1], all[i]));
        expect(sum).toBeCloseTo(1, 11);
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});

test('namedNormals are standard normal and depend on the name', () => {
  const values = namedNormals(50_001, 'a');
  const { mean, deviation } = moments(values);
  expect(Math.abs(mean)).toBeLessThan(0.02);
  expect(Math.abs(deviation - 1)).toBeLessThan(0.02);
  expect(values.filter((value) => Math.abs(value) > 3).length / values.length).toBeCloseTo(0.0027, 3);
  expect(namedNormals(100, 'a')).toEqual(values.slice(0, 100));
  expect(namedNormals(100, 'b')).not.toEqual(values.slice(0, 100));
});
