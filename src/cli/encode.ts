import type { EncodeOptions } from '../index.ts';
import { decibels, summaryLine } from './format.ts';
import { type CliIo, displayName, readInput } from './io.ts';
import type { Library } from './library.ts';
import { createProgressView, withProgress } from './progress.ts';
import { defined, type FileOptions, openTarget, printJson } from './task.ts';

/** Options of the `encode` command as commander gives them; numbers are parsed but not checked. */
export interface EncodeCommandOptions extends FileOptions {
  readonly effort?: number;
  readonly ladder?: number;
  readonly beam?: number;
  readonly endSigma?: number;
  readonly seed?: number;
  readonly model?: string;
  readonly backend?: 'wasm' | 'cpu' | 'tensorflow';
  readonly limitPixels?: number;
}

/** `ddpm-codec encode`: reads an image file, writes a `.ddpm` file. */
export async function encodeCommand(
  input: string,
  options: EncodeCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  const startMs = io.now();
  const source = displayName(input, 'standard input');
  const target = openTarget(input, '.ddpm', options, io);
  const bytes = await readInput(input, io);
  const image = await library.readImage(bytes, { source, ...defined({ limitInputPixels: options.limitPixels }) });
  const { data, info } = await withProgress(createProgressView(source, options.quiet === true, io), (onProgress) =>
    library.encode(image, { ...libraryOptions(options), onProgress }),
  );
  await target.write(data);
  if (options.json) return printJson('encode', { input, output: target.path, ...info }, io);
  if (options.quiet) return;
  const run = { input: source, output: target.name, timeMs: io.now() - startMs };
  const line = summaryLine({ ...run, bytes: info.bytes, bpp: info.bpp, result: decibels(info.psnr) });
  io.stderr.write(`${line}\n`);
}

function libraryOptions(options: EncodeCommandOptions): EncodeOptions {
  const { effort, ladder: ladderStep, beam: beamWidth, endSigma, seed, model, backend, limitPixels } = options;
  return defined({ effort, ladderStep, beamWidth, endSigma, seed, model, backend, limitInputPixels: limitPixels });
}
