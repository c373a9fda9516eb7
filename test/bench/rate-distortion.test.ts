/** Reports of bench/rd.ts as the documents show them. */
import { expect, test } from 'vitest';
import { type KeptReport, kodak } from '../../bench/documents/figures/rate-distortion.ts';
import { resultOf } from '../../src/benchmark/report/make-result.ts';
import { thisMachine } from '../../src/node/machine.ts';
import { curveRows, measuredCodec } from '../support/bench-rows.ts';

const ABOUT = { command: '', model: { name: 'photo-a', id: '' }, machine: thisMachine(1), date: '' };
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

test('the documents show means of the pictures, with their interval', () => {
  const { 'bd.jpeg': bd, deltas } = kodak.figures({ ...ABOUT, result: report() });
  expect(bd.value).toBeCloseTo(-30, 9);
  expect(deltas.text.split('\n')[0]).toMatch(/^\| against \| BD-rate \| 95 % interval \| valid for PSNR \|/);
  expect(deltas.text).toContain('| −30.0 % | −40.0 % … −20.0 % |');
  expect(deltas.text).toContain('| 2 of 2 |');
});
