import { defined } from '../../base/defined.ts';
import type { DecodeOptions } from '../../coding/decoder/decode-options.ts';
import type { DecodeInfo, InspectInfo } from '../../coding/stream-info.ts';
import { fitInside } from '../../image/fit-inside.ts';
import { type Engine, withEngine } from '../command-codec.ts';
import { checkLibraryOptions, usageError } from '../command-options.ts';
import { CliError, CORRUPT_EXIT_CODE } from '../exit-codes.ts';
import { type JobContext, jobsToDo, type Outcome, runBatch } from '../files/batch.ts';
import { type Job, planJobs } from '../files/file-jobs.ts';
import { imageKind } from '../files/output-kinds.ts';
import { outputFormat } from '../files/output-name.ts';
import type { Library } from '../library.ts';
import { type CliIo, readInput, STANDARD_STREAM } from '../terminal/cli-io.ts';
import { layerCount, partText, trailingWarning } from '../terminal/text-format.ts';
import { writeAllSteps } from './decode-all-steps.ts';
import type { DecodeCommandOptions } from './decode-command-options.ts';

/** `ddpm-codec decode`: reads `.ddpm` files or prefixes of them, writes image files. */
export async function decodeCommand(
  inputs: readonly string[],
  options: DecodeCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  if (options.seed !== undefined && options.reconstruction !== 'sample') {
    throw usageError('--seed is for --reconstruction sample; mmse has none');
  }
  checkLibraryOptions(() => library.checkDecodeOptions(libraryOptions(options)));
  if (options.allSteps !== undefined) return writeAllSteps(inputs, options.allSteps, options, library, io);
  const jobs = await planJobs(inputs, imageKind(options, library), options);
  await withEngine(options, jobsToDo(jobs, options), library, (engine) =>
    runBatch({ command: 'decode', jobs, files: engine.files, options, io }, async (job, context) =>
      decodeFile({ job, context, engine, options, library }, await readInput(job.input, io)),
    ),
  );
}

interface FileTask {
  readonly job: Job;
  readonly context: JobContext;
  readonly engine: Engine;
  readonly options: DecodeCommandOptions;
  readonly library: Library;
}

async function decodeFile({ job, context, engine, options, library }: FileTask, bytes: Uint8Array): Promise<Outcome> {
  const header = library.inspect(bytes, defined({ limitInputPixels: options.limitPixels }));
  const format = job.output === STANDARD_STREAM ? 'png' : outputFormat(job.output, options.force === true, library);
  const asked = libraryOptions(options);
  library.assertHolds(format, { ...header, ...fitInside(header, asked) }, job.target);
  const decoded = await engine.decode(bytes, { ...asked, onProgress: context.onProgress });
  const { data, info, metadata } = decoded;
  const { width, height, channels } = info;
  await context.write(await library.writeImage({ data, width, height, channels, metadata }, format));
  if (library.losesProfile({ channels, metadata }, format)) {
    context.warn(`${job.source}: the colours were converted to sRGB, as ${format} cannot hold the ICC profile`);
  }
  if (info.truncated) context.warn(truncationWarning(job.source, header));
  if (info.trailingBytes > 0) context.warn(trailingWarning(job.source, info.trailingBytes));
  const isReduced = width < info.fullWidth || height < info.fullHeight;
  if (info.lossyBecause !== null && info.damage === null && !isReduced)
    context.warn(`${job.source}: ${info.lossyBecause}`);
  const result = info.lossless ? 'exact' : layerCount(info);
  return {
    report: { ...info },
    summary: { bpp: info.bpp, result },
    // The picture of the intact layers is written, but the exit code tells that the file is damaged.
    ...(info.damage !== null && { failure: damageError(job, info) }),
  };
}

function libraryOptions(options: DecodeCommandOptions): DecodeOptions {
  const {
    bytes,
    layers,
    bpp,
    maxSize,
    maxWidth = maxSize,
    maxHeight = maxSize,
    strict,
    reconstruction,
    seed,
  } = options;
  const { limitPixels: limitInputPixels, limitMemory, timeout } = options;
  return {
    ...defined({
      bytes,
      layers,
      bpp,
      maxWidth,
      maxHeight,
      reconstruction,
      reconstructionSeed: seed,
      limitInputPixels,
      limitMemory,
      timeout,
    }),
    failOn: strict ? 'truncated' : 'none',
  };
}

function damageError({ source, target }: Job, info: DecodeInfo): CliError {
  const written = `${target} holds the picture of the ${info.layers.length} layers before the damage`;
  return new CliError(CORRUPT_EXIT_CODE, `${source}: damaged stream: ${info.damage}. ${written}`);
}

function truncationWarning(source: string, header: InspectInfo): string {
  const inTail = header.lossless && header.layers.length === header.layersTotal;
  const part = header.partialLayer ? `, with ${partText(header.partialLayer)}` : '';
  const layer = `the file ends after layer ${header.layers.length} of ${header.layersTotal}${part}`;
  const where = inTail ? `${layer}, within its lossless tail` : layer;
  return `${source} is truncated: ${where}. The picture is the best that these bytes give`;
}
