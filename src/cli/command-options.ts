import { CliError, USAGE_EXIT_CODE } from './exit-codes.ts';
import { type CliIo, writeStandardOutput } from './terminal/cli-io.ts';

/** Version of the objects that `--json` prints. */
const JSON_SCHEMA_VERSION = 1;

/** Options that the commands which write files share. */
export interface FileOptions {
  readonly output?: string;
  readonly force?: true;
  /** False with `--no-overwrite`: inputs whose output exists are skipped. */
  readonly overwrite?: boolean;
  readonly json?: true;
  readonly quiet?: true;
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
