/** Bjøntegaard deltas: average differences between two rate-distortion curves. */
import { Pchip } from './pchip.ts';

/** A point of a rate-distortion curve. */
export interface RatePoint {
  /** Rate > 0 in any unit, the same for both curves. */
  readonly rate: number;
  /** PSNR in dB, or another measure of quality in dB; larger is better. */
  readonly quality: number;
}

/** A mean difference between two curves over the range that both cover. */
export interface Delta {
  /** The difference. A negative difference of rates, or a positive one of qualities, means better than the anchor. */
  readonly value: number;
  /** Start of the range: a quality for a difference of rates, a rate for a difference of qualities. */
  readonly from: number;
  /** End of the range. */
  readonly to: number;
}

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
    if (!last || (point.quality > last.quality && point.rate > last.rate)) kept.push(point);
  }
  return kept;
}

/** Overlap of the ranges of two ascending lists; undefined if there is none, or if a list has fewer than two values. */
function overlap(a: readonly number[], b: readonly number[]): { from: number; to: number } | undefined {
  if (a.length < 2 || b.length < 2) return undefined;
  const from = Math.max(a[0], b[0]);
  const to = Math.min(a[a.length - 1], b[b.length - 1]);
  return to > from ? { from, to } : undefined;
}

/** Mean difference between two functions, given at points, over the range that both cover. */
function meanDifference(
  anchor: { readonly x: readonly number[]; readonly y: readonly number[] },
  test: { readonly x: readonly number[]; readonly y: readonly number[] },
): Delta | undefined {
  const range = overlap(anchor.x, test.x);
  if (!range) return undefined;
  const { from, to } = range;
  const difference = new Pchip(test.x, test.y).integral(from, to) - new Pchip(anchor.x, anchor.y).integral(from, to);
  return { value: difference / (to - from), from, to };
}

function curves(points: readonly RatePoint[]): { logRates: number[]; qualities: number[] } {
  const kept = ascending(points);
  return { logRates: kept.map(({ rate }) => Math.log10(rate)), qualities: kept.map(({ quality }) => quality) };
}

/**
 * BD-rate: how many more bits the tested curve takes than the anchor at equal quality, in per cent of the anchor (-20:
 * a fifth less). It is computed from the mean difference of the logarithms of the rates over the qualities that both
 * curves reach (Bjøntegaard, VCEG-M33, 2001), with monotone piecewise cubics instead of one polynomial, as in the
 * common test conditions of HEVC and VVC (JCTVC-L1100, JVET-T2010).
 *
 * @returns undefined if the curves share no range of qualities
 */
export function bdRate(anchor: readonly RatePoint[], test: readonly RatePoint[]): Delta | undefined {
  const a = curves(anchor);
  const b = curves(test);
  const delta = meanDifference({ x: a.qualities, y: a.logRates }, { x: b.qualities, y: b.logRates });
  return delta && { ...delta, value: (10 ** delta.value - 1) * 100 };
}

/**
 * BD-PSNR: how many dB the tested curve is above the anchor at equal rate; the mean over the logarithm of the rate, in
 * the range that both curves cover.
 *
 * @returns undefined if the curves share no range of rates
 */
export function bdQuality(anchor: readonly RatePoint[], test: readonly RatePoint[]): Delta | undefined {
  const a = curves(anchor);
  const b = curves(test);
  const delta = meanDifference({ x: a.logRates, y: a.qualities }, { x: b.logRates, y: b.qualities });
  return delta && { ...delta, from: 10 ** delta.from, to: 10 ** delta.to };
}

/** Quality of a curve at a rate, with the same interpolation; undefined outside the curve. */
export function qualityAt(points: readonly RatePoint[], rate: number): number | undefined {
  const { logRates, qualities } = curves(points);
  const x = Math.log10(rate);
  if (logRates.length < 2 || x < logRates[0] || x > logRates[logRates.length - 1]) return undefined;
  return new Pchip(logRates, qualities).at(x);
}

/** Rate of a curve at a quality, with the same interpolation; undefined outside the curve. */
export function rateAt(points: readonly RatePoint[], quality: number): number | undefined {
  const { logRates, qualities } = curves(points);
  if (qualities.length < 2 || quality < qualities[0] || quality > qualities[qualities.length - 1]) return undefined;
  return 10 ** new Pchip(qualities, logRates).at(quality);
}
