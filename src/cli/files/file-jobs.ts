import { mkdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { type FileOptions, usageError } from '../command-options.ts';
import { CliError, systemReason } from '../exit-codes.ts';
import { type CliIo, displayName, STANDARD_STREAM, writeStandardOutput } from '../terminal/cli-io.ts';
import { assertWritable, writeFileAtomic } from './atomic-write.ts';
import { expandInputs } from './input-files.ts';

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

/**
 * Determines the output of each input: `-o FILE` for one input; `-o DIR` (existing, or with a slash at the end) or a
 * template with `{dir}`, `{name}` and `{ext}` for any number of inputs; without `-o`, the input with another extension.
 *
 * @param extension - extension of outputs whose name is not given, with its dot
 * @throws CliError with exit code 2 for an invalid combination, e.g. two inputs with one output; 3 if a pattern matches
 *   no file
 */
export async function planJobs(inputs: readonly string[], extension: string, options: FileOptions): Promise<Job[]> {
  const files = await expandInputs(inputs);
  if (files.length > 1 && files.includes(STANDARD_STREAM)) throw usageError('- cannot be one of several inputs');
  const jobs = files.map((input) => planJob(input, extension, options.output, files.length));
  if (options.json && jobs.some(({ output }) => output === STANDARD_STREAM)) {
    throw usageError('--json and -o - both need standard output; give -o FILE');
  }
  assertApart(jobs);
  return jobs;
}

/** The output of a job. */
export interface Target {
  write(data: Uint8Array): Promise<void>;
}

/**
 * Checks before any work is done that a job's output can be written.
 *
 * @throws CliError with exit code 7 if it cannot be written
 */
export function openTarget(job: Job, options: FileOptions, io: CliIo): Target {
  const { output } = job;
  if (output === STANDARD_STREAM) return { write: (data) => writeStandardOutput(data, io) };
  const writeOptions = { force: options.force === true };
  if (job.makesFolder) makeFolder(dirname(output));
  assertWritable(output, writeOptions);
  return { write: async (data) => writeFileAtomic(output, data, writeOptions) };
}

/**
 * Makes a folder and its missing parents.
 *
 * @throws CliError with exit code 7 if that fails
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new CliError(7, `cannot make the folder ${path}: ${systemReason(error)}. Give another -o`, error);
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
  const isFolder = output !== undefined && (/[/\\]$/.test(output) || isDirectory(output));
  const isTemplate = output !== undefined && /\{(dir|name|ext)\}/.test(output);
  if (input === STANDARD_STREAM && (output === undefined || isFolder || isTemplate)) {
    throw usageError('standard input needs -o FILE, or -o - for standard output');
  }
  const name = basename(input, extname(input));
  if (output === undefined) return { output: `${withoutExtension(input)}${extension}`, makesFolder: false };
  if (isTemplate) {
    const fields = { dir: dirname(input), name, ext: extname(input).slice(1) };
    const path = output.replace(/\{(dir|name|ext)\}/g, (_, field: keyof typeof fields) => fields[field]);
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

/** Refuses jobs if one would overwrite an input or the output of another. */
function assertApart(jobs: readonly Job[]): void {
  const inputs = new Map(jobs.map(({ input }) => [realPath(input), input]));
  const sources = new Map<string, string>();
  for (const { input, output, target } of jobs) {
    if (output === STANDARD_STREAM) continue;
    const path = realPath(output);
    if (inputs.get(path) === input) throw usageError(`input and output are the same file (${output}); give another -o`);
    if (inputs.has(path)) throw usageError(`the output ${target} of ${input} is an input too; give another -o`);
    const other = sources.get(path);
    if (other !== undefined)
      throw usageError(`${other} and ${input} would both be written to ${target}; give -o "{dir}/{name}…"`);
    sources.set(path, input);
  }
}

/** Resolves links in a path, as far as the path exists. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(resolve(path));
    return folder === resolve(path) ? folder : join(realPath(folder), basename(path));
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
