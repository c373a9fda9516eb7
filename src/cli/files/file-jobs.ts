import {
  fillTemplate,
  inFolder,
  isFolder,
  isLocal,
  isTemplate,
  localPath,
  locationParts,
  urlKey,
  withExtension,
} from '../../storage/location.ts';
import { makeFolder } from '../../storage/make-folder.ts';
import { openStore } from '../../storage/open-store.ts';
import { realPath } from '../../storage/real-path.ts';
import type { WriteOptions } from '../../storage/store.ts';
import { type FileOptions, usageError } from '../command-options.ts';
import { type CliIo, displayName, STANDARD_STREAM, writeStandardOutput } from '../terminal/cli-io.ts';
import { expandInputs } from './input-files.ts';
import { checkOutputPath } from './output-name.ts';
import { assertNotRead } from './same-file.ts';

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

const PLACEHOLDERS = ['dir', 'name', 'ext'] as const;

/**
 * Determines the output of each input: `-o FILE` for one input; `-o DIR` (existing, or with a slash at the end) or a
 * template with `{dir}`, `{name}` and `{ext}` for any number of inputs; without `-o`, the input with another extension.
 *
 * @throws CliError with exit code 2 for an invalid combination, e.g. two inputs with one output, or an output that is read;
 *   3 if a pattern matches no file
 */
export async function planJobs(inputs: readonly string[], kind: OutputKind, options: FileOptions): Promise<Job[]> {
  if (options.output !== undefined) checkOutputPath('--output', options.output, PLACEHOLDERS);
  const files = await expandInputs(inputs);
  if (files.length > 1 && files.includes(STANDARD_STREAM)) throw usageError('- cannot be one of several inputs');
  const jobs = files.map((input) => planJob(input, kind.extension, options.output, files.length));
  const outputs = jobs.map(({ output }) => output);
  if (options.json && outputs.includes(STANDARD_STREAM)) {
    throw usageError('--json and -o - both need standard output; give -o FILE');
  }
  for (const output of outputs) if (output !== STANDARD_STREAM) kind.checkName(output);
  assertNotRead(outputs, options.model === undefined ? files : [...files, options.model]);
  assertApart(jobs);
  return jobs;
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

function planJob(input: string, extension: string, output: string | undefined, inputCount: number): Job {
  const file = outputOf(input, extension, output, inputCount);
  return {
    input,
    ...file,
    source: displayName(input, 'standard input'),
    target: displayName(file.output, 'standard output'),
  };
}

function outputOf(
  input: string,
  extension: string,
  output: string | undefined,
  inputCount: number,
): Pick<Job, 'output' | 'makesFolder'> {
  const needsName = output === undefined || isFolder(output) || isTemplate(output);
  if (input === STANDARD_STREAM && needsName) {
    throw usageError('standard input needs -o FILE, or -o - for standard output');
  }
  if (output === undefined) return { output: withExtension(input, extension), makesFolder: false };
  if (isTemplate(output)) {
    const location = fillTemplate(output, input);
    if (location === '') throw usageError(`the template ${output} gives ${input} no name`);
    return { output: location, makesFolder: true };
  }
  if (isFolder(output)) {
    return { output: inFolder(output, `${locationParts(input).name}${extension}`), makesFolder: true };
  }
  if (inputCount > 1)
    throw usageError(`${inputCount} inputs and one output (${output}); give -o DIR/ or -o "{dir}/{name}${extension}"`);
  return { output, makesFolder: false };
}

/** Refuses jobs if one would overwrite the output of another. */
function assertApart(jobs: readonly Job[]): void {
  const sources = new Map<string, string>();
  for (const { input, output, target } of jobs) {
    if (output === STANDARD_STREAM) continue;
    const path = isLocal(output) ? realPath(localPath(output)) : urlKey(output);
    const other = sources.get(path);
    if (other !== undefined)
      throw usageError(`${other} and ${input} would both be written to ${target}; give -o "{dir}/{name}…"`);
    sources.set(path, input);
  }
}
