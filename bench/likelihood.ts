/**
 * Measures the default model's ideal code length, and its ideal rate and error by reverse steps, as section 4.3 of Ho,
 * Jain & Abbeel (2020) does: with all steps, and estimates for each variance.
 *
 *   npm run bench:likelihood -- [--json FILE] [--svg FILE] [--limit 16]
 *
 * The first --limit images of test/images/cifar10-test-128.bin. --svg draws the first analysis, as
 * `ddpm-codec analyze --svg` does. Takes 3 minutes.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type AnalyzeOptions, type AnalyzeResult, analysisPlot, analyze, plotSvg } from 'ddpm-codec/analysis';
import { commandLine } from './command-line.ts';
import {
  type Likelihood,
  type LikelihoodReport,
  likelihoodFigures,
  POINT_STEPS,
} from './documents/figures/likelihood.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { CIFAR_PATH, readCifar } from './pictures.ts';

/** Analyses in the order of the table; the first one takes all steps. */
const RUNS: readonly Pick<AnalyzeOptions, 'variance' | 'stride'>[] = [
  { variance: 'beta' },
  { variance: 'beta', stride: 10 },
  { variance: 'beta-tilde', stride: 10 },
  { variance: 'calibrated', stride: 10 },
];
/** Lines of progress of an analysis. */
const PROGRESS_LINES = 10;

const { values } = parseArgs({
  options: { json: { type: 'string' }, svg: { type: 'string' }, limit: { type: 'string', default: '16' } },
});

/** Analyses the images, with lines of progress on standard error. */
async function run(options: AnalyzeOptions): Promise<AnalyzeResult> {
  const name = `${options.variance}, stride ${options.stride ?? 1}`;
  let told = 0;
  const result = await analyze(images, {
    ...options,
    onProgress({ step, steps, fraction }) {
      const part = Math.floor(fraction * PROGRESS_LINES);
      if (part > told) console.error(`${name}: ${step} of ${steps} steps`);
      told = part;
    },
  });
  console.log(`${name}: ${result.codelength.total.toFixed(4)} ideal bits a dimension`);
  return result;
}

/** What is kept of an analysis. */
function likelihoodOf({ variance, estimated, codelength, imperceptible, terms }: AnalyzeResult): Likelihood {
  return { variance, estimated, evaluated: terms.length, codelength, imperceptible };
}

/** Rate and error after some numbers of reverse steps. */
function pointsOf({ terms }: AnalyzeResult): LikelihoodReport['points'] {
  return POINT_STEPS.map((wanted) => {
    const term = terms.find(({ reverseSteps }) => reverseSteps === wanted);
    if (!term) throw new Error(`the analysis has no term after ${wanted} reverse steps`);
    const { reverseSteps, rateBitsPerDim, rmse } = term;
    return { reverseSteps, rateBitsPerDim, rmse };
  });
}

const images = readCifar(CIFAR_PATH, Number(values.limit));
const results: AnalyzeResult[] = [];
for (const options of RUNS) results.push(await run(options));
const [first] = results;
const report: LikelihoodReport = {
  images: images.length,
  steps: first.steps,
  analyses: results.map(likelihoodOf),
  points: pointsOf(first),
};
for (const [name, { text }] of Object.entries(likelihoodFigures(report))) console.log(`${name}: ${text}`);
if (values.svg) writeFileSync(values.svg, await plotSvg(analysisPlot(first)));
if (values.json) writeMeasurement(values.json, commandLine('bench:likelihood'), report);
