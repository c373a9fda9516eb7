import { expect, test } from 'vitest';
import { meanOfAll, type ProgressiveReport, progressiveFigures } from '../../../bench/documents/figures/progressive.ts';
import { progressivePlot } from '../../../bench/progressive/plot.ts';

/** A report of two pictures with two cuts each; JPEG has no picture at the first cut of one. */
const REPORT: ProgressiveReport = {
  pictures: [
    {
      picture: 'a',
      bytes: 1000,
      psnr: 40,
      cuts: [
        { bytes: 100, psnr: 20, file: 21, jpeg: null, jxl: 18 },
        { bytes: 999, psnr: 39.5, file: 40, jpeg: 35, jxl: 36 },
      ],
      files: [
        { bytes: 100, psnr: 21 },
        { bytes: 999, psnr: 40 },
      ],
      webp: [{ bytes: 999, psnr: 38 }],
    },
    {
      picture: 'b',
      bytes: 3000,
      psnr: 30,
      cuts: [
        { bytes: 300, psnr: 24, file: 24.25, jpeg: 12, jxl: 20 },
        { bytes: 2999, psnr: 30, file: 30.25, jpeg: 27, jxl: 28 },
      ],
      files: [
        { bytes: 300, psnr: 24.25 },
        { bytes: 2999, psnr: 30.25 },
      ],
      webp: [
        { bytes: 300, psnr: 22 },
        { bytes: 2999, psnr: 30 },
      ],
    },
  ],
  checks: [{ picture: 'b', endSigma: 0.03, bytes: 2000, psnr: 28, file: 28.7 }],
};

test('means, the largest gap, and no mean where a picture has no value', () => {
  expect(meanOfAll([1, 3])).toBe(2);
  expect(meanOfAll([1, null])).toBe(null);
  expect(meanOfAll([])).toBe(null);
  const { 'by-cut': byCut, 'by-picture': byPicture, checks, ...numbers } = progressiveFigures(REPORT);
  expect(numbers['gap.mean'].value).toBeCloseTo(0.5, 12);
  expect(numbers['gap.largest'].value).toBe(1);
  expect(numbers['checks.largest'].value).toBeCloseTo(0.7, 12);
  expect(byCut.text.split('\n').slice(2)).toEqual([
    '| 200 | 10.0 % | 22.00 | 22.63 | 0.63 | – | 19.00 |',
    '| 1999 | 100.0 % | 34.75 | 35.13 | 0.38 | 31.00 | 32.00 |',
  ]);
  expect(byPicture.text.split('\n').slice(2)).toEqual([
    '| a | 1000 | 0.75 | 1.00 | 100 |',
    '| b | 3000 | 0.25 | 0.25 | 300 |',
  ]);
  expect(checks.text.split('\n')[2]).toBe('| b | sigma 0.03 | 2000 | 28.00 | 28.70 | 0.70 |');
});

test('the plot has the means of measured points alone', () => {
  const { values } = progressivePlot(REPORT).data as { values: { name: string; bytes: number; psnr: number }[] };
  const curve = (name: string): number[][] =>
    values.filter((value) => value.name === name).map(({ bytes, psnr }) => [bytes, psnr]);
  expect(curve('ddpm-codec, one file cut')).toEqual([
    [200, 22],
    [1999, 34.75],
  ]);
  expect(curve('JPEG, one file cut')).toEqual([[1999, 31]]);
  expect(curve('WebP, made for the size')).toEqual([[1999, 34]]);
});
