/** Figures of bench/progressive.ts: one file cut anywhere, beside files that are made for the size, and beside others that are cut. */

import { mean } from '../../mean.ts';
import { type Compared, gapOf, type SizePoint, worstOf } from '../../progressive/gap.ts';
import { type Figure, number, table } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** The first bytes of one file. */
export interface Cut extends Compared {
  /** PSNR in dB of progressive JPEG of as many bytes, of a file about as large as ours; null if there is no picture yet. */
  readonly jpeg: number | null;
  /** The same of progressive JPEG XL. */
  readonly jxl: number | null;
}

/** What is found of one picture. */
export interface PictureProgress {
  readonly picture: string;
  /** Of the whole file. */
  readonly bytes: number;
  readonly psnr: number;
  /** By bytes; the k-th cut of all pictures is at the same share of the file. */
  readonly cuts: readonly Cut[];
  /** Files made for a size, as measured; between them PSNRs are interpolated. */
  readonly files: readonly SizePoint[];
  /** WebP files of these sizes; sizes that WebP does not reach are left out. */
  readonly webp: readonly SizePoint[];
}

/** A cut at a number of bytes beside a measured file of that number. */
export interface Check extends Compared {
  readonly picture: string;
  /** Where the file that is cut ends; null for the default. */
  readonly endSigma: number | null;
}

/** What bench/progressive.ts finds. */
export interface ProgressiveReport {
  readonly pictures: readonly PictureProgress[];
  readonly checks: readonly Check[];
}

/** Mean over the pictures; null if one has no value, or there is none. */
export function meanOfAll(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === values.length && known.length > 0 ? mean(known) : null;
}

/** The k-th cuts of all pictures, for each k that all have. */
export function cutsByRank({ pictures }: ProgressiveReport): Cut[][] {
  const ranks = Math.min(...pictures.map(({ cuts }) => cuts.length));
  return Array.from({ length: ranks }, (_, k) => pictures.map(({ cuts }) => cuts[k]));
}

const decibels = (value: number | null): string => (value === null ? '–' : number(value, 2).text);

function pictureTable({ pictures }: ProgressiveReport): Figure {
  return table(
    ['picture', 'file, bytes', 'mean gap, dB', 'largest gap, dB', 'at, bytes'],
    pictures.map(({ picture, bytes, cuts }) => {
      const worst = worstOf(cuts);
      return [picture, String(bytes), decibels(mean(cuts.map(gapOf))), decibels(gapOf(worst)), String(worst.bytes)];
    }),
  );
}

function cutTable(report: ProgressiveReport): Figure {
  const whole = mean(report.pictures.map(({ bytes }) => bytes));
  return table(
    ['bytes, mean', 'of the file', 'cut, dB', 'made for the size, dB', 'gap, dB', 'JPEG, cut', 'JPEG XL, cut'],
    cutsByRank(report).map((cuts) => {
      const bytes = mean(cuts.map((cut) => cut.bytes));
      return [
        bytes.toFixed(0),
        `${((100 * bytes) / whole).toFixed(1)} %`,
        decibels(mean(cuts.map(({ psnr }) => psnr))),
        decibels(mean(cuts.map(({ file }) => file))),
        decibels(mean(cuts.map(gapOf))),
        decibels(meanOfAll(cuts.map(({ jpeg }) => jpeg))),
        decibels(meanOfAll(cuts.map(({ jxl }) => jxl))),
      ];
    }),
  );
}

function checkTable({ checks }: ProgressiveReport): Figure {
  return table(
    ['picture', 'the file ends at', 'bytes', 'cut, dB', 'made for the size, dB', 'gap, dB'],
    checks.map((check) => [
      check.picture,
      check.endSigma === null ? 'the default' : `sigma ${check.endSigma}`,
      String(check.bytes),
      ...[check.psnr, check.file, gapOf(check)].map(decibels),
    ]),
  );
}

/** The figures, by name. */
export function progressiveFigures(report: ProgressiveReport): Record<string, Figure> {
  const { pictures, checks } = report;
  const cuts = pictures.flatMap((one) => one.cuts);
  return {
    pictures: number(pictures.length),
    cuts: number(cutsByRank(report).length),
    sizes: number(Math.min(...pictures.map(({ files }) => files.length))),
    'gap.mean': number(mean(cuts.map(gapOf)), 2, ' dB'),
    'gap.largest': number(gapOf(worstOf(cuts)), 2, ' dB'),
    'by-cut': cutTable(report),
    'by-picture': pictureTable(report),
    ...(checks.length > 0 && {
      checks: checkTable(report),
      'checks.largest': number(gapOf(worstOf(checks)), 2, ' dB'),
    }),
  };
}

/** Measurement `progressive`. */
export const progressive: FigureSource = source<ProgressiveReport>('progressive', progressiveFigures);
