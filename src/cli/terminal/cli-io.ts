import { createReadStream, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { JsonLog } from '../../metrics/json-log.ts';
import { CliError, systemReason } from '../exit-codes.ts';
import { openNamedPipe, readNamedPipe } from '../files/named-pipes.ts';

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
  /**
   * Sets a handler that is called with the exit code, SIGINT or SIGTERM, before it ends the process.
   *
   * @returns a function that removes the handler
   */
  readonly onSignal?: (handler: (exitCode: number) => void) => () => void;
  /** Milliseconds of a monotonic clock. */
  now(): number;
}

/** Name of an input or output, for messages. */
export function displayName(path: string, stream: 'standard input' | 'standard output'): string {
  return path === STANDARD_STREAM ? stream : path;
}

/**
 * Reads a file, or standard input for `-`.
 *
 * @throws CliError with exit code 3 if it cannot be read, or is empty
 */
export async function readInput(path: string, io: CliIo): Promise<Uint8Array> {
  const bytes = await readAll(path, io);
  if (bytes.length > 0) return bytes;
  throw emptyInput(path);
}

/**
 * Yields the bytes of a file, or of standard input for `-`, as they are read, so that no more need be read than is wanted.
 *
 * @throws CliError with exit code 3 if they cannot be read, or there are none
 */
export async function* inputParts(path: string, io: CliIo): AsyncGenerator<Uint8Array, void, void> {
  let length = 0;
  try {
    for await (const part of path === STANDARD_STREAM ? io.stdin : openPath(path)) {
      length += part.length;
      yield part;
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  if (length === 0) throw emptyInput(path);
}

function openPath(path: string): AsyncIterable<Uint8Array> {
  return statSync(path).isFIFO() ? openNamedPipe(path) : createReadStream(path);
}

function emptyInput(path: string): CliError {
  return new CliError(3, `cannot read ${displayName(path, 'standard input')}: it is empty`);
}

async function readAll(path: string, io: CliIo): Promise<Uint8Array> {
  try {
    return path === STANDARD_STREAM ? await drain(io.stdin) : await readPath(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): CliError {
  const name = displayName(path, 'standard input');
  if ((error as NodeJS.ErrnoException).code === 'EISDIR') {
    return new CliError(3, `cannot read ${name}: it is a folder. Give files, e.g. "${join(name, '*')}"`, error);
  }
  return new CliError(3, `cannot read ${name}: ${systemReason(error)}. Check the path and its permissions`, error);
}

/** Reads a file at once; a named pipe, which may wait for its writer, without blocking the process. */
async function readPath(path: string): Promise<Uint8Array> {
  return statSync(path).isFIFO() ? readNamedPipe(path) : readFileSync(path);
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

async function drain(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
