/** Computes the curves of the plots and tables: means over all images. */

import type { CodecName, Row } from '../bench-types.ts';
import type { BenchCodec } from '../codecs/bench-codec.ts';

/** A rate point: means over all images unless stated otherwise. */
export interface MeanPoint {
  readonly setting: string;
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
  /** Null if an image is too small. */
  readonly ssim: number | null;
  /** Null if an image is too small. */
  readonly msSsim: number | null;
  readonly encodeSeconds: number;
  /** Null for ideal rates. */
  readonly decodeSeconds: number | null;
  /** Highest value of all images. */
  readonly peakRssBytes: number;
}

/** The rate points of a codec. */
export interface Curve {
  readonly codec: CodecName;
  readonly label: string;
  readonly description: string;
  readonly version: string;
  readonly kind: 'real' | 'ideal';
  /** Ascending in rate. */
  readonly points: readonly MeanPoint[];
  /** Settings that some images lack; `points` does not contain them. */
  readonly incomplete: readonly string[];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
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
    layer,
    level,
    sigma,
    bpp: mean(of('bpp')),
    bitsPerDim: mean(of('bitsPerDim')),
    bppWithoutFixed: mean(
      rows.map(({ bytes, fixedBytes, width, height }) => ((bytes - fixedBytes) * 8) / (width * height)),
    ),
    mse,
    rmse: Math.sqrt(mse),
    psnr: meanOrNull(of('psnr')),
    psnrOfMeanMse: psnrOf(mse),
    ssim: meanOrNull(of('ssim')),
    msSsim: meanOrNull(of('msSsim')),
    encodeSeconds: mean(of('encodeSeconds')),
    decodeSeconds: meanOrNull(of('decodeSeconds')),
    peakRssBytes: Math.max(...of('peakRssBytes')),
  };
}

/**
 * Computes the mean curve of a codec, with a point for each setting that all images have. Layers count as the same
 * setting if they end at the same noise level of the same pyramid level.
 */
export function meanCurve(codec: BenchCodec, version: string, rows: readonly Row[], imageCount: number): Curve {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const isLayer = row.setting.startsWith('layer ');
    const key = isLayer ? `level ${row.level}, sigma ${row.sigma}` : row.setting;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const complete = [...groups.values()].filter((group) => group.length === imageCount);
  const incomplete = [...groups].filter(([, group]) => group.length < imageCount).map(([key]) => key);
  const points = complete.map(meanPoint).sort((a, b) => a.bpp - b.bpp);
  const { name, label, description, kind } = codec;
  return { codec: name, label, description, version, kind, points, incomplete };
}
