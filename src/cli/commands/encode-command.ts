import { withEngine } from '../command-codec.ts';
import { checkLibraryOptions } from '../command-options.ts';
import { runBatch } from '../files/batch.ts';
import { streamKind } from '../files/output-kinds.ts';
import { planJobs } from '../files/plan-jobs.ts';
import { RunJournal } from '../files/run-journal.ts';
import type { Library } from '../library.ts';
import { withObservers } from '../observe-jobs.ts';
import type { CliIo } from '../terminal/cli-io.ts';
import { type EncodeCommandOptions, encodeFile, encodeOptions } from './encode-file.ts';

/** `ddpm-codec encode`: reads image files, writes `.ddpm` files. */
export async function encodeCommand(
  inputs: readonly string[],
  options: EncodeCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  checkEncodeCommand(options, library);
  await withObservers(options, { version: library.version, commands: ['encode'] }, io, async (observers) => {
    const plan = await planJobs(inputs, streamKind(options), options, io);
    const journal = await RunJournal.open('encode', options, library);
    await withEngine(options, plan, library, (engine) =>
      runBatch(
        { command: 'encode', plan, journal, files: engine.files, options, io, observers },
        async (job, context) => {
          await engine.start();
          return encodeFile(job, context, { engine, options, library });
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
export function checkEncodeCommand(options: EncodeCommandOptions, library: Pick<Library, 'checkEncodeOptions'>): void {
  checkLibraryOptions(() => library.checkEncodeOptions(encodeOptions(options)));
}
