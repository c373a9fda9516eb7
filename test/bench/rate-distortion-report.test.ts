/** Reports of bench/rd.ts as the documents show them. */
import { expect, test } from 'vitest';
import { graphics, kodak } from '../../bench/documents/figures/rate-distortion.ts';
import { type KeptReport, type MeanReport, shownReport } from '../../bench/documents/figures/rate-distortion-report.ts';
import { resultOf } from '../../src/benchmark/report/make-result.ts';
import { thisMachine } from '../../src/node/machine.ts';
import { curveRows, measuredCodec } from '../support/bench-rows.ts';

const ABOUT = { command: '', model: '', machine: thisMachine(1), date: '' };
const RATES = [0.1, 0.4, 1.6];

/** A report with two pictures, of which ours takes 20 and 40 per cent less than JPEG. */
function report(): KeptReport {
  const curve = (factor: number): (readonly [number, number])[] =>
    RATES.map((bpp) => [bpp * factor, 30 + 3 * Math.log2(bpp)] as const);
  const rows = [
    ...['a', 'b'].flatMap((image) => curveRows(image, 'jpeg', curve(1))),
    ...curveRows('a', 'ddpm', curve(0.8)),
    ...curveRows('b', 'ddpm', curve(0.6)),
  ];
  const ideal = rows.filter(({ codec }) => codec === 'ddpm').map((row) => ({ ...row, bpp: row.bpp * 0.9 }));
  const result = resultOf({
    command: '',
    machine: thisMachine(1),
    references: [],
    codecs: (['jpeg', 'ddpm', 'ddpm-ideal'] as const).map(measuredCodec),
    rows: [...rows, ...ideal.map((row) => ({ ...row, codec: 'ddpm-ideal' as const, kind: 'ideal' as const }))],
  });
  const { rows: _, ...kept } = result;
  return JSON.parse(JSON.stringify(kept));
}

test('since version 2 the documents show means of the pictures, with their interval', () => {
  const { 'bd.jpeg': bd, deltas } = kodak.figures({ ...ABOUT, result: report() });
  expect(bd.value).toBeCloseTo(-30, 9);
  expect(deltas.text.split('\n')[0]).toMatch(/^\| against \| BD-rate \| 95 % interval \| valid for PSNR \|/);
  expect(deltas.text).toContain('| −30.0 % | −40.0 % … −20.0 % |');
  expect(deltas.text).toContain('| 2 of 2 |');
});

test('those of version 1 are shown as they were: comparisons of mean curves', () => {
  const points = RATES.map((bpp, i) => ({ setting: `q=${i}`, bpp, psnr: 30 + 3 * Math.log2(bpp), mse: 9 }));
  const rate = { value: -61.4, from: 28.5, to: 43 };
  const names = { codec: 'ddpm-file', label: 'Ours', anchor: 'jpeg', anchorLabel: 'JPEG' } as const;
  const old = {
    ...report(),
    schemaVersion: 1,
    codecs: (['jpeg', 'ddpm', 'ddpm-ideal'] as const).map((codec) => ({ codec, label: codec, kind: 'real', points })),
    ours: [{ ...names, rate, rateWithoutFixed: null, rateAtMsSsim: rate, images: { count: 2, better: 1 } }],
  } as unknown as MeanReport;
  expect(shownReport(old).ours).toEqual([
    { ...names, rate, rateWithoutFixed: null, rateAtMsSsim: rate, interval: null, fewer: [1, 2] },
  ]);
  const { deltas, 'equal-rate': equalRate } = graphics.figures({ ...ABOUT, result: old });
  expect(deltas.text.split('\n')[2]).toBe('| JPEG | −61.4 % | 28.5–43.0 dB | −61.4 % | 1 of 2 |');
  expect(equalRate.text.split('\n').slice(0, 3)).toEqual([
    '| codec | 0.1 bpp | 0.25 bpp | 0.5 bpp | 1 bpp |',
    '| --- | --- | --- | --- | --- |',
    '| jpeg | 20.03 * | 24.00 * | 27.00 * | 30.00 * |',
  ]);
});
