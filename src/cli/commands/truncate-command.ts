import { defined } from '../../base/defined.ts';
import type { FileOptions } from '../command-options.ts';
import { runBatch } from '../files/batch.ts';
import { planJobs } from '../files/file-jobs.ts';
import { streamKind } from '../files/output-kinds.ts';
import type { Library } from '../library.ts';
import { type CliIo, readInput } from '../terminal/cli-io.ts';
import { trailingWarning } from '../terminal/text-format.ts';

/** Options of the `truncate` command as commander gives them. */
export interface TruncateCommandOptions extends FileOptions {
  readonly output: string;
  readonly bytes: number;
  readonly limitPixels?: number;
}

/** `ddpm-codec truncate`: shortens `.ddpm` files at the end of a layer; runs no model. */
export async function truncateCommand(
  inputs: readonly string[],
  options: TruncateCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  const jobs = await planJobs(inputs, streamKind(options), options);
  await runBatch({ command: 'truncate', jobs, options, io }, async ({ input, source }, context) => {
    const limits = defined({ limitInputPixels: options.limitPixels });
    const bytes = await readInput(input, io);
    const data = library.truncate(bytes, options.bytes, limits);
    await context.write(data);
    const { trailingBytes } = library.inspect(bytes, limits);
    if (trailingBytes > 0) context.warn(trailingWarning(source, trailingBytes));
    const info = library.inspect(data, limits);
    const result = `${info.layers.length}/${info.layersTotal} layers`;
    return { report: { ...info }, summary: { bpp: info.bpp, result } };
  });
}
