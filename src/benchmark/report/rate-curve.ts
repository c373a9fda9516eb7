/** A rate-distortion curve: interpolates between rate points, and never beyond them. */
import { Pchip } from './pchip.ts';

/** A point of a rate-distortion curve. */
export interface RatePoint {
  /** Rate > 0 in any unit, the same for both curves of a comparison. */
  readonly rate: number;
  /** PSNR in dB, or the position on another axis of quality; larger is better. */
  readonly quality: number;
}

/**
 * A curve counts as reaching a rate up to this factor beyond its last point, with the quality of that point, because
 * files that are made for a size are slightly smaller.
 */
const REACH = 1.01;

/**
 * The points of a curve that can be interpolated: ascending in rate and in quality. Leaves out points that take more
 * bits for less quality, have a rate of 0, or are not finite.
 */
export function ascending(points: readonly RatePoint[]): RatePoint[] {
  const sorted = points
    .filter(({ rate, quality }) => rate > 0 && Number.isFinite(rate) && Number.isFinite(quality))
    .sort((a, b) => a.rate - b.rate || b.quality - a.quality);
  const kept: RatePoint[] = [];
  for (const point of sorted) {
    const last = kept[kept.length - 1];
    if (!last || (point.quality > last.quality && Math.log10(point.rate) > Math.log10(last.rate))) kept.push(point);
  }
  return kept;
}

/** Monotone piecewise cubics through rate points, over the logarithm of the rate. */
export class RateCurve {
  /** Smallest and largest log10 of the rate. */
  readonly logRates: readonly [number, number];
  /** Smallest and largest quality. */
  readonly qualities: readonly [number, number];
  /** Quality over log10 of the rate. */
  readonly byRate: Pchip;
  /** Log10 of the rate over quality. */
  readonly byQuality: Pchip;

  private constructor(points: readonly RatePoint[]) {
    const logRates = points.map(({ rate }) => Math.log10(rate));
    const qualities = points.map(({ quality }) => quality);
    const last = points.length - 1;
    this.logRates = [logRates[0], logRates[last]];
    this.qualities = [qualities[0], qualities[last]];
    this.byRate = new Pchip(logRates, qualities);
    this.byQuality = new Pchip(qualities, logRates);
  }

  /** The curve through some points; undefined if fewer than two ascend ({@link ascending}). */
  static through(points: readonly RatePoint[]): RateCurve | undefined {
    const kept = ascending(points);
    return kept.length < 2 ? undefined : new RateCurve(kept);
  }

  /** Quality at a rate; undefined outside the curve, which counts as reaching 1 % beyond its last point. */
  qualityAt(rate: number): number | undefined {
    const x = Math.log10(rate);
    const [first, last] = this.logRates;
    if (x >= first && x <= last) return this.byRate.at(x);
    return x > last && rate <= 10 ** last * REACH ? this.qualities[1] : undefined;
  }

  /** Rate at a quality; undefined outside the curve. */
  rateAt(quality: number): number | undefined {
    const [first, last] = this.qualities;
    return quality >= first && quality <= last ? 10 ** this.byQuality.at(quality) : undefined;
  }
}
