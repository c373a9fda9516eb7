/** Makes the plots of rate against quality, as Vega-Lite specifications. */
import type { PlotSpec } from '../../analysis/plot-svg.ts';
import { type CodecName, isOurs, type Row } from '../bench-types.ts';
import { type BenchResult, ourCurve } from './bench-result.ts';
import { imageDeltas } from './deltas.ts';
import type { MeanPoint } from './summary.ts';
import { isPlotted } from './tables.ts';

/** Quality measure on the vertical axis. */
export type PlotMetric = 'psnr' | 'ssim' | 'msSsim';

/** Options of {@link ratePlot}. */
export interface PlotOptions {
  readonly metric: PlotMetric;
  /** Scale of the rate axis. */
  readonly scale: 'log' | 'linear';
  /** Whether to count bits without the fixed cost of each format; default false. */
  readonly withoutFixed?: boolean;
  /** In pixels; default 640. */
  readonly width?: number;
  /** In pixels; default 400. */
  readonly height?: number;
}

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
const REFERENCE_STYLES = ['#000000', '#56b4e9', '#5b4b8a', '#8a6d3b'].map((colour) => ({ colour, dash: [1, 3] }));

const RATE_TICKS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20];
/** Distances from 1 at which the axis of a similarity has ticks. */
const SIMILARITY_TICKS = [0.9, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001];
/**
 * Lowest rate on a logarithmic axis, as a share of the rivals' lowest rate. The curve of our codec reaches far below
 * it.
 */
const SHOWN_BELOW = 0.2;

interface Series {
  readonly name: string;
  readonly colour: string;
  readonly dash: readonly number[];
  readonly points: readonly { readonly bpp: number; readonly value: number }[];
  /** Whether the series is used to choose the range of rates. */
  readonly isRival: boolean;
}

/**
 * Value of a point on the vertical axis: PSNR, or the distance of a similarity from 1, for a reversed logarithmic axis.
 */
function heightOf(point: Pick<MeanPoint, PlotMetric>, metric: PlotMetric): number | null {
  const value = point[metric];
  if (value === null || !Number.isFinite(value)) return null;
  if (metric === 'psnr') return value;
  return value < 1 ? 1 - value : null;
}

function seriesOf(result: BenchResult, { metric, withoutFixed = false }: PlotOptions): Series[] {
  const measured = result.codecs.filter(isPlotted).map(({ codec, label, points }) => ({
    name: label,
    colour: STYLES[codec].colour,
    dash: STYLES[codec].dash ?? [1, 0],
    isRival: !isOurs(codec),
    points: points.flatMap((point) => {
      const value = heightOf(point, metric);
      return value === null ? [] : [{ bpp: withoutFixed ? point.bppWithoutFixed : point.bpp, value }];
    }),
  }));
  const published = metric === 'psnr' && !withoutFixed ? result.references : [];
  const references = published.map(({ name, points }, i) => ({
    name,
    ...REFERENCE_STYLES[i % REFERENCE_STYLES.length],
    isRival: false,
    points: points.map(({ bpp, psnr }) => ({ bpp, value: psnr })),
  }));
  return [...measured, ...references].filter(({ points }) => points.length > 0);
}

/** The range of rates to show. */
function rateDomain(series: readonly Series[], scale: 'log' | 'linear'): [number, number] {
  const positive = series.map((one) => ({ ...one, rates: one.points.map(({ bpp }) => bpp).filter((bpp) => bpp > 0) }));
  const rivals = positive.filter(({ isRival }) => isRival);
  const considered = (rivals.length > 0 ? rivals : positive).flatMap(({ rates }) => rates);
  const highest = Math.max(...positive.flatMap(({ rates }) => rates));
  return scale === 'log' ? [Math.min(...considered) * SHOWN_BELOW, highest * 1.1] : [0, highest * 1.02];
}

const METRIC_TITLES: Readonly<Record<PlotMetric, string>> = {
  psnr: 'PSNR (dB)',
  ssim: 'SSIM (spaced by log of 1 − SSIM)',
  msSsim: 'MS-SSIM (spaced by log of 1 − MS-SSIM)',
};

/** Encoding of the vertical axis; covers the points within the range of rates. */
function heightEncoding(series: readonly Series[], metric: PlotMetric, [low, high]: readonly [number, number]): object {
  const values = series.flatMap(({ points }) =>
    points.filter(({ bpp }) => bpp >= low && bpp <= high).map(({ value }) => value),
  );
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const title = METRIC_TITLES[metric];
  if (metric === 'psnr') {
    const domain = [Math.floor(least - 0.5), Math.ceil(most + 0.5)];
    return { field: 'value', type: 'quantitative', title, scale: { domain, zero: false, nice: false } };
  }
  const domain = [Math.min(1, most * 1.1), least * 0.9];
  const ticks = SIMILARITY_TICKS.filter((tick) => tick <= domain[0] && tick >= domain[1]);
  const axis = { values: ticks, labelExpr: "format(1 - datum.value, '.4~f')" };
  return {
    field: 'value',
    type: 'quantitative',
    title,
    axis,
    scale: { type: 'log', domain: [domain[1], domain[0]], reverse: true },
  };
}

/** Encoding of the rate axis. */
function rateEncoding(domain: readonly [number, number], scale: 'log' | 'linear', withoutFixed: boolean): object {
  const what = `${withoutFixed ? 'rate without fixed cost' : 'rate'} (bits per pixel${scale === 'log' ? ', log scale' : ''})`;
  const ticks = RATE_TICKS.filter((tick) => tick >= domain[0] && tick <= domain[1]);
  const axis = scale === 'log' ? { values: ticks, format: '~g' } : { tickCount: 8 };
  return { field: 'bpp', type: 'quantitative', title: what, axis, scale: { type: scale, domain, nice: false } };
}

/** Fonts, sizes and greys of all plots, as Vega's `config`. */
export const PLOT_CONFIG = {
  font: 'sans-serif',
  axis: { labelFontSize: 12, titleFontSize: 13, titleFontWeight: 'normal', gridColor: '#e4e4e4', titlePadding: 8 },
  legend: { labelFontSize: 12, labelLimit: 0, symbolStrokeWidth: 2.5, symbolSize: 300 },
  view: { stroke: '#bbbbbb' },
};

/** Text that the reader sees for a point; it is the accessible name of the mark in the SVG. */
function tipOf(name: string, bpp: number, shown: string): string {
  return `${name}: ${shown} at ${Number(bpp.toPrecision(4))} bpp`;
}

function shownValue(value: number, metric: PlotMetric): string {
  if (metric === 'psnr') return `${value.toFixed(2)} dB`;
  return `${metric === 'ssim' ? 'SSIM' : 'MS-SSIM'} ${(1 - value).toFixed(4)}`;
}

/** Whether any codec has values of this quality measure. */
export function hasMetric(result: BenchResult, metric: PlotMetric): boolean {
  return seriesOf(result, { metric, scale: 'log' }).length > 0;
}

/** Plots rate against quality, with a line for each codec and each published curve. */
export function ratePlot(result: BenchResult, options: PlotOptions): PlotSpec {
  const { metric, scale, withoutFixed = false, width = 640, height = 400 } = options;
  const series = seriesOf(result, options);
  const domain = rateDomain(series, scale);
  const values = series.flatMap(({ name, points }) =>
    points
      .filter(({ bpp }) => bpp > 0)
      .map(({ bpp, value }) => ({ name, bpp, value, tip: tipOf(name, bpp, shownValue(value, metric)) })),
  );
  const names = series.map(({ name }) => name);
  const legend = { title: null, orient: 'right', symbolType: 'stroke' };
  const encoding = {
    x: rateEncoding(domain, scale, withoutFixed),
    y: heightEncoding(series, metric, domain),
    color: {
      field: 'name',
      type: 'nominal',
      scale: { domain: names, range: series.map(({ colour }) => colour) },
      legend,
    },
    strokeDash: {
      field: 'name',
      type: 'nominal',
      scale: { domain: names, range: series.map(({ dash }) => dash) },
      legend,
    },
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 10,
    width,
    height,
    config: PLOT_CONFIG,
    data: { values },
    layer: [
      { mark: { type: 'line', clip: true, strokeWidth: 2 }, encoding },
      {
        mark: { type: 'point', clip: true, filled: true, size: 34, opacity: 1 },
        encoding: { x: encoding.x, y: encoding.y, color: encoding.color, description: { field: 'tip' } },
      },
    ],
  } as PlotSpec;
}

/** Largest number of panels in the plot of single images. */
const MAX_PANELS = 12;

/**
 * The images to show in panels, with the BD-rate of our codec against the anchor. If there are too many images, chooses
 * evenly spaced ones in the order from best to worst BD-rate.
 */
export function panelImages(result: BenchResult): { readonly name: string; readonly delta: number | undefined }[] {
  const ours = ourCurve(result.codecs);
  const anchor = result.deltas[0]?.anchor;
  const deltas = ours && anchor ? imageDeltas(anchor, ours.codec, result.rows) : new Map<string, number>();
  const all = result.images.map(({ name }) => ({ name, delta: deltas.get(name) }));
  if (all.length <= MAX_PANELS) return all;
  const sorted = all.sort((a, b) => (a.delta ?? 0) - (b.delta ?? 0));
  return Array.from({ length: MAX_PANELS }, (_, i) => sorted[Math.round((i * (sorted.length - 1)) / (MAX_PANELS - 1))]);
}

function panelTitle({ name, delta }: { name: string; delta: number | undefined }): string {
  if (delta === undefined) return name;
  return `${name}  (${delta < 0 ? '−' : '+'}${Math.abs(delta).toFixed(0)} %)`;
}

/** The points in the panels; real files only. */
function panelValues(result: BenchResult, panels: ReturnType<typeof panelImages>): object[] {
  const labels = new Map(result.codecs.filter(isPlotted).map(({ codec, label }) => [codec, label]));
  const titles = new Map(panels.map((panel) => [panel.name, panelTitle(panel)]));
  const isShown = ({ image, codec, kind, psnr }: Row): boolean =>
    titles.has(image) && labels.has(codec) && kind === 'real' && Number.isFinite(psnr);
  return result.rows.filter(isShown).map(({ image, codec, bpp, psnr }) => {
    const name = labels.get(codec) as string;
    return {
      panel: titles.get(image),
      name,
      bpp,
      value: psnr,
      tip: tipOf(`${image}, ${name}`, bpp, `${psnr.toFixed(2)} dB`),
    };
  });
}

/** Plots rate against PSNR of single images, because means can hide failures. */
export function imagesPlot(result: BenchResult): PlotSpec {
  const panels = panelImages(result);
  const curves = result.codecs.filter((curve) => isPlotted(curve) && curve.kind === 'real');
  const domain = rateDomain(
    seriesOf({ ...result, codecs: curves, references: [] }, { metric: 'psnr', scale: 'log' }),
    'log',
  );
  const names = curves.map(({ label }) => label);
  const x = rateEncoding(domain, 'log', false) as { axis: object };
  const encoding = {
    x: { ...x, title: 'bits per pixel (log scale)', axis: { ...x.axis, labelOverlap: true } },
    y: { field: 'value', type: 'quantitative', title: 'PSNR (dB)', scale: { zero: false } },
    color: {
      field: 'name',
      type: 'nominal',
      scale: { domain: names, range: curves.map(({ codec }) => STYLES[codec].colour) },
      legend: { title: null, orient: 'top', symbolType: 'stroke' },
    },
  };
  const layer = [
    { mark: { type: 'line', clip: true, strokeWidth: 1.5 }, encoding },
    {
      mark: { type: 'point', clip: true, filled: true, size: 14, opacity: 1 },
      encoding: { ...encoding, description: { field: 'tip' } },
    },
  ];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 10,
    config: PLOT_CONFIG,
    data: { values: panelValues(result, panels) },
    facet: {
      field: 'panel',
      type: 'nominal',
      title: null,
      sort: panels.map(panelTitle),
      header: { labelFontSize: 12 },
    },
    columns: 4,
    spacing: 14,
    spec: { width: 190, height: 140, layer },
  } as PlotSpec;
}
