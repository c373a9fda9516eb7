import { defined } from '../../base/defined.ts';
import type { TransportName } from '../../codec/transport/transport.ts';
import type { EncodeOptions } from '../../coding/encoder/encode-options.ts';
import type { EncodeInfo } from '../../coding/stream-info.ts';
import type { ReadImageOptions } from '../../image/files/read-image.ts';
import type { Engine, EngineOptions } from '../command-codec.ts';
import type { FileOptions } from '../command-options.ts';
import type { Job } from '../files/file-jobs.ts';
import type { JobContext, Outcome } from '../files/job-work.ts';
import type { Library } from '../library.ts';
import { decibels, grouped } from '../terminal/text-format.ts';

/** Options of the `encode` command as commander gives them; numbers are parsed but not checked. */
export interface EncodeCommandOptions extends FileOptions, EngineOptions {
  readonly bytes?: number;
  readonly bpp?: number;
  readonly psnr?: number;
  readonly quality?: number;
  readonly endSigma?: number;
  readonly lossless?: true;
  readonly exactAlpha?: true;
  readonly index?: boolean;
  readonly reportPsnr?: true;
  readonly effort?: number;
  readonly ladder?: number;
  readonly transport?: TransportName;
  readonly beam?: number;
  readonly seed?: number;
  readonly metadata?: Exclude<ReadImageOptions['metadata'], undefined>;
  readonly limitPixels?: number;
}

/** What {@link encodeFile} works with. */
export interface EncodeTools {
  readonly engine: Pick<Engine, 'encode'>;
  readonly options: EncodeCommandOptions;
  readonly library: Pick<Library, 'readImage'>;
}

/** Encodes one image file. */
export async function encodeFile(
  { source }: Pick<Job, 'source'>,
  context: JobContext,
  { engine, options, library }: EncodeTools,
): Promise<Outcome> {
  const { metadata, limitPixels: limitInputPixels } = options;
  const bytes = await context.read();
  const image = await library.readImage(bytes, { source, ...defined({ metadata, limitInputPixels }) });
  for (const warning of image.warnings) context.warn(`${source}: ${warning}`);
  const { data, info } = await engine.encode(image, { ...encodeOptions(options), onProgress: context.onProgress });
  await context.write(data);
  return {
    report: { ...info, warnings: image.warnings },
    summary: { bpp: info.bpp, result: resultOf(info), aim: aimOf(options) },
  };
}

/** The library's options of a command line. */
export function encodeOptions(options: EncodeCommandOptions): EncodeOptions {
  const { bytes, bpp, psnr, quality, endSigma, lossless, exactAlpha } = options;
  const { effort, ladder, transport, beam, seed, index, reportPsnr, limitPixels } = options;
  const rate = { bytes, bpp, psnr, quality, endSigma, lossless, exactAlpha };
  return defined({
    ...rate,
    effort,
    ladderStep: ladder,
    transport,
    beamWidth: beam,
    seed,
    index,
    reportPsnr,
    limitInputPixels: limitPixels,
  });
}

/** The quality, or the number of layers where it was not measured, for the summary line. */
function resultOf({ psnr, layers }: Pick<EncodeInfo, 'psnr' | 'layers'>): string {
  return psnr === undefined ? `${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}` : decibels(psnr);
}

/** The target, for the summary line; empty if none was given. */
function aimOf({ bytes, bpp, psnr }: EncodeCommandOptions): string {
  if (bytes !== undefined) return `target ${grouped(bytes)} B`;
  if (bpp !== undefined) return `target ${bpp} bpp`;
  return psnr === undefined ? '' : `target ${psnr} dB`;
}
