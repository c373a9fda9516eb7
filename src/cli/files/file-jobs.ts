import { locationParts } from '../../storage/location.ts';
import { makeFolder } from '../../storage/make-folder.ts';
import { openStore } from '../../storage/open-store.ts';
import type { WriteOptions } from '../../storage/store.ts';
import type { FileOptions } from '../command-options.ts';
import { type CliIo, STANDARD_STREAM, writeStandardOutput } from '../terminal/cli-io.ts';

/** An input file and its output file. */
export interface Job {
  readonly input: string;
  readonly output: string;
  /** Name of the input, for messages. */
  readonly source: string;
  /** Name of the output, for messages. */
  readonly target: string;
  /** True if the folder of the output must be created: with `-o DIR/` and with templates. */
  readonly makesFolder: boolean;
  /** Of the input, in bytes; 0 if not known. */
  readonly size: number;
  /** Of the input: changes when its content does; empty if not known. */
  readonly version: string;
}

/** What a command writes. */
export interface OutputKind {
  /** Extension of outputs whose name is not given, with its dot. */
  readonly extension: string;
  /**
   * Checks the name of an output.
   *
   * @throws CliError with exit code 2 if such a file should not have it
   */
  checkName(path: string): void;
}

/** The output of a job. */
export interface Target {
  write(data: Uint8Array): Promise<void>;
}

/** What to do with an existing output of a job. */
export function writeOptions({ clobber, output }: FileOptions, command: string): WriteOptions {
  if (clobber === false) return { replace: false };
  // The picture that a stream was made from may well have the name that its decoded picture would get.
  const isUnnamed = command === 'decode' && output === undefined;
  return isUnnamed ? { replace: false, remedy: 'Name it with -o to overwrite it' } : { replace: true };
}

/**
 * Checks before any work is done that a job's output can be written.
 *
 * @throws DdpmError `ERR_DDPM_OUTPUT` if it cannot be written
 */
export async function openTarget(
  job: Pick<Job, 'output' | 'makesFolder'>,
  options: WriteOptions,
  io: CliIo,
): Promise<Target> {
  const { output } = job;
  if (output === STANDARD_STREAM) return { write: (data) => writeStandardOutput(data, io) };
  if (job.makesFolder) makeFolder(locationParts(output).dir);
  const store = await openStore(output);
  await store.assertWritable(output, options);
  return { write: (data) => store.write(output, data, options) };
}
