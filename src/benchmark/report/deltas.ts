/** Computes BD-rate and BD-PSNR of codecs against an anchor, for the mean curves and for single images. */

import type { CodecName, Row } from '../bench-types.ts';
import { bdQuality, bdRate, type Delta, type RatePoint } from './bjontegaard.ts';
import type { Curve, MeanPoint } from './summary.ts';

/** Comparison of a codec with an anchor. */
export interface DeltaRow {
  readonly codec: CodecName;
  /** Name of the codec in tables. */
  readonly label: string;
  /** Name of a codec or of a published curve. */
  readonly anchor: string;
  /** Name of the anchor in tables. */
  readonly anchorLabel: string;
  /**
   * BD-rate in per cent at equal mean PSNR; its range is in dB. Null if the curves share no range, like the next three.
   */
  readonly rate: Delta | null;
  /** BD-PSNR in dB at equal mean rate; its range is in bpp. */
  readonly psnr: Delta | null;
  /** Like `rate`, but bits are counted without the fixed cost of each format. */
  readonly rateWithoutFixed: Delta | null;
  /** Like `rate`, but at equal MS-SSIM, converted to -10 log10(1 - MS-SSIM) dB. */
  readonly rateAtMsSsim: Delta | null;
  /** BD-rates of single images, in per cent; null if no image has one. */
  readonly images: {
    /** Number of images that have a BD-rate. */
    readonly count: number;
    /** Number of images with a BD-rate below 0, i.e. fewer bits than the anchor. */
    readonly better: number;
    /** Lowest BD-rate. */
    readonly best: number;
    /** Highest BD-rate. */
    readonly worst: number;
  } | null;
}

/** Converts a similarity (SSIM, MS-SSIM) to dB; null for an exact picture, for which it would be infinite. */
export function similarityDb(similarity: number | null): number | null {
  return similarity === null || similarity >= 1 ? null : -10 * Math.log10(1 - similarity);
}

/** Converts points of a curve to rate and quality; leaves out points whose quality is null. */
export function ratePoints<P extends { readonly bpp: number }>(
  points: readonly P[],
  quality: (point: P) => number | null,
  rate: (point: P) => number = ({ bpp }) => bpp,
): RatePoint[] {
  return points.flatMap((point) => {
    const value = quality(point);
    return value === null ? [] : [{ rate: rate(point), quality: value }];
  });
}

/** The curve of PSNR against bpp of one image; leaves out exact pictures. */
export function imagePoints(rows: readonly Row[]): RatePoint[] {
  return rows.filter(({ psnr }) => Number.isFinite(psnr)).map(({ bpp, psnr }) => ({ rate: bpp, quality: psnr }));
}

/** The values of a point that comparisons use. */
type Point = Pick<MeanPoint, 'bpp' | 'bppWithoutFixed' | 'psnr' | 'msSsim'>;

/** A curve to compare with, measured or published. */
export interface Anchor {
  readonly codec: string;
  readonly label: string;
  readonly points: readonly Point[];
}

/** Compares a codec with an anchor. */
export function deltaRow(anchor: Anchor, test: Curve, rows: readonly Row[]): DeltaRow {
  const psnr = ({ psnr }: Point): number | null => psnr;
  const msSsim = ({ msSsim }: Point): number | null => similarityDb(msSsim);
  const without = ({ bppWithoutFixed }: Point): number => bppWithoutFixed;
  const rate = (quality: typeof psnr, by?: typeof without): Delta | null =>
    bdRate(ratePoints(anchor.points, quality, by), ratePoints(test.points, quality, by)) ?? null;
  return {
    codec: test.codec,
    label: test.label,
    anchor: anchor.codec,
    anchorLabel: anchor.label,
    rate: rate(psnr),
    psnr: bdQuality(ratePoints(anchor.points, psnr), ratePoints(test.points, psnr)) ?? null,
    rateWithoutFixed: rate(psnr, without),
    rateAtMsSsim: rate(msSsim),
    images: imageSummary([...imageDeltas(anchor.codec, test.codec, rows).values()]),
  };
}

/** BD-rate in per cent of each image, by name. Images whose curves share no range are left out. */
export function imageDeltas(anchor: string, test: CodecName, rows: readonly Row[]): Map<string, number> {
  const deltas = new Map<string, number>();
  const of = (codec: string, image: string): RatePoint[] =>
    imagePoints(rows.filter((row) => row.codec === codec && row.image === image));
  for (const image of new Set(rows.map((row) => row.image))) {
    const delta = bdRate(of(anchor, image), of(test, image));
    if (delta) deltas.set(image, delta.value);
  }
  return deltas;
}

function imageSummary(values: readonly number[]): DeltaRow['images'] {
  if (values.length === 0) return null;
  const better = values.filter((value) => value < 0).length;
  return { count: values.length, better, best: Math.min(...values), worst: Math.max(...values) };
}
