/** Bjøntegaard deltas: how far two rate-distortion curves are apart on average. */
import { Pchip } from './pchip.ts';

/** A point of a rate-distortion curve. */
export interface RatePoint {
  /** In any unit, above 0; the same unit for both curves. */
  readonly rate: number;
  /** PSNR in dB, or another quality on a scale in dB; larger is better. */
  readonly quality: number;
}

/** A mean difference, and where it was taken. */
export interface Delta {
  /** The difference; negative rates and positive qualities are better than the anchor. */
  readonly value: number;
  /** The range that both curves cover: qualities for a rate, rates for a quality. */
  readonly from: number;
  readonly to: number;
}

/**
 * The part of a curve that interpolation can use: ascending in rate, and each point better than all before it. A point that
 * takes more bits for less quality is left out.
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

/** Overlap of two ascending lists; undefined if there is none or either has fewer than two. */
function overlap(a: readonly number[], b: readonly number[]): { from: number; to: number } | undefined {
  if (a.length < 2 || b.length < 2) return undefined;
  const from = Math.max(a[0], b[0]);
  const to = Math.min(a[a.length - 1], b[b.length - 1]);
  return to > from ? { from, to } : undefined;
}

/** Mean over the overlap of the difference between two functions given at points. */
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
 * BD-rate: bits that the tested curve takes more than the anchor at equal quality, in per cent of the anchor's (-20: a fifth less).
 * The mean over the qualities that both reach of the difference of the logarithms of the rates (Bjøntegaard, VCEG-M33, 2001), with
 * monotone piecewise cubics as in the common test conditions of HEVC and VVC (JCTVC-L1100, JVET-T2010) in place of one polynomial.
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
 * BD-PSNR: dB that the tested curve is above the anchor at equal rate; the mean over the logarithms of the rates that both cover.
 *
 * @returns undefined if the curves share no range of rates
 */
export function bdQuality(anchor: readonly RatePoint[], test: readonly RatePoint[]): Delta | undefined {
  const a = curves(anchor);
  const b = curves(test);
  const delta = meanDifference({ x: a.logRates, y: a.qualities }, { x: b.logRates, y: b.qualities });
  return delta && { ...delta, from: 10 ** delta.from, to: 10 ** delta.to };
}

/** Quality of a curve at a rate, by the same interpolation; undefined outside of the curve. */
export function qualityAt(points: readonly RatePoint[], rate: number): number | undefined {
  const { logRates, qualities } = curves(points);
  const x = Math.log10(rate);
  if (logRates.length < 2 || x < logRates[0] || x > logRates[logRates.length - 1]) return undefined;
  return new Pchip(logRates, qualities).at(x);
}

/** Rate of a curve at a quality, by the same interpolation; undefined outside of the curve. */
export function rateAt(points: readonly RatePoint[], quality: number): number | undefined {
  const { logRates, qualities } = curves(points);
  if (qualities.length < 2 || quality < qualities[0] || quality > qualities[qualities.length - 1]) return undefined;
  return 10 ** new Pchip(qualities, logRates).at(quality);
}
