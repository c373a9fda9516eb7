import type { Writable } from 'node:stream';
import type { JsonLog } from '../../metrics/json-log.ts';
import { shownLocation } from '../../storage/location.ts';
import { openStore } from '../../storage/open-store.ts';
import { assertReadable, MAX_INPUT_BYTES } from '../../storage/read-limit.ts';
import { systemReason } from '../../storage/system-reason.ts';
import { CliError } from '../exit-codes.ts';

/** The path that stands for standard input or output. */
export const STANDARD_STREAM = '-';

/** Streams and environment of the process. Commands receive them as an argument, so that tests need no process. */
export interface CliIo {
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where events go with `--log json`; text that is written to `stderr` becomes events, too. */
  readonly log?: JsonLog;
  /**
   * Sets a handler that is called on SIGINT instead of ending the process. A second SIGINT ends the process in any
   * case.
   *
   * @returns a function that removes the handler
   */
  readonly onInterrupt?: (handler: () => void) => () => void;
  /** The same for SIGTERM. */
  readonly onTerminate?: (handler: () => void) => () => void;
  /**
   * Sets a handler that is called with the exit code, SIGINT or SIGTERM, before it ends the process.
   *
   * @returns a function that removes the handler
   */
  readonly onSignal?: (handler: (exitCode: number) => void) => () => void;
  /** Milliseconds of a monotonic clock. */
  now(): number;
}

/** Name of an input or output, for messages; of a URL without its secrets. */
export function displayName(location: string, stream: 'standard input' | 'standard output'): string {
  return location === STANDARD_STREAM ? stream : shownLocation(location);
}

/**
 * Reads an input of any store, or standard input for `-`.
 *
 * @param maxBytes - bytes from the beginning that are wanted; the rest is not downloaded; default all
 * @throws DdpmError `ERR_DDPM_INPUT` if it cannot be read, `ERR_DDPM_LIMIT` if it has more than 2 GiB; CliError with exit code 3 if it is empty
 */
export async function readInput(
  location: string,
  io: CliIo,
  maxBytes: number = Number.POSITIVE_INFINITY,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of inputParts(location, io, signal)) {
    parts.push(part);
    length += part.length;
    if (length >= maxBytes) break;
    assertReadable(displayName(location, 'standard input'), length, MAX_INPUT_BYTES);
  }
  return (parts.length === 1 ? parts[0] : Buffer.concat(parts)).subarray(0, maxBytes);
}

/**
 * Yields the bytes of an input of any store, or of standard input for `-`, as they are read, so that no more need be read
 * than is wanted.
 *
 * @throws DdpmError `ERR_DDPM_INPUT` if they cannot be read, CliError with exit code 3 if there are none
 */
export async function* inputParts(
  location: string,
  io: CliIo,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  let length = 0;
  const parts = location === STANDARD_STREAM ? standardInput(io) : (await openStore(location)).read(location, signal);
  for await (const part of parts) {
    length += part.length;
    yield part;
  }
  if (length === 0) throw new CliError(3, `cannot read ${displayName(location, 'standard input')}: it is empty`);
}

async function* standardInput({ stdin }: CliIo): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* stdin;
  } catch (error) {
    throw new CliError(3, `cannot read standard input: ${systemReason(error)}`, error);
  }
}

/**
 * Writes to standard output and waits until the data is written. It is not an error if the reader has ended
 * (`... | head`).
 *
 * @throws CliError with exit code 7 if it cannot be written for another reason
 */
export async function writeStandardOutput(data: Uint8Array | string, io: CliIo): Promise<void> {
  const error = await new Promise<Error | null | undefined>((resolve) => io.stdout.write(data, resolve));
  if (!error || (error as NodeJS.ErrnoException).code === 'EPIPE') return;
  throw new CliError(7, `cannot write standard output: ${systemReason(error)}. Use -o FILE`, error);
}
