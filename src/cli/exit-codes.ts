import { getSystemErrorMap } from 'node:util';
import type { DdpmErrorCode } from '../base/errors.ts';

/** Exit codes and what they mean, as `--help` prints them. */
export const exitCodeMeanings: ReadonlyMap<number, string> = new Map([
  [0, 'done; also if --no-overwrite skipped every file'],
  [
    1,
    'some of several files failed; internal error, a package or tensor backend that is missing, or a worker that ended',
  ],
  [2, 'wrong usage: unknown option, missing argument, value out of range'],
  [3, 'input unreadable, not an image, or over --limit-pixels, --limit-memory or --timeout'],
  [4, 'corrupt .ddpm file; truncated one under --strict'],
  [5, 'target not reachable, e.g. --bytes below the header; the message names the nearest'],
  [6, 'model missing, corrupt, or not the one the file was made with'],
  [7, 'output cannot be written, or exists and --force is not given'],
  [130, 'interrupted by SIGINT (143 by SIGTERM); no temporary file is left'],
]);

/** The one table from library errors to exit codes; the type makes a code without an entry an error. */
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
};

/** Flags whose name is not that of the library's option; errors about the option name the flag. */
const flagOfOption: ReadonlyMap<string, string> = new Map([
  ['ladderStep', '--ladder'],
  ['beamWidth', '--beam'],
  ['endSigma', '--end-sigma'],
  ['limitInputPixels', '--limit-pixels'],
  ['limitMemory', '--limit-memory'],
  ['fileName', '--output'],
  ['maxBytes', '--bytes'],
  ['reconstructionSeed', '--seed'],
  ['atStep', '--at-step'],
  ['imperceptibleRmse', '--imperceptible-rmse'],
  ['width', '--size'],
  ['height', '--size'],
]);

/** Exit code of wrong usage. */
export const USAGE_EXIT_CODE = 2;

/** The exit code of a damaged stream. */
export const CORRUPT_EXIT_CODE = 4;

/** A failure of the command itself (not of the library), with the exit code it leads to. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;

  constructor(exitCode: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}

/**
 * Exit code for whatever a command threw. The library reports a wrong option as TypeError or RangeError whose message
 * begins `"name" expected `; any other TypeError is a bug of ours and exits with 1.
 */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CliError) return error.exitCode;
  if (!(error instanceof Error)) return 1;
  if (isWrongOption(error)) return USAGE_EXIT_CODE;
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && Object.hasOwn(exitCodeOfError, code) ? exitCodeOfError[code as DdpmErrorCode] : 1;
}

/**
 * One line for standard error: `ddpm-codec: <what failed (path)>: <why>. <what to do>`.
 *
 * @param task - what failed, e.g. `encode in.png`; left out where the message names the path itself
 * @param path - the path in `task`
 */
export function errorLine(error: unknown, task: string, path: string): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim();
  const text = message.replace(/^"(\w+)" expected /, (_, name) => `${flagOfOption.get(name) ?? `--${name}`} expected `);
  const isOwn = error instanceof CliError || text.startsWith(`${path}: `);
  return `ddpm-codec: ${isOwn ? '' : `cannot ${task}: `}${text}`;
}

/** Why a system call failed, in words and without the path: `no such file or directory`. */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { errno } = error as NodeJS.ErrnoException;
  return (errno !== undefined && getSystemErrorMap().get(errno)?.[1]) || error.message;
}

function isWrongOption(error: Error): boolean {
  return (error instanceof TypeError || error instanceof RangeError) && /^"[\w.]+" expected /.test(error.message);
}
