/** Bjøntegaard deltas: average differences between two rate-distortion curves. */
import type { Pchip } from './pchip.ts';
import { RateCurve, type RatePoint } from './rate-curve.ts';

/** A mean difference between two curves over the range that both cover. */
export interface Delta {
  /** The difference. A negative difference of rates, or a positive one of qualities, means better than the anchor. */
  readonly value: number;
  /** Start of the range: a quality for a difference of rates, a rate for a difference of qualities. */
  readonly from: number;
  /** End of the range. */
  readonly to: number;
}

/** A function and the interval in which it is given. */
interface Piece {
  readonly ends: readonly [number, number];
  readonly values: Pchip;
}

/** Mean difference between two functions over the interval in which both are given; undefined if there is none. */
function meanDifference(anchor: Piece, test: Piece): Delta | undefined {
  const from = Math.max(anchor.ends[0], test.ends[0]);
  const to = Math.min(anchor.ends[1], test.ends[1]);
  if (!(to > from)) return undefined;
  const difference = test.values.integral(from, to) - anchor.values.integral(from, to);
  return { value: difference / (to - from), from, to };
}

/** {@link bdRate} of two curves. */
export function rateDelta(anchor: RateCurve, test: RateCurve): Delta | undefined {
  const piece = ({ qualities, byQuality }: RateCurve): Piece => ({ ends: qualities, values: byQuality });
  const delta = meanDifference(piece(anchor), piece(test));
  return delta && { ...delta, value: (10 ** delta.value - 1) * 100 };
}

/** {@link bdQuality} of two curves. */
export function qualityDelta(anchor: RateCurve, test: RateCurve): Delta | undefined {
  const piece = ({ logRates, byRate }: RateCurve): Piece => ({ ends: logRates, values: byRate });
  const delta = meanDifference(piece(anchor), piece(test));
  return delta && { ...delta, from: 10 ** delta.from, to: 10 ** delta.to };
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
  return betweenPoints(rateDelta, anchor, test);
}

/**
 * BD-PSNR: how many dB the tested curve is above the anchor at equal rate; the mean over the logarithm of the rate, in
 * the range that both curves cover.
 *
 * @returns undefined if the curves share no range of rates
 */
export function bdQuality(anchor: readonly RatePoint[], test: readonly RatePoint[]): Delta | undefined {
  return betweenPoints(qualityDelta, anchor, test);
}

function betweenPoints(
  delta: typeof rateDelta,
  anchor: readonly RatePoint[],
  test: readonly RatePoint[],
): Delta | undefined {
  const [a, b] = [RateCurve.through(anchor), RateCurve.through(test)];
  return a && b && delta(a, b);
}
