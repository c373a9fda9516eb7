import { withEngine } from '../command-codec.ts';
import { checkLibraryOptions } from '../command-options.ts';
import { jobsToDo, runBatch } from '../files/batch.ts';
import { planJobs } from '../files/file-jobs.ts';
import { streamKind } from '../files/output-kinds.ts';
import type { Library } from '../library.ts';
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
  const jobs = await planJobs(inputs, streamKind(options), options);
  await withEngine(options, await jobsToDo(jobs, options), library, (engine) =>
    runBatch({ command: 'encode', jobs, files: engine.files, options, io }, (job, context) =>
      encodeFile(job, context, { engine, options, library }),
    ),
  );
}

/**
 * Checks the options.
 *
 * @throws CliError with exit code 2 for a wrong one
 */
export function checkEncodeCommand(options: EncodeCommandOptions, library: Pick<Library, 'checkEncodeOptions'>): void {
  checkLibraryOptions(() => library.checkEncodeOptions(encodeOptions(options)));
}
