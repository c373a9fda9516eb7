/** Makes the plot of rate against a measure of quality, as a Vega-Lite specification. */
import type { PlotSpec } from '../../analysis/plot-svg.ts';
import { isOurs } from '../bench-types.ts';
import { type BenchResult, isPlotted } from './bench-result.ts';
import {
  heightEncoding,
  heightOf,
  type LineRates,
  PLOT_CONFIG,
  type RateScale,
  rateDomain,
  rateEncoding,
  STYLES,
  shownValue,
  tipOf,
} from './plot-style.ts';
import { type MeasureName, type QualityMeasure, qualityMeasure } from './quality-measures.ts';
import { type Curve, commonPoints } from './summary.ts';

/** What a point of a curve stands for: all pictures at one rate, or all pictures at one setting of the codec. */
export type Averaged = 'rate' | 'setting';

/** Options of {@link ratePlot}. */
export interface PlotOptions {
  /** Quality measure on the vertical axis. */
  readonly measure: MeasureName;
  /**
   * `rate`: means of the pictures' curves at each rate that all pictures reach; where there are fewer than two such
   * rates, thin, at those that half of them reach. `setting`: means at each setting that all pictures have, as most
   * papers draw them.
   */
  readonly averaged: Averaged;
  /** Scale of the rate axis. */
  readonly scale: RateScale;
  /** Whether to count bits without the fixed cost of each format; default false. */
  readonly withoutFixed?: boolean;
  /** In pixels; default 640. */
  readonly width?: number;
  /** In pixels; default 400. */
  readonly height?: number;
}

interface LinePoint {
  readonly bpp: number;
  /** On the vertical axis. */
  readonly value: number;
  /** Number of pictures; 0 for a published point. */
  readonly pictures: number;
  readonly isOfAll: boolean;
}

interface Line extends LineRates {
  readonly name: string;
  readonly colour: string;
  readonly dash: readonly number[];
  readonly points: readonly LinePoint[];
}

const REFERENCE_STYLES = ['#000000', '#56b4e9', '#5b4b8a', '#8a6d3b'].map((colour) => ({ colour, dash: [1, 3] }));

/** Number of images that have values of a measure; 0 if there are none. */
function imagesWith({ measures }: BenchResult, name: MeasureName): number {
  return measures.find(({ measure }) => measure === name)?.images ?? 0;
}

/** Means of a codec, as `bpp` and quality. */
function meansOf(
  { means, points }: Curve,
  { measure, averaged, withoutFixed = false }: PlotOptions,
  images: number,
): readonly { readonly bpp: number; readonly quality: number | null; readonly pictures: number }[] {
  if (averaged === 'rate') {
    const found = means.find((one) => one.measure === measure);
    const list = (withoutFixed ? found?.atRatesWithoutFixed : found?.atRates) ?? [];
    const ofAll = list.filter(({ pictures }) => pictures === images);
    return ofAll.length >= 2 ? ofAll : list;
  }
  return commonPoints(points, images).map((point) => ({
    bpp: withoutFixed ? point.bppWithoutFixed : point.bpp,
    quality: point[measure],
    pictures: images,
  }));
}

function measuredLines(result: BenchResult, options: PlotOptions, measure: QualityMeasure): Line[] {
  const all = options.averaged === 'rate' ? imagesWith(result, measure.name) : result.images.length;
  return result.codecs.filter(isPlotted).map((curve) => ({
    name: curve.label,
    colour: STYLES[curve.codec].colour,
    dash: STYLES[curve.codec].dash ?? [1, 0],
    isRival: !isOurs(curve.codec),
    points: meansOf(curve, options, all).flatMap(({ bpp, quality, pictures }) => {
      const value = heightOf(quality, measure);
      return value === null || bpp <= 0 ? [] : [{ bpp, value, pictures, isOfAll: pictures === all }];
    }),
  }));
}

function publishedLines({ references }: BenchResult, { measure, withoutFixed }: PlotOptions): Line[] {
  if (measure !== 'psnr' || withoutFixed) return [];
  return references.map(({ name, points }, i) => ({
    name,
    ...REFERENCE_STYLES[i % REFERENCE_STYLES.length],
    isRival: false,
    points: points.map(({ bpp, psnr }) => ({ bpp, value: psnr, pictures: 0, isOfAll: true })),
  }));
}

/** Whether any codec has a mean to plot. */
export function hasPlot(result: BenchResult, options: Pick<PlotOptions, 'measure' | 'averaged'>): boolean {
  const lines = measuredLines(result, { ...options, scale: 'log' }, qualityMeasure(options.measure));
  return lines.some(({ points }) => points.length > 0);
}

/**
 * The means that a plot can show: first those that it shows by default. At equal setting only if every codec has two
 * settings or more that all pictures have.
 */
export function averagings(result: BenchResult, measure: MeasureName): Averaged[] {
  const lines = measuredLines(result, { measure, averaged: 'setting', scale: 'log' }, qualityMeasure(measure));
  const isCommon = lines.every(({ points }) => points.length >= 2);
  return (isCommon ? (['setting', 'rate'] as const) : (['rate'] as const)).filter((averaged) =>
    hasPlot(result, { measure, averaged }),
  );
}

function encodingOf(
  lines: readonly Line[],
  x: object,
  y: object,
): { x: object; y: object; color: object; strokeDash: object } {
  const legend = { title: null, orient: 'right', symbolType: 'stroke', symbolOpacity: 1 };
  const domain = lines.map(({ name }) => name);
  const byName = { field: 'name', type: 'nominal', legend };
  return {
    x,
    y,
    color: { ...byName, scale: { domain, range: lines.map(({ colour }) => colour) } },
    strokeDash: { ...byName, scale: { domain, range: lines.map(({ dash }) => dash) } },
  };
}

/** Plots rate against quality, with a line for each codec and each published curve. */
export function ratePlot(result: BenchResult, options: PlotOptions): PlotSpec {
  const { averaged, scale, withoutFixed = false, width = 640, height = 400 } = options;
  const measure = qualityMeasure(options.measure);
  const lines = [...measuredLines(result, options, measure), ...publishedLines(result, options)].filter(
    ({ points }) => points.length > 0,
  );
  const domain = rateDomain(lines, scale);
  const isInside = ({ bpp }: LinePoint): boolean => bpp >= domain[0] && bpp <= domain[1];
  const inside = lines.flatMap(({ points }) => points.filter(isInside).map(({ value }) => value));
  const x = rateEncoding(domain, scale, withoutFixed);
  const encoding = encodingOf(lines, x, heightEncoding(inside, measure));
  // What lies outside is not drawn, but for the first point on either side, to which a line runs.
  const isDrawn = (_: LinePoint, i: number, points: readonly LinePoint[]): boolean =>
    points.slice(Math.max(0, i - 1), i + 2).some(isInside);
  const values = lines.flatMap(({ name, points }) =>
    points.filter(isDrawn).map(({ bpp, value, pictures, isOfAll }) => {
      const count = averaged === 'rate' && pictures > 0 ? `, mean of ${pictures} pictures` : '';
      return { name, bpp, value, isOfAll, tip: tipOf(name, bpp, shownValue(value, measure)) + count };
    }),
  );
  const size = { condition: { test: 'datum.isOfAll', value: 34 }, value: 12 };
  const ofAll = [{ filter: 'datum.isOfAll' }];
  const line = { type: 'line', clip: true };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 10,
    width,
    height,
    config: PLOT_CONFIG,
    data: { values },
    layer: [
      { mark: { ...line, strokeWidth: 1, opacity: 0.6 }, encoding },
      { mark: { ...line, strokeWidth: 2.2 }, encoding, transform: ofAll },
      {
        mark: { type: 'point', clip: true, filled: true, opacity: 1 },
        encoding: { x: encoding.x, y: encoding.y, color: encoding.color, size, description: { field: 'tip' } },
      },
    ],
  } as PlotSpec;
}
