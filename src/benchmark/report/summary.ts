/** Means over the pictures: the curves of the plots and tables. */

import type { CodecName, Row } from '../bench-types.ts';
import type { BenchCodec } from '../codecs/bench-codec.ts';

/** A rate point, averaged over all pictures of the set. */
export interface MeanPoint {
  readonly setting: string;
  /** Of ddpm. */
  readonly layer: number | null;
  readonly level: number | null;
  readonly sigma: number | null;
  readonly bpp: number;
  readonly bitsPerDim: number;
  /** bpp less each file's fixed cost; see docs/benchmark.md. */
  readonly bppWithoutFixed: number;
  readonly mse: number;
  /** Root of the mean squared error over the pictures. */
  readonly rmse: number;
  /** Mean of the pictures' PSNR in dB; null if one is exact. */
  readonly psnr: number | null;
  /** PSNR of the mean squared error over the pictures; null if all are exact. */
  readonly psnrOfMeanMse: number | null;
  /** Means; null if a picture is too small. */
  readonly ssim: number | null;
  readonly msSsim: number | null;
  /** Means. */
  readonly encodeSeconds: number;
  readonly decodeSeconds: number | null;
  /** The highest of the pictures. */
  readonly peakRssBytes: number;
}

/** A codec over the set. */
export interface Curve {
  readonly codec: CodecName;
  readonly label: string;
  readonly description: string;
  readonly version: string;
  readonly kind: 'real' | 'ideal';
  /** Ascending in rate. */
  readonly points: readonly MeanPoint[];
  /** Settings that not every picture has; they are in no mean. */
  readonly incomplete: readonly string[];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The mean, or null if one is null or infinite. */
function meanOrNull(values: readonly (number | null)[]): number | null {
  return values.every((value) => value !== null && Number.isFinite(value)) ? mean(values as number[]) : null;
}

/** PSNR of a squared error, in dB; null for none. */
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
 * The mean curve of a codec: for each setting that all pictures have. Layers are the same setting where they end at the same noise
 * level of the same pyramid level.
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
