import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AreaAverage } from '../../src/image/area-average.ts';

type Size = { width: number; height: number };

/** All samples that an average gives for a source. */
function averageOf(source: (x: number, y: number) => number, from: Size, size: Size, pixel?: number): number[] {
  const out: number[] = [];
  const average = new AreaAverage(from, size, 1, (row) => out.push(...row), pixel);
  for (let y = 0; y < from.height; y++) {
    average.add(Float64Array.from({ length: Math.ceil(from.width) }, (_, x) => source(x, y)));
  }
  return out;
}

describe('area average', () => {
  test('each pixel is the mean of what it covers, parts of pixels included', () => {
    const values = [1, 4, 10];
    const [left, right] = averageOf((x) => values[x], { width: 3, height: 1 }, { width: 2, height: 1 });
    expect(left).toBeCloseTo((1 + 4 / 2) / 1.5, 12);
    expect(right).toBeCloseTo((10 + 4 / 2) / 1.5, 12);
    expect(averageOf((_, y) => values[y], { width: 1, height: 3 }, { width: 1, height: 1 })[0]).toBeCloseTo(5, 12);
  });

  test('of a fractional extent the last column and row count in part', () => {
    const columns = averageOf((x) => [0, 0, 9][x], { width: 2.5, height: 1 }, { width: 1, height: 1 });
    expect(columns[0]).toBeCloseTo(9 / 5, 12);
    const rows = averageOf((_, y) => [0, 0, 9][y], { width: 1, height: 2.25 }, { width: 1, height: 1 });
    expect(rows[0]).toBeCloseTo(1, 12);
  });

  test('with a given pixel size the last pixel is the mean of what is left', () => {
    const out = averageOf((x, y) => x + 10 * y, { width: 5, height: 3 }, { width: 3, height: 2 }, 2);
    expect(out).toEqual([5.5, 7.5, 9, 20.5, 22.5, 24]);
  });

  test('keeps the mean of any picture, smaller and larger', () => {
    const side = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(side, side, side, side, fc.constantFrom(0, 0.25, 0.5), (w, h, width, height, cut) => {
        const from = { width: w - (w > 1 ? cut : 0), height: h };
        const source = (x: number, y: number): number => ((x * 7 + y * 13) * 31) % 255;
        const out = averageOf(source, from, { width, height });
        expect(out).toHaveLength(width * height);
        let sum = 0;
        for (let y = 0; y < h; y++) {
          for (let x = 0; x < w; x++) sum += source(x, y) * (x === w - 1 ? from.width - (w - 1) : 1);
        }
        const mean = out.reduce((total, value) => total + value, 0) / out.length;
        expect(mean).toBeCloseTo(sum / (from.width * h), 8);
      }),
    );
  });
});
