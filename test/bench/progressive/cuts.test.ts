import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutsOf, geometricSizes } from '../../../bench/progressive/cuts.ts';

describe('geometricSizes', () => {
  test('has equal ratios, both ends included', () => {
    expect(geometricSizes(1000, 16_000, 5)).toEqual([1000, 2000, 4000, 8000, 16_000]);
  });

  test('leaves out what falls together', () => {
    expect(geometricSizes(3, 5, 10)).toEqual([3, 4, 5]);
    expect(geometricSizes(7, 7, 4)).toEqual([7]);
  });

  test('ascends between its ends, no more than half a byte from equal ratios', () => {
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 1e5 }),
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 2, max: 40 }),
    );
    fc.assert(
      fc.property(sizes, ([from, more, count]) => {
        const found = geometricSizes(from, from + more, count);
        expect([found[0], found[found.length - 1]]).toEqual([from, from + more]);
        for (let i = 1; i < found.length; i++) expect(found[i]).toBeGreaterThan(found[i - 1]);
        const step = Math.log((from + more) / from) / (count - 1);
        for (const size of found) {
          const k = Math.round(Math.log(size / from) / step);
          const nearest = [k - 1, k, k + 1].map((i) => Math.abs(from * Math.exp(i * step) - size));
          expect(Math.min(...nearest)).toBeLessThan(0.5 + 1e-6);
        }
      }),
    );
  });

  test('refuses what has no such sizes', () => {
    expect(() => geometricSizes(0, 5, 3)).toThrow('"from" expected 1..5, got 0');
    expect(() => geometricSizes(6, 5, 3)).toThrow('"from" expected 1..5, got 6');
    expect(() => geometricSizes(1, 5, 1)).toThrow('"count" expected 2 or more, got 1');
  });
});

test('a file is cut from a fortieth of it to just under all of it', () => {
  const cuts = cutsOf(29_000, 20);
  expect(cuts.length).toBe(20);
  expect([cuts[0], cuts[19]]).toEqual([725, 28_999]);
});
