import { Option } from 'commander';
import type { Shard } from '../batch/shard.ts';
import { BACKENDS } from '../coding/run-options.ts';
import type { MetricsAddress } from '../metrics/metrics-server.ts';
import { CliError, exitCodeOf, USAGE_EXIT_CODE, withFlagNames } from './exit-codes.ts';
import { numberIn, parseShard, parseThreads } from './parse-arguments.ts';
import { type CliIo, writeStandardOutput } from './terminal/cli-io.ts';

/** Version of the objects that `--json` prints. */
const JSON_SCHEMA_VERSION = 1;

/** Retries of what may pass, unless `--retries` says otherwise. */
export const DEFAULT_RETRIES = 3;

/** Options of the commands that write files. */
export interface FileOptions {
  readonly output?: string;
  /** Accept an output whose extension promises another format. */
  readonly force?: true;
  /** False with `--no-overwrite`: inputs whose output exists are skipped. */
  readonly overwrite?: boolean;
  /** False with `--no-clobber`: an output that exists is an error. */
  readonly clobber?: boolean;
  /** The part of the inputs to process. */
  readonly shard?: Shard;
  /** File that says what is done, and goes on. */
  readonly journal?: string;
  /** Try again what failed for good. */
  readonly retryFailed?: true;
  /** Number of times that what may pass is tried again; default {@link DEFAULT_RETRIES}. */
  readonly retries?: number;
  /** Where metrics are served while the command runs. */
  readonly metrics?: MetricsAddress;
  /** List of inputs; `-` for standard input. */
  readonly filesFrom?: string;
  /** True: names in the list end with NUL, not with a newline. */
  readonly null?: true;
  /** Name, id or weights file of a model, which no output may overwrite. */
  readonly model?: string;
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

/**
 * Checks options by the library's own check, before any file is touched.
 *
 * @throws CliError with exit code 2 for a wrong option, which names its flag; other errors of the check as they are
 */
export function checkLibraryOptions(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (exitCodeOf(error) !== USAGE_EXIT_CODE) throw error;
    throw usageError(withFlagNames((error as Error).message));
  }
}

/**
 * An option with a number.
 *
 * @param range - what is expected, e.g. `1..9`; part of the description and of the message about anything else
 */
export function numberOption(flags: string, description: string, range: string): Option {
  return new Option(flags, `${description}; ${range}`).argParser(numberIn(range));
}

/** The option `--no-clobber`. */
export function noClobberOption(): Option {
  return new Option('--no-clobber', 'make an output that exists an error (exit code 7)');
}

/**
 * The option `--shard`.
 *
 * @param what - of what it takes a part, by what
 */
export function shardOption(what = 'of the inputs, by their paths'): Option {
  return new Option('--shard <I/N>', `only part I of N ${what}: the same parts on every machine`).argParser(parseShard);
}

/**
 * The option `-j`.
 *
 * @param what - what else is to be said about the threads
 */
export function threadsOption(what = ''): Option {
  const threads = `worker threads, or all: as many as there are cores${what} (default: 1)`;
  return new Option('-j, --threads <n>', threads).argParser(parseThreads);
}

/** The option `--limit-pixels`. */
export function limitPixelsOption(): Option {
  return numberOption(
    '--limit-pixels <n>',
    'largest number of pixels accepted (default: 268402689)',
    'an integer from 1 up',
  );
}

/** The option `--force`. */
export function forceOption(): Option {
  return new Option('-f, --force', 'accept an output whose extension is that of another format');
}

/** The option `--backend`. */
export function backendOption(byDefault = 'wasm'): Option {
  return new Option('--backend <name>', `tensor backend (default: ${byDefault})`).choices(BACKENDS);
}
