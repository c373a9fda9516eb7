import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { defined } from '../../base/defined.ts';
import type { Shard } from '../../batch/shard.ts';
import type { CodecName } from '../../benchmark/bench-types.ts';
import type { BenchOptions, BenchOutcome, BenchProgress, ShardOutcome } from '../../benchmark/run-benchmark.ts';
import type { BackendName } from '../../model/backends/backend.ts';
import { makeFolder } from '../../storage/make-folder.ts';
import { backendOption, printJson, shardOption } from '../command-options.ts';
import { CliError } from '../exit-codes.ts';
import { checkOutputPath } from '../files/output-name.ts';
import { parseNumber, parseThreads } from '../parse-arguments.ts';
import type { CliIo } from '../terminal/cli-io.ts';
import { createProgressView } from '../terminal/progress-view.ts';
import { seconds } from '../terminal/text-format.ts';

/** Options of the `bench` command as commander gives them; numbers are parsed but not checked. */
export interface BenchCommandOptions {
  readonly out: string;
  readonly codecs?: readonly string[];
  readonly limit?: number;
  readonly jobs?: number | 'all';
  readonly anchor?: string;
  readonly reference?: readonly string[];
  readonly crops?: number;
  readonly lpips?: string;
  readonly dists?: string;
  readonly effort?: number;
  readonly beam?: number;
  readonly ladder?: number;
  readonly endSigma?: number;
  readonly bpp?: readonly number[];
  readonly model?: string;
  readonly backend?: BackendName;
  readonly fresh?: true;
  readonly shard?: Shard;
  readonly json?: true;
  readonly quiet?: true;
}

const CODECS_HELP =
  'list of ddpm (every layer of one file), ddpm-file (a file for each --bpp), ddpm-ideal (computed rates, no files), ddpm-lossless, ' +
  'jpeg, webp, avif, jxl, png, webp-lossless, jxl-lossless (default: ddpm,jpeg,webp,avif,jxl,png,webp-lossless)';

/** Adds the `bench` command. */
export function addBench(program: Command, io: CliIo): void {
  const command = program
    .command('bench')
    .description('Measure rate and distortion of this and other codecs; writes tables, plots and an HTML report.')
    .argument('<images...>', 'image files, folders, quoted globs, CIFAR-10 binaries (.bin)')
    .requiredOption(
      '-o, --out <dir>',
      'folder for rows.csv and what is made of it; a run that was stopped goes on there',
    );
  for (const option of optionsOfBench()) command.addOption(option);
  command.action((images: string[], options: BenchCommandOptions) => benchCommand(images, options, io));
}

function optionsOfBench(): Option[] {
  const number = (flags: string, text: string): Option => new Option(flags, text).argParser(parseNumber);
  const list = (flags: string, text: string): Option => new Option(flags, text).argParser((value) => value.split(','));
  return [
    list('--codecs <names>', CODECS_HELP),
    number('--limit <n>', 'take the first n images (default: all)'),
    new Option('-j, --jobs <n>', 'worker processes, each on one thread, or all (default: 1)').argParser(parseThreads),
    new Option('--anchor <codec>', 'codec that BD-rates are against (default: jpeg)'),
    list('--reference <names>', 'published curves to show: uqdm, ddpm-paper, or files of their form'),
    number('--crops <n>', 'images shown side by side at equal bytes (default: 3)'),
    new Option('--lpips <file>', 'measure LPIPS with this ONNX file, too (docs/quality.md)'),
    new Option('--dists <file>', 'measure DISTS with this ONNX file, too; slow (docs/quality.md)'),
    number('-e, --effort <n>', 'of ddpm, 1 (fast) .. 9 (small) (default: 5)'),
    number('--beam <paths>', 'of ddpm: paths of the trellis search, 1..4096 (default: by effort)'),
    number('--ladder <step>', 'of ddpm: step of the noise ladder in log-SNR: 1, 1.5 or 2 (default: by effort)'),
    number('--end-sigma <sigma>', 'of ddpm and ddpm-ideal: noise level of the last layer (default: that of encode)'),
    new Option('--bpp <list>', 'rate goals of ddpm-file (default: 0.1,0.25,0.5,1,2)').argParser((value) =>
      value.split(',').map(parseNumber),
    ),
    new Option('--model <model>', 'name, id or weights file of a model (default: the one that is shipped)'),
    backendOption(),
    new Option('--fresh', 'measure everything again'),
    shardOption(),
    new Option('--json', 'print one JSON object on standard output'),
    new Option('--quiet', 'print errors only'),
  ];
}

/** `ddpm-codec bench`: measures codecs and writes the results into a folder. */
export async function benchCommand(images: readonly string[], options: BenchCommandOptions, io: CliIo): Promise<void> {
  checkOutputPath('--out', options.out);
  makeFolder(options.out);
  const { measureShard, runBenchmark } = await import('../../benchmark/run-benchmark.ts');
  const { effort, beam: beamWidth, ladder: ladderStep, endSigma, bpp, model, backend } = options;
  const { limit, crops, anchor, reference: references, lpips, dists, codecs, out } = options;
  const jobs = options.jobs === 'all' ? availableParallelism() : options.jobs;
  const startMs = io.now();
  const view = createProgressView('bench', options.quiet === true, io);
  const chosen = { codecs: codecs as CodecName[] | undefined, anchor: anchor as CodecName | undefined };
  const benchOptions: BenchOptions = {
    ...defined({ ...chosen, limit, jobs, crops, references, lpips, dists, fresh: options.fresh }),
    settings: defined({ effort, beamWidth, ladderStep, endSigma, bpp, model, backend }),
    command: commandLine(images, options),
    onProgress: ({ done, total }: BenchProgress) =>
      view.update({ unit: 'file', step: done, steps: total, fraction: done / total }),
    onWarning: (warning) => {
      view.stop();
      if (!options.quiet) io.stderr.write(`ddpm-codec: warning: ${warning}\n`);
    },
  };
  try {
    if (options.shard) {
      const outcome = await measureShard(images, out, options.shard, benchOptions);
      view.stop();
      await reportShard(outcome, { ...options, timeMs: io.now() - startMs }, io);
    } else {
      const outcome = await runBenchmark(images, out, benchOptions);
      view.stop();
      await report(outcome, { ...options, timeMs: io.now() - startMs }, io);
    }
  } finally {
    view.stop();
  }
}

type ReportOptions = BenchCommandOptions & { readonly timeMs: number };

async function reportShard(
  { path, images, rows, measured, failures }: ShardOutcome,
  { out, json, quiet, shard, timeMs }: ReportOptions,
  io: CliIo,
): Promise<void> {
  if (json) await printJson('bench', { out, shard, path, images, rows, measured, failures }, io);
  else if (!quiet) io.stderr.write(`${path}: ${images} images, ${rows} rows (${measured} new)  ${seconds(timeMs)}\n`);
  assertNoFailures(failures);
}

async function report(
  { result, failures, measured }: BenchOutcome,
  { out, json, quiet, timeMs }: ReportOptions,
  io: CliIo,
): Promise<void> {
  const { machine, measures, codecs, references, deltas, ours, leftOut } = result;
  const counts = { images: result.images.length, rows: result.rows.length, measured, failures };
  if (json)
    await printJson('bench', { out, ...counts, machine, measures, codecs, references, deltas, ours, leftOut }, io);
  else if (!quiet) {
    const found = `${counts.images} images, ${codecs.length} codecs, ${counts.rows} rows (${measured} new)`;
    io.stderr.write(`${out}: ${found}  ${seconds(timeMs)}\n`);
  }
  assertNoFailures(failures);
}

function assertNoFailures(failures: number): void {
  if (failures > 0) throw new CliError(1, `${failures} pairs of an image and a codec failed`);
}

/** The command line in a form that could be typed again, for the report. */
function commandLine(images: readonly string[], options: BenchCommandOptions): string {
  const flags = Object.entries(options).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true ? [flag] : [flag, Array.isArray(value) ? value.join(',') : String(value)];
  });
  return ['ddpm-codec', 'bench', ...images, ...flags]
    .map((word) => (/^[\w./,:=@%+-]+$/.test(word) ? word : `"${word}"`))
    .join(' ');
}
