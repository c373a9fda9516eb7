import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CliError, systemReason } from '../exit-codes.ts';

/** What to do with an existing file. */
export interface WriteOptions {
  /** True: replace it; false: throw an error. */
  readonly force: boolean;
}

/**
 * Checks before a long computation that a file can be written: that the folder exists and is writable, and that no
 * existing file or folder is in the way.
 *
 * @throws CliError with exit code 7 if the file cannot be written
 */
export function assertWritable(path: string, options: WriteOptions): void {
  const existing = existingTarget(path);
  if (existing?.isDirectory()) throw cannotWrite(path, 'it is a directory', 'Give a file name');
  if (existing?.isFile() && !options.force) throw alreadyExists(path);
  try {
    // The suffix `/.` makes the check fail if the folder is in fact a file.
    accessSync(existing && !existing.isFile() ? path : `${dirname(resolveLink(path))}/.`, constants.W_OK);
  } catch (error) {
    throw cannotWrite(path, systemReason(error), 'Check the folder and its permissions', error);
  }
}

/**
 * Writes a file atomically: writes a temporary file in the same folder, flushes it to disk and renames it. A reader
 * never sees a partial file, and a failure leaves neither a partial file nor the temporary file. Symbolic links are
 * followed. A device or pipe (`/dev/null`) is written directly and never replaced.
 *
 * All system calls are synchronous, so that a handler of SIGINT or SIGTERM, which runs between turns of the event loop,
 * never runs while a temporary file exists.
 *
 * @throws CliError with exit code 7 if the file exists without `force`, or cannot be written
 */
export function writeFileAtomic(path: string, data: Uint8Array, options: WriteOptions): void {
  assertWritable(path, options);
  const existing = existingTarget(path);
  try {
    if (existing && !existing.isFile()) writeFileSync(path, data);
    else replaceFile(resolveLink(path), data, existing?.mode, options.force);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw cannotWrite(path, systemReason(error), 'Check the disk and the permissions of the folder', error);
  }
}

function replaceFile(target: string, data: Uint8Array, mode: number | undefined, force: boolean): void {
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    writeAndFlush(temporary, data, mode);
    if (force) renameSync(temporary, target);
    else linkExclusively(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function writeAndFlush(path: string, data: Uint8Array, mode: number | undefined): void {
  const file = openSync(path, 'wx');
  try {
    if (mode !== undefined) fchmodSync(file, mode & 0o777);
    writeFileSync(file, data);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Gives the temporary file its final name. Uses link because, unlike rename, it fails if another process has created
 * that file meanwhile.
 */
function linkExclusively(temporary: string, target: string): void {
  try {
    linkSync(temporary, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw alreadyExists(target);
    // The file system has no hard links (FAT, some network shares).
    if (existingTarget(target)) throw alreadyExists(target);
    renameSync(temporary, target);
  }
}

function existingTarget(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // e.g. a part of the path is a file and not a folder; the access check reports it
  }
}

function resolveLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function alreadyExists(path: string): CliError {
  return cannotWrite(path, 'the file exists', 'Use --force to overwrite it');
}

function cannotWrite(path: string, why: string, remedy: string, cause?: unknown): CliError {
  return new CliError(7, `cannot write ${path}: ${why}. ${remedy}`, cause);
}
