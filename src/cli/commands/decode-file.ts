import { defined } from '../../base/defined.ts';
import type { DecodeOptions } from '../../coding/decoder/decode-options.ts';
import type { DecodeInfo, InspectInfo } from '../../coding/stream-info.ts';
import { fitInside } from '../../image/fit-inside.ts';
import type { Engine } from '../command-codec.ts';
import { CliError, CORRUPT_EXIT_CODE } from '../exit-codes.ts';
import type { Job } from '../files/file-jobs.ts';
import type { JobContext, Outcome } from '../files/job-work.ts';
import { outputFormat } from '../files/output-name.ts';
import type { Library } from '../library.ts';
import { STANDARD_STREAM } from '../terminal/cli-io.ts';
import { layerCount, partText, trailingWarning } from '../terminal/text-format.ts';
import type { DecodeCommandOptions } from './decode-command-options.ts';

/** What {@link decodeFile} works with. */
export interface DecodeTools {
  readonly engine: Pick<Engine, 'decode'>;
  readonly options: DecodeCommandOptions;
  readonly library: Pick<Library, 'inspect' | 'assertHolds' | 'imageFormat' | 'losesProfile' | 'writeImage'>;
}

/** Bytes that are read at the least, so that what is said of too few bytes knows the header with its metadata, which is rarely longer. */
const HEADER_BYTES = 2 ** 16;

/** Decodes one `.ddpm` file to an image file. */
export async function decodeFile(
  job: Pick<Job, 'source' | 'output' | 'target'>,
  context: JobContext,
  { engine, options, library }: DecodeTools,
): Promise<Outcome> {
  const bytes = await context.read(options.bytes && Math.max(options.bytes, HEADER_BYTES));
  const header = library.inspect(bytes, defined({ limitInputPixels: options.limitPixels }));
  const format = job.output === STANDARD_STREAM ? 'png' : outputFormat(job.output, options.force === true, library);
  const asked = decodeOptions(options);
  library.assertHolds(format, { ...header, ...fitInside(header, asked) }, job.target);
  const decoded = await engine.decode(bytes, { ...asked, onProgress: context.onProgress });
  const { data, info, metadata } = decoded;
  const { width, height, channels } = info;
  await context.write(await library.writeImage({ data, width, height, channels, metadata }, format));
  if (library.losesProfile({ channels, metadata }, format)) {
    context.warn(`${job.source}: the colours were converted to sRGB, as ${format} cannot hold the ICC profile`);
  }
  if (info.truncated) context.warn(truncationWarning(job.source, header, info));
  if (info.trailingBytes > 0) context.warn(trailingWarning(job.source, info.trailingBytes));
  const isReduced = width < info.fullWidth || height < info.fullHeight;
  if (info.lossyBecause !== null && info.damage === null && !isReduced)
    context.warn(`${job.source}: ${info.lossyBecause}`);
  const result = info.lossless ? 'exact' : `${layerCount(info)}${rowsText(info, ', ')}`;
  return {
    report: { ...info },
    summary: { bpp: info.bpp, result },
    // The picture of the intact layers is written, but the exit code tells that the file is damaged.
    ...(info.damage !== null && { failure: damageError(job, info) }),
  };
}

/** The library's options of a command line. */
export function decodeOptions(options: DecodeCommandOptions): DecodeOptions {
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

function damageError({ source, target }: Pick<Job, 'source' | 'target'>, info: DecodeInfo): CliError {
  const written = `${target} holds the picture of the ${info.layers.length} layers before the damage`;
  return new CliError(CORRUPT_EXIT_CODE, `${source}: damaged stream: ${info.damage}. ${written}`);
}

/** Says which rows of a lossy picture are exact; empty if none are. */
function rowsText({ exactRows, fullHeight }: Pick<DecodeInfo, 'exactRows' | 'fullHeight'>, before: string): string {
  return exactRows > 0 ? `${before}${exactRows} of ${fullHeight} rows exact` : '';
}

function truncationWarning(source: string, header: InspectInfo, info: DecodeInfo): string {
  const inTail = header.lossless && header.layers.length === header.layersTotal;
  const part = header.partialLayer ? `, with ${partText(header.partialLayer)}` : '';
  const layer = `the file ends after layer ${header.layers.length} of ${header.layersTotal}${part}`;
  const where = inTail ? `${layer}, within its lossless tail${rowsText(info, ': ')}` : layer;
  return `${source} is truncated: ${where}. The picture is the best that these bytes give`;
}
