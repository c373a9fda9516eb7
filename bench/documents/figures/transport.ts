/** Figures of bench/transport.ts: bits of the transports at equal PSNR. */
import { type Figure, magnitude, number, range, table, text } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** `plain` is an estimate: the dithered integers under the model's Gaussians as they stand. `ideal` is one as well. */
export type TransportColumn = 'ideal' | 'trellis' | 'dithered' | 'plain';

/** Rates at a PSNR. */
export interface TransportRow {
  /** Ladder step in log-SNR. */
  readonly ladder: number;
  /** In dB. */
  readonly psnr: number;
  /** Bits per pixel; null if no stream reaches the PSNR. */
  readonly bpp: Readonly<Record<TransportColumn, number | null>>;
}

/** What bench/transport.ts finds. */
export interface TransportReport {
  /** Number of pictures. */
  readonly pictures: number;
  readonly width: number;
  readonly height: number;
  readonly beamWidth: number;
  readonly rows: readonly TransportRow[];
}

/** Ladder steps up to this one are short: they suit the reverse process. */
const SHORT = 2;
/** Default ladder step of dithered streams; longer ones are long. */
const DEFAULT = 4;

type Figures = Record<string, Figure>;

function transportTable({ rows }: TransportReport): Figure {
  const rate = (bpp: number | null): string => bpp?.toFixed(3) ?? '-';
  const over = (row: TransportRow, name: TransportColumn): string => ratio(row, name)?.toFixed(2) ?? '-';
  return table(
    ['ladder', 'PSNR dB', 'ideal (estimate)', 'trellis', 'ratio', 'dithered', 'ratio', 'plain (estimate)', 'ratio'],
    rows.map((row) => [
      `${row.ladder}`,
      `${row.psnr}`,
      rate(row.bpp.ideal),
      ...(['trellis', 'dithered', 'plain'] as const).flatMap((name) => [rate(row.bpp[name]), over(row, name)]),
    ]),
  );
}

/** Bits over those of another column; undefined if one of them is missing. */
function ratio({ bpp }: TransportRow, name: TransportColumn, to: TransportColumn = 'ideal'): number | undefined {
  const [above, below] = [bpp[name], bpp[to]];
  return above === null || below === null ? undefined : above / below;
}

/** What is there of some values. */
function present(values: readonly (number | null | undefined)[]): number[] {
  return values.filter((value) => value !== null && value !== undefined);
}

/** Ratios of two columns in some rows. */
function ratios(rows: readonly TransportRow[], name: TransportColumn, to: TransportColumn = 'ideal'): number[] {
  return present(rows.map((row) => ratio(row, name, to)));
}

/** A range, if there are any values. Its value is the smallest. */
function ranges(name: string, values: readonly number[], decimals: number): Figures {
  return values.length > 0 ? { [name]: { ...range(values, decimals), value: Math.min(...values) } } : {};
}

/** Fewest bits at each PSNR over all ladders of some rows, by PSNR; NaN where there are none. */
function fewest(rows: readonly TransportRow[], name: TransportColumn): number[] {
  const levels = [...new Set(rows.map(({ psnr }) => psnr))];
  return levels.map((level) => {
    const rates = present(rows.filter(({ psnr }) => psnr === level).map(({ bpp }) => bpp[name]));
    return rates.length > 0 ? Math.min(...rates) : Number.NaN;
  });
}

/** Each transport at its best ladder. */
function bestFigures(rows: readonly TransportRow[]): Figures {
  const [dithered, trellis] = [fewest(rows, 'dithered'), fewest(rows, 'trellis')];
  const over = dithered.map((bpp, i) => bpp / trellis[i]).filter((value) => !Number.isNaN(value));
  const list = (rates: readonly number[]): Figure => text(rates.map((bpp) => bpp.toFixed(2)).join(', '));
  return { 'best.dithered': list(dithered), 'best.trellis': list(trellis), ...ranges('best.ratio', over, 1) };
}

/** The longest steps: how near the dithered transport comes to the ideal one, and how far that has moved away. */
function longestFigures(rows: readonly TransportRow[]): Figures {
  const longest = Math.max(...rows.map(({ ladder }) => ladder));
  const there = rows.filter(({ ladder }) => ladder === longest);
  const nearest = ratios(there, 'dithered').at(-1);
  const away = there.map(({ psnr, bpp }) => {
    const short = rows.find((row) => row.ladder === 1 && row.psnr === psnr)?.bpp.ideal ?? null;
    return short === null || bpp.ideal === null ? null : bpp.ideal / short;
  });
  return {
    ...(nearest !== undefined && { 'longest.dithered': number(nearest, 2) }),
    ...ranges('longest.ideal', present(away), 1),
  };
}

/** Steps that are longer than the default of dithered streams. */
function longFigures(rows: readonly TransportRow[]): Figures {
  const long = rows.filter(({ ladder }) => ladder > DEFAULT);
  const usual = rows.filter(({ ladder }) => ladder === DEFAULT);
  const trellis = ratios(long, 'trellis');
  const lowest = [...usual, ...long].filter(({ psnr }) => psnr === rows[0].psnr);
  return {
    ...(trellis.length > 0 && { 'long.trellis': number(Math.max(...trellis), 1) }),
    'long.missed': number(long.filter(({ bpp }) => bpp.trellis === null).length),
    ...alike('long.lowest', present(lowest.map(({ bpp }) => bpp.ideal))),
    ...saving('long.saved', fewest(long, 'dithered'), fewest(usual, 'dithered')),
  };
}

/** Bits saved against others, in per cent: the geometric mean. */
function saving(name: string, rates: readonly number[], others: readonly number[]): Figures {
  const mean = rates.reduce((sum, bpp, i) => sum + Math.log(bpp / others[i]), 0) / rates.length;
  return Number.isFinite(mean) ? { [name]: magnitude(100 * (1 - Math.exp(mean)), 0, ' %') } : {};
}

/** Rates that are about the same; the value is how far apart they are, as a share. */
function alike(name: string, rates: readonly number[]): Figures {
  if (rates.length === 0) return {};
  const list = rates.map((bpp) => bpp.toFixed(3)).join(', ');
  return { [name]: { text: list, value: Math.max(...rates) / Math.min(...rates) - 1 } };
}

/** What neighbourhood and mixture save of the plain cross-entropy, in per cent. */
function savedFigures(rows: readonly TransportRow[]): Figures {
  const saved = ratios(rows, 'dithered', 'plain').map((value) => 100 * (1 - value));
  if (saved.length === 0) return {};
  return {
    'saved.most': magnitude(Math.max(...saved), 0, ' %'),
    'saved.least': magnitude(Math.min(...saved), 1, ' %'),
  };
}

/** The figures, by name. */
export function transportFigures(report: TransportReport): Figures {
  const short = report.rows.filter(({ ladder }) => ladder <= SHORT);
  return {
    table: transportTable(report),
    ...bestFigures(report.rows),
    ...ranges('short.dithered', ratios(short, 'dithered'), 1),
    ...ranges('short.trellis', ratios(short, 'trellis'), 2),
    ...longestFigures(report.rows),
    ...longFigures(report.rows),
    ...savedFigures(report.rows),
  };
}

/** Measurement `transport-cifar10`. */
export const transportCifar10: FigureSource = source<TransportReport>('transport-cifar10', transportFigures);

/** Measurement `transport-kodak`. */
export const transportKodak: FigureSource = source<TransportReport>('transport-kodak', transportFigures);
