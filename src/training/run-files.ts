/** The files of a training: written whole or not at all, so that a process killed at any point leaves usable ones. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DdpmError } from '../base/errors.ts';

/**
 * Replaces a file in one step: a reader sees the old or the new one. All calls are synchronous, so no signal handler meets a
 * temporary file.
 *
 * @throws DdpmError `ERR_DDPM_OUTPUT` if it cannot be written
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
 * Makes a folder and those above it.
 *
 * @throws DdpmError `ERR_DDPM_OUTPUT`
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

/** A file's bytes, or undefined if there is none. */
export function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new DdpmError('ERR_DDPM_INPUT', `cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function cannotWrite(path: string, cause: unknown): DdpmError {
  return new DdpmError('ERR_DDPM_OUTPUT', `cannot write ${path}: ${(cause as Error).message}`, { cause });
}
