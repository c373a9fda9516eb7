/** Figures of bench/rd.ts: rate and distortion of our codec and of others, on one set of pictures. */
import type { BenchResult, DeltaRow, Table } from 'ddpm-codec/bench';
import { layerTable, losslessTable } from '#dist/benchmark/report/cost-tables.js';
import { qualityMeasure } from '#dist/benchmark/report/quality-measures.js';
import { equalRateTable } from '#dist/benchmark/report/quality-tables.js';
import { fixed, NONE, signed as signedText } from '#dist/benchmark/report/table.js';
import { type Figure, magnitude, range, signed, table, text } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** What is kept of a benchmark: all but the rows of single pictures. */
export type KeptReport = Omit<BenchResult, 'rows'>;

type MeasureDelta = DeltaRow['measures'][number];

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

/** The comparison in one measure; undefined if there are no values of it. */
function deltaOf({ measures }: DeltaRow, measure: MeasureDelta['measure']): MeasureDelta | undefined {
  return measures.find((delta) => delta.measure === measure);
}

/** BD-rates against a rival, in per cent of its bits: `bd.jpeg` at equal PSNR, `ssimulacra2.jpeg` and so on in other measures. */
function deltaFigures(row: DeltaRow): Record<string, Figure> {
  const name = row.anchor.toLowerCase().replace(/ .*/, '');
  const figures: Record<string, Figure> = {};
  const add = (key: string, value: number | undefined): void => {
    if (value === undefined) return;
    figures[`${key}.${name}`] = magnitude(value, 1, ' %');
    figures[`${key}.${name}.signed`] = signed(value, 1, ' %');
    figures[`${key}.${name}.whole`] = magnitude(value, 0, ' %');
  };
  for (const { measure, rate } of row.measures) {
    add(measure === 'psnr' ? 'bd' : qualityMeasure(measure).slug, rate?.value);
  }
  const psnr = deltaOf(row, 'psnr');
  add('without-fixed', psnr?.rateWithoutFixed?.value);
  if (psnr?.rate) figures[`valid.${name}`] = text(`${psnr.rate.from.toFixed(1)} to ${psnr.rate.to.toFixed(1)} dB`);
  return figures;
}

/** Table of the comparisons with the others. */
function deltaTable(rows: readonly DeltaRow[]): Figure {
  const percent = (value: number | undefined): string => signedText(value, 1, ' %');
  return compact({
    head: [
      'against',
      'BD-rate',
      '95 % interval',
      'valid for PSNR',
      'without fixed cost',
      'at MS-SSIM',
      'at SSIMULACRA 2',
      'images with fewer bits',
    ],
    rows: rows.map((row) => {
      const psnr = deltaOf(row, 'psnr');
      const spread = psnr?.rate?.spread;
      return [
        row.anchorLabel,
        percent(psnr?.rate?.value),
        spread?.interval ? spread.interval.map(percent).join(' … ') : NONE,
        psnr?.rate ? `${fixed(psnr.rate.from, 1)}–${fixed(psnr.rate.to, 1)} dB` : NONE,
        percent(psnr?.rateWithoutFixed?.value),
        percent(deltaOf(row, 'msSsim')?.rate?.value),
        percent(deltaOf(row, 'ssimulacra2')?.rate?.value),
        spread ? `${spread.below} of ${spread.pictures}` : NONE,
      ];
    }),
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
function comparisonFigures(result: BenchResult, form: Shown['ours']): Record<string, Figure> {
  const own = result.ours.filter(({ codec }) => codec === form);
  const equalRate = equalRateTable(result, qualityMeasure('psnr'));
  return {
    'equal-rate': compact(equalRate),
    'equal-rate.files': compact({ ...equalRate, rows: equalRate.rows.filter(([name]) => !/no files/.test(name)) }),
    deltas: deltaTable(own),
    ...Object.assign({}, ...own.map(deltaFigures)),
  };
}

/** The figures of a set. */
function rateDistortionFigures(title: string, result: BenchResult, { ours, from }: Shown): Record<string, Figure> {
  return {
    ...comparisonFigures(result, ours),
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
export const cifar10: FigureSource = source<KeptReport>('cifar10', (kept) =>
  rateDistortionFigures('CIFAR-10', { ...kept, rows: [] }, { ours: 'ddpm-file', from: 0.8 }),
);

/** Measurement `graphics`. */
export const graphics: FigureSource = source<KeptReport>('graphics', (kept) => {
  const result = { ...kept, rows: [] };
  return { ...comparisonFigures(result, 'ddpm-file'), lossless: compact(losslessTable(result)) };
});

/** Measurement `kodak`. */
export const kodak: FigureSource = source<KeptReport>('kodak', (kept) =>
  rateDistortionFigures('Kodak', { ...kept, rows: [] }, { ours: 'ddpm', from: 0.045 }),
);
