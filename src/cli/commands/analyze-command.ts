import { type Command, Option } from 'commander';
import type { AnalysisTerm } from '../../analysis/analysis-report.ts';
import { REVERSE_VARIANCES, type ReverseVariance } from '../../analysis/reverse-process.ts';
import type { AnalyzeResult } from '../../api/analyze.ts';
import { defined } from '../../base/defined.ts';
import type { BackendName } from '../../model/backends/backend.ts';
import { assertWritable, writeFileAtomic } from '../../storage/atomic-write.ts';
import { type EngineOptions, givenThreads } from '../command-codec.ts';
import { backendOption, forceOption, noClobberOption, threadsOption, usageError } from '../command-options.ts';
import { type DataSetOptions, dataSetFiles, readDataSet } from '../files/data-set.ts';
import { checkExtension, checkOutputPath } from '../files/output-name.ts';
import { assertNotRead } from '../files/same-file.ts';
import type { Library } from '../library.ts';
import { parseNumber } from '../parse-arguments.ts';
import { type CliIo, STANDARD_STREAM, writeStandardOutput } from '../terminal/cli-io.ts';
import { createProgressView } from '../terminal/progress-view.ts';
import { grouped, seconds } from '../terminal/text-format.ts';

/** Options that `analyze` and `sample` share, as commander gives them. */
export interface ReverseCommandOptions extends Pick<EngineOptions, 'threads'> {
  readonly model?: string;
  readonly backend?: BackendName;
  readonly steps?: number;
  readonly variance?: ReverseVariance;
  /** False with `--no-clip`. */
  readonly clip: boolean;
  readonly seed?: number;
  readonly force?: true;
  /** False with `--no-clobber`. */
  readonly clobber?: boolean;
  readonly quiet?: true;
}

/** Options of the `analyze` command as commander gives them; numbers are parsed but not checked. */
export interface AnalyzeCommandOptions extends ReverseCommandOptions, DataSetOptions {
  readonly stride?: number;
  readonly batch?: number;
  readonly imperceptibleRmse?: number;
  readonly json?: string;
  readonly csv?: string;
  readonly svg?: string;
}

/** Adds the `analyze` command. */
export function addAnalyze(program: Command, library: Library, io: CliIo): void {
  const number = (flags: string, text: string): Option => new Option(flags, text).argParser(parseNumber);
  const variances = "beta, beta-tilde (eq. 7) or calibrated, as in the codec (default: the model's, or beta)";
  const command = program
    .command('analyze')
    .description(
      'Likelihood and rate-distortion of a model on images, step by step (Ho et al. 2020, section 4.3). Ideal rates.',
    )
    .argument('<data...>', 'CIFAR-10 binaries (.bin), image files, folders of either, or quoted globs')
    .addOption(number('--images <n>', 'take the first n images (default: all)'))
    .addOption(number('--steps <n>', 'reverse steps, evenly spaced (default: all that the model was trained with)'))
    .addOption(new Option('--variance <kind>', variances).choices(REVERSE_VARIANCES))
    .addOption(
      number(
        '--stride <k>',
        'evaluate one of up to k steps, drawn at random: an estimate, k times as fast (default: 1)',
      ),
    )
    .addOption(
      number('--batch <n>', 'images that go through the network at a time (default: as many as make 65536 pixels)'),
    )
    .addOption(number('--imperceptible-rmse <x>', 'error in grey levels that counts as imperceptible (default: 0.95)'))
    .option('--json <file>', 'write the report as JSON; - for standard output')
    .option('--csv <file>', 'write a row for each step; - for standard output')
    .option('--svg <file>', 'write distortion and rate as a plot (needs vega and vega-lite); - for standard output')
    .addOption(number('--limit-pixels <n>', 'largest number of pixels of an image (default: 268402689)'));
  addReverseOptions(command).action((inputs: string[], options: AnalyzeCommandOptions) =>
    analyzeCommand(inputs, options, library, io),
  );
}

/** Adds the options that `analyze` and `sample` share. */
export function addReverseOptions(command: Command): Command {
  const number = (flags: string, text: string): Option => new Option(flags, text).argParser(parseNumber);
  return command
    .option('--no-clip', 'do not clamp the estimate of x_0 to [-1, 1]')
    .addOption(number('--seed <n>', 'seed of all noise, 0..4294967295 (default: 0)'))
    .option('--model <model>', 'name, id or weights file of a model (default: the one that is shipped)')
    .addOption(backendOption())
    .addOption(threadsOption())
    .addOption(forceOption())
    .addOption(noClobberOption())
    .option('--quiet', 'print errors only');
}

/**
 * Converts the options that `analyze` and `sample` share to the library's options; keeps only those that were given.
 */
export function reverseOptions(options: ReverseCommandOptions): {
  [key in 'model' | 'steps' | 'variance' | 'seed' | 'backend' | 'clip']?: Exclude<
    ReverseCommandOptions[key],
    undefined
  >;
} & { readonly threads?: number } {
  const { model, backend, steps, variance, clip, seed } = options;
  return defined({ model, backend, steps, variance, seed, clip: clip ? undefined : false, ...givenThreads(options) });
}

/** `ddpm-codec analyze`: prints a summary on standard output and writes the report in up to three formats. */
export async function analyzeCommand(
  inputs: readonly string[],
  options: AnalyzeCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  const files = await dataSetFiles(inputs);
  const outputs = outputsOf(options, files, library);
  if (options.svg !== undefined) await library.requireVega();
  const startMs = io.now();
  const view = createProgressView('analyze', options.quiet === true, io);
  const warn = (text: string): void => {
    view.stop();
    if (!options.quiet) io.stderr.write(`ddpm-codec: warning: ${text}\n`);
  };
  let report: AnalyzeResult;
  try {
    const images = await readDataSet(files, options, { library, io, warn });
    const { stride, batch, imperceptibleRmse } = options;
    report = await library.analyze(images, {
      ...reverseOptions(options),
      ...defined({ stride, batch, imperceptibleRmse }),
      onProgress: (progress) => view.update({ unit: 'step', ...progress }),
    });
  } finally {
    view.stop();
  }
  if (report.cropped > 0) warn(`${report.cropped} images were cut to the centre: the model takes only certain sizes`);
  for (const { path, make } of outputs) {
    const text = await make(report);
    if (path === STANDARD_STREAM) await writeStandardOutput(text, io);
    else await writeFileAtomic(path, Buffer.from(text), { replace: options.clobber !== false });
  }
  if (options.quiet || outputs.some(({ path }) => path === STANDARD_STREAM)) return;
  await writeStandardOutput(`${describeAnalysis(report)}\n${seconds(io.now() - startMs)}\n`, io);
}

interface Output {
  readonly path: string;
  make(report: AnalyzeResult): string | Promise<string>;
}

/** Determines where the report is written. Checks before any work is done that this is possible. */
function outputsOf(options: AnalyzeCommandOptions, inputs: readonly string[], library: Library): Output[] {
  const { clobber, force, model } = options;
  const wanted = [
    ['json', (report) => `${JSON.stringify({ command: 'analyze', ...report }, null, 1)}\n`],
    ['csv', (report) => library.analysisCsv(report)],
    ['svg', (report) => library.plotSvg(library.analysisPlot(report))],
  ] satisfies ['json' | 'csv' | 'svg', Output['make']][];
  const outputs = wanted.flatMap(([format, make]) => {
    const path = options[format];
    if (path === undefined) return [];
    checkOutputPath(`--${format}`, path);
    if (!force) checkExtension(path, [format], format.toUpperCase());
    return [{ path, make }];
  });
  const paths = outputs.map(({ path }) => path);
  if (new Set(paths).size < paths.length) throw usageError('--json, --csv and --svg need different files');
  assertNotRead(paths, model === undefined ? inputs : [...inputs, model]);
  for (const path of paths) if (path !== STANDARD_STREAM) assertWritable(path, { replace: clobber !== false });
  return outputs;
}

/** Number of intervals between the rows of the printed table. */
const TABLE_ROWS = 10;

/**
 * Formats the report for a person: the code length and its parts, the imperceptible share, and a table of rate and
 * distortion.
 */
export function describeAnalysis(report: AnalyzeResult): string {
  const { codelength, imperceptible, terms, estimated, steps } = report;
  const { total, prior, decoder, standardError } = codelength;
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const last = terms[terms.length - 1];
  const seen =
    imperceptible.rateBitsPerDim === null || imperceptible.share === null
      ? `not below RMSE ${imperceptible.rmse} before x_0`
      : `RMSE below ${imperceptible.rmse} from ${imperceptible.rateBitsPerDim.toFixed(4)} bits/dim: the other ${percent(imperceptible.share)} are imperceptible`;
  return [
    `model       ${report.model}, variance ${report.variance}, T = ${steps}`,
    `data        ${report.images} images, ${grouped(report.dims)} dimensions`,
    `rates       ideal: relative entropy and log-likelihood, no bitstream was made`,
    `steps       ${estimated ? `Monte-Carlo estimate from ${terms.length} of ${steps}` : `all ${steps}`}`,
    `codelength  ${total.toFixed(4)} bits/dim${standardError === null ? '' : `, standard error over images ${standardError.toFixed(4)}`}`,
    `  L_T       ${prior.toFixed(4)}`,
    `  L_1..T-1  ${codelength.steps.toFixed(4)}`,
    `  L_0       ${decoder.toFixed(4)}, ${percent(imperceptible.decoderShare)}, after x_1 at RMSE ${last.rmse.toFixed(3)}`,
    `lossy       ${seen}`,
    '',
    ...table(terms, steps),
    '',
  ].join('\n');
}

function table(terms: readonly AnalysisTerm[], steps: number): string[] {
  const wanted = Array.from({ length: TABLE_ROWS + 1 }, (_, i) => Math.round(((steps - 1) * i) / TABLE_ROWS));
  const nearest = (reverseSteps: number): AnalysisTerm =>
    terms.reduce((best, term) =>
      Math.abs(term.reverseSteps - reverseSteps) < Math.abs(best.reverseSteps - reverseSteps) ? term : best,
    );
  const rows = [...new Set(wanted.map(nearest))]
    .reverse()
    .map((term) => [
      String(term.reverseSteps),
      term.sigma.toPrecision(4),
      term.rateBitsPerDim.toFixed(5),
      term.rmse.toFixed(3),
      term.psnr === null ? '-' : term.psnr.toFixed(2),
    ]);
  const cells = [['steps taken', 'sigma', 'ideal bits/dim', 'RMSE', 'PSNR dB'], ...rows];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells.map((row) => row.map((cell, column) => cell.padStart(widths[column])).join('  '));
}
