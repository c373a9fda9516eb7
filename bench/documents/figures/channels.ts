/** Figures of bench/channels.ts: what each way to send a sample of q costs. */
import { type Figure, number, range, table } from '../figure.ts';
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

/** Rows of a scheme, other than those in one pass. */
function rowsOf(rows: readonly ChannelRow[], scheme: string): ChannelRow[] {
  return rows.filter((row) => row.scheme === scheme && !row.setting.includes('one pass'));
}

/** Part of a figure's name that stands for a source: `rho-0.5`. */
export function sourceKey(name: string): string {
  return name.includes(',') ? 'mixture' : name.replace(' ', '-');
}

/** Overheads of a scheme's settings in one source. */
function overheads(rows: readonly ChannelRow[], scheme: string): number[] {
  return rowsOf(rows, scheme).map(({ overhead }) => overhead);
}

/** Figures of one source, without its key. */
function sourceFigures(rows: readonly ChannelRow[]): Record<string, Figure> {
  const figures: Record<string, Figure> = { table: channelsTable(rows) };
  const trellis = rowsOf(rows, 'trellis');
  if (trellis.length > 0) figures.trellis = range(overheads(rows, 'trellis'), 3);
  const rivals = rows.filter(({ scheme }) => scheme !== 'trellis');
  if (rivals.length === 0 || trellis.length === 0) return figures;
  const least = rivals.reduce((best, row) => (row.overhead < best.overhead ? row : best));
  figures['best-rival'] = { text: `${least.scheme}${least.setting && `, ${least.setting}`}`, value: least.overhead };
  figures['best-rival.overhead'] = number(least.overhead, 2);
  const narrowest = trellis[0];
  figures.margin = number(least.overhead - narrowest.overhead, 2);
  for (const [key, scheme] of Object.entries({ dithered: 'dithered', single: 'A*' })) {
    const [row] = rowsOf(rows, scheme);
    if (row) figures[key] = number(row.overhead, 2);
  }
  for (const [key, scheme] of Object.entries({ pfr: 'PFR', orc: 'ORC', 'orc.delivered': 'ORC' })) {
    const found = rowsOf(rows, scheme);
    if (found.length > 0)
      figures[key] = range(
        found.map((row) => (key === 'orc.delivered' ? row.delivered : row.overhead)),
        2,
      );
  }
  return figures;
}

/** The figures, by name. */
export function channelsFigures({ sources, rows }: ChannelsReport): Record<string, Figure> {
  const figures: Record<string, Figure> = {
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
    'largest-error': number(100 * Math.max(...rows.map((row) => row.overheadError / row.overhead)), 1, ' %'),
  };
  for (const { name } of sources) {
    const found = sourceFigures(rows.filter((row) => row.source === name));
    for (const [key, figure] of Object.entries(found)) figures[`${sourceKey(name)}.${key}`] = figure;
  }
  return figures;
}

/** Measurement `channels`. */
export const channels: FigureSource = source<ChannelsReport>('channels', channelsFigures);
