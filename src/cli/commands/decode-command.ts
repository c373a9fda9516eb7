import { withEngine } from '../command-codec.ts';
import { checkLibraryOptions, usageError } from '../command-options.ts';
import { runBatch } from '../files/batch.ts';
import { imageKind } from '../files/output-kinds.ts';
import { planJobs } from '../files/plan-jobs.ts';
import { RunJournal } from '../files/run-journal.ts';
import type { Library } from '../library.ts';
import { withObservers } from '../observe-jobs.ts';
import type { CliIo } from '../terminal/cli-io.ts';
import { writeAllSteps } from './decode-all-steps.ts';
import type { DecodeCommandOptions } from './decode-command-options.ts';
import { decodeFile, decodeOptions } from './decode-file.ts';

/** `ddpm-codec decode`: reads `.ddpm` files or prefixes of them, writes image files. */
export async function decodeCommand(
  inputs: readonly string[],
  options: DecodeCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  checkDecodeCommand(options, library);
  if (options.allSteps !== undefined) return writeAllSteps(inputs, options.allSteps, options, library, io);
  await withObservers(options, { version: library.version, commands: ['decode'] }, io, async (observers) => {
    const plan = await planJobs(inputs, imageKind(options, library), options, io);
    const journal = await RunJournal.open('decode', options, library);
    await withEngine(options, plan, library, (engine) =>
      runBatch(
        { command: 'decode', plan, journal, files: engine.files, options, io, observers },
        async (job, context) => {
          await engine.start();
          return decodeFile(job, context, { engine, options, library });
        },
      ),
    );
  });
}

/**
 * Checks the options.
 *
 * @throws CliError with exit code 2 for a wrong one
 */
export function checkDecodeCommand(options: DecodeCommandOptions, library: Pick<Library, 'checkDecodeOptions'>): void {
  if (options.seed !== undefined && options.reconstruction !== 'sample') {
    throw usageError('--seed is for --reconstruction sample; mmse has none');
  }
  checkLibraryOptions(() => library.checkDecodeOptions(decodeOptions(options)));
}
