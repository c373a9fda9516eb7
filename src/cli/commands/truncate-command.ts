import { defined } from '../../base/defined.ts';
import type { TruncateOptions } from '../../coding/prefix-cut.ts';
import { checkLibraryOptions, usageError } from '../command-options.ts';
import { runBatch } from '../files/batch.ts';
import { streamKind } from '../files/output-kinds.ts';
import { planJobs } from '../files/plan-jobs.ts';
import { RunJournal } from '../files/run-journal.ts';
import type { Library } from '../library.ts';
import { withObservers } from '../observe-jobs.ts';
import { type CliIo, inputParts } from '../terminal/cli-io.ts';
import { layerCount } from '../terminal/text-format.ts';
import type { TruncateCommandOptions } from './truncate-command-options.ts';

/** `ddpm-codec truncate`: shortens `.ddpm` files; reads no more of them than that takes, and runs no model. */
export async function truncateCommand(
  inputs: readonly string[],
  options: TruncateCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  const { bytes, layers, bpp, psnr, limitPixels: limitInputPixels } = options;
  const aim: TruncateOptions = defined({ bytes, layers, bpp, psnr });
  if (Object.keys(aim).length === 0) throw usageError('truncate needs one of --bytes, --layers, --bpp and --psnr');
  const limits = defined({ limitInputPixels });
  checkLibraryOptions(() => library.checkTruncateOptions({ ...aim, ...limits }));
  await withObservers(options, { version: library.version, commands: ['truncate'] }, io, async (observers) => {
    const plan = await planJobs(inputs, streamKind(options), options, io);
    const journal = await RunJournal.open('truncate', options, library);
    await runBatch({ command: 'truncate', plan, journal, options, io, observers }, async ({ input }, context) => {
      const data = await context.reading(() => library.readPrefix(inputParts(input, io), { ...aim, ...limits }));
      await context.write(data);
      const info = library.inspect(data, limits);
      return { report: { ...info }, summary: { bpp: info.bpp, result: layerCount(info) } };
    });
  });
}
