/** Figures of bench/channels.ts: what each way to send a sample of q costs. */
import { median } from '../../median.ts';
import { type Figure, number, range, table, text } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** A channel with one setting, on one source. "A bit" is one of KL(q || p), summed over the source. */
export interface ChannelRow {
  /** Name of the source. */
  readonly source: string;
  readonly scheme: string;
  readonly setting: string;
  /** `sample`: c is a sample of q; `uniform`: uniform, with its mean and variances; `near`: neither. */
  readonly reach: 'sample' | 'uniform' | 'near';
  /** Real bits over KL(q || p). */
  readonly spent: number;
  /** log2 q(c) / p(c) over KL(q || p): what was delivered. */
  readonly delivered: number;
  /** Bits over the ideal ones: `spent`, and for `near` divided by `delivered`. */
  readonly overhead: number;
  /** Standard error of `overhead`. */
  readonly overheadError: number;
  /**
   * Bits over those of the Gaussian channel with the same squared error of the best linear estimate of a from c; null where coefficients do not
   * have few distributions.
   */
  readonly overheadAtEqualError: number | null;
  /** Number of chunks whose search was ended at its limit, so that c is not surely a sample of q. */
  readonly cut: number;
  /** Length of the integers under the literature's Zipf code over KL(q || p); null for channels that do not send such integers. */
  readonly zipf: number | null;
  /** Code values looked at, a bit. */
  readonly lookUps: number;
  /** CPU time in microseconds a bit. */
  readonly encodeTime: number;
  readonly decodeTime: number;
  /** Bytes that the encoder's search holds; null where they are not known. */
  readonly memoryBytes: number | null;
}

/** A source. */
export interface ChannelSource {
  readonly name: string;
  /** Number of tiles, and of all their coefficients. */
  readonly tiles: number;
  readonly coefficients: number;
  /** KL(q || p) of all tiles in bits. */
  readonly klBits: number;
}

/** What bench/channels.ts finds. */
export interface ChannelsReport {
  readonly sources: readonly ChannelSource[];
  readonly rows: readonly ChannelRow[];
}

/** Significant digits of costs. */
function short(value: number): string {
  if (value >= 100) return Number(value.toPrecision(2)).toLocaleString('en').replaceAll(',', ' ');
  return value >= 10 ? value.toFixed(0) : value.toPrecision(2);
}

/** Bytes in words. */
function bytes(value: number | null): string {
  if (value === null) return '–';
  return value < 2 ** 20 ? `${Math.ceil(value / 1024)} KiB` : `${(value / 2 ** 20).toFixed(1)} MiB`;
}

/** The table of one source. */
export function channelsTable(rows: readonly ChannelRow[]): Figure {
  return table(
    [
      'channel',
      'setting',
      'spent / KL',
      'delivered / KL',
      '**overhead**',
      'at equal error',
      'look-ups a bit',
      'encode, µs a bit',
      'decode, µs a bit',
      'memory',
    ],
    rows.map((row) => [
      row.scheme,
      row.setting,
      row.spent.toFixed(3),
      row.delivered.toFixed(3),
      `**${row.overhead.toFixed(3)}** ± ${row.overheadError.toFixed(3)}`,
      row.overheadAtEqualError?.toFixed(3) ?? '–',
      short(row.lookUps),
      short(row.encodeTime),
      short(row.decodeTime),
      bytes(row.memoryBytes),
    ]),
  );
}

/**
 * Overheads of all channels on all sources, with the time of encoding: `1.066 (2.9 µs)`.
 */
function summaryTable({ sources, rows }: ChannelsReport): Figure {
  const schemes = [...new Set(rows.map(({ scheme }) => scheme))];
  const inOrder = rows.toSorted(
    (a, b) => schemes.indexOf(a.scheme) - schemes.indexOf(b.scheme) || sizeOf(a) - sizeOf(b),
  );
  const names = [...new Set(inOrder.map(nameOf))];
  return table(
    ['channel', ...sources.map(({ name }) => name)],
    names.map((name) => [
      name,
      ...sources.map((from) => {
        const row = rows.find((one) => one.source === from.name && nameOf(one) === name);
        return row ? `${row.overhead.toFixed(3)} (${short(row.encodeTime)} µs)` : '–';
      }),
    ]),
  );
}

/** The first number of a setting, M or the bits of a chunk; 0 if there is none. */
function sizeOf({ setting }: ChannelRow): number {
  return Number(setting.match(/\d+/)?.[0] ?? 0);
}

/** Name of a channel with its setting. */
function nameOf({ scheme, setting }: ChannelRow): string {
  return setting ? `${scheme}, ${setting}` : scheme;
}

/** Rows of a scheme; of the trellis code, those that files have. */
function rowsOf(rows: readonly ChannelRow[], scheme: string): ChannelRow[] {
  return rows.filter((row) => row.scheme === scheme && !row.setting.includes(ONE_PASS));
}

/** In the settings of what files have in tiles of few bits alone. */
const ONE_PASS = 'one pass';

/** Part of a figure's name that stands for a source: `rho-0.5`. */
function sourceKey(name: string): string {
  return name.includes(',') ? 'mixture' : name.replace(' ', '-');
}

/** How the trellis code stands against the literature: the rival with the least overhead, and the narrowest search against it. */
function rivalFigures(rows: readonly ChannelRow[], trellis: readonly ChannelRow[]): Record<string, Figure> {
  const rivals = rows.filter(({ scheme }) => scheme !== 'trellis' && scheme !== 'best of N');
  if (rivals.length === 0 || trellis.length === 0) return {};
  const nearest = rivals.reduce((best, row) => (row.overhead < best.overhead ? row : best));
  return {
    'nearest.name': text(nameOf(nearest)),
    nearest: number(nearest.overhead, 2),
    margin: number(nearest.overhead - trellis[0].overhead, 2),
    'nearest.slower': number(nearest.encodeTime / trellis[0].encodeTime, 0),
  };
}

/** Figures of one source, without its key. */
function sourceFigures(rows: readonly ChannelRow[]): Record<string, Figure> {
  const trellis = rowsOf(rows, 'trellis');
  const [dithered] = rowsOf(rows, 'dithered');
  const [single] = rowsOf(rows, 'A*');
  const poisson = rowsOf(rows, 'PFR');
  const ordered = rowsOf(rows, 'ORC');
  const best = rowsOf(rows, 'best of N');
  const [kernel, plain] = rows.filter(({ setting }) => setting.includes(ONE_PASS));
  return {
    table: channelsTable(rows),
    ...(trellis.length > 0 && {
      trellis: range(
        trellis.map(({ overhead }) => overhead),
        2,
      ),
    }),
    ...(dithered && { dithered: number(dithered.overhead, 2) }),
    ...(single && { single: number(single.overhead, 2) }),
    ...(poisson.length > 0 && {
      pfr: range(
        poisson.map(({ overhead }) => overhead),
        2,
      ),
    }),
    ...(poisson.length > 1 && { 'pfr.growth': number(poisson[1].lookUps / poisson[0].lookUps) }),
    ...(ordered.length > 0 && {
      orc: range(
        ordered.map(({ overhead }) => overhead),
        2,
      ),
      'orc.delivered': range(
        ordered.map(({ delivered }) => delivered),
        2,
      ),
    }),
    ...(best.length > 0 && { best: number(Math.min(...best.map(({ overhead }) => overhead)), 2) }),
    ...(kernel && plain && { kernel: number(plain.encodeTime / kernel.encodeTime) }),
    ...rivalFigures(rows, trellis),
  };
}

/** Standard errors in per cent: the largest of the trellis code, the largest, and the median. */
function errorFigures(rows: readonly ChannelRow[]): Record<string, Figure> {
  const errors = (some: readonly ChannelRow[]): number[] => some.map((row) => (100 * row.overheadError) / row.overhead);
  return {
    'trellis-error': number(Math.max(...errors(rows.filter(({ scheme }) => scheme === 'trellis'))), 1, ' %'),
    'largest-error': number(Math.max(...errors(rows)), 1, ' %'),
    'median-error': number(median(errors(rows)), 1, ' %'),
  };
}

/** The figures, by name. */
export function channelsFigures({ sources, rows }: ChannelsReport): Record<string, Figure> {
  const gaussian = rows.filter((row) => row.overheadAtEqualError !== null);
  const zipf = rows.flatMap((row) => (row.zipf === null ? [] : [row.zipf / row.spent]));
  const figures: Record<string, Figure> = {
    summary: summaryTable({ sources, rows }),
    ...(zipf.length > 0 && { zipf: range(zipf, 2) }),
    sources: table(
      ['source', 'tiles', 'coefficients', 'KL, bits', 'bits a coefficient'],
      sources.map(({ name, tiles, coefficients, klBits }) => [
        name,
        `${tiles}`,
        `${coefficients}`,
        klBits.toFixed(0),
        (klBits / coefficients).toPrecision(3),
      ]),
    ),
    cut: number(rows.reduce((sum, row) => sum + row.cut, 0)),
    ...errorFigures(gaussian),
  };
  for (const { name } of sources) {
    const found = sourceFigures(rows.filter((row) => row.source === name));
    for (const [key, figure] of Object.entries(found)) figures[`${sourceKey(name)}.${key}`] = figure;
  }
  return figures;
}

/** Measurement `channels`. */
export const channels: FigureSource = source<ChannelsReport>('channels', channelsFigures);
