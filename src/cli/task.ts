import { realpathSync } from 'node:fs';
import { extname } from 'node:path';
import { assertWritable, writeFileAtomic } from './atomic-write.ts';
import { CliError, USAGE_EXIT_CODE } from './exit-codes.ts';
import { type CliIo, displayName, STANDARD_STREAM, writeStandardOutput } from './io.ts';

/** Version of the objects that `--json` prints. */
const JSON_SCHEMA_VERSION = 1;

/** Options that `encode` and `decode` share. */
export interface FileOptions {
  readonly output?: string;
  readonly force?: true;
  readonly json?: true;
  readonly quiet?: true;
}

/** Where a command writes to, checked before any work is done. */
export interface Target {
  readonly path: string;
  readonly name: string;
  write(data: Uint8Array): Promise<void>;
}

/**
 * The output of a command: `-o`, or the input with another extension.
 *
 * @throws CliError with exit code 2 for a wrong combination, 7 if the file could not be written
 */
export function openTarget(input: string, extension: string, options: FileOptions, io: CliIo): Target {
  const path = options.output ?? defaultOutput(input, extension);
  if (path === STANDARD_STREAM) {
    if (options.json) throw usageError('--json and -o - both need standard output; give -o FILE');
    return { path, name: displayName(path, 'standard output'), write: (data) => writeStandardOutput(data, io) };
  }
  if (isSameFile(input, path)) throw usageError(`input and output are the same file (${path}); give another -o`);
  const writeOptions = { force: options.force === true };
  assertWritable(path, writeOptions);
  return { path, name: path, write: async (data) => writeFileAtomic(path, data, writeOptions) };
}

/** Prints one JSON object on one line; numbers that are not finite become null. */
export async function printJson(command: string, fields: object, io: CliIo): Promise<void> {
  await writeStandardOutput(`${JSON.stringify({ schemaVersion: JSON_SCHEMA_VERSION, command, ...fields })}\n`, io);
}

/** Wrong usage that commander cannot see. */
export function usageError(message: string): CliError {
  return new CliError(USAGE_EXIT_CODE, `wrong usage: ${message}`);
}

/** The object without the keys whose value is undefined, for the library's options under exactOptionalPropertyTypes. */
export function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function defaultOutput(input: string, extension: string): string {
  if (input === STANDARD_STREAM) throw usageError('standard input needs -o FILE, or -o - for standard output');
  return `${input.slice(0, input.length - extname(input).length)}${extension}`;
}

function isSameFile(input: string, output: string): boolean {
  try {
    return input !== STANDARD_STREAM && realpathSync(input) === realpathSync(output);
  } catch {
    return false; // one of them does not exist
  }
}
