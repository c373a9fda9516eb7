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

/** How an existing file at the target is treated. */
export interface WriteOptions {
  /** True: replace an existing file; false: an existing file is an error. */
  readonly force: boolean;
}

/**
 * Tells before a long computation whether a file could be written: the folder exists and is writable, and nothing is in
 * the way.
 *
 * @throws CliError with exit code 7 if not
 */
export function assertWritable(path: string, options: WriteOptions): void {
  const existing = existingTarget(path);
  if (existing?.isDirectory()) throw cannotWrite(path, 'it is a directory', 'Give a file name');
  if (existing?.isFile() && !options.force) throw alreadyExists(path);
  try {
    // With `/.` a file in the place of the folder is told from a folder.
    accessSync(existing && !existing.isFile() ? path : `${dirname(resolveLink(path))}/.`, constants.W_OK);
  } catch (error) {
    throw cannotWrite(path, systemReason(error), 'Check the folder and its permissions', error);
  }
}

/**
 * Writes a whole file or nothing: into a temporary file in the same folder, flushed to disk and then given its name. A
 * reader never sees half a file, and a failure leaves neither half a file nor the temporary one. A symbolic link is
 * followed; a device or pipe (`/dev/null`) is written directly and never replaced.
 *
 * All system calls are synchronous: a handler of SIGINT or SIGTERM, which runs between turns of the event loop, then never
 * meets a temporary file.
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

/** Gives the file its name; unlike rename, link fails if another process has made that file meanwhile. */
function linkExclusively(temporary: string, target: string): void {
  try {
    linkSync(temporary, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw alreadyExists(target);
    // File systems without hard links (FAT, some network shares).
    if (existingTarget(target)) throw alreadyExists(target);
    renameSync(temporary, target);
  }
}

function existingTarget(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // e.g. a file where a folder should be; the access check names it
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
