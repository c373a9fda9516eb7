/** Writes the result files of a benchmark, except `rows.csv`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readImage } from '../../image/files/read-image.ts';
import { writeImage } from '../../image/files/write-image.ts';
import type { Crop } from '../measure/crops.ts';
import type { BenchResult } from './bench-result.ts';
import { toCompressAi } from './compressai.ts';
import { qualityMeasure } from './quality-measures.ts';
import { reportHtml } from './report-html.ts';
import { drawPlots, type ReportPlots } from './report-plots.ts';
import { toMarkdown } from './table.ts';
import { summaryTables } from './tables.ts';

/** Number of PNG pixels for one SVG pixel of a plot. */
const PNG_SCALE = 2;

/** Writes `results.json`, `compressai/CODEC.json` and `tables.md`. */
export function writeFigures(out: string, result: BenchResult): void {
  writeJson(join(out, 'results.json'), result);
  mkdirSync(join(out, 'compressai'), { recursive: true });
  for (const curve of result.codecs) {
    const results = toCompressAi(curve, result.images.length);
    if (results) writeJson(join(out, 'compressai', `${curve.codec}.json`), results);
  }
  writeFileSync(join(out, 'tables.md'), [...leftOutLines(result), ...summaryTables(result).map(toMarkdown)].join('\n'));
}

/** What the tables leave out, as a list in Markdown. */
function leftOutLines({ leftOut }: BenchResult): string[] {
  return leftOut.length === 0 ? [] : [`**Left out.**\n\n${leftOut.map((line) => `- ${line}`).join('\n')}\n`];
}

/**
 * Writes `report.html`, and the plots as `plots/NAME.svg` and `plots/NAME.png`.
 *
 * @throws DdpmError `ERR_DDPM_DEPENDENCY` if vega and vega-lite are not installed
 */
export async function writeReport(out: string, result: BenchResult, crops: readonly Crop[]): Promise<void> {
  const folder = join(out, 'plots');
  mkdirSync(folder, { recursive: true });
  const plots = await drawPlots(result);
  for (const [name, svg] of plotFiles(plots)) {
    await writePlot(join(folder, name), svg);
  }
  writeFileSync(join(out, 'report.html'), reportHtml(result, plots, crops));
}

/**
 * Writes a plot as SVG and as PNG.
 *
 * @param stem - path without the extension
 */
export async function writePlot(stem: string, svg: string): Promise<void> {
  writeFileSync(`${stem}.svg`, svg);
  writeFileSync(`${stem}.png`, await rasterise(svg));
}

/** The plots that are files of their own; SVG by file name. */
function plotFiles({ curves, images }: ReportPlots): Map<string, string> {
  const found = new Map<string, string>();
  for (const { measure, averaged, scale, counted, svg } of curves) {
    const { slug } = qualityMeasure(measure);
    const isFirst = averaged === curves.find((plot) => plot.measure === measure)?.averaged;
    if (scale !== 'log') continue;
    if (counted === 'file') found.set(isFirst ? slug : `${slug}-at-equal-${averaged}`, svg);
    else if (isFirst && measure === 'psnr') found.set('psnr-without-fixed-cost', svg);
  }
  if (images !== undefined) found.set('images', images);
  return found;
}

/** Converts an SVG to a PNG of twice the size, for programs that cannot show SVG. */
async function rasterise(svg: string): Promise<Uint8Array> {
  const enlarged = svg.replace(
    /width="(\d+(?:\.\d+)?)" height="(\d+(?:\.\d+)?)"/,
    (_, width: string, height: string) => {
      return `width="${Number(width) * PNG_SCALE}" height="${Number(height) * PNG_SCALE}"`;
    },
  );
  return writeImage(await readImage(new TextEncoder().encode(enlarged)), 'png');
}

/** Writes JSON. Numbers that are not finite become null. */
function writeJson(path: string, value: object): void {
  writeFileSync(path, `${JSON.stringify(value, null, 1)}\n`);
}
