import { mkdirSync } from 'node:fs';
import { DdpmError } from '../base/errors.ts';
import { isLocal, localPath } from './location.ts';
import { statsOf } from './stats-of.ts';
import { systemReason } from './system-reason.ts';

/**
 * Makes a folder and its missing parents. Object storage has no folders, so that nothing needs to be made there.
 *
 * @throws DdpmError `ERR_DDPM_OUTPUT` if that fails
 */
export function makeFolder(location: string): void {
  if (!isLocal(location)) return;
  const path = localPath(location);
  const stats = statsOf(path);
  if (stats && !stats.isDirectory()) {
    const why = 'it is a file and no folder. Give another output';
    throw new DdpmError('ERR_DDPM_OUTPUT', `cannot write into ${path}: ${why}`);
  }
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    const message = `cannot make the folder ${path}: ${systemReason(cause)}. Give another output`;
    throw new DdpmError('ERR_DDPM_OUTPUT', message, { cause });
  }
}
