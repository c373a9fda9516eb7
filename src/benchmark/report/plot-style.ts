/** Colours, fonts and axes that the plots of rate and quality have in common. */
import type { CodecName } from '../bench-types.ts';
import type { QualityMeasure } from './quality-measures.ts';

/**
 * Colours that colour-blind people can distinguish (Okabe & Ito 2008). Dashed lines are for rates without real files.
 */
export const STYLES: { readonly [codec in CodecName]: { readonly colour: string; readonly dash?: readonly number[] } } =
  {
    ddpm: { colour: '#d55e00' },
    'ddpm-file': { colour: '#e69f00' },
    'ddpm-lossless': { colour: '#d55e00' },
    'ddpm-ideal': { colour: '#d55e00', dash: [4, 3] },
    jpeg: { colour: '#7a7a7a' },
    webp: { colour: '#009e73' },
    avif: { colour: '#0072b2' },
    jxl: { colour: '#cc79a7' },
    png: { colour: '#000000' },
    'webp-lossless': { colour: '#000000' },
    'jxl-lossless': { colour: '#000000' },
  };

/** Fonts, sizes and greys of all plots, as Vega's `config`. */
export const PLOT_CONFIG = {
  font: 'sans-serif',
  axis: { labelFontSize: 12, titleFontSize: 13, titleFontWeight: 'normal', gridColor: '#e4e4e4', titlePadding: 8 },
  legend: { labelFontSize: 12, labelLimit: 0, symbolStrokeWidth: 2.5, symbolSize: 300 },
  view: { stroke: '#bbbbbb' },
};

/**
 * A plot in panels, one for each value of a field, side by side in rows.
 *
 * @param panel - field of the values, its values in the order of the panels, and the number of panels in a row
 * @param spec - what each panel shows
 */
export function panelPlot(
  values: readonly object[],
  panel: { readonly field: string; readonly sort: readonly string[]; readonly columns: number },
  spec: object,
): object {
  const { field, sort, columns } = panel;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 10,
    config: PLOT_CONFIG,
    data: { values },
    columns,
    facet: { field, type: 'nominal', title: null, sort, header: { labelFontSize: 12 } },
    spec,
  };
}

const RATE_TICKS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20];
/** Distances from 1 at which the axis of a similarity has ticks. */
const SIMILARITY_TICKS = [0.9, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001];
/**
 * Lowest rate on a logarithmic axis, as a share of the rivals' lowest rate. The curve of our codec reaches far below
 * it.
 */
const SHOWN_BELOW = 0.2;

/** Scale of the rate axis. */
export type RateScale = 'log' | 'linear';

/** Rates of a line. */
export interface LineRates {
  /** Whether the line is used to choose the range of rates. */
  readonly isRival: boolean;
  readonly points: readonly { readonly bpp: number }[];
}

/** The range of rates to show. */
export function rateDomain(lines: readonly LineRates[], scale: RateScale): [number, number] {
  const positive = lines.map(({ isRival, points }) => ({
    isRival,
    rates: points.map(({ bpp }) => bpp).filter((bpp) => bpp > 0),
  }));
  const rivals = positive.filter(({ isRival, rates }) => isRival && rates.length > 0);
  const considered = (rivals.length > 0 ? rivals : positive).flatMap(({ rates }) => rates);
  const highest = Math.max(...positive.flatMap(({ rates }) => rates));
  return scale === 'log' ? [Math.min(...considered) * SHOWN_BELOW, highest * 1.1] : [0, highest * 1.02];
}

/** Encoding of the rate axis. */
export function rateEncoding(domain: readonly [number, number], scale: RateScale, withoutFixed: boolean): object {
  const what = `${withoutFixed ? 'rate without fixed cost' : 'rate'} (bits per pixel${scale === 'log' ? ', log scale' : ''})`;
  const ticks = RATE_TICKS.filter((tick) => tick >= domain[0] && tick <= domain[1]);
  const axis = scale === 'log' ? { values: ticks, format: '~g' } : { tickCount: 8 };
  return { field: 'bpp', type: 'quantitative', title: what, axis, scale: { type: scale, domain, nice: false } };
}

/** Where a quality is drawn: the value, or the distance of a similarity from 1. Null where it cannot be drawn. */
export function heightOf(value: number | null, { axis }: QualityMeasure): number | null {
  if (axis.position(value) === null) return null;
  return axis.spacing === 'similarity' ? 1 - (value as number) : value;
}

/** The value that is drawn at a height, as text. */
export function shownValue(height: number, { axis, label, unit, decimals }: QualityMeasure): string {
  const value = axis.spacing === 'similarity' ? 1 - height : height;
  return unit ? `${value.toFixed(decimals)} ${unit}` : `${label} ${value.toFixed(decimals)}`;
}

/** Encoding of the quality axis that covers some heights; better is always higher. */
export function heightEncoding(heights: readonly number[], { axis, label, unit }: QualityMeasure): object {
  const [least, most] = [Math.min(...heights), Math.max(...heights)];
  const encoding = { field: 'value', type: 'quantitative' };
  if (axis.spacing === 'similarity') {
    const domain = [Math.min(1, most * 1.1), least * 0.9];
    const values = SIMILARITY_TICKS.filter((tick) => tick <= domain[0] && tick >= domain[1]);
    return {
      ...encoding,
      title: `${label} (spaced by log of 1 − ${label})`,
      axis: { values, labelExpr: "format(1 - datum.value, '.4~f')" },
      scale: { type: 'log', domain: [domain[1], domain[0]], reverse: true },
    };
  }
  if (axis.spacing === 'reversed') {
    const scale = { domain: [Math.max(0, least * 0.9), most * 1.05], zero: false, nice: false, reverse: true };
    return { ...encoding, title: `${label} (lower is better; axis reversed)`, scale };
  }
  const scale = { domain: [Math.floor(least - 0.5), Math.ceil(most + 0.5)], zero: false, nice: false };
  return { ...encoding, title: unit ? `${label} (${unit})` : label, scale };
}

/** Text that the reader sees for a point; it is the accessible name of the mark in the SVG. */
export function tipOf(name: string, bpp: number, shown: string): string {
  return `${name}: ${shown} at ${Number(bpp.toPrecision(4))} bpp`;
}
