import type { DecodeInfo, DecodeOptions, InspectInfo } from '../index.ts';
import { CliError, CORRUPT_EXIT_CODE } from './exit-codes.ts';
import { summaryLine } from './format.ts';
import { type CliIo, displayName, readInput } from './io.ts';
import type { Library } from './library.ts';
import { createProgressView, withProgress } from './progress.ts';
import { defined, type FileOptions, openTarget, printJson } from './task.ts';

/** Options of the `decode` command as commander gives them; numbers are parsed but not checked. */
export interface DecodeCommandOptions extends FileOptions {
  readonly bytes?: number;
  readonly layers?: number;
  readonly bpp?: number;
  readonly strict?: true;
  readonly model?: string;
  readonly backend?: 'wasm' | 'cpu' | 'tensorflow';
  readonly limitPixels?: number;
}

/** `ddpm-codec decode`: reads a `.ddpm` file or a prefix of one, writes an image file. */
export async function decodeCommand(
  input: string,
  options: DecodeCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  const startMs = io.now();
  const source = displayName(input, 'standard input');
  const target = openTarget(input, '.png', options, io);
  const bytes = await readInput(input, io);
  const header = library.inspect(bytes);
  const format = library.imageFormat(target.path, header.channels);
  const { data, info } = await withProgress(createProgressView(source, options.quiet === true, io), (onProgress) =>
    library.decode(bytes, { ...libraryOptions(options), onProgress }),
  );
  const { width, height, channels } = info;
  await target.write(await library.writeImage({ data, width, height, channels }, format));
  if (info.truncated && !options.quiet) io.stderr.write(`${truncationWarning(source, header)}\n`);
  if (options.json) await printJson('decode', { input, output: target.path, ...info }, io);
  else if (!options.quiet) {
    const run = { input: source, output: target.name, timeMs: io.now() - startMs };
    const result = `${info.layers.length}/${info.layersTotal} layers`;
    io.stderr.write(`${summaryLine({ ...run, bytes: info.bytes, bpp: info.bpp, result })}\n`);
  }
  // The intact layers are worth a picture; the exit code still says that the file is damaged.
  if (info.damage !== null) throw damageError(source, target.name, info);
}

function libraryOptions(options: DecodeCommandOptions): DecodeOptions {
  const { bytes, layers, bpp, strict, model, backend, limitPixels: limitInputPixels } = options;
  return {
    ...defined({ bytes, layers, bpp, model, backend, limitInputPixels }),
    failOn: strict ? 'truncated' : 'none',
  };
}

function damageError(source: string, output: string, info: DecodeInfo): CliError {
  const written = `${output} holds the picture of the ${info.layers.length} layers before the damage`;
  return new CliError(CORRUPT_EXIT_CODE, `${source}: damaged stream: ${info.damage}. ${written}`);
}

function truncationWarning(source: string, header: InspectInfo): string {
  const where = `the file ends after layer ${header.layers.length} of ${header.layersTotal}`;
  return `ddpm-codec: warning: ${source} is truncated: ${where}. The picture is the best that these bytes give`;
}
