import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bdQuality, bdRate, type Delta } from '../../../src/benchmark/report/bjontegaard.ts';
import { Pchip } from '../../../src/benchmark/report/pchip.ts';
import { ascending, RateCurve, type RatePoint } from '../../../src/benchmark/report/rate-curve.ts';

type Pair = readonly [rate: number, quality: number];

interface Case {
  readonly name: string;
  readonly anchor: readonly Pair[];
  readonly test: readonly Pair[];
  readonly pchip: { readonly rate: Delta; readonly quality: Delta };
  readonly cubic?: { readonly rate: Delta; readonly quality: Delta };
}

const { cases } = JSON.parse(readFileSync('test/benchmark/report/bd.json', 'utf8')) as { cases: Case[] };
const points = (pairs: readonly Pair[]): RatePoint[] => pairs.map(([rate, quality]) => ({ rate, quality }));

describe('BD-rate and BD-PSNR agree with scipy (vectors/make_bd.py)', () => {
  expect(cases.length).toBe(6);
  test.each(cases)('$name', ({ anchor, test: tested, pchip }) => {
    for (const [found, wanted] of [
      [bdRate(points(anchor), points(tested)), pchip.rate],
      [bdQuality(points(anchor), points(tested)), pchip.quality],
    ] as const) {
      expect(found?.value).toBeCloseTo(wanted.value, 6);
      expect(found?.from).toBeCloseTo(wanted.from, 9);
      expect(found?.to).toBeCloseTo(wanted.to, 9);
    }
  });

  test('and are close to the classical cubic polynomial on its own sample data', () => {
    const [{ anchor, test: tested, cubic }] = cases;
    expect(Math.abs((bdRate(points(anchor), points(tested))?.value ?? 0) - (cubic?.rate.value ?? 0))).toBeLessThan(0.3);
    expect(
      Math.abs((bdQuality(points(anchor), points(tested))?.value ?? 0) - (cubic?.quality.value ?? 0)),
    ).toBeLessThan(0.02);
  });
});

describe('deltas', () => {
  const anchor = points([
    [0.1, 25],
    [0.3, 29],
    [0.8, 33],
    [2, 38],
  ]);

  test('a curve that always takes a fifth less has a BD-rate of -20 %, and 0 against itself', () => {
    const better = anchor.map(({ rate, quality }) => ({ rate: rate * 0.8, quality }));
    expect(bdRate(anchor, better)?.value).toBeCloseTo(-20, 9);
    expect(bdRate(anchor, anchor)?.value).toBe(0);
    expect(bdQuality(anchor, better)?.value).toBeGreaterThan(0);
  });

  test('the order of points and the exchange of curves do not matter', () => {
    const other = anchor.map(({ rate, quality }) => ({ rate: rate * 1.3 + 0.01, quality: quality + 0.5 }));
    expect(bdRate([...anchor].reverse(), other)).toEqual(bdRate(anchor, other));
    const [there, back] = [bdRate(anchor, other), bdRate(other, anchor)];
    expect((1 + (there?.value ?? 0) / 100) * (1 + (back?.value ?? 0) / 100)).toBeCloseTo(1, 9);
  });

  test('curves without a common range, or of one point, have none', () => {
    const far = anchor.map(({ rate, quality }) => ({ rate: rate * 100, quality: quality + 40 }));
    expect(bdRate(anchor, far)).toBeUndefined();
    expect(bdQuality(anchor, far)).toBeUndefined();
    expect(bdRate(anchor, anchor.slice(0, 1))).toBeUndefined();
  });

  test('points that take more bits for less, exact pictures and rates of 0 are left out', () => {
    const rough = [
      ...anchor,
      { rate: 1, quality: 32 },
      { rate: 3, quality: Number.POSITIVE_INFINITY },
      { rate: 0, quality: 20 },
    ];
    expect(ascending(rough)).toEqual(anchor);
  });

  test('rate and quality are interpolated between the points and undefined outside', () => {
    const curve = RateCurve.through(anchor);
    if (!curve) throw new Error('no curve');
    expect(curve.qualityAt(0.3)).toBeCloseTo(29, 12);
    expect(curve.rateAt(33)).toBeCloseTo(0.8, 12);
    expect(curve.rateAt(curve.qualityAt(1.1) ?? 0)).toBeCloseTo(1.1, 1);
    expect(curve.qualityAt(0.09)).toBeUndefined();
    expect(curve.rateAt(38.1)).toBeUndefined();
    // Files that are made for a size are slightly smaller.
    expect([2.019, 2.021].map((rate) => curve.qualityAt(rate))).toEqual([38, undefined]);
  });

  test('there is no curve through fewer than two points, or through points whose rates cannot be told apart', () => {
    expect(RateCurve.through(anchor.slice(0, 1))).toBeUndefined();
    const close = [1, 1 + Number.EPSILON].map((rate, i) => ({ rate: rate * 3, quality: 30 + i }));
    expect(() => RateCurve.through(close)).not.toThrow();
  });
});

describe('Pchip', () => {
  test('stays between neighbouring values, and integrals of parts add up', () => {
    const values = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 2, maxLength: 9 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (y, share) => {
        const x = y.map((_, i) => i + 0.3 * Math.sin(i));
        const f = new Pchip(x, y);
        const last = x[x.length - 1];
        const at = x[0] + share * (last - x[0]);
        const i = Math.max(0, x.findIndex((value) => value >= at) - 1);
        expect(f.at(at)).toBeGreaterThanOrEqual(Math.min(y[i], y[i + 1]) - 1e-9);
        expect(f.at(at)).toBeLessThanOrEqual(Math.max(y[i], y[i + 1]) + 1e-9);
        expect(f.integral(x[0], at) + f.integral(at, last)).toBeCloseTo(f.integral(x[0], last), 8);
      }),
    );
  });

  test('is refused where x does not ascend or y is of another length', () => {
    expect(() => new Pchip([0, 0], [1, 2])).toThrow(RangeError);
    expect(() => new Pchip([0, 1], [1])).toThrow(RangeError);
    expect(() => new Pchip([0, 1], [1, 2]).at(1.1)).toThrow(RangeError);
  });
});
