/** Means of the curves of all pictures at equal rate and at equal quality. */
import type { CodecName } from '../bench-types.ts';
import type { PictureCurves } from './picture-curves.ts';
import { type MeasureName, type QualityMeasure, qualityMeasure } from './quality-measures.ts';
import type { RateCurve } from './rate-curve.ts';
import { mean } from './spread.ts';

/** A mean over the pictures whose curves reach a rate or a quality. */
export interface CurveMean {
  /** In bits per pixel. */
  readonly bpp: number;
  /** In the unit of the measure. */
  readonly quality: number;
  /** Number of pictures that the mean stands for. */
  readonly pictures: number;
}

/** Means of the curves of a codec in one measure. */
export interface CurveMeans {
  readonly measure: MeasureName;
  /** Number of pictures that have a curve. */
  readonly pictures: number;
  /** Mean quality at each rate of the grid: 1, 1.25, 1.6, 2, 2.5, 3, 4, 5, 6 and 8 in each decade; ascending. */
  readonly atRates: readonly CurveMean[];
  /** The same, with rates that leave out the fixed cost of each file. */
  readonly atRatesWithoutFixed: readonly CurveMean[];
  /** Geometric mean of the rate at each of the measure's levels. */
  readonly atLevels: readonly CurveMean[];
}

const DECADES = [-4, -3, -2, -1, 0, 1];
const STEPS = [1, 1.25, 1.6, 2, 2.5, 3, 4, 5, 6, 8];

/** Rates in bits per pixel at which qualities are averaged: ten a decade, from 0.0001 to 80. */
export const RATES: readonly number[] = Object.freeze(
  DECADES.flatMap((decade) => STEPS.map((step) => Number(`${step}e${decade}`))),
);

/**
 * Whether a mean stands for enough pictures to be shown: at least half of those that have values of the measure. Fewer
 * would say more about which pictures these are than about the codec.
 */
export function isShown(pictures: number, all: number): boolean {
  return pictures > 0 && 2 * pictures >= all;
}

/** Mean quality of the curves at each rate that enough of `all` pictures reach. Nothing is extrapolated. */
export function meansAtRates(curves: Iterable<RateCurve>, measure: QualityMeasure, all: number): CurveMean[] {
  const list = [...curves];
  return RATES.flatMap((bpp) => {
    const values = list.flatMap((curve) => {
      const position = curve.qualityAt(bpp);
      return position === undefined ? [] : [measure.axis.value(position)];
    });
    return isShown(values.length, all) ? [{ bpp, quality: mean(values), pictures: values.length }] : [];
  });
}

/** Geometric mean of the rates of the curves at each level that enough of `all` pictures reach. */
export function meansAtLevels(curves: Iterable<RateCurve>, measure: QualityMeasure, all: number): CurveMean[] {
  const list = [...curves];
  return measure.levels.flatMap((quality) => {
    const position = measure.axis.position(quality) as number;
    const logs = list.flatMap((curve) => {
      const rate = curve.rateAt(position);
      return rate === undefined ? [] : [Math.log(rate)];
    });
    return isShown(logs.length, all) ? [{ bpp: Math.exp(mean(logs)), quality, pictures: logs.length }] : [];
  });
}

/**
 * Means of a codec's curves in one measure.
 *
 * @param all - number of pictures that have values of the measure
 */
export function curveMeans(curves: PictureCurves, codec: CodecName, name: MeasureName, all: number): CurveMeans {
  const measure = qualityMeasure(name);
  const [file, payload] = (['file', 'payload'] as const).map((counted) => [
    ...curves.of(codec, name, counted).values(),
  ]);
  return {
    measure: name,
    pictures: file.length,
    atRates: meansAtRates(file, measure, all),
    atRatesWithoutFixed: meansAtRates(payload, measure, all),
    atLevels: meansAtLevels(file, measure, all),
  };
}
