/** Draws plots as SVG with Vega-Lite, whose packages are optional and loaded when the first plot is made. */
import type { AnalysisReport } from './analysis-report.ts';
import { requireVega } from './vega-library.ts';

/** A Vega-Lite specification as a JSON object, with inline data. */
export type PlotSpec = Readonly<Record<string, unknown>>;

/**
 * Draws a Vega-Lite specification. Text remains text in the SVG, in the viewer's sans-serif font.
 *
 * @param spec - must have inline data; nothing is fetched
 * @returns the SVG document
 * @throws DdpmError `ERR_DDPM_DEPENDENCY` naming the command that installs vega and vega-lite, if they are missing
 */
export async function plotSvg(spec: PlotSpec): Promise<string> {
  const { vega, vegaLite } = await requireVega();
  const view = new vega.View(vega.parse(vegaLite.compile(spec as unknown as import('vega-lite').TopLevelSpec).spec), {
    renderer: 'none',
    loader: offlineLoader(),
  });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** A loader that refuses to read anything, because plots must have inline data. */
function offlineLoader(): import('vega').Loader {
  const refuse = async (uri: string): Promise<never> => {
    throw new Error(`a plot reads nothing: ${uri}`);
  };
  return { options: {}, load: refuse, sanitize: refuse, http: refuse, file: refuse } as import('vega').Loader;
}

const PANEL = { width: 260, height: 220 } as const;
// Titles are short because Vega, without a canvas, overestimates the width of text and leaves white space for it.
const STEPS_TITLE = 'reverse process steps (T − t)';
const RATE_TITLE = 'ideal rate (bits/dim)';
const DISTORTION_TITLE = 'RMSE (grey levels 0–255)';

/**
 * Specifies a plot with the three panels of the paper's figure 5: distortion and rate against reverse steps, and
 * distortion against rate.
 *
 * @param report - from an analysis
 */
export function analysisPlot(report: AnalysisReport): PlotSpec {
  const values = report.terms.map(({ reverseSteps, rateBitsPerDim, rmse }) => ({ reverseSteps, rateBitsPerDim, rmse }));
  const panel = (x: Axis, y: Axis): object => ({
    ...PANEL,
    mark: { type: 'line', ...(values.length < 80 && { point: { size: 14 } }) },
    encoding: { x: encodingOf(x), y: encodingOf(y) },
  });
  const steps: Axis = ['reverseSteps', STEPS_TITLE];
  const rate: Axis = ['rateBitsPerDim', RATE_TITLE];
  const rmse: Axis = ['rmse', DISTORTION_TITLE];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: titleOf(report), subtitle: subtitleOf(report), anchor: 'start', offset: 14 },
    background: 'white',
    padding: 12,
    data: { values },
    hconcat: [panel(steps, rmse), panel(steps, rate), panel(rate, rmse)],
    spacing: 30,
  } as PlotSpec;
}

/** Field and title of an axis. */
type Axis = readonly [field: string, title: string];

function encodingOf([field, title]: Axis): object {
  return { field, type: 'quantitative', title, axis: { tickCount: 6 }, scale: { zero: true } };
}

function titleOf({ model, images, steps, variance }: AnalysisReport): string {
  return `Model ${model}, ${images} ${images === 1 ? 'image' : 'images'}, T = ${steps}, variance ${variance}`;
}

function subtitleOf({ codelength, estimated, terms, steps }: AnalysisReport): string[] {
  const { total, decoder } = codelength;
  const how = estimated ? `estimated from ${terms.length} of ${steps} steps` : `all ${steps} steps`;
  return [
    `Ideal rates (relative entropy; no bitstream was made), ${how}`,
    `Lossless ${total.toFixed(3)} bits/dim, of which L₀ ${decoder.toFixed(3)}`,
  ];
}
