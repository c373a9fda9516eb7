/** Figures of bench/rd.ts: rate and distortion of our codec and of others, on one set of pictures. */
import { type BenchResult, type DeltaRow, summaryTables, type Table } from 'ddpm-codec/bench';
import { type Figure, magnitude, range, signed, table, text } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** What is kept of a benchmark: all but the rows of single pictures. */
export type RateDistortionReport = Omit<BenchResult, 'rows'>;

/** What the documents show of a set. */
interface Shown {
  /** Our form that is compared with the others: layers of one file, or whole files. */
  readonly ours: 'ddpm' | 'ddpm-file';
  /** Rate in bits per pixel from which the ratio of real and ideal bits is quoted. */
  readonly from: number;
}

const COLUMNS = /^(against|BD-rate|valid for PSNR|BD-rate without|BD-rate at MS|images)/;

/** The table with only the wanted columns; drops empty rows and columns. */
function withColumns({ head, rows }: Table, wanted: RegExp): Figure {
  const kept = head.flatMap((name, i) => (wanted.test(name) && name !== 'BD-rate of single images' ? [i] : []));
  const some = rows.filter((row) => kept.slice(1).some((i) => row[i] !== '–'));
  const columns = kept.filter((i) => some.some((row) => row[i] !== '–'));
  return table(
    columns.map((i) => head[i]),
    some.map((row) => columns.map((i) => row[i])),
  );
}

function tableNamed(result: BenchResult, title: string): Table {
  const found = summaryTables(result).find((one) => one.title === title);
  if (!found) throw new Error(`no table ${title}`);
  return found;
}

/** Short name of a rival: `jpeg`, `uqdm`. */
function shortName({ anchor }: DeltaRow): string {
  return anchor.toLowerCase().replace(/ .*/, '');
}

/** BD-rates against a rival, in per cent of its bits. */
function deltaFigures(row: DeltaRow): Record<string, Figure> {
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

/** Real over ideal bits at equal PSNR, by the real rate in bits per pixel. */
function ratios(result: BenchResult): { bpp: number; ratio: number }[] {
  const { head, rows } = tableNamed(result, 'ddpm-codec, layer by layer');
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
function comparisonFigures(result: BenchResult, ours: Shown['ours']): Record<string, Figure> {
  const own = result.ours.filter(({ codec }) => codec === ours);
  const equalRate = tableNamed(result, 'PSNR at equal rate, dB');
  return {
    'equal-rate': withColumns(equalRate, /./),
    'equal-rate.files': withColumns(
      { ...equalRate, rows: equalRate.rows.filter(([name]) => !/no files/.test(name)) },
      /./,
    ),
    deltas: withColumns(tableNamed(result, `${own[0]?.label}, against the others`), COLUMNS),
    ...Object.assign({}, ...own.map(deltaFigures)),
  };
}

/** The figures of a set. */
function rateDistortionFigures(
  title: string,
  report: RateDistortionReport,
  { ours, from }: Shown,
): Record<string, Figure> {
  const result: BenchResult = { ...report, rows: [] };
  return {
    ...comparisonFigures(result, ours),
    layers: withColumns(tableNamed(result, 'ddpm-codec, layer by layer'), /./),
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
export const cifar10: FigureSource = source<RateDistortionReport>('cifar10', (report) =>
  rateDistortionFigures('CIFAR-10', report, { ours: 'ddpm-file', from: 0.8 }),
);

/** Measurement `graphics`. */
export const graphics: FigureSource = source<RateDistortionReport>('graphics', (report) => {
  const result: BenchResult = { ...report, rows: [] };
  return { ...comparisonFigures(result, 'ddpm-file'), lossless: withColumns(tableNamed(result, 'Lossless'), /./) };
});

/** Measurement `kodak`. */
export const kodak: FigureSource = source<RateDistortionReport>('kodak', (report) =>
  rateDistortionFigures('Kodak', report, { ours: 'ddpm', from: 0.045 }),
);
