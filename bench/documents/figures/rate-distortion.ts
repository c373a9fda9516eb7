/** Figures of bench/rd.ts: rate and distortion of our codec and of others, on one set of pictures. */
import type { BenchResult, Table } from 'ddpm-codec/bench';
import { layerTable, losslessTable } from '#dist/benchmark/report/cost-tables.js';
import { qualityMeasure } from '#dist/benchmark/report/quality-measures.js';
import { equalRateTable } from '#dist/benchmark/report/quality-tables.js';
import { fixed, NONE, signed as signedText } from '#dist/benchmark/report/table.js';
import { type Figure, magnitude, range, signed, table, text } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';
import {
  type Comparison,
  type KeptReport,
  type MeanReport,
  type ShownReport,
  shownReport,
} from './rate-distortion-report.ts';

/** What the documents show of a set. */
interface Shown {
  /** Our form that is compared with the others: layers of one file, or whole files. */
  readonly ours: 'ddpm' | 'ddpm-file';
  /** Rate in bits per pixel from which the ratio of real and ideal bits is quoted. */
  readonly from: number;
}

/** The table without empty rows and columns. */
function compact({ head, rows }: Pick<Table, 'head' | 'rows'>): Figure {
  const some = rows.filter((row) => row.slice(1).some((cell) => cell !== NONE));
  const columns = head.flatMap((_, i) => (some.some((row) => row[i] !== NONE) ? [i] : []));
  return table(
    columns.map((i) => head[i]),
    some.map((row) => columns.map((i) => row[i])),
  );
}

/** Short name of a rival: `jpeg`, `uqdm`. */
function shortName({ anchor }: Comparison): string {
  return anchor.toLowerCase().replace(/ .*/, '');
}

/** BD-rates against a rival, in per cent of its bits. */
function deltaFigures(row: Comparison): Record<string, Figure> {
  const name = shortName(row);
  const figures: Record<string, Figure> = {};
  const add = (key: string, value: number | undefined): void => {
    if (value === undefined) return;
    figures[`${key}.${name}`] = magnitude(value, 1, ' %');
    figures[`${key}.${name}.signed`] = signed(value, 1, ' %');
    figures[`${key}.${name}.whole`] = magnitude(value, 0, ' %');
  };
  add('bd', row.rate?.value);
  add('without-fixed', row.rateWithoutFixed?.value);
  add('ms-ssim', row.rateAtMsSsim?.value);
  if (row.rate) figures[`valid.${name}`] = text(`${row.rate.from.toFixed(1)} to ${row.rate.to.toFixed(1)} dB`);
  return figures;
}

/** Table of the comparisons with the others. */
function deltaTable(rows: readonly Comparison[]): Figure {
  const percent = (value: number | undefined): string => signedText(value, 1, ' %');
  return compact({
    head: [
      'against',
      'BD-rate',
      '95 % interval',
      'valid for PSNR',
      'BD-rate without fixed cost',
      'BD-rate at MS-SSIM',
      'images with fewer bits',
    ],
    rows: rows.map(({ anchorLabel, rate, interval, rateWithoutFixed, rateAtMsSsim, fewer }) => [
      anchorLabel,
      percent(rate?.value),
      interval ? interval.map(percent).join(' … ') : NONE,
      rate ? `${fixed(rate.from, 1)}–${fixed(rate.to, 1)} dB` : NONE,
      percent(rateWithoutFixed?.value),
      percent(rateAtMsSsim?.value),
      fewer ? `${fewer[0]} of ${fewer[1]}` : NONE,
    ]),
  });
}

/** Real over ideal bits at equal PSNR, by the real rate in bits per pixel. */
function ratios(result: BenchResult): { bpp: number; ratio: number }[] {
  const { head, rows } = layerTable(result);
  const [bpp, ratio] = ['real bpp', 'real / ideal bits at equal PSNR'].map((name) => head.indexOf(name));
  return rows.filter((row) => row[ratio] !== '–').map((row) => ({ bpp: Number(row[bpp]), ratio: Number(row[ratio]) }));
}

/** The ratios as a table of two rows. */
function ratioTable(title: string, result: BenchResult): Figure {
  const all = ratios(result);
  return table(
    [`${title}, bits per pixel`, ...all.map(({ bpp }) => String(Number(bpp.toPrecision(2))))],
    [['real / ideal', ...all.map(({ ratio }) => ratio.toFixed(2))]],
  );
}

/** The figures of one of our forms against the others. */
function comparisonFigures({ result, ours }: ShownReport, form: Shown['ours']): Record<string, Figure> {
  const own = ours.filter(({ codec }) => codec === form);
  const equalRate = equalRateTable(result, qualityMeasure('psnr'));
  return {
    'equal-rate': compact(equalRate),
    'equal-rate.files': compact({ ...equalRate, rows: equalRate.rows.filter(([name]) => !/no files/.test(name)) }),
    deltas: deltaTable(own),
    ...Object.assign({}, ...own.map(deltaFigures)),
  };
}

/** The figures of a set. */
function rateDistortionFigures(title: string, report: ShownReport, { ours, from }: Shown): Record<string, Figure> {
  const { result } = report;
  return {
    ...comparisonFigures(report, ours),
    layers: compact(layerTable(result)),
    ratios: ratioTable(title, result),
    ratio: range(
      ratios(result)
        .filter(({ bpp }) => bpp >= from)
        .map(({ ratio }) => ratio),
      2,
    ),
  };
}

/** Measurement `cifar10`. */
export const cifar10: FigureSource = source<KeptReport | MeanReport>('cifar10', (report) =>
  rateDistortionFigures('CIFAR-10', shownReport(report), { ours: 'ddpm-file', from: 0.8 }),
);

/** Measurement `graphics`. */
export const graphics: FigureSource = source<KeptReport | MeanReport>('graphics', (report) => {
  const shown = shownReport(report);
  return { ...comparisonFigures(shown, 'ddpm-file'), lossless: compact(losslessTable(shown.result)) };
});

/** Measurement `kodak`. */
export const kodak: FigureSource = source<KeptReport | MeanReport>('kodak', (report) =>
  rateDistortionFigures('Kodak', shownReport(report), { ours: 'ddpm', from: 0.045 }),
);
