/** Makes the plot of single images, because means can hide failures. */
import type { PlotSpec } from '../../analysis/plot-svg.ts';
import { isOurs, type Row } from '../bench-types.ts';
import { type BenchResult, isComparable, ourCurve } from './bench-result.ts';
import { rateDelta } from './bjontegaard.ts';
import { pictureDeltas } from './deltas.ts';
import { PictureCurves } from './picture-curves.ts';
import { panelPlot, rateDomain, rateEncoding, STYLES, shownValue, tipOf } from './plot-style.ts';
import { qualityMeasure } from './quality-measures.ts';

/** Largest number of panels. */
const MAX_PANELS = 12;

/** An image with a panel. */
interface Panel {
  readonly name: string;
  /** BD-rate of our codec against the anchor by PSNR, in per cent; undefined if it has none. */
  readonly delta: number | undefined;
}

/**
 * The images to show in panels, with the BD-rate of our codec against the anchor. If there are too many images, chooses
 * evenly spaced ones in the order from best to worst BD-rate.
 */
export function panelImages(result: BenchResult): Panel[] {
  const ours = ourCurve(result.codecs);
  const anchor = result.codecs.find(({ codec }) => codec === result.deltas[0]?.anchor);
  const curves = new PictureCurves(result.rows);
  const deltas =
    ours && anchor && ours !== anchor
      ? pictureDeltas(curves.of(anchor.codec, 'psnr'), curves.of(ours.codec, 'psnr'), rateDelta)
      : undefined;
  const all = result.images.map(({ name }) => ({ name, delta: deltas?.get(name)?.value }));
  if (all.length <= MAX_PANELS) return all;
  const sorted = all.sort((a, b) => (a.delta ?? 0) - (b.delta ?? 0));
  return Array.from({ length: MAX_PANELS }, (_, i) => sorted[Math.round((i * (sorted.length - 1)) / (MAX_PANELS - 1))]);
}

function panelTitle({ name, delta }: Panel): string {
  if (delta === undefined) return name;
  return `${name}  (${delta < 0 ? '−' : '+'}${Math.abs(delta).toFixed(0)} %)`;
}

/** The points in the panels; real files only. */
function panelRows(result: BenchResult, panels: readonly Panel[]): (Row & { readonly label: string })[] {
  const labels = new Map(result.codecs.filter(isComparable).map(({ codec, label }) => [codec, label]));
  const shown = new Set(panels.map(({ name }) => name));
  return result.rows.flatMap((row) => {
    const label = labels.get(row.codec);
    return label !== undefined && shown.has(row.image) && Number.isFinite(row.psnr) ? [{ ...row, label }] : [];
  });
}

/** Plots rate against PSNR of single images. */
export function imagesPlot(result: BenchResult): PlotSpec {
  const panels = panelImages(result);
  const titles = new Map(panels.map((panel) => [panel.name, panelTitle(panel)]));
  const rows = panelRows(result, panels);
  const curves = result.codecs.filter(isComparable);
  const lines = curves.map(({ codec }) => ({
    isRival: !isOurs(codec),
    points: rows.filter((row) => row.codec === codec),
  }));
  const psnr = qualityMeasure('psnr');
  const values = rows.map(({ image, label, bpp, psnr: value }) => ({
    panel: titles.get(image),
    name: label,
    bpp,
    value,
    tip: tipOf(`${image}, ${label}`, bpp, shownValue(value, psnr)),
  }));
  const x = rateEncoding(rateDomain(lines, 'log'), 'log', false) as { axis: object };
  const encoding = {
    x: { ...x, title: 'bits per pixel (log scale)', axis: { ...x.axis, labelOverlap: true } },
    y: { field: 'value', type: 'quantitative', title: 'PSNR (dB)', scale: { zero: false } },
    color: {
      field: 'name',
      type: 'nominal',
      scale: { domain: curves.map(({ label }) => label), range: curves.map(({ codec }) => STYLES[codec].colour) },
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
  const panel = { field: 'panel', sort: panels.map(panelTitle), columns: 4 };
  return { ...panelPlot(values, panel, { width: 190, height: 140, layer }), spacing: 14 } as PlotSpec;
}
