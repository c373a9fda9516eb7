import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exp, exp2Fraction256, log, powerOfTwo } from '../../../src/codec/math/portable-math.ts';

const RELATIVE = 4e-15;

describe('exp', () => {
  test('agrees with Math.exp', () => {
    fc.assert(
      fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
        expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThanOrEqual(RELATIVE);
      }),
      { numRuns: 5000 },
    );
    for (let x = -30; x <= 30; x += 1 / 64) {
      expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThanOrEqual(RELATIVE);
    }
    expect([exp(0), exp(-0)]).toEqual([1, 1]);
  });

  test('is clamped to finite, positive values; NaN stays NaN', () => {
    for (const x of [700, 1e9, Number.POSITIVE_INFINITY]) expect(exp(x)).toBe(exp(700));
    for (const x of [-700, -1e9, Number.NEGATIVE_INFINITY]) expect(exp(x)).toBe(exp(-700));
    expect(exp(-700)).toBeGreaterThan(0);
    expect(exp(700)).toBeLessThan(Number.MAX_VALUE);
    expect(exp(Number.NaN)).toBeNaN();
  });
});

describe('log', () => {
  test('agrees with Math.log', () => {
    fc.assert(
      fc.property(fc.double({ min: 2 ** -1022, max: Number.MAX_VALUE, noNaN: true }), (x) => {
        const expected = Math.log(x);
        expect(Math.abs(log(x) - expected)).toBeLessThanOrEqual(RELATIVE * Math.abs(expected));
      }),
      { numRuns: 5000 },
    );
    for (let x = 1 / 64; x < 64; x += 1 / 64) {
      expect(Math.abs(log(x) - Math.log(x))).toBeLessThanOrEqual(RELATIVE * Math.abs(Math.log(x)));
    }
    expect(log(1)).toBe(0);
  });

  test('is the inverse of exp', () => {
    fc.assert(
      fc.property(fc.double({ min: -650, max: 650, noNaN: true }), (x) => {
        expect(Math.abs(log(exp(x)) - x)).toBeLessThanOrEqual(RELATIVE * Math.max(1, Math.abs(x)));
      }),
    );
  });
});

describe('powers of two', () => {
  test('powerOfTwo is exact', () => {
    for (let e = -1022; e <= 1023; e++) expect(powerOfTwo(e)).toBe(2 ** e);
  });

  test('exp2Fraction256 is exact at whole octaves', () => {
    for (let octave = -900; octave <= 900; octave++) expect(exp2Fraction256(octave * 256)).toBe(2 ** octave);
  });

  test('exp2Fraction256 agrees with 2 ** x, ascends, and scales exactly by octaves', () => {
    let previous = 0;
    for (let index = -2304; index <= 2816; index++) {
      const value = exp2Fraction256(index);
      expect(Math.abs(value / 2 ** (index / 256) - 1)).toBeLessThanOrEqual(RELATIVE);
      expect(value).toBeGreaterThan(previous);
      expect(exp2Fraction256(index + 256)).toBe(2 * value);
      previous = value;
    }
  });
});
