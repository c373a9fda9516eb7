/**
 * Reads and writes the files of a training. Files are replaced atomically, so that a killed process leaves usable
 * files.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DdpmError } from '../base/errors.ts';

/**
 * Writes a temporary file and renames it, so that a reader sees either the old or the new file. All calls are
 * synchronous, so a signal handler never runs while the temporary file exists.
 *
 * @throws DdpmError `ERR_DDPM_OUTPUT` if the file cannot be written
 */
export function replaceFile(path: string, data: Uint8Array | string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const file = openSync(temporary, 'w');
    try {
      writeFileSync(file, data);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cannotWrite(path, cause);
  }
}

/**
 * Makes a folder and its missing parents.
 *
 * @throws DdpmError `ERR_DDPM_OUTPUT` if that fails
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

/**
 * Reads a file; undefined if it does not exist.
 *
 * @throws DdpmError `ERR_DDPM_INPUT` if it exists but cannot be read
 */
export function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new DdpmError('ERR_DDPM_INPUT', `cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The error for a file of a training that cannot be written. */
export function cannotWrite(path: string, cause: unknown): DdpmError {
  return new DdpmError('ERR_DDPM_OUTPUT', `cannot write ${path}: ${(cause as Error).message}`, { cause });
}
