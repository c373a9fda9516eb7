/** Draws the plots of a report, each once. */
import { plotSvg } from '../../analysis/plot-svg.ts';
import type { BenchResult } from './bench-result.ts';
import { imagesPlot } from './images-plot.ts';
import type { Counted } from './picture-curves.ts';
import type { RateScale } from './plot-style.ts';
import type { MeasureName } from './quality-measures.ts';
import { type Averaged, averagings, ratePlot } from './rate-plot.ts';

/** A plot of rate and quality, and what it shows. */
export interface DrawnPlot {
  readonly measure: MeasureName;
  readonly averaged: Averaged;
  readonly scale: RateScale;
  readonly counted: Counted;
  readonly svg: string;
}

/** The plots of a report. */
export interface ReportPlots {
  /** By measure; of each the means that it shows by default come first, logarithmic and with whole files. */
  readonly curves: readonly DrawnPlot[];
  /** The plot of single images; undefined for one image. */
  readonly images: string | undefined;
}

/**
 * Draws all plots.
 *
 * @throws DdpmError `ERR_DDPM_DEPENDENCY` if vega and vega-lite are not installed
 */
export async function drawPlots(result: BenchResult): Promise<ReportPlots> {
  const curves: DrawnPlot[] = [];
  for (const { measure } of result.measures) {
    for (const averaged of averagings(result, measure)) {
      for (const scale of ['log', 'linear'] as const) {
        for (const counted of ['file', 'payload'] as const) {
          const spec = ratePlot(result, { measure, averaged, scale, withoutFixed: counted === 'payload' });
          curves.push({ measure, averaged, scale, counted, svg: await plotSvg(spec) });
        }
      }
    }
  }
  const images = result.images.length > 1 ? await plotSvg(imagesPlot(result)) : undefined;
  return { curves, images };
}
