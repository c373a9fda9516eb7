/** What is made of rows: means of the pictures' curves, their Bjøntegaard deltas, and what is left out. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BenchResult } from '../../../src/benchmark/report/bench-result.ts';
import { toCompressAi } from '../../../src/benchmark/report/compressai.ts';
import { type CurveMeans, RATES } from '../../../src/benchmark/report/curve-means.ts';
import { resultOf } from '../../../src/benchmark/report/make-result.ts';
import { type MeasureName, QUALITY_MEASURES, qualityMeasure } from '../../../src/benchmark/report/quality-measures.ts';
import { equalQualityTable, equalRateTable } from '../../../src/benchmark/report/quality-tables.ts';
import { averagings } from '../../../src/benchmark/report/rate-plot.ts';
import type { CodecName, Row } from '../../../src/entry/bench.ts';
import { thisMachine } from '../../../src/node/machine.ts';
import { benchRow, curveRows, measuredCodec } from '../../support/bench-rows.ts';

const psnr = qualityMeasure('psnr');

function result(rows: readonly Row[], references: BenchResult['references'] = []): BenchResult {
  const codecs = [...new Set(rows.map(({ codec }) => codec))].map(measuredCodec);
  return resultOf({ command: '', machine: thisMachine(1), codecs, references, rows });
}

function means(found: BenchResult, codec: CodecName, measure: MeasureName = 'psnr'): CurveMeans {
  const all = found.codecs.find((curve) => curve.codec === codec)?.means.find((one) => one.measure === measure);
  if (!all) throw new Error(`no means of ${codec}`);
  return all;
}

/** A curve whose PSNR is linear in the logarithm of the rate, so that every interpolation of it is exact. */
function straight(low: number, high: number, at1: number, slope: number): (readonly [number, number])[] {
  const ends = [low, Math.sqrt(low * high), high];
  return ends.map((bpp) => [bpp, at1 + slope * Math.log2(bpp)] as const);
}

describe('means at equal rate and quality', () => {
  // 30 and 34 dB at 1 bit, 3 and 6 dB for twice the bits; other settings, and ranges that differ.
  const rows = [
    ...curveRows('a', 'jpeg', straight(0.25, 8, 30, 3)),
    ...curveRows('b', 'jpeg', straight(0.5, 16, 34, 6), { width: 32, height: 96 }),
  ];
  const found = means(result(rows), 'jpeg');

  test('are those of the straight lines, over all pictures that reach them', () => {
    const at = (rate: number) => found.atRates.find(({ bpp }) => bpp === rate);
    for (const rate of [0.5, 1, 2, 4, 8]) {
      expect(at(rate)?.pictures).toBe(2);
      expect(at(rate)?.quality).toBeCloseTo(32 + 4.5 * Math.log2(rate), 9);
    }
    const level = (quality: number) => found.atLevels.find((one) => one.quality === quality);
    // Rates 2^((q - 30) / 3) and 2^((q - 34) / 6): the geometric mean has the mean of the exponents.
    expect(level(30)?.bpp).toBeCloseTo(2 ** ((0 - 4 / 6) / 2), 9);
    expect(level(35)?.bpp).toBeCloseTo(2 ** ((5 / 3 + 1 / 6) / 2), 9);
  });

  test('a part of the pictures is counted, fewer than half are not shown, and nothing is extrapolated', () => {
    const at = (rate: number) => found.atRates.find(({ bpp }) => bpp === rate);
    expect(at(0.25)).toMatchObject({ pictures: 1, quality: expect.closeTo(24, 9) });
    expect(at(16)).toMatchObject({ pictures: 1, quality: expect.closeTo(58, 9) });
    expect([at(0.2), at(20)]).toEqual([undefined, undefined]);
    const third = result([...rows, ...curveRows('c', 'jpeg', straight(1, 8, 31, 3))]);
    expect(means(third, 'jpeg').atRates.map(({ bpp }) => bpp)[0]).toBe(0.5);
    const { head, rows: cells } = equalRateTable(third, psnr);
    expect(head.slice(1)).toEqual(['0.5 bpp', '1 bpp', '2 bpp', '4 bpp', '6 bpp']);
    expect(cells[0].slice(1, 3)).toEqual(['27.50 (2)', '31.67 *']);
    const worse = curveRows('c', 'webp', straight(0.5, 8, 20, 3)).map((row) => ({ ...row, image: 'a' }));
    const both = equalRateTable(result([...rows, ...worse, ...curveRows('b', 'webp', straight(4, 8, 20, 3))]), psnr);
    expect(both.rows.map((row) => row[both.head.indexOf('1 bpp')])).toEqual(['32.00', '20.00 (1)']); // none is best
    expect(both.rows.map((row) => row[both.head.indexOf('4 bpp')])).toEqual(['41.00 *', '26.00']);
  });

  test('without fixed cost the same curve lies at lower rates', () => {
    const fixed = rows.map((row) => ({ ...row, fixedBytes: row.bytes / 2 }));
    const { atRatesWithoutFixed } = means(result(fixed), 'jpeg');
    const at1 = atRatesWithoutFixed.find(({ bpp }) => bpp === 1);
    expect(at1?.quality).toBeCloseTo(32 + 4.5, 9);
  });

  test('a similarity is interpolated in dB and averaged as it is', () => {
    const similar = rows.map((row) => ({ ...row, ssim: 1 - 10 ** (-row.psnr / 10) }));
    const at2 = means(result(similar), 'jpeg', 'ssim').atRates.find(({ bpp }) => bpp === 2);
    expect(at2?.quality).toBeCloseTo(1 - (10 ** -3.3 + 10 ** -4) / 2, 12);
  });

  test('lie between the lowest and the highest picture', () => {
    const curve = fc
      .array(fc.tuple(fc.double({ min: 0.01, max: 20, noNaN: true }), fc.double({ min: 10, max: 50, noNaN: true })), {
        minLength: 2,
        maxLength: 6,
      })
      .map((pairs) => {
        const [rates, qualities] = [0, 1].map((k) => pairs.map((pair) => pair[k]).sort((a, b) => a - b));
        return rates.map((rate, i) => [rate, qualities[i]] as const);
      });
    fc.assert(
      fc.property(fc.array(curve, { minLength: 1, maxLength: 4 }), (curves) => {
        const all = result(curves.flatMap((pairs, i) => curveRows(`p${i}`, 'webp', pairs)));
        const qualities = curves.flat().map(([, quality]) => quality);
        for (const { means: list } of all.codecs) {
          for (const { bpp, quality, pictures } of list.flatMap(({ atRates }) => atRates)) {
            expect(RATES).toContain(bpp);
            expect(2 * pictures).toBeGreaterThanOrEqual(list[0].pictures);
            expect(quality).toBeGreaterThanOrEqual(Math.min(...qualities) - 1e-9);
            expect(quality).toBeLessThanOrEqual(Math.max(...qualities) + 1e-9);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('deltas of pictures', () => {
  const anchors = [straight(0.3, 5, 28, 3), straight(0.1, 2, 33, 5), straight(1, 9, 22, 4)];
  const named = (codec: CodecName, list: typeof anchors, values: Partial<Row> = {}): Row[] =>
    list.flatMap((pairs, i) => curveRows(`p${i}`, codec, pairs, values));

  test('curves that take a constant factor of the bits have just that BD-rate, every one', () => {
    const better = anchors.map((pairs) => pairs.map(([bpp, psnr]) => [bpp * 0.7, psnr] as const));
    const { deltas } = result([...named('jpeg', anchors), ...named('webp', better)]);
    const [{ rate, quality, rateWithoutFixed }] = deltas[0].measures;
    expect(rate?.value).toBeCloseTo(-30, 9);
    for (const value of [...(rate?.spread?.quartiles ?? []), ...(rate?.spread?.interval ?? [])])
      expect(value).toBeCloseTo(-30, 9);
    expect([rate?.spread?.pictures, rate?.spread?.below]).toEqual([3, 3]);
    expect(rateWithoutFixed?.value).toBeCloseTo(-30, 9);
    expect(quality?.value).toBeCloseTo(((3 + 5 + 4) / 3) * Math.log2(1 / 0.7), 9);
    expect(deltas).toHaveLength(1);
  });

  test('the headline is the mean of the pictures, not that of a mean curve', () => {
    const factors = [0.5, 1.1, 0.9];
    const other = anchors.map((pairs, i) => pairs.map(([bpp, psnr]) => [bpp * factors[i], psnr] as const));
    const [{ rate }] = result([...named('jpeg', anchors), ...named('webp', other)]).deltas[0].measures;
    expect(rate?.value).toBeCloseTo((-50 + 10 - 10) / 3, 9);
    expect(rate?.spread).toMatchObject({ pictures: 3, below: 2 });
    expect(rate?.spread?.lowest).toBeCloseTo(-50, 9);
    expect(rate?.spread?.highest).toBeCloseTo(10, 9);
    expect(rate?.spread?.quartiles.map((value) => Math.round(value))).toEqual([-30, -10, 0]);
    const [low, high] = rate?.spread?.interval ?? [];
    expect(low).toBeCloseTo(-50, 6); // one of 27 sets is the first picture three times: more than 2.5 %
    expect(high).toBeCloseTo(10, 6);
  });

  test('of a distance: lower is better', () => {
    const distance = (rows: Row[]): Row[] => rows.map((row) => ({ ...row, lpips: 1 - row.psnr / 60 }));
    const worse = anchors.map((pairs) => pairs.map(([bpp, psnr]) => [bpp * 2, psnr] as const));
    const { deltas } = result(distance([...named('jpeg', anchors), ...named('webp', worse)]));
    const lpips = deltas[0].measures.find(({ measure }) => measure === 'lpips');
    expect(lpips?.rate?.value).toBeCloseTo(100, 9);
    expect(lpips?.quality?.value).toBeCloseTo(-(3 + 5 + 4) / 3 / 60, 9);
  });

  test('pictures without a common range are named, and the rest is compared', () => {
    const other = [...anchors.slice(0, 2), straight(1, 9, 80, 4)];
    const found = result([...named('jpeg', anchors), ...named('webp', other)]);
    expect(found.deltas[0].measures[0]).toMatchObject({ apart: ['p2'], rate: { spread: { pictures: 2 } } });
    expect(found.leftOut).toContain(
      'WEBP against JPEG, PSNR: the BD-rate leaves out 1 of 3 pictures, whose curves share no range of quality: p2',
    );
  });

  test('a published curve is compared with the means at equal setting', () => {
    const points = [0.5, 1, 2].map((bpp) => ({ bpp, psnr: 20 + 5 * Math.log2(bpp) }));
    const about = { note: '', source: '', url: '', dataSet: '' };
    const reference = { name: 'P', kind: 'real' as const, ...about, points };
    const twice = (image: string): Row[] =>
      curveRows(
        image,
        'ddpm',
        points.map(({ bpp, psnr }) => [bpp * 2, psnr] as const),
      );
    const { ours } = result([...twice('a'), ...twice('b')], [reference]);
    expect(ours[0]).toMatchObject({ anchor: 'P', measures: [{ rate: { spread: null } }] });
    expect(ours[0].measures[0].rate?.value).toBeCloseTo(100, 9);
  });
});

describe('what is left out', () => {
  const rates = straight(0.5, 4, 30, 3);

  test('pictures without a curve, measures without values, and settings that not all have', () => {
    const big = { width: 200, height: 180, msSsim: 0.9 };
    const rows = [
      ...curveRows('a', 'jpeg', rates, big).map((row, i) => ({ ...row, msSsim: 0.9 + i / 100 })),
      ...curveRows('b', 'jpeg', rates),
      ...curveRows('a', 'ddpm', rates, { ...big, msSsim: 0.9 }),
      benchRow({ image: 'b', codec: 'ddpm', setting: 'q=7', bpp: 1, psnr: 30 }),
    ];
    const { leftOut, codecs } = result(rows);
    expect(leftOut).toEqual([
      'DDPM, PSNR: 1 of 2 pictures have no curve (fewer than two rate points that gain in quality): b',
      'DDPM, MS-SSIM: 1 of 1 pictures have no curve (fewer than two rate points that gain in quality): a',
      'MS-SSIM: 1 of 2 pictures have none (a side below 176 pixels): b',
      'no rate is reached by all 2 pictures with DDPM: means at equal rate are of half of them or more',
      'DDPM: 4 of 4 settings are not common to all 2 pictures; means at equal setting leave them out',
    ]);
    // Means at equal rate take the place of settings, if all pictures reach the rate.
    expect(codecs.map((curve) => toCompressAi(curve, 2)?.results.bpp.length)).toEqual([3, undefined]);
  });

  test('nothing, where nothing is; names are few', () => {
    const pictures = Array.from({ length: 9 }, (_, i) => `p${i}`);
    const complete = pictures.flatMap((image) =>
      curveRows(image, 'jpeg', rates, { width: 200, height: 200 }).map((row, i) => {
        const similarity = 0.9 + i / 100;
        return { ...row, ssim: similarity, msSsim: similarity, msSsimLuma: similarity, ssimulacra2: 50 + i };
      }),
    );
    expect(result(complete).leftOut).toEqual([]);
    const single = pictures.map((image) => benchRow({ image, codec: 'ddpm-file', bpp: 1, psnr: 30 }));
    expect(result([...complete, ...single]).leftOut).toContain(
      'DDPM-FILE, PSNR, SSIM, MS-SSIM, MS-SSIM of luma, SSIMULACRA 2: 9 of 9 pictures have no curve (fewer than two rate points that gain in quality): p0, p1, p2, p3, p4 and 4 more',
    );
  });

  test('ranges of rates that have nothing in common', () => {
    const apart = [0.1, 1, 10].flatMap((from, i) => curveRows(`p${i}`, 'jpeg', straight(from, from * 4, 30, 3)));
    const found = result(apart);
    expect(found.leftOut.join()).toContain('no rate is reached by all 3 pictures with JPEG');
    expect(means(found, 'jpeg').atRates).toEqual([]);
    expect(averagings(found, 'psnr')).toEqual(['setting']);
    expect(equalQualityTable(found, psnr).rows).toEqual([]);
  });
});

test('every measure has an axis on which its levels get better', () => {
  for (const { axis, levels, higherIsBetter } of QUALITY_MEASURES) {
    const positions = levels.map((level) => axis.position(level) as number);
    expect([...positions].sort((a, b) => a - b)).toEqual(positions);
    expect(levels[1] > levels[0]).toBe(higherIsBetter);
    expect(positions.map((position) => Number(axis.value(position).toFixed(12)))).toEqual(levels);
    expect(axis.position(null)).toBeNull();
  }
});
