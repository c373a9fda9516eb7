import type { DdpmErrorCode } from '../base/errors.ts';

/** Exit codes and their meanings; `--help` prints them. */
export const exitCodeMeanings: ReadonlyMap<number, string> = new Map([
  [0, 'done; also if --no-overwrite skipped every file, or bytes that follow the end of a .ddpm stream were ignored'],
  [
    1,
    'some of several files failed; internal error, a package or tensor backend that is missing, or a worker that ended',
  ],
  [2, 'wrong usage: unknown option, missing argument, value out of range'],
  [3, 'input unreadable, not an image, or over --limit-pixels, --limit-memory or --timeout'],
  [4, 'corrupt .ddpm file; under --strict also one that is truncated or has bytes after its end'],
  [
    5,
    'target not reachable: --bytes below the smallest file, --psnr above the best, or (truncate) without an index; the message names the nearest',
  ],
  [6, 'model missing, corrupt, or not the one the file was made with'],
  [7, 'output cannot be written; or exists, with --no-clobber or (decode) without -o'],
  [8, 'queue: its server cannot be reached, or refuses'],
  [130, 'interrupted by SIGINT (143 by SIGTERM); no temporary file is left'],
]);

/** Exit codes of the library's errors. The type ensures that every error code has an entry. */
export const exitCodeOfError: Readonly<Record<DdpmErrorCode, number>> = {
  ERR_DDPM_INPUT: 3,
  ERR_DDPM_LIMIT: 3,
  ERR_DDPM_CORRUPT: 4,
  ERR_DDPM_TRUNCATED: 4,
  ERR_DDPM_TARGET: 5,
  ERR_DDPM_MODEL_MISSING: 6,
  ERR_DDPM_MODEL_CORRUPT: 6,
  ERR_DDPM_MODEL_MISMATCH: 6,
  ERR_DDPM_BACKEND: 1,
  ERR_DDPM_OUTPUT: 7,
  ERR_DDPM_DEPENDENCY: 1,
  ERR_DDPM_QUEUE: 8,
};

/** Flags whose names differ from the library's options. Error messages about an option name the flag instead. */
const flagOfOption: ReadonlyMap<string, string> = new Map([
  ['ladderStep', '--ladder'],
  ['beamWidth', '--beam'],
  ['endSigma', '--end-sigma'],
  ['limitInputPixels', '--limit-pixels'],
  ['limitMemory', '--limit-memory'],
  ['fileName', '--output'],
  ['reconstructionSeed', '--seed'],
  ['atStep', '--at-step'],
  ['imperceptibleRmse', '--imperceptible-rmse'],
  ['subsetSize', '--subset-size'],
  ['width', '--size'],
  ['height', '--size'],
  ['location', 'an input'],
  ['source', 'SOURCE'],
]);

/** Exit code for wrong usage. */
export const USAGE_EXIT_CODE = 2;

/** Exit code for a damaged stream. */
export const CORRUPT_EXIT_CODE = 4;

/** An error of the command line interface (not of the library), with its exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;

  constructor(exitCode: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}

/**
 * Exit code for an error that a command threw. For a wrong option, the library throws a TypeError or RangeError whose
 * message begins with `"name" expected `. Any other TypeError or RangeError is a bug of this package; its exit code is
 * 1.
 */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CliError) return error.exitCode;
  if (!(error instanceof Error)) return 1;
  if (isWrongOption(error)) return USAGE_EXIT_CODE;
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && Object.hasOwn(exitCodeOfError, code) ? exitCodeOfError[code as DdpmErrorCode] : 1;
}

/** The library's message about a wrong option, with the name of the flag instead of the option. */
export function withFlagNames(message: string): string {
  return message.replace(/^"(\w+)" expected /, (_, name) => `${flagOfOption.get(name) ?? `--${name}`} expected `);
}

/**
 * Formats an error as one line for standard error: `ddpm-codec: <what failed (path)>: <why>. <what to do>`.
 *
 * @param task - what failed, e.g. `encode in.png`; left out if the message already says what failed or names the path
 * @param path - the path that `task` contains
 */
export function errorLine(error: unknown, task: string, path: string): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim();
  const text = withFlagNames(message);
  const isOwn = error instanceof CliError || text.startsWith(`${path}: `) || text.startsWith('cannot ');
  return `ddpm-codec: ${isOwn ? '' : `cannot ${task}: `}${text}`;
}

/** The error of a file as `--json` shows it: its exit code, and the line that standard error gets. See {@link errorLine}. */
export function errorReport(error: unknown, task: string, path: string): { exitCode: number; message: string } {
  return { exitCode: exitCodeOf(error), message: errorLine(error, task, path).replace(/^ddpm-codec: /, '') };
}

/** Whether the error is the library's report of a wrong option. */
function isWrongOption(error: Error): boolean {
  return (error instanceof TypeError || error instanceof RangeError) && /^"[\w.]+" expected /.test(error.message);
}
