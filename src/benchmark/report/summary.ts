/** Computes the means over all images of what was measured of a codec. */

import type { CodecName, Row } from '../bench-types.ts';
import type { BenchCodec } from '../codecs/bench-codec.ts';
import type { CurveMeans } from './curve-means.ts';
import { rateOf } from './picture-curves.ts';
import type { MeasureName } from './quality-measures.ts';
import { mean } from './spread.ts';

/**
 * A rate point: means over the images that have the setting, unless stated otherwise. A quality measure is null if
 * one of these images has none.
 */
export interface MeanPoint extends Readonly<Record<MeasureName, number | null>> {
  readonly setting: string;
  /** Number of images that have the setting. */
  readonly images: number;
  /** For ddpm, layer, level and sigma as in {@link Row}; null for other codecs. */
  readonly layer: number | null;
  readonly level: number | null;
  readonly sigma: number | null;
  readonly bpp: number;
  readonly bitsPerDim: number;
  /** bpp without the fixed cost of each file; see docs/benchmark.md. */
  readonly bppWithoutFixed: number;
  readonly mse: number;
  /** Square root of `mse`. */
  readonly rmse: number;
  /** In dB; null if an image is exact. */
  readonly psnr: number | null;
  /** PSNR of `mse`, in dB; null if all images are exact. */
  readonly psnrOfMeanMse: number | null;
  readonly encodeSeconds: number;
  /** Null for ideal rates. */
  readonly decodeSeconds: number | null;
  /** Highest value of all images. */
  readonly peakRssBytes: number;
}

/** Time and memory of the largest file of each image: means over the images. */
export interface LargestFiles
  extends Pick<MeanPoint, 'images' | 'bpp' | 'encodeSeconds' | 'decodeSeconds' | 'peakRssBytes'> {
  /** Seconds of all images over their pixels, per million. */
  readonly encodeSecondsPerMegapixel: number;
  readonly decodeSecondsPerMegapixel: number | null;
}

/** Sizes of exact files: means over the images. */
export type ExactFiles = Pick<MeanPoint, 'images' | 'bpp' | 'bitsPerDim' | 'bppWithoutFixed'>;

/** What was measured of a codec. */
export interface Curve {
  readonly codec: CodecName;
  readonly label: string;
  readonly description: string;
  readonly version: string;
  readonly kind: 'real' | 'ideal';
  /** False for a lossless codec, which has no curve. */
  readonly lossy: boolean;
  /** A point for each setting, ascending in rate; `images` says for how many images it stands. */
  readonly points: readonly MeanPoint[];
  /** Means of the curves of the pictures at equal rate and quality, for each measure. */
  readonly means: readonly CurveMeans[];
  /** Null if nothing was measured. */
  readonly largest: LargestFiles | null;
  /** Null if an image that was measured has no exact file. */
  readonly exact: ExactFiles | null;
}

/** The mean, or null if a value is null or infinite. */
function meanOrNull(values: readonly (number | null)[]): number | null {
  return values.every((value) => value !== null && Number.isFinite(value)) ? mean(values as number[]) : null;
}

/** PSNR in dB of a mean squared error; null for an error of 0. */
function psnrOf(mse: number): number | null {
  return mse > 0 ? 10 * Math.log10(255 ** 2 / mse) : null;
}

function meanPoint(rows: readonly Row[]): MeanPoint {
  const of = <K extends keyof Row>(key: K): Row[K][] => rows.map((row) => row[key]);
  const { setting, layer, level, sigma } = rows[0];
  const mse = mean(of('mse'));
  return {
    setting,
    images: rows.length,
    layer,
    level,
    sigma,
    bpp: mean(of('bpp')),
    bitsPerDim: mean(of('bitsPerDim')),
    bppWithoutFixed: mean(rows.map((row) => rateOf(row, 'payload'))),
    mse,
    rmse: Math.sqrt(mse),
    psnr: meanOrNull(of('psnr')),
    psnrOfMeanMse: psnrOf(mse),
    ssim: meanOrNull(of('ssim')),
    msSsim: meanOrNull(of('msSsim')),
    msSsimLuma: meanOrNull(of('msSsimLuma')),
    ssimulacra2: meanOrNull(of('ssimulacra2')),
    lpips: meanOrNull(of('lpips')),
    dists: meanOrNull(of('dists')),
    encodeSeconds: mean(of('encodeSeconds')),
    decodeSeconds: meanOrNull(of('decodeSeconds')),
    peakRssBytes: Math.max(...of('peakRssBytes')),
  };
}

/** Groups rows by what a function says of them, in the order in which each group begins. */
function groups(rows: readonly Row[], key: (row: Row) => string): Row[][] {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const group = found.get(key(row));
    if (group) group.push(row);
    else found.set(key(row), [row]);
  }
  return [...found.values()];
}

/**
 * The mean of each setting over the images that have it; ascending in rate. Layers count as the same setting if they
 * end at the same noise level of the same pyramid level.
 */
export function meanPoints(rows: readonly Row[]): MeanPoint[] {
  const settingOf = ({ setting, level, sigma }: Row): string =>
    setting.startsWith('layer ') ? `level ${level}, sigma ${sigma}` : setting;
  return groups(rows, settingOf)
    .map(meanPoint)
    .sort((a, b) => a.bpp - b.bpp);
}

/** The points of a curve that stand for all images. */
export function commonPoints<P extends Pick<MeanPoint, 'images'>>(points: readonly P[], images: number): readonly P[] {
  return points.filter((point) => point.images === images);
}

/** Time and memory of the largest file of each image. */
export function largestFiles(rows: readonly Row[]): LargestFiles | null {
  if (rows.length === 0) return null;
  const largest = groups(rows, ({ image }) => image).map((ofImage) =>
    ofImage.reduce((best, row) => (row.bytes > best.bytes ? row : best)),
  );
  const { images, bpp, encodeSeconds, decodeSeconds, peakRssBytes } = meanPoint(largest);
  const megapixels = mean(largest.map(({ width, height }) => width * height)) / 1e6;
  return {
    images,
    bpp,
    encodeSeconds,
    decodeSeconds,
    peakRssBytes,
    encodeSecondsPerMegapixel: encodeSeconds / megapixels,
    decodeSecondsPerMegapixel: decodeSeconds === null ? null : decodeSeconds / megapixels,
  };
}

/** Sizes of the smallest exact file of each image; null if an image has none. */
export function exactFiles(rows: readonly Row[]): ExactFiles | null {
  const smallest = groups(rows, ({ image }) => image).flatMap((ofImage) => {
    const exact = ofImage.filter(({ mse }) => mse === 0);
    return exact.length === 0 ? [undefined] : [exact.reduce((best, row) => (row.bytes < best.bytes ? row : best))];
  });
  if (smallest.length === 0 || smallest.includes(undefined)) return null;
  const { images, bpp, bitsPerDim, bppWithoutFixed } = meanPoint(smallest as Row[]);
  return { images, bpp, bitsPerDim, bppWithoutFixed };
}

/** A codec that was measured, and its version. */
export interface MeasuredCodec {
  readonly codec: Pick<BenchCodec, 'name' | 'label' | 'description' | 'kind' | 'lossy'>;
  readonly version: string;
}

/**
 * Summarises the rows of a codec.
 *
 * @param means - of the curves of the pictures
 */
export function summarise(
  { codec: { name, label, description, kind, lossy }, version }: MeasuredCodec,
  rows: readonly Row[],
  means: readonly CurveMeans[],
): Curve {
  const about = { codec: name, label, description, version, kind, lossy };
  return { ...about, points: meanPoints(rows), means, largest: largestFiles(rows), exact: exactFiles(rows) };
}
