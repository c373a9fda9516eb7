import type { InspectInfo, PartialLayerInfo } from '../../coding/stream-info.ts';

/** Contents of a summary line. */
export interface Summary {
  readonly input: string;
  readonly output: string;
  readonly bytes: number;
  readonly bpp: number;
  /** Quality in dB, or the number of layers. */
  readonly result: string;
  readonly timeMs: number;
  /** The target, e.g. `target 18 500 B`; empty if there was none. */
  readonly aim?: string;
}

/** Formats a summary line, e.g. `in.png → out.ddpm  18 432 B  0.375 bpp  31.42 dB  2.1 s  (target 18 500 B)`. */
export function summaryLine({ input, output, bytes, bpp, result, timeMs, aim }: Summary): string {
  const fields = [`${input} → ${output}`, `${grouped(bytes)} B`, `${bpp.toFixed(3)} bpp`, result, seconds(timeMs)];
  return [...fields, ...(aim ? [`(${aim})`] : [])].join('  ');
}

/** Formats a PSNR in dB; `exact` for a picture without errors. */
export function decibels(psnr: number): string {
  return Number.isFinite(psnr) ? `${psnr.toFixed(2)} dB` : 'exact';
}

/** Formats an integer in groups of three digits, e.g. `18 432`. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** Formats a duration, e.g. `2.1 s` or `3 min 20 s`. */
export function seconds(timeMs: number): string {
  if (timeMs < 99_950) return `${(timeMs / 1000).toFixed(1)} s`;
  const whole = Math.round(timeMs / 1000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** What is said of bytes after the end of a stream. */
export function trailingWarning(source: string, bytes: number): string {
  return `${source}: ${grouped(bytes)} bytes follow the end of the stream; they are ignored`;
}

/** Says how much there is of a layer. */
export function partText({ layer, bits, bitsTotal }: PartialLayerInfo): string {
  return `${Math.floor((100 * bits) / bitsTotal)} % of layer ${layer}`;
}

/** Number of layers of a prefix, with the share of the last one that is there: 9.43/15. */
export function layerCount({ layers, layersTotal, partialLayer }: LayerCount): string {
  const part = partialLayer ? partialLayer.bits / partialLayer.bitsTotal : 0;
  const count = partialLayer ? (layers.length + Math.min(part, 0.99)).toFixed(2) : layers.length;
  return `${count}/${layersTotal} layers`;
}

type LayerCount = Pick<InspectInfo, 'layersTotal' | 'partialLayer'> & { readonly layers: readonly unknown[] };

const CHANNEL_NAMES = { 1: 'grey', 2: 'grey and alpha', 3: 'RGB', 4: 'RGB and alpha' } as const;

/** Formats the output of `info`: facts from the header, then a table of the layers. */
export function describeStream(input: string, info: InspectInfo): string {
  const part = info.partialLayer ? `, ${partText(info.partialLayer)}` : '';
  const present = `${info.layers.length} of ${info.layersTotal}${part}${info.truncated ? ' (truncated)' : ''}`;
  const header = [
    `${input}: ddpm-codec format ${info.formatVersion}`,
    `size       ${info.width} x ${info.height}, ${CHANNEL_NAMES[info.channels]}`,
    `bytes      ${grouped(info.bytes)}, of them ${grouped(info.headerBytes)} header`,
    `rate       ${info.bpp.toFixed(4)} bpp, ${info.bitsPerDim.toFixed(4)} bits/dim`,
    `model      ${info.model}`,
    `seed       ${info.seed}`,
    `ladder     ${info.ladderStep} in log-SNR`,
    `transport  ${info.transport}`,
    `layers     ${present}`,
    ...(info.lossless ? [`tail       ${describeTail(info)}`] : []),
    ...(info.damage === null ? [] : [`damage     ${info.damage}`]),
    ...(info.trailingBytes > 0 ? [`after it   ${grouped(info.trailingBytes)} bytes, which are ignored`] : []),
    ...info.warnings.map((warning) => `warning    ${warning}`),
  ];
  return `${[...header, '', ...layerTable(info), ...indexTable(info)].join('\n')}\n`;
}

/** What the index says of prefixes; nothing if there is none. */
function indexTable({ index, width, height }: InspectInfo): string[] {
  if (!index) return [];
  const rows = index.map(({ layer, bytes, psnr }) => [
    String(layer),
    grouped(bytes),
    ((bytes * 8) / (width * height)).toFixed(4),
    psnr === undefined ? '-' : Number.isFinite(psnr) ? psnr.toFixed(2) : 'exact',
  ]);
  return ['', 'index of prefixes:', ...alignRight([['layer', 'bytes', 'bpp', 'dB'], ...rows])];
}

function describeTail({ tail, partialTail }: InspectInfo): string {
  if (partialTail) return `lossless, ${grouped(partialTail.bytes)} of ${grouped(partialTail.bytesTotal)} bytes there`;
  if (!tail) return 'lossless, not there';
  return `lossless, ${grouped(tail.bytes)} bytes from sigma ${tail.sigma.toPrecision(4)} on`;
}

function layerTable(info: InspectInfo): string[] {
  const rows = info.layers.map((layer) => [
    String(layer.layer),
    String(layer.level),
    layer.sigma.toPrecision(4),
    grouped(layer.bytes),
    grouped(layer.cumulativeBytes),
    layer.bpp.toFixed(4),
    layer.bitsPerDim.toFixed(4),
  ]);
  return alignRight([['layer', 'level', 'sigma', 'bytes', 'cumulative', 'bpp', 'bits/dim'], ...rows]);
}

function alignRight(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column])).join('  '));
}
