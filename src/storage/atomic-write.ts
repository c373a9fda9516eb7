import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DdpmError } from '../base/errors.ts';
import { writeNamedPipe } from './named-pipes.ts';
import type { WriteOptions } from './store.ts';
import { systemReason } from './system-reason.ts';

/**
 * Checks before a long computation that a file can be written: that its name is possible, that a file can be made in its
 * folder, and that no existing file or folder is in the way.
 *
 * @throws DdpmError `ERR_DDPM_OUTPUT` if the file cannot be written
 */
export function assertWritable(path: string, options: WriteOptions): void {
  const existing = replaceableTarget(path, options);
  try {
    if (existing && !existing.isFile()) accessSync(path, constants.W_OK);
    else tryFolder(dirname(resolveLink(path)));
  } catch (error) {
    throw cannotWrite(path, systemReason(error), 'Check the folder and its permissions', error);
  }
}

/**
 * Writes a file atomically: writes a temporary file in the same folder, flushes it to disk and renames it. A reader
 * never sees a partial file, and a failure leaves neither a partial file nor the temporary file. Symbolic links are
 * followed. A device or pipe (`/dev/null`) is written directly and never replaced.
 *
 * All system calls on files are synchronous, so that a handler of SIGINT or SIGTERM, which runs between turns of the event
 * loop, never runs while a temporary file exists. Only a pipe, which may wait for its reader, is written without blocking.
 *
 * @throws DdpmError `ERR_DDPM_OUTPUT` if the file exists without `replace`, or cannot be written
 */
export async function writeFileAtomic(path: string, data: Uint8Array, options: WriteOptions): Promise<void> {
  const existing = replaceableTarget(path, options);
  try {
    if (existing?.isFIFO()) await writeNamedPipe(path, data);
    else if (existing && !existing.isFile()) writeFileSync(path, data);
    else replaceFile(resolveLink(path), data, existing?.mode, options);
  } catch (error) {
    if (error instanceof DdpmError) throw error;
    throw cannotWrite(path, systemReason(error), 'Check the disk and the permissions of the folder', error);
  }
}

/** What is at a path, if it may be overwritten; undefined if nothing is. */
function replaceableTarget(path: string, options: WriteOptions): Stats | undefined {
  const existing = existingTarget(path);
  if (existing?.isDirectory()) throw cannotWrite(path, 'it is a directory', 'Give a file name');
  if (existing?.isFile() && !options.replace) throw alreadyExists(path, options);
  return existing;
}

/** A name for a temporary file; short, so that it is possible wherever the name of the file itself is. */
function temporaryIn(folder: string): string {
  return join(folder, `.${randomBytes(6).toString('hex')}.tmp`);
}

/**
 * Makes a file in a folder and removes it: permissions alone do not tell whether that is possible.
 *
 * @throws a system error
 */
function tryFolder(folder: string): void {
  const temporary = temporaryIn(folder);
  closeSync(openSync(temporary, 'wx'));
  rmSync(temporary);
}

function replaceFile(target: string, data: Uint8Array, mode: number | undefined, options: WriteOptions): void {
  const temporary = temporaryIn(dirname(target));
  try {
    writeAndFlush(temporary, data, mode);
    if (options.replace) renameSync(temporary, target);
    else linkExclusively(temporary, target, options);
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
function linkExclusively(temporary: string, target: string, options: WriteOptions): void {
  try {
    linkSync(temporary, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw alreadyExists(target, options);
    // The file system has no hard links (FAT, some network shares).
    if (existingTarget(target)) throw alreadyExists(target, options);
    renameSync(temporary, target);
  }
}

/**
 * What is at a path; undefined if nothing is.
 *
 * @throws DdpmError `ERR_DDPM_OUTPUT` if nothing can be there: the name is too long, a part of the path is a file, a link
 *   leads nowhere or to itself
 */
function existingTarget(path: string): Stats | undefined {
  let stats: Stats | undefined;
  try {
    stats = statSync(path, { throwIfNoEntry: false });
    if (stats || !lstatSync(path, { throwIfNoEntry: false })) return stats;
  } catch (error) {
    throw cannotWrite(path, systemReason(error), 'Check the path', error);
  }
  throw cannotWrite(path, `it is a link to ${readlinkSync(path)}, which does not exist`, 'Remove the link');
}

function resolveLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function alreadyExists(path: string, { remedy = 'Leave out --no-clobber to overwrite it' }: WriteOptions): DdpmError {
  return cannotWrite(path, 'the file exists', remedy);
}

function cannotWrite(path: string, why: string, remedy: string, cause?: unknown): DdpmError {
  return new DdpmError('ERR_DDPM_OUTPUT', `cannot write ${path}: ${why}. ${remedy}`, { cause });
}
