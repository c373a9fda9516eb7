import { Option } from 'commander';
import { BACKENDS } from '../coding/run-options.ts';
import { CliError, USAGE_EXIT_CODE } from './exit-codes.ts';
import { type CliIo, writeStandardOutput } from './terminal/cli-io.ts';

/** Version of the objects that `--json` prints. */
const JSON_SCHEMA_VERSION = 1;

/** Options of the commands that write files. */
export interface FileOptions {
  readonly output?: string;
  readonly force?: true;
  /** False with `--no-overwrite`: inputs whose output exists are skipped. */
  readonly overwrite?: boolean;
  readonly json?: true;
  readonly quiet?: true;
}

/** Prints a JSON object on one line of standard output. Numbers that are not finite become null. */
export async function printJson(command: string, fields: object, io: CliIo): Promise<void> {
  await writeStandardOutput(`${JSON.stringify({ schemaVersion: JSON_SCHEMA_VERSION, command, ...fields })}\n`, io);
}

/** Makes the error for wrong usage that commander does not detect. */
export function usageError(message: string): CliError {
  return new CliError(USAGE_EXIT_CODE, `wrong usage: ${message}`);
}

/** The option `--backend`. */
export function backendOption(byDefault = 'wasm'): Option {
  return new Option('--backend <name>', `tensor backend (default: ${byDefault})`).choices(BACKENDS);
}
