import { describe, expect, test } from 'vitest';
import { gapOf, psnrAt, worstOf } from '../../../bench/progressive/gap.ts';

/** 3 dB more for twice the bytes: a straight line over log(bytes). */
const LINE = [1000, 2000, 8000, 16_000].map((bytes) => ({ bytes, psnr: 20 + 3 * Math.log2(bytes / 1000) }));

describe('psnrAt', () => {
  test('is the point itself where there is one', () => {
    for (const { bytes, psnr } of LINE) expect(psnrAt(LINE, bytes)).toBe(psnr);
  });

  test('is exact between the points of a straight line over log(bytes)', () => {
    expect(psnrAt(LINE, 4000)).toBeCloseTo(26, 12);
    expect(psnrAt(LINE, 1000 * Math.SQRT2)).toBeCloseTo(21.5, 12);
  });

  test('never rises above the points around it', () => {
    const steps = [
      { bytes: 1000, psnr: 20 },
      { bytes: 2000, psnr: 30 },
      { bytes: 4000, psnr: 30 },
      { bytes: 8000, psnr: 31 },
    ];
    expect(psnrAt(steps, 3000)).toBe(30);
    for (let bytes = 1000; bytes <= 2000; bytes += 50) expect(psnrAt(steps, bytes)).toBeLessThanOrEqual(30);
  });

  test('does not guess beyond the points', () => {
    expect(() => psnrAt(LINE, 999)).toThrow(RangeError);
    expect(() => psnrAt(LINE, 16_001)).toThrow(RangeError);
  });
});

test('the gap is what the file has more, and the worst prefix has the largest, not the largest distance', () => {
  const prefixes = [
    { bytes: 1, psnr: 20, file: 20.5 },
    { bytes: 2, psnr: 24, file: 25 },
    { bytes: 3, psnr: 30, file: 28 },
  ];
  expect(prefixes.map(gapOf)).toEqual([0.5, 1, -2]);
  expect(worstOf(prefixes)).toBe(prefixes[1]);
});
