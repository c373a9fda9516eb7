/** Figures of bench/lossless.ts: bits a sample of lossless files. */
import { type Figure, magnitude, number, range, table, text } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** A codec of the comparison. */
type Format = 'ours' | 'png' | 'webp' | 'jxl';

/** Sums over all pictures of a set, of which sizes are in bits. */
export interface LosslessTotals extends Readonly<Record<Format, number>> {
  readonly name: string;
  readonly count: number;
  readonly samples: number;
  readonly pixels: number;
  readonly idealLayers: number;
  readonly layers: number;
  readonly tail: number;
  readonly encodeMs: number;
  readonly decodeMs: number;
  /** Different colours of each picture, added up. */
  readonly colours: number;
  /** Where the layers end and the tail takes over, of each picture: noise level, and PSNR in dB of the picture without tail. */
  readonly ends: readonly { readonly sigma: number; readonly psnr: number }[];
}

/** What bench/lossless.ts finds. */
export interface LosslessReport {
  readonly sets: readonly LosslessTotals[];
  /** Bytes of a picture of one pixel. */
  readonly dot: Readonly<Record<Format, number>>;
}

/** Names of the codecs in the table. */
const LABELS: Readonly<Record<Format, string>> = {
  ours: 'ddpm-codec',
  jxl: 'JPEG XL (libjxl, effort 9)',
  webp: 'WebP lossless (effort 6)',
  png: 'PNG (level 9)',
};
/** The codecs in the order of the table. */
export const FORMATS: readonly Format[] = Object.keys(LABELS) as Format[];

/** Name of a codec without its settings. */
function shortLabel(format: Format): string {
  return LABELS[format].replace(/ \(.*/, '');
}

function losslessTable({ sets, dot }: LosslessReport): Figure {
  const per = (bits: number, { samples }: LosslessTotals): string => (bits / samples).toFixed(4);
  const row = (name: string, of: (totals: LosslessTotals) => string): string[] => [name, ...sets.map(of)];
  const milliseconds = ({ encodeMs, decodeMs, count }: LosslessTotals): string =>
    [encodeMs, decodeMs].map((ms) => (ms / count).toFixed(0)).join(', ');
  return table(
    ['bits a sample', ...sets.map(({ name, count }) => `${name}, ${count} pictures`)],
    [
      row('layers, ideal (KL divergence)', (set) => per(set.idealLayers, set)),
      row('layers, real', (set) => per(set.layers, set)),
      row('tail, real', (set) => per(set.tail, set)),
      row('**ddpm-codec, whole files**', (set) => `**${per(set.ours, set)}**`),
      ...FORMATS.slice(1).map((format) => row(LABELS[format], (set) => per(set[format], set))),
      ...FORMATS.map((format) =>
        row(`${shortLabel(format)}, less a 1x1 picture each`, (set) =>
          per(set[format] - 8 * dot[format] * set.count, set),
        ),
      ),
      row('different colours in 1000 pixels', (set) => ((1000 * set.colours) / set.pixels).toFixed(0)),
      row('bytes: ddpm-codec, JPEG XL, WebP, PNG', (set) => FORMATS.map((format) => set[format] / 8).join(', ')),
      row('encode, decode: ms a picture, 1 thread', milliseconds),
    ],
  );
}

/** The figures, by name. */
export function losslessFigures(report: LosslessReport): Record<string, Figure> {
  const figures: Record<string, Figure> = {
    table: losslessTable(report),
    dots: text(FORMATS.map((format) => `${shortLabel(format)} ${report.dot[format]}`).join(', ')),
  };
  const ends = report.sets.flatMap((set) => set.ends);
  figures['end.sigma'] = range(
    ends.map(({ sigma }) => sigma),
    2,
  );
  figures['end.psnr'] = range(
    ends.map(({ psnr }) => psnr),
    0,
    ' dB',
  );
  for (const set of report.sets) {
    const name = set.name.toLowerCase().replace(/[^a-z0-9]/g, '');
    for (const format of FORMATS) {
      figures[`${name}.${format}`] = number(set[format] / set.samples, 2);
      if (format !== 'ours') figures[`${name}.over.${format}`] = magnitude(100 * (set.ours / set[format] - 1), 0, ' %');
    }
    figures[`${name}.bytes`] = number(set.ours / 8 / set.count, 0);
    figures[`${name}.encode`] = number(set.encodeMs / set.count / 1000, 0, ' s');
    figures[`${name}.decode`] = number(set.decodeMs / set.count / 1000, 0, ' s');
  }
  return figures;
}

/** Measurement `lossless`. */
export const lossless: FigureSource = source<LosslessReport>('lossless', losslessFigures);
