import { type Command, InvalidArgumentError, Option } from 'commander';
import { REVERSE_VARIANCES } from '../../analysis/reverse-process.ts';
import { SAMPLERS } from '../../analysis/samplers/sampler.ts';
import type { SampleProgress } from '../../api/image-walks.ts';
import { defined } from '../../base/defined.ts';
import type { ImageFormat } from '../../image/files/image-format.ts';
import type { RawImage } from '../../image/raw-image.ts';
import { assertWritable, writeFileAtomic } from '../../storage/atomic-write.ts';
import { printJson, shardOption, usageError } from '../command-options.ts';
import { checkOutputPath, outputFormat } from '../files/output-name.ts';
import { assertNotRead } from '../files/same-file.ts';
import type { Library } from '../library.ts';
import { parseNumber } from '../parse-arguments.ts';
import { type CliIo, readInput, STANDARD_STREAM, writeStandardOutput } from '../terminal/cli-io.ts';
import { createProgressView } from '../terminal/progress-view.ts';
import { seconds } from '../terminal/text-format.ts';
import { addReverseOptions, reverseOptions } from './analyze-command.ts';
import type { SampleCommandOptions } from './sample-command-options.ts';
import { sampleFolder } from './sample-folder.ts';

/** Options that are not for `--out`. */
const OF_SHEETS = ['grid', 'progressive', 'interpolate', 'columns', 'scale', 'frames', 'atStep'];
/** Formats of the files of `--out`: without loss. */
const FOLDER_FORMATS: readonly ImageFormat[] = ['png', 'ppm', 'tiff'];
/** Largest number of rows in the output of `--progressive`. */
const STRIP_ROWS = 8;
const DEFAULT_FRAMES = 10;

/** Adds the `sample` command. */
export function addSample(program: Command, library: Library, io: CliIo): void {
  const number = (flags: string, text: string): Option => new Option(flags, text).argParser(parseNumber);
  const size = new Option('--size <WxH>', "size of the images in pixels (default: the model's, or 32x32)");
  const between = 'two image files to interpolate between (section 4.4); the row goes to --grid';
  const variances = 'of ancestral: beta, beta-tilde (eq. 7) or calibrated (default: calibrated if the model is)';
  const folder = 'write each image into a file of its own, 000000.png ...; those that are there are kept';
  const command = program
    .command('sample')
    .description('Make images from noise with a model, or interpolate between two images (Ho et al. 2020, section 4).')
    .addOption(number('-n, --count <n>', 'number of images (default: 16; 8 with --interpolate)'))
    .addOption(size.argParser(parseSize).conflicts('interpolate'))
    .addOption(new Option('--sampler <name>', 'heun, ddim or ancestral (default: heun)').choices(SAMPLERS))
    .addOption(number('--steps <n>', 'steps (default: 25 of heun, 50 of ddim, of ancestral all that were trained)'))
    .addOption(number('--eta <x>', 'share of the noise of ancestral sampling that ddim adds, 0..1 (default: 0)'))
    .addOption(new Option('--variance <kind>', variances).choices(REVERSE_VARIANCES))
    .option('-o, --grid <file>', 'write the images side by side; - for standard output (PNG)')
    .addOption(new Option('--out <dir>', folder).conflicts(OF_SHEETS))
    .addOption(shardOption('of the images of --out, by their names'))
    .addOption(new Option('--format <name>', 'of the files of --out (default: png)').choices(FOLDER_FORMATS))
    .addOption(
      new Option(
        '--progressive <file>',
        'write the estimate of x_0 over time, a row for each of up to 8 images',
      ).conflicts('interpolate'),
    )
    .addOption(number('--frames <n>', 'pictures in a row of --progressive (default: 10)'))
    .addOption(new Option('--interpolate <images...>', between))
    .addOption(number('--at-step <t>', 'step to which --interpolate diffuses both images (default: half of the steps)'))
    .option('--no-shared-noise', 'with --interpolate: give each of the two images noise of its own, as in the paper')
    .addOption(number('--columns <n>', 'images in a row of --grid (default: as near to a square as can be)'))
    .addOption(number('--scale <n>', 'enlarge each pixel to n x n (default: 1)'))
    .option('--json', 'print one JSON object on standard output and no summary');
  addReverseOptions(command).action((options: SampleCommandOptions) => sampleCommand(options, library, io));
}

/** Parser for commander: a size such as `32x32` or `32`. */
export function parseSize(text: string): { width: number; height: number } {
  const match = /^(\d{1,6})(?:x(\d{1,6}))?$/.exec(text);
  if (!match) throw new InvalidArgumentError('It is not a size such as 32x32.');
  return { width: Number(match[1]), height: Number(match[2] ?? match[1]) };
}

/** `ddpm-codec sample`: writes a contact sheet of images, and optionally the estimates of x_0 over time. */
export async function sampleCommand(options: SampleCommandOptions, library: Library, io: CliIo): Promise<void> {
  const { out, shard, format } = options;
  if (out !== undefined) return sampleFolder(out, options, library, io);
  if (shard || format) throw usageError('--shard and --format are for --out');
  const paths = checkOutputs(options, library);
  const startMs = io.now();
  const view = createProgressView(options.interpolate ? 'interpolate' : 'sample', options.quiet === true, io);
  const onProgress = (progress: SampleProgress): void => view.update({ unit: 'step', ...progress });
  let made: Made;
  try {
    made = options.interpolate
      ? await interpolateImages(options.interpolate, options, { library, io, onProgress })
      : await sampleImages(options, library, onProgress);
  } finally {
    view.stop();
  }
  const sheets = [
    [options.grid, made.grid],
    [options.progressive, made.strip],
  ] as const;
  for (const [path, sheet] of sheets)
    if (path !== undefined && sheet) await writeSheet(path, sheet, options, library, io);
  const { grid = null, progressive = null } = options;
  if (options.json) await printJson('sample', { ...made.info, grid, progressive }, io);
  else if (!options.quiet) {
    const { count, width, height, sampler, steps, networkRuns } = made.info;
    const what = `${count} images of ${width} x ${height}, ${sampler}, ${steps} steps, ${networkRuns} network runs each`;
    io.stderr.write(`${paths.join(', ')}  ${what}  ${seconds(io.now() - startMs)}\n`);
  }
}

/** The pictures to write, and a description of them. */
interface Made {
  readonly grid: RawImage;
  readonly strip?: RawImage;
  readonly info: Awaited<ReturnType<Library['sample']>>['info'];
}

async function sampleImages(
  options: SampleCommandOptions,
  library: Library,
  onProgress: (progress: SampleProgress) => void,
): Promise<Made> {
  const { count, size, sampler, eta, scale, columns, progressive } = options;
  const frames = progressive === undefined ? undefined : (options.frames ?? DEFAULT_FRAMES);
  const given = defined({ count, sampler, eta, frames, ...size });
  const sampled = await library.sample({ ...reverseOptions(options), ...given, onProgress });
  const grid = library.contactSheet(sampled.images, defined({ columns, scale }));
  if (frames === undefined) return { grid, info: sampled.info };
  const rows = sampled.frames.slice(0, STRIP_ROWS).flat();
  return { grid, strip: library.contactSheet(rows, { columns: frames, ...defined({ scale }) }), info: sampled.info };
}

async function interpolateImages(
  sources: readonly string[],
  options: SampleCommandOptions,
  run: { readonly library: Library; readonly io: CliIo; readonly onProgress: (progress: SampleProgress) => void },
): Promise<Made> {
  const { library, io, onProgress } = run;
  const [a, b] = await Promise.all(
    sources.map(async (source) => library.readImage(await readInput(source, io), { source, metadata: 'none' })),
  );
  const { count, sampler, eta, atStep, sharedNoise, scale, columns } = options;
  const given = defined({ count, sampler, eta, atStep, sharedNoise: sharedNoise ? undefined : false });
  const {
    images,
    sources: ends,
    info,
  } = await library.interpolate(a, b, { ...reverseOptions(options), ...given, onProgress });
  const row = [ends[0], ...images, ends[1]];
  return { grid: library.contactSheet(row, { columns: columns ?? row.length, ...defined({ scale }) }), info };
}

/**
 * Checks before any work is done that the options are consistent and that the files can be written. Returns their
 * paths.
 */
function checkOutputs(options: SampleCommandOptions, library: Library): string[] {
  const { grid, progressive, interpolate, atStep, sharedNoise, frames, json, model } = options;
  if (grid !== undefined) checkOutputPath('--grid', grid);
  if (progressive !== undefined) checkOutputPath('--progressive', progressive);
  if (interpolate && interpolate.length !== 2)
    throw usageError(`--interpolate takes two images, got ${interpolate.length}`);
  if (!interpolate && (atStep !== undefined || !sharedNoise)) {
    throw usageError('--at-step and --no-shared-noise are for --interpolate');
  }
  if (progressive === undefined && frames !== undefined) throw usageError('--frames is for --progressive');
  if (frames !== undefined && frames < 1) throw usageError('--frames expected integer 1..1000');
  if (progressive === STANDARD_STREAM) throw usageError('--progressive needs a file; only --grid takes -');
  const paths = [grid, progressive].filter((path) => path !== undefined);
  if (paths.length === 0) throw usageError('give --grid FILE, --progressive FILE or both, or --out DIR');
  if (interpolate && grid === undefined) throw usageError('--interpolate needs --grid FILE');
  if (paths[0] === paths[1]) throw usageError('--grid and --progressive need different files');
  if (json && grid === STANDARD_STREAM) throw usageError('--json and --grid - both need standard output');
  assertNotRead(paths, [...(interpolate ?? []), ...(model === undefined ? [] : [model])]);
  for (const path of paths.filter((name) => name !== STANDARD_STREAM)) {
    sheetFormat(path, options, library);
    assertWritable(path, { replace: options.clobber !== false });
  }
  return paths;
}

/** The format of a sheet, which is RGB. */
function sheetFormat(path: string, { force }: SampleCommandOptions, library: Library): ImageFormat {
  if (path === STANDARD_STREAM) return 'png';
  const format = outputFormat(path, force === true, library);
  library.assertHolds(format, { width: 1, height: 1, channels: 3 }, path);
  return format;
}

async function writeSheet(
  path: string,
  sheet: RawImage,
  options: SampleCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  const bytes = await library.writeImage(sheet, sheetFormat(path, options, library));
  if (path === STANDARD_STREAM) return writeStandardOutput(bytes, io);
  await writeFileAtomic(path, bytes, { replace: options.clobber !== false });
}
