import { mkdirSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { realPath } from '../../node/find-files.ts';
import { type FileOptions, usageError } from '../command-options.ts';
import { CliError, systemReason } from '../exit-codes.ts';
import { type CliIo, displayName, STANDARD_STREAM, writeStandardOutput } from '../terminal/cli-io.ts';
import { assertWritable, type WriteOptions, writeFileAtomic } from './atomic-write.ts';
import { expandInputs } from './input-files.ts';
import { checkOutputPath } from './output-name.ts';
import { assertNotRead, statsOf } from './same-file.ts';

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
 * @throws CliError with exit code 7 if it cannot be written
 */
export function openTarget(job: Pick<Job, 'output' | 'makesFolder'>, options: WriteOptions, io: CliIo): Target {
  const { output } = job;
  if (output === STANDARD_STREAM) return { write: (data) => writeStandardOutput(data, io) };
  if (job.makesFolder) makeFolder(dirname(output));
  assertWritable(output, options);
  return { write: (data) => writeFileAtomic(output, data, options) };
}

/**
 * Makes a folder and its missing parents.
 *
 * @throws CliError with exit code 7 if that fails
 */
export function makeFolder(path: string): void {
  const stats = statsOf(path);
  if (stats && !stats.isDirectory()) {
    throw new CliError(7, `cannot write into ${path}: it is a file and no folder. Give another output`);
  }
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new CliError(7, `cannot make the folder ${path}: ${systemReason(error)}. Give another output`, error);
  }
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
  const isFolder = output !== undefined && (/[/\\]$/.test(output) || statsOf(output)?.isDirectory() === true);
  const isTemplate = output !== undefined && /\{(dir|name|ext)\}/.test(output);
  if (input === STANDARD_STREAM && (output === undefined || isFolder || isTemplate)) {
    throw usageError('standard input needs -o FILE, or -o - for standard output');
  }
  const name = basename(input, extname(input));
  if (output === undefined) return { output: `${withoutExtension(input)}${extension}`, makesFolder: false };
  if (isTemplate) {
    const fields = { dir: dirname(input), name, ext: extname(input).slice(1) };
    const path = output.replace(/\{(dir|name|ext)\}/g, (_, field: keyof typeof fields) => fields[field]);
    if (path === '') throw usageError(`the template ${output} gives ${input} no name`);
    return { output: path, makesFolder: true };
  }
  if (isFolder) return { output: join(output, `${name}${extension}`), makesFolder: true };
  if (inputCount > 1)
    throw usageError(`${inputCount} inputs and one output (${output}); give -o DIR/ or -o "{dir}/{name}${extension}"`);
  return { output, makesFolder: false };
}

function withoutExtension(path: string): string {
  return path.slice(0, path.length - extname(path).length);
}

/** Refuses jobs if one would overwrite the output of another. */
function assertApart(jobs: readonly Job[]): void {
  const sources = new Map<string, string>();
  for (const { input, output, target } of jobs) {
    if (output === STANDARD_STREAM) continue;
    const path = realPath(output);
    const other = sources.get(path);
    if (other !== undefined)
      throw usageError(`${other} and ${input} would both be written to ${target}; give -o "{dir}/{name}…"`);
    sources.set(path, input);
  }
}
