/** Computes Bjøntegaard deltas of codecs against an anchor: of every picture, and their means. */

import type { CodecName } from '../bench-types.ts';
import { type Delta, qualityDelta, rateDelta } from './bjontegaard.ts';
import type { CurveSet, PictureCurves } from './picture-curves.ts';
import type { MeasureName } from './quality-measures.ts';
import type { RateCurve } from './rate-curve.ts';
import { mean, type Spread, spreadOf } from './spread.ts';

/** A mean of the deltas of all pictures that have one; its range is the mean of theirs. */
export interface MeanDelta extends Delta {
  /** Null for a comparison with a published curve, which is that of two mean curves. */
  readonly spread: Spread | null;
}

/** Comparison of a codec with an anchor in one measure. Differences are null if no picture has one. */
export interface MeasureDelta {
  readonly measure: MeasureName;
  /** BD-rate in per cent at equal quality; negative: fewer bits. Its range is one of values of the measure. */
  readonly rate: MeanDelta | null;
  /** Like `rate`, but bits are counted without the fixed cost of each format. */
  readonly rateWithoutFixed: MeanDelta | null;
  /** Mean difference of quality at equal rate, on the axis of the measure: positive is better. Its range is in bpp. */
  readonly quality: MeanDelta | null;
  /** Pictures that have curves of both, which share no range of qualities. */
  readonly apart: readonly string[];
}

/** Comparison of a codec with an anchor, in all measures. */
export interface DeltaRow {
  readonly codec: CodecName;
  /** Name of the codec in tables. */
  readonly label: string;
  /** Name of a codec or of a published curve. */
  readonly anchor: string;
  /** Name of the anchor in tables. */
  readonly anchorLabel: string;
  readonly measures: readonly MeasureDelta[];
}

/** Deltas of single pictures, by name. Pictures that lack one of the curves, or whose curves share no range, are missing. */
export function pictureDeltas(
  anchor: CurveSet,
  test: CurveSet,
  delta: (anchor: RateCurve, test: RateCurve) => Delta | undefined,
): Map<string, Delta> {
  const found = new Map<string, Delta>();
  for (const [image, curve] of test) {
    const other = anchor.get(image);
    const difference = other && delta(other, curve);
    if (difference) found.set(image, difference);
  }
  return found;
}

/** The mean of the deltas of some pictures; null if there are none. */
export function meanDelta(deltas: Iterable<Delta>): MeanDelta | null {
  const list = [...deltas];
  if (list.length === 0) return null;
  const of = (key: keyof Delta): number[] => list.map((delta) => delta[key]);
  return { value: mean(of('value')), from: mean(of('from')), to: mean(of('to')), spread: spreadOf(of('value')) };
}

/** Compares a codec with another by the curves of the pictures, in one measure. */
export function measureDelta(
  curves: PictureCurves,
  anchor: CodecName,
  test: CodecName,
  measure: MeasureName,
): MeasureDelta {
  const [a, b] = [anchor, test].map((codec) => curves.of(codec, measure));
  const payload = [anchor, test].map((codec) => curves.of(codec, measure, 'payload'));
  const rates = pictureDeltas(a, b, rateDelta);
  return {
    measure,
    rate: meanDelta(rates.values()),
    rateWithoutFixed: meanDelta(pictureDeltas(payload[0], payload[1], rateDelta).values()),
    quality: meanDelta(pictureDeltas(a, b, qualityDelta).values()),
    apart: [...b.keys()].filter((image) => a.has(image) && !rates.has(image)),
  };
}

/**
 * Compares a mean curve with a published one by PSNR: published curves exist as means alone. Their fixed cost is
 * unknown.
 */
export function publishedDelta(anchor: RateCurve | undefined, test: RateCurve | undefined): MeasureDelta {
  const of = (delta: typeof rateDelta): MeanDelta | null => {
    const found = anchor && test && delta(anchor, test);
    return found ? { ...found, spread: null } : null;
  };
  return { measure: 'psnr', rate: of(rateDelta), rateWithoutFixed: null, quality: of(qualityDelta), apart: [] };
}
