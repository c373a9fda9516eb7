/** BD-rate and BD-PSNR of codecs against an anchor, on the mean curves and image by image. */

import type { CodecName, Row } from '../bench-types.ts';
import { bdQuality, bdRate, type Delta, type RatePoint } from './bjontegaard.ts';
import type { Curve, MeanPoint } from './summary.ts';

/** How a codec compares with an anchor. */
export interface DeltaRow {
  /** Name of the codec, and what tables call it. */
  readonly codec: CodecName;
  readonly label: string;
  /** Name of a codec, or of a published curve. */
  readonly anchor: string;
  readonly anchorLabel: string;
  /** Bits in per cent at equal mean PSNR, over the range of PSNR given. Null where the curves share no range. */
  readonly rate: Delta | null;
  /** dB of PSNR at equal mean rate, over the range of bpp given. */
  readonly psnr: Delta | null;
  /** As `rate`, by bits without each format's fixed cost. */
  readonly rateWithoutFixed: Delta | null;
  /** As `rate`, at equal MS-SSIM, which is taken as -10 log10(1 - MS-SSIM) dB. */
  readonly rateAtMsSsim: Delta | null;
  /** BD-rates of single images: how many there are, how many are below 0 (fewer bits than the anchor), and the extremes. */
  readonly images: {
    readonly count: number;
    readonly better: number;
    readonly best: number;
    readonly worst: number;
  } | null;
}

/** A similarity as a quality in dB; null for an exact picture, which has none. */
export function similarityDb(similarity: number | null): number | null {
  return similarity === null || similarity >= 1 ? null : -10 * Math.log10(1 - similarity);
}

/** The points of a curve that have this quality. */
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

/** Points of one image. */
export function imagePoints(rows: readonly Row[]): RatePoint[] {
  return rows.filter(({ psnr }) => Number.isFinite(psnr)).map(({ bpp, psnr }) => ({ rate: bpp, quality: psnr }));
}

/** What a comparison looks at. */
type Point = Pick<MeanPoint, 'bpp' | 'bppWithoutFixed' | 'psnr' | 'msSsim'>;

/** What an anchor must have: a measured curve, or a published one. */
export interface Anchor {
  readonly codec: string;
  readonly label: string;
  readonly points: readonly Point[];
}

/** A codec against an anchor. */
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

/** BD-rate of each image that has one. */
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
